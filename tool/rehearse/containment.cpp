#include "tool/rehearse/containment.h"

#include <algorithm>
#include <optional>

#include "policy/domain_relations.h"

namespace relaypermit {
namespace {

using Kind = Pattern::Kind;

// Patterns that match no single name but all of a kind: *@d, *@*.d, p*@d, *s@d.
bool wildcard_contains(const Pattern& outer, const Pattern& inner) {
    switch (outer.kind()) {
        case Kind::domain:
            return inner.kind() != Kind::subdomain && inner.domain() == outer.domain();
        case Kind::subdomain:
            return is_below(inner.domain(), outer.domain()) ||
                   (inner.kind() == Kind::subdomain && inner.domain() == outer.domain());
        case Kind::prefix:
            return inner.kind() == Kind::prefix && inner.domain() == outer.domain() &&
                   inner.affix().starts_with(outer.affix());
        case Kind::suffix:
            return inner.kind() == Kind::suffix && inner.domain() == outer.domain() &&
                   inner.affix().ends_with(outer.affix());
        case Kind::across:
            // *@hosted: any local part of each of these domains.
            return outer.hosted_domains() != nullptr && outer.local_part()->literal.empty() &&
                   inner.kind() != Kind::subdomain &&
                   outer.hosted_domains()->contains(std::string(inner.domain()));
        default:
            return false;
    }
}

bool is_wildcard(Kind kind) {
    return kind == Kind::domain || kind == Kind::subdomain || kind == Kind::prefix ||
           kind == Kind::suffix;
}

// What holds for logins and senders alike.
std::optional<bool> contains_by_kind(const Pattern& outer, const Pattern& inner) {
    if (outer.kind() == Kind::any) return true;
    if (inner.kind() == Kind::any) return false;
    if (outer.kind() == inner.kind() && outer.text() == inner.text()) return true;
    if (is_wildcard(inner.kind())) return wildcard_contains(outer, inner);
    if (inner.kind() != Kind::exact) return false;
    return std::nullopt;
}

// Whether whatever `outer` leaves out, `inner` leaves out too.
template <typename List>
bool leaves_out_all(const List& inner, const List& outer) {
    return std::all_of(outer.begin(), outer.end(), [&](const PlacedPattern& one) {
        return std::any_of(inner.begin(), inner.end(), [&](const PlacedPattern& other) {
            return other.pattern.text() == one.pattern.text();
        });
    });
}

std::optional<Address> address_of(const Pattern& exact) {
    auto address = parse_address(exact.affix());
    if (!address) return std::nullopt;
    return *std::move(address);
}

}  // namespace

Login login_of(const Pattern& exact) {
    const std::string key(exact.affix());
    const std::size_t at = key.rfind('@');
    if (at == std::string::npos || exact.domain().empty()) return {key, {}};
    return {key.substr(0, at), key.substr(at + 1)};
}

std::optional<Address> owner_of(const Pattern& prefix, const std::string& subaddress_delimiter) {
    // What ends in -request and the like is never split (see without_subaddress): with a delimiter
    // that stands in such names, no one address owns all that a prefix matches.
    const auto stands_in_names = [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); };
    if (prefix.kind() != Kind::prefix ||
        std::any_of(subaddress_delimiter.begin(), subaddress_delimiter.end(), stands_in_names))
        return std::nullopt;
    Address longer{std::string(prefix.affix()) + "x", std::string(prefix.domain())};
    Address owner = without_subaddress(longer, subaddress_delimiter);
    if (owner == longer) return std::nullopt;
    return owner;
}

bool login_contains(const Pattern& outer, const Pattern& inner) {
    const auto decided = contains_by_kind(outer, inner);
    return decided ? *decided : outer.matches(login_of(inner));
}

bool restriction_contains(const Pattern& outer, const Pattern& inner,
                          const std::string& subaddress_delimiter) {
    if (login_contains(outer, inner)) return true;
    if (inner.kind() == Kind::exact)
        return outer.matches(without_subaddress(login_of(inner), subaddress_delimiter));
    const auto owner = owner_of(inner, subaddress_delimiter);
    return owner && outer.matches(Login{owner->local, owner->domain});
}

bool restriction_contains(const LoginPatterns& outer, const LoginPatterns& inner,
                          const std::string& subaddress_delimiter) {
    return std::all_of(inner.begin(), inner.end(), [&](const LoginPattern& one) {
        return std::any_of(outer.begin(), outer.end(), [&](const LoginPattern& other) {
            return (!one.group.empty() && one.group == other.group) ||
                   restriction_contains(other.pattern, one.pattern, subaddress_delimiter);
        });
    });
}

