#include "policy/objections.h"

#include <algorithm>
#include <utility>

#include "policy/conditions.h"

namespace relaypermit {

Action Objections::action(Cause cause) const {
    const Action own = action_of(policy_, cause, facts_, reading_);
    const bool monitored = mode_ == Mode::of_policy && policy_.source().monitor_mode;
    if (own != Action::off && monitored) return Action::monitor;
    return own;
}

bool Objections::add(Objection objection) {
    const Action own = action(objection.cause);
    if (own == Action::off) return false;
    if (own == Action::monitor) {
        note(std::move(objection));
        return false;
    }
    noted_.push_back(std::move(objection));
    final_ = own == Action::reject ? Outcome::reject : Outcome::tempfail;
    return true;
}

bool Objections::add_undecided(Cause undecided, const std::string& table) {
    Objection failed{.cause = Cause::lookup_failed, .rule = table};
    if (action(undecided) != Action::monitor || !asked(Cause::lookup_failed))
        return add(std::move(failed));
    note(std::move(failed));
    return false;
}

// A monitored cause stands in the record once, whatever further address it objects to.
void Objections::note(Objection objection) {
    const bool noted = std::any_of(noted_.begin(), noted_.end(), [&](const Objection& earlier) {
        return earlier.cause == objection.cause;
    });
    if (!noted) noted_.push_back(std::move(objection));
}

void Objections::conclude(Verdict& verdict) {
    if (noted_.empty()) return;
    const auto chosen = final_ ? std::prev(noted_.end()) : noted_.begin();
    verdict.outcome = final_.value_or(Outcome::monitor);
    verdict.cause = chosen->cause;
    if (!chosen->rule.empty()) verdict.rules = {std::move(chosen->rule)};
    verdict.text = std::move(chosen->text);
    if (!chosen->from.empty()) verdict.from = std::move(chosen->from);
    verdict.why = std::move(chosen->why);
    verdict.reason = chosen->reason;
    verdict.instead = std::move(chosen->instead);
    noted_.erase(chosen);
    for (const Objection& other : noted_) verdict.also.push_back(other.cause);
}

}  // namespace relaypermit
