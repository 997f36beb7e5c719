// Every warning about whom a rule is for, and exactly what the admin reads about it.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "tool/rehearse/lint.h"

namespace relaypermit {
namespace {

constexpr TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 28}};

struct Doubt {
    std::string_view name;
    std::string_view policy;
    std::string_view warnings;
};

std::ostream& operator<<(std::ostream& out, const Doubt& doubt) {
    return out << doubt.name;
}

std::string warnings_of(std::string_view policy) {
    const Loaded loaded = load_policy_text(policy, "policy.toml", "host.example");
    std::string text;
    for (const Diagnostic& error : loaded.errors) text += to_string(error) + "\n";
    if (!loaded.policy) return text;
    for (const Diagnostic& warning : lint(loaded, now)) text += to_string(warning) + "\n";
    return text;
}

TEST(LintOfOddLogins, WarnsOfWhatIsHardlyOneLogin) {
    const std::string said = warnings_of(
        "relay.hosted_domains = [\"example.com\"]\n[[alias]]\nid = \"x\"\n"
        "logins = [\"a@b@example.com\", \"x or y\", \"smtp:\"]\nsenders = [\"x@example.com\"]\n");
    EXPECT_NE(said.find("`a@b@example.com` has two `@`"), std::string::npos) << said;
    EXPECT_NE(said.find("`x or y` is the name of one login"), std::string::npos) << said;
    EXPECT_NE(said.find("behind the colon of `smtp:`"), std::string::npos) << said;
}

class LintOfLogins : public testing::TestWithParam<Doubt> {};

TEST_P(LintOfLogins, IsSaidInTheseWords) {
    EXPECT_EQ(warnings_of(GetParam().policy), GetParam().warnings);
}

constexpr Doubt doubts[] = {
    {"DomainsOneLetterFromAHostedOne",
     R"toml(relay.hosted_domains = ["nordhaus.example", "example.com", "*.shops.nordhaus.example"]
relay.relay_domains = ["nordhuas.example", "partner.example"]
login.default_realm = "nordhauss.example"
login.realms = ["nordhaus.example", "exampel.com"]
groups.staff = ["uwe@nordaus.example", "ida@nordhaus.example", "jan@example.org"]
[[alias]]
id = "x"
logins = ["group:staff", "*@exmple.com", "eva@mail.nordhais.example", "kim@partner.exmaple"]
senders = ["orders@nordhouse.example", "orders@nordhauz.example"]
[[restrict]]
id = "r"
logins = ["max@nordhaus.exampl"]
recipients = ["*@nordhaus.exemple", "hosted"]
)toml",
     R"(policy.toml:2:24: warning: anyone may relay to `nordhuas.example`, a domain nearly like a hosted one (did you mean `nordhaus.example`?)
policy.toml:3:7: warning: `default_realm` `nordhauss.example` is none of the realms that own their address (did you mean `nordhaus.example`?)
policy.toml:4:7: warning: the realm `exampel.com` is outside the hosted domains (did you mean `example.com`?)
policy.toml:5:17: warning: the domain of the login `uwe@nordaus.example` is not hosted (did you mean `uwe@nordhaus.example`?)
policy.toml:8:26: warning: the domain of the login `*@exmple.com` is not hosted (did you mean `*@example.com`?)
policy.toml:8:42: warning: the domain of the login `eva@mail.nordhais.example` is not hosted (did you mean `eva@mail.nordhaus.example`?)
policy.toml:9:12: warning: the sender `orders@nordhouse.example` is outside the hosted domains (its own domain may forbid this server to send for it (SPF, DMARC))
policy.toml:9:40: warning: the sender `orders@nordhauz.example` is outside the hosted domains (did you mean `orders@nordhaus.example`?)
policy.toml:12:11: warning: the domain of the login `max@nordhaus.exampl` is not hosted (did you mean `max@nordhaus.example`?)
policy.toml:13:15: warning: the domain of the recipient `*@nordhaus.exemple` is not hosted (did you mean `*@nordhaus.example`?)
)"},
    {"RegexOfADomainOneLetterFromAHostedOne",
     R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
login.realms = ["exampel.com"]
[[alias]]
id = "x"
logins = ['/^[a-z]+@exmaple\.com$/', '/^x[a-z]+@exampel\.com$/', '/^[a-z]+@(mail\.)?example\.com$/']
senders = ['/^[a-z]+@mail\.exampl\.com$/', "{user}@exmaple.com"]
)toml",
     R"(policy.toml:2:7: warning: `default_realm` `example.com` is none of the realms that own their address (add it to `realms`)
