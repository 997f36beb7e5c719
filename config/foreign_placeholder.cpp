#include "config/foreign_placeholder.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "policy/regex_walk.h"

namespace relaypermit {
namespace {

std::string in_backticks(std::string_view text) {
    return "`" + std::string(text) + "`";
}

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// {name}: not a number of repeats. Its length with the braces; 0 where none begins at `at`.
std::size_t placeholder_at(std::string_view text, std::size_t at) {
    if (text[at] != '{') return 0;
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) return 0;
    const std::string_view name = text.substr(at + 1, end - at - 1);
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return 0;
    return std::all_of(name.begin(), name.end(), is_word_character) ? end + 1 - at : 0;
}

}  // namespace

std::optional<PatternFault> foreign_in_regex(std::string_view text, PatternRole role) {
    if (text.ends_with("/i") && text.size() > 2)
        return PatternFault{text.size() - 1, "a regex ends with its `/`",
                            "write " + in_backticks(text.substr(0, text.size() - 1)) +
                                ": it ignores case as it is"};
    for (std::size_t i = 1; i + 1 < text.size(); i = regex_piece(text, i).end) {
        if (regex_piece(text, i).kind != RegexPiece::Kind::character) continue;
        if (const std::size_t length = placeholder_at(text, i); length != 0) {
            const std::string name(text.substr(i, length));
            std::string help = "a placeholder stands in a sender that is no regex";
            if (role == PatternRole::sender)
                help = "write a sender without slashes, such as " +
                       in_backticks(name + "@example.com");
            return PatternFault{i,
                                "nothing is filled in within a regex: there " + in_backticks(name) +
                                    " means itself",
                                help};
        }
    }
    return std::nullopt;
}

std::optional<PatternFault> foreign_placeholder(std::string_view text, PatternRole role) {
    struct Sign {
        std::string_view written;
        std::string_view placeholder;
    };
    constexpr std::array<Sign, 12> locals = {{{"%u", "{user}"},
                                              {"%n", "{user}"},
                                              {"%s", "{user}"},
                                              {"%{user}", "{user}"},
                                              {"$u", "{user}"},
                                              {"$1", "{user}"},
                                              {"$user", "{user}"},
                                              {"${user}", "{user}"},
                                              {"$login", "{user}"},
                                              {"%1", "{user}"},
                                              {"\\1", "{user}"},
                                              {"<user>", "{user}"}}};
    constexpr std::array<Sign, 5> domains = {{{"%d", "{domain}"},
                                              {"%{domain}", "{domain}"},
                                              {"$domain", "{domain}"},
                                              {"${domain}", "{domain}"},
                                              {"$d", "{domain}"}}};
    const std::size_t at = text.rfind('@');
    std::string local(text.substr(0, at));
    std::string domain(at == std::string_view::npos ? "" : text.substr(at + 1));
    bool found = false;
    for (const Sign& sign : locals)
        if (local == sign.written) {
            local = sign.placeholder;
            found = true;
        }
    for (const Sign& sign : domains)
        if (domain == sign.written) {
            domain = sign.placeholder;
            found = true;
        }
    if (found)
        return PatternFault{
            0, "placeholders stand in braces, and in `senders`",
            role == PatternRole::sender
                ? "write " + in_backticks(local + (domain.empty() ? "@example.com" : "@" + domain))
                : "`*@example.com` is anybody of a domain"};
    if (role == PatternRole::sender) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (const std::size_t length = placeholder_at(text, i); length != 0)
            return PatternFault{i,
                                in_backticks(text.substr(i, length)) +
                                    " means itself here: placeholders stand in `senders` alone",
                                "`*@example.com` is anybody of a domain"};
    return std::nullopt;
}

}  // namespace relaypermit
