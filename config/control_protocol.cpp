#include "config/control_protocol.h"

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace relaypermit {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 3> asks = {"status", "reload", "account"};

std::string line_of(const Json& json) {
    // Bytes that are no UTF-8 are a file's or a client's own, and no reason to fail.
    return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

// Each field once, for both directions.
class Writer {
  public:
    template <class Value>
    void field(const char* key, const Value& value) {
        json[key] = value;
    }
    void field(const char* key, const TimePoint& value) {
        json[key] = value.time_since_epoch().count();
    }
    Json json = Json::object();
};

class Taker {
  public:
    explicit Taker(const Json& from) : json(from) {}
    template <class Value>
    void field(const char* key, Value& value) {
        if (const auto found = json.find(key); found != json.end()) found->get_to(value);
    }
    void field(const char* key, TimePoint& value) {
        std::int64_t seconds = value.time_since_epoch().count();
        field(key, seconds);
        value = TimePoint(std::chrono::seconds(seconds));
    }
    const Json& json;
};

template <class Side, class Report>
void reload_fields(Side& side, Report& report) {
    side.field("when", report.when);
    side.field("loaded", report.loaded);
    side.field("mistakes", report.mistakes);
    side.field("mistake_count", report.mistake_count);
    side.field("suspensions_in_force", report.suspensions_in_force);
    side.field("suspension_faults", report.suspension_faults);
    side.field("failed", report.failed);
    side.field("warnings", report.warnings);
    side.field("changed", report.changed);
}

template <class Side, class State>
void account_fields(Side& side, State& state) {
    side.field("login", state.login);
    side.field("forms", state.forms);
    side.field("suspended", state.suspended);
    side.field("rule", state.rule);
    side.field("place", state.place);
    side.field("until", state.until);
    side.field("why_not", state.why_not);
}

template <class Side, class File>
void file_fields(Side& side, File& file) {
    side.field("name", file.name);
    side.field("sha256", file.checksum);
}

template <class Side, class Store>
void store_fields(Side& side, Store& store) {
    side.field("path", store.path);
    side.field("waiting", store.waiting);
    side.field("stored", store.stored);
    side.field("dropped", store.dropped);
    side.field("trouble", store.trouble);
}

template <class Side, class Suspension>
void suspension_fields(Side& side, Suspension& suspension) {
    side.field("login", suspension.login);
    side.field("rule", suspension.rule);
    side.field("place", suspension.place);
    side.field("since", suspension.since);
    side.field("until", suspension.until);
    side.field("ended", suspension.ended);
    side.field("note", suspension.note);
}

template <class Side, class Table>
void table_fields(Side& side, Table& table) {
    side.field("id", table.id);
    side.field("trouble", table.trouble);
}

// What has no part that needs a function of its own.
template <class Side, class Status>
void plain_status_fields(Side& side, Status& status) {
    side.field("process", status.process);
    side.field("version", status.version);
    side.field("started", status.started);
    side.field("policy", status.policy);
    side.field("folder", status.folder);
    side.field("summary", status.summary);
    side.field("since", status.since);
    side.field("suspensions_on_top", status.suspensions_on_top);
    side.field("kept_over_a_crash", status.kept_over_a_crash);
    side.field("suspension_count", status.suspension_count);
    side.field("changed", status.changed);
    side.field("sockets", status.sockets);
    side.field("sessions", status.sessions);
    side.field("messages", status.messages);
}

Json json_of(const ReloadReport& report) {
    Writer writer;
    reload_fields(writer, report);
    return writer.json;
}

Json json_of(const AccountState& account) {
    Writer writer;
    account_fields(writer, account);
    return writer.json;
}

Json json_of(const DaemonStatus& status) {
    Writer writer;
    plain_status_fields(writer, status);
    writer.json["reload"] = json_of(status.reload);
    writer.json["files"] = Json::array();
    for (const ReadFile& file : status.files) {
        Writer one;
        file_fields(one, file);
        writer.json["files"].push_back(one.json);
    }
    writer.json["suspensions"] = Json::array();
    for (const SuspensionStatus& suspension : status.suspensions) {
        Writer one;
        suspension_fields(one, suspension);
        writer.json["suspensions"].push_back(one.json);
    }
    if (status.store) {
        Writer store;
        store_fields(store, *status.store);
        writer.json["store"] = store.json;
    }
    writer.json["tables"] = Json::array();
    for (const TableStatus& table : status.tables) {
        Writer one;
        table_fields(one, table);
        writer.json["tables"].push_back(one.json);
    }
    return writer.json;
}

ReloadReport reload_of(const Json& json) {
    ReloadReport report;
    Taker taker(json);
    reload_fields(taker, report);
    return report;
}

AccountState account_of(const Json& json) {
    AccountState account;
    Taker taker(json);
    account_fields(taker, account);
    return account;
}

DaemonStatus status_of(const Json& json) {
    DaemonStatus status;
    Taker taker(json);
    plain_status_fields(taker, status);
    if (json.contains("reload")) status.reload = reload_of(json.at("reload"));
    for (const Json& file : json.value("files", Json::array())) {
        Taker one(file);
        file_fields(one, status.files.emplace_back());
    }
    for (const Json& suspension : json.value("suspensions", Json::array())) {
        Taker one(suspension);
        suspension_fields(one, status.suspensions.emplace_back());
    }
    if (json.contains("store")) {
        Taker store(json.at("store"));
        store_fields(store, status.store.emplace());
    }
    for (const Json& table : json.value("tables", Json::array())) {
        Taker one(table);
        table_fields(one, status.tables.emplace_back());
    }
    return status;
}

}  // namespace

std::string to_line(const ControlRequest& request) {
    Json json{{"ask", asks[static_cast<std::size_t>(request.ask)]}};
    if (!request.login.empty()) json["login"] = request.login;
    return line_of(json);
}

std::string to_line(const ControlAnswer& answer) {
    Json json = Json::object();
    if (!answer.fault.empty()) json["fault"] = answer.fault;
    if (answer.status) json["status"] = json_of(*answer.status);
    if (answer.reload) json["reload"] = json_of(*answer.reload);
    if (answer.account) json["account"] = json_of(*answer.account);
    return line_of(json);
}

std::optional<ControlRequest> read_control_request(std::string_view line) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    try {
        ControlRequest request;
        request.login = json.value("login", std::string());
        const std::string ask = json.value("ask", std::string());
        for (std::size_t i = 0; i < asks.size(); ++i) {
            if (asks[i] != ask) continue;
            request.ask = static_cast<ControlRequest::Ask>(i);
            return request;
        }
    } catch (const Json::exception&) {
    }
    return std::nullopt;
}

std::optional<ControlAnswer> read_control_answer(std::string_view line) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    try {
        ControlAnswer answer;
        answer.fault = json.value("fault", std::string());
        if (json.contains("status")) answer.status = status_of(json.at("status"));
        if (json.contains("reload")) answer.reload = reload_of(json.at("reload"));
        if (json.contains("account")) answer.account = account_of(json.at("account"));
        return answer;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

std::string nlohmann_json_version() {
    return std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." +
           std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "." +
           std::to_string(NLOHMANN_JSON_VERSION_PATCH);
}

}  // namespace relaypermit
