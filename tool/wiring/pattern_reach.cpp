#include "tool/wiring/pattern_reach.h"

#include <re2/re2.h>

#include <algorithm>

#include "policy/ascii.h"
#include "tool/wiring/plain_pattern.h"

namespace relaypermit {
namespace {

bool is_name_character(char c) {
    const char small = ascii_lower(std::string(1, c)).front();
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

// Whether a pattern surely matches no address of the domain: it ends in another one.
bool is_elsewhere(const TablePattern& pattern, const std::string& domain) {
    const std::string& regex = pattern.regex.empty() ? pattern.wider : pattern.regex;
    const std::size_t at = regex.rfind('@');
    if (at == std::string::npos || !regex.ends_with("$") ||
        pattern.inside.find('|') != std::string::npos)
        return false;
    std::string name;
    for (std::size_t i = at + 1; i + 1 < regex.size(); ++i)
        if (regex[i] == '\\' && i + 2 < regex.size() &&
            (regex[i + 1] == '.' || regex[i + 1] == '-'))
            name += regex[++i];
        else if (is_name_character(regex[i]))
            name += regex[i];
        else
            return false;
    return ascii_lower(name) != domain;
}

}  // namespace

bool may_answer(const OwnerPattern& asked, const std::string& address) {
    if (asked.every) return true;
    const TablePattern& pattern = asked.line.pattern;
    const bool found =
        asked.reach == nullptr ||
        RE2::FullMatch(re2::StringPiece(address.data(), address.size()), *asked.reach);
    return pattern.negated ? asked.reach == nullptr || !found : found;
}

bool includes(const OwnerLogins& all, const OwnerLogins& some) {
    return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

std::optional<std::vector<std::string>> PatternReach::before(Turn turn, const OwnerLogins& logins,
                                                             bool templated,
                                                             const std::string& domain) const {
    std::vector<std::string> reach;
    for (const OwnerPattern& rule : patterns_) {
        if (rule.turn >= turn) break;
        if (!templated && !rule.templated && carried_.contains(rule.turn) &&
            includes(rule.logins, logins))
            continue;
        if (rule.every || rule.line.pattern.negated) return std::nullopt;
        const TablePattern& pattern = rule.line.pattern;
        if (!domain.empty() && is_elsewhere(pattern, domain)) continue;
        reach.push_back(in_slashes(pattern.regex.empty() ? pattern.wider : pattern.regex));
    }
    return reach;
}

}  // namespace relaypermit
