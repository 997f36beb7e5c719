// Reads JSON by nlohmann's library, as config/control_protocol.cpp does.
#include "record/json_line.h"

#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "policy/utf8.h"
#include "record/json_writer.h"
#include "record/record_json.h"
#include "record/value.h"

namespace relaypermit {

namespace {

using Json = nlohmann::json;

constexpr std::string_view first_member = R"({"queue":)";

struct NamedValue {
    std::string_view key;
    std::string Record::*value;
};
// Whatever a client or an MTA may have written bytes of its own into.
constexpr std::array values = {
    NamedValue{"queue", &Record::queue_id}, NamedValue{"ref", &Record::reference},
    NamedValue{"login", &Record::login},    NamedValue{"mech", &Record::mechanism},
    NamedValue{"sender", &Record::sender},  NamedValue{"hdrsender", &Record::header_sender},
    NamedValue{"mailer", &Record::mailer},  NamedValue{"client", &Record::client},
    NamedValue{"daemon", &Record::daemon},  NamedValue{"tls", &Record::tls},
    NamedValue{"helo", &Record::helo},      NamedValue{"reply", &Record::reply},
};
struct NamedList {
    std::string_view key;
    std::vector<std::string> Record::*list;
};
constexpr std::array lists = {NamedList{"from", &Record::from},
                              NamedList{"rcpt", &Record::recipients},
                              NamedList{"rule", &Record::rules}};

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t bytes =
            static_cast<unsigned char>(text[0]) < 0x80 ? 1 : first_code_point(text).bytes;
        if (bytes == 0) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

bool are_utf8(const std::vector<std::string>& texts) {
    for (const std::string& text : texts)
        if (!is_utf8(text)) return false;
    return true;
}

// The members of "exact"; nothing where there are none.
std::string exact_values(const Record& record) {
    JsonWriter json(0, JsonText::ascii);
    json.open_object();
    bool any = false;
    const auto add = [&](std::string_view key, std::string_view written) {
        json.key(key).value(written);
        any = true;
    };
    const auto add_value = [&](std::string_view key, const std::string& value) {
        if (is_utf8(value)) return;
        std::string written;
        append_value(written, value);
        add(key, written);
    };
    for (const auto& [key, value] : values) add_value(key, record.*value);
    if (record.agent) add_value("agent", *record.agent);
    for (const auto& [key, list] : lists) {
        if (are_utf8(record.*list)) continue;
        std::string written;
        append_list(written, record.*list);
        add(key, written);
    }
    json.close_object();
    return any ? json.take() : std::string();
}

std::string written(const Record& record) {
    JsonWriter json(0, JsonText::ascii);
    json.open_object();
    write_members(json, record);
    if (const std::string exact = exact_values(record); !exact.empty())
        json.key("exact").json(exact);
    return json.close_object().take();
}

// Takes what has the right kind and leaves the rest empty: what that made of a line is seen when it
// is written again.
class ObjectReader {
  public:
    explicit ObjectReader(const Json& object) : object_(object) {}

    [[nodiscard]] std::string text(std::string_view key) const {
        const Json* found = find(object_, key);
        return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
    }

    [[nodiscard]] std::uint64_t number(std::string_view key) const {
        const Json* found = find(object_, key);
        return found != nullptr && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
    }

    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const {
        std::vector<std::string> found;
        if (const Json* list = find(object_, key); list != nullptr && list->is_array())
            for (const Json& member : *list)
                if (member.is_string()) found.push_back(member.get<std::string>());
        return found;
    }

    // The first of `all` that is called so; where none is, the first of them.
    template <typename Enum, std::size_t count>
    [[nodiscard]] Enum one_of(std::string_view key, const std::array<Enum, count>& all) const {
        const std::string name = text(key);
        for (const Enum each : all)
            if (to_string(each) == name) return each;
        return all[0];
    }

    [[nodiscard]] bool has(std::string_view key) const { return find(object_, key) != nullptr; }

    // What "exact" says of a value or a list.
    [[nodiscard]] std::optional<std::string> exact(std::string_view key) const {
        const Json* all = find(object_, "exact");
        if (all == nullptr || !all->is_object()) return std::nullopt;
        const Json* found = find(*all, key);
        if (found == nullptr || !found->is_string()) return std::nullopt;
        return found->get<std::string>();
    }

  private:
    static const Json* find(const Json& object, std::string_view key) {
        const auto found = object.find(key);
        return found == object.end() ? nullptr : &*found;
    }

    const Json& object_;
};

std::string value_of(const ObjectReader& reader, std::string_view key) {
    if (const auto exact = reader.exact(key)) return read_value(*exact).value_or("");
    return reader.text(key);
}

Record read(const ObjectReader& reader) {
    Record record;
    for (const auto& [key, value] : values) record.*value = value_of(reader, key);
    for (const auto& [key, list] : lists)
        if (const auto exact = reader.exact(key))
            record.*list = read_list(*exact).value_or(ValueList{}).members;
        else
            record.*list = reader.texts(key);
    if (reader.has("agent")) record.agent = value_of(reader, "agent");
    record.verdict = reader.one_of("verdict", all_outcomes);
    record.cause = cause_from(reader.text("cause"));
    record.stage = reader.one_of("stage", all_stages);
    record.mta = reader.one_of("mta", all_mtas);
    record.recipient_count = reader.number("rcpt_count");
    const auto port = reader.number("port");
    if (port <= std::numeric_limits<std::uint16_t>::max())
        record.port = static_cast<std::uint16_t>(port);
    for (const auto& id : reader.texts("also"))
        if (const auto cause = cause_from(id)) record.also.push_back(*cause);
    return record;
}

}  // namespace

std::string format_json_line(const Record& given) {
    std::optional<Record> cut;
    if (!plainly_within_limits(given)) cut = within_limits(given);
    std::string line = written(cut ? *cut : given);
    // Of values that are shorter still nothing is cut when the line is written again.
    for (std::size_t limit = max_value_bytes / 2; line.size() > max_json_line_bytes && limit > 0;
         limit /= 2) {
        Record shorter = cut ? *cut : given;
        static_cast<void>(cut_to_limits(shorter, limit));
        line = written(shorter);
    }
    return line;
}

tl::expected<Record, LineFault> parse_json_line(std::string_view line) {
    // Nothing longer is written; a megabyte of brackets need not be read.
    if (line.size() > max_json_line_bytes)
        return tl::make_unexpected(LineFault{"longer than a record is written"});
    const Json object = Json::parse(line, nullptr, false);
    if (!object.is_object()) return tl::make_unexpected(LineFault{"no JSON object"});
    Record record = read(ObjectReader(object));
    if (format_json_line(record) != line)
        return tl::make_unexpected(LineFault{"a JSON object that is not written here like this"});
    return record;
}

tl::expected<Record, LineFault> parse_message(std::string_view message) {
    return message.starts_with(first_member) ? parse_json_line(message) : parse_line(message);
}

bool looks_like_a_record(std::string_view message) {
    return message.starts_with(first_member) ||
           message.find(": verdict=") != std::string_view::npos;
}

}  // namespace relaypermit
