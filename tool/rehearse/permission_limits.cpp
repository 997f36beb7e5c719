#include "tool/rehearse/permission_limits.h"

#include <algorithm>

#include "policy/restricted_login.h"
#include "tool/base/rule_time.h"
#include "tool/rehearse/containment.h"
#include "tool/rehearse/trace_words.h"

namespace relaypermit {
namespace {

template <typename List>
std::string joined(const List& patterns) {
    constexpr std::size_t most = 3;
    std::string text;
    std::size_t number = 0;
    for (const PlacedPattern& one : patterns)
        if (number++ < most) text += (text.empty() ? "" : ", ") + one.pattern.text();
    return number <= most ? text : text + " and " + std::to_string(number - most) + " more";
}

// What a restriction says of all, or only of some clients, of a permission.
void add_restriction(const Policy& policy, const Restriction& restriction, bool of_all,
                     TimePoint now, Permission& permission) {
    if (is_over(*restriction.time, now)) return;
    std::string text;
    if (restriction.suspended) text = "suspended";
    if (restriction.networks) text += (text.empty() ? "" : ", ") + std::string("limited networks");
    if (restriction.recipients)
        text += (text.empty() ? "" : ", ") + std::string("limited recipients");
    if (restriction.mechanisms)
        text += (text.empty() ? "" : ", ") + std::string("limited mechanisms");
    if (!of_all)
        text += restriction.except_logins.empty()
                    ? std::string(" for some clients")
                    : " but for " + joined_patterns(restriction.except_logins);
    text += " by " + restriction.id;
    if (const std::string time = time_words(*restriction.time, now); !time.empty())
        text += " " + time;
    const bool refused = refuses(policy, Cause::account_suspended);
    const bool counts = refused && has_begun(*restriction.time, now);
    if (restriction.suspended && !refused)
        text += ", but " + not_refused(policy, Cause::account_suspended);
    permission.suspended = permission.suspended || (restriction.suspended && of_all && counts);
    permission.conditions.push_back(std::move(text));
}

}  // namespace

std::vector<std::string> limits_of(const GrantLimits& limits, const GrantFields& fields,
                                   TimePoint now) {
    std::vector<std::string> conditions;
    if (std::string time = time_words(limits, now); !time.empty())
        conditions.push_back(std::move(time));
    if (!limits.networks.empty()) conditions.push_back("only from " + words_of(limits.networks));
    if (!fields.envelope || !fields.from || !fields.sender) {
        std::string only;
        if (fields.envelope) only = "envelope";
        if (fields.from) only += only.empty() ? "From" : ", From";
        if (fields.sender) only += only.empty() ? "Sender" : ", Sender";
        conditions.push_back("only in " + only);
    }
    return conditions;
}

std::vector<std::string> conditions_of(const Grant& grant, TimePoint now) {
    std::vector<std::string> conditions = limits_of(*grant.rare, grant.fields, now);
    if (grant.rare->visible) conditions.emplace_back("in From only beside a Sender of its own");
    return conditions;
}

Match may_own_itself(const PolicySource& source, const Login& login, Match hosted) {
    if (owns_itself(source, login)) return Match::yes;
    Login of_table = login;
    of_table.in_hosted_table = true;
    return hosted == Match::unknown && owns_itself(source, of_table) ? Match::unknown : Match::no;
}

std::string not_refused(const Policy& policy, Cause cause) {
    return "`" + std::string(to_string(cause)) + "` is " +
           std::string(to_string(policy.cause(cause).action));
}

std::string joined_patterns(const LoginPatterns& patterns) {
    return joined(patterns);
}

std::string joined_patterns(const std::vector<PlacedPattern>& patterns) {
    return joined(patterns);
}

void add_restrictions(const Policy& policy, const Login& login, TimePoint now,
                      Permission& permission) {
    const RestrictedLogin names(policy.source(), login);
    for (const Restriction& restriction : policy.source().restrictions) {
        if (leaves_out(restriction, login, policy.source().subaddress_delimiter)) continue;
        if (std::any_of(
                restriction.logins.begin(), restriction.logins.end(),
                [&](const LoginPattern& one) { return names.reached_by(one.pattern) != nullptr; }))
            add_restriction(policy, restriction, restriction.clients.empty(), now, permission);
    }
}

void add_restrictions(const Policy& policy, const Pattern& logins, TimePoint now,
                      Permission& permission) {
    const std::string& delimiters = policy.source().subaddress_delimiter;
    for (const Restriction& restriction : policy.source().restrictions)
        if (std::any_of(restriction.logins.begin(), restriction.logins.end(),
                        [&](const LoginPattern& one) {
                            return restriction_contains(one.pattern, logins, delimiters);
                        }))
            add_restriction(policy, restriction,
                            restriction.clients.empty() && restriction.except_logins.empty(), now,
                            permission);
}

void add_restrictions(const Policy& policy, const Network& clients, TimePoint now,
                      Permission& permission) {
    for (const Restriction& restriction : policy.source().restrictions) {
        if (!restriction.logins.empty()) continue;
        const Match subject = within(restriction.clients, clients);
        if (subject != Match::no)
            add_restriction(policy, restriction, subject == Match::yes, now, permission);
    }
}

}  // namespace relaypermit
