#include "tool/wiring/domain_rows.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

// Words, strings with their quotes, and every other character for itself; words in lower case.
using Tokens = std::vector<std::string>;

bool is_of_word(char c) {
    return is_ascii_alphanumeric(c) || c == '_' || c == ':' || c == '.';
}

Tokens tokens_of(std::string_view query) {
    Tokens tokens;
    for (std::size_t at = 0; at < query.size();) {
        const char c = query[at];
        std::size_t end = at + 1;
        if (c == '\'' || c == '"' || c == '`') {
            end = query.find(c, at + 1);
            end = end == std::string_view::npos ? query.size() : end + 1;
            tokens.emplace_back(query.substr(at, end - at));
        } else if (is_of_word(c)) {
            while (end < query.size() && is_of_word(query[end])) ++end;
            tokens.push_back(ascii_lower(query.substr(at, end - at)));
        } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
            tokens.emplace_back(1, c);
        }
        at = end;
    }
    return tokens;
}

// Apart at a word that stands in no brackets.
std::vector<Tokens> split(const Tokens& tokens, std::string_view word) {
    std::vector<Tokens> parts(1);
    int depth = 0;
    for (const std::string& token : tokens) {
        depth += token == "(" ? 1 : token == ")" ? -1 : 0;
        if (depth == 0 && token == word)
            parts.emplace_back();
        else
            parts.back().push_back(token);
    }
    return parts;
}

bool is_constant_yes(const std::string& token) {
    if (token.size() > 2 && token.front() == '\'') {
        const std::string text = ascii_lower(token.substr(1, token.size() - 2));
        constexpr std::array<std::string_view, 5> no = {"0", "f", "false", "n", "no"};
        return text.find('\\') == std::string::npos &&
               std::find(no.begin(), no.end(), text) == no.end();
    }
    // Of all digits, and not 0.
    return token.find_first_not_of("0123456789") == std::string::npos && token.front() != '0';
}

bool is_column(const std::string& token) {
    return is_ascii_letter(token.front()) || token.front() == '`' || token.front() == '"';
}

bool select_says_yes(const Tokens& select) {
    const auto from = std::find(select.begin(), select.end(), "from");
    if (select.empty() || select.front() != "select") return false;
    Tokens given(select.begin() + 1, from);
    if (!given.empty() && given.front() == "distinct") given.erase(given.begin());
    if (given.size() == 3 && given[1] == "as") given.resize(1);
    if (given.size() != 1) return false;
    if (is_constant_yes(given.front())) return true;
    if (!is_column(given.front())) return false;
    const auto where = std::find(from, select.end(), "where");
    if (where == select.end()) return false;
    const Tokens conditions(where + 1, select.end());
    // What binds less than AND (`||` of MySQL does), has an AND of its own, or comes behind the
    // conditions.
    for (const std::string_view other : {"or", "xor", "|", "between", "case", "group", "order",
                                         "limit", "having", "union", "except", "intersect"})
        if (split(conditions, other).size() > 1) return false;
    for (const Tokens& condition : split(conditions, "and"))
        if (condition == Tokens{given.front(), "=", ":domain"} ||
            condition == Tokens{":domain", "=", given.front()})
            return true;
    return false;
}

// "(a=b)" without its brackets, where it is one.
std::string_view without_brackets(std::string_view filter) {
    return filter.size() >= 2 && filter.front() == '(' && filter.back() == ')'
               ? filter.substr(1, filter.size() - 2)
               : filter;
}

// The members of "&(a=b)(c=d)"; else the one condition that it is.
std::vector<std::string_view> conditions_of(std::string_view filter) {
    if (!filter.starts_with("&")) return {filter};
    std::vector<std::string_view> members;
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t at = 1; at < filter.size(); ++at) {
        if (filter[at] == '(' && depth++ == 0) begin = at;
        if (filter[at] == ')' && --depth == 0)
            members.push_back(without_brackets(filter.substr(begin, at + 1 - begin)));
    }
    return members;
}

}  // namespace

bool rows_say_yes(std::string_view query) {
    // A backslash or a comment may move the end of a string.
    if (query.find('\\') != std::string_view::npos || query.find("--") != std::string_view::npos ||
        query.find("/*") != std::string_view::npos || query.find('#') != std::string_view::npos ||
        query.find('$') != std::string_view::npos)
        return false;
    for (Tokens& select : split(tokens_of(query), "union")) {
        if (!select.empty() && select.front() == "all") select.erase(select.begin());
        if (!select_says_yes(select)) return false;
    }
    return true;
}

bool entries_say_yes(std::string_view filter, const std::vector<std::string>& attributes) {
    for (const std::string_view condition : conditions_of(without_brackets(filter)))
        for (const std::string& attribute : attributes)
            if (ascii_lower(condition) == ascii_lower(attribute) + "={domain}") return true;
    return false;
}

}  // namespace relaypermit
