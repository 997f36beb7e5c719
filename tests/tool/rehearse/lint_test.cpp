// Every warning that a policy can earn, and exactly what the admin reads about it.
#include "tool/rehearse/lint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "policy/evaluate.h"
#include "policy/play.h"
#include "tests/support/describe.h"
#include "tests/support/random_policy.h"

namespace relaypermit {
namespace {

// 2026-11-21T20:00:00Z
constexpr TimePoint november{std::chrono::seconds{1'795'291'200}};

std::string warnings_of(std::string_view policy) {
    const Loaded loaded = load_policy_text(policy, "policy.toml", "host.example");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    if (!loaded.policy) return {};
    std::string text;
    for (const Diagnostic& warning : lint(loaded, november)) text += to_string(warning) + "\n";
    return text;
}

struct Doubt {
    std::string_view name;
    std::string_view policy;
    std::string_view warnings;
};
std::ostream& operator<<(std::ostream& out, const Doubt& doubt) {
    return out << doubt.name;
}

class LintWarnings : public testing::TestWithParam<Doubt> {};

TEST_P(LintWarnings, AreSaidInTheseWords) {
    EXPECT_EQ(warnings_of(GetParam().policy), GetParam().warnings);
}

constexpr Doubt doubts[] =
    {
        {"ExceptionsThatLeaveNothing",
         R"toml(relay.hosted_domains = ["example.com"]
[[alias]]
id = "a"
logins = ["dora@example.com"]
senders = ["office@example.com", "bob@example.com"]
except = ["*@example.com"]
[[alias]]
id = "b"
logins = ["dora@example.com"]
senders = ["office@example.com"]
except_logins = ["*@example.com"]
[[restrict]]
id = "c"
logins = ["fay@example.com"]
except_logins = ["fay@example.com"]
suspended = true
[cause.from-unusable]
except_logins = ["scanner@example.com"]
)toml",
         R"(policy.toml:2:1: warning: the grant `a` never matters: `except` leaves out all its senders (remove it, or except fewer)
policy.toml:7:1: warning: the grant `b` never matters: `except_logins` leaves out all its logins (remove it, or except fewer)
policy.toml:12:1: warning: `except_logins` of the restriction `c` leaves out all its logins: at most their subaddresses are restricted (remove it, or except fewer)
policy.toml:17:8: warning: whom `from-unusable` excepts may write any From: what cannot be read in one way only has no owner (for programs that cannot be mended, and whose logins are known)
)"},
        {"NothingHosted",
         R"toml(login.default_realm = "example.com"
)toml",
         R"(policy.toml: warning: no domain is hosted (list the domains whose mail this server is for in hosted_domains in [relay])
policy.toml:1:7: warning: `default_realm` `example.com` is none of the realms that own their address (add it to `hosted_domains`)
)"},
        {"RelayedAndHosted",
         R"toml(relay.hosted_domains = ["example.com", "*.shops.example.com"]
relay.relay_domains = ["backup.example", "a.shops.example.com"]
)toml",
         R"(policy.toml:2:42: warning: `a.shops.example.com` is a hosted domain already (relay_domains is for domains of other servers)
)"},
        {"TablesThatMayHangForLongerThanTheMtaWaits",
         R"toml(relay.hosted_domains = ["example.com"]
[[alias_table]]
id = "a"
type = "sasl"
config = "/etc/relaypermit/sasl"
timeout_ms = 9501
[[alias_table]]
id = "b"
type = "sasl"
config = "/etc/relaypermit/sasl"
)toml",
         R"(policy.toml:2:1: warning: tables that hang hold up a message for 10001 ms in all (keep the sum of their `timeout_ms` within 10000: the MTA gives up on the milter after 15 s)
)"},
        {"TablesThatHangNoLongerThanTheMtaWaits",
         R"toml(relay.hosted_domains = ["example.com"]
[[alias_table]]
id = "a"
type = "sasl"
config = "/etc/relaypermit/sasl"
timeout_ms = 9500
[[alias_table]]
id = "b"
type = "sasl"
config = "/etc/relaypermit/sasl"
)toml",
         ""},
        {"DomainTwice",
         R"toml(relay.hosted_domains = ["example.com", "Example.COM"]
)toml",
         R"(policy.toml:1:40: warning: `example.com` stands in the list twice (remove it)
)"},
        {"DomainWithinAnother",
         R"toml(relay.hosted_domains = ["*.example.com", "a.example.com"]
)toml",
         R"(policy.toml:1:42: warning: `a.example.com` is contained in `*.example.com` (remove it)
)"},
        {"TrustsEverybody",
         R"toml(relay.hosted_domains = ["example.com"]
relay.trusted_networks = ["0.0.0.0/0"]
)toml",
         R"(policy.toml:2:27: warning: `0.0.0.0/0` trusts every client there is: an open relay (trust the networks of your own machines alone)
)"},
        {"TrustsABridge",
         R"toml(relay.hosted_domains = ["example.com"]
relay.trusted_networks = ["172.17.0.0/16"]
)toml",
         R"(policy.toml:2:27: warning: `172.17.0.0/16` is where container bridges live: behind one, or behind a proxy, every client of the world may seem to come from it (trust it only where the real client reaches the mail server)
)"},
        {"TrustsAProvidersNat",
         R"toml(relay.hosted_domains = ["example.com"]
relay.trusted_networks = ["100.64.0.0/24"]
)toml",
         R"(policy.toml:2:27: warning: `100.64.0.0/24` is shared by customers of a provider behind one NAT (RFC 6598; trust addresses of your own)
)"},
        {"TrustsALargeNetwork",
         R"toml(relay.hosted_domains = ["example.com"]
relay.trusted_networks = ["198.0.0.0/8"]
)toml",
         R"(policy.toml:2:27: warning: `198.0.0.0/8` trusts a large part of the public network, without a login and as any sender (a grant by `clients` can name the senders)
)"},
        {"TrustedTwice",
         R"toml(relay.hosted_domains = ["example.com"]
relay.trusted_networks = ["10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8"]
)toml",
         R"(policy.toml:2:41: warning: `10.1.0.0/16` is contained in `10.0.0.0/8` (remove it)
