#include "policy/field_lines.h"

#include <algorithm>

#include "policy/address.h"
#include "policy/utf8.h"

namespace relaypermit {

tl::expected<std::string, std::string> unfold(std::string_view value) {
    std::string line;
    line.reserve(value.size());
    bool blank = false;  // in a continuation line of which only white space was seen
    for (std::size_t i = 0; i < value.size(); ++i) {
        char c = value[i];
        if (c == '\r' && i + 1 < value.size() && value[i + 1] == '\n') c = value[++i];
        if (c == '\n') {
            const char next = i + 1 < value.size() ? value[i + 1] : '\0';
            if (blank) return tl::make_unexpected(std::string("a blank line in the field"));
            if (!is_field_space(next))
                return tl::make_unexpected(std::string("a line break that is no fold"));
            blank = true;
            line += '\t';
            continue;
        }
        if (!is_field_space(c)) blank = false;
        line += c;
    }
    if (blank) return tl::make_unexpected(std::string("a blank line in the field"));
    for (std::size_t start = 0; start < line.size();) {
        const std::size_t tab = std::min(line.find('\t', start), line.size());
        const auto why = text_fault(std::string_view(line).substr(start, tab - start));
        if (!why.empty()) return tl::make_unexpected(std::string(why));
        start = tab + 1;
    }
    return line;
}

bool has_long_line(std::string_view name, std::string_view value, std::size_t max) {
    const bool blank = !value.empty() && is_field_space(value.front());
    std::size_t before = name.size() + (blank ? 1 : 2);
    while (true) {
        const std::size_t end = std::min(value.find('\n'), value.size());
        const std::size_t bytes = end > 0 && value[end - 1] == '\r' ? end - 1 : end;
        if (before + bytes > max) return true;
        if (end == value.size()) return false;
        value.remove_prefix(end + 1);
        before = 0;
    }
}

bool has_stray_break(std::string_view text) {
    // Every field of every message comes by here: three searches cost a fraction of one loop.
    const auto each_is_followed = [&](char c, auto good) {
        for (std::size_t at = text.find(c); at != std::string_view::npos; at = text.find(c, at + 1))
            if (at + 1 == text.size() || !good(text[at + 1])) return false;
        return true;
    };
    return text.find('\0') != std::string_view::npos ||
           !each_is_followed('\r', [](char next) { return next == '\n'; }) ||
           !each_is_followed('\n', is_field_space);
}

bool is_field(std::string_view name_as_received, std::string_view wanted) {
    while (!name_as_received.empty() &&
           std::string_view(" \t\r\n").find(name_as_received.back()) != std::string_view::npos) {
        name_as_received.remove_suffix(1);
    }
    return name_as_received.size() == wanted.size() && ascii_lower(name_as_received) == wanted;
}

std::size_t length_on_sendmail(std::string_view mailbox) {
    const auto twice = std::count_if(mailbox.begin(), mailbox.end(),
                                     [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return mailbox.size() + static_cast<std::size_t>(twice);
}

bool is_kept_by(Mta mta, std::string_view part) {
    return mta == Mta::postfix || std::none_of(part.begin(), part.end(), [](char c) {
               return static_cast<unsigned char>(c) >= 0x80 &&
                      static_cast<unsigned char>(c) <= 0x9F;
           });
}

}  // namespace relaypermit
