// Every mistake that a policy file can hold, and exactly what the admin reads about it. A snippet
// stands for a whole file.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "config/load.h"

namespace relaypermit {
namespace {

struct Mistake {
    std::string_view name;
    std::string_view policy;
    std::string_view errors;
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) {
    return out << mistake.name;
}

std::string errors_of(std::string_view policy) {
    const Loaded loaded = load_policy_text(policy, "policy.toml", "host.example");
    EXPECT_EQ(loaded.policy == nullptr, !loaded.errors.empty());
    std::string text;
    for (const Diagnostic& error : loaded.errors) text += to_string(error) + "\n";
    return text;
}

class PolicyErrors : public testing::TestWithParam<Mistake> {};

TEST_P(PolicyErrors, AreSaidInTheseWords) {
    EXPECT_EQ(errors_of(GetParam().policy), GetParam().errors);
}

constexpr Mistake mistakes[] = {
    {"MistypedKeyAtTheTop",
     R"toml(mod = "enforce"
)toml",
     R"(policy.toml:1:1: error: unknown key `mod` at the top of the file (did you mean `mode`?)
)"},
    {"UnknownMode",
     R"toml(mode = "enforced"
)toml",
     R"(policy.toml:1:8: error: `mode` must be `enforce` or `monitor`, not `enforced` (did you mean `enforce`?)
)"},
    {"ModeOfTheWrongType",
     R"toml(mode = 1
)toml",
     R"(policy.toml:1:8: error: `mode` at the top of the file must be a string, not an integer (put it in quotes)
)"},
    {"WebmailThatIsNoAddress",
     R"toml([guide]
webmail = "webmail.example.com"
password_url = "https://"
)toml",
     R"(policy.toml:2:11: error: `webmail` must be a web address in ASCII, not `webmail.example.com` (as in https://webmail.example.com)
policy.toml:3:16: error: `https://` has no usable host name or port (as in https://webmail.example.com)
)"},
    {"WebAddressesThatArePasswordsOrNoAddresses",
     R"toml([guide]
webmail = "https://admin:secret@webmail.example.com/"
password_url = "https://me@account.example.com"
)toml",
     R"(policy.toml:2:11: error: `webmail` has a user name or password in it, which everybody could read (as in https://webmail.example.com)
policy.toml:3:16: error: `password_url` has a user name or password in it, which everybody could read (as in https://webmail.example.com)
)"},
    {"HelpAddressWithAPassword",
     R"toml([server]
help_url = "https://me:secret@help.example.com/relay"
)toml",
     R"(policy.toml:2:12: error: the help address has a user name or password in it, which everybody reads
)"},
    {"WebAddressesWithoutAHost",
     R"toml([guide]
webmail = "https://[zzz]x:9"
password_url = "https://account.example.com:0/"
[server]
help_url = "https:///x"
)toml",
     R"(policy.toml:2:11: error: `https://[zzz]x:9` has no usable host name or port (as in https://webmail.example.com)
policy.toml:3:16: error: `https://account.example.com:0/` has no usable host name or port (as in https://webmail.example.com)
policy.toml:5:12: error: `https:///x` has no usable host name or port (as in https://help.example.com/relay)
)"},
    {"TextsOfTheGuideThatDoNotShow",
     R"toml([guide]
organisation = "Exam\u200bple"
user_name = "your staff number\u202e"
)toml",
     R"(policy.toml:2:16: error: `organisation` holds a character that does not show
policy.toml:3:13: error: `user_name` holds a character that does not show
)"},
    {"TextsOfTheGuideWithBlanks",
     R"toml([guide]
organisation = "Example "
user_name = "  "
)toml",
     R"(policy.toml:2:16: error: `organisation` has a blank at an end
policy.toml:3:13: error: `user_name` is empty ("address", "local-part", or a text as "your staff number")
)"},
    {"TextOfTheGuideThatIsTooLong",
     R"toml([guide]
organisation = "Münchner Ämter Münchner Ämter Münchner Ämter Münchner Ämter Münchner Ämter Münchn"
)toml",
     R"(policy.toml:2:16: error: `organisation` is longer than 80 characters
)"},
    {"AddressThatRunsAScript",
     R"toml([guide]
webmail = "javascript:alert(1)"
)toml",
     R"(policy.toml:2:11: error: `webmail` must be a web address in ASCII, not `javascript:alert(1)` (as in https://webmail.example.com)
)"},
    {"IncomingServers",
     R"toml([guide]
incoming = ["mail.example.com", "imapz://mail.example.com", "imaps://mail.example.com:0",
            "imaps://[192.0.2.1]", "submission://mail.example.com"]
)toml",
     R"(policy.toml:2:13: error: `mail.example.com` does not begin with a way to connect (as in imaps://mail.example.com:993; also imap://, pop3s://, pop3://)
policy.toml:2:33: error: `imapz://mail.example.com` does not begin with a way to connect (as in imaps://mail.example.com:993; also imap://, pop3s://, pop3://)
policy.toml:2:61: error: `imaps://mail.example.com:0` has no usable port (as in imaps://mail.example.com:993; also imap://, pop3s://, pop3://)
policy.toml:3:13: error: `imaps://[192.0.2.1]` has no usable host name (as in imaps://mail.example.com:993; also imap://, pop3s://, pop3://)
policy.toml:3:36: error: `submission://mail.example.com` is not for incoming mail (as in imaps://mail.example.com:993; also imap://, pop3s://, pop3://)
)"},
    {"OutgoingServerThatFetches",
     R"toml([guide]
outgoing = ["imaps://mail.example.com"]
)toml",
     R"(policy.toml:2:13: error: `imaps://mail.example.com` is not for outgoing mail (as in submission://mail.example.com:587, or submissions://mail.example.com:465)
)"},
    {"LanguagesOfTheGuide",
     R"toml([guide]
languages = ["en", "dee", "en"]
)toml",
     R"(policy.toml:2:20: error: a language of the guide must be `en`, `de`, `fr`, `es`, `nl` or `it`, not `dee` (did you mean `de`?)
policy.toml:2:27: error: `en` stands twice
)"},
    {"GuideInNoLanguage",
     R"toml([guide]
languages = []
)toml",
     R"(policy.toml:2:13: error: the guide needs a language (as in ["en"])
)"},
    {"OtherValuesOfTheGuide",
     R"toml([guide]
organisation = "Example\nLtd"
domains = ["*.example.com"]
user_name = ""
)toml",
     R"(policy.toml:2:16: error: `organisation` holds a control character: it must be one line of text
policy.toml:3:12: error: `*.example.com` is not a usable domain (as in example.com; no patterns)
policy.toml:4:13: error: `user_name` is empty ("address", "local-part", or a text as "your staff number")
)"},
    {"KeyOutsideItsTable",
     R"toml(hosted_domains = ["example.com"]
)toml",
     R"(policy.toml:1:1: error: unknown key `hosted_domains` at the top of the file (it belongs in [relay])
)"},
    {"KeyThatSeveralTablesHave",
     R"toml(recipients = ["hosted"]
)toml",
     R"(policy.toml:1:1: error: unknown key `recipients` at the top of the file (it belongs in [log], [[restrict]] or [[test]])
)"},
    {"NamedNetworks",
     R"toml(relay.trusted_networks = ["net:offise", "192.0.2.1"]
[networks]
office = ["192.0.2.0/24", "net:home", "10.0.0.1/8"]
home = []
[[alias]]
id = "x"
clients = ["net:office", "net:"]
senders = ["*"]
)toml",
     R"(policy.toml:1:32: error: unknown network `offise` (did you mean `net:office`?)
policy.toml:3:27: error: networks do not nest: `net:home` stands in the network `office` (a rule can name both)
policy.toml:3:39: error: network `10.0.0.1/8`: host bits are set (did you mean `10.0.0.0/8`?)
policy.toml:4:1: error: `home` in [networks] is empty (name a network, or remove it)
policy.toml:7:26: error: `net:` without a name (as in `net:office`)
)"},
    {"GroupsOfLoginsThatAreNoAddresses",
     R"toml([groups]
staff = ["alice", "bob@example.com", "*"]
[[alias]]
id = "x"
logins = ["group:staff"]
senders = ["group:staff", "group:stuff"]
)toml",
     R"(policy.toml:2:16: error: pattern `alice`: an address needs a domain (the group is in a list of senders at policy.toml:6:12: write addresses)