policy.toml:2:56: warning: `10.0.0.0/8` stands in the list twice (remove it)
)"},
        {"NoRemoteMailer",
         R"toml(relay.hosted_domains = ["example.com"]
relay.remote_mailers = []
)toml",
         R"(policy.toml:2:7: warning: no mailer leaves this system, so relaying is refused on submission ports alone (leave remote_mailers out for the default of the mail server)
)"},
        {"RemoteMailersWithoutSmtp",
         R"toml(relay.hosted_domains = ["example.com"]
relay.remote_mailers = ["out"]
)toml",
         R"(policy.toml:2:7: warning: neither `smtp` nor `esmtp` is a remote mailer (mail that leaves by the standard transport is not seen to leave)
policy.toml:2:7: warning: whether mail leaves this system by `out` cannot be judged here (what the mail server delivers by it needs a login then, or a grant)
)"},
        {"LocalAsARemoteMailer",
         R"toml(relay.hosted_domains = ["example.com"]
relay.remote_mailers = ["smtp", "virtual"]
)toml",
         R"(policy.toml:2:7: warning: `virtual` delivers here and is no remote mailer (mail to users of this server would need a login)
)"},
        {"NoSubmission",
         R"toml(relay.hosted_domains = ["example.com"]
submission.ports = []
submission.daemon_names = []
)toml",
         R"(policy.toml:2:12: warning: no connection counts as a submission (name the ports on which users log in)
)"},
        {"Port25AsSubmission",
         R"toml(relay.hosted_domains = ["example.com"]
submission.ports = [25, 587]
)toml",
         R"(policy.toml:2:12: warning: port 25 is where other mail servers deliver: as a submission port it refuses all their mail (take it out of `ports`)
)"},
        {"NoControlSocket",
         R"toml(relay.hosted_domains = ["example.com"]
[listen]
control = ""
)toml",
         R"(policy.toml:3:1: warning: without a control socket `relaypermit suspend`, `resume` and `reload` cannot say that it is done: no daemon can confirm it (leave `control` out for the default one, and restart relaypermitd)
)"},
        {"PasswordsInTheClear",
         R"toml(relay.hosted_domains = ["example.com"]
submission.require_tls = false
)toml",
         R"(policy.toml:2:12: warning: passwords may cross the network unencrypted (leave require_tls at true unless the mail server insists on TLS itself)
)"},
        {"AnotherDelimiter",
         R"toml(relay.hosted_domains = ["example.com"]
login.subaddress_delimiter = "-"
)toml",
         R"(policy.toml:2:7: warning: whoever owns `alice@` owns every `alice-anything@` too, and what suspends the one login suspends the other, also where that is somebody else's (the mail server must deliver these to alice: recipient_delimiter in Postfix)
)"},
        {"DefaultRealmNotHosted",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.org"
)toml",
         R"(policy.toml:2:7: warning: `default_realm` `example.org` is none of the realms that own their address (add it to `hosted_domains`)
)"},
        {"DefaultRealmNotInRealms",
         R"toml(relay.hosted_domains = ["example.com", "example.org"]
login.default_realm = "example.org"
login.realms = ["example.com"]
)toml",
         R"(policy.toml:2:7: warning: `default_realm` `example.org` is none of the realms that own their address (add it to `realms`)
)"},
        {"RealmOutsideTheHostedDomains",
         R"toml(relay.hosted_domains = ["example.com"]
login.realms = ["example.com", "other.example"]
)toml",
         R"(policy.toml:2:7: warning: the realm `other.example` is outside the hosted domains (its logins send as themselves from a domain that this server does not host)
)"},
        {"NobodyMaySendAsAnything",
         R"toml(relay.hosted_domains = ["example.com"]
login.owns_own_address = false
)toml",
         R"(policy.toml:2:7: warning: no login may send as anything: logins do not own their address and nothing is granted (add an [[alias]], or leave owns_own_address at true)
)"},
        {"RealmsWithoutEffect",
         R"toml(relay.hosted_domains = ["example.com"]
[login]
owns_own_address = false
realms = ["example.com"]
[[alias]]
id = "x"
logins = ["bob@example.com"]
senders = ["bob@example.com"]
)toml",
         R"(policy.toml:4:1: warning: `realms` has no effect where `owns_own_address` is false (remove one of them)
)"},
        {"UnusedGroup",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[groups]
sales = ["bob"]
)toml",
         R"(policy.toml:4:1: warning: the group `sales` is used by no rule (a rule names it as `group:sales`)
)"},
        {"EmptyGroup",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[groups]
sales = []
[[alias]]
id = "x"
logins = ["group:sales"]
senders = ["orders@example.com"]
)toml",
         R"(policy.toml:4:1: warning: the group `sales` is empty (add logins to it, or remove it)
policy.toml:5:1: warning: the grant `x` never matters: its groups are empty (add logins to a group, or remove the grant)
)"},
        {"Monitor",
         R"toml(mode = "monitor"
relay.hosted_domains = ["example.com"]
)toml",
         R"(policy.toml:1:1: warning: `mode` is `monitor`: nothing is refused, only recorded (`enforce` when the records look right)
)"},
        {"LoginRequiredOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.login-required]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `login-required` is off: anyone may relay on a submission port, without a login (`monitor` would record it at least)
)"},
        {"RelayNotPermittedMonitored",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.relay-not-permitted]
