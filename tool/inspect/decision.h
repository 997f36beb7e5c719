// A decision as the inspecting commands see it: a row of the store, or a line of a mail log with
// what the MTA's own lines add. A value; any thread.
#pragma once

#include <optional>
#include <string>

#include "record/store.h"
#include "tool/inspect/login_failure.h"

namespace relaypermit {

struct Decision {
    StoredRecord stored{};
    // From the MTA's log, where the client tried to log in shortly before and failed.
    LoginTrouble login_trouble{};
    std::string tried_login{};

    [[nodiscard]] const Record& record() const { return stored.record; }
    [[nodiscard]] bool refused() const {
        return record().verdict == Outcome::reject || record().verdict == Outcome::tempfail;
    }
};

// Whom a record is about: the login, or the client where there is none.
[[nodiscard]] inline const std::string& person_of(const Record& record) {
    return record.login.empty() ? record.client : record.login;
}

// As one line of JSON: "time", "last", "count", "varied", "login_trouble" and "tried_login" where
// known, and the keys of the record.
[[nodiscard]] std::string to_json_line(const Decision& decision);

}  // namespace relaypermit
