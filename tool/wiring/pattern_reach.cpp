#include "tool/wiring/pattern_reach.h"

#include <re2/re2.h>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

bool is_name_character(char c) {
    const char small = ascii_lower(std::string(1, c)).front();
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-';
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

bool implies(const TablePattern& inner, const TablePattern& condition) {
    if (inner.negated) return false;
    const std::string& domain = condition.inside;
    if (!domain.starts_with("@") || !domain.ends_with("$")) return false;
    for (std::size_t at = 0; at + 1 < domain.size(); ++at)
        if (std::string_view("*+?[]{}()|^").find(domain[at]) != std::string_view::npos)
            return false;
    return inner.inside.find('|') == std::string::npos && inner.inside.ends_with(domain);
}

}  // namespace relaypermit