policy.toml:3:7: warning: the realm `exampel.com` is outside the hosted domains (did you mean `example.com`?)
policy.toml:6:11: warning: the domain `exmaple.com` of the regex `/^[a-z]+@exmaple\.com$/` is not hosted (did you mean `example.com`?)
policy.toml:7:12: warning: the domain `mail.exampl.com` of the regex `/^[a-z]+@mail\.exampl\.com$/` is not hosted (did you mean `mail.example.com`?)
policy.toml:7:44: warning: the sender `{user}@exmaple.com` is outside the hosted domains (did you mean `{user}@example.com`?)
)"},
    {"EveryLoginAsAnybodyOfItsRealm",
     R"toml(relay.hosted_domains = ["*.shops.example", "example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["*"]
senders = ["*@{domain}", "info@{domain}", "{user}.list@{domain}"]
[[alias]]
id = "y"
logins = ["*@example.com"]
senders = ["office@{domain}"]
)toml",
     R"(policy.toml:6:12: warning: every login, of a realm that nobody hosts too, may send as `*@{domain}` of its realm, which is somebody else's address (write `*@example.com` for the logins `*@example.com`, or `{user}@{domain}`)
policy.toml:6:26: warning: every login, of a realm that nobody hosts too, may send as `info@{domain}` of its realm, which is somebody else's address (write `info@example.com` for the logins `*@example.com`, or `{user}@{domain}`)
)"},
    {"CaptureThatTakesInTheRealm",
     R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "swallows"
logins = ['/^x-(?P<u>.+)$/']
senders = ["{u}@example.com"]
[[alias]]
id = "two-groups"
logins = ['/^y-(?P<a>[a-z]+)-(?P<u>\S+)$/']
senders = ["{u}@example.com", "{a}@example.com"]
[[alias]]
id = "stops-at-the-last-at"
logins = ['/^(?P<u>.+)@example\.com$/']
senders = ["{u}.lists@example.com"]
[[alias]]
id = "not-used"
logins = ['/^z-(?P<u>.+)$/']
senders = ["orders@example.com"]
)toml",
     R"(policy.toml:5:11: warning: the regex `/^x-(?P<u>.+)$/` matches addresses of `notexample.com` too (write `@example\.com`, or `@(.*\.)?example\.com` with its subdomains)
policy.toml:5:11: warning: the group `u` of the regex `/^x-(?P<u>.+)$/` takes in the realm of the login, so a sender with `{u}` is never met (end it before the realm, as in `(?P<u>[^@]+)@example.com`)
policy.toml:9:11: warning: the group `u` of the regex `/^y-(?P<a>[a-z]+)-(?P<u>\S+)$/` takes in the realm of the login, so a sender with `{u}` is never met (end it before the realm, as in `(?P<u>[^@]+)@example.com`)
policy.toml:17:11: warning: the regex `/^z-(?P<u>.+)$/` matches addresses of `notexample.com` too (write `@example\.com`, or `@(.*\.)?example\.com` with its subdomains)
)"},
    {"CaptureThatTakesInTheRealmWhereSomeLoginsHaveNone",
     R"toml(relay.hosted_domains = ["example.com"]
[[alias]]
id = "swallows"
logins = ['/^(?P<u>.+@example\.com)$/']
senders = ["{u}@example.com"]
[[alias]]
id = "takes-bare-names"
logins = ['/^(?P<u>[a-z@.]+)$/', '/^(?P<u>[a-z.]+)(@example\.com)?$/']
senders = ["{u}@example.com"]
)toml",
     R"(policy.toml:4:11: warning: the group `u` of the regex `/^(?P<u>.+@example\.com)$/` takes in the realm of the login, so a sender with `{u}` is never met (end it before the realm, as in `(?P<u>[^@]+)@example.com`)
