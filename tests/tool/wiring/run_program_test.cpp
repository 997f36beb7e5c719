#include "tool/wiring/run_program.h"

#include <gtest/gtest.h>

#include <chrono>

namespace relaypermit {
namespace {

TEST(RunProgram, GivesInputAndTakesBothOutputsAndTheExitCode) {
    const auto done = run_program({"sh", "-c", "cat; echo sorry >&2; exit 3"}, "hello");
    ASSERT_TRUE(done) << done.error();
    EXPECT_EQ(done->out, "hello");
    EXPECT_EQ(done->err, "sorry\n");
    EXPECT_EQ(done->status, 3);
}

TEST(RunProgram, OneThatIsNotThereIsSaid) {
    const auto done = run_program({"relaypermit-no-such-program"});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error(), "cannot run relaypermit-no-such-program: no such file");
}

TEST(RunProgram, OneThatHangsIsKilled) {
    const auto done = run_program({"sleep", "600"}, {}, std::chrono::milliseconds{1500});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error(), "sleep did not end within 1 s");
}

}  // namespace
}  // namespace relaypermit
