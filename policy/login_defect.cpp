#include "policy/login_defect.h"

#include <algorithm>

#include "policy/conditions.h"
#include "policy/table_questions.h"

namespace relaypermit {
namespace {

// Tables that were not asked yet, or are down, may own something, and those that are asked about
// one address something else. Of a sender that nobody can read they need not be asked, so whether
// they were must not show.
bool tables_say_nothing(const Policy& policy, const Facts& facts, const Reading& reading) {
    const bool asked = reading.sender.state != SenderReading::State::disagreed;
    return std::all_of(policy.source().tables.begin(), policy.source().tables.end(),
                       [&](const TableSource& table) {
                           if (!is_in_force(*table.rare, facts.now)) return true;
                           if (!asked || table.per_address) return false;
                           const TableAnswer* answer =
                               answer_to(*question_to(table, nullptr), facts.table_answers);
                           return answer != nullptr && answer->known && answer->senders.empty();
                       });
}

// A grant whose time it is not gives nothing; one that holds elsewhere, or of another field, still
// does.
bool is_granted_something(const Policy& policy, const Facts& facts, const Login& login) {
    Postings grants = policy.grants_to(login);
    grants.append(policy.grants_to_by_regex(login));
    const Postings left_out = policy.grants_without(login);
    const std::vector<RuleNumber> numbers = grants.sorted();
    return std::any_of(numbers.begin(), numbers.end(), [&](RuleNumber number) {
        return !left_out.contains(number) &&
               is_in_force(*policy.source().grants[number].rare, facts.now);
    });
}

}  // namespace

Reason login_defect(const Policy& policy, const Facts& facts, const Reading& reading) {
    if (!reading.logged_in) return Reason::none;
    if (!reading.login) return reading.login_blank ? Reason::login_blank : Reason::login_unreadable;
    const Login& login = *reading.login;
    const bool owns_something = owns_itself(policy.source(), login) ||
                                is_granted_something(policy, facts, login) ||
                                !tables_say_nothing(policy, facts, reading);
    if (owns_something) return Reason::none;
    if (login.realm.empty()) return Reason::login_no_realm;
    // It would own itself but for its realm.
    return policy.source().owns_own_address ? Reason::realm_not_served : Reason::login_owns_nothing;
}

bool is_about_ownership(Cause cause) {
    return cause == Cause::sender_not_owned || cause == Cause::sender_not_hosted ||
           cause == Cause::from_not_owned;
}

}  // namespace relaypermit
