#include "tool/commands/policy_processes.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

TEST(PolicyNamedBy, ReadsArgumentsAsTheDaemonDoes) {
    const auto policy = [](const std::vector<std::string>& arguments) {
        return policy_named_by(arguments);
    };
    const std::string usual = "/etc/relaypermit/policy.toml";
    EXPECT_EQ(policy({}), usual);
    EXPECT_EQ(policy({"-f"}), usual);
    EXPECT_EQ(policy({"-c", "a.toml"}), "a.toml");
    EXPECT_EQ(policy({"-ca.toml"}), "a.toml");
    EXPECT_EQ(policy({"-fc", "a.toml"}), "a.toml");
    EXPECT_EQ(policy({"-fca.toml", "-p", "unix:/s"}), "a.toml");
    EXPECT_EQ(policy({"-p", "-c", "-c", "a.toml"}), "a.toml") << "a socket of the name -c";
    EXPECT_EQ(policy({"-punix:/c", "-f"}), usual);
    EXPECT_EQ(policy({"-c", "a.toml", "-c", "b.toml"}), "b.toml") << "the last counts";
    EXPECT_EQ(policy({"-f", "--", "-c", "a.toml"}), usual);
    EXPECT_EQ(policy({"-c"}), usual);
}

}  // namespace
}  // namespace relaypermit
