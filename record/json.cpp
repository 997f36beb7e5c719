#include "record/json.h"

#include <nlohmann/json.hpp>

namespace relaypermit {

namespace {

using Json = nlohmann::ordered_json;

Json value(std::string_view text) {
    if (text.empty()) return nullptr;
    // What dump() makes of it is valid; strings are kept as they come otherwise.
    return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json list(const std::vector<std::string>& members) {
    auto array = Json::array();
    for (const auto& member : members) {
        array.push_back(member.empty() ? Json("") : value(member));
    }
    return array;
}

}  // namespace

Json to_json(const Record& record) {
    Json json;
    json["queue"] = value(record.queue_id);
    json["verdict"] = to_string(record.verdict);
    json["cause"] = value(record.cause ? to_string(*record.cause) : "");
    json["ref"] = value(record.reference);
    json["stage"] = to_string(record.stage);
    json["login"] = value(record.login);
    json["mech"] = value(record.mechanism);
    json["sender"] = value(record.sender);
    json["from"] = list(record.from);
    json["hdrsender"] = value(record.header_sender);
    json["rcpt"] = list(record.recipients);
    json["rcpt_count"] = record.recipient_count;
    json["mailer"] = value(record.mailer);
    json["client"] = value(record.client);
    json["port"] = record.port == 0 ? Json(nullptr) : Json(record.port);
    json["daemon"] = value(record.daemon);
    json["mta"] = to_string(record.mta);
    json["tls"] = value(record.tls);
    json["helo"] = value(record.helo);
    json["rule"] = list(record.rules);
    auto also = Json::array();
    for (const auto cause : record.also) also.push_back(to_string(cause));
    json["also"] = std::move(also);
    json["reply"] = value(record.reply);
    return json;
}

}  // namespace relaypermit
