// The only file of inspect/ that knows nlohmann's JSON.
#include "inspect/decision.h"

#include <nlohmann/json.hpp>

#include "inspect/json_writer.h"
#include "inspect/when.h"
#include "record/json.h"

namespace relaypermit {

std::string to_json_line(const Decision& decision) {
    JsonWriter json;
    json.open_object().key("time").value(rfc3339(decision.stored.time));
    json.key("last").value(rfc3339(decision.stored.last));
    json.key("count").value(decision.stored.count).key("varied").value(decision.stored.varied);
    if (decision.login_trouble != LoginTrouble::none) {
        json.key("login_trouble").value(to_string(decision.login_trouble));
    }
    if (!decision.tried_login.empty()) {
        json.key("tried_login").value(decision.tried_login);
    }
    json.close_object();
    // Two objects made one.
    std::string text = json.take();
    text.back() = ',';
    return text + to_json(decision.record()).dump().substr(1);
}

std::string to_json_text(const Record& record) {
    return to_json(record).dump();
}

}  // namespace relaypermit
