// The default texts: what a person reads in the error window of a mail program, on the display of
// a scanner or in a bounce, and acts on without knowing how mail works. Pure; any thread.
//
// Each says what happened in plain words, then the one thing to do, in the words that settings of
// mail programs use and with the values to enter; whom to ask comes last. Where the wire cannot
// tell two causes apart, the text names both checks in order.
//
// The tests hold: plain ASCII; no , : ; (log summarisers cut there); no double quotes, parentheses
// or angle brackets (sendmail.cf takes them for its own where a text arrives by a map); room for
// values of everyday length, the help address and the reference. A value that can hold a colon
// ({client}) stands last.
#include "policy/cause.h"

namespace relaypermit {

std::string_view default_text(Cause cause) {
    switch (cause) {
        case Cause::tls_required:
            return "Not sent - your mail program or device connected to {server} without "
                   "encryption. In its outgoing server settings choose port 587 with STARTTLS or "
                   "port 465 with SSL/TLS and send again.";
        case Cause::login_required:
            return "Not sent - your mail program or device did not log in to {server}. In its "
                   "outgoing server settings turn on 'My outgoing server requires authentication' "
                   "and enter your mail user name and password. If that is on already then the "
                   "user name or password is wrong - enter both again.";
        case Cause::account_suspended:
            return "Not sent - {server} has blocked {login} from sending mail. No setting in your "
                   "mail program changes this - call the people who run {server} or write to them "
                   "from another address.";
        case Cause::client_not_allowed:
            return "Not sent - {login} may send only from certain networks and you are in another "
                   "one. Connect to your usual network or its VPN and send again. If you must send "
                   "from here ask the people who run {server} to allow {client}";
        case Cause::weak_login:
            return "Not sent - your mail program logged in as {login} in a way that {server} does "
                   "not accept. In its outgoing server settings choose another 'Authentication "
                   "method' and send again. If none works ask the people who run {server}.";
        case Cause::helo_forged:
            return "Not sent - the sending computer gave the name of {server} as its own. If that "
                   "is your mail program choose port 587 with STARTTLS in its outgoing server "
                   "settings and turn on authentication. If it is a mail server give it a HELO "
                   "name of its own.";
        case Cause::null_sender_refused:
            return "Not sent - the message came without a sender address. Enter your mail address "
                   "as sender in the settings of your mail program or device and send again. "
                   "{server} does not send read receipts or automatic replies without one.";
        case Cause::sender_not_owned:
            return "Not sent - your mail program logged in as {login} and may not send as "
                   "{sender}. Choose a 'From' address that belongs to {login} and send again. If "
                   "you need {sender} ask the people who run {server} to allow it.";
        case Cause::sender_not_hosted:
            return "Not sent - your mail program logged in to {server} as {login} but {sender} "
                   "belongs to another provider. In the account settings of that address choose "
                   "the outgoing server of its provider - or choose a 'From' address that belongs "
                   "to {login}.";
        case Cause::recipient_not_allowed:
            return "Not sent - {login} may write only to certain people and {recipient} is not one "
                   "of them. Remove this recipient and send again. If you must write there use "
                   "another account or ask the people who run {server} to allow it.";
        case Cause::use_submission:
            return "Not sent because your mail program or device did not log in to {server} - the "
                   "recipient is not the problem. In its outgoing server settings choose port 587 "
                   "with STARTTLS or port 465 with SSL/TLS and turn on authentication with your "
                   "mail user name and password. Relay not permitted.";
        case Cause::relay_not_permitted:
            return "Not sent - {server} is not the outgoing server for {sender}. In your mail "
                   "program enter the outgoing server of its provider and log in there. If it is "
                   "entered already then {recipient} gets no mail here - ask its owner. Relay not "
                   "permitted.";
        case Cause::hosted_sender_needs_login:
            return "Not sent because your mail program did not log in to {server} as the owner of "
                   "{sender}. In its outgoing server settings choose port 587 with STARTTLS or "
                   "port 465 with SSL/TLS and turn on authentication with your mail user name and "
                   "password.";
        case Cause::from_unusable:
            return "Not sent - the 'From' line of this message is missing or unclear. In the "
                   "account settings of your mail program enter one mail address and write your "
                   "name in plain letters without @ or brackets - then send again.";
        case Cause::from_not_owned:
            return "Not sent - {login} may not send a message that names {from} as its sender. "
                   "Choose a 'From' address that belongs to {login} and send again. If you need "
                   "{from} ask the people who run {server} to allow it.";
        case Cause::hosted_from_needs_login:
            return "Not sent because your mail program did not log in to {server} as the owner of "
                   "{from}. In its outgoing server settings choose port 587 with STARTTLS or port "
                   "465 with SSL/TLS and turn on authentication with your mail user name and "
                   "password.";
        case Cause::lookup_failed:
            break;
    }
    return "Not sent yet - {server} could not check just now whether you may send this message. "
           "You need not change anything - wait a few minutes and send it again.";
}

std::string_view on_behalf_text() {
    return "Not sent - {login} may not send on behalf of {from}. Choose your own address as 'From' "
           "and send again. To write for {from} ask the people who run {server} to allow it.";
}

std::string_view login_defect_text(LoginDefect defect) {
    switch (defect) {
        case LoginDefect::none:
            break;
        case LoginDefect::unreadable:
            return "Not sent - user name '{login}' does not work here. Check your outgoing server "
                   "settings or ask those who run {server}.";
        case LoginDefect::blank:
            return "Not sent - the user name has a blank too many - '{login}'. Remove it in the "
                   "outgoing server settings of your mail program.";
        case LoginDefect::no_realm:
            return "Not sent - '{login}' is half a user name. In your outgoing server settings "
                   "enter your mail address or ask those who run {server}.";
        case LoginDefect::owns_nothing:
            return "Not sent - user name '{login}' may not send. Check your outgoing server "
                   "settings or ask those who run {server}.";
    }
    return {};
}

std::string_view at_in_name_text() {
    return "Not sent - take the @ sign out of the name beside your address. Change it in the "
           "account settings of your mail program and send again.";
}

std::string_view short_text(Cause cause) {
    switch (cause) {
        case Cause::use_submission:
            return "Not sent - you are not logged in to {server}. In your outgoing server settings "
                   "choose port 587 with STARTTLS and turn on authentication. Relay not "
                   "permitted.";
        case Cause::relay_not_permitted:
            return "Not sent - {server} is not the outgoing server for {sender}. Enter the "
                   "outgoing server of its provider in your mail program. Relay not permitted.";
        default:
            return {};
    }
}

}  // namespace relaypermit
