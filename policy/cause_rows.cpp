// The table of causes: one row each, with all that is said of it.
//
// `text` is what a person reads in the error window of a mail program, on the display of a scanner
// or in a bounce, and acts on without knowing how mail works. It says what happened in plain words,
// then the one thing to do, in the words that settings of mail programs use and with the values to
// enter; whom to ask comes last. Where the wire cannot tell two causes apart, it names both checks
// in order. The tests hold: plain ASCII; no , : ; (log summarisers cut there); no double quotes,
// parentheses or angle brackets (sendmail.cf takes them for its own where a text arrives by a map);
// room for values of everyday length, the help address and the reference. A value that can hold a
// colon ({client}) stands last.
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
     .text = "Not sent - your mail program or device connected to {server} without "
             "encryption. In its outgoing server settings choose port 587 with STARTTLS or "
             "port 465 with SSL/TLS and send again.",
     .in_words = "no encryption",
     .what_to_change = "choose STARTTLS on port 587 or SSL/TLS on port 465 in the mail program",
     .what_opens = "mail without TLS is taken on submission ports"},
    {.cause = Cause::login_required,
     .id = "login-required",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "530",
     .enhanced = "5.7.0",
     .text = "Not sent - your mail program or device did not log in to {server}. In its "
             "outgoing server settings turn on 'My outgoing server requires authentication' "
             "and enter your mail user name and password. If that is on already then the "
             "user name or password is wrong - enter both again.",
     .in_words = "no login on a submission port",
     .what_to_change = "turn on authentication for the outgoing server in the mail program",
     .what_opens = "anyone may relay on a submission port, without a login"},
    {.cause = Cause::account_suspended,
     .id = "account-suspended",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - {server} has blocked {login} from sending mail. No setting in your "
             "mail program changes this - call the people who run {server} or write to them "
             "from another address.",
     .in_words = "the account is suspended",
     .what_to_change = "find out why it is suspended, change its password, then resume it",
     .what_opens = "no suspension has an effect"},
    {.cause = Cause::client_not_allowed,
     .id = "client-not-allowed",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - {login} may send only from certain networks and you are in another "
             "one. Connect to your usual network or its VPN and send again. If you must send "
             "from here ask the people who run {server} to allow {client}",
     .in_words = "not from this network",
     .what_to_change = "send from the permitted network, or widen the restriction",
     .what_opens = "no restriction by `networks` has an effect"},
    {.cause = Cause::weak_login,
     .id = "weak-login",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - your mail program logged in as {login} in a way that {server} does "
             "not accept. In its outgoing server settings choose another 'Authentication "
             "method' and send again. If none works ask the people who run {server}.",
     .in_words = "not with this way to log in",
     .what_to_change = "choose another way to log in in the mail program",
     .what_opens = "no restriction by `mechanisms` has an effect"},
    {.cause = Cause::helo_forged,
     .id = "helo-forged",
     .stage = Stage::mail,
     .action = Action::off,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - the sending computer gave the name of {server} as its own. If that "
             "is your mail program choose port 587 with STARTTLS in its outgoing server "
             "settings and turn on authentication. If it is a mail server give it a HELO "
             "name of its own.",
     .in_words = "the client takes the server's own name",
     .what_to_change = "nothing, unless it is a server of your own: trust its network"},
    {.cause = Cause::null_sender_refused,
     .id = "null-sender-refused",
     .stage = Stage::mail,
     .action = Action::off,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - the message came without a sender address. Enter your mail address "
             "as sender in the settings of your mail program or device and send again. "
             "{server} does not send read receipts or automatic replies without one.",
     .in_words = "no null sender from accounts",
     .what_to_change = "let vacation replies and receipts be sent by the server, or allow the null "
                       "sender"},
    {.cause = Cause::sender_not_owned,
     .id = "sender-not-owned",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - your mail program logged in as {login} and may not send as "
             "{sender}. Choose a 'From' address that belongs to {login} and send again. If "
             "you need {sender} ask the people who run {server} to allow it.",
     .in_words = "the sender is not this login's",
     .what_to_change = "correct the address in the mail program, or grant it (see suggest)",
     .what_opens = "a login may send as any address of the hosted domains"},
    {.cause = Cause::sender_not_hosted,
     .id = "sender-not-hosted",
     .stage = Stage::mail,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - your mail program logged in to {server} as {login} but {sender} "
             "belongs to another provider. In the account settings of that address choose "
             "the outgoing server of its provider - or choose a 'From' address that belongs "
             "to {login}.",
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
     .text = "Not sent - {login} may write only to certain people and {recipient} is not one "
             "of them. Remove this recipient and send again. If you must write there use "
             "another account or ask the people who run {server} to allow it.",
     .in_words = "not to this recipient",
     .what_to_change = "write to permitted recipients only, or widen the restriction",
     .what_opens = "no restriction by `recipients` has an effect"},
    {.cause = Cause::use_submission,
     .id = "use-submission",
     .stage = Stage::rcpt,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent because your mail program or device did not log in to {server} - the "
             "recipient is not the problem. In its outgoing server settings choose port 587 "
             "with STARTTLS or port 465 with SSL/TLS and turn on authentication with your "
             "mail user name and password. Relay not permitted.",
     .short_text = "Not sent - you are not logged in to {server}. In your outgoing server settings "
                   "choose port 587 with STARTTLS and turn on authentication. Relay not "
                   "permitted.",
     .in_words = "port 25 used to send, without a login",
     .what_to_change = "log in, on port 587 or 465 instead of 25",
     .what_opens = "anyone may relay outside submission ports as a sender of a hosted domain"},
    {.cause = Cause::relay_not_permitted,
     .id = "relay-not-permitted",
     .stage = Stage::rcpt,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - {server} is not the outgoing server for {sender}. In your mail "
             "program enter the outgoing server of its provider and log in there. If it is "
             "entered already then {recipient} gets no mail here - ask its owner. Relay not "
             "permitted.",
     .short_text = "Not sent - {server} is not the outgoing server for {sender}. Enter the "
                   "outgoing server of its provider in your mail program. Relay not permitted.",
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
     .text = "Not sent because your mail program did not log in to {server} as the owner of "
             "{sender}. In its outgoing server settings choose port 587 with STARTTLS or "
             "port 465 with SSL/TLS and turn on authentication with your mail user name and "
             "password.",
     .in_words = "our address from outside, without a login",
     .what_to_change = "log in; a forwarder or a web form needs a grant for its network"},
    {.cause = Cause::from_unusable,
     .id = "from-unusable",
     .stage = Stage::headers,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - the 'From' line of this message is missing or unclear. In the "
             "account settings of your mail program enter one mail address and write your "
             "name in plain letters without @ or brackets - then send again.",
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
     .text = "Not sent - {login} may not send a message that names {from} as its sender. "
             "Choose a 'From' address that belongs to {login} and send again. If you need "
             "{from} ask the people who run {server} to allow it.",
     .in_words = "From is not this login's",
     .what_to_change = "correct the From address in the mail program, or grant it (see suggest)",
     .what_opens = "a login may write any address into From"},
    {.cause = Cause::from_not_aligned,
     .id = "from-not-aligned",
     .stage = Stage::headers,
     .action = Action::reject,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent - the message names {from} as its sender but your mail program sends it as "
             "{sender}. Choose one address for both in its account settings and send again. If "
             "they must differ ask the people who run {server}.",
     .in_words = "From is not the address it is sent as",
     .what_to_change = "use one address in the mail program, or turn `alignment` off in [from]"},
    {.cause = Cause::hosted_from_needs_login,
     .id = "hosted-from-needs-login",
     .stage = Stage::headers,
     .action = Action::off,
     .code = "550",
     .enhanced = "5.7.1",
     .text = "Not sent because your mail program did not log in to {server} as the owner of "
             "{from}. In its outgoing server settings choose port 587 with STARTTLS or port "
             "465 with SSL/TLS and turn on authentication with your mail user name and "
             "password.",
     .in_words = "our address in From, without a login",
     .what_to_change = "log in; lists and forwarders need a grant for their network"},
    {.cause = Cause::lookup_failed,
     .id = "lookup-failed",
     .stage = Stage::mail,
     .action = Action::tempfail,
     .code = "450",
     .enhanced = "4.3.0",
     .text = "Not sent yet - {server} could not check just now whether you may send this message. "
             "You need not change anything - wait a few minutes and send it again.",
     .in_words = "a lookup failed; the client tries again",
     .what_to_change = "nothing: an alias table did not answer; mend it",
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
