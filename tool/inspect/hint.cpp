#include "tool/inspect/hint.h"

#include "policy/cause_rows.h"

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
    return row_of(cause).what_to_change;
}

}  // namespace relaypermit