action = "monitor"
)toml",
         R"(policy.toml:4:1: warning: `relay-not-permitted` is monitor: anyone may relay outside submission ports as a sender of a domain not hosted here (`reject` when the records look right)
)"},
        {"UseSubmissionOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.use-submission]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `use-submission` is off: anyone may relay outside submission ports as a sender of a hosted domain (`monitor` would record it at least)
)"},
        {"TlsRequiredOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.tls-required]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `tls-required` is off: mail without TLS is taken on submission ports (`monitor` would record it at least)
)"},
        {"SenderNotOwnedOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.sender-not-owned]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `sender-not-owned` is off: a login may send as any address of the hosted domains (`monitor` would record it at least)
)"},
        {"SenderNotHostedOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.sender-not-hosted]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `sender-not-hosted` is off: a login may send as any address of other domains (`monitor` would record it at least)
)"},
        {"FromNotOwnedOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.from-not-owned]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `from-not-owned` is off: a login may write any address into From (`monitor` would record it at least)
)"},
        {"FromUnusableOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.from-unusable]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `from-unusable` is off: a login may write any address into a From that programs read in different ways (`monitor` would record it at least)
)"},
        {"AccountSuspendedOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.account-suspended]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `account-suspended` is off: no suspension has an effect (`monitor` would record it at least)
)"},
        {"ClientNotAllowedOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.client-not-allowed]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `client-not-allowed` is off: no restriction by `networks` has an effect (`monitor` would record it at least)
)"},
        {"WeakLoginOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.weak-login]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `weak-login` is off: no restriction by `mechanisms` has an effect (`monitor` would record it at least)
)"},
        {"RecipientNotAllowedOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.recipient-not-allowed]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `recipient-not-allowed` is off: no restriction by `recipients` has an effect (`monitor` would record it at least)
)"},
        {"LookupFailedOff",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.lookup-failed]
action = "off"
)toml",
         R"(policy.toml:4:1: warning: `lookup-failed` is off: mail whose sender could not be looked up is let through (`monitor` would record it at least)
)"},
        {"HostedFromNeedsLoginOn",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.hosted-from-needs-login]
action = "reject"
)toml",
         R"(policy.toml:4:1: warning: `hosted-from-needs-login` refuses mail that lists and forwards bring back to their author's domain (`monitor` shows what it would refuse)
)"},
        {"NullSenderRefusedOn",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.null-sender-refused]
action = "reject"
)toml",
         R"(policy.toml:4:1: warning: `null-sender-refused` refuses receipts and vacation replies of users (`monitor` shows what it would refuse)
)"},
        {"TextThatFail2banBansFor",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.sender-not-owned]
text = "Relay access denied for {sender}"
)toml",
         R"(policy.toml:4:1: warning: fail2ban's stock filter bans a client whose refusal begins with `Relay access denied`, so the reply will begin with `Refused - ` (begin with other words)
)"},
        {"TextThatASummariserCuts",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.sender-not-owned]
text = "Sorry, {login} may not send as {sender}"
)toml",
         R"(policy.toml:4:1: warning: log summarisers cut a text at `,`, so the reply will have a dash there (write a dash)
)"},
        {"TextThatNamesTheRule",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "r"
logins = ["bob"]
suspended = true
text = "Refused by {rule}"
)toml",
         R"(policy.toml:3:1: warning: `{rule}` tells whoever is refused the name of a rule (the record names it; the reference leads there)
)"},
        {"RegexOfAnyDomain",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["/.*/"]
)toml",
         R"(policy.toml:6:12: warning: the regex `/.*/` matches addresses of any domain, such as `someone@elsewhere.invalid` (end it with a domain, as in `/.*@example\.com/`)
)"},
        {"RegexWithABareDot",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["/.*@sub\\.corp.example/"]
senders = ["orders@example.com"]
)toml",
         R"(policy.toml:5:11: warning: a dot of the regex `/.*@sub\.corp.example/` stands for any character, not for a dot alone (write `/.*@sub\.corp\.example/`)
)"},
        {"LoginWithoutARealm",
         R"toml(relay.hosted_domains = ["example.com"]
[[alias]]
id = "x"
logins = ["bob"]
senders = ["orders@example.com"]
)toml",
         R"(policy.toml:4:11: warning: the login `bob` has no realm, and there is no `default_realm` (set default_realm in [login], or write `bob@example.com`)
)"},
        {"GrantOfAnything",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "tickets"
logins = ["otrs"]
senders = ["*"]
)toml",
         R"(policy.toml:6:12: warning: `tickets` grants `*`: any sender whatsoever, and a From in any form (for smart hosts and ticket systems; `*@example.com` is any address of one domain)
)"},
        {"SenderOutsideTheHostedDomains",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["bob@gmail.example", "*@*.partner.example"]
)toml",
         R"(policy.toml:6:12: warning: the sender `bob@gmail.example` is outside the hosted domains (its own domain may forbid this server to send for it (SPF, DMARC))
policy.toml:6:33: warning: the sender `*@*.partner.example` is outside the hosted domains (its own domain may forbid this server to send for it (SPF, DMARC))
)"},
        {"NullSenderToALogin",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["<>"]
)toml",
         R"(policy.toml:6:12: warning: `<>` of a grant to logins has no effect: the null sender of a login is the matter of `null-sender-refused` (remove it; it is for grants to `clients`)
)"},
        {"TemplateThatNoLoginReaches",
         R"toml(relay.hosted_domains = ["example.com"]
[[alias]]
id = "x"
logins = ["bob"]
senders = ["info@{domain}"]
)toml",
         R"(policy.toml:4:11: warning: the login `bob` has no realm, and there is no `default_realm` (set default_realm in [login], or write `bob@example.com`)
policy.toml:5:12: warning: no login of `x` reaches the sender `info@{domain}` (none of them has a realm)
)"},
        {"SenderWithinAnother",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["*@example.com", "orders@example.com", "shop-*@example.com"]
)toml",
         R"(policy.toml:6:29: warning: the sender `orders@example.com` is contained in `*@example.com` of the same grant (remove it)
policy.toml:6:51: warning: the sender `shop-*@example.com` is contained in `*@example.com` of the same grant (remove it)
)"},
        {"SenderTwice",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["orders@example.com", "Orders@Example.com", "orders+a@example.com"]
)toml",
         R"(policy.toml:6:34: warning: the sender `Orders@Example.com` is contained in `orders@example.com` of the same grant (remove it)
