#include <gtest/gtest.h>

#include <string>

#include "config/load.h"
#include "config/table_kind.h"

namespace relaypermit {
namespace {

Loaded load(const std::string& lines) {
    return load_policy_text(
        "[relay]\nhosted_domains = [\"example.com\"]\n[[domain_table]]\n" + lines, "policy.toml",
        "mail.example.com");
}

std::string errors_of(const std::string& lines) {
    std::string all;
    for (const Diagnostic& error : load(lines).errors) all += to_string(error) + "\n";
    return all;
}

TEST(DomainTablePolicy, IsReadWithItsKindAndRole) {
    const Loaded loaded = load(R"(id = "customers"
type = "postgresql"
role = "relay"
url = "postgresql://mail@localhost/mail"
query = "SELECT 1 FROM domains WHERE name = :domain"
cache_s = 60
note = "of the shop"
[[alias_table]]
id = "rights"
type = "file"
path = "/etc/senders"
)");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    ASSERT_TRUE(loaded.policy);
    ASSERT_EQ(loaded.policy->source().domain_tables.size(), 1U);
    const DomainTableSource& table = loaded.policy->source().domain_tables[0];
    EXPECT_EQ(table.id, "customers");
    EXPECT_EQ(table.role, DomainRole::relay);
    EXPECT_EQ(table.note, "of the shop");
    EXPECT_EQ(to_string(table.place), "policy.toml:3:1");
    ASSERT_EQ(loaded.settings.tables.size(), 2U);
    EXPECT_EQ(loaded.settings.tables[0].id, "rights") << "those of aliases come first";
    EXPECT_EQ(loaded.settings.tables[1].by, TableBy::domain);
    EXPECT_EQ(loaded.settings.tables[1].cache_s, 60U);
    EXPECT_EQ(in_words(loaded.settings.tables[1]), "domain table customers");
}

TEST(DomainTablePolicy, SaysWhatItLacksAndWhatDoesNotGoWithIt) {
    EXPECT_EQ(
        errors_of("type = \"file\"\n"),
        "policy.toml:3:1: error: [[domain_table]] has no `id` (its name in the log, as in "
        "\"customers\")\n"
        "policy.toml:3:1: error: [[domain_table]] has no `path` (as in "
        "\"/etc/relaypermit/domains\")\n"
        "policy.toml:3:1: error: [[domain_table]] has no `role` (`hosted` for domains whose people "
        "log in here, `relay` for those that are handed on)\n");
    EXPECT_EQ(
        errors_of("id = \"x\"\ntype = \"sasl\"\nrole = \"hosted\"\n"),
        "policy.toml:5:8: error: SASL keeps what logins may do, and no domains (another `type`, as "
        "in \"file\")\n");
    EXPECT_EQ(
        errors_of("id = \"x\"\ntype = \"sqlite\"\nrole = \"hosted\"\npath = \"/x\"\n"
                  "query = \"SELECT 1 FROM d WHERE name = :sender\"\n"),
        "policy.toml:8:9: error: a domain table is asked for a domain, whoever sends (`domain` is "
        "its one placeholder)\n");
    EXPECT_EQ(errors_of("id = \"x\"\ntype = \"file\"\nrole = \"mine\"\npath = \"/x\"\n"),
              "policy.toml:6:8: error: `role` in [[domain_table]] must be `hosted` or `relay`, not "
              "`mine`\n");
    EXPECT_NE(errors_of("id = \"x\"\ntype = \"file\"\nrole = \"relay\"\npath = \"/x\"\nby = "
                        "\"sender\"\n")
                  .find("unknown key `by` in [[domain_table]]"),
              std::string::npos);
}

TEST(DomainTablePolicy, SpeaksOfTheDomainWhereAQueryAsksForNothingOrForWhatItHasNot) {
    const auto sqlite = [](const std::string& query) {
        return errors_of(
            "id = \"x\"\ntype = \"sqlite\"\nrole = \"hosted\"\npath = \"/x\"\nquery = \"" + query +
            "\"\n");
    };
    EXPECT_EQ(sqlite("SELECT name FROM d"),
              "policy.toml:8:10: error: the query has no placeholder, and so one answer for "
              "everybody (as in `SELECT 1 FROM domains WHERE name = :domain`)\n");
    for (const char* expansion : {"%s", "%d", "%u"})
        EXPECT_EQ(sqlite("SELECT name FROM d WHERE name = '" + std::string(expansion) + "'"),
                  "policy.toml:8:10: error: the query has no placeholder, and so one answer for "
                  "everybody (what is `" +
                      std::string(expansion) +
                      "` in a map of Postfix is `:domain` here, without quotes)\n");
    EXPECT_EQ(sqlite("SELECT 1 FROM d WHERE name = :name"),
              "policy.toml:8:39: error: unknown placeholder `:name` (:domain is the one that a "
              "domain table has)\n");
    EXPECT_EQ(sqlite("SELECT 1 FROM d WHERE name = ?"),
              "policy.toml:8:39: error: a parameter of SQL's own (write :domain)\n");

    const auto ldap = [](const std::string& filter) {
        return errors_of(
            "id = \"x\"\ntype = \"ldap\"\nrole = \"hosted\"\nurl = \"ldap://localhost\"\nbase = "
            "\"dc=x\"\nfilter = \"" +
            filter + "\"\n");
    };
    EXPECT_EQ(ldap("(objectClass=domain)"),
              "policy.toml:9:10: error: the filter has no placeholder, and so one answer for "
              "everybody (as in \"(associatedDomain={domain})\")\n");
    EXPECT_EQ(ldap("(associatedDomain=%s)"),
              "policy.toml:9:10: error: the filter has no placeholder, and so one answer for "
              "everybody (what is `%s` in a map of Postfix is `{domain}` here)\n");
    EXPECT_EQ(ldap("(associatedDomain={name})"),
              "policy.toml:9:29: error: unknown placeholder `{name}` ({domain} is the one that a "
              "domain table has; {{ stands for a brace)\n");
    EXPECT_EQ(ldap("associatedDomain={domain}"),
              "policy.toml:9:10: error: `associatedDomain={domain}` is not a filter (one in "
              "parentheses, as in \"(&(objectClass=domain)(associatedDomain={domain}))\")\n");

    EXPECT_EQ(errors_of("id = \"x\"\ntype = \"redis\"\nrole = \"hosted\"\nurl = "
                        "\"redis://localhost\"\ncommand = [\"HGET\", \"domains\", \"{name}\"]\n"),
              "policy.toml:8:32: error: unknown placeholder `{name}` ({domain} is the one that a "
              "domain table has; {{ stands for a brace)\n");
}

TEST(DomainTablePolicy, SaysThatAKeyGoesWithAnotherKind) {
    const Loaded loaded = load_policy_text(
        "[relay]\nhosted_domains = [\"example.com\"]\n[[alias_table]]\nid = \"x\"\ntype = "
        "\"file\"\n"
        "path = \"/x\"\nurl = \"x\"\n",
        "policy.toml", "mail.example.com");
    ASSERT_EQ(loaded.errors.size(), 1U);
    EXPECT_EQ(
        to_string(loaded.errors[0]),
        "policy.toml:7:7: error: a table of type `file` has no such key (it goes with another "
        "`type`)");
    EXPECT_EQ(
        errors_of("id = \"x\"\ntype = \"file\"\nrole = \"relay\"\npath = \"/x\"\nbase = \"x\"\n"),
        "policy.toml:8:8: error: a table of type `file` has no such key (it goes with another "
        "`type`)\n");
}

TEST(DomainTablePolicy, SharesItsIdsWithTheRules) {
    EXPECT_NE(
        errors_of("id = \"x\"\ntype = \"file\"\nrole = \"relay\"\npath = \"/x\"\n[[alias]]\nid = "
                  "\"x\"\nlogins = [\"a@example.com\"]\nsenders = [\"b@example.com\"]\n"),
        "");
}

}  // namespace
}  // namespace relaypermit
