#include "config/toml_document.h"

// A syntax error is an expected failure: have it as a value.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

namespace relaypermit {
namespace {

class Converter {
  public:
    Converter(const SourceText& source, std::uint32_t file) : source_(source), file_(file) {}

    [[nodiscard]] Node table(const toml::table& from) const {
        std::vector<Entry> entries;
        entries.reserve(from.size());
        for (const auto& [key, value] : from) {
            entries.push_back(
                Entry{std::string(key.str()), position(key.source()), convert(value)});
        }
        // toml++ keeps its tables in the order of the alphabet.
        std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
            return std::pair(a.position.line, a.position.column) <
                   std::pair(b.position.line, b.position.column);
        });
        return {Node::Kind::table, !from.is_inline(), position(from.source()), std::move(entries)};
    }

  private:
    [[nodiscard]] Position position(const toml::source_region& region) const {
        return {file_, region.begin.line, region.begin.column};
    }

    [[nodiscard]] Node array(const toml::array& from) const {
        std::vector<Node> items;
        items.reserve(from.size());
        for (const auto& item : from) items.push_back(convert(item));
        const auto* first = from.empty() ? nullptr : from.get(0)->as_table();
        const bool by_header = first != nullptr && !first->is_inline();
        return {Node::Kind::array, by_header, position(from.source()), std::move(items)};
    }

    [[nodiscard]] Node convert(const toml::node& from) const {
        const Position at = position(from.source());
        switch (from.type()) {
            case toml::node_type::table:
                return table(*from.as_table());
            case toml::node_type::array:
                return array(*from.as_array());
            case toml::node_type::string:
                return {Node::Kind::string, false, at, from.as_string()->get()};
            case toml::node_type::integer:
                return {Node::Kind::integer, false, at, from.as_integer()->get()};
            case toml::node_type::boolean:
                return {Node::Kind::boolean, false, at, from.as_boolean()->get()};
            case toml::node_type::date:
                return {Node::Kind::when, false, at,
                        When{days(from.as_date()->get()), false, false, written(from)}};
            case toml::node_type::date_time:
                return {Node::Kind::when, false, at, moment(from.as_date_time()->get(), from)};
            case toml::node_type::time:
                return {Node::Kind::time, false, at, {}};
            default:
                return {Node::Kind::real, false, at, {}};
        }
    }

    [[nodiscard]] static TimePoint days(const toml::date& date) {
        return std::chrono::sys_days{std::chrono::year{date.year} / std::chrono::month{date.month} /
                                     std::chrono::day{date.day}};
    }

    [[nodiscard]] When moment(const toml::date_time& from, const toml::node& node) const {
        TimePoint at = days(from.date) + std::chrono::hours{from.time.hour} +
                       std::chrono::minutes{from.time.minute} +
                       std::chrono::seconds{from.time.second};
        if (from.offset) at -= std::chrono::minutes{from.offset->minutes};
        return {at, true, from.offset.has_value(), written(node)};
    }

    [[nodiscard]] std::string written(const toml::node& node) const {
        const auto& region = node.source();
        const std::size_t begin = source_.offset_of(region.begin.line, region.begin.column);
        const std::size_t end = source_.offset_of(region.end.line, region.end.column);
        return std::string(source_.text().substr(begin, end > begin ? end - begin : 0));
    }

    const SourceText& source_;
    std::uint32_t file_;
};

// 'x' as toml++ quotes becomes `x`.
std::string with_backticks(std::string_view text) {
    std::string out;
    bool open = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool at_start = i == 0 || text[i - 1] == ' ';
        const bool at_end = i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == ',';
        const bool quote = text[i] == '\'' && (open ? at_end : at_start);
        out += quote ? '`' : text[i];
        if (quote) open = !open;
    }
    return out;
}

// toml++ says "Error while parsing key-value pair: expected '=', saw 'x'". What admins meet most is
// said in words that name the remedy.
SyntaxFault in_our_words(std::string_view description, Position position, bool at_line_end) {
    constexpr std::string_view opening = "Error while parsing ";
    std::string_view scope;
    std::string_view why = description;
    if (const std::size_t colon = why.find(": ");
        why.starts_with(opening) && colon != std::string_view::npos) {
        scope = why.substr(opening.size(), colon - opening.size());
        why = why.substr(colon + 2);
    }
    const auto says = [&](std::string_view words) { return why.find(words) != why.npos; };
    SyntaxFault fault{position, with_backticks(why)};
    if (says("cannot redefine existing")) {
        fault.redefinition = true;
        fault.other_kind = says("as table") || says("as array-of-tables");
    } else if (says("could not determine value type")) {
        fault.why = "this is no value";
        fault.help = "strings stand in quotes";
    } else if (scope == "boolean") {
        fault.why = "this is no value";
        fault.help = "true and false are written in lower case, and strings stand in quotes";
    } else if (says("control characters other than TAB") && at_line_end) {
        fault.why = "a string without its closing quote";
    } else if (says("control characters")) {
        fault.why = "a control character";
    } else if (says("unknown escape sequence")) {
        fault.help = "in '...' a backslash stands for itself";
    } else if (says("leading zeroes")) {
        fault.why = "a number with a leading zero";
    } else if (says("encountered end-of-file") || says("expected comma or closing")) {
        fault.endless = true;
    } else if (says("exceeded maximum nested value depth")) {
        fault.why = "lists or tables nested too deeply";
    }
    return fault;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
    for (const Entry& entry : entries()) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

std::vector<std::reference_wrapper<const Node>> Node::items_of(Kind wanted) const {
    std::vector<std::reference_wrapper<const Node>> found;
    for (const Node& item : items()) {
        if (item.kind == wanted) found.emplace_back(item);
    }
    return found;
}

bool Node::is_array_of_tables() const {
    if (kind != Kind::array || items().empty()) return false;
    return std::all_of(items().begin(), items().end(),
                       [](const Node& item) { return item.kind == Kind::table; });
}

std::string_view describe(const Node& node) {
    switch (node.kind) {
        case Node::Kind::string:
            return "a string";
        case Node::Kind::integer:
            return "an integer";
        case Node::Kind::real:
            return "a number with a fraction";
        case Node::Kind::boolean:
            return "true or false";
        case Node::Kind::when:
            return "a date";
        case Node::Kind::time:
            return "a time of day";
        case Node::Kind::array:
            return node.is_array_of_tables() ? "a list of tables" : "a list";
        case Node::Kind::table:
            return "a table";
    }
    return "a value";
}

tl::expected<Node, SyntaxFault> parse_toml(const SourceText& source, std::uint32_t file) {
    const toml::parse_result result = toml::parse(source.text());
    if (!result) {
        const auto& region = result.error().source();
        const Position position{file, region.begin.line, region.begin.column};
        const std::size_t offset = source.offset_of(position.line, position.column);
        const std::string_view there = source.text().substr(offset, 2);
        const bool at_line_end = there.empty() || there[0] == '\n' || there == "\r\n";
        return tl::unexpected(in_our_words(result.error().description(), position, at_line_end));
    }
    return Converter(source, file).table(result.table());
}

}  // namespace relaypermit