policy.toml:6:56: warning: the sender `orders+a@example.com` is contained in `orders@example.com` of the same grant (remove it)
)"},
        {"EveryLogin",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["*"]
senders = ["orders@example.com"]
)toml",
         R"(policy.toml:3:1: warning: every login may use the senders of `x` (a login `*` is for senders with {user} in them)
)"},
        {"EveryClient",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
clients = ["::/0"]
senders = ["orders@example.com"]
)toml",
         R"(policy.toml:5:12: warning: every client there is may use the senders of `x` without a login (name the networks of the devices)
)"},
        {"GrantThatEnded",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["orders@example.com"]
until = 2026-01-31
)toml",
         R"(policy.toml:3:1: warning: the grant `x` ended on 2026-01-31 (remove it, or set a later `until`)
)"},
        {"GrantThatEndsSoon",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["orders@example.com"]
until = 2026-11-30
)toml",
         R"(policy.toml:3:1: warning: the grant `x` ends on 2026-11-30, in 10 days (set a later `until` where it is needed longer)
)"},
        {"GrantThatHasNotBegun",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["orders@example.com"]
since = 2026-12-01
)toml",
         R"(policy.toml:3:1: warning: the grant `x` begins on 2026-12-01 and counts for nothing before (set an earlier `since` where it is needed now)
)"},
        {"RestrictionThatEnded",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "x"
logins = ["bob"]
suspended = true
until = 2026-01-31
)toml",
         R"(policy.toml:3:1: warning: the restriction `x` ended on 2026-01-31 (remove it, or set a later `until`)
)"},
        {"GrantToWhoeverIsSuspendedForAWhile",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["orders@example.com"]
[[restrict]]
id = "y"
logins = ["bob"]
suspended = true
until = 2027-01-31
)toml",
         ""},
        {"GrantToTheSuspended",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["orders@example.com"]
[[restrict]]
id = "cracked"
logins = ["*@example.com"]
suspended = true
)toml",
         R"(policy.toml:3:1: warning: the grant `x` never matters: `cracked` at policy.toml:7:1 suspends all that it is for (remove one of them)
)"},
        {"GrantFromNetworksThatARestrictionForbids",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["orders@example.com"]
networks = ["198.51.100.0/24"]
[[restrict]]
id = "office"
logins = ["bob"]
networks = ["192.0.2.0/24"]
)toml",
         R"(policy.toml:3:1: warning: the grant `x` never matters: `office` at policy.toml:8:1 lets them send from other networks only (name a network in both of them)
)"},
        {"GrantOfTheOwnAddress",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["bob@example.com"]
)toml",
         R"(policy.toml:3:1: warning: the grant `x` never matters: a login may send as itself without one (remove it: owns_own_address in [login] permits the same)
)"},
        {"GrantToTrustedClients",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
clients = ["127.0.0.1"]
senders = ["orders@example.com"]
)toml",
         R"(policy.toml:3:1: warning: the grant `x` never matters: its clients are in trusted_networks and may send as anyone (take them out of trusted_networks to limit them to these senders)
)"},
        {"GrantWithinAnother",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "wide"
logins = ["*@example.com"]
senders = ["*@example.com"]
[[alias]]
id = "narrow"
logins = ["bob"]
senders = ["orders@example.com"]
until = 2027-01-31
)toml",
         R"(policy.toml:7:1: warning: the grant `narrow` is contained in `wide` at policy.toml:3:1 (remove it)
)"},
        {"SameGrantTwice",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "one"
logins = ["bob"]
senders = ["orders@example.com"]
[[alias]]
id = "two"
logins = ["BOB@example.com"]
senders = ["Orders@example.com"]
)toml",
         R"(policy.toml:7:1: warning: the grant `two` permits what `one` at policy.toml:3:1 permits (remove it)
)"},
        {"RegexContainsAnExactLogin",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "wide"
logins = ["/b.*@example\\.com/"]
senders = ["orders@example.com"]
[[alias]]
id = "narrow"
logins = ["bob"]
senders = ["orders@example.com"]
)toml",
         R"(policy.toml:7:1: warning: the grant `narrow` is contained in `wide` at policy.toml:3:1 (remove it)
)"},
        {"RestrictionOfTheSuspended",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "office"
logins = ["bob"]
networks = ["192.0.2.0/24"]
[[restrict]]
id = "cracked"
logins = ["bob"]
suspended = true
)toml",
         R"(policy.toml:3:1: warning: the restriction `office` never matters: `cracked` at policy.toml:7:1 suspends all its logins (remove one of them)
)"},
        {"SuspendedTwice",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "first"
logins = ["bob"]
suspended = true
[[restrict]]
id = "second"
logins = ["bob"]
suspended = true
)toml",
         R"(policy.toml:7:1: warning: the restriction `second` never matters: `first` at policy.toml:3:1 suspends all its logins (remove one of them)
)"},
        {"SuspensionWithConditions",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "r"
logins = ["bob"]
suspended = true
networks = ["192.0.2.0/24"]
)toml",
         R"(policy.toml:3:1: warning: the restriction `r` suspends, so its other conditions never matter (remove `suspended` or the conditions)
)"},
        {"NoRecipientIsHosted",
         R"toml(login.default_realm = "example.com"
[[restrict]]
id = "r"
logins = ["bob"]
recipients = ["hosted"]
)toml",
         R"(policy.toml: warning: no domain is hosted (list the domains whose mail this server is for in hosted_domains in [relay])
