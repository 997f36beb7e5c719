#include "tool/inspect/hint.h"

namespace relaypermit {

std::string_view what_to_change(Cause cause, LoginTrouble trouble) {
    switch (trouble) {
        case LoginTrouble::wrong_password:
            return "enter the password anew in the mail program: the server refused it";
        case LoginTrouble::mechanism:
            return "choose another way to log in in the mail program (\"normal password\")";
        case LoginTrouble::unavailable:
            return "nothing: the server could not check the password; mend its login service";
        case LoginTrouble::none:
            break;
    }
    switch (cause) {
        case Cause::tls_required:
            return "choose STARTTLS on port 587 or SSL/TLS on port 465 in the mail program";
        case Cause::login_required:
            return "turn on authentication for the outgoing server in the mail program";
        case Cause::account_suspended:
            return "find out why it is suspended, change its password, then resume it";
        case Cause::client_not_allowed:
            return "send from the permitted network, or widen the restriction";
        case Cause::weak_login:
            return "choose another way to log in in the mail program";
        case Cause::helo_forged:
            return "nothing, unless it is a server of your own: trust its network";
        case Cause::null_sender_refused:
            return "let vacation replies and receipts be sent by the server, or allow the null "
                   "sender";
        case Cause::sender_not_owned:
            return "correct the address in the mail program, or grant it (see suggest)";
        case Cause::sender_not_hosted:
            return "send through that domain's own provider, or grant the address (see suggest)";
        case Cause::recipient_not_allowed:
            return "write to permitted recipients only, or widen the restriction";
        case Cause::use_submission:
            return "log in, on port 587 or 465 instead of 25";
        case Cause::relay_not_permitted:
            return "nothing for strangers; a device of your own needs a grant for its network";
        case Cause::hosted_sender_needs_login:
            return "log in; a forwarder or a web form needs a grant for its network";
        case Cause::from_unusable:
            return "correct the name and address in the mail program's account settings";
        case Cause::from_not_owned:
            return "correct the From address in the mail program, or grant it (see suggest)";
        case Cause::hosted_from_needs_login:
            return "log in; lists and forwarders need a grant for their network";
        case Cause::lookup_failed:
            return "nothing: an alias table did not answer; mend it";
    }
    return "";
}

std::string_view in_words(Cause cause) {
    switch (cause) {
        case Cause::tls_required:
            return "no encryption";
        case Cause::login_required:
            return "no login on a submission port";
        case Cause::account_suspended:
            return "the account is suspended";
        case Cause::client_not_allowed:
            return "not from this network";
        case Cause::weak_login:
            return "not with this way to log in";
        case Cause::helo_forged:
            return "the client takes the server's own name";
        case Cause::null_sender_refused:
            return "no null sender from accounts";
        case Cause::sender_not_owned:
            return "the sender is not this login's";
        case Cause::sender_not_hosted:
            return "the sender's domain is not hosted here";
        case Cause::recipient_not_allowed:
            return "not to this recipient";
        case Cause::use_submission:
            return "port 25 used to send, without a login";
        case Cause::relay_not_permitted:
            return "neither sender nor recipient is ours";
        case Cause::hosted_sender_needs_login:
            return "our address from outside, without a login";
        case Cause::from_unusable:
            return "From cannot be read in one way";
        case Cause::from_not_owned:
            return "From is not this login's";
        case Cause::hosted_from_needs_login:
            return "our address in From, without a login";
        case Cause::lookup_failed:
            return "a lookup failed; the client tries again";
    }
    return "";
}

}  // namespace relaypermit
