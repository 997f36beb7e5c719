#include "record/line.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "record/value.h"

namespace relaypermit {

namespace {

constexpr std::string_view no_queue_id = "NOQUEUE";
constexpr std::size_t usual_line_bytes = 512;

// MTAs make queue ids of letters and digits. Whatever else one holds is escaped, so that the first
// ": " of a line ends it.
std::string written_queue_id(const std::string& id) {
    if (id.empty()) return std::string(no_queue_id);
    std::string out;
    for (const char c : id) {
        const bool plain = c > ' ' && c <= '~' && c != ':' && c != '\\' && c != '"';
        if (plain && !(out.empty() && id == no_queue_id))
            out += c;
        else
            append_hex_escape(out, c);
    }
    return out;
}

std::vector<std::string> ids_of(const std::vector<Cause>& causes) {
    std::vector<std::string> ids;
    for (const auto cause : causes) ids.emplace_back(to_string(cause));
    return ids;
}

// Takes a line apart from left to right. After the first fault everything reads as empty.
class LineReader {
  public:
    explicit LineReader(std::string_view line) : rest_(line) {}

    std::string queue_id() {
        const auto end = rest_.find(": ");
        if (end == std::string_view::npos) return fault("no queue id with `: ` behind it");
        const auto written = rest_.substr(0, end);
        rest_.remove_prefix(end + 2);
        if (written == no_queue_id) return {};
        std::string id;
        for (std::size_t i = 0; i < written.size(); ++i) {
            unsigned char byte = 0;
            if (written[i] != '\\') {
                id += written[i];
            } else if (i + 3 < written.size() &&
                       std::from_chars(&written[i] + 2, &written[i] + 4, byte, 16).ptr ==
                           &written[i] + 4) {
                id += static_cast<char>(byte);
                i += 3;
            }
        }
        if (id.empty() || written_queue_id(id) != written) return fault("a queue id out of form");
        return id;
    }

    std::string value(std::string_view key) {
        auto read = read_value(written(key));
        return read ? std::move(*read) : fault_of(key);
    }

    ValueList list(std::string_view key) {
        auto read = read_list(written(key));
        if (read) return std::move(*read);
        fault_of(key);
        return {};
    }

    std::vector<std::string> members(std::string_view key) {
        auto read = list(key);
        if (read.number) fault_of(key);
        return std::move(read.members);
    }

    template <typename Enum, std::size_t count>
    Enum one_of(std::string_view key, const std::array<Enum, count>& all) {
        const auto name = value(key);
        for (const auto each : all)
            if (to_string(each) == name) return each;
        fault_of(key);
        return {};
    }

    std::uint16_t port(std::string_view key) {
        const auto text = value(key);
        std::uint16_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        if ((number == 0 ? "" : std::to_string(number)) != text) fault_of(key);
        return number;
    }

    std::string fault_of(std::string_view key) {
        return fault("the value of `" + std::string(key) + "` is not one that is written here");
    }

    // Whether this key comes next. After a fault none does.
    [[nodiscard]] bool next_is(std::string_view key) const {
        return !why_ && rest_.starts_with(key) && rest_.substr(key.size()).starts_with('=');
    }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] const std::optional<std::string>& why() const { return why_; }

  private:
    std::string fault(std::string why) {
        if (!why_) why_ = std::move(why);
        return {};
    }

    // What stands behind `key=`, as it is written; `-` after a fault.
    std::string_view written(std::string_view key) {
        if (why_) return "-";
        if (!next_is(key)) {
            fault("no `" + std::string(key) + "=` in its place");
            return "-";
        }
        rest_.remove_prefix(key.size() + 1);
        const auto end = end_of_value();
        const auto found = rest_.substr(0, end);
        rest_.remove_prefix(end);
        if (!rest_.empty()) {
            rest_.remove_prefix(1);
            if (rest_.empty()) fault("a space at the end");
        }
        return found;
    }