policy.toml:6:28: error: unknown group `stuff` (did you mean `group:staff`?)
)"},
    {"ExceptionsThatSayNothing",
     R"toml([[alias]]
id = "x"
clients = ["192.0.2.0/24"]
senders = ["*"]
except = []
except_logins = ["bob@example.com"]
visible = true
[[alias]]
id = "y"
logins = ["bob@example.com"]
senders = ["*"]
fields = ["envelope"]
except = ["{name}@example.com"]
visible = true
[[restrict]]
id = "z"
clients = ["192.0.2.0/24"]
except_logins = ["bob@example.com"]
suspended = true
)toml",
     R"(policy.toml:5:10: error: `except` in [[alias]] is empty (leave it out for a grant without exceptions)
policy.toml:6:17: error: `except_logins` is for a grant to logins, and this grant is by clients (clients that log in are not judged by it)
policy.toml:7:11: error: `visible` asks for a Sender that the login owns, and this grant is by clients (write it for a grant to logins)
policy.toml:13:12: error: `{name}` is not defined by the login `bob@example.com` at policy.toml:10:11 (only {user}, {domain} and {login} are known of every login)
policy.toml:14:11: error: `visible` is about From, which `fields` leaves out of this grant (write `fields = ["from"]`)
policy.toml:18:17: error: `except_logins` without `logins`: this restriction is of clients alone (say `logins = ["*"]` for everybody who logs in)
)"},
    {"ExceptedSendersThatAreNone",
     R"toml([groups]
staff = ["bob@example.com"]
[cause.hosted-sender-needs-login]
except_senders = ["hosted", "{user}@example.com", "group:staff", "*@hosted"]
except_logins = ["bob@example.com"]
)toml",
     R"(policy.toml:4:20: error: pattern `hosted`: `hosted` by itself stands for recipients in [[restrict]] alone (did you mean `*@hosted`?)
policy.toml:4:29: error: `except_senders` are of everybody: no login fills in `{user}@example.com` (write the sender out, or a star for its local part)
policy.toml:5:17: error: `except_logins` has no place in [cause.hosted-sender-needs-login] (it is for sessions without a login: `except_senders` or `except_clients`)
)"},
    {"ExceptionsOfCausesThatHaveNone",
     R"toml([cause.account-suspended]
except_senders = ["bob@example.com"]
[cause.use-submission]
except_senders = ["bob@example.com"]
[cause.lookup-failed]
except_clients = ["192.0.2.0/24"]
[cause.helo-forged]
except_logins = ["bob@example.com"]
[cause.null-sender-refused]
except_logins = []
[from]
alignment = "strict"
)toml",
     R"(policy.toml:2:18: error: `except_senders` has no place in [cause.account-suspended] (a [[restrict]] says itself whom it leaves out: `except_logins`)
policy.toml:4:18: error: `except_senders` has no place in [cause.use-submission] (whoever may relay without a login gets an [[alias]] with `clients`)
policy.toml:6:18: error: `except_clients` has no place in [cause.lookup-failed] (what could not be looked up is put off, whoever sends it)
policy.toml:8:17: error: `except_logins` has no place in [cause.helo-forged] (what a session says of itself decides nothing here: `except_clients`)
policy.toml:10:17: error: `except_logins` in [cause.null-sender-refused] is empty (leave it out for a cause without exceptions)
policy.toml:12:13: error: `alignment` in [from] must be `off`, `domain` or `address`, not `strict`
)"},
    {"MistypedTable",
     R"toml([servr]
name = "x.example"
)toml",
     R"(policy.toml:1:1: error: unknown table [servr] (did you mean [server]?)
)"},
    {"MistypedListOfTables",
     R"toml([[aliass]]
id = "x"
)toml",
     R"(policy.toml:1:1: error: unknown table [[aliass]] (did you mean [[alias]]?)
)"},
    {"ValueInPlaceOfATable",
     R"toml(server = 1
)toml",
     R"(policy.toml:1:1: error: `server` must be a table, not an integer (write [server])
)"},
    {"ListOfTablesInPlaceOfOne",
     R"toml([[server]]
name = "x.example"
)toml",
     R"(policy.toml:1:1: error: [server] is one table, not a list of tables (write [server])
)"},
    {"TableInPlaceOfAListOfThem",
     R"toml([alias]
id = "x"
)toml",
     R"(policy.toml:1:1: error: [alias] is a list of tables (write [[alias]])
policy.toml:1:1: error: [[alias]] has neither `logins` nor `clients` (say who may send as these)
policy.toml:1:1: error: [[alias]] has no `senders` (as whom these may send)
)"},
    {"ValueInPlaceOfAListOfTables",
     R"toml(alias = 1
)toml",
     R"(policy.toml:1:1: error: `alias` must be a list of tables, not an integer (write [[alias]])
)"},
    {"ListInPlaceOfATable",
     R"toml(cause = []
)toml",
     R"(policy.toml:1:1: error: `cause` must be a table, not a list (write [cause])
)"},
    {"MistypedKey",
     R"toml([server]
nam = "mail.example.com"
)toml",
     R"(policy.toml:2:1: error: unknown key `nam` in [server] (did you mean `name`?)
)"},
    {"HostNameWithASpace",
     R"toml([server]
name = "mail server"
)toml",
     R"(policy.toml:2:8: error: `mail server` is not a usable host name (as in mail.example.com)
)"},
    {"ContactThatIsNoAddress",
     R"toml([server]
contact = "helpdesk@"
)toml",
     R"(policy.toml:2:11: error: the contact `helpdesk@` is not a mail address (one address, or a short text such as "the help desk, phone 1234")
)"},
    {"ContactOfTwoAddresses",
     R"toml([server]
contact = "ann@example.com, bob@example.com"
)toml",
     R"(policy.toml:2:11: error: the contact `ann@example.com, bob@example.com` names more than one address (one address, or a short text such as "the help desk, phone 1234")
)"},
    {"ContactInBrackets",
     R"toml([server]
contact = "Help <helpdesk@example.com>"
)toml",
     R"(policy.toml:2:11: error: the contact `Help <helpdesk@example.com>` must be plain ASCII without " ( ) < > \ { } % (one address, or a short text such as "the help desk, phone 1234")
)"},
    {"ContactThatIsTooLong",
     R"toml([server]
contact = "the help desk in the second room on the left of the third floor"
)toml",
     R"(policy.toml:2:11: error: the contact `the help desk in the second room on the left of the third floor` is longer than 60 bytes (one address, or a short text such as "the help desk, phone 1234")
)"},
    {"ContactThatSaysNothing",
     R"toml([server]
contact = " "
)toml",
     R"(policy.toml:2:11: error: the contact ` ` says nothing (one address, or a short text such as "the help desk, phone 1234")
)"},
    {"HelpAddressWithoutScheme",
     R"toml([server]
help_url = "help.example.com"
)toml",
     R"(policy.toml:2:12: error: `help.example.com` is not a web address in ASCII without spaces (as in https://help.example.com/relay)
)"},
    {"HelpAddressWithAnAnchor",
     R"toml([server]
help_url = "https://help.example.com/#relay"
)toml",
     R"(policy.toml:2:12: error: the help address has a # already (replies end with it and #<cause>)
)"},
    {"SocketInTheOrderOfPostfix",
     R"toml([listen]
milter = "inet:127.0.0.1:8891"
)toml",
     R"(policy.toml:2:10: error: the port comes first (write `inet:8891@127.0.0.1`)
)"},
    {"SocketWithoutHostAndPortZero",
     R"toml([listen]
milter = "inet:8891"
policy = "inet:0@localhost"
)toml",
     R"(policy.toml:2:10: error: `inet:8891` names no address to listen on (write `inet:8891@127.0.0.1`, or `@0.0.0.0` for every interface)
policy.toml:3:10: error: `0` is not a port (1 to 65535)
)"},
    {"SocketsOfOtherForms",
     R"toml([listen]
milter = "unix:relaypermit.sock"
policy = "fd:x"
socketmap = "tcp:1@x"
)toml",
     R"(policy.toml:2:10: error: the path `relaypermit.sock` must begin with /