policy.toml:1:7: warning: `default_realm` `example.com` is none of the realms that own their address (add it to `hosted_domains`)
policy.toml:2:1: warning: the restriction `r` excludes every recipient: `hosted` stands alone, and no domain is hosted (list hosted_domains in [relay])
)"},
        {"AnyRecipient",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "r"
logins = ["bob"]
recipients = ["hosted", "*"]
)toml",
         R"(policy.toml:3:1: warning: the restriction `r` restricts no recipient: `*` is among them (addresses that mail servers rewrite, with % or !, are refused all the same)
)"},
        {"AnyNetwork",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "r"
logins = ["bob"]
networks = ["0.0.0.0/0"]
)toml",
         R"(policy.toml:3:1: warning: the restriction `r` restricts no client of one kind: a network in it is every address (name the networks that it is about)
)"},
        {"ClientsOutsideTheirNetworks",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "r"
clients = ["192.0.2.0/24"]
networks = ["198.51.100.0/24"]
)toml",
         R"(policy.toml:3:1: warning: the restriction `r` excludes everything: none of its `clients` is in its `networks` (say `suspended = true` to allow nothing)
)"},
        {"ClientsWithinTheirNetworks",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "r"
clients = ["192.0.2.0/24"]
networks = ["192.0.0.0/16"]
)toml",
         R"(policy.toml:3:1: warning: the restriction `r` restricts nothing: all its `clients` are in its `networks` (remove `networks`, or name smaller ones)
)"},
        {"AnonymousAsAMechanism",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "r"
logins = ["bob"]
mechanisms = ["PLAIN", "ANONYMOUS"]
)toml",
         R"(policy.toml:3:1: warning: the restriction `r` lists ANONYMOUS, which is no login (remove it from `mechanisms`)
)"},
        {"MechanismsOfClients",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "r"
clients = ["192.0.2.0/24"]
mechanisms = ["PLAIN"]
)toml",
         R"(policy.toml:3:1: warning: the restriction `r` limits mechanisms of clients; those without a login are not asked (add `logins`, or remove `mechanisms`)
)"},
        {"RestrictionsWithoutACommonNetwork",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "a"
logins = ["*@example.com"]
networks = ["192.0.2.0/24"]
[[restrict]]
id = "b"
logins = ["bob"]
networks = ["198.51.100.0/24"]
)toml",
         R"(policy.toml:7:1: warning: the restriction `b` and `a` at policy.toml:3:1 exclude everything: they have no network in common (join their `networks` in one)
)"},
        {"EmptyGroupInARestriction",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[groups]
x = []
[[restrict]]
id = "r"
logins = ["group:x"]
suspended = true
[[restrict]]
id = "s"
logins = ["group:x"]
clients = ["192.0.2.0/24"]
suspended = true
)toml",
         R"(policy.toml:4:1: warning: the group `x` is empty (add logins to it, or remove it)
policy.toml:5:1: warning: the restriction `r` never matters: its groups are empty (add logins to a group, or remove the restriction)
policy.toml:9:1: warning: the restriction `s` never matters: its groups are empty (add logins to a group, or remove the restriction)
)"},
        {"RelayDomainsAroundAHostedOne",
         R"toml(relay.hosted_domains = ["a.example.com"]
relay.relay_domains = ["*.example.com"]
)toml",
         R"(policy.toml:2:24: warning: `*.example.com` contains the hosted domain `a.example.com` (mail for that counts as hosted; name the other domains one by one)
)"},
        {"TrustsARouter",
         R"toml(relay.hosted_domains = ["example.com"]
relay.trusted_networks = ["192.168.1.1", "192.168.1.17"]
)toml",
         R"(policy.toml:2:27: warning: `192.168.1.1/32` looks like a router: behind its NAT, or behind a proxy, every client of the world may seem to come from it (trust it only where the real client reaches the mail server)
)"},
        {"TrustsThePodsOfACluster",
         R"toml(relay.hosted_domains = ["example.com"]
relay.trusted_networks = ["10.42.0.0/24"]
)toml",
         R"(policy.toml:2:27: warning: `10.42.0.0/24` is where container bridges live: behind one, or behind a proxy, every client of the world may seem to come from it (trust it only where the real client reaches the mail server)
)"},
        {"TransportsOfTheirOwn",
         R"toml(relay.hosted_domains = ["example.com"]
relay.remote_mailers = ["smtp", "slow", "maildrop"]
)toml",
         R"(policy.toml:2:7: warning: whether mail leaves this system by `slow` cannot be judged here (what the mail server delivers by it needs a login then, or a grant)
policy.toml:2:7: warning: `maildrop` delivers here and is no remote mailer (mail to users of this server would need a login)
)"},
        {"LookupFailedMonitored",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.lookup-failed]
action = "monitor"
)toml",
         R"(policy.toml:4:1: warning: `lookup-failed` is monitor: mail whose sender could not be looked up is let through (`tempfail` when the records look right)
)"},
        {"TextThatASummariserCutsWithinAWord",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.sender-not-owned]
text = "Sorry see http://a.example/x,y or call 1:2 or a;b for {sender}"
)toml",
         R"(policy.toml:4:1: warning: log summarisers cut a text at `;`, so the reply will have a dash there (write a dash)
)"},
        {"TextThatEndsInPunctuation",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[cause.sender-not-owned]
text = "You may not send as {sender} see https://help.example/x::"
)toml",
         R"(policy.toml:4:1: warning: log summarisers cut a text at `:`, so the reply will have a dash there (write a dash)
)"},
        {"RegexOfALookalikeDomain",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ['/.*example\.com$/']
[[restrict]]
id = "r"
logins = ['/.+@[a-z]*corp\.example/']
recipients = ['/.*@.*example\.org/']
)toml",
         R"(policy.toml:6:12: warning: the regex `/.*example\.com$/` matches addresses of `notexample.com` too (write `@example\.com`, or `@(.*\.)?example\.com` with its subdomains)
policy.toml:9:11: warning: the regex `/.+@[a-z]*corp\.example/` matches addresses of `notcorp.example` too (write `@corp\.example`, or `@(.*\.)?corp\.example` with its subdomains)
policy.toml:10:15: warning: the regex `/.*@.*example\.org/` matches addresses of `notexample.org` too (write `@example\.org`, or `@(.*\.)?example\.org` with its subdomains)
)"},
        {"RegexThatMatchesNoAddress",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ['/fax[0-9]+/']
senders = ['/example\.com/', '/(a|b)+\d/']
)toml",
         R"(policy.toml:5:11: warning: the regex `/fax[0-9]+/` matches no login: it is for the whole of one and has no @ (as in `/.*@example\.com/`)
