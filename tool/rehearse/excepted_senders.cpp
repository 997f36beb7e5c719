#include "tool/rehearse/excepted_senders.h"

#include <utility>

#include "policy/conditions.h"
#include "tool/rehearse/permission_limits.h"

namespace relaypermit {
namespace {

using Kind = Pattern::Kind;

enum class Among { none, some, all };

// Whether the cause, which is about the addresses that are hosted here or about all others, is ever
// asked about a sender of the pattern.
Among asked_about(const Policy& policy, const Pattern& pattern, bool about_hosted) {
    switch (pattern.kind()) {
        case Kind::exact:
        case Kind::domain:
        case Kind::prefix:
        case Kind::suffix:
            if (policy.hosted(std::string(pattern.domain())))
                return about_hosted ? Among::all : Among::none;
            // A table may have it.
            if (has_domain_table(policy.source(), DomainRole::hosted)) return Among::some;
            return about_hosted ? Among::none : Among::all;
        case Kind::across:
            if (pattern.hosted_domains() == nullptr) return Among::some;
            return about_hosted ? Among::all : Among::none;
        case Kind::subdomain:
        case Kind::any:
        case Kind::regex:
            return Among::some;
        case Kind::null:  // the matter of null-sender-refused
        case Kind::templated:
            break;
    }
    return Among::none;
}

std::vector<PlacedPattern> those(Among which, const Policy& policy, const CauseExceptions& except,
                                 bool about_hosted) {
    std::vector<PlacedPattern> found;
    for (const PlacedPattern& one : except.senders)
        if (asked_about(policy, one.pattern, about_hosted) == which) found.push_back(one);
    return found;
}

}  // namespace

std::string by_senders(const CauseExceptions& except) {
    return "where the envelope sender is " + joined_patterns(except.senders) +
           ", by except_senders";
}

std::vector<Permission> excepted_for(const Policy& policy, Cause cause, const Login& login,
                                     const std::string& senders) {
    const CauseExceptions& except = *policy.source().exceptions[static_cast<std::size_t>(cause)];
    const std::string rule = "cause." + std::string(to_string(cause));
    const bool header = cause == Cause::from_not_owned;
    std::vector<Permission> found;
    const auto add = [&](const std::string& sender, std::vector<std::string> how) {
        Permission one{{}, sender, rule, {}, std::move(how)};
        if (!header) one.conditions.emplace_back("only in envelope");
        found.push_back(std::move(one));
    };
    if (is_excepted(policy.source(), cause, login)) add(senders, {"by except_logins"});
    if (!except.clients.empty()) {
        std::string clients;
        for (const PlacedNetwork& client : except.clients)
            clients += (clients.empty() ? "" : ", ") + to_string(client.network);
        add(senders, {"only from " + clients + ", by except_clients"});
    }
    if (except.senders.empty()) return found;
    if (header) {
        add(senders, {by_senders(except)});
        return found;
    }
    const bool about_hosted = cause == Cause::sender_not_owned;
    if (const auto all = those(Among::all, policy, except, about_hosted); !all.empty())
        add(joined_patterns(all), {"by except_senders"});
    if (const auto some = those(Among::some, policy, except, about_hosted); !some.empty())
        add(joined_patterns(some),
            {"by except_senders",
             about_hosted ? "only what is hosted here" : "only what is not hosted here"});
    return found;
}

}  // namespace relaypermit
