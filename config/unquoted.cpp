#include "config/unquoted.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "config/hint_words.h"
#include "config/schema.h"
#include "config/toml_document.h"
#include "config/word_list.h"
#include "policy/ascii.h"

namespace relaypermit {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t most_items = 200;
constexpr std::size_t most_bytes = 4000;
// Of a line in a hint, so that it is read.
constexpr std::size_t longest_line = 100;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), ascii_lower(word)) != words.end();
}

// Whether every table that has the key wants this type of it.
bool wants(std::string_view key, ValueType type) {
    const std::string_view last = trimmed(key.substr(key.rfind('.') + 1));
    bool found = false;
    for (const TableInfo& table : policy_schema())
        for (const KeyInfo& info : table.keys)
            if (info.key == last) {
                if (info.type != type) return false;
                found = true;
            }
    return found;
}

bool is_toml_value(std::string_view value) {
    return parse_toml(SourceText("", "x = " + std::string(value)), 0).has_value();
}

std::string_view word_for_nothing(std::string_view word) {
    return is_one_of(word, {"null", "nil", "none", "never", "undefined", "forever", "unlimited"})
               ? word
               : std::string_view();
}

// Could be a string if it had quotes.
bool can_be_quoted(std::string_view text) {
    if (text.empty() || text.size() > most_bytes) return false;
    if (text.front() == '"' || text.front() == '\'' || text.find('"') != text.npos) return false;
    return std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) >= 0x80;
    });
}

struct Item {
    std::size_t offset{};
    std::string_view text{};
};

// What stands between the commas of a list, comments left out; nullopt where it holds another list,
// a table, or a string that is not closed.
std::optional<std::vector<Item>> items_of(std::string_view list) {
    std::vector<Item> items;
    std::size_t begin = 1;
    const auto end_item = [&](std::size_t end) {
        const std::size_t first = std::min(list.find_first_not_of(blanks, begin), end);
        const std::string_view text = trimmed(list.substr(first, end - first), blanks);
        if (!text.empty()) items.push_back({first, text});
        begin = end + 1;
    };
    for (std::size_t i = 1; i < list.size() && items.size() <= most_items; ++i) {
        const char c = list[i];
        if ((c == '"' || c == '\'') && list.find_first_not_of(blanks, begin) == i) {
            i = list.find(c, i + 1);
            if (i == std::string_view::npos) return std::nullopt;
        } else if (c == '#') {
            end_item(i);
            i = std::min(list.find('\n', i), list.size());
            begin = i;
        } else if (c == ',') {
            end_item(i);
        } else if (c == ']' && list.find_first_not_of(blanks, i + 1) == std::string_view::npos) {
            end_item(i);
            return items;
        } else if (c == '[' || c == '{') {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

// Without the comment behind it.
std::string_view without_comment(std::string_view value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '#') return value.substr(0, i);
        if (value[i] == '"' || value[i] == '\'') {
            i = value.find(value[i], i + 1);
            if (i == std::string_view::npos) return value;
        }
    }
    return value;
}

UnquotedValue in_list(std::string_view key, std::size_t offset, std::string_view first,
                      const std::vector<std::string>& quoted, bool one_line) {
    if (const std::string_view nothing = word_for_nothing(first); !nothing.empty())
        return {offset, verbatim(nothing) + " is no value",
                "leave it out, or put it in quotes where it is a name"};
    std::string line = std::string(key) + " = [";
    for (const std::string& item : quoted) line += (line.ends_with('[') ? "" : ", ") + item;
    line += "]";
    const bool fits = one_line && line.size() <= longest_line;
    return {offset, verbatim(first) + " stands without quotes",
            fits ? "write " + verbatim(line)
                 : "write " + in_toml_quotes(first) + ", and so each of the list"};
}

std::optional<UnquotedValue> of_list(std::string_view key, std::string_view value) {
    const auto items = items_of(value);
    if (!items) return std::nullopt;
    std::vector<std::string> quoted;
    const Item* first = nullptr;
    std::string first_word;
    const bool numbers = wants(key, ValueType::integers);
    for (const Item& item : *items) {
        if (is_toml_value(item.text)) {
            quoted.emplace_back(item.text);
            continue;
        }
        if (numbers || !can_be_quoted(item.text)) return std::nullopt;
        // (A regex may have blanks in it.)
        const auto words =
            item.text.starts_with('/') ? std::vector{std::string(item.text)} : words_in(item.text);
        for (const std::string& word : words) quoted.push_back(in_toml_quotes(word));
        if (first == nullptr) {
            first = &item;
            first_word = words.front();
        }
    }
    if (first == nullptr) return std::nullopt;
    return in_list(key, first->offset, first_word, quoted, value.find('\n') == value.npos);
}

UnquotedValue of_boolean(std::string_view key, std::string_view value) {
    const bool yes = is_one_of(value, {"yes", "on", "true", "enabled", "enable", "y"});
    const bool no = is_one_of(value, {"no", "off", "false", "disabled", "disable", "n", "none"});
    const std::string begin = std::string(key) + " = ";
    return {0, verbatim(value) + " is no value",
            yes  ? "write " + verbatim(begin + "true")
            : no ? "write " + verbatim(begin + "false")
                 : "it is true or false"};
}

UnquotedValue of_number(std::string_view key, std::string_view value) {
    const std::size_t digits = std::min(value.find_first_not_of("0123456789"), value.size());
    const std::string_view unit = trimmed(value.substr(digits));
    const bool own =
        digits > 0 && value[0] != '0' && is_one_of(unit, {"d", "day", "days", "mb", "ms", "s"});
    return {
        0, verbatim(value) + " is no value",
        own ? "write " + verbatim(std::string(key) + " = " + std::string(value.substr(0, digits)))
            : "it is a whole number without a unit"};
}

}  // namespace

std::optional<UnquotedValue> unquoted_value(std::string_view key, std::string_view value) {
    if (value.size() > most_bytes) return std::nullopt;
    value = trimmed(without_comment(value), blanks);
    if (value.starts_with('[')) return of_list(key, value);
    if (!can_be_quoted(value) || value.starts_with('{') || is_toml_value(value))
        return std::nullopt;
    if (wants(key, ValueType::boolean)) return of_boolean(key, value);
    if (wants(key, ValueType::integer)) return of_number(key, value);
    if (wants(key, ValueType::when)) {
        const std::string name = verbatim(trimmed(key.substr(key.rfind('.') + 1)));
        if (!word_for_nothing(value).empty())
            return UnquotedValue{0, verbatim(value) + " is no date",
                                 "leave " + name + " out where there is none"};
        return UnquotedValue{0, verbatim(value) + " is no date",
                             "a date is year-month-day, as in 2027-01-31"};
    }
    if (!word_for_nothing(value).empty())
        return UnquotedValue{0, verbatim(value) + " is no value",
                             "leave " + verbatim(key) + " out, or put it in quotes"};
    if (wants(key, ValueType::strings)) {
        std::vector<std::string> quoted;
        for (const std::string& word : words_in(value)) quoted.push_back(in_toml_quotes(word));
        return in_list(key, 0, value.substr(0, value.find_first_of(",; \t")), quoted, true);
    }
    const std::string line = std::string(key) + " = " + in_toml_quotes(value);
    return UnquotedValue{0, verbatim(value) + " stands without quotes",
                         line.size() <= longest_line ? "write " + verbatim(line)
                                                     : std::string("put all of it in quotes")};
}

}  // namespace relaypermit