policy.toml:6:12: warning: the regex `/example\.com/` matches no address: it is for the whole of one and has no @ (as in `/.*@example\.com/`)
policy.toml:6:30: warning: the regex `/(a|b)+\d/` matches no address: it is for the whole of one and has no @ (as in `/.*@example\.com/`)
)"},
        {"TemplateOfAWholeLoginBeforeAnAt",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob", "*@example.com"]
senders = ["{login}@example.com"]
)toml",
         R"(policy.toml:6:12: warning: no login of `x` reaches the sender `{login}@example.com` (`{login}` has an @ in it; `{user}` is the part before that)
)"},
        {"GrantOfTheOwnSubaddresses",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["bob+*@example.com"]
)toml",
         R"(policy.toml:3:1: warning: the grant `x` never matters: a login may send as itself without one (remove it: owns_own_address in [login] permits the same)
)"},
        {"SubaddressesWithinTheirAddress",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ["orders@example.com", "orders+*@example.com"]
)toml",
         R"(policy.toml:6:34: warning: the sender `orders+*@example.com` is contained in `orders@example.com` of the same grant (remove it)
)"},
        {"HostsAndRelaysAPublicSuffix",
         R"toml(relay.hosted_domains = ["example.com", "*.co.uk"]
relay.relay_domains = ["*.com", "*.lan", "*.b.example"]
)toml",
         R"(policy.toml:1:40: warning: `*.co.uk` is every domain that anybody registers there: mail to all of them counts as mail to this server, from anyone (name the domains one by one)
policy.toml:2:24: warning: `*.com` is every domain that anybody registers there: anyone may relay to all of them, without a login (name the domains one by one)
policy.toml:2:24: warning: `*.com` contains the hosted domain `example.com` (mail for that counts as hosted; name the other domains one by one)
)"},
        {"RegexOfALocalPartAlone",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ['/sales.*/', '/sales@.*\.?example\.com.*/']
)toml",
         R"(policy.toml:6:12: warning: the regex `/sales.*/` matches addresses of `notexample.com` too (write `@example\.com`, or `@(.*\.)?example\.com` with its subdomains)
policy.toml:6:25: warning: the regex `/sales@.*\.?example\.com.*/` matches addresses of `notexample.com` too (write `@example\.com`, or `@(.*\.)?example\.com` with its subdomains)
)"},
        {"DotsBehindAGroup",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[alias]]
id = "x"
logins = ["bob"]
senders = ['/[a-z.]+@(shop|www).example\.com/', '/.+@[^@]+\.(a|b).example.com/', '/.+@(.*\.)?example\.com/']
)toml",
         R"(policy.toml:6:12: warning: a dot of the regex `/[a-z.]+@(shop|www).example\.com/` stands for any character, not for a dot alone (write `/[a-z.]+@(shop|www)\.example\.com/`)
policy.toml:6:49: warning: a dot of the regex `/.+@[^@]+\.(a|b).example.com/` stands for any character, not for a dot alone (write `/.+@[^@]+\.(a|b)\.example\.com/`)
)"},
        {"MisspeltContact",
         R"toml(server.contact = "ask helpdesk@exmaple.com, phone 1234"
relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
)toml",
         R"(policy.toml:1:8: warning: replies send people to `exmaple.com`, which is not hosted here (did you mean `example.com`?)
)"},
        {"UnknownMechanisms",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "r"
logins = ["bob"]
mechanisms = ["PLIAN", "scram-sha256", "SCRAM-SHA-256", "MAGIC"]
)toml",
         R"(policy.toml:3:1: warning: the restriction `r` lists `PLIAN`, which is no mechanism known here (did you mean `PLAIN`?)
policy.toml:3:1: warning: the restriction `r` lists `SCRAM-SHA256`, which is no mechanism known here (did you mean `SCRAM-SHA-256`?)
policy.toml:3:1: warning: the restriction `r` lists `MAGIC`, which is no mechanism known here (`mechanisms` are names such as PLAIN or SCRAM-SHA-256)
)"},
        {"RestrictionsWithoutACommonMechanism",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "narrow"
logins = ["bob"]
mechanisms = ["PLAIN", "LOGIN"]
[[restrict]]
id = "wide"
logins = ["*@example.com"]
mechanisms = ["SCRAM-SHA-256"]
)toml",
         R"(policy.toml:7:1: warning: the restriction `wide` and `narrow` at policy.toml:3:1 exclude everything: they have no mechanism in common (join their `mechanisms` in one)
)"},
        {"RestrictionsWithoutACommonRecipient",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[[restrict]]
id = "inside"
logins = ["bob"]
recipients = ["hosted"]
[[restrict]]
id = "outside"
logins = ["bob"]
recipients = ["*@remote.example", "a@far.example"]
[[restrict]]
id = "both"
logins = ["bob"]
recipients = ["a@far.example", "ceo@example.com"]
)toml",
         R"(policy.toml:7:1: warning: the restriction `outside` and `inside` at policy.toml:3:1 exclude everything: they have no recipient in common (join their `recipients` in one)
)"},
        {"TrustsTheBridgesOfDockerDesktopAndPodman",
         R"toml(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
relay.trusted_networks = ["192.168.65.0/24", "10.89.0.0/24", "fd12:3456:789a:1::/64", "fd12:9876::/32"]
)toml",
         R"(policy.toml:3:27: warning: `192.168.65.0/24` is where container bridges live: behind one, or behind a proxy, every client of the world may seem to come from it (trust it only where the real client reaches the mail server)
policy.toml:3:46: warning: `10.89.0.0/24` is where container bridges live: behind one, or behind a proxy, every client of the world may seem to come from it (trust it only where the real client reaches the mail server)
policy.toml:3:62: warning: `fd12:3456:789a:1::/64` is where container bridges live: behind one, or behind a proxy, every client of the world may seem to come from it (trust it only where the real client reaches the mail server)
)"},
};

INSTANTIATE_TEST_SUITE_P(Each, LintWarnings, testing::ValuesIn(doubts),
                         [](const auto& each) { return std::string(each.param.name); });

