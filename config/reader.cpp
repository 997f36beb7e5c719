#include "config/reader.h"

#include <algorithm>
#include <array>

#include "config/foreign_date.h"
#include "config/habits.h"
#include "config/hint_words.h"
#include "config/schema.h"
#include "config/word_list.h"
#include "policy/ascii.h"

namespace relaypermit {
namespace {

bool has_type(const Node& value, ValueType type) {
    const auto all = [&](Node::Kind kind) {
        return value.kind == Node::Kind::array &&
               std::all_of(value.items().begin(), value.items().end(),
                           [&](const Node& item) { return item.kind == kind; });
    };
    switch (type) {
        case ValueType::string:
            return value.kind == Node::Kind::string;
        case ValueType::boolean:
            return value.kind == Node::Kind::boolean;
        case ValueType::integer:
            return value.kind == Node::Kind::integer;
        case ValueType::strings:
            return all(Node::Kind::string);
        case ValueType::integers:
            return all(Node::Kind::integer);
        case ValueType::when:
            return value.kind == Node::Kind::when;
        case ValueType::tables:
            return value.is_array_of_tables();
    }
    return false;
}

// What the two do that let mail pass, where another program's word is for one of them.
std::string more_of(std::string_view value) {
    if (value != "off" && value != "monitor") return {};
    return ": `monitor` notes and lets pass, `off` decides nothing";
}

// What the admin probably meant to write in place of a value of the wrong type.
std::string type_help(const Node& value, const KeyInfo& info) {
    if (info.type == ValueType::strings && value.kind == Node::Kind::string) {
        // Patterns may have commas in them; a list of main.cf has a blank or comma between words.
        const bool one = value.text().find_first_of("/\"") == 0;
        const auto words = one ? std::vector<std::string>{value.text()} : words_in(value.text());
        return words.empty() ? std::string() : "write [" + quoted_list(words) + "]";
    }
    if (info.type == ValueType::integers && value.kind == Node::Kind::integer)
        return "write [" + std::to_string(value.integer()) + "]";
    if (info.type == ValueType::string && value.kind == Node::Kind::when)
        return "put it in quotes: write " + verbatim("\"" + value.when().text + "\"");
    if (info.key == "action" && value.kind == Node::Kind::boolean)
        return value.boolean() ? "write \"reject\"" : "write \"off\"";
    if (info.type == ValueType::string && value.kind != Node::Kind::string &&
        value.kind != Node::Kind::array && value.kind != Node::Kind::table)
        return "put it in quotes";
    if (info.type == ValueType::boolean && value.kind == Node::Kind::string)
        return "write it without quotes";
    if (info.type == ValueType::integer && value.kind == Node::Kind::string) {
        const std::size_t digits =
            std::min(value.text().find_first_not_of("0123456789"), value.text().size());
        // "30 days" is 30, and "1 year" is not 1.
        constexpr std::array<std::string_view, 5> own_units = {"", "d", "day", "days", "mb"};
        const std::string unit = ascii_lower(trimmed(value.text().substr(digits)));
        const bool is_number =
            digits > 0 && value.text()[0] != '0' &&
            std::find(own_units.begin(), own_units.end(), unit) != own_units.end();
        return is_number ? "write " + value.text().substr(0, digits) + " without quotes"
                         : "it is a whole number, without quotes";
    }
    if (info.type == ValueType::when) {
        const bool is_string = value.kind == Node::Kind::string;
        const std::string written = is_string ? value.text()
                                    : value.kind == Node::Kind::integer
                                        ? std::to_string(value.integer())
                                        : std::string();
        if (const auto date = foreign_date(written))
            return date->help + (is_string ? " without quotes" : "");
        if (!is_string) return "as in 2027-01-31";
        const bool is_date = written.size() >= 10 && written[4] == '-' && written[7] == '-';
        return is_date ? "write " + written + " without quotes"
                       : "write it without quotes, as in 2027-01-31";
    }
    return {};
}

}  // namespace

std::string_view describe(ValueType type) {
    switch (type) {
        case ValueType::string:
            return "a string";
        case ValueType::boolean:
            return "true or false";
        case ValueType::integer:
            return "an integer";
        case ValueType::strings:
            return "a list of strings";
        case ValueType::integers:
            return "a list of integers";
        case ValueType::when:
            return "a date";
        case ValueType::tables:
            return "a list of tables";
    }
    return "a value";
}

std::string tables_with(std::string_view key) {
    std::string top;
    std::vector<std::string_view> headers;
    for (const TableInfo& table : policy_schema()) {
        const bool has_it = std::any_of(table.keys.begin(), table.keys.end(),
                                        [&](const KeyInfo& info) { return info.key == key; });
        if (!has_it) continue;
        if (table.name.empty())
            top = table.header;
        else
            headers.push_back(table.header);
    }
    if (headers.empty()) return top;
    std::string tables = top + (top.empty() ? "in " : " or in ");
    for (std::size_t i = 0; i < headers.size(); ++i) {
        if (i > 0) tables += i + 1 == headers.size() ? " or " : ", ";
        tables += headers[i];
    }
    return tables;
}

void Reader::error(const Position& at, std::string_view text, std::string_view help) {
    errors_.push_back({Severity::error, place(at), in_one_line(text), in_one_line(help)});
}

void Reader::error_inside(const Node& string, std::size_t offset, std::string_view text,
                          std::string_view help) {
    errors_.push_back({Severity::error,
                       sources_[string.position.file].place_in_string(string.position, offset),
                       in_one_line(text), in_one_line(help)});
}

Place Reader::place(const Position& position) const {
    return {sources_[position.file].shared_name(), position.line, position.column};
}

std::optional<std::size_t> Reader::choice(const Node& string, std::string_view what,
                                          std::span<const std::string_view> allowed) {
    const auto found = std::find(allowed.begin(), allowed.end(), string.text());
    if (found != allowed.end()) return static_cast<std::size_t>(found - allowed.begin());
    std::string list;
    for (std::size_t i = 0; i < allowed.size(); ++i) {
        if (i > 0) list += i + 1 == allowed.size() ? " or " : ", ";
        list += in_backticks(allowed[i]);
    }
    std::string near = did_you_mean(string.text(), {allowed.begin(), allowed.end()});
    if (near.empty()) near = value_of_habit(string.text(), allowed);
    error(string.position,
          std::string(what) + " must be " + list + ", not " + in_backticks(string.text()) +
              (what == "`action`" ? more_of(near) : std::string()),
          near.empty() ? std::string() : "did you mean " + in_backticks(near) + "?");
    return std::nullopt;
}

void Reader::unknown_key(const Entry& entry, const std::vector<std::string_view>& known) {
    std::string help;
    std::string near = did_you_mean(entry.key, known);
    if (near.empty()) near = key_of_habit(entry.key, known);
    const bool names_group = entry.key == "group" || entry.key == "groups";
    if (names_group && near == "logins" && entry.value.kind == Node::Kind::string) {
        help = "write `logins = [\"group:" + entry.value.text() + "\"]`";
        mistyped_.push_back(near);
    } else if (!near.empty()) {
        help = "did you mean " + in_backticks(near) + "?";
        mistyped_.push_back(near);
    } else {
        const std::string tables = tables_with(entry.key);
        if (!tables.empty())
            help = "it belongs " + tables;
        else if (entry.value.kind == Node::Kind::table && where_.starts_with("in [["))
            help = "the name of a rule is its `id`: write " + where_.substr(3) + ", and `id = \"" +
                   entry.key + "\"` below it";
    }
    error(entry.position, "unknown key " + in_backticks(entry.key) + " " + where_, help);
}

bool Reader::was_mistyped(std::string_view key) const {
    return std::find(mistyped_.begin(), mistyped_.end(), key) != mistyped_.end();
}

bool Reader::fits(const Node& value, const KeyInfo& info) {
    const auto name = [&] { return in_backticks(info.key) + " " + where_; };
    if (!has_type(value, info.type)) {
        const bool is_list = info.type == ValueType::strings || info.type == ValueType::integers;
        if (is_list && value.kind == Node::Kind::array) {
            const auto wanted =
                info.type == ValueType::strings ? Node::Kind::string : Node::Kind::integer;
            for (const Node& item : value.items()) {
                if (item.kind == wanted) continue;
                const KeyInfo one{.key = info.key,
                                  .type = info.type == ValueType::strings ? ValueType::string
                                                                          : ValueType::integer};
                error(item.position,
                      name() + " must be " + std::string(describe(info.type)) + ", and this is " +
                          std::string(describe(item)),
                      type_help(item, one));
            }
            return true;
        }
        error(value.position,
              name() + " must be " + std::string(describe(info.type)) + ", not " +
                  std::string(describe(value)),
              type_help(value, info));
        return false;
    }
    bool in_range = true;
    const auto check = [&](const Node& number) {
        if (number.integer() >= info.least && number.integer() <= info.most) return;
        in_range = false;
        error(number.position, name() + " must be between " + std::to_string(info.least) + " and " +
                                   std::to_string(info.most) + ", not " +
                                   std::to_string(number.integer()));
    };
    if (info.type == ValueType::integer) check(value);
    if (info.type == ValueType::integers)
        for (const Node& item : value.items()) check(item);
    return in_range;
}

bool Reader::is_table(const Entry& entry, std::string_view header) {
    if (entry.value.kind == Node::Kind::table) return true;
    const std::string name(header);
    if (entry.value.is_array_of_tables()) {
        error(entry.value.position, "[" + name + "] is one table, not a list of tables",
              "write [" + name + "]");
    } else {
        error(entry.position,
              in_backticks(name) + " must be a table, not " + std::string(describe(entry.value)),
              "write [" + name + "]");
    }
    return false;
}

bool Reader::is_table_list(const Entry& entry, std::string_view header) {
    // An empty list is a list of no tables.
    if (entry.value.is_array_of_tables()) return true;
    if (entry.value.kind == Node::Kind::array && entry.value.items().empty()) return true;
    const std::string name(header);
    if (entry.value.kind == Node::Kind::table) {
        const auto& inner = entry.value.entries();
        if (!inner.empty() && inner.front().value.kind == Node::Kind::table)
            error(inner.front().value.position,
                  "[" + name + "." + inner.front().key + "]: the name of a rule is its `id`",
                  "write [[" + name + "]], and `id = \"" + inner.front().key + "\"` below it");
        else
            error(entry.value.position, "[" + name + "] is a list of tables",
                  "write [[" + name + "]]");
    } else {
        error(entry.position,
              in_backticks(name) + " must be a list of tables, not " +
                  std::string(describe(entry.value)),
              "write [[" + name + "]]");
    }
    return false;
}

}  // namespace relaypermit