policy.toml:3:10: error: `x` is not the number of a file descriptor
policy.toml:4:13: error: `tcp:1@x` is not a socket (write unix:/path, inet:port@host, inet6:port@host or fd:3)
)"},
    {"ModeAsANumber",
     R"toml([listen]
socket_mode = 660
)toml",
     R"(policy.toml:2:15: error: `socket_mode` in [listen] must be a string, not an integer (put it in quotes)
)"},
    {"ModeThatIsNotOctal",
     R"toml([listen]
socket_mode = "0990"
)toml",
     R"(policy.toml:2:15: error: `socket_mode` must be octal permissions, not `0990` (as in "0660")
)"},
    {"OneSocketForTwo",
     R"toml([listen]
policy = "unix:/run/a"
socketmap = "unix:/run/a"
)toml",
     R"(policy.toml:3:13: error: `socketmap` is the socket of `policy` already (each needs one of its own)
)"},
    {"MetricsForEverybody",
     R"toml([metrics]
listen = "0.0.0.0:9797"
)toml",
     R"(policy.toml:2:10: error: `listen` in [metrics] must be a loopback address or a unix socket, not `0.0.0.0:9797`: whoever reaches it reads it (as in 127.0.0.1:9797, [::1]:9797 or unix:/run/relaypermit/metrics.sock)
)"},
    {"MetricsOnTheSocketOfAnother",
     R"toml([listen]
policy = "inet:9797@127.0.0.1"
[metrics]
listen = "127.0.0.1:9797"
)toml",
     R"(policy.toml:4:10: error: `listen` is the socket of `policy` in [listen] already (each needs one of its own)
)"},
    {"MetricsFirst",
     R"toml([metrics]
listen = "unix:/run/a"
[listen]
milter = "unix:/run/a"
)toml",
     R"(policy.toml:4:10: error: `milter` is the socket of `listen` in [metrics] already (each needs one of its own)
)"},
    {"NoSocketAtAll",
     R"toml([listen]
milter = ""
)toml",
     R"(policy.toml:1:1: error: [listen] leaves the daemon without a socket (`milter` is the one that the mail server needs)
)"},
    {"GroupWithASpace",
     R"toml([listen]
socket_group = "post fix"
)toml",
     R"(policy.toml:2:16: error: `post fix` is not the name of a group (as in postfix)
)"},
    {"StringInPlaceOfAList",
     R"toml([relay]
hosted_domains = "example.com"
)toml",
     R"(policy.toml:2:18: error: `hosted_domains` in [relay] must be a list of strings, not a string (write ["example.com"])
)"},
    {"UnusableDomainsBesideANumber",
     R"toml([relay]
hosted_domains = ["exam ple.com", ".example.com", "me@example.com", 7]
)toml",
     R"(policy.toml:2:19: error: `exam ple.com` is not a usable domain (as in example.com or *.example.com)
policy.toml:2:35: error: `.example.com` is not a usable domain (did you mean `*.example.com`?)
policy.toml:2:51: error: `me@example.com` is not a usable domain (did you mean `example.com`?)
policy.toml:2:69: error: `hosted_domains` in [relay] must be a list of strings, and this is an integer (put it in quotes)
)"},
    {"UnusableDomains",
     R"toml([relay]
hosted_domains = ["exam ple.com", ".example.com", "me@example.com"]
)toml",
     R"(policy.toml:2:19: error: `exam ple.com` is not a usable domain (as in example.com or *.example.com)
policy.toml:2:35: error: `.example.com` is not a usable domain (did you mean `*.example.com`?)
policy.toml:2:51: error: `me@example.com` is not a usable domain (did you mean `example.com`?)
)"},
    {"UnusableNetworks",
     R"toml([relay]
trusted_networks = ["192.0.2.1/24", "localhost", "192.0.2.0/255.255.255.0", "::1/129"]
)toml",
     R"(policy.toml:2:21: error: network `192.0.2.1/24`: host bits are set (did you mean `192.0.2.0/24`?)
policy.toml:2:37: error: network `localhost`: host names are not looked up (this server itself is `127.0.0.0/8` and `::1`)
policy.toml:2:50: error: network `192.0.2.0/255.255.255.0`: a netmask (did you mean `192.0.2.0/24`?)
policy.toml:2:77: error: network `::1/129`: the prefix length is above 128
)"},
    {"MailerWithASpace",
     R"toml([relay]
remote_mailers = ["sm tp"]
)toml",
     R"(policy.toml:2:19: error: `sm tp` is not the name of a mailer (one word in ASCII)
)"},
    {"PortsOutOfRange",
     R"toml([submission]
ports = [587, 0, 65536]
)toml",
     R"(policy.toml:2:15: error: `ports` in [submission] must be between 1 and 65535, not 0
