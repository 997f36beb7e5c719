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

// They are all that stands between an account and its next message where the daemon crashes while
// neither file can be read.
TEST_F(PolicyInForceTest, KeepsTheSuspensionsThatItTookWithoutThePolicy) {
    const std::string sound = "relay.hosted_domains = [\"example.com\"]\n";
    const std::string suspended =
        "[[restrict]]\nid = \"x\"\nlogins = [\"mallory@example.com\"]\nsuspended = true\n";
    write(sound);
    fs::create_directory(directory_ / "policy.d");
    const fs::path file = directory_ / "policy.d" / "00-suspended.toml";
    KeptPolicy kept;
    std::vector<PolicyText> texts;
    (void)load_policy(path(), "mail.example.com", texts);
    ASSERT_TRUE(kept.keep(texts));
    PolicyInForce before = in_force();
    before.keep_texts({[&](const auto& policy) { ASSERT_TRUE(kept.keep(policy)); },
                       [&](const auto& text) { ASSERT_TRUE(kept.keep_suspensions(text)); }});
    write("mode = \"loud\"\n");
    std::ofstream(file) << suspended;
    EXPECT_FALSE(before.reload());
    std::ofstream(file) << "[[restrict]\n";
    EXPECT_FALSE(before.reload());

    const auto after_the_crash = [&] {
        const auto last = kept.read();
        PolicyInForce after(path(), "mail.example.com",
                            load_kept_policy(last->policy, "mail.example.com"), log_);
        after.take_kept(last->suspensions);
        EXPECT_FALSE(after.reload());
        EXPECT_TRUE(after.current_and_origin().second.kept_over_a_crash);
        const auto login = canonical_login("mallory@example.com", Mta::postfix, "");
        return suspension_of(*after.current()->policy, *login, system_now()) != nullptr;
    };
    EXPECT_TRUE(after_the_crash());
    // And one that was lifted meanwhile does not come back.
    fs::remove(file);
    EXPECT_FALSE(before.reload());
    std::ofstream(file) << "[[restrict]\n";
    EXPECT_FALSE(after_the_crash());
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
