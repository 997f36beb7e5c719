// [[alias_table]] in a policy file: config/section_alias_table.cpp.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "config/load.h"

namespace relaypermit::testing {
namespace {

constexpr std::string_view hosted = "[relay]\nhosted_domains = [\"example.com\"]\n";

Loaded load(std::string_view tables) {
    return load_policy_text(std::string(hosted) + std::string(tables), "policy.toml", "mail");
}

std::string first_error(std::string_view tables) {
    const Loaded loaded = load(tables);
    return loaded.errors.empty() ? "" : to_string(loaded.errors.front());
}

TEST(AliasTablePolicy, ReadsEveryKeyAndItsDefault) {
    const Loaded loaded = load(
        "[[alias_table]]\nid = \"dir\"\ntype = \"sasl\"\nconfig = \"/etc/relaypermit/sasl\"\n");
    ASSERT_TRUE(loaded.policy);
    ASSERT_EQ(loaded.settings.tables.size(), 1U);
    EXPECT_EQ(loaded.settings.tables[0],
              (TableSettings{"dir", 500, 30, SaslSettings{"/etc/relaypermit/sasl", "sendAs"}}));
    ASSERT_EQ(loaded.policy->source().tables.size(), 1U);
    EXPECT_EQ(loaded.policy->source().tables[0].id, "dir");
    EXPECT_EQ(to_string(loaded.policy->source().tables[0].place), "policy.toml:3:1");
}

TEST(AliasTablePolicy, NamesWhatIsMissingOrWrong) {
    EXPECT_EQ(first_error("[[alias_table]]\ntype = \"sasl\"\nconfig = \"/x\"\n"),
              "policy.toml:3:1: error: [[alias_table]] has no `id` (its name in the log, as in "
              "\"sasl\")");
    EXPECT_EQ(first_error("[[alias_table]]\nid = \"a\"\ntype = \"sasl\"\nconfig = \"x\"\n"),
              "policy.toml:6:10: error: `x` is not the full path of a directory (the directory "
              "that holds relaypermit.conf)");
    EXPECT_EQ(first_error("[[alias_table]]\nid = \"a\"\ntype = \"ldap\"\nconfig = \"/x\"\n"),
              "policy.toml:5:8: error: `type` in [[alias_table]] must be `sasl`, `file`, `cdb` or "
              "`lmdb`, not `ldap`");
}

TEST(AliasTablePolicy, ReadsThePathOfAFile) {
    const auto of_type = [](const std::string& type, const std::string& rest) {
        return load("[[alias_table]]\nid = \"a\"\ntype = \"" + type + "\"\n" + rest);
    };
    const std::string path = "path = \"/etc/relaypermit/senders\"\n";
    for (const auto& [type, expected] : std::vector<std::pair<std::string, TableSettings::OfKind>>{
             {"file", FileSettings{"/etc/relaypermit/senders"}},
             {"cdb", CdbSettings{"/etc/relaypermit/senders"}},
             {"lmdb", LmdbSettings{"/etc/relaypermit/senders"}}}) {
        const Loaded loaded = of_type(type, path);
        ASSERT_EQ(loaded.settings.tables.size(), 1U) << type;
        EXPECT_EQ(loaded.settings.tables[0].of_kind, expected) << type;
        EXPECT_EQ(loaded.errors.size(), 0U) << type;
        EXPECT_EQ(to_string(of_type(type, "").errors.at(0)),
                  "policy.toml:3:1: error: [[alias_table]] has no `path` (as in "
                  "\"/etc/relaypermit/senders\")");
        EXPECT_EQ(to_string(of_type(type, "path = \"senders\"\n").errors.at(0)),
                  "policy.toml:6:8: error: `senders` is not the full path of a file (as in "
                  "\"/etc/relaypermit/senders\")");
    }
    EXPECT_EQ(load("[[alias_table]]\nid = \"a\"\ntype = \"sasl\"\nconfig = \"/x\"\n" + path)
                  .errors.size(),
              1U);
}

TEST(AliasTablePolicy, RefusesAPropertyThatHoldsPasswordsOrEndsAStatement) {
    const auto error_of = [](const std::string& property) {
        return first_error(
            "[[alias_table]]\nid = \"a\"\ntype = \"sasl\"\nconfig = \"/x\"\nproperty = '" +
            property + "'\n");
    };
    for (const std::string name : {"userPassword", "USERPASSWORD", "cmusaslsecretPLAIN"})
        EXPECT_EQ(error_of(name), "policy.toml:7:12: error: `" + name +
                                      "` is where SASL keeps passwords, not senders (a property of "
                                      "its own, as sendAs)");
    for (const std::string name : {"", "*sendAs", "send as", "sendAs;--", "send\"As"})
        EXPECT_NE(error_of(name).find("is not the name of a property"), std::string::npos) << name;
    for (const std::string name : {"sendAs", "mail-alternate_2.x"}) EXPECT_EQ(error_of(name), "");
}

TEST(AliasTablePolicy, RefusesASecondConfigurationOfSasl) {
    EXPECT_EQ(first_error("[[alias_table]]\nid = \"a\"\ntype = \"sasl\"\nconfig = \"/x\"\n"
                          "[[alias_table]]\nid = \"b\"\ntype = \"sasl\"\nconfig = \"/y\"\n"),
              "policy.toml:10:10: error: a second configuration of SASL: `a` has `/x` (one process "
              "has one; name several plugins in its auxprop_plugin)");
}

TEST(AliasTablePolicy, TakesATableWithAMistakeForNoConfigurationOfSasl) {
    const std::string good = "[[alias_table]]\nid = \"b\"\ntype = \"sasl\"\nconfig = \"/y\"\n";
    EXPECT_EQ(load("[[alias_table]]\nid = \"a\"\ntype = \"sasl\"\n" + good).errors.size(), 1U);
    EXPECT_EQ(load("[[alias_table]]\nid = \"a\"\ntype = \"ldap\"\n" + good).errors.size(), 1U);
}

}  // namespace
}  // namespace relaypermit::testing
