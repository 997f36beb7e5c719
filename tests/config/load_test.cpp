// The reader of policy files: what a sound policy becomes, and which files are read.
#include "config/load.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "policy/contact.h"
#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

std::string errors_of(const Loaded& loaded) {
    std::string text;
    for (const Diagnostic& error : loaded.errors) text += to_string(error) + "\n";
    return text;
}

Loaded load(std::string_view text) {
    return load_policy_text(text, "policy.toml", "host.example");
}

// The example of the documentation, whole.
constexpr std::string_view example = R"toml(
mode = "enforce"

[server]
name     = "mail.example.com"
help_url = "https://help.example.com/relay"

[listen]
milter       = "unix:/var/spool/postfix/relaypermit/milter.sock"
policy       = "unix:/var/spool/postfix/relaypermit/policy.sock"
socketmap    = "unix:/run/relaypermit/map.sock"
socket_mode  = "0660"
socket_group = "postfix"

[relay]
hosted_domains   = ["example.com", "*.shops.example.com"]
relay_domains    = []
trusted_networks = ["127.0.0.0/8", "::1/128"]
remote_mailers   = ["smtp", "esmtp"]

[submission]
ports        = [587, 465]
daemon_names = ["ORIGINATING", "MSA", "MSA-v4", "MSA-v6"]
require_tls  = true

[login]
default_realm        = "example.com"
realms               = ["example.com", "example.org"]
owns_own_address     = true
subaddress_delimiter = "+"

[from]
require_owned_sender_field = true
missing                    = "refuse"

[groups]
sales = ["bob@example.com", "carol@example.com"]

[[alias]]
id      = "shop-team"
logins  = ["group:sales", "dave@example.com"]
senders = ["orders@example.com", "*@shop.example.com"]

[[alias]]
id       = "corp-logins"
logins   = ['/^(?P<user>[^@]+)@corp\.example$/']
senders  = ["{user}@example.com", "{user}@example.org"]
until    = 2027-01-31
networks = ["198.51.100.0/24"]
note     = "merger, ticket 4711"
fields   = ["envelope", "from", "sender"]

[[alias]]
id      = "printers"
clients = ["192.0.2.0/24"]
senders = ["*@printers.example.com"]

[[restrict]]
id         = "devices-stay-inside"
logins     = ["scanner@example.com"]
recipients = ["hosted"]
networks   = ["192.0.2.0/24"]
mechanisms = ["SCRAM-SHA-256", "PLAIN"]
text       = "This device may only write to staff"
[[restrict]]
id        = "cracked-2026-11"
logins    = ["mallory@example.com"]
suspended = true

[cause.sender-not-owned]
action = "reject"
reply  = "550 5.7.1"
text   = "Relay not permitted - {login} may not send as {sender} - ask postmaster@example.com for an alias"

[log]
syslog     = true
store      = "/var/lib/relaypermit/decisions.db"
keep_days  = 30
max_mb     = 1024
recipients = "full"

[[test]]
name       = "sales may use the orders address"
login      = "bob@example.com"
port       = 587
sender     = "orders@example.com"
from       = "Shop <orders@example.com>"
recipients = ["someone@remote.example"]
expect     = "accept"
rule       = "shop-team"
)toml";

