#include "record/record_json.h"

#include <string_view>

namespace relaypermit {

// The keys of a line in their order, "queue" before them and "rcpt_count" behind "rcpt"; as there,
// "agent" only where it is kept.
void write_members(JsonWriter& json, const Record& record) {
    const auto text = [&](std::string_view key, std::string_view value) {
        json.key(key);
        value.empty() ? json.null() : json.value(value);
    };
    text("queue", record.queue_id);
    text("verdict", to_string(record.verdict));
    text("cause", record.cause ? to_string(*record.cause) : std::string_view{});
    text("ref", record.reference);
    text("stage", to_string(record.stage));
    text("login", record.login);
    text("mech", record.mechanism);
    text("sender", record.sender);
    json.key("from").values(record.from);
    text("hdrsender", record.header_sender);
    json.key("rcpt").values(record.recipients);
    json.key("rcpt_count").value(record.recipient_count);
    text("mailer", record.mailer);
    text("client", record.client);
    json.key("port");
    record.port == 0 ? json.null() : json.value(record.port);
    text("daemon", record.daemon);
    text("mta", to_string(record.mta));
    text("tls", record.tls);
    text("helo", record.helo);
    json.key("rule").values(record.rules);
    json.key("also").open_array();
    for (const Cause cause : record.also) json.value(to_string(cause));
    json.close_array();
    if (record.agent) text("agent", *record.agent);
    text("reply", record.reply);
}

std::string to_json_text(const Record& record) {
    JsonWriter json;
    json.open_object();
    write_members(json, record);
    return json.close_object().take();
}

}  // namespace relaypermit
