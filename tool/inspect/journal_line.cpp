// Reads JSON by nlohmann's library, as config/control_protocol.cpp does.
#include "tool/inspect/journal_line.h"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace relaypermit {
namespace {

using Json = nlohmann::json;

// A text, or where it holds what is no UTF-8 the list of its bytes (systemd's
// JOURNAL_EXPORT_FORMATS, "Journal JSON Format"). Of a field that an entry has twice, a list of
// texts, nothing.
std::string text_of(const Json& entry, const char* key) {
    const auto found = entry.find(key);
    if (found == entry.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    std::string text;
    if (found->is_array()) {
        for (const Json& byte : *found) {
            if (!byte.is_number_unsigned() || byte.get<unsigned>() > 0xFF) return {};
            text += static_cast<char>(byte.get<unsigned>());
        }
    }
    return text;
}

}  // namespace

std::optional<JournalLine> read_journal_line(std::string_view line) {
    const Json entry = Json::parse(line, nullptr, false);
    if (!entry.is_object()) return std::nullopt;
    const std::string stamp = text_of(entry, "__REALTIME_TIMESTAMP");
    std::uint64_t microseconds = 0;
    const auto [end, fault] =
        std::from_chars(stamp.data(), stamp.data() + stamp.size(), microseconds);
    // Up to the year 9999, which the clocks of this program can show.
    constexpr std::uint64_t latest = 253'402'300'799'999'999;
    if (fault != std::errc{} || end != stamp.data() + stamp.size() || stamp.empty() ||
        microseconds > latest) {
        return std::nullopt;
    }
    return JournalLine{TimePoint{std::chrono::seconds{microseconds / 1'000'000}},
                       text_of(entry, "SYSLOG_IDENTIFIER"), text_of(entry, "MESSAGE")};
}

}  // namespace relaypermit