policy.toml:8:11: warning: the regex `/^(?P<u>[a-z@.]+)$/` matches addresses of `notexample.com` too (write `@example\.com`, or `@(.*\.)?example\.com` with its subdomains)
)"},
    {"CaptureOfAClassWithAnAt",
     R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "swallows"
logins = ['/^(?P<u>[a-z@.]+)$/', '/^(?P<u>[a-z@.]*)(@example\.com)?$/']
senders = ["{u}@example.com"]
)toml",
     R"(policy.toml:5:11: warning: the regex `/^(?P<u>[a-z@.]+)$/` matches addresses of `notexample.com` too (write `@example\.com`, or `@(.*\.)?example\.com` with its subdomains)
policy.toml:5:11: warning: the group `u` of the regex `/^(?P<u>[a-z@.]+)$/` takes in the realm of the login, so a sender with `{u}` is never met (end it before the realm, as in `(?P<u>[^@]+)@example.com`)
policy.toml:5:34: warning: the regex `/^(?P<u>[a-z@.]*)(@example\.com)?$/` matches addresses of `notexample.com` too (write `@example\.com`, or `@(.*\.)?example\.com` with its subdomains)
policy.toml:5:34: warning: the group `u` of the regex `/^(?P<u>[a-z@.]*)(@example\.com)?$/` takes in the realm of the login, so a sender with `{u}` is never met (end it before the realm, as in `(?P<u>[^@]+)@example.com`)
)"},
    {"RegexThatARestrictionWouldNotFollow",
     R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
login.forms = ['{user}%{domain}']
groups.staff = ['/^[^@%]+@example\.com$/']
[[alias]]
id = "all"
logins = ['/^(?P<u>.*)@example\.com$/', '/^[a-z0-9._+-]+@example\.com$/', "group:staff"]
senders = ["orders@example.com"]
[[alias]]
id = "again"
logins = ["group:staff", "*@example.com"]
senders = ["desk@example.com"]
[[alias]]
id = "over"
logins = ['/^([^@]*)@example\.com$/']
senders = ["desk@example.com"]
until = 2026-01-31
[[restrict]]
id = "cracked"
logins = ["mallory@example.com"]
suspended = true
[[restrict]]
id = "inside"
logins = ["kim@example.com"]
recipients = ["hosted"]
)toml",
     R"(policy.toml:4:17: warning: the regex `/^[^@%]+@example\.com$/` matches `example\mallory` too, which may be another spelling of `mallory@example.com`: `cracked` at policy.toml:18:1 does not reach it (`forms` in [login] makes both one login; or say what users are made of, as in `[a-z0-9._+-]+`)
policy.toml:7:11: warning: the regex `/^(?P<u>.*)@example\.com$/` matches `example\mallory` too, which may be another spelling of `mallory@example.com`: `cracked` at policy.toml:18:1 does not reach it (`forms` in [login] makes both one login; or say what users are made of, as in `[a-z0-9._+-]+`)
policy.toml:13:1: warning: the grant `over` ended on 2026-01-31 (remove it, or set a later `until`)
)"},
    {"RegexThatARestrictionFollows",
     R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "all"
logins = ['/^(.*)@example\.com$/']
senders = ["orders@example.com"]
[[restrict]]
id = "inside"
logins = ['/^.*kim.*@example\.com$/', "*@closed.example.com"]
recipients = ["hosted"]
)toml",
     ""},
    {"AnotherSpellingOfALogin",
     R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ['/^EXAMPLE\\(?P<u>[^@]+)@example\.com$/', '/^mallory%example\.com@example\.com$/', '/^[a-z%]+@example\.com$/']
senders = ["orders@example.com"]
)toml",
     R"(policy.toml:5:11: warning: the regex `/^EXAMPLE\\(?P<u>[^@]+)@example\.com$/` is for another spelling of a login: a restriction or suspension of user@domain does not reach it (`forms` in [login] makes both one login, before all else)
