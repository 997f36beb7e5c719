#include "tool/inspect/decisions.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/sample_record.h"
#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

// How often a reading of that reference says that it has read on; a log of three decisions.
int steps_of_a_search(const std::string& reference) {
    std::istringstream in{sample_log({sample_refusal_at_mail(1)}, 0) +
                          sample_log({sample_accept(2)}, 1) +
                          sample_log({sample_refusal_at_mail(3)}, 2)};
    std::ostringstream out;
    std::ostringstream err;
    const Context context{.in = in, .out = out, .err = err, .now = ScratchTool::now};
    DecisionOptions options{"7d"};
    options.maillogs = {"-"};
    const auto decisions = open_decisions(options, context);
    if (!decisions) return -1;
    int steps = 0;
    (*decisions)->on_read([&] { ++steps; });
    const auto found = (*decisions)->find(reference, [](Decision&&) { return true; });
    return found ? steps : -1;
}

// Or a search through a long log, and for what is not there, would show nothing until its end.
TEST(Decisions, SayThatTheyReadOnAlsoWhereNothingFits) {
    EXPECT_EQ(steps_of_a_search("00000003"), 3);
    EXPECT_EQ(steps_of_a_search("ZZZZZZZZ"), 3);
}

}  // namespace
}  // namespace relaypermit
