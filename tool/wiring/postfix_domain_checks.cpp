// The domains that Postfix takes mail for against those of [relay].
#include <algorithm>
#include <array>
#include <string>

#include "policy/ascii.h"
#include "tool/wiring/policy_checks.h"
#include "tool/wiring/postfix_checks.h"

namespace relaypermit {
namespace {

constexpr std::array<std::string_view, 4> parameters = {"mydestination", "virtual_alias_domains",
                                                        "virtual_mailbox_domains", "relay_domains"};

// Names of the machine itself, from which nobody writes: Debian's mydestination has them.
bool is_of_machine(const PostfixFacts& facts, const std::string& domain) {
    return domain == "localhost" || domain.starts_with("localhost.") ||
           domain == "localhost.localdomain" ||
           domain == ascii_lower(facts.postfix["myhostname"].value) ||
           domain.find('.') == std::string::npos || domain.starts_with('[');
}

// Whether Postfix takes mail for it by one of these lists.
bool is_taken(const PostfixFacts& facts, const std::string& domain) {
    return std::any_of(parameters.begin(), parameters.end(), [&](std::string_view parameter) {
        const auto& items = facts.list(parameter).items;
        if (items.contains(domain)) return true;
        if (parameter != "relay_domains") return false;
        // parent_domain_matches_subdomains has relay_domains by default; else it is written .x.
        for (std::size_t dot = domain.find('.'); dot != std::string::npos;
             dot = domain.find('.', dot + 1))
            if (items.contains(domain.substr(dot + 1)) || items.contains(domain.substr(dot)))
                return true;
        return false;
    });
}

}  // namespace

void check_domains(const PostfixFacts& facts, WiringFindings& findings) {
    if (!facts.policy.loaded.policy) return;
    const PolicySource& source = facts.policy.loaded.policy->source();
    for (const std::string_view parameter : parameters) {
        const bool relayed = parameter == "relay_domains";
        std::string unknown;
        for (const std::string& item : facts.list(parameter).items) {
            if (item.starts_with('!') || is_of_machine(facts, item)) continue;
            const auto domain = normalize_domain(item.starts_with('.') ? item.substr(1) : item);
            if (!domain) continue;
            const std::string probe = item.starts_with('.') ? "x." + *domain : *domain;
            if (source.hosted_domains.contains(probe) || source.relay_domains.contains(probe))
                continue;
            unknown += (unknown.empty() ? "" : ", ") + item;
        }
        // What a domain table of the policy may hold is not known here.
        if (unknown.empty() || !source.domain_tables.empty()) continue;
        findings.push_back(
            {Severity::warning, "domains-differ", facts.postfix[parameter].origin,
             std::string(parameter) + " has " + unknown + ", and [relay] of the policy has not",
             relayed ? "mail for it from outside is refused where it leaves by a remote mailer"
                     : "a sender there counts as one of somebody else",
             std::string(relayed ? "relay_domains" : "hosted_domains") + " in [relay] of " +
                 facts.policy.file});
    }
    // What a table does not say, it may hold.
    for (const std::string_view parameter : parameters)
        if (!facts.list(parameter).unanswered.empty()) return;
    for (const auto& [set, key] : {std::pair{&source.hosted_domains, "relay.hosted_domains"},
                                   std::pair{&source.relay_domains, "relay.relay_domains"}}) {
        std::string unknown;
        for (const std::string& pattern : set->patterns()) {
            if (pattern.starts_with("*.") || is_taken(facts, pattern)) continue;
            if (pattern == ascii_lower(facts.postfix["myhostname"].value)) continue;
            unknown += (unknown.empty() ? "" : ", ") + pattern;
        }
        if (unknown.empty()) continue;
        findings.push_back({Severity::warning, "domains-differ", policy_line(facts.policy, key),
                            "the policy has " + unknown + ", and Postfix takes no mail for it",
                            "mail to it from outside is refused by Postfix",
                            "virtual_mailbox_domains, mydestination or relay_domains in " +
                                facts.postfix.main_cf()});
    }
}

}  // namespace relaypermit
