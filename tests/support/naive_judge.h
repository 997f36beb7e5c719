// The verdict of the naive evaluator, cause by cause: which of them decides, and what is noted.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/naive_evaluator.h"
#include "tests/support/naive_session.h"

namespace relaypermit::naive {

class Judge {
  public:
    explicit Judge(const Session& session) : session_(session) {}

    [[nodiscard]] bool decided() const { return decided_; }

    // Whether the cause is worth asking about: nothing has decided yet and it is not off.
    [[nodiscard]] bool asks(Cause cause) const { return !decided_ && action(cause) != Action::off; }

    void refuse(Cause cause, const std::string& rule = "", Reason reason = Reason::none) {
        if (!asks(cause)) return;
        if (action(cause) == Action::monitor) return note(cause, rule, reason);
        decided_ = true;
        verdict_.reason = reason;
        verdict_.cause = cause;
        if (!rule.empty()) verdict_.rules = {rule};
        verdict_.outcome = action(cause) == Action::reject ? Outcome::reject : Outcome::tempfail;
        verdict_.also = noted_;
    }

    // `undecided` could not be answered: lookup-failed takes its place. Where the cause that it
    // stands for is only monitored, so is lookup-failed: monitoring refuses nothing.
    void unknown(Cause undecided, const std::string& table) {
        if (!asks(undecided)) return;
        if (action(undecided) == Action::monitor) {
            if (asks(Cause::lookup_failed)) note(Cause::lookup_failed, table);
            return;
        }
        refuse(Cause::lookup_failed, table);
    }

    void used(const std::string& rule) {
        if (std::find(used_.begin(), used_.end(), rule) == used_.end()) used_.push_back(rule);
    }

    [[nodiscard]] NaiveVerdict verdict() {
        if (decided_) return verdict_;
        if (!noted_.empty()) {
            verdict_.outcome = Outcome::monitor;
            verdict_.cause = noted_.front();
            verdict_.also.assign(noted_.begin() + 1, noted_.end());
            if (!noted_rule_.empty()) verdict_.rules = {noted_rule_};
            verdict_.reason = noted_reason_;
            return verdict_;
        }
        verdict_.rules = used_;
        return verdict_;
    }

  private:
    [[nodiscard]] Action action(Cause cause) const {
        const Action own = is_excepted(session_, cause)
                               ? Action::off
                               : session_.policy.causes[static_cast<std::size_t>(cause)].action;
        if (session_.policy.monitor_mode && own != Action::off) return Action::monitor;
        return own;
    }

    void note(Cause cause, const std::string& rule, Reason reason = Reason::none) {
        if (std::find(noted_.begin(), noted_.end(), cause) != noted_.end()) return;
        noted_.push_back(cause);
        if (noted_.size() > 1) return;
        noted_rule_ = rule;
        noted_reason_ = reason;
    }

    const Session& session_;
    NaiveVerdict verdict_{};
    bool decided_{};
    std::vector<Cause> noted_{};
    std::string noted_rule_{};
    Reason noted_reason_{};
    std::vector<std::string> used_{};
};

bool counts_now(const Restriction& restriction, const Facts& facts) {
    const Validity& time = *restriction.time;
    if (time.since && facts.now < *time.since) return false;
    return !time.until || facts.now < *time.until;
}

}  // namespace relaypermit::naive
