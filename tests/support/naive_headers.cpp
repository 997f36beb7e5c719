#include "tests/support/naive_headers.h"

#include <algorithm>
#include <sstream>

#include "policy/from_field.h"
#include "tests/support/naive_patterns.h"

namespace relaypermit::naive {
namespace {

// As on the wire, CR LF and a lone LF alike, and nothing but blanks and tabs may follow.
bool holds_more_than_folds(std::string text) {
    for (const char* fold : {"\r\n ", "\r\n\t", "\n ", "\n\t"})
        for (std::size_t at = text.find(fold); at != std::string::npos; at = text.find(fold))
            text.replace(at, std::string(fold).size(), "_");
    return text.find_first_of(std::string("\r\n\0", 3)) != std::string::npos;
}

// Whether some program breaks a line of the field: above 990 bytes, and Sendmail one that grows.
bool has_long_line(const HeaderField& field, bool sendmail) {
    const bool blank = starts_with(field.value, " ") || starts_with(field.value, "\t");
    std::istringstream lines(field.name + (blank ? ":" : ": ") + field.value);
    for (std::string line; std::getline(lines, line);) {
        if (ends_with(line, "\r")) line.pop_back();
        if (line.size() > (sendmail ? 900U : 990U)) return true;
    }
    return false;
}

// Whether Sendmail would change a member of the list: its readers stop at 255 bytes.
bool has_long_member(const std::string& value) {
    std::vector<std::string> members(1);
    bool quoted = false;
    bool escaped = false;
    for (const char c : value) {
        if (c == '"' && !escaped) quoted = !quoted;
        escaped = quoted && c == '\\' && !escaped;
        if (c == ',' && !quoted) {
            members.emplace_back();
        } else if (c != '\r') {
            members.back() += c;
            if ((c & 0x80) != 0) members.back() += '+';
        }
    }
    return std::any_of(members.begin(), members.end(), [](const std::string& member) {
        const std::size_t start = member.find_first_not_of(" \t\n");
        return start != std::string::npos && member.size() - start > 240;
    });
}

// Whether Sendmail would write another address than stands there: with a DEL ahead of 80 to 9F.
bool has_mangled_address(const std::string& value) {
    bool quoted = false;
    bool escaped = false;
    bool at = false;
    bool odd = false;
    for (const char c : value + ',') {
        if (c == '"' && !escaped) quoted = !quoted;
        escaped = quoted && c == '\\' && !escaped;
        at = at || (c == '@' && !quoted);
        odd = odd || (c & 0xE0) == 0x80;
        if (quoted || std::string(" \t\r\n<>(),").find(c) == std::string::npos) continue;
        if (at && odd) return true;
        at = odd = false;
    }
    return false;
}

}  // namespace

HeaderFacts read_headers(const Session& session) {
    std::vector<HeaderField> from;
    std::vector<HeaderField> sender;
    std::vector<HeaderField> resent;
    bool broken = false;
    for (const HeaderField& field : session.facts.headers) {
        broken = broken || holds_more_than_folds(field.name) || holds_more_than_folds(field.value);
        if (is_field(field.name, "from")) from.push_back(field);
        if (is_field(field.name, "sender")) sender.push_back(field);
        if (is_field(field.name, "resent-from")) resent.push_back(field);
    }
    const auto usable_here = [&](const HeaderField& field) {
        const bool sendmail = session.facts.mta == Mta::sendmail;
        return !has_long_line(field, sendmail) &&
               !(sendmail && (has_long_member(field.value) || has_mangled_address(field.value)));
    };
    HeaderFacts out;
    if (!resent.empty() && usable_here(resent.front()))
        if (const auto addresses = parse_from(resent.front().value)) out.resent_from = *addresses;
    out.from_present = broken || !from.empty();
    if (from.size() == 1) {
        const std::string& value = from.front().value;
        out.one_at = std::count(value.begin(), value.end(), '@') == 1;
    }
    if (broken) {
        out.from_usable = false;
    } else if (from.empty()) {
        if (session.policy.missing_from == MissingFrom::envelope &&
            session.sender == Sender::readable) {
            out.from_usable = true;
            out.from = {session.sender_address};
        }
    } else if (from.size() == 1 && usable_here(from.front())) {
        if (const auto addresses = parse_from(from.front().value)) {
            out.from_usable = true;
            out.from = *addresses;
        }
    }
    if (!sender.empty()) {
        out.sender_usable = false;
        if (sender.size() == 1 && usable_here(sender.front())) {
            if (const auto address = parse_sender(sender.front().value)) {
                out.sender_usable = true;
                out.sender = *address;
            }
        }
    }
    return out;
}

}  // namespace relaypermit::naive