TEST(Load, ReadsTheExampleOfTheDocumentation) {
    const Loaded loaded = load(example);
    ASSERT_EQ(errors_of(loaded), "");
    ASSERT_TRUE(loaded.policy);
    const PolicySource& source = loaded.policy->source();
    EXPECT_EQ(source.server_name, "mail.example.com");
    EXPECT_EQ(source.hosted_domains.patterns(),
              (std::vector<std::string>{"example.com", "*.shops.example.com"}));
    EXPECT_EQ(source.default_realm, "example.com");
    ASSERT_TRUE(source.realms);
    EXPECT_TRUE(source.realms->contains("example.org"));

    ASSERT_EQ(source.grants.size(), 3U);
    const Grant& shop = source.grants[0];
    EXPECT_EQ(shop.id, "shop-team");
    EXPECT_EQ(to_string(shop.place), "policy.toml:39:1");
    ASSERT_EQ(shop.logins.size(), 3U);
    EXPECT_EQ(shop.logins[0].group, "sales");
    EXPECT_EQ(to_string(shop.logins[0].place), "policy.toml:37:10");
    EXPECT_EQ(shop.logins[2].group, "");
    EXPECT_EQ(to_string(shop.logins[2].place), "policy.toml:41:27");
    ASSERT_EQ(shop.senders.size(), 2U);
    EXPECT_EQ(to_string(shop.senders[1].place), "policy.toml:42:34");
    EXPECT_FALSE(shop.rare->until);

    const Grant& corp = source.grants[1];
    using namespace std::chrono_literals;
    ASSERT_TRUE(corp.rare->until);
    EXPECT_EQ(*corp.rare->until, std::chrono::sys_days(2027y / 2 / 1));
    EXPECT_EQ(corp.rare->until_text, "2027-01-31");
    EXPECT_EQ(corp.rare->note, "merger, ticket 4711");
    EXPECT_EQ(corp.rare->networks.size(), 1U);
    EXPECT_EQ(source.grants[2].rare->clients.size(), 1U);

    ASSERT_EQ(source.restrictions.size(), 2U);
    EXPECT_TRUE(source.restrictions[0].recipients_hosted);
    ASSERT_TRUE(source.restrictions[0].recipients);
    EXPECT_TRUE(source.restrictions[0].recipients->empty());
    EXPECT_EQ(source.restrictions[0].text, "This device may only write to staff");
    EXPECT_TRUE(source.restrictions[1].suspended);
    EXPECT_FALSE(source.restrictions[1].recipients);

    const CausePolicy& owned = loaded.policy->cause(Cause::sender_not_owned);
    EXPECT_FALSE(owned.text_is_default);
    EXPECT_TRUE(owned.text.starts_with("Relay not permitted - {login}"));

    EXPECT_EQ(loaded.settings.listen[Protocol::socketmap], "unix:/run/relaypermit/map.sock");
    EXPECT_EQ(loaded.settings.listen.socket_mode, 0660U);
    EXPECT_EQ(loaded.settings.log.store, "/var/lib/relaypermit/decisions.db");
    EXPECT_EQ(loaded.groups, std::vector<std::string>{"sales"});
    EXPECT_EQ(loaded.files, std::vector<std::string>{"policy.toml"});
}

TEST(Load, ReadsTheTestOfTheExample) {
    const Loaded loaded = load(example);
    ASSERT_EQ(loaded.tests.size(), 1U);
    const TestCase& test = loaded.tests[0];
    EXPECT_EQ(test.name, "sales may use the orders address");
    EXPECT_EQ(to_string(test.place), "policy.toml:82:1");
    EXPECT_EQ(test.facts.login, "bob@example.com");
    EXPECT_EQ(test.facts.sender, "orders@example.com");
    EXPECT_EQ(test.facts.headers, std::vector<std::string>{"From: Shop <orders@example.com>"});
    EXPECT_EQ(test.expect, "accept");
    EXPECT_EQ(test.rule, "shop-team");
}

TEST(Load, TakesEveryKeyAsLeftOut) {
    const Loaded loaded = load("mode = \"enforce\"\n");
    ASSERT_EQ(errors_of(loaded), "");
    const PolicySource& source = loaded.policy->source();
    EXPECT_EQ(source.server_name, "host.example");
    EXPECT_TRUE(source.hosted_domains.empty());
    ASSERT_EQ(source.trusted_networks.size(), 2U);
    EXPECT_EQ(to_string(source.trusted_networks[0].network), "127.0.0.0/8");
    EXPECT_EQ(to_string(source.trusted_networks[0].place), "built in");
    EXPECT_EQ(to_string(source.trusted_networks[1].network), "::1/128");
    EXPECT_EQ(loaded.policy->cause(Cause::login_required).action, Action::reject);
    EXPECT_EQ(loaded.policy->cause(Cause::helo_forged).action, Action::off);
    EXPECT_EQ(loaded.settings.listen[Protocol::milter],
              "unix:/var/spool/postfix/relaypermit/milter.sock");
    EXPECT_EQ(loaded.settings.log.store, "");
}

