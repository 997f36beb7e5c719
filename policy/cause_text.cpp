// The default texts: what a person reads in the error window of a mail program, on the display of
// a scanner or in a bounce, and acts on without knowing how mail works. Each says first what
// happened, then the one thing to do, in the words that mail programs use. Pure; any thread.
//
// Rules that the tests hold: plain ASCII; no , : ; (log summarisers cut there); no double quotes,
// parentheses or angle brackets (Sendmail's rewriting treats them as its own when the text
// arrives by a map); room for values of everyday length, the help address and the reference.
#include "policy/cause.h"

namespace relaypermit {

std::string_view default_text(Cause cause) {
    switch (cause) {
        case Cause::tls_required:
            return "Not sent - your mail program connected to {server} without encryption. In its "
                   "settings for outgoing mail choose port 587 with STARTTLS or port 465 with "
                   "SSL/TLS and send again.";
        case Cause::login_required:
            return "Not sent - your mail program did not log in to {server}. In its settings for "
                   "outgoing mail turn on 'My outgoing server requires authentication' and enter "
                   "your mail user name and password. If that is on already then the password was "
                   "refused - enter both again.";
        case Cause::account_suspended:
            return "Not sent - {server} has stopped all mail from {login} for now. No setting in "
                   "your mail program changes that - please call the people who run {server}.";
        case Cause::client_not_allowed:
            return "Not sent - {login} may send only from certain networks and you are in another "
                   "one. Connect to the usual network or its VPN and send again - or ask the "
                   "people who run {server} to allow your address {client}";
        case Cause::weak_login:
            return "Not sent - {server} does not accept the way in which your mail program logged "
                   "in as {login}. In its settings for outgoing mail choose another "
                   "'Authentication method' or ask the people who run {server} which one.";
        case Cause::helo_forged:
            return "Not sent - the sending computer calls itself by the name of {server}. In a "
                   "mail program choose port 587 with STARTTLS for outgoing mail and turn on "
                   "authentication. A mail server must say its own host name in HELO.";
        case Cause::null_sender_refused:
            return "Not sent - the message has no sender address. In the settings of your mail "
                   "program or device enter your own mail address. {server} does not send "
                   "receipts and automatic replies without a sender.";
        case Cause::sender_not_owned:
            return "Not sent - you are logged in as {login} and may not send as {sender}. Choose "
                   "your own address as 'From' in your mail program or ask the people who run "
                   "{server} to allow {sender} for you.";
        case Cause::sender_not_hosted:
            return "Not sent - {sender} does not belong to {server} where your mail program "
                   "logged in as {login}. In the settings of that address choose the outgoing "
                   "server of its own provider or send from the address that you have here.";
        case Cause::recipient_not_allowed:
            return "Not sent - {login} may not write to {recipient} because this account may only "
                   "write to certain people. Send it from another account or ask the people who "
                   "run {server} to allow this recipient.";
        case Cause::use_submission:
            return "Not sent because your mail program did not log in to {server}. In its settings "
                   "for outgoing mail choose port 587 with STARTTLS or port 465 with SSL/TLS and "
                   "turn on authentication with your mail user name and password.";
        case Cause::relay_not_permitted:
            return "Not sent - {server} is not the outgoing mail server of {sender}. In your mail "
                   "program enter the outgoing server of the provider of that address. If you "
                   "used it already then {recipient} is not at {server} - ask its owner.";
        case Cause::hosted_sender_needs_login:
            return "Not sent - mail from {sender} must come through a login at {server}. In the "
                   "settings for outgoing mail choose port 587 with STARTTLS or port 465 with "
                   "SSL/TLS and turn on authentication with your mail user name and password.";
        case Cause::from_unusable:
            return "Not sent - the 'From' line of this message is missing or not clear. In the "
                   "account settings of your mail program enter your name in plain letters and "
                   "one mail address and send again.";
        case Cause::from_not_owned:
            return "Not sent - you are logged in as {login} but the message says that it is from "
                   "{from}. Choose your own address as 'From' in your mail program or ask the "
                   "people who run {server} to allow {from} for you.";
        case Cause::hosted_from_needs_login:
            return "Not sent - mail with {from} in 'From' must come through a login at {server}. "
                   "In the settings for outgoing mail choose port 587 with STARTTLS or port 465 "
                   "with SSL/TLS and turn on authentication with your mail user name and "
                   "password.";
        case Cause::lookup_failed:
            break;
    }
    return "Not sent yet - {server} could not check your permission because something is out of "
           "order there. Your message and your settings are fine - please send it again in a few "
           "minutes.";
}

std::string_view on_behalf_text() {
    return "Not sent - {login} may not send on behalf of {from}. Choose your own address as 'From' "
           "in your mail program or ask the people who run {server} to let you write for {from}.";
}

}  // namespace relaypermit