bool sender_contains(const Pattern& outer, const Pattern& inner,
                     const std::string& subaddress_delimiter) {
    const auto decided = contains_by_kind(outer, inner);
    if (decided && *decided) return true;
    if (inner.kind() == Kind::templated) {
        // A template whose domain is fixed stays within it.
        return (outer.kind() == Kind::domain && outer.domain() == inner.domain()) ||
               (outer.kind() == Kind::subdomain && is_below(inner.domain(), outer.domain()));
    }
    if (const auto owner = owner_of(inner, subaddress_delimiter)) return outer.matches(*owner);
    if (inner.kind() == Kind::exact) {
        const auto address = address_of(inner);
        return address && (outer.matches(*address) ||
                           outer.matches(without_subaddress(*address, subaddress_delimiter)));
    }
    return false;
}

bool subjects_contain(const LoginPatterns& outer, const LoginPatterns& inner) {
    return std::all_of(inner.begin(), inner.end(), [&](const LoginPattern& one) {
        return std::any_of(outer.begin(), outer.end(), [&](const LoginPattern& other) {
            return (!one.group.empty() && one.group == other.group) ||
                   login_contains(other.pattern, one.pattern);
        });
    });
}

bool subjects_contain(const std::vector<PlacedNetwork>& outer,
                      const std::vector<PlacedNetwork>& inner) {
    return std::all_of(inner.begin(), inner.end(), [&](const PlacedNetwork& one) {
        return std::any_of(outer.begin(), outer.end(), [&](const PlacedNetwork& other) {
            return other.network.contains(one.network);
        });
    });
}

bool networks_contain(const std::vector<Network>& outer, const std::vector<Network>& inner) {
    if (outer.empty()) return true;
    if (inner.empty()) return false;
    return std::all_of(inner.begin(), inner.end(), [&](const Network& one) {
        return std::any_of(outer.begin(), outer.end(),
                           [&](const Network& other) { return other.contains(one); });
    });
}

bool disjoint(const std::vector<Network>& a, const std::vector<Network>& b) {
    if (a.empty() || b.empty()) return false;
    return std::none_of(a.begin(), a.end(), [&](const Network& one) {
        return std::any_of(b.begin(), b.end(), [&](const Network& other) {
            return one.contains(other) || other.contains(one);
        });
    });
}

bool grant_contains(const Grant& outer, const Grant& inner,
                    const std::string& subaddress_delimiter) {
    const auto no_more_fields = [&] {
        return (outer.fields.envelope || !inner.fields.envelope) &&
               (outer.fields.from || !inner.fields.from) &&
               (outer.fields.sender || !inner.fields.sender);
    };
    const bool lasts = contains(*outer.rare, *inner.rare);
    // Templates with captures of a regex mean what their own regex captures.
    const auto covers = [&](const PlacedPattern& one) {
        return std::any_of(
            outer.senders.begin(), outer.senders.end(), [&](const PlacedPattern& other) {
                return sender_contains(other.pattern, one.pattern, subaddress_delimiter);
            });
    };
    const auto same_captures = [&] {
        const bool templated = std::any_of(
            outer.senders.begin(), outer.senders.end(),
            [](const PlacedPattern& sender) { return sender.pattern.kind() == Kind::templated; });
        const auto is_regex = [](const LoginPattern& login) {
            return login.pattern.kind() == Kind::regex;
        };
        return !templated || (std::none_of(outer.logins.begin(), outer.logins.end(), is_regex) &&
                              std::none_of(inner.logins.begin(), inner.logins.end(), is_regex));
    };
    return outer.logins.empty() == inner.logins.empty() &&
           outer.rare->clients.empty() == inner.rare->clients.empty() &&
           !(inner.logins.empty() && inner.rare->clients.empty()) && no_more_fields() && lasts &&
           leaves_out_all(inner.rare->except, outer.rare->except) &&
           leaves_out_all(inner.rare->except_logins, outer.rare->except_logins) &&
           (!outer.rare->visible || inner.rare->visible) &&
           networks_contain(outer.rare->networks, inner.rare->networks) &&
           std::all_of(inner.senders.begin(), inner.senders.end(), covers) && same_captures() &&
           subjects_contain(outer.logins, inner.logins) &&
           subjects_contain(outer.rare->clients, inner.rare->clients);
}

}  // namespace relaypermit