TEST(Load, KnowsWhomToAsk) {
    const auto contact = [](const std::string& server, const std::string& hosted) {
        const Loaded loaded =
            load("[server]\n" + server + "[relay]\nhosted_domains = [" + hosted + "]\n");
        EXPECT_EQ(errors_of(loaded), "");
        return contact_of(loaded.policy->source());
    };
    EXPECT_EQ(contact("", "\"*.shops.example\", \"example.org\", \"example.com\""),
              "postmaster@example.org");
    EXPECT_EQ(contact("", ""), "postmaster@host.example");
    EXPECT_EQ(contact("contact = \"help@example.com\"\n", "\"example.org\""), "help@example.com");
    EXPECT_EQ(contact("contact = \"the help desk, phone 1234\"\n", ""),
              "the help desk, phone 1234");
    EXPECT_EQ(contact("contact = \"\"\n", "\"example.org\""), "postmaster@example.org");
}

TEST(Load, TrustsNobodyWhereTheListIsEmpty) {
    const Loaded loaded = load("[relay]\ntrusted_networks = []\n");
    ASSERT_EQ(errors_of(loaded), "");
    EXPECT_TRUE(loaded.policy->source().trusted_networks.empty());
}

TEST(Load, EndsAGrantAtTheMomentThatItNames) {
    using namespace std::chrono_literals;
    const auto until = [](std::string_view written) {
        const Loaded loaded = load(
            "[[alias]]\nid = \"a\"\nlogins = [\"x@example.com\"]\n"
            "senders = [\"y@example.com\"]\nuntil = " +
            std::string(written) + "\n");
        EXPECT_EQ(errors_of(loaded), "");
        return loaded.policy->source().grants.at(0);
    };
    EXPECT_EQ(until("2026-12-31").rare->until, std::chrono::sys_days(2027y / 1 / 1));
    EXPECT_EQ(until("2026-12-31T18:30:00Z").rare->until,
              std::chrono::sys_days(2026y / 12 / 31) + 18h + 30min);
    EXPECT_EQ(until("2026-12-31T18:30:15+01:30").rare->until,
              std::chrono::sys_days(2026y / 12 / 31) + 17h + 15s);
    EXPECT_EQ(until("2026-12-31T18:30:15+01:30  # then over").rare->until_text,
              "2026-12-31T18:30:15+01:30");
}

TEST(Load, GivesTheDefaultRealmToLoginsWithoutOne) {
    const Loaded loaded = load(R"toml(
[[alias]]
id = "a"
logins = ["alice", "group:g"]
senders = ["y@example.com"]
[groups]
g = ["bob"]
[login]
default_realm = "Bücher.example"
)toml");
    ASSERT_EQ(errors_of(loaded), "");
    const auto& logins = loaded.policy->source().grants.at(0).logins;
    ASSERT_EQ(logins.size(), 2U);
    EXPECT_TRUE(logins[0].pattern.matches(Login{"alice", "xn--bcher-kva.example"}));
    EXPECT_TRUE(logins[1].pattern.matches(Login{"bob", "xn--bcher-kva.example"}));
}

TEST(Load, ChangesTheReplyOfACause) {
    const Loaded loaded = load(R"toml(
[cause.login-required]
action = "tempfail"
[cause.relay-not-permitted]
reply = "554 5.7.1"
[cause.lookup-failed]
action = "reject"
reply = "550 5.4.3"
)toml");
    ASSERT_EQ(errors_of(loaded), "");
    EXPECT_EQ(loaded.policy->cause(Cause::login_required).action, Action::tempfail);
    EXPECT_TRUE(loaded.policy->cause(Cause::login_required).text_is_default);
    EXPECT_EQ(to_string(loaded.policy->cause(Cause::relay_not_permitted).reply), "554 5.7.1");
    EXPECT_EQ(loaded.policy->cause(Cause::lookup_failed).action, Action::reject);
}

TEST(Load, RefusesAPolicyThatSaysNothing) {
    for (const std::string_view text : {"", "\n", "# a comment\n", "\xEF\xBB\xBF"}) {
        const Loaded loaded = load(text);
        EXPECT_EQ(errors_of(loaded),
                  "policy.toml: error: the policy is empty: it would refuse all mail of users who "
                  "log in (a policy begins with hosted_domains in [relay])\n");
        EXPECT_FALSE(loaded.policy);
    }
}

