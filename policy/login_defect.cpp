#include "policy/login_defect.h"

#include <algorithm>

#include "policy/conditions.h"

namespace relaypermit {
namespace {

// Tables that were not asked yet, or are down, may own something. Of a sender that nobody can read
// they need not be asked, so whether they were must not show.
bool tables_say_nothing(const Policy& policy, const Facts& facts, const Reading& reading) {
    if (reading.sender.state == SenderReading::State::disagreed)
        return policy.source().tables.empty();
    return std::all_of(policy.source().tables.begin(), policy.source().tables.end(),
                       [&](const TableSource& table) {
                           return std::any_of(facts.table_answers.begin(),
                                              facts.table_answers.end(),
                                              [&](const TableAnswer& answer) {
                                                  return answer.table == table.id && answer.known &&
                                                         answer.senders.empty();
                                              });
                       });
}

// A grant that is over gives nothing; one that holds elsewhere, or of another field, still does.
bool is_granted_something(const Policy& policy, const Facts& facts, const Login& login) {
    Postings grants = policy.grants_to(login);
    grants.append(policy.grants_to_by_regex(login));
    const Postings left_out = policy.grants_without(login);
    const std::vector<RuleNumber> numbers = grants.sorted();
    return std::any_of(numbers.begin(), numbers.end(), [&](RuleNumber number) {
        return !left_out.contains(number) && !is_over(policy.source().grants[number], facts.now);
    });
}

}  // namespace

LoginDefect login_defect(const Policy& policy, const Facts& facts, const Reading& reading) {
    if (!reading.logged_in) return LoginDefect::none;
    if (!reading.login) return reading.login_blank ? LoginDefect::blank : LoginDefect::unreadable;
    const Login& login = *reading.login;
    const bool owns_something = owns_itself(policy.source(), login) ||
                                is_granted_something(policy, facts, login) ||
                                !tables_say_nothing(policy, facts, reading);
    if (owns_something) return LoginDefect::none;
    return login.realm.empty() ? LoginDefect::no_realm : LoginDefect::owns_nothing;
}

bool is_about_ownership(Cause cause) {
    return cause == Cause::sender_not_owned || cause == Cause::sender_not_hosted ||
           cause == Cause::from_not_owned;
}

}  // namespace relaypermit