// Of tables that all mail from outside waits for.
constexpr Doubt of_mail_from_outside[] = {
    {"MailFromOutsideThatWaitsForATableOnAServer",
     R"toml(relay.hosted_domains = ["example.com"]
[cause.hosted-sender-needs-login]
action = "reject"
[[domain_table]]
id = "partners"
role = "relay"
type = "socketmap"
address = "unix:/run/map"
name = "relay"
[[domain_table]]
id = "local"
role = "hosted"
type = "file"
path = "/etc/relaypermit/domains"
[[domain_table]]
id = "customers"
role = "hosted"
type = "socketmap"
address = "unix:/run/map"
name = "hosted"
)toml",
     R"(policy.toml:15:1: warning: for `hosted-sender-needs-login` mail from outside waits until `customers` says that its sender is not hosted here: while it gives no answer such mail is put off as `lookup-failed` (a copy of the domains as `type = "cdb"`, "lmdb" or "file" answers from its last version; a longer `negative_cache_s` serves the domains that were asked before, neither `stale_s` nor a list in [relay] does)
)"},
    {"MailFromOutsideThatIsRefusedWhileTablesOnServersAreSilent",
     R"toml([cause.hosted-sender-needs-login]
action = "tempfail"
[cause.hosted-from-needs-login]
action = "tempfail"
[cause.lookup-failed]
action = "monitor"
[[domain_table]]
id = "customers"
role = "hosted"
type = "socketmap"
address = "unix:/run/map"
name = "hosted"
[[domain_table]]
id = "branches"
role = "hosted"
type = "redis"
url = "redis://localhost"
command = ["HGET", "domains", "{domain}"]
)toml",
     R"(policy.toml:4:1: warning: `hosted-from-needs-login` refuses mail that lists and forwards bring back to their author's domain (`monitor` shows what it would refuse)
policy.toml:6:1: warning: `lookup-failed` is monitor: mail whose sender could not be looked up is let through (`tempfail` when the records look right)
policy.toml:7:1: warning: for `hosted-sender-needs-login` and `hosted-from-needs-login` mail from outside waits until `customers` and `branches` say that its sender is not hosted here: while one of them gives no answer such mail is refused as if it were (a copy of the domains as `type = "cdb"`, "lmdb" or "file" answers from its last version; a longer `negative_cache_s` serves the domains that were asked before, neither `stale_s` nor a list in [relay] does)
)"},
    {"MailFromOutsideThatNoTableHoldsUp",
     R"toml(relay.hosted_domains = ["example.com"]
[cause.hosted-sender-needs-login]
action = "monitor"
[[domain_table]]
id = "customers"
role = "hosted"
type = "socketmap"
address = "unix:/run/map"
name = "hosted"
)toml",
     ""}};

INSTANTIATE_TEST_SUITE_P(OfTables, LintWarnings, testing::ValuesIn(of_mail_from_outside),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Lint, IsSilentAboutAPlainPolicy) {
    EXPECT_EQ(warnings_of(R"(relay.hosted_domains = ["example.com"]
login.default_realm = "example.com"
[groups]
sales = ["bob@example.com", "carol@example.com"]
[[alias]]
id = "shop"
logins = ["group:sales", "dave@example.com"]
senders = ["orders@example.com", "bounce-*@example.com", '/dept-[0-9]+@example\.com/']
[[alias]]
id = "own-star"
logins = ["*"]
senders = ["list-{user}@example.com"]
[[restrict]]
id = "inside"
logins = ["scanner"]
recipients = ["hosted"]
networks = ["192.0.2.0/24"]
)"),
              "");
}

TEST(Lint, IsSilentWhereARuleStillDecides) {
    const std::string head =
        "relay.hosted_domains = [\"example.com\"]\nlogin.default_realm = \"example.com\"\n";
    for (const std::string_view rest : {
             // Its recipients matter, whatever its networks add.
             R"([[restrict]]
id = "r"
clients = ["192.0.2.0/24"]
networks = ["192.0.0.0/16"]
recipients = ["hosted"]
)",
             R"([[restrict]]
id = "r"
logins = ["bob"]
clients = ["192.0.2.0/24"]
networks = ["192.0.0.0/16"]
mechanisms = ["PLAIN"]
)",
             // Any client, but from one network only.
             R"([[alias]]
id = "a"
clients = ["0.0.0.0/0"]
networks = ["192.0.2.0/24"]
senders = ["*@example.com"]
)",
             // The first suspension's text is what bob reads.
             R"([[restrict]]
id = "bob"
logins = ["bob"]
suspended = true
text = "Call the help desk"
[[restrict]]
id = "everybody"
logins = ["*@example.com"]
suspended = true
)",
             // Patterns that may well have an address in common.
             R"([[restrict]]
id = "domains"
logins = ["bob"]
recipients = ["*@*.a.example", '/x@b\.example/']
[[restrict]]
id = "names"
logins = ["bob"]
recipients = ["x@b.example"]
)",
         })
        EXPECT_EQ(warnings_of(head + std::string(rest)), "") << rest;
}

TEST(Lint, TakesAPolicyOfManyGrantsInItsStride) {
    std::string policy =
        "relay.hosted_domains = [\"example.com\"]\nlogin.default_realm = \"example.com\"\n";
    for (int i = 0; i < 20'000; ++i) {
        const std::string n = std::to_string(i);
        policy += "[[alias]]\nid = \"a" + n + "\"\nlogins = [\"user" + n +
                  "\"]\nsenders = [\"alias" + n + "@example.com\"]\n";
    }
    EXPECT_EQ(warnings_of(policy), "");
}

