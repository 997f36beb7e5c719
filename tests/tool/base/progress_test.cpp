#include "tool/base/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace relaypermit {
namespace {

// What a second terminal would show of so many steps, one each millisecond.
std::string shown(int steps, bool interactive) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Context context{.in = in, .out = out, .err = err};
    context.error_terminal.interactive = interactive;
    std::chrono::steady_clock::time_point now{};
    {
        Progress progress{context, "decisions read", [&] { return now; }};
        for (int i = 0; i < steps; ++i) {
            now += std::chrono::milliseconds{1};
            progress.step();
        }
    }
    EXPECT_EQ(out.str(), "");
    return err.str();
}

TEST(Progress, SaysNothingOfWhatTakesNoSecond) {
    EXPECT_EQ(shown(1000, true), "");
}

TEST(Progress, SaysHowFarItIsAndTakesTheLineAway) {
    EXPECT_EQ(shown(1400, true),
              "\r1,024 decisions read\r1,280 decisions read\r" + std::string(20, ' ') + "\r");
}

TEST(Progress, WritesNothingWhereNobodyWatches) {
    EXPECT_EQ(shown(100000, false), "");
}

}  // namespace
}  // namespace relaypermit