TEST(Load, ReadsWindowsLineEndsBehindAByteOrderMark) {
    const Loaded loaded = load("\xEF\xBB\xBF[log]\r\nkeep_days = 7\r\nmax_mb = 0\r\n");
    EXPECT_EQ(errors_of(loaded),
              "policy.toml:3:10: error: `max_mb` in [log] must be between 1 and 1000000, not 0\n");
}

TEST(Load, RefusesWhatIsNotUtf8) {
    EXPECT_EQ(errors_of(load("mode = \"enf\xE9orce\"\n")),
              "policy.toml:1:12: error: byte 0xE9 is not valid UTF-8 (save the file as UTF-8)\n");
    EXPECT_EQ(errors_of(load(std::string_view("a = 1\nmode = \"x\0y\"\n", 18))),
              "policy.toml:2:10: error: a NUL byte\n");
    EXPECT_EQ(errors_of(load(std::string_view("\xFF\xFEm\0o\0", 6))),
              "policy.toml:1:1: error: the file is UTF-16 (save it as UTF-8)\n");
}

TEST(Load, ComplainsOfEachMemberOfAGroupThatIsNoString) {
    EXPECT_EQ(errors_of(load("[groups]\ng = [\"a@example.com\", 1, [\"b@example.com\"]]\n")),
              "policy.toml:2:23: error: `g` in [groups] must be a list of strings, and this is an "
              "integer (put it in quotes)\n"
              "policy.toml:2:26: error: `g` in [groups] must be a list of strings, and this is a "
              "list\n");
}

// Else a page of text could take all memory.
TEST(Load, HoldsAGroupOnceHoweverManyRulesNameIt) {
    std::string text = "[groups]\ng = [";
    for (int i = 0; i < 2000; ++i) text += "\"user" + std::to_string(i) + "@example.com\",\n";
    text += "]\n";
    for (int i = 0; i < 2000; ++i)
        text += "[[alias]]\nid = \"a" + std::to_string(i) +
                "\"\nlogins = [\"eve@example.com\", \"group:g\"]\nsenders = [\"t" +
                std::to_string(i) + "@example.com\"]\n";
    const Loaded loaded = load(text);
    ASSERT_TRUE(loaded.policy) << errors_of(loaded);
    const PolicySource& source = loaded.policy->source();
    ASSERT_EQ(source.grants.size(), 2000U);
    for (const Grant& grant : source.grants) {
        ASSERT_EQ(grant.logins.size(), 2001U);
        EXPECT_EQ(&grant.logins[1], &source.grants[0].logins[1]);
    }
    EXPECT_EQ(source.grants[1999].logins[0].group, "");
    EXPECT_EQ(source.grants[1999].logins[2].group, "g");
    EXPECT_EQ(to_string(source.grants[1999].logins[2].place), "policy.toml:3:1");
}

TEST(Load, SaysItInOneLineWhateverTheFileHolds) {
    EXPECT_EQ(errors_of(load("\"mo\\nd\\u0007\\u007F\" = 1\n")),
              "policy.toml:1:1: error: unknown key `mo\\x0Ad\\x07\\x7F` at the top of the file\n");
    EXPECT_EQ(errors_of(load("mode = \"" + std::string(79, 'x') + "üxx\"\n")),
              "policy.toml:1:8: error: `mode` must be `enforce` or `monitor`, not `" +
                  std::string(79, 'x') + "...`\n");
}

// toml++ 3.3 asserts, or takes for impossible, what these hold.
TEST(Load, ReportsWhatItsParserTakesForImpossible) {
    EXPECT_EQ(errors_of(load("[{\n")),
              "policy.toml:1:2: error: not TOML: expected a key, saw `{`\n");
    EXPECT_EQ(errors_of(load("mode = \u00FCber\n")),
              "policy.toml:1:8: error: not TOML: this is no value (strings stand in quotes)\n");
    EXPECT_EQ(errors_of(load("m\u00F6de = 1\n")),
              "policy.toml:1:2: error: not TOML: expected `=`, saw `\u00F6`\n");
    EXPECT_EQ(errors_of(load("[\u00FCber]\n")),
              "policy.toml:1:2: error: not TOML: expected a key, saw `\u00FC`\n");
    EXPECT_EQ(
        errors_of(load("[[alias]]\nid = \"a\"\nlogins = [\"x@example.com\"]\n"
                       "senders = [\"y@example.com\"]\nnote = \"\"\"one \\\n  \u00E4 \"\"\"\n")),
        "");
}

