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

TEST(AliasTablePolicy, TakesWhatItGrantsAtMost) {
    const Loaded loaded = load(
        "[[alias_table]]\nid = \"dir\"\ntype = \"sasl\"\nconfig = \"/x\"\n"
        "by = \"login\"\ncache_s = 60\nnegative_cache_s = 5\nstale_s = 3600\n"
        "fields = [\"from\"]\nuntil = 2027-01-31\nnetworks = [\"192.0.2.0/24\"]\n"
        "note = \"until the move\"\n");
    ASSERT_TRUE(loaded.policy);
    const TableSettings& settings = loaded.settings.tables[0];
    EXPECT_EQ(settings.by, TableBy::login);
    EXPECT_EQ(settings.cache_s, 60U);
    EXPECT_EQ(settings.negative_cache_s, 5U);
    EXPECT_EQ(settings.stale_s, 3600U);
    const TableSource& source = loaded.policy->source().tables[0];
    EXPECT_FALSE(source.per_address);
    EXPECT_FALSE(source.fields.envelope);
    EXPECT_TRUE(source.fields.from);
    EXPECT_FALSE(source.fields.sender);
    EXPECT_EQ(source.rare->until_text, "2027-01-31");
    ASSERT_EQ(source.rare->networks.size(), 1U);
    EXPECT_EQ(to_string(source.rare->networks[0]), "192.0.2.0/24");
    EXPECT_EQ(source.rare->note, "until the move");

    const auto negative = [](const std::string& keys) {
        const Loaded read =
            load("[[alias_table]]\nid = \"a\"\ntype = \"file\"\npath = \"/x\"\n" + keys);
        return read.settings.tables.at(0).negative_cache_s;
    };
    EXPECT_EQ(negative(""), 10U);
    EXPECT_EQ(negative("cache_s = 0\n"), 0U) << "who turned the cache off has it off";
    EXPECT_EQ(negative("cache_s = 0\nnegative_cache_s = 7\n"), 7U);
}

TEST(AliasTablePolicy, RefusesLimitsThatLeaveNothingAndASaslBySender) {
    const std::string sasl = "[[alias_table]]\nid = \"a\"\ntype = \"sasl\"\nconfig = \"/x\"\n";
    EXPECT_EQ(first_error(sasl + "fields = []\n"),
              "policy.toml:7:10: error: `fields` is empty, so the grant covers nothing (leave it "
              "out to cover all three)");
    EXPECT_EQ(first_error(sasl + "networks = []\n"),
              "policy.toml:7:12: error: `networks` in [[alias_table]] is empty (leave it out for a "
              "grant from anywhere)");
    EXPECT_EQ(first_error(sasl + "by = \"sender\"\n"),
              "policy.toml:7:6: error: SASL keeps the properties of logins, so this table cannot "
              "be by sender (leave `by` out)");
    EXPECT_EQ(first_error(sasl + "by = \"senders\"\n"),
              "policy.toml:7:6: error: `by` in [[alias_table]] must be `login` or `sender`, not "
              "`senders` (did you mean `sender`?)");
}

