#include "tool/rehearse/rights_left.h"

#include <algorithm>

#include "policy/conditions.h"
#include "policy/from_field.h"

namespace relaypermit {
namespace {

// Whether a grant that covers the login lets it send as an address that anybody has: filled with
// `EXAMPLE\mallory` a template makes none.
bool lets_send(const Grant& grant, const Login& login) {
    const auto fills = [&](const Pattern& sender, const Captures& captures) {
        return sender.fill(captures) &&
               std::none_of(
                   sender.names().begin(), sender.names().end(), [&](const std::string& name) {
                       const auto value = captures.find(name);
                       return value != captures.end() &&
                              value->second.find_first_of(spelling_signs) != std::string::npos;
                   });
    };
    return std::any_of(
        grant.senders.begin(), grant.senders.end(), [&](const PlacedPattern& sender) {
            if (sender.pattern.kind() != Pattern::Kind::templated) return true;
            return std::any_of(grant.logins.begin(), grant.logins.end(),
                               [&](const LoginPattern& one) {
                                   const auto captures = one.pattern.capture(login);
                                   return captures && fills(sender.pattern, *captures);
                               });
        });
}

// Of the address of a login that no From can hold nothing comes but a refusal.
bool may_send_as_itself(const Policy& policy, const Login& login) {
    const PolicySource& source = policy.source();
    return owns_itself(source, login) &&
           (source.missing_from == MissingFrom::envelope ||
            !refuses(policy.cause(Cause::from_unusable).action) || parse_from(to_string(login)));
}

}  // namespace

std::vector<const Grant*> grants_left(const Policy& policy, const Login& login, TimePoint now) {
    Postings numbers = policy.grants_to(login);
    numbers.append(policy.grants_to_by_regex(login));
    std::vector<const Grant*> left;
    for (const RuleNumber number : numbers.sorted()) {
        const Grant& grant = policy.source().grants[number];
        if (!is_over(*grant.rare, now) && !leaves_out(grant, login, policy.source()) &&
            lets_send(grant, login))
            left.push_back(&grant);
    }
    return left;
}

bool may_send(const Policy& policy, const Login& login, TimePoint now) {
    return may_send_as_itself(policy, login) || !grants_left(policy, login, now).empty();
}

namespace {

// The grant by which one login may send as the address of another, as who are one account may: by
// a template, or because it is a grant of that address to that login alone.
const Grant* joins(const Policy& policy, const Login& login, const Login& other, TimePoint now) {
    const Address address{other.user, other.realm};
    Postings senders = policy.grants_as(address);
    senders.append(policy.grants_as_template(address));
    if (senders.empty()) return nullptr;
    Postings subjects = policy.grants_to(login);
    subjects.append(policy.grants_to_by_regex(login));
    for (const RuleNumber number : Postings::both(subjects, senders)) {
        const Grant& grant = policy.source().grants[number];
        if (is_over(*grant.rare, now)) continue;
        for (const PlacedPattern& sender : grant.senders) {
            const Pattern& pattern = sender.pattern;
            if (pattern.kind() == Pattern::Kind::exact && grant.logins.size() == 1 &&
                pattern.matches(address))
                return &grant;
            if (pattern.kind() != Pattern::Kind::templated) continue;
            for (const LoginPattern& one : grant.logins)
                if (const auto captures = one.pattern.capture(login);
                    captures && pattern.matches_filled(address, *captures))
                    return &grant;
        }
    }
    return nullptr;
}

}  // namespace

const Grant* makes_one(const Policy& policy, const Login& a, const Login& b, TimePoint now) {
    const Grant* grant = joins(policy, a, b, now);
    return grant != nullptr ? grant : joins(policy, b, a, now);
}

}  // namespace relaypermit
