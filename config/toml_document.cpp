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

// toml++ says "Error while parsing key-value pair: expected '=', saw 'x'".
std::string in_our_words(std::string_view description) {
    constexpr std::string_view opening = "Error while parsing ";
    if (description.starts_with(opening)) {
        const std::size_t colon = description.find(": ");
        if (colon != std::string_view::npos) {
            const std::string_view scope =
                description.substr(opening.size(), colon - opening.size());
            return std::string(description.substr(colon + 2)) + " in a " + std::string(scope);
        }
    }
    return std::string(description);
}

}  // namespace

const Node* Node::find(std::string_view key) const {
    for (const Entry& entry : entries()) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
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
        return tl::unexpected(SyntaxFault{{file, region.begin.line, region.begin.column},
                                          in_our_words(result.error().description())});
    }
    return Converter(source, file).table(result.table());
}

}  // namespace relaypermit