policy.toml:5:53: warning: the regex `/^mallory%example\.com@example\.com$/` is for another spelling of a login: a restriction or suspension of user@domain does not reach it (`forms` in [login] makes both one login, before all else)
)"},
    {"AnAccountThatAGrantMakesOneOfTwo",
     R"toml(relay.hosted_domains = ["example.com", "example.org", "example.net"]
login.default_realm = "example.com"
[[alias]]
id = "both-domains"
logins = ["*@example.com"]
senders = ["{user}@example.org"]
[[alias]]
id = "team"
logins = ["*@example.com", "*@example.net"]
senders = ["team@example.com", "info@example.org"]
[[restrict]]
id = "cracked"
logins = ["mallory@example.com"]
suspended = true
[[restrict]]
id = "both"
logins = ["kim@example.org", "kim@example.com"]
recipients = ["hosted"]
[[restrict]]
id = "of-another-realm"
logins = ["info@example.net"]
suspended = true
)toml",
     R"(policy.toml:11:1: warning: the restriction `cracked` does not reach the login `mallory@example.org`, which may send and may be the account of `mallory@example.com`: by `both-domains` at policy.toml:3:1 one may send as the other (name both in `logins`)
)"},
    {"AnAccountInASpellingThatRulesNameLoginsBy",
     R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "windows"
logins = ['EXAMPLE\carol']
senders = ["carol@example.com"]
[[alias]]
id = "team"
logins = ["*@example.com"]
senders = ["team@example.com"]
[[restrict]]
id = "cracked"
logins = ["mallory@example.com"]
suspended = true
[[restrict]]
id = "spelled-too"
logins = ["eve@example.com", 'example\Eve']
suspended = true
)toml",
     R"(policy.toml:11:1: warning: the restriction `cracked` does not reach the login `EXAMPLE\mallory`, which may send and may be the account of `mallory@example.com`: a rule names `EXAMPLE\carol` in that spelling (`forms` in [login] makes both one login, before all else)
)"},
    {"AnAccountInASpellingThatMaySendNothing",
     R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "windows"
logins = ['EXAMPLE\carol']
senders = ["carol@example.com"]
[[restrict]]
id = "cracked"
logins = ["mallory@example.com"]
suspended = true
)toml",
     ""},
    {"AnAccountThatARestrictionThatIsOverDidNotReach",
     R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "windows"
logins = ['EXAMPLE\carol']
senders = ["carol@example.com"]
[[alias]]
id = "team"
logins = ["*@example.com"]
senders = ["team@example.com"]
[[restrict]]
id = "over"
logins = ["mallory@example.com"]
suspended = true
until = 2026-11-27
[[restrict]]
id = "not-over"
logins = ["eve@example.com"]
suspended = true
until = 2026-12-24
)toml",
     R"(policy.toml:11:1: warning: the restriction `over` ended on 2026-11-27 (remove it, or set a later `until`)
policy.toml:16:1: warning: the restriction `not-over` does not reach the login `EXAMPLE\eve`, which may send and may be the account of `eve@example.com`: a rule names `EXAMPLE\carol` in that spelling (`forms` in [login] makes both one login, before all else)
)"},
    {"AnAccountThatNothingSpeaksFor",
     R"toml(relay.hosted_domains = ["example.com", "example.org"]
login.default_realm = "example.com"
[[alias]]
id = "team"
logins = ["*@example.com", "*@example.org"]
senders = ["team@example.com"]
[[restrict]]
id = "cracked"
logins = ["mallory@example.com"]
suspended = true
)toml",
     ""},
};

INSTANTIATE_TEST_SUITE_P(Each, LintOfLogins, testing::ValuesIn(doubts),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace relaypermit