    // Up to the first space outside quotes.
    [[nodiscard]] std::size_t end_of_value() const {
        bool in_quotes = false;
        for (std::size_t i = 0; i < rest_.size(); ++i)
            if (rest_[i] == '\\')
                ++i;
            else if (rest_[i] == '"')
                in_quotes = !in_quotes;
            else if (rest_[i] == ' ' && !in_quotes)
                return i;
        return rest_.size();
    }

    std::string_view rest_;
    std::optional<std::string> why_{};
};

std::optional<Cause> read_cause(LineReader& reader) {
    const auto id = reader.value("cause");
    const auto cause = cause_from(id);
    if (!cause && !id.empty()) reader.fault_of("cause");
    return cause;
}

void read_recipients(LineReader& reader, Record& record) {
    auto list = reader.list("rcpt");
    if (list.number == list.members.size()) reader.fault_of("rcpt");
    record.recipient_count = list.number.value_or(list.members.size());
    record.recipients = std::move(list.members);
}

std::vector<Cause> read_causes(LineReader& reader) {
    std::vector<Cause> causes;
    for (const auto& id : reader.members("also")) {
        const auto cause = cause_from(id);
        if (!cause) reader.fault_of("also");
        causes.push_back(cause.value_or(Cause{}));
    }
    return causes;
}

}  // namespace

std::string format_line(const Record& given) {
    std::optional<Record> cut;
    if (!plainly_within_limits(given)) cut = within_limits(given);
    const Record& record = cut ? *cut : given;
    std::string line;
    line.reserve(usual_line_bytes);
    line.append(written_queue_id(record.queue_id)).append(":");
    const auto key = [&line](std::string_view name) {
        line += ' ';
        line += name;
        line += '=';
    };
    const auto value = [&](std::string_view name, std::string_view text) {
        key(name);
        append_value(line, text);
    };
    const auto list = [&](std::string_view name, const std::vector<std::string>& members) {
        key(name);
        append_list(line, members);
    };

    value("verdict", to_string(record.verdict));
    value("cause", record.cause ? to_string(*record.cause) : "");
    value("ref", record.reference);
    value("stage", to_string(record.stage));
    value("login", record.login);
    value("mech", record.mechanism);
    value("sender", record.sender);
    list("from", record.from);
    value("hdrsender", record.header_sender);
    key("rcpt");
    append_list(line, record.recipients,
                record.recipient_count == record.recipients.size()
                    ? std::nullopt
                    : std::optional(record.recipient_count));
    value("mailer", record.mailer);
    value("client", record.client);
    value("port", record.port == 0 ? "" : std::to_string(record.port));
    value("daemon", record.daemon);
    value("mta", to_string(record.mta));
    value("tls", record.tls);
    value("helo", record.helo);
    list("rule", record.rules);
    list("also", ids_of(record.also));
    if (record.agent) value("agent", *record.agent);
    value("reply", record.reply);
    return line;
}

tl::expected<Record, LineFault> parse_line(std::string_view line) {
    LineReader reader(line);
    Record record;
    record.queue_id = reader.queue_id();
    record.verdict = reader.one_of("verdict", all_outcomes);
    record.cause = read_cause(reader);
    record.reference = reader.value("ref");
    record.stage = reader.one_of("stage", all_stages);
    record.login = reader.value("login");
    record.mechanism = reader.value("mech");
    record.sender = reader.value("sender");
    record.from = reader.members("from");
    record.header_sender = reader.value("hdrsender");
    read_recipients(reader, record);
    record.mailer = reader.value("mailer");
    record.client = reader.value("client");
    record.port = reader.port("port");
    record.daemon = reader.value("daemon");
    record.mta = reader.one_of("mta", all_mtas);
    record.tls = reader.value("tls");
    record.helo = reader.value("helo");
    record.rules = reader.members("rule");
    record.also = read_causes(reader);
    if (reader.next_is("agent")) record.agent = reader.value("agent");
    record.reply = reader.value("reply");

    if (reader.why()) return tl::make_unexpected(LineFault{*reader.why()});
    if (!reader.at_end()) return tl::make_unexpected(LineFault{"text behind the last value"});
    if (cut_to_limits(record))
        return tl::make_unexpected(LineFault{"a value that is longer than one is written"});
    return record;
}

}  // namespace relaypermit