policy.toml:2:18: error: `ports` in [submission] must be between 1 and 65535, not 65536
)"},
    {"NumberInPlaceOfAList",
     R"toml([submission]
ports = 587
)toml",
     R"(policy.toml:2:9: error: `ports` in [submission] must be a list of integers, not an integer (write [587])
)"},
    {"DaemonWithoutName",
     R"toml([submission]
daemon_names = [""]
)toml",
     R"(policy.toml:2:17: error: an empty string is not the name of a daemon (one word in ASCII)
)"},
    {"BooleanInQuotes",
     R"toml([submission]
require_tls = "yes"
)toml",
     R"(policy.toml:2:15: error: `require_tls` in [submission] must be true or false, not a string (write it without quotes)
)"},
    {"UnusableRealm",
     R"toml([login]
default_realm = "exa mple"
)toml",
     R"(policy.toml:2:17: error: `exa mple` is not a usable domain (as in example.com)
)"},
    {"DelimiterAt",
     R"toml([login]
subaddress_delimiter = "+@"
)toml",
     R"(policy.toml:2:24: error: `@` can be no `subaddress_delimiter` (each of +-_=.#~^/!$%&| can be one: "+-" is both of these, as in Postfix's recipient_delimiter, and "" is none)
)"},
    {"DelimiterStar",
     R"toml([login]
subaddress_delimiter = "*"
)toml",
     R"(policy.toml:2:24: error: `*` can be no `subaddress_delimiter` (each of +-_=.#~^/!$%&| can be one: "+-" is both of these, as in Postfix's recipient_delimiter, and "" is none)
)"},
    {"DelimiterLetter",
     R"toml([login]
subaddress_delimiter = "+x"
)toml",
     R"(policy.toml:2:24: error: `x` can be no `subaddress_delimiter` (each of +-_=.#~^/!$%&| can be one: "+-" is both of these, as in Postfix's recipient_delimiter, and "" is none)
)"},
    {"DelimiterDigit",
     R"toml([login]
subaddress_delimiter = "1"
)toml",
     R"(policy.toml:2:24: error: `1` can be no `subaddress_delimiter` (each of +-_=.#~^/!$%&| can be one: "+-" is both of these, as in Postfix's recipient_delimiter, and "" is none)
)"},
    {"DelimiterQuote",
     R"toml([login]
subaddress_delimiter = "\""
)toml",
     R"(policy.toml:2:24: error: `"` can be no `subaddress_delimiter` (each of +-_=.#~^/!$%&| can be one: "+-" is both of these, as in Postfix's recipient_delimiter, and "" is none)
)"},
    {"DelimiterBlank",
     R"toml([login]
subaddress_delimiter = "+ "
)toml",
     R"(policy.toml:2:24: error: ` ` can be no `subaddress_delimiter` (each of +-_=.#~^/!$%&| can be one: "+-" is both of these, as in Postfix's recipient_delimiter, and "" is none)
)"},
    {"DelimiterUmlaut",
     R"toml([login]
subaddress_delimiter = "ö"
)toml",
     R"(policy.toml:2:24: error: `ö` can be no `subaddress_delimiter` (each of +-_=.#~^/!$%&| can be one: "+-" is both of these, as in Postfix's recipient_delimiter, and "" is none)
)"},
    {"DelimiterTwice",
     R"toml([login]
subaddress_delimiter = "++"
)toml",
     R"(policy.toml:2:24: error: `subaddress_delimiter` holds `+` twice (each character of it is a delimiter by itself; one of two characters there is not)
)"},
    {"UnknownWayWithAMissingFrom",
     R"toml([from]
missing = "accept"
)toml",
     R"(policy.toml:2:11: error: `missing` in [from] must be `refuse` or `envelope`, not `accept`
)"},
    {"UnknownWayWithBounces",
     R"toml([from]
bounces = "reject"
)toml",
     R"(policy.toml:2:11: error: `bounces` in [from] must be `accept` or `refuse`, not `reject`
)"},
    {"NumbersOutOfRangeAndInQuotes",
     R"toml([log]
keep_days = 0
max_mb = "10"
)toml",
     R"(policy.toml:2:13: error: `keep_days` in [log] must be between 1 and 36500, not 0
policy.toml:3:10: error: `max_mb` in [log] must be an integer, not a string (write 10 without quotes)
)"},
    {"NumbersWithAUnit",
     R"toml([log]
keep_days = "30 days"
max_mb = "2 GB"
)toml",
     R"(policy.toml:2:13: error: `keep_days` in [log] must be an integer, not a string (write 30 without quotes)
policy.toml:3:10: error: `max_mb` in [log] must be an integer, not a string (it is a whole number, without quotes)
)"},
    {"RelativeStoreAndUnknownPrivacy",
     R"toml([log]
store = "decisions.db"
recipients = "all"
)toml",
     R"(policy.toml:2:9: error: `store` must be a path that begins with /, not `decisions.db` (as in /var/lib/relaypermit/decisions.db)
policy.toml:3:14: error: `recipients` in [log] must be `full`, `domain` or `none`, not `all`
)"},
    {"FractionInPlaceOfANumber",
     R"toml([log]
keep_days = 1.5
)toml",
     R"(policy.toml:2:13: error: `keep_days` in [log] must be an integer, not a number with a fraction
)"},
    {"StringInPlaceOfAGroup",
     R"toml([groups]
sales = "bob@example.com"
)toml",
     R"(policy.toml:2:9: error: `sales` in [groups] must be a list of strings, not a string (write ["bob@example.com"])
)"},
    {"NestedGroup",
     R"toml([groups]
a = ["bob@example.com"]
b = ["group:a", "<>"]
)toml",
     R"(policy.toml:3:6: error: groups do not nest: `group:a` stands in the group `b` (a rule can name both)
policy.toml:3:18: error: pattern `<>`: `<>` is the null sender (it may only stand in `senders`)
)"},
    {"MissingId",
     R"toml([[alias]]
logins = ["bob@example.com"]
senders = ["x@example.com"]
)toml",
     R"(policy.toml:1:1: error: [[alias]] has no `id` (its name in the log, as in "shop-team")
)"},
    {"IdWithASpace",
     R"toml([[alias]]
id = "shop team"
logins = ["bob@example.com"]
senders = ["x@example.com"]
)toml",
     R"(policy.toml:2:6: error: `shop team` is not a usable id (at most 64 letters, digits and . _ - + @ : / after a letter or digit)
)"},
    {"ReservedId",
     R"toml([[alias]]
id = "own-address"
logins = ["bob@example.com"]
senders = ["x@example.com"]
)toml",
     R"(policy.toml:2:6: error: the id `own-address` is taken by a built-in rule (records or traces name that rule so; choose another)
)"},
    {"RepeatedId",
     R"toml([[alias]]
id = "a"
logins = ["bob@example.com"]
senders = ["x@example.com"]
[[restrict]]
id = "a"
logins = ["bob@example.com"]
suspended = true
)toml",
     R"(policy.toml:6:6: error: the id `a` is used twice (first at policy.toml:2:6)
)"},
    {"NeitherLoginsNorClients",
     R"toml([[alias]]
id = "a"
senders = ["x@example.com"]
)toml",
     R"(policy.toml:1:1: error: [[alias]] has neither `logins` nor `clients` (say who may send as these)
)"},
    {"BothLoginsAndClients",
     R"toml([[alias]]
id = "a"
clients = ["192.0.2.0/24"]
logins = ["bob@example.com"]
senders = ["x@example.com"]
)toml",
     R"(policy.toml:4:10: error: [[alias]] has both `logins` and `clients` (a grant is to one of them: write two)
)"},
    {"MissingSenders",
     R"toml([[alias]]
id = "a"
logins = ["bob@example.com"]
)toml",
     R"(policy.toml:1:1: error: [[alias]] has no `senders` (as whom these may send)
)"},
    {"EmptyLists",
     R"toml([[alias]]
id = "a"
logins = []
senders = []
networks = []
fields = []
)toml",
     R"(policy.toml:3:10: error: `logins` in [[alias]] is empty (name a login, or remove the rule)
policy.toml:4:11: error: `senders` in [[alias]] is empty (name a sender, or remove the rule)
policy.toml:5:12: error: `networks` in [[alias]] is empty (leave it out for a grant from anywhere)
policy.toml:6:10: error: `fields` is empty, so the grant covers nothing (leave it out to cover all three)
)"},
    {"MistypedLogins",
     R"toml([[alias]]
id = "a"
lgoins = ["bob@example.com"]
senders = ["x@example.com"]
)toml",
     R"(policy.toml:3:1: error: unknown key `lgoins` in [[alias]] (did you mean `logins`?)
)"},
    {"UnknownGroups",
     R"toml([[alias]]
id = "a"
logins = ["group:salse", "group:x"]
senders = ["x@example.com"]
[groups]
sales = ["bob@example.com"]
)toml",
     R"(policy.toml:3:12: error: unknown group `salse` (did you mean `group:sales`?)
policy.toml:3:33: error: unknown group `x` (groups are defined in [groups])
)"},
    {"UnknownField",
     R"toml([[alias]]
id = "a"
logins = ["bob@example.com"]
senders = ["x@example.com"]
fields = ["envelop"]
)toml",
     R"(policy.toml:5:11: error: each of `fields` must be `envelope`, `from` or `sender`, not `envelop` (did you mean `envelope`?)
)"},
    {"DateInQuotes",
     R"toml([[alias]]
id = "a"
logins = ["bob@example.com"]
senders = ["x@example.com"]
until = "2027-01-31"
)toml",
     R"(policy.toml:5:9: error: `until` in [[alias]] must be a date, not a string (write 2027-01-31 without quotes)
)"},
    {"LocalTime",
     R"toml([[alias]]
id = "a"
logins = ["bob@example.com"]
senders = ["x@example.com"]
until = 2027-01-31T12:00:00
)toml",
     R"(policy.toml:5:9: error: `2027-01-31T12:00:00` is a local time, which differs by place (write 2027-01-31T12:00:00Z for UTC, or end it with an offset as in +01:00)
)"},
    {"EndBeforeItsBeginning",
     R"toml([[alias]]
id = "a"
logins = ["bob@example.com"]
senders = ["x@example.com"]
since = 2027-02-01
until = 2027-01-31
[[restrict]]
id = "b"
logins = ["bob@example.com"]
suspended = true
until = 2027-01-31
since = 2027-02-01T00:00:00Z
[[restrict]]
id = "one-day"
logins = ["bob@example.com"]
suspended = true
since = 2027-01-31
until = 2027-01-31
)toml",
     R"(policy.toml:6:9: error: `until` in [[alias]] is not behind `since`, `2027-02-01` (it would never count: `since` is its first day and `until` its last)
policy.toml:11:9: error: `until` in [[restrict]] is not behind `since`, `2027-02-01T00:00:00Z` (it would never count: `since` is its first day and `until` its last)
)"},
    {"RegexWithAnOpenClass",
     R"toml([[alias]]
id = "a"
logins = ['/^(?P<user>[^@+@corp\.example$/']
senders = ["x@example.com"]
)toml",
     R"(policy.toml:3:23: error: pattern `/^(?P<user>[^@+@corp\.example$/`: the regex does not compile: missing ]: [^@+@corp\.example$
)"},
    {"RegexWithAnOpenGroupBehindEscapes",
     R"toml([[alias]]
id = "a"
logins = ["/^bücher\\.(a@corp$/"]
senders = ["x@example.com"]
)toml",
     R"(policy.toml:3:13: error: pattern `/^bücher\.(a@corp$/`: the regex does not compile: missing ): ^bücher\.(a@corp$
)"},
    {"RegexWithoutItsEnd",
     R"toml([[alias]]
id = "a"
logins = ['/unclosed']
senders = ["x@example.com"]
)toml",
     R"(policy.toml:3:20: error: pattern `/unclosed`: a regex without its closing `/`
)"},
    {"PatternsOutOfPlace",
     R"toml([[alias]]
id = "a"
logins = ["<>", "a@b@c", ""]
senders = ["x", "*@*.com*", "a*b@example.com", "*@ex*mple.com"]
)toml",
     R"(policy.toml:3:12: error: pattern `<>`: `<>` is the null sender (it may only stand in `senders`)
policy.toml:3:27: error: an empty pattern (`*` means any address)
policy.toml:4:14: error: pattern `x`: an address needs a domain (`x@example.com`)
policy.toml:4:22: error: pattern `*@*.com*`: `com*` is not a domain
policy.toml:4:31: error: pattern `a*b@example.com`: a star may stand at the start or at the end of a local part (a regex can say more)
policy.toml:4:53: error: pattern `*@ex*mple.com`: a star in a domain stands for whole labels at its start (`*@*.mple.com`)
)"},
    {"FormsOfALogin",
     R"toml([login]
forms = ['EXAMPLE\alice', '{user}', '{user}.{domain}', '{user}{any}', '{user}@{domain}', '{user}%{realm}', '{user}%{user}', '{user', 'a?{user}', "x\u0007{user}", 'corp-{user}', '{any}#{user}', '{user}@CORP']
)toml",
     R"(policy.toml:2:24: error: form `EXAMPLE\alice`: a form needs `{user}` (as in `EXAMPLE\{user}`)
policy.toml:2:28: error: form `{user}`: the form takes ordinary logins such as `alice` as well (a form has a character that they lack, as in `EXAMPLE\{user}`)
policy.toml:2:38: error: form `{user}.{domain}`: the form takes ordinary logins such as `alice.example.com` as well (a form has a character that they lack, as in `EXAMPLE\{user}`)
policy.toml:2:63: error: form `{user}{any}`: two placeholders without a text between them (nothing says where one ends and the other begins)
policy.toml:2:72: error: form `{user}@{domain}`: the form takes ordinary logins such as `alice@example.com` as well (a form has a character that they lack, as in `EXAMPLE\{user}`)
policy.toml:2:98: error: form `{user}%{realm}`: `{realm}` is no placeholder of a form ({user}, {domain} and {any} are)
policy.toml:2:116: error: form `{user}%{user}`: `{user}` stands twice
policy.toml:2:126: error: form `{user`: `{` without a `}` after it
policy.toml:2:136: error: form `a?{user}`: a login with `?` in it is refused, so this form matches none (Postfix writes `?` for every byte that it does not print)
policy.toml:2:147: error: form `x\x07{user}`: a form that holds a control character matches no login
policy.toml:2:164: error: form `corp-{user}`: the form takes ordinary logins such as `corp-alice` as well (a form has a character that they lack, as in `EXAMPLE\{user}`)
)"},
    {"HabitsThatWouldBeNames",
     R"toml([relay]
hosted_domains = ["example.com"]
[[alias]]
id = "a"
logins = [".*@example.com", "^bob@example.com$", "Everyone", "mailto:bob@example.com"]
senders = ["anon.*@example.com", "-ceo@example.com", "~ceo@example.com"]
[[restrict]]
id = "r"
logins = ["not bob@example.com"]
suspended = true
)toml",
     R"(policy.toml:5:12: error: pattern `.*@example.com`: a regex stands between slashes (did you mean `*@example.com`?)
policy.toml:5:30: error: pattern `^bob@example.com$`: a regex stands between slashes (did you mean `bob@example.com`?)
policy.toml:5:51: error: pattern `Everyone`: that would be a name (write `*` for everybody)
policy.toml:5:63: error: pattern `mailto:bob@example.com`: an address stands by itself (write `bob@example.com`)
policy.toml:6:35: error: pattern `-ceo@example.com`: a list has no exceptions, and this would add to it (write `except = ["ceo@example.com"]`)
policy.toml:6:55: error: pattern `~ceo@example.com`: a list has no exceptions, and this would add to it (write `except = ["ceo@example.com"]`)
policy.toml:9:12: error: pattern `not bob@example.com`: a list has no exceptions, and this would add to it (write `except_logins = ["bob@example.com"]`)
)"},
    {"NegationsOfPostfix",
     R"toml(groups.sales = ["!bob@example.com"]
[[alias]]
id = "a"
logins = ["*@example.com", "!bob@example.com", "!group:sales"]
senders = ["!ceo@example.com", '!/^x@example\.com$/']
[[restrict]]
id = "r"
logins = ["bob@example.com"]
recipients = ["!hosted", "!*@example.com"]
)toml",
     R"(policy.toml:1:18: error: pattern `!bob@example.com`: a list has no exceptions, and this would add to it (write `except_logins = ["bob@example.com"]`)
policy.toml:4:29: error: pattern `!bob@example.com`: a list has no exceptions, and this would add to it (write `except_logins = ["bob@example.com"]`)
policy.toml:4:49: error: pattern `!group:sales`: a list has no exceptions, and this would add to it (write `except_logins = ["group:sales"]`)
policy.toml:5:13: error: pattern `!ceo@example.com`: a list has no exceptions, and this would add to it (write `except = ["ceo@example.com"]`)
policy.toml:5:33: error: pattern `!/^x@example\.com$/`: a list has no exceptions, and this would add to it (write `except = ['/^x@example\.com$/']`)
policy.toml:9:16: error: pattern `!hosted`: a list has no exceptions, and this would add to it (leave `hosted` out: name those that are meant, one by one)
policy.toml:9:27: error: pattern `!*@example.com`: a list has no exceptions, and this would add to it (leave `*@example.com` out: name those that are meant, one by one)
)"},
    {"NegationsAmongExceptions",
     R"toml([[alias]]
id = "a"
logins = ["*@example.com"]
senders = ["*@example.com"]
except = ["!ceo@example.com"]
except_logins = ["!kim@example.com", "!"]
[[restrict]]
id = "r"
logins = ["*@example.com"]
except_logins = ["not eve@example.com"]
suspended = true
[cause.sender-not-owned]
except_logins = ["-bob@example.com"]
except_senders = ['!/^x@example\.com$/']
)toml",
     R"(policy.toml:5:12: error: pattern `!ceo@example.com`: this list leaves out whomever it names, without such a sign (write `ceo@example.com`)
policy.toml:6:19: error: pattern `!kim@example.com`: this list leaves out whomever it names, without such a sign (write `kim@example.com`)
policy.toml:6:39: error: pattern `!`: this list leaves out whomever it names, without such a sign (name somebody)
policy.toml:10:19: error: pattern `not eve@example.com`: this list leaves out whomever it names, without such a sign (write `eve@example.com`)
policy.toml:13:19: error: pattern `-bob@example.com`: this list leaves out whomever it names, without such a sign (write `bob@example.com`)
policy.toml:14:20: error: pattern `!/^x@example\.com$/`: this list leaves out whomever it names, without such a sign (write `/^x@example\.com$/`)
)"},
    {"WordsOfOtherLists",
     R"toml(relay.hosted_domains = ["example.com", "*.example.org"]
groups.sales = ["bob@example.com"]
groups.staff = ["sales"]
[[alias]]
id = "a"
logins = ["hosted", "sales", "@Sales", "Group:sales", "192.0.2.0/24", "::1", "hash:/etc/postfix/users"]
senders = ["hosted", "sales", "group:sales", "192.0.2.7"]
[[restrict]]
id = "r"
logins = ["Hosted"]
recipients = ["Hosted", "sales", "group:sales", "lmdb:/etc/postfix/inside"]
)toml",
     R"(policy.toml:3:18: error: pattern `sales`: `sales` is a group, and this would be a login (write `group:sales`; the login of that name is `sales@example.com`)
policy.toml:6:12: error: pattern `hosted`: `hosted` by itself stands for recipients in [[restrict]] alone (did you mean `*@hosted`?)
policy.toml:6:22: error: pattern `sales`: `sales` is a group, and this would be a login (write `group:sales`; the login of that name is `sales@example.com`)
policy.toml:6:31: error: pattern `@Sales`: `sales` is a group, and this would be a login (write `group:sales`)
policy.toml:6:41: error: pattern `Group:sales`: a group is named with `group:` (write `group:sales`)
policy.toml:6:56: error: pattern `192.0.2.0/24`: a network is no address (networks stand in `clients` or `networks`, and have names in [networks])
policy.toml:6:72: error: pattern `::1`: a network is no address (networks stand in `clients` or `networks`, and have names in [networks])
policy.toml:6:79: error: pattern `hash:/etc/postfix/users`: tables of the mail server are not read here (write out the addresses that it lists)
policy.toml:7:13: error: pattern `hosted`: `hosted` by itself stands for recipients in [[restrict]] alone (did you mean `*@hosted`?)
policy.toml:7:23: error: pattern `sales`: `sales` is a group, and this would be an address (write `group:sales`)
policy.toml:7:47: error: pattern `192.0.2.7`: a network is no address (networks stand in `clients` or `networks`, and have names in [networks])
policy.toml:10:12: error: pattern `Hosted`: `hosted` by itself stands for recipients in [[restrict]] alone (did you mean `*@hosted`?)
policy.toml:11:16: error: pattern `Hosted`: the word for every hosted domain is in lower case (write `hosted`)
policy.toml:11:26: error: pattern `sales`: `sales` is a group, and this would be an address (write `group:sales`)
policy.toml:11:50: error: pattern `lmdb:/etc/postfix/inside`: tables of the mail server are not read here (write out the addresses that it lists)
)"},
    {"DomainsInPlaceOfAddresses",
     R"toml(relay.hosted_domains = ["shop.example.se"]
[[alias]]
id = "a"
logins = ["@example.com", "example.com", "*.example.com", "shop.example.se", "first.last"]
senders = ["@example.com", "@.example.com", "example.com", ".example.com", "*example.com"]
[[restrict]]
id = "r"
logins = ["bob@"]
recipients = ["@*.example.com", "example.se", "bob@*", "*@*", "bob@.example.com"]
)toml",
     R"(policy.toml:4:12: error: pattern `@example.com`: no local part before the `@` (did you mean `*@example.com`?)
policy.toml:4:28: error: pattern `example.com`: `example.com` is a domain, and this would be a login (did you mean `*@example.com`?)
policy.toml:4:43: error: pattern `*.example.com`: the domains below one are written as addresses (did you mean `*@*.example.com`?)
policy.toml:4:60: error: pattern `shop.example.se`: `shop.example.se` is a domain, and this would be a login (did you mean `*@shop.example.se`?)
policy.toml:5:13: error: pattern `@example.com`: no local part before the `@` (did you mean `*@example.com`?)
policy.toml:5:29: error: pattern `@.example.com`: no local part before the `@` (did you mean `*@*.example.com`?)
policy.toml:5:46: error: pattern `example.com`: `example.com` is a domain and no address (did you mean `*@example.com`?)
policy.toml:5:61: error: pattern `.example.com`: the domains below one are written as addresses (did you mean `*@*.example.com`?)
policy.toml:5:77: error: pattern `*example.com`: a star and a domain are joined by an `@` (did you mean `*@example.com`?)
policy.toml:8:15: error: pattern `bob@`: no domain behind the `@` (write `bob@shop.example.se`)
policy.toml:9:16: error: pattern `@*.example.com`: no local part before the `@` (did you mean `*@*.example.com`?)
policy.toml:9:34: error: pattern `example.se`: `example.se` is a domain and no address (did you mean `*@example.se`?)
policy.toml:9:52: error: pattern `bob@*`: a pattern names its domain (one for each domain, as in `bob@shop.example.se`)
policy.toml:9:57: error: pattern `*@*`: any address of any domain is one star (write `*`)
policy.toml:9:68: error: pattern `bob@.example.com`: the domains below one are written with a star (did you mean `bob@*.example.com`?)
)"},
    {"PlaceholdersWhereNothingIsFilledIn",
     R"toml([[alias]]
id = "a"
logins = ["{user}@example.com", '/^(?P<u>[a-z]{2,3})@x\.test$/', "%u@example.com"]
senders = ['/^{user}@example\.com$/', '/^\{user\}[{user}]\x{40}x\.test$/', "%u@example.com", "$user@%d", '/^bob@example\.com$/i']
[[restrict]]
id = "r"
logins = ["bob@example.com"]
recipients = ["{user}@example.com", '/^a{user}@example\.com$/']
)toml",
     R"(policy.toml:3:12: error: pattern `{user}@example.com`: `{user}` means itself here: placeholders stand in `senders` alone (`*@example.com` is anybody of a domain)
policy.toml:3:67: error: pattern `%u@example.com`: placeholders stand in braces, and in `senders` (`*@example.com` is anybody of a domain)
policy.toml:4:15: error: pattern `/^{user}@example\.com$/`: nothing is filled in within a regex: there `{user}` means itself (write a sender without slashes, such as `{user}@example.com`)
policy.toml:4:77: error: pattern `%u@example.com`: placeholders stand in braces, and in `senders` (write `{user}@example.com`)
policy.toml:4:95: error: pattern `$user@%d`: placeholders stand in braces, and in `senders` (write `{user}@{domain}`)
policy.toml:4:127: error: pattern `/^bob@example\.com$/i`: a regex ends with its `/` (write `/^bob@example\.com$/`: it ignores case as it is)
policy.toml:8:16: error: pattern `{user}@example.com`: `{user}` means itself here: placeholders stand in `senders` alone (`*@example.com` is anybody of a domain)
policy.toml:8:41: error: pattern `/^a{user}@example\.com$/`: nothing is filled in within a regex: there `{user}` means itself (a placeholder stands in a sender that is no regex)
)"},
    {"SeveralInOneString",
     R"toml([[alias]]
id = "a"
logins = ["bob@example.com, carol@example.com", "bob,carol", "uid=bob,ou=people", "Jane Doe", "bob@example.com "]
senders = ["bob@example.com carol@example.com", " bob@example.com", "Bob <bob@example.com>"]
)toml",
     R"(policy.toml:3:27: error: pattern `bob@example.com, carol@example.com`: it is several in one string (write `"bob@example.com", "carol@example.com"`)
policy.toml:3:53: error: pattern `bob,carol`: it is several in one string (write `"bob", "carol"`)
policy.toml:3:111: error: pattern `bob@example.com `: it ends with a blank (write `bob@example.com`)
policy.toml:4:28: error: pattern `bob@example.com carol@example.com`: it is several in one string (write `"bob@example.com", "carol@example.com"`)
policy.toml:4:50: error: pattern ` bob@example.com`: it begins with a blank (write `bob@example.com`)
policy.toml:4:74: error: pattern `Bob <bob@example.com>`: an address stands without brackets and name (write `bob@example.com`)
)"},
    {"CaptureThatAPlainLoginLacks",
     R"toml([[alias]]
id = "a"
logins = ['/^(?P<team>.)@x$/', "bob@example.com"]
senders = ["{team}@example.com", "{user}@example.com"]
)toml",
     R"(policy.toml:4:13: error: `{team}` is not defined by the login `bob@example.com` at policy.toml:3:32 (only {user}, {domain} and {login} are known of every login)
)"},
    {"CaptureThatAnotherRegexLacks",
     R"toml([[alias]]
id = "a"
logins = ['/^(?P<team>.)@x$/', '/^(?P<tam>.)@x$/']
senders = ["{team}@example.com"]
)toml",
     R"(policy.toml:4:13: error: `{team}` is not defined by the login `/^(?P<tam>.)@x$/` at policy.toml:3:32 (name a group of its regex: (?P<team>...))
)"},
    {"PlaceholderOfAGrantToClients",
     R"toml([[alias]]
id = "a"
clients = ["192.0.2.0/24"]
senders = ["{user}@example.com", "{login}"]
)toml",
     R"(policy.toml:4:13: error: `{user}` comes from a login, and this grant is by clients (write the sender out, or a star for its local part)
policy.toml:4:35: error: `{login}` comes from a login, and this grant is by clients (write the sender out, or a star for its local part)
)"},
    {"BrokenTemplates",
     R"toml([[alias]]
id = "a"
logins = ["bob@example.com"]
senders = ["{user@example.com", "user}@example.com", "{us er}@example.com", "{user}"]
)toml",
     R"(policy.toml:4:13: error: pattern `{user@example.com`: `{` without a `}` after it
policy.toml:4:38: error: pattern `user}@example.com`: `}` without a `{` before it
policy.toml:4:55: error: pattern `{us er}@example.com`: `{us er}` is not a placeholder
policy.toml:4:84: error: pattern `{user}`: a sender needs a domain (`{user}@example.com`)
)"},
    {"RestrictionOfNobody",
     R"toml([[restrict]]
id = "r"
suspended = true
)toml",
     R"(policy.toml:1:1: error: [[restrict]] has neither `logins` nor `clients` (say whom it restricts)
)"},
    {"RestrictionOfNothing",
     R"toml([[restrict]]
id = "r"
logins = ["bob@example.com"]
suspended = false
)toml",
     R"(policy.toml:1:1: error: [[restrict]] restricts nothing (say `recipients`, `networks`, `mechanisms` or `suspended = true`)
)"},
    {"RestrictionWithEmptyLists",
     R"toml([[restrict]]
id = "r"
logins = ["bob@example.com"]
recipients = []
mechanisms = []
)toml",
     R"(policy.toml:4:14: error: `recipients` in [[restrict]] is empty (leave it out to restrict nothing, or say `suspended = true` to allow nothing)
policy.toml:5:14: error: `mechanisms` in [[restrict]] is empty (leave it out to restrict nothing, or say `suspended = true` to allow nothing)
)"},
    {"RestrictionWithUnusableValues",
     R"toml([[restrict]]
id = "r"
logins = ["bob@example.com"]
recipients = ["hosted", "x"]
mechanisms = ["SCRAM SHA"]
networks = ["10.0.0.1/8"]
text = "straße"
)toml",
     R"(policy.toml:4:27: error: pattern `x`: an address needs a domain (`x@example.com`)
policy.toml:5:15: error: `SCRAM SHA` is not the name of a mechanism (one word in ASCII)
policy.toml:6:13: error: network `10.0.0.1/8`: host bits are set (did you mean `10.0.0.0/8`?)
policy.toml:7:13: error: a text for the reply must be ASCII (mail programs and Sendmail garble everything else)
)"},
    {"KeyOfAnotherRule",
     R"toml([[restrict]]
id = "r"
logins = ["bob@example.com"]
suspended = true
senders = ["x@example.com"]
)toml",
     R"(policy.toml:5:1: error: unknown key `senders` in [[restrict]] (it belongs in [[alias]])
)"},
    {"MistypedCause",
     R"toml([cause.sender-not-ownd]
action = "off"
)toml",
     R"(policy.toml:1:8: error: unknown cause `sender-not-ownd` (did you mean `sender-not-owned`?)
)"},
    {"UnknownCause",
     R"toml([cause.nonsense]
action = "off"
)toml",
     R"(policy.toml:1:8: error: unknown cause `nonsense` (`relaypermit show` lists them all)
)"},
    {"StringInPlaceOfACause",
     R"toml([cause]
sender-not-owned = "off"
)toml",
     R"(policy.toml:2:1: error: `cause.sender-not-owned` must be a table, not a string (write [cause.sender-not-owned])
)"},
    {"UnknownActionAndReply",
     R"toml([cause.sender-not-owned]
action = "drop"
reply = "550"
)toml",
     R"(policy.toml:2:10: error: `action` must be `reject`, `tempfail`, `monitor` or `off`, not `drop` (did you mean `reject`?)
policy.toml:3:9: error: `550` is not a reply (a code and an enhanced code of its class, as in "550 5.7.1")
)"},
    {"RejectReplyOfATempfail",
     R"toml([cause.sender-not-owned]
action = "tempfail"
reply = "550 5.7.1"
)toml",
     R"(policy.toml:3:9: error: the reply `550 5.7.1` does not fit the action `tempfail` (a tempfail has a 4xx, as in "450 4.7.1")
)"},
    {"TempfailReplyOfAReject",
     R"toml([cause.login-required]
reply = "451 4.7.1"
)toml",
     R"(policy.toml:2:9: error: the reply `451 4.7.1` does not fit the action `reject` (a reject has a 5xx, as in "550 5.7.1")
)"},
    {"ReplyThatDropsTheConnection",
     R"toml([cause.login-required]
reply = "421 4.7.1"
)toml",
     R"(policy.toml:2:9: error: `421 4.7.1` is not a reply (mail servers hang up at 421 and 521; choose another code, as in "550 5.7.1")
)"},
    {"RejectThatDropsTheConnection",
     R"toml([cause.sender-not-owned]
reply = "521 5.7.1"
)toml",
     R"(policy.toml:2:9: error: `521 5.7.1` is not a reply (mail servers hang up at 421 and 521; choose another code, as in "550 5.7.1")
)"},
    {"LookupFailedAsAReject",
     R"toml([cause.lookup-failed]
action = "reject"
)toml",
     R"(policy.toml:1:1: error: [cause.lookup-failed] needs a `reply` to be a reject (as in "550 5.7.1")
)"},
    {"TextBeyondAscii",
     R"toml([cause.sender-not-owned]
text = "Nö"
)toml",
     R"(policy.toml:2:10: error: a text for the reply must be ASCII (mail programs and Sendmail garble everything else)
)"},
    {"TextInTwoLines",
     R"toml([cause.sender-not-owned]
text = "two\nlines"
)toml",
     R"(policy.toml:2:12: error: a text for the reply is one line without control characters (write a space or a dash)
)"},
    {"TextOfSpaces",
     R"toml([cause.sender-not-owned]
text = "   "
)toml",
     R"(policy.toml:2:8: error: a text for the reply must say something (leave it out for the default)
)"},
    {"UnknownPlaceholders",
     R"toml([cause.sender-not-owned]
text = "{sendr} and {foo} and {"
)toml",
     R"(policy.toml:2:9: error: unknown placeholder `{sendr}` (did you mean `{sender}`?)
policy.toml:2:21: error: unknown placeholder `{foo}` (a text may use {login} {sender} {from} {recipient} {client} {port} {server} {contact} {cause} {rule} {instead} {submission_port} {encryption})
policy.toml:2:31: error: `{` without `}` (braces are for placeholders alone)
)"},
    {"UnopenedPlaceholder",
     R"toml([cause.sender-not-owned]
text = "a } b"
)toml",
     R"(policy.toml:2:11: error: `}` without `{` (braces are for placeholders alone)
)"},
    {"TextTooLongForAReply",
     R"toml([cause.sender-not-owned]
text = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 {login}"
)toml",
     R"(policy.toml:2:8: error: a text of 371 bytes beside its placeholders does not fit into a reply: at most 359 (a longer story belongs behind help_url in [server])
)"},
    {"TestWithoutNameAndExpectation",
     R"toml([[test]]
login = "bob@example.com"
)toml",
     R"(policy.toml:1:1: error: [[test]] has no `name` (what it shows, in words)
policy.toml:1:1: error: [[test]] has no `expect` (`accept`, or a cause)
)"},
    {"MistypedAccept",
     R"toml([[test]]
name = "t"
expect = "acept"
)toml",
     R"(policy.toml:3:10: error: `expect` must be `accept` or a cause, not `acept` (did you mean `accept`?)
)"},
    {"UnknownExpectationAndFact",
     R"toml([[test]]
name = "t"
expect = "yes"
clint = "192.0.2.1"
)toml",
     R"(policy.toml:3:10: error: `expect` must be `accept` or a cause, not `yes` (a cause such as `sender-not-owned`: `relaypermit show` lists them)
policy.toml:4:1: error: unknown key `clint` in [[test]] (did you mean `client`?)
)"},
    {"UnusableFacts",
     R"toml([[test]]
name = "t"
expect = "accept"
client = "localhost"
port = 70000
mta = "exim"
recipients = []
headers = ["From a@b"]
from = "x@example.com"
now = 2027-01-31T12:00:00
)toml",
     R"(policy.toml:4:10: error: `localhost` is not an IP address (as in 198.51.100.7)
policy.toml:5:8: error: `port` in [[test]] must be between 1 and 65535, not 70000
policy.toml:6:7: error: `mta` must be `postfix` or `sendmail`, not `exim`
policy.toml:7:14: error: `recipients` is empty: a message goes to somebody (leave it out for someone@remote.invalid)
policy.toml:8:12: error: `From a@b` is not a header field (as in "From: alice@example.com")
policy.toml:9:8: error: [[test]] has both `from` and `headers` (`from` is short for one From in `headers`)
policy.toml:10:7: error: `2027-01-31T12:00:00` is a local time, which differs by place (write 2027-01-31T12:00:00Z for UTC, or end it with an offset as in +01:00)
)"},
    {"StringWithoutQuotes",
     R"toml(mode = enforce
)toml",
     R"(policy.toml:1:8: error: `enforce` stands without quotes (write `mode = "enforce"`)
)"},
    {"StringWithoutItsEnd",
     R"toml(mode = "enforce
[log]
keep_days = 0
)toml",
     R"(policy.toml:1:16: error: not TOML: a string without its closing quote
policy.toml:3:13: error: `keep_days` in [log] must be between 1 and 36500, not 0
)"},
    {"MissingEqualsSign",
     R"toml(mode "enforce"
)toml",
     R"(policy.toml:1:6: error: not TOML: expected `=`, saw `"`
)"},
    {"OpenHeader",
     R"toml([server
name = "x.example"
[log]
keep_days = 0
)toml",
     R"(policy.toml:1:8: error: not TOML: expected `]`, saw `\n`
policy.toml:4:13: error: `keep_days` in [log] must be between 1 and 36500, not 0
)"},
    {"OpenList",
     R"toml([submission]
ports = [587, 465
require_tls = 1
)toml",
     R"(policy.toml:2:1: error: not TOML: `ports` has no end (a quote or bracket is not closed)
policy.toml:3:15: error: `require_tls` in [submission] must be true or false, not an integer
)"},
    {"LeadingZero",
     R"toml([listen]
socket_mode = 0660
)toml",
     R"(policy.toml:2:15: error: `0660` stands without quotes (write `socket_mode = "0660"`)
)"},
    {"BackslashInAQuotedRegex",
     R"toml([[alias]]
id = "a"
logins = ["/^a\.b$/"]
senders = ["x@example.com"]
)toml",
     R"(policy.toml:3:16: error: not TOML: unknown escape sequence `\.` (in '...' a backslash stands for itself)
)"},
    {"RepeatedKey",
     R"toml(mode = "enforce"
mode = "monitor"
)toml",
     R"(policy.toml:2:1: error: `mode` is set twice (first at policy.toml:1:1)
)"},
    {"RepeatedTable",
     R"toml([log]
keep_days = 1
[log]
max_mb = 1
)toml",
     R"(policy.toml:3:1: error: [log] is set twice (first at policy.toml:1:1)
)"},
    {"TableBesideAListOfThem",
     R"toml([[alias]]
id = "a"
logins = ["bob@example.com"]
senders = ["x@example.com"]
[alias]
id = "b"
)toml",
     R"(policy.toml:5:1: error: [alias] is a list of tables (write [[alias]])
