#include <gtest/gtest.h>

#include <filesystem>

#include "config/schema.h"
#include "tests/support/describe.h"
#include "tests/support/scratch_tool.h"
#include "tests/support/source_directory.h"
#include "tool/rehearse/policy_as_toml.h"

namespace relaypermit {
namespace {

std::vector<std::filesystem::path> policies() {
    std::vector<std::filesystem::path> files = {
        testing::source_directory() / "config" / "policy.toml",
        testing::source_directory() / "config" / "policy.full.toml"};
    for (const auto& entry :
         std::filesystem::directory_iterator(testing::source_directory() / "tests" / "cases"))
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    return files;
}

TEST(ShowCommand, PrintsAPolicyThatReadsBackToTheSame) {
    for (const auto& file : policies()) {
        const Loaded first = load_policy(file, "host.example");
        ASSERT_TRUE(first.policy) << file;
        const std::string text = policy_as_toml(first);
        const Loaded again = load_policy_text(text, "shown.toml", "host.example");
        for (const Diagnostic& error : again.errors)
            ADD_FAILURE() << file << "\n" << to_string(error) << "\n" << text;
        ASSERT_TRUE(again.policy);
        EXPECT_EQ(describe(again.policy->source()), describe(first.policy->source())) << file;
        EXPECT_EQ(policy_as_toml(again), text) << file;
        EXPECT_EQ(again.settings.listen[Protocol::milter], first.settings.listen[Protocol::milter]);
        EXPECT_EQ(again.settings.log.keep_days, first.settings.log.keep_days);
        EXPECT_EQ(again.settings.tables, first.settings.tables);
        for (const Cause cause : all_causes) {
            EXPECT_EQ(again.policy->cause(cause).action, first.policy->cause(cause).action);
            EXPECT_EQ(again.policy->cause(cause).reply, first.policy->cause(cause).reply);
            EXPECT_EQ(again.policy->cause(cause).text, first.policy->cause(cause).text);
            EXPECT_EQ(again.policy->cause(cause).text_is_default,
                      first.policy->cause(cause).text_is_default);
        }
    }
}

TEST(ShowCommand, NamesEverySettingOfTheSchema) {
    const Loaded loaded =
        load_policy(testing::source_directory() / "config" / "policy.full.toml", "host.example");
    ASSERT_TRUE(loaded.policy);
    const std::string text = policy_as_toml(loaded);
    for (const TableInfo& table : policy_schema()) {
        if (table.name.starts_with("test") || table.name == "alias" || table.name == "restrict")
            continue;
        for (const KeyInfo& key : table.keys) {
            const std::string name(key.key);
            EXPECT_TRUE(text.find("\n" + name + " ") != std::string::npos ||
                        text.find("\n# " + name + ":") != std::string::npos ||
                        text.starts_with(name + " "))
                << table.header << " " << name;
        }
    }
}

TEST(ShowCommand, WritesGroupsAndSilentRulesSoThatTheyReadBack) {
    const Loaded loaded = load_policy_text(R"([groups]
none = []
"with space" = ["bob@example.com"]
[[alias]]
id = "x"
logins = ["group:none"]
senders = ["a@example.com"]
[[alias]]
id = "y"
logins = ["group:with space", "/a\\.b@.*/"]
senders = ["<>"]
note = "two\nlines"
)",
                                           "policy.toml", "host.example");
    ASSERT_TRUE(loaded.policy);
    const std::string text = policy_as_toml(loaded);
    EXPECT_NE(text.find("logins  = [\"group:with space\", \"/a\\\\.b@.*/\"]\n"), std::string::npos)
        << text;
    const Loaded again = load_policy_text(text, "shown.toml", "host.example");
    for (const Diagnostic& error : again.errors) ADD_FAILURE() << to_string(error);
    ASSERT_TRUE(again.policy);
    EXPECT_EQ(again.policy->source().grants[1].rare->note, "two\nlines");
    EXPECT_TRUE(again.policy->source().grants[0].logins.empty());
}

TEST(ShowCommand, JoinsThePolicyWithItsFolder) {
    ScratchTool tool;
    tool.write("policy.toml", "relay.hosted_domains = [\"example.com\"]\n");
    tool.write(
        "policy.d/more.toml",
        "[[alias]]\nid = \"x\"\nlogins = [\"a@example.com\"]\nsenders = [\"b@example.com\"]\n");
    EXPECT_EQ(tool.run({"show"}), Exit::fine) << tool.err();
    EXPECT_NE(tool.out().find("[[alias]]\nid      = \"x\"\n"), std::string::npos) << tool.out();
}

}  // namespace
}  // namespace relaypermit
