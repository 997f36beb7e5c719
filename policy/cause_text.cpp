// The texts that stand in for a cause's own where more is known. The rules of cause_rows.cpp hold
// for them, too. Pure; any thread.
#include "policy/cause.h"

namespace relaypermit {

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

std::string_view name_fault_text(NameFault fault) {
    switch (fault) {
        case NameFault::none:
            break;
        case NameFault::at_sign:
            return "Not sent - take the @ sign out of the name beside your address. Change it in "
                   "the account settings of your mail program and send again.";
        case NameFault::letters:
            return "Not sent - write the name beside your address in plain letters. Change it in "
                   "the account settings of your mail program and send again.";
    }
    return {};
}

}  // namespace relaypermit
