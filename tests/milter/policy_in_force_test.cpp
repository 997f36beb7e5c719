#include "milter/policy_in_force.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/daemon_fakes.h"
#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

class PolicyInForceTest : public testing::Test {
  protected:
    void write(std::string_view text) const { std::ofstream(path()) << text; }
    [[nodiscard]] fs::path path() const { return directory_ / "policy.toml"; }
    [[nodiscard]] PolicyInForce in_force() {
        return {path(), "mail.example.com", load_policy(path(), "mail.example.com"), log_};
    }

    ScratchDirectory scratch_{};
    const fs::path directory_{scratch_.path()};
    KeptLog log_{};
};

TEST_F(PolicyInForceTest, TakesASoundPolicyAndLeavesOldSnapshotsAsTheyAre) {
    write("mode = \"enforce\"\n");
    PolicyInForce policies = in_force();
    const auto before = policies.current();
    write("mode = \"monitor\"\n");
    EXPECT_TRUE(policies.reload());
    EXPECT_FALSE(before->policy->source().monitor_mode);
    EXPECT_TRUE(policies.current()->policy->source().monitor_mode);
    const auto said = log_.at(LogLevel::info);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0], "reloaded " + path().string() + ": monitor mode, 0 aliases, 0 restrictions");
}

TEST_F(PolicyInForceTest, KeepsTheOldPolicyAndSaysEachMistake) {
    write("mode = \"enforce\"\n");
    PolicyInForce policies = in_force();
    const auto before = policies.current();
    write("mode = \"loud\"\nmod = 1\n");
    EXPECT_FALSE(policies.reload());
    EXPECT_EQ(policies.current(), before);
    const auto said = log_.at(LogLevel::error);
    ASSERT_EQ(said.size(), 3U);
    EXPECT_NE(said[0].find(":1:"), std::string::npos) << said[0];
    EXPECT_NE(said[1].find(":2:"), std::string::npos) << said[1];
    EXPECT_EQ(said[2],
              "the policy has 2 mistakes and was not loaded: the old policy stays in force");
}

TEST_F(PolicyInForceTest, KeepsTheOldPolicyWhereTheFileIsGone) {
    write("mode = \"enforce\"\n");
    PolicyInForce policies = in_force();
    const auto before = policies.current();
    fs::remove(path());
    EXPECT_FALSE(policies.reload());
    EXPECT_EQ(policies.current(), before);
}

TEST_F(PolicyInForceTest, SaysThatNewSocketsNeedARestart) {
    write("[listen]\nmilter = \"inet:8891@127.0.0.1\"\n");
    PolicyInForce policies = in_force();
    write("[listen]\nmilter = \"inet:8892@127.0.0.1\"\n");
    EXPECT_TRUE(policies.reload());
    const auto said = log_.at(LogLevel::warning);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_NE(said[0].find("restart"), std::string::npos);
}

TEST_F(PolicyInForceTest, KnowsWhetherAPolicyReadsHeaders) {
    write("mode = \"enforce\"\n");
    PolicyInForce policies = in_force();
    EXPECT_TRUE(policies.current()->wants_headers);
    write("[cause.from-unusable]\naction = \"off\"\n[cause.from-not-owned]\naction = \"off\"\n");
    ASSERT_TRUE(policies.reload());
    EXPECT_FALSE(policies.current()->wants_headers);
}

}  // namespace
}  // namespace relaypermit
