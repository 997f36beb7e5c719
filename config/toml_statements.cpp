#include "config/toml_statements.h"

#include <algorithm>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

bool is_bare(char c) {
    return is_ascii_alphanumeric(c) || c == '_' || c == '-';
}

// The end of the string that begins at `at`. One that is not closed ends with its line, or with
// the text where it may have several.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const bool multi_line = at + 2 < text.size() && text[at + 1] == quote && text[at + 2] == quote;
    std::size_t i = at + (multi_line ? 3 : 1);
    for (; i < text.size(); ++i) {
        if (text[i] == '\\' && quote == '"') {
            ++i;
        } else if (!multi_line && (text[i] == quote || text[i] == '\n')) {
            return text[i] == quote ? i + 1 : i;
        } else if (multi_line && text[i] == quote &&
                   text.substr(i, 3) == std::string_view(text.data() + at, 3)) {
            // Up to two quotes may stand before the closing three.
            i += 3;
            for (int more = 0; more < 2 && i < text.size() && text[i] == quote; ++more) ++i;
            return i;
        }
    }
    return text.size();
}

std::size_t end_of_line(std::string_view text, std::size_t at) {
    const std::size_t end = text.find('\n', at);
    return end == std::string_view::npos ? text.size() : end;
}

std::size_t skip_blank(std::string_view text, std::size_t at) {
    const std::size_t end = text.find_first_not_of(" \t", at);
    return end == std::string_view::npos ? text.size() : end;
}

// Whether the line at `at` could not be a part of a list: `key =`, `[table]`, `[[tables]]`.
bool looks_like_statement(std::string_view text, std::size_t at) {
    at = skip_blank(text, at);
    const std::size_t first = at;
    while (at < text.size() && text[at] == '[' && at < first + 2) ++at;
    const bool bracket = at > first;
    const std::size_t name = at;
    while (at < text.size() && (is_bare(text[at]) || text[at] == '.')) ++at;
    if (at == name) return false;
    if (bracket) {
        const bool digits = text[name] >= '0' && text[name] <= '9';
        return !digits && at < text.size() && text[at] == ']';
    }
    at = skip_blank(text, at);
    return at < text.size() && text[at] == '=';
}

// Walks over one statement; calls `dot` for each dot outside strings and comments, and `part` where
// a new key can begin.
template <typename Dot, typename Restart>
std::size_t walk(std::string_view text, std::size_t at, bool header, Dot dot, Restart restart) {
    int depth = 0;
    restart(at);
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"' || c == '\'') {
            at = end_of_string(text, at);
            continue;
        }
        if (c == '#') {
            at = end_of_line(text, at);
            continue;
        }
        if (c == '\n') {
            ++at;
            if (depth <= 0 || header || looks_like_statement(text, at)) return at;
            restart(at);
            continue;
        }
        if (c == '.') {
            dot();
        } else if (c == '[' || c == '{') {
            ++depth;
            restart(at + 1);
        } else if (c == ']' || c == '}') {
            --depth;
            restart(at + 1);
        } else if (c == ',' || c == '=') {
            restart(at + 1);
        }
        ++at;
    }
    return at;
}

template <typename Dot, typename Restart, typename Found>
void walk_all(std::string_view text, Dot dot, Restart restart, Found found) {
    std::size_t at = 0;
    while (at < text.size()) {
        at = skip_blank(text, at);
        if (at == text.size()) return;
        if (text[at] == '\n' || text[at] == '\r') {
            ++at;
            continue;
        }
        if (text[at] == '#') {
            at = end_of_line(text, at);
            continue;
        }
        const std::size_t begin = at;
        const bool header = text[at] == '[';
        at = std::max(walk(text, at, header, dot, restart), begin + 1);
        found(begin, at, header);
    }
}

std::string_view without_end_blanks(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// The first part of a key or of what stands in the brackets of a header, quotes taken off.
std::string_view first_part(std::string_view name) {
    name.remove_prefix(std::min(name.find_first_not_of("[ \t"), name.size()));
    if (name.starts_with('"') || name.starts_with('\''))
        return name.substr(1, name.find(name.front(), 1) - 1);
    return name.substr(0, name.find_first_of(".]= \t\r\n"));
}

}  // namespace

std::vector<TomlStatement> statements_of(std::string_view text) {
    std::vector<TomlStatement> statements;
    walk_all(
        text, [] {}, [](std::size_t) {},
        [&](std::size_t begin, std::size_t end, bool header) {
            std::string_view name = text.substr(begin, end - begin);
            name = name.substr(0, name.find(header ? '#' : '='));
            statements.push_back({begin, end, header, without_end_blanks(name)});
        });
    return statements;
}

std::string statements_about(std::string_view text, std::string_view table) {
    std::string about;
    bool inside = false;
    bool before_headers = true;
    walk_all(
        text, [] {}, [](std::size_t) {},
        [&](std::size_t begin, std::size_t end, bool header) {
            const std::string_view statement = text.substr(begin, end - begin);
            if (header) {
                inside = first_part(statement) == table;
                before_headers = false;
            }
            if (inside || (before_headers && first_part(statement) == table)) about += statement;
        });
    return about;
}

std::optional<std::size_t> find_deep_key(std::string_view text) {
    std::optional<std::size_t> deep;
    std::size_t begin = 0;
    std::size_t dots = 0;
    walk_all(
        text,
        [&] {
            if (++dots == max_key_parts && !deep) deep = begin;
        },
        [&](std::size_t at) {
            begin = skip_blank(text, at);
            dots = 0;
        },
        [](std::size_t, std::size_t, bool) {});
    return deep;
}

}  // namespace relaypermit
