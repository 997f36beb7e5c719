// The table of causes: one row each, with all that is said of it.
//
// `text` is what a person reads in the error window of a mail program, on the display of a scanner
// or in a bounce, and acts on without knowing how mail works: the one thing to do comes first, in
// the words that settings of mail programs use and with the one value to enter, and then whom to
// ask. Where the wire cannot tell two causes apart, it has both done. All else lies behind the help
// address. The tests hold, of this and of the texts of reason.cpp: programs cut a reply at 213
// bytes, so it fits with a help address of 30 bytes and values of everyday length; terminals show
// 49 bytes of text, so those name the remedy; no word of the trade; plain ASCII; no , : ; (log
// summarisers cut there); no double quotes, parentheses or angle brackets (sendmail.cf takes them
// for its own where a text arrives by a map). A value that can hold a colon ({client}) stands last.
// tests/texts.md shows each as people see it.
#include "policy/cause_rows.h"

namespace relaypermit {

namespace {

// 530 5.7.0 answers a submission without login or TLS (RFC 6409 4.3, RFC 4954 6); 550 5.7.1 is
// "not authorized" everywhere else (RFC 6409 6.1 to 6.3, RFC 5321 3.6.2).
constexpr std::array<CauseRow, cause_count> rows = {{
    {.cause = Cause::tls_required,
     .id = "tls-required",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "530",
     .enhanced = "5.7.0",
     .text = "Not sent - set connection security to STARTTLS in the outgoing server settings of "
             "your program or device. For help ask {contact}.",
     .in_words = "no encryption",
     .what_to_change = "choose STARTTLS on port 587 or SSL/TLS on port 465 in the mail program",
     .what_opens = "mail without TLS is taken on submission ports"},
    {.cause = Cause::login_required,
     .id = "login-required",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "530",
     .enhanced = "5.7.0",
     .text = "Not sent - enter your user name and password for the outgoing server and turn "
             "on authentication. For help ask {contact}.",
     .in_words = "no login on a submission port",
     .what_to_change = "turn on authentication for the outgoing server in the mail program",
     .what_opens = "anyone may relay on a submission port, without a login"},
    {.cause = Cause::account_suspended,
     .id = "account-suspended",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - ask {contact} to unblock {login}. Ask from another account - no setting "
             "helps.",
     .in_words = "the account is suspended",
     .what_to_change = "find out why it is suspended, change its password, then resume it",
     .what_opens = "no suspension has an effect"},
    {.cause = Cause::client_not_allowed,
     .id = "client-not-allowed",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - connect to your office network or VPN and send again. To send from "
             "elsewhere ask {contact}.",
     .in_words = "not from this network",
     .what_to_change = "send from the permitted network, or widen the restriction",
     .what_opens = "no restriction by `networks` has an effect"},
    {.cause = Cause::weak_login,
     .id = "weak-login",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - choose authentication method '{instead}' in the outgoing server settings. "
             "For help ask {contact}.",
     .in_words = "not with this way to log in",
     .what_to_change = "choose another way to log in in the mail program",
     .what_opens = "no restriction by `mechanisms` has an effect"},
    {.cause = Cause::helo_forged,
     .id = "helo-forged",
     .stage = Stage::mail,
     .action = Action::off,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - enter your user name and password for the outgoing server. A server "
             "must give its own name. For help ask {contact}.",
     .in_words = "the client takes the server's own name",
     .what_to_change = "nothing, unless it is a server of your own: trust its network"},
    {.cause = Cause::null_sender_refused,
     .id = "null-sender-refused",
     .stage = Stage::mail,
     .action = Action::off,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - enter your mail address as sender in the settings of your mail program or "
             "device. For help ask {contact}.",
     .in_words = "no null sender from accounts",
     .what_to_change = "let vacation replies and receipts be sent by the server, or allow the null "
                       "sender"},
    {.cause = Cause::sender_not_owned,
     .id = "sender-not-owned",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - use {instead} as 'From'. To send as {sender} ask {contact}.",
     .in_words = "the sender is not this login's",
     .what_to_change = "correct the address in the mail program, or grant it (see suggest)",
     .what_opens = "a login may send as any address of the hosted domains"},
    {.cause = Cause::sender_not_hosted,
     .id = "sender-not-hosted",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - use {instead} as 'From'. To send as {sender} set its provider's outgoing "
             "server.",
     .in_words = "the sender's domain is not hosted here",
     .what_to_change =
         "send through that domain's own provider, or grant the address (see suggest)",
     .what_opens = "a login may send as any address of other domains"},
    {.cause = Cause::recipient_not_allowed,
     .id = "recipient-not-allowed",
     .stage = Stage::rcpt,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - take {recipient} out of To and Cc and send again. To write there ask "
             "{contact}.",
     .in_words = "not to this recipient",
     .what_to_change = "write to permitted recipients only, or widen the restriction",
     .what_opens = "no restriction by `recipients` has an effect"},
    {.cause = Cause::use_submission,
     .id = "use-submission",
     .stage = Stage::rcpt,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - set outgoing server port to {submission_port} and {encryption} with user "
             "name and password. Recipient is fine. For help ask {contact}.",
     .in_words = "port 25 used to send, without a login",
     .what_to_change = "log in, on port 587 or 465 instead of 25",
     .what_opens = "anyone may relay outside submission ports as a sender of a hosted domain"},
    {.cause = Cause::relay_not_permitted,
     .id = "relay-not-permitted",
     .stage = Stage::rcpt,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - ask whoever gave you {sender} which outgoing server to set. {server} does "
             "not send for it.",
     .in_words = "neither sender nor recipient is ours",
     .what_to_change = "nothing for strangers; a device of your own needs a grant for its network",
     .what_opens = "anyone may relay outside submission ports as a sender of a domain not hosted "
                   "here"},
    {.cause = Cause::hosted_sender_needs_login,
     .id = "hosted-sender-needs-login",
     .stage = Stage::rcpt,
     .action = Action::off,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - set outgoing server port to {submission_port} and {encryption} with user "
             "name and password. For help ask {contact}.",
     .in_words = "our address from outside, without a login",
     .what_to_change = "log in; a forwarder or a web form needs a grant for its network"},
    {.cause = Cause::from_unusable,
     .id = "from-unusable",
     .stage = Stage::headers,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - write the sender name in plain letters without brackets. Change it in "
             "your account settings. For help ask {contact}.",
     .in_words = "From cannot be read in one way",
     .what_to_change = "correct the name and address in the mail program's account settings",
     .what_opens =
         "a login may write any address into a From that programs read in different ways"},
    {.cause = Cause::from_not_owned,
     .id = "from-not-owned",
     .stage = Stage::headers,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - use {instead} as 'From'. To send as {from} ask {contact}.",
     .in_words = "From is not this login's",
     .what_to_change = "correct the From address in the mail program, or grant it (see suggest)",
     .what_opens = "a login may write any address into From"},
    {.cause = Cause::from_not_aligned,
     .id = "from-not-aligned",
     .stage = Stage::headers,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - use {sender} as 'From' too. It says {from}. For help ask {contact}.",
     .in_words = "From is not the address it is sent as",
     .what_to_change = "use one address in the mail program, or turn `alignment` off in [from]"},
    {.cause = Cause::hosted_from_needs_login,
     .id = "hosted-from-needs-login",
     .stage = Stage::headers,
     .action = Action::off,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - set outgoing server port to {submission_port} and {encryption} with user "
             "name and password. For help ask {contact}.",
     .in_words = "our address in From, without a login",
     .what_to_change = "log in; lists and forwarders need a grant for their network"},
    {.cause = Cause::lookup_failed,
     .id = "lookup-failed",
     .stage = Stage::mail,
     .action = Action::tempfail,
     .code = "450",
     .enhanced = "4.3.0",
     .text = "Not sent - wait five minutes and send again. Your settings are right. If it lasts "
             "ask {contact}.",
     .in_words = "a lookup failed; the client tries again",
     .what_to_change = "nothing: a table did not answer; mend it",
     .what_opens = "mail whose sender could not be looked up is let through"},
}};

constexpr bool rows_are_in_the_order_of_the_enum() {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows[i].cause) != i || all_causes[i] != rows[i].cause)
            return false;
    return true;
}
static_assert(rows_are_in_the_order_of_the_enum());

}  // namespace

const CauseRow& row_of(Cause cause) {
    return rows[static_cast<std::size_t>(cause)];
}

}  // namespace relaypermit
