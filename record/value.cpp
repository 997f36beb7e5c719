// One value of a record, written and read back. Pure; any thread.
#include "record/value.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace relaypermit {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_printable(char c) {
    return c >= ' ' && c <= '~';
}

std::size_t written_size(char c) {
    if (!is_printable(c)) return 4;
    return c == '\\' || c == '"' || c == ',' ? 2 : 1;
}

void append_escaped(std::string& out, char c) {
    if (!is_printable(c)) {
        append_hex_escape(out, c);
        return;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
}

void append_member(std::string& out, std::string_view member) {
    if (member.starts_with('(')) out += '\\';
    for (const char c : member) {
        if (c == ',') out += '\\';
        append_escaped(out, c);
    }
}

// Stands for itself as a value; nearly every value does.
bool is_plain(std::string_view value) {
    return !value.empty() && value != "-" && std::none_of(value.begin(), value.end(), [](char c) {
        return c <= ' ' || c > '~' || c == '"' || c == '\\';
    });
}

// `bare` is escaped already. `must` says that it would read as something else without quotes.
void append_quoted(std::string& line, std::string_view bare, bool must) {
    const bool quotes = must || bare == "-" || bare.find_first_of(" \"") != std::string_view::npos;
    if (quotes) line += '"';
    line += bare;
    if (quotes) line += '"';
}

// Takes one character off a written value.
std::optional<char> take_char(std::string_view& rest) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '\\') return c;
    if (rest.empty()) return std::nullopt;
    const char kind = rest.front();
    rest.remove_prefix(1);
    if (kind != 'x') return kind;
    if (rest.size() < 2) return std::nullopt;
    const auto high = hex_digits.find(rest[0]);
    const auto low = hex_digits.find(rest[1]);
    rest.remove_prefix(2);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    return static_cast<char>(high * 16 + low);
}

std::string_view without_quotes(std::string_view written) {
    if (written.size() < 2 || written.front() != '"' || written.back() != '"') return written;
    return written.substr(1, written.size() - 2);
}

// "(7)". What is not quite that is found out by writing it again.
std::optional<std::size_t> read_number(std::string_view text) {
    std::size_t number = 0;
    const auto result = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    return result.ec == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<std::string> unescape(std::string_view rest) {
    std::string out;
    while (!rest.empty()) {
        const auto next = take_char(rest);
        if (!next) return std::nullopt;
        out += *next;
    }
    return out;
}

// The written members, at each comma that is not escaped.
std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> members;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == ',') {
            members.push_back(text.substr(begin, i - begin));
            begin = i + 1;
        }
    }
    members.push_back(text.substr(begin));
    return members;
}

}  // namespace

std::size_t written_size(std::string_view value) {
    std::size_t size = value.starts_with('(') ? 1 : 0;
    for (const char c : value) size += written_size(c);
    return size;
}

std::string cut_value(std::string_view value, std::size_t limit) {
    if (written_size(value) <= limit || is_cut(value, limit)) return std::string(value);
    std::size_t size = value.starts_with('(') ? 1 : 0;
    std::size_t kept = 0;
    while (size + written_size(value[kept]) <= limit) size += written_size(value[kept++]);
    return std::string(value.substr(0, kept)) + std::string(cut_mark);
}

bool is_cut(std::string_view value, std::size_t limit) {
    if (!value.ends_with(cut_mark)) return false;
    const auto size = written_size(value) - cut_mark.size();
    // No escape is longer than four bytes, so at most three of the limit stay unused.
    return size <= limit && size + 3 >= limit;
}

void append_hex_escape(std::string& line, char byte) {
    const auto bits = static_cast<unsigned char>(byte);
    line += {'\\', 'x', hex_digits[bits >> 4U], hex_digits[bits & 15U]};
}

void append_value(std::string& line, std::string_view value) {
    if (value.empty() || is_plain(value)) {
        line += value.empty() ? "-" : value;
        return;
    }
    std::string bare;
    for (const char c : value) append_escaped(bare, c);
    append_quoted(line, bare, false);
}

void append_list(std::string& line, const std::vector<std::string>& members,
                 std::optional<std::size_t> number) {
    if (members.empty() && !number) {
        line += '-';
        return;
    }
    std::string bare;
    bool first = true;
    for (const auto& member : members) {
        if (!first) bare += ',';
        first = false;
        append_member(bare, member);
    }
    if (number) {
        if (!first) bare += ',';
        bare += "(" + std::to_string(*number) + ")";
    }
    append_quoted(line, bare, bare.empty());
}

std::optional<std::string> read_value(std::string_view written) {
    if (is_plain(written)) return std::string(written);
    std::string value;
    if (written != "-") {
        auto unescaped = unescape(without_quotes(written));
        if (!unescaped) return std::nullopt;
        value = std::move(*unescaped);
    }
    std::string again;
    append_value(again, value);
    if (again != written) return std::nullopt;
    return value;
}

std::optional<ValueList> read_list(std::string_view written) {
    ValueList list;
    // One member, or none: nearly every list.
    const bool one =
        is_plain(written) && written.front() != '(' && written.find(',') == std::string_view::npos;
    if (one || written == "-") {
        if (one) list.members.emplace_back(written);
        return list;
    }
    auto members = split(without_quotes(written));
    if (members.back().starts_with('(')) {
        list.number = read_number(members.back());
        members.pop_back();
    }
    for (const auto written_member : members) {
        auto member = unescape(written_member);
        if (!member) return std::nullopt;
        list.members.push_back(std::move(*member));
    }
    std::string again;
    append_list(again, list.members, list.number);
    if (again != written) return std::nullopt;
    return list;
}

}  // namespace relaypermit