TEST(AliasTablePolicy, NamesWhatIsMissingOrWrong) {
    EXPECT_EQ(first_error("[[alias_table]]\ntype = \"sasl\"\nconfig = \"/x\"\n"),
              "policy.toml:3:1: error: [[alias_table]] has no `id` (its name in the log, as in "
              "\"sasl\")");
    EXPECT_EQ(first_error("[[alias_table]]\nid = \"a\"\ntype = \"sasl\"\nconfig = \"x\"\n"),
              "policy.toml:6:10: error: `x` is not the full path of a directory (the directory "
              "that holds relaypermit.conf)");
    EXPECT_EQ(
        first_error("[[alias_table]]\nid = \"a\"\ntype = \"soap\"\nconfig = \"/x\"\n"),
        "policy.toml:5:8: error: `type` in [[alias_table]] must be `sasl`, `file`, `cdb`, "
        "`lmdb`, `sqlite`, `postgresql`, `mysql`, `redis`, `socketmap` or `ldap`, not `soap`");
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

TEST(AliasTablePolicy, RefusesAQueryThatAnswersEveryLoginOrEverySenderAlike) {
    const std::string sqlite = "[[alias_table]]\nid = \"a\"\ntype = \"sqlite\"\npath = \"/x\"\n";
    EXPECT_EQ(first_error(sqlite + "query = \"SELECT l FROM t WHERE a = :sender\"\n"),
              "policy.toml:7:9: error: `query` asks for the sender alone, so that every login has "
              "its answer (`by = \"sender\"` where it gives logins, or ask for the login too)");
    EXPECT_EQ(
        first_error(sqlite + "by = \"sender\"\nquery = \"SELECT l FROM t WHERE a = :login\"\n"),
        "policy.toml:8:9: error: `query` does not ask for the sender, so that a login may send as "
        "anybody (leave `by` out where it gives senders, or ask for the sender too)");
    const std::string redis =
        "[[alias_table]]\nid = \"a\"\ntype = \"redis\"\nurl = \"redis://localhost\"\n";
    EXPECT_NE(first_error(redis + "command = [\"SMEMBERS\", \"owners:{sender}\"]\n"), "");
    EXPECT_TRUE(load(redis + "command = [\"SMEMBERS\", \"x:{login}:{sender}\"]\n").errors.empty());
    EXPECT_TRUE(load(sqlite + "query = \"SELECT l FROM t WHERE a = :domain\"\n").errors.empty());
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
    EXPECT_EQ(load("[[alias_table]]\nid = \"a\"\ntype = \"soap\"\n" + good).errors.size(), 1U);
}

// Of a table of the kind, with these lines.
std::string errors_of(const std::string& type, const std::string& lines) {
    std::string text;
    for (const Diagnostic& error :
         load("[[alias_table]]\nid = \"a\"\ntype = \"" + type + "\"\n" + lines).errors)
        text += to_string(error) + "\n";
    return text;
}

constexpr std::string_view sql = "query = \"SELECT s FROM t WHERE l = :login\"\n";
constexpr std::string_view ldap = "base = \"dc=x\"\nfilter = \"(uid={user})\"\n";

TEST(AliasTableKinds, ReadWhatTheyNeed) {
    EXPECT_EQ(errors_of("sqlite", "path = \"/x.db\"\n" + std::string(sql)), "");
    EXPECT_EQ(errors_of("postgresql",
                        "url = \"postgresql://u@db.example.com/mail\"\npassword_file = "
                        "\"credential:db\"\nca_file = \"/ca\"\n" +
                            std::string(sql)),
              "");
    EXPECT_EQ(errors_of("mysql", "url = \"mariadb://u@db.example.com/mail\"\n" + std::string(sql)),
              "");
    EXPECT_EQ(errors_of("redis", "url = \"redis://localhost\"\ncommand = [\"get\", \"{login}\"]\n"),
              "");
    EXPECT_EQ(errors_of("socketmap", "address = \"inet:[::1]:7\"\nname = \"senders\"\n"), "");
    EXPECT_EQ(errors_of("ldap", "url = \"ldaps://ldap.example.com\"\n" + std::string(ldap)), "");
}

TEST(AliasTableKinds, ReportEveryMistakeOfATable) {
    EXPECT_EQ(
        errors_of("sqlite", "path = \"x.db\"\nquery = \"SELECT ':login', :logn\"\n"),
        "policy.toml:6:8: error: `x.db` is not the full path of a file (it begins with a "
        "slash)\n"
        "policy.toml:7:18: error: the placeholder `:login` stands between quotes, where it is "
        "only text (take the quotes away, or join: '@' || :domain, in MySQL CONCAT('@', "
        ":domain))\n");
    EXPECT_EQ(errors_of("postgresql", ""),
              "policy.toml:3:1: error: [[alias_table]] has no `url` (as in "
              "\"postgresql://relaypermit@db.example.com/mail\")\n"
              "policy.toml:3:1: error: [[alias_table]] has no `query` (as in \"SELECT sender FROM "
              "senders WHERE login = :login\")\n");
    EXPECT_EQ(errors_of("mysql", "url = \"mysql://db.example.com/\"\n" + std::string(sql)),
              "policy.toml:6:7: error: the url names no user (mysql://USER@HOST/DATABASE)\n");
    EXPECT_EQ(errors_of("ldap",
                        "url = \"ldap://h\"\nattributes = [\"userPassword\", \"a b\"]\n"
                        "base = \"\"\nfilter = \"uid={user}\"\n"),
              "policy.toml:6:7: error: this directory would be asked in clear text (ldaps://, or "
              "start_tls = true)\n"
              "policy.toml:7:15: error: `userPassword` is where directories keep passwords (an "
              "attribute that holds addresses, as in \"mail\")\n"
              "policy.toml:7:31: error: `a b` is not the name of an attribute (as in \"mail\")\n"
              "policy.toml:9:10: error: `uid={user}` is not a filter (one in parentheses, as in "
              "\"(&(objectClass=person)(uid={user}))\")\n");
}

TEST(AliasTableKinds, RefuseWhatWouldTravelInClearText) {
    EXPECT_EQ(
        errors_of("redis", "url = \"redis://r.example.com\"\ncommand = [\"GET\", \"{login}\"]\n"),
        "policy.toml:6:7: error: this Redis would be asked in clear text (rediss:// is for "
        "other machines; redis:// for localhost and sockets)\n");
    EXPECT_EQ(errors_of("socketmap", "address = \"inet:192.0.2.1:7\"\nname = \"x\"\n"),
              "policy.toml:6:11: error: this server would be asked in clear text (socketmap has no "
              "encryption: name one of this machine, or a tunnel's end)\n");
}

TEST(AliasTableKinds, NeverRepeatAPassword) {
    for (const std::string lines :
         {"url = \"postgresql://u:hunter2@h/d\"\n",
          "url = \"postgresql://u@h/d\"\npassword_file = \"hunter2\"\n"}) {
        const std::string errors = errors_of("postgresql", lines + std::string(sql));
        EXPECT_NE(errors.find("password"), std::string::npos) << errors;
        EXPECT_EQ(errors.find("hunter2"), std::string::npos) << errors;
    }
}

TEST(AliasTableKinds, TakeOnlyCommandsOfRedisThatRead) {
    for (const char* command : {"[\"DEL\", \"{login}\"]", "[\"EVAL\", \"{login}\"]", "[]",
                                "[\"GET\", \"all\"]", "[\"GET\", \"{logn}\"]"})
        EXPECT_NE(errors_of("redis", "url = \"redis://localhost\"\ncommand = " +
                                         std::string(command) + "\n"),
                  "")
            << command;
}

}  // namespace
}  // namespace relaypermit::testing
