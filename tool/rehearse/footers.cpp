#include "tool/rehearse/footers.h"

#include <array>

#include "policy/reply.h"

namespace relaypermit {
namespace {

struct Footer {
    std::string_view pattern{};  // of the whole reply, as smtpd(8) words it
    std::string_view anchor{};   // of the help address: a cause, or "wrong-password"
    Cause cause{};               // whose placeholders fill in the text
    std::string_view text{};
};

constexpr std::string_view starttls =
    "set connection security to STARTTLS in the outgoing server settings of your program or "
    "device. For "
    "help ask {contact}";
constexpr std::string_view log_in =
    "enter your user name and password for the outgoing server and turn on authentication "
    "there. For "
    "help ask "
    "{contact}";
constexpr std::string_view wait =
    "wait five minutes and send again. Your settings are right. If it lasts ask {contact}";

// "Authentication required" is what tables of admins say. smtpd_sasl_glue.c, smtpd.c and
// smtpd_check.c of Postfix 3.4 to 3.10.
constexpr std::array<Footer, 10> footers = {{
    {R"(/^535 5\.7\.8 /)", "wrong-password", Cause::login_required,
     "enter your user name and password for the outgoing server anew. For help ask {contact}"},
    {R"(/^530 5\.7\.0 Must issue a STARTTLS command first/)", "tls-required", Cause::tls_required,
     starttls},
    {R"(/^503 5\.5\.1 Error: authentication not enabled/)", "tls-required", Cause::tls_required,
     starttls},
    {R"(/^504 5\.5\.4 Encryption required for requested authentication mechanism/)", "tls-required",
     Cause::tls_required, starttls},
    {R"(/^5[0-9][0-9] 5\.7\.[0-9] (.* )?Authentication required/)", "login-required",
     Cause::login_required, log_in},
    {R"(/^[45]5[0-9] [45]\.7\.1 .*: Sender address rejected: not logged in/)", "login-required",
     Cause::login_required, log_in},
    {R"(/^[45]5[0-9] [45]\.7\.1 .*: Sender address rejected: not owned by user /)",
     "sender-not-owned", Cause::sender_not_owned,
     "use your own address as 'From'. To send as another one ask {contact}"},
    {R"(/^[45]54 [45]\.7\.1 .*: Relay access denied/)", "use-submission", Cause::use_submission,
     "set outgoing server port to {submission_port} and {encryption} with user name and password. "
     "For help "
     "ask {contact}"},
    {R"(/^45[14] 4\.7\.[01] .*(Service unavailable|Temporary authentication failure)/)",
     "lookup-failed", Cause::lookup_failed, wait},
    {R"(/^454 4\.3\.0 Try again later/)", "lookup-failed", Cause::lookup_failed, wait},
}};

// Dollar signs mean something to regexp_table(5), and once more to the footer.
std::string without_expansion(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '$' ? std::string("$$$$") : std::string(1, c);
    return out;
}

std::string words_of(const Policy& policy, const Footer& footer) {
    // As of a refusal with this text of its own; code and reference are the MTA's affair.
    constexpr std::string_view none = "00000000";
    Verdict verdict;
    verdict.outcome = Outcome::reject;
    verdict.cause = footer.cause;
    verdict.text = footer.text;
    std::string text = render_reply(policy, Facts{}, verdict, none).text;
    const std::string end = " - ref " + std::string(none);
    text.resize(text.size() - end.size());
    const std::string anchor = "#" + std::string(to_string(footer.cause));
    if (text.ends_with(anchor)) {
        text.resize(text.size() - anchor.size() + 1);
        text += footer.anchor;
    }
    return text;
}

}  // namespace

std::string words_for_wrong_password(const Policy& policy) {
    return words_of(policy, footers.front());
}

std::string postfix_footers(const Policy& policy) {
    std::string text =
        "# What Postfix says by itself when it refuses, with what to do behind it.\n"
        "# Written by `relaypermit footers`, from the policy: write it anew when [server] "
        "changes.\n"
        "# In main.cf: smtpd_reject_footer_maps = regexp:/etc/postfix/relaypermit_footers\n"
        "\n"
        "# A reply of relaypermitd ends with its reference, and has said all that.\n"
        "if !/ - ref [0-9A-HJKMNP-TV-Z]{8}$/\n";
    for (const Footer& footer : footers)
        text += std::string(footer.pattern) + " \\c - " +
                without_expansion(words_of(policy, footer)) + "\n";
    return text + "endif\n";
}

}  // namespace relaypermit