TEST(Load, TakesNestingOfAnyDepthForAMistake) {
    std::string brackets = "a = " + std::string(100'000, '[') + "\n";
    EXPECT_EQ(errors_of(load(brackets)),
              "policy.toml:1:261: error: not TOML: lists or tables nested too deeply\n");
    std::string dots = "a";
    for (int i = 0; i < 100'000; ++i) dots += " . a";
    EXPECT_EQ(errors_of(load("[log]\nx = { " + dots + " = 1 }\n")),
              "policy.toml:2:7: error: a key of more than 16 parts\n");
    EXPECT_EQ(errors_of(load("  [" + dots + "]\n")),
              "policy.toml:1:4: error: a key of more than 16 parts\n");
}

TEST(Load, ReadsNothingBehindTheFirstMistakeOfSyntaxInALargeFile) {
    std::string text = "mode = enforce\n";
    for (int i = 0; i < 20'000; ++i) text += "# a long comment\n";
    text += "unknown = 1\n";
    EXPECT_EQ(errors_of(load(text)),
              "policy.toml:1:8: error: not TOML: this is no value (nothing behind this place was "
              "read)\n");
}

TEST(LoadCases, ReadsTestsAndNothingElse) {
    const LoadedCases cases = load_cases_text(R"toml(
[[test]]
name = "one"
expect = "accept"
[[test]]
name = "two"
expect = "weak-login"
)toml",
                                              "cases.toml");
    EXPECT_TRUE(cases.errors.empty());
    ASSERT_EQ(cases.tests.size(), 2U);
    EXPECT_EQ(cases.tests[1].name, "two");
    EXPECT_EQ(to_string(cases.tests[1].place), "cases.toml:5:1");

    const auto errors = [](const LoadedCases& read) {
        std::string text;
        for (const Diagnostic& error : read.errors) text += to_string(error) + "\n";
        return text;
    };
    EXPECT_EQ(
        errors(load_cases_text("mode = 1\n[[test]]\nname = 1\nexpect = \"x\"\n", "c.toml")),
        R"(c.toml:1:1: error: a case file holds [[test]] and nothing else, not `mode` (the rest is for the policy file)
c.toml:3:8: error: `name` in [[test]] must be a string, not an integer (put it in quotes)
c.toml:4:10: error: `expect` must be `accept` or a cause, not `x` (a cause such as `sender-not-owned`: `relaypermit show` lists them)
)");
    EXPECT_EQ(errors(load_cases_text("", "c.toml")),
              "c.toml: error: the file has no tests (a test begins with [[test]])\n");
    EXPECT_EQ(errors(load_cases("/nowhere/c.toml")),
              "/nowhere/c.toml: error: cannot be read: no such file\n");
}

// --- Files ---------------------------------------------------------------------------------------

class PolicyFiles : public testing::Test {
  protected:
    void write(const std::string& name, std::string_view text) const { scratch_.write(name, text); }
    [[nodiscard]] Loaded load() const {
        return load_policy(folder_ / "policy.toml", "host.example");
    }
    // What was said of the files, their folder left out.
    [[nodiscard]] std::string errors() const {
        std::string text = errors_of(load());
        const std::string prefix = folder_.string() + "/";
        for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
            text.erase(at, prefix.size());
        return text;
    }

    ScratchDirectory scratch_{};
    const std::filesystem::path folder_{scratch_.path()};
};

// What reads one setting passes over the rest, however large or damaged.
TEST_F(PolicyFiles, SayWhereTheStoreIsWithoutTheirRules) {
    const auto store = [&] { return load_store_path(folder_ / "policy.toml"); };
    for (const char* policy : {
             "[log]\nstore = \"/var/lib/a.db\"\n[relay]\nhosted_domains = []\n",
             "log.store = '/b'\nmode = \"monitor\"\n[[alias]]\nid = 1\nlogins = [\"x\n",
             "log = { syslog = false, store = \"/c\" } # d\n",
             "[log]\nstore = \"no path\"\n",
             "[log]\nsyslog = 3\nstore = \"/d\"\n[log]\n",
             "[[restrict]]\nnote = \"\"\"\n[log]\nstore = \"/e\"\n\"\"\"\n",
             "",
         }) {
        write("policy.toml", policy);
        EXPECT_EQ(store(), load().settings.log.store) << policy;
    }
    write("policy.d/1.toml", "[log]\nkeep_days = 3\n");
    write("policy.d/2.toml", "[log]\nstore = \"/later\"\n");
    EXPECT_EQ(store(), "/later");
    EXPECT_EQ(load().settings.log.store, "/later");
    std::filesystem::remove(folder_ / "policy.toml");
    EXPECT_EQ(store(), "/later");
}

TEST_F(PolicyFiles, SayTheNameOfTheServerWithoutTheirRules) {
    const auto name = [&] { return load_server_name(folder_ / "policy.toml"); };
    write("policy.toml", "server.name = 'mx.example.com'\n[[alias]]\nid = 1\nlogins = [\"x\n");
    EXPECT_EQ(name(), "mx.example.com");
    write("policy.toml", "[relay]\nhosted_domains = []\n");
    EXPECT_EQ(name(), "");
    write("policy.d/2.toml", "[server]\nname = \"mx.example.org\"\n");
    EXPECT_EQ(name(), "mx.example.org");
}

TEST_F(PolicyFiles, SayWhatDelimitsASubaddressWithoutTheirRules) {
    const auto delimiter = [&] { return load_subaddress_delimiter(folder_ / "policy.toml"); };
    EXPECT_EQ(delimiter(), "+");
    write("policy.toml", "[login]\nsubaddress_delimiter = \"-=\"\n[[alias]]\nid = 1\n");
    EXPECT_EQ(delimiter(), "-=");
    write("policy.toml", "[relay]\nhosted_domains = []\n");
    EXPECT_EQ(delimiter(), "+");
    write("policy.d/2.toml", "[login]\nsubaddress_delimiter = \"\"\n");
    EXPECT_EQ(delimiter(), "");
}

TEST_F(PolicyFiles, AddUpInOrderOfTheirNames) {
    write("policy.toml",
          "[relay]\nhosted_domains = [\"example.com\"]\n[[restrict]]\nid = \"r0\"\n"
          "logins = [\"x@example.com\"]\nsuspended = true\n");
    write("policy.d/20-b.toml",
          "[relay]\nrelay_domains = [\"example.net\"]\n[[restrict]]\n"
          "id = \"r20\"\nlogins = [\"group:g\"]\nsuspended = true\n");
    write("policy.d/10-a.toml",
          "[groups]\ng = [\"y@example.com\"]\n[[restrict]]\nid = \"r10\"\n"
          "logins = [\"x@example.com\"]\nsuspended = true\n");
    write("policy.d/.#10-a.toml", "nonsense");
    write("policy.d/30-c.toml.bak", "nonsense");
    const Loaded loaded = load();
    ASSERT_EQ(errors(), "");
    const PolicySource& source = loaded.policy->source();
    ASSERT_EQ(source.restrictions.size(), 3U);
    EXPECT_EQ(source.restrictions[0].id, "r0");
    EXPECT_EQ(source.restrictions[1].id, "r10");
    EXPECT_EQ(source.restrictions[2].id, "r20");
    EXPECT_EQ(to_string(source.restrictions[2].place),
              (folder_ / "policy.d/20-b.toml").string() + ":3:1");
    EXPECT_TRUE(source.relay_domains.contains("example.net"));
    EXPECT_EQ(loaded.files, (std::vector<std::string>{(folder_ / "policy.toml").string(),
                                                      (folder_ / "policy.d/10-a.toml").string(),
                                                      (folder_ / "policy.d/20-b.toml").string()}));
}

TEST_F(PolicyFiles, MayNotSetAKeyAgain) {
    write("policy.toml", "mode = \"enforce\"\n[groups]\ng = []\n[log]\nkeep_days = 1\n");
    write("policy.d/a.toml",
          "mode = \"monitor\"\n[groups]\ng = []\n[log]\nkeep_days = 2\nmax_mb = 0\n");
    write("policy.d/b.toml", "log = 1\n[alias]\nid = \"x\"\n");
    write("policy.d/c.toml", "[[alias]]\nid = \"x\"\n");
    EXPECT_EQ(errors(),
              R"(policy.d/a.toml:1:1: error: `mode` is set twice (first at policy.toml:1:1)
policy.d/a.toml:3:1: error: `g` is set twice (first at policy.toml:3:1)
policy.d/a.toml:5:1: error: `keep_days` is set twice (first at policy.toml:5:1)
policy.d/a.toml:6:10: error: `max_mb` in [log] must be between 1 and 1000000, not 0
policy.d/b.toml:1:1: error: `log` is of another kind elsewhere (at policy.toml:4:2)
policy.d/b.toml:2:1: error: [alias] is a list of tables (write [[alias]])
policy.d/b.toml:2:1: error: [[alias]] has neither `logins` nor `clients` (say who may send as these)
policy.d/b.toml:2:1: error: [[alias]] has no `senders` (as whom these may send)
policy.d/c.toml:1:1: error: [[alias]] has neither `logins` nor `clients` (say who may send as these)
policy.d/c.toml:1:1: error: [[alias]] has no `senders` (as whom these may send)
policy.d/c.toml:2:6: error: the id `x` is used twice (first at policy.d/b.toml:3:6)
)");
}

TEST_F(PolicyFiles, NameBothPlacesOfARepeatedId) {
    write("policy.toml", "[[alias]]\nid = \"x\"\nclients = [\"192.0.2.1\"]\nsenders = [\"*\"]\n");
    write("policy.d/a.toml",
          "[[restrict]]\nid = \"x\"\nclients = [\"192.0.2.1\"]\nsuspended = true\n");
    EXPECT_EQ(errors(),
              "policy.d/a.toml:2:6: error: the id `x` is used twice (first at policy.toml:2:6)\n");
}

TEST_F(PolicyFiles, AreReportedTogetherWhereSeveralCannotBeRead) {
    std::filesystem::create_directories(folder_ / "policy.d" / "b.toml");
    std::filesystem::create_symlink("nowhere", folder_ / "policy.d" / "a.toml");
    write("policy.d/c.toml",
          "[log]\nkeep_days = 0\n[[alias]]\nid = \"x\"\n"
          "logins = [\"group:perhaps-in-another-file\"]\nsenders = [\"*\"]\n");
    EXPECT_EQ(errors(), R"(policy.toml: error: cannot be read: no such file
policy.d/a.toml: error: cannot be read: no such file
policy.d/b.toml: error: cannot be read: it is a directory
policy.d/c.toml:2:13: error: `keep_days` in [log] must be between 1 and 36500, not 0
)");
}

TEST_F(PolicyFiles, MustBeFilesOfUsefulSize) {
    std::filesystem::create_directory(folder_ / "policy.toml");
    EXPECT_EQ(errors(), "policy.toml: error: cannot be read: it is a directory\n");
    std::filesystem::remove(folder_ / "policy.toml");

    ASSERT_EQ(mkfifo((folder_ / "policy.toml").c_str(), 0600), 0);
    EXPECT_EQ(errors(), "policy.toml: error: cannot be read: it is not a regular file\n");
    std::filesystem::remove(folder_ / "policy.toml");

    write("policy.toml", "");
    std::filesystem::resize_file(folder_ / "policy.toml", 100'000'000);
    EXPECT_EQ(errors(), "policy.toml: error: cannot be read: it is larger than 64 MiB\n");
}

TEST_F(PolicyFiles, MayHaveAFileInPlaceOfTheFolder) {
    write("policy.toml", "mode = \"enforce\"\n");
    write("policy.d", "");
    EXPECT_EQ(errors(), "policy.d: error: cannot be read: it is not a directory\n");
}

// Root reads everything, so a child without its rights tries.
TEST_F(PolicyFiles, SayWhereTheDaemonMayNotReadThem) {
    write("policy.toml", "mode = \"enforce\"\n");
    std::filesystem::permissions(folder_, std::filesystem::perms::all);
    std::filesystem::permissions(folder_ / "policy.toml", std::filesystem::perms::none);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const bool dropped = geteuid() != 0 || setuid(65534) == 0;
        const bool told = errors() == "policy.toml: error: cannot be read: permission denied\n";
        _exit(dropped && told ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace relaypermit