// One login with more of them than are compared with each other.
TEST(Lint, SaysOfManyGrantsToOneLoginWhatItSaysOfFew) {
    const auto warned = [](int count) {
        std::string policy = "relay.hosted_domains = [\"example.com\"]\n";
        for (int i = 0; i < count; ++i) {
            const std::string n = std::to_string(i);
            policy += "[[alias]]\nid = \"a" + n +
                      "\"\nlogins = [\"alice@example.com\"]\nsenders = [\"alias" + n +
                      "@example.com\"]\n";
        }
        for (const std::string id : {"once", "again"})
            policy += "[[alias]]\nid = \"" + id +
                      "\"\nlogins = [\"alice@example.com\"]\nsenders = [\"shop@example.com\"]\n";
        const std::string all = warnings_of(policy);
        return all.substr(std::min(all.find(" warning"), all.size()));
    };
    EXPECT_TRUE(warned(3).starts_with(" warning: the grant `again` permits what `once` at "))
        << warned(3);
    for (const int count : {3, 62, 63, 4000}) {
        const std::string text = warned(count);
        EXPECT_TRUE(text.starts_with(" warning: the grant `again` permits what `once` at "))
            << text;
        EXPECT_EQ(text.find("warning", 9), std::string::npos) << text;
    }
}

// The rule that a warning says to be without effect; empty where it says no such thing.
std::string idle_rule(std::string_view kind, const Diagnostic& warning) {
    constexpr std::array<std::string_view, 4> idle = {" never matters", " is contained in `",
                                                      " permits what `", " restricts nothing"};
    const std::string start = "the " + std::string(kind) + " `";
    const bool is_idle = warning.text.starts_with(start) &&
                         std::any_of(idle.begin(), idle.end(), [&](std::string_view words) {
                             return warning.text.find(words) != std::string::npos;
                         });
    if (!is_idle) return {};
    return warning.text.substr(start.size(), warning.text.find('`', start.size()) - start.size());
}

// No verdict changes where the rule is gone, nor what the client reads.
void expect_no_difference(RandomWorld& world, const PolicySource& source, const Policy& without,
                          const Diagnostic& warning) {
    const Policy with(source);
    for (int s = 0; s < 12; ++s) {
        Facts facts = world.facts(source);
        facts.now = random_now;
        const Verdict before = play(with, facts);
        const Verdict after = play(without, facts);
        // Without its grant a device that is suspended is first told to log in.
        const bool suspended_device =
            before.cause == Cause::account_suspended && after.cause == Cause::login_required;
        ASSERT_TRUE(
            before.outcome == after.outcome &&
            (suspended_device || (before.cause == after.cause && before.text == after.text)))
            << to_string(warning) << "\n"
            << describe(source) << "\n"
            << describe(facts);
    }
}

template <typename Rule>
std::vector<Rule> without_rule(const RuleList<Rule>& rules, const std::string& id) {
    std::vector<Rule> others;
    for (const Rule& rule : rules)
        if (rule.id != id) others.push_back(rule);
    return others;
}

TEST(Lint, NeverCallsAGrantIdleThatDecides) {
    RandomWorld world(11);
    int removed = 0;
    for (int p = 0; p < 150; ++p) {
        PolicySource source = world.policy();
        // The random policies rarely repeat themselves.
        if (!source.grants.empty() && world.chance(50)) {
            source.grants.push_back(source.grants[world.below(source.grants.size())]);
            source.grants.edit(source.grants.size() - 1).id += "-again";
        }
        Loaded loaded;
        loaded.policy = std::make_shared<const Policy>(source);
        for (const Diagnostic& warning : lint(loaded, random_now)) {
            const std::string id = idle_rule("grant", warning);
            if (id.empty()) continue;
            PolicySource without = source;
            without.grants = without_rule(source.grants, id);
            ASSERT_LT(without.grants.size(), source.grants.size());
            ++removed;
            expect_no_difference(world, source, Policy(without), warning);
        }
    }
    EXPECT_GE(removed, 20);
}

TEST(Lint, NeverCallsARestrictionIdleThatDecides) {
    RandomWorld world(12);
    int removed = 0;
    for (int p = 0; p < 300; ++p) {
        PolicySource source = world.policy();
        while (source.restrictions.size() < 3)
            source.restrictions.push_back(world.restriction(source));
        Restriction twin = source.restrictions[world.below(source.restrictions.size())];
        twin.id += "-again";
        source.restrictions.push_back(twin);
        unsigned line = 0;
        for (std::size_t number = 0; number < source.restrictions.size(); ++number) {
            Restriction& restriction = source.restrictions.edit(number);
            restriction.place = {"policy.toml", ++line, 1};
            restriction.suspended = restriction.suspended || world.chance(40);
            if (world.chance(50)) restriction.text = "text of " + restriction.id;
            // Clients within their networks, which restrict nothing then.
            if (!restriction.networks && !restriction.clients.empty() && world.chance(50)) {
                restriction.networks.emplace();
                for (const PlacedNetwork& client : restriction.clients)
                    restriction.networks->push_back(client.network);
                if (world.chance(50)) restriction.recipients.reset();
            }
        }
        Loaded loaded;
        loaded.policy = std::make_shared<const Policy>(source);
        for (const Diagnostic& warning : lint(loaded, random_now)) {
            const std::string id = idle_rule("restriction", warning);
            if (id.empty()) continue;
            PolicySource without = source;
            without.restrictions = without_rule(source.restrictions, id);
            ASSERT_LT(without.restrictions.size(), source.restrictions.size());
            ++removed;
            expect_no_difference(world, source, Policy(without), warning);
        }
    }
    EXPECT_GE(removed, 40);
}

TEST(Lint, DoesNotSayOfWhatStopsUnreadableLoginsThatItRestrictsNothing) {
    const auto says_so = [](const std::string& causes) {
        const Loaded loaded =
            load_policy_text("relay.hosted_domains = [\"example.com\"]\n" + causes +
                                 "[[restrict]]\nid = \"r\"\nlogins = [\"bob@example.com\"]\n"
                                 "clients = [\"192.0.2.0/24\"]\nnetworks = [\"192.0.0.0/16\"]\n",
                             "p", "host");
        const auto found = lint(loaded, TimePoint{});
        return std::any_of(found.begin(), found.end(), [](const Diagnostic& one) {
            return to_string(one).find("restricts nothing") != std::string::npos;
        });
    };
    EXPECT_TRUE(says_so(""));
    EXPECT_FALSE(says_so("cause.sender-not-owned.action = \"off\"\n"));
}

}  // namespace
}  // namespace relaypermit