policy.toml:5:1: error: [[alias]] has neither `logins` nor `clients` (say who may send as these)
policy.toml:5:1: error: [[alias]] has no `senders` (as whom these may send)
)"},
    {"RuleNamedInItsHeaderBehindAnother",
     R"toml([[alias]]
id = "a"
logins = ["bob@example.com"]
senders = ["x@example.com"]
[alias.shop]
logins = ["bob@example.com"]
)toml",
     R"(policy.toml:5:8: error: unknown key `shop` in [[alias]] (the name of a rule is its `id`: write [[alias]], and `id = "shop"` below it)
)"},
    {"TextBehindASingleHeader",
     R"toml([alias] id = "a"
[restrict] x
)toml",
     R"(policy.toml:1:1: error: [alias] is a list of tables (write [[alias]])
policy.toml:1:9: error: not TOML: expected the end of the line, saw `i` (what belongs to the table stands in the lines below it)
policy.toml:2:1: error: [restrict] is a list of tables (write [[restrict]])
policy.toml:2:12: error: not TOML: expected the end of the line, saw `x` (what belongs to the table stands in the lines below it)
)"},
    {"CapitalBoolean",
     R"toml([from]
require_owned_sender_field = True
)toml",
     R"(policy.toml:2:30: error: `True` is no value (write `require_owned_sender_field = true`)
)"},
    {"WordsBehindANumber",
     R"toml([log]
keep_days = 30 days
)toml",
     R"(policy.toml:2:13: error: `30 days` is no value (write `keep_days = 30`)
)"},
    {"DeepKey",
     R"toml(a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1
)toml",
     R"(policy.toml:1:1: error: a key of more than 16 parts
)"},
    {"CommentsOnly",
     R"toml(# nothing
)toml",
     R"(policy.toml: error: the policy is empty: it would refuse all mail of users who log in (a policy begins with hosted_domains in [relay])
)"},
    {"OpenListBeforeAHeader",
     R"toml(
[groups]
a = ["x@example.com"
[log]
keep_days = 0
)toml",
     R"(policy.toml:3:1: error: not TOML: `a` has no end (a quote or bracket is not closed)
policy.toml:5:13: error: `keep_days` in [log] must be between 1 and 36500, not 0
)"},
    {"OpenText",
     R"toml([[alias]]
id = "a"
note = """
never closed
[log]
keep_days = 0
)toml",
     R"(policy.toml:3:1: error: not TOML: `note` has no end (a quote or bracket is not closed)
)"},
    {"SeveralMistakesOfSyntax",
     R"toml([[alias]]
id = "a
logins = ["bob@example.com"
senders = ["x@example.com"]
[[alias]]
id = "b"
logins = ["bob@example.com"]
senders = ['/(/']
)toml",
     R"(policy.toml:2:8: error: not TOML: a string without its closing quote
policy.toml:3:1: error: not TOML: `logins` has no end (a quote or bracket is not closed)
policy.toml:8:14: error: pattern `/(/`: the regex does not compile: missing ): (
)"},
    {"EmptyPattern",
     R"toml([[alias]]
id = ""
logins = ["", 3]
senders = ['''/(/''']
)toml",
     R"(policy.toml:2:6: error: an empty string is not a usable id (at most 64 letters, digits and . _ - + @ : / after a letter or digit)
policy.toml:3:12: error: an empty pattern (`*` means any address)
policy.toml:3:15: error: `logins` in [[alias]] must be a list of strings, and this is an integer (put it in quotes)
policy.toml:4:16: error: pattern `/(/`: the regex does not compile: missing ): (
)"},
    {"InlineAndDottedTables",
     R"toml(server = {name = "x y", nam = "z"}
log.keep_days = 0
log.keep_day = 0
)toml",
     R"(policy.toml:1:18: error: `x y` is not a usable host name (as in mail.example.com)
policy.toml:1:25: error: unknown key `nam` in [server] (did you mean `name`?)
policy.toml:2:17: error: `keep_days` in [log] must be between 1 and 36500, not 0
policy.toml:3:5: error: unknown key `keep_day` in [log] (did you mean `keep_days`?)
)"},
    {"TwoMistypedKeys",
     R"toml([[restrict]]
id = "r"
lgoins = ["bob@example.com"]
suspnded = true
)toml",
     R"(policy.toml:3:1: error: unknown key `lgoins` in [[restrict]] (did you mean `logins`?)
policy.toml:4:1: error: unknown key `suspnded` in [[restrict]] (did you mean `suspended`?)
)"},
    {"RestrictionOfEverythingWrong",
     R"toml([[restrict]]
logins = ["bob@example.com"]
clients = []
networks = []
suspended = "yes"
)toml",
     R"(policy.toml:1:1: error: [[restrict]] has no `id` (its name in the log, as in "devices-stay-inside")
policy.toml:3:11: error: `clients` in [[restrict]] is empty (name a network, or remove the rule)
policy.toml:4:12: error: `networks` in [[restrict]] is empty (leave it out to restrict nothing, or say `suspended = true` to allow nothing)
policy.toml:5:13: error: `suspended` in [[restrict]] must be true or false, not a string (write it without quotes)
)"},
};

INSTANTIATE_TEST_SUITE_P(Each, PolicyErrors, testing::ValuesIn(mistakes),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(TenMistakes, GiveTenMessagesInSourceOrder) {
    const std::string errors = errors_of(R"toml(mod = "enforce"
[relay]
hosted_domains = ["exam ple.com"]
trusted_networks = ["192.0.2.1/24"]
[[test]]
name = "first in the file, read last"
expect = "refused"
[[alias]]
id = "a"
lgoins = ["bob@example.com"]
senders = ["x@example.com"]
[[alias]]
id = "a"
logins = ['/(/', "group:sales"]
senders = ["x@example.com"]
[cause.sender-not-owned]
reply = "250 2.0.0"
[log]
keep_days = -1
)toml");
    EXPECT_EQ(
        errors,
        R"text(policy.toml:1:1: error: unknown key `mod` at the top of the file (did you mean `mode`?)
policy.toml:3:19: error: `exam ple.com` is not a usable domain (as in example.com or *.example.com)
policy.toml:4:21: error: network `192.0.2.1/24`: host bits are set (did you mean `192.0.2.0/24`?)
policy.toml:7:10: error: `expect` must be `accept` or a cause, not `refused` (a cause such as `sender-not-owned`: `relaypermit show` lists them)
policy.toml:10:1: error: unknown key `lgoins` in [[alias]] (did you mean `logins`?)
policy.toml:13:6: error: the id `a` is used twice (first at policy.toml:9:6)
policy.toml:14:13: error: pattern `/(/`: the regex does not compile: missing ): (
policy.toml:14:25: error: unknown group `sales` (groups are defined in [groups])
policy.toml:17:9: error: `250 2.0.0` is not a reply (a code and an enhanced code of its class, as in "550 5.7.1")
policy.toml:19:13: error: `keep_days` in [log] must be between 1 and 36500, not -1
)text");
}

// Nobody sees all of a page of messages, but a mistake that is not among them comes back later.
TEST(ManyMistakes, AreAllSaid) {
    std::string policy = "[log]\n";
    for (int i = 0; i < 1000; ++i) policy += "unknown" + std::to_string(i) + " = 1\n";
    const Loaded loaded = load_policy_text(policy, "policy.toml", "host.example");
    ASSERT_EQ(loaded.errors.size(), 1000U);
    EXPECT_EQ(to_string(loaded.errors[999]),
              "policy.toml:1001:1: error: unknown key `unknown999` in [log]");
}

}  // namespace
}  // namespace relaypermit
