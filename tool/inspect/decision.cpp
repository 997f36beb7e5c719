#include "tool/inspect/decision.h"

#include "record/record_json.h"
#include "tool/base/when.h"

namespace relaypermit {

std::string to_json_line(const Decision& decision) {
    JsonWriter json;
    json.open_object().key("time").value(rfc3339(decision.stored.time));
    json.key("last").value(rfc3339(decision.stored.last));
    json.key("count").value(decision.stored.count).key("varied").value(decision.stored.varied);
    if (decision.login_trouble != LoginTrouble::none)
        json.key("login_trouble").value(to_string(decision.login_trouble));
    if (!decision.tried_login.empty()) json.key("tried_login").value(decision.tried_login);
    write_members(json, decision.record());
    return json.close_object().take();
}

}  // namespace relaypermit
