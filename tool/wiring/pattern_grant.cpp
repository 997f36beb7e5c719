#include "tool/wiring/pattern_grant.h"

#include <string_view>
#include <utility>

#include "policy/pattern.h"
#include "tool/wiring/pattern_inverse.h"
#include "tool/wiring/plain_pattern.h"

namespace relaypermit {
namespace {

using Fault = tl::unexpected<std::string>;

// Whether the inner pattern matches nothing that the condition does not: both end in the same
// characters from an @ on.
bool implies(const TablePattern& inner, const TablePattern& condition) {
    if (inner.negated) return false;
    const std::string& domain = condition.inside;
    if (!domain.starts_with("@") || !domain.ends_with("$")) return false;
    for (std::size_t at = 0; at + 1 < domain.size(); ++at)
        if (std::string_view("*+?[]{}()|^").find(domain[at]) != std::string_view::npos)
            return false;
    return inner.inside.find('|') == std::string::npos && inner.inside.ends_with(domain);
}

}  // namespace

tl::expected<PatternGrant, std::string> pattern_grant(const OwnerPattern& rule,
                                                      const std::string& default_realm) {
    PatternGrant grant{"*", {}, {rule.logins.begin(), rule.logins.end()}};
    if (rule.every) return grant;
    const TablePattern& pattern = rule.line.pattern;
    if (!pattern.refusal.empty()) return Fault(pattern.refusal);
    for (const TablePattern& condition : rule.line.conditions) {
        if (!condition.refusal.empty() || condition.regex.empty())
            return Fault("of the `if` around it, " + condition.refusal);
        if (condition.negated)
            grant.except.push_back(in_slashes(condition.regex));
        else if (!implies(pattern, condition))
            return Fault(
                "a policy has no \"and\" for the `if` around it: write one pattern of both");
    }
    if (!rule.templated) {
        if (pattern.negated)
            grant.except.push_back(in_slashes(pattern.regex));
        else
            grant.sender = in_slashes(pattern.regex);
        return grant;
    }
    if (pattern.negated) return Fault("a pattern with `!` has no groups");
    auto inverse = inverse_pattern(pattern.regex, rule.line.result, default_realm);
    if (!inverse) return Fault(std::move(inverse.error()));
    if (!Pattern::parse(inverse->login, PatternRole::login) ||
        !Pattern::parse(inverse->sender, PatternRole::sender))
        return Fault("a policy cannot say it");
    grant.sender = std::move(inverse->sender);
    grant.logins = {std::move(inverse->login)};
    return grant;
}

}  // namespace relaypermit
