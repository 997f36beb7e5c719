#include "tool/wiring/pattern_inverse.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

namespace relaypermit {
namespace {

// A piece of a pattern or of a result: a group, by its number from 1, or characters.
struct Piece {
    std::size_t group{};
    std::string text{};  // of a group: what it matches
};
using Pieces = std::vector<Piece>;

void add_character(Pieces& pieces, char c) {
    if (pieces.empty() || pieces.back().group != 0) pieces.push_back({});
    pieces.back().text += c;
}

// ^ and $ with characters and plain groups between them.
std::optional<Pieces> pieces_of_pattern(std::string_view regex) {
    if (regex.size() < 2 || regex.front() != '^' || regex.back() != '$') return std::nullopt;
    regex = regex.substr(1, regex.size() - 2);
    Pieces pieces;
    std::size_t groups = 0;
    for (std::size_t at = 0; at < regex.size(); ++at) {
        const char c = regex[at];
        if (c == '(') {
            const std::size_t end = regex.find(')', at);
            if (end == std::string_view::npos) return std::nullopt;
            const std::string_view inside = regex.substr(at + 1, end - at - 1);
            if (inside.empty() || inside.find('(') != std::string_view::npos ||
                inside.front() == '?' || inside.find('\\') != std::string_view::npos ||
                inside.find('^') == 0 || inside.back() == '$' ||
                (end + 1 < regex.size() &&
                 std::string_view("*+?{").find(regex[end + 1]) != std::string_view::npos))
                return std::nullopt;
            pieces.push_back({++groups, std::string(inside)});
            at = end;
        } else if (c == '\\') {
            if (at + 1 >= regex.size() ||
                std::isalnum(static_cast<unsigned char>(regex[at + 1])) != 0)
                return std::nullopt;
            add_character(pieces, regex[++at]);
        } else if (std::string_view(".*+?[]{}|^$)").find(c) != std::string_view::npos) {
            return std::nullopt;
        } else {
            add_character(pieces, c);
        }
    }
    return pieces;
}

std::optional<Pieces> pieces_of_result(std::string_view result) {
    Pieces pieces;
    for (std::size_t at = 0; at < result.size(); ++at) {
        if (result[at] != '$') {
            add_character(pieces, result[at]);
            continue;
        }
        if (++at >= result.size()) return std::nullopt;
        if (result[at] == '$') {
            add_character(pieces, '$');
            continue;
        }
        const bool closed = result[at] == '{' || result[at] == '(';
        if (closed) ++at;
        if (at >= result.size() || result[at] < '1' || result[at] > '9') return std::nullopt;
        pieces.push_back({static_cast<std::size_t>(result[at] - '0'), {}});
        if (at + 1 < result.size() && result[at + 1] >= '0' && result[at + 1] <= '9')
            return std::nullopt;
        if (closed) ++at;
    }
    return pieces;
}

// At most one group on each side of the one @, so that the groups follow from the text.
bool is_plain(const Pieces& pieces, bool needs_at) {
    int ats = 0;
    int here = 0;
    for (const Piece& piece : pieces) {
        if (piece.group != 0) {
            if (++here > 1) return false;
            continue;
        }
        const auto found = std::count(piece.text.begin(), piece.text.end(), '@');
        ats += static_cast<int>(found);
        if (found > 0) here = 0;
    }
    return ats == 1 || (ats == 0 && !needs_at);
}

bool has_at(const Pieces& pieces) {
    return std::any_of(pieces.begin(), pieces.end(), [](const Piece& piece) {
        return piece.group == 0 && piece.text.find('@') != std::string::npos;
    });
}

}  // namespace

std::string quoted_regex(std::string_view text) {
    std::string quoted;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '@' && c != '_' && c != '-' &&
            static_cast<unsigned char>(c) < 0x80)
            quoted += '\\';
        quoted += c;
    }
    return quoted;
}

tl::expected<InversePattern, std::string> inverse_pattern(std::string_view regex,
                                                          std::string_view result,
                                                          std::string_view default_realm) {
    using Error = tl::unexpected<std::string>;
    if (result.find_first_of(", \t") != std::string_view::npos)
        return Error("its result is more than one login, made of groups");
    const auto into = pieces_of_result(result);
    if (!into) return Error("its result cannot be read");
    if ((regex == "^(.*)$" || regex == "^(.+)$") && into->size() == 1 && into->front().group == 1)
        return InversePattern{"*", "{login}"};
    const auto from = pieces_of_pattern(regex);
    if (!from || !is_plain(*from, true) || !is_plain(*into, false))
        return Error("which login it gives cannot be turned round to what a login may send as");
    std::vector<const Piece*> groups;
    for (const Piece& piece : *from)
        if (piece.group != 0) groups.push_back(&piece);

    InversePattern inverse{"/^", {}};
    std::vector<bool> used(groups.size(), false);
    for (const Piece& piece : *into) {
        if (piece.group == 0) {
            inverse.login += quoted_regex(piece.text);
            continue;
        }
        if (piece.group > groups.size()) return Error("its result names a group that is not there");
        if (used[piece.group - 1]) return Error("its result uses a group twice, and RE2 cannot");
        used[piece.group - 1] = true;
        inverse.login +=
            "(?P<g" + std::to_string(piece.group) + ">" + groups[piece.group - 1]->text + ")";
    }
    if (!has_at(*into)) {
        if (default_realm.empty()) return Error("its result is a login without a realm");
        inverse.login += "@" + quoted_regex(default_realm);
    }
    inverse.login += "$/";
    if (std::find(used.begin(), used.end(), false) != used.end())
        return Error("its result leaves a group out, so that one login would own many senders");
    for (const Piece& piece : *from) {
        if (piece.text.find_first_of("*{}") != std::string::npos && piece.group == 0)
            return Error("a `*` or a brace of its pattern would have a meaning in a policy");
        inverse.sender += piece.group != 0 ? "{g" + std::to_string(piece.group) + "}" : piece.text;
    }
    return inverse;
}

}  // namespace relaypermit
