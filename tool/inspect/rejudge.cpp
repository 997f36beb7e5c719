#include "tool/inspect/rejudge.h"

#include <algorithm>
#include <utility>

#include "policy/add_new.h"
#include "record/value.h"
#include "tool/inspect/recorded_facts.h"

namespace relaypermit {
namespace {

bool contains(const std::vector<Cause>& causes, Cause cause) {
    return std::find(causes.begin(), causes.end(), cause) != causes.end();
}

// Whether the restriction could let somebody of that domain pass whose name is not on record.
bool turns_on_the_local_part(const Policy& policy, const std::string& restriction,
                             const std::string& domain) {
    const auto& all = policy.source().restrictions;
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const Restriction& each) { return each.id == restriction; });
    if (found == all.end() || !found->recipients) return false;
    return std::any_of(found->recipients->begin(), found->recipients->end(),
                       [&](const PlacedPattern& placed) {
                           const Pattern& pattern = placed.pattern;
                           switch (pattern.kind()) {
                               case Pattern::Kind::exact:
                                   return pattern.affix().ends_with("@" + domain);
                               case Pattern::Kind::prefix:
                               case Pattern::Kind::suffix:
                                   return pattern.domain() == domain;
                               default:
                                   return pattern.kind() == Pattern::Kind::regex;
                           }
                       });
}

bool was_cut(const Record& record) {
    const auto cut = [](const std::string& value) { return is_cut(value, max_value_bytes); };
    return cut(record.login) || cut(record.sender) || cut(record.header_sender) ||
           std::any_of(record.recipients.begin(), record.recipients.end(), cut) ||
           (record.stage == Stage::headers &&
            (std::any_of(record.from.begin(), record.from.end(), cut) ||
             (record.from.size() > max_listed && record.from.back() == cut_mark)));
}

// Whether the verdict turns on a table that was not asked, or did not answer.
bool lacks_an_answer(const Verdict& verdict) {
    return !verdict.questions.empty() || verdict.cause == Cause::lookup_failed ||
           contains(verdict.also, Cause::lookup_failed);
}

// Plays the stages that the record reached.
class Replayer {
  public:
    Replayer(const Policy& policy, const Record& record, TimePoint now, const Ask& ask)
        : policy_(policy), record_(record), facts_(facts_of(record, now)), ask_(ask) {}

    Rejudged play() {
        const std::vector<Recipient> recipients = std::exchange(facts_.recipients, {});
        if (!passes(Stage::mail) || !passes_helo() || record_.stage == Stage::mail)
            return std::move(judged_);
        if (recipients.empty() && record_.recipient_count > 0) {
            if (record_.stage == Stage::rcpt) {
                judged_.unjudged = Unjudged::recipients;
                return std::move(judged_);
            }
            // Enough for what asks whether the message leaves: somebody elsewhere.
            facts_.recipients = {};
        }
        for (const Recipient& recipient : recipients) {
            facts_.recipients.push_back(recipient);
            if (!passes(Stage::rcpt)) return std::move(judged_);
        }
        if (record_.stage == Stage::headers) static_cast<void>(passes(Stage::headers));
        return std::move(judged_);
    }

  private:
    // False where the message goes no further.
    bool passes(Stage stage) {
        Verdict verdict = decide(policy_, facts_, reading_, stage, ask_);
        judged_.stage = stage;
        if (lacks_an_answer(verdict)) {
            judged_.unjudged = Unjudged::alias_table;
            return false;
        }
        if (stage == Stage::rcpt && verdict.refused() && !decided_by_domain(verdict)) {
            judged_.unjudged = Unjudged::recipients;
            return false;
        }
        if (verdict.cause)
            note(*verdict.cause, verdict.refused() ? verdict.outcome : Outcome::monitor);
        for (const Cause cause : verdict.also) note_further(cause);
        for (const std::string& rule : verdict.rules)
            if (std::find(judged_.rules.begin(), judged_.rules.end(), rule) == judged_.rules.end())
                judged_.rules.push_back(rule);
        judged_.why = verdict.why;
        judged_.verdict = std::move(verdict);
        if (judged_.refused()) judged_.rules = judged_.verdict.rules;
        return !judged_.refused();
    }

    // Whether what was kept of the last recipient is enough for this refusal.
    [[nodiscard]] bool decided_by_domain(const Verdict& verdict) const {
        if (verdict.cause != Cause::recipient_not_allowed || record_.recipients.empty())
            return true;
        const std::string& kept = record_.recipients[facts_.recipients.size() - 1];
        if (!kept.starts_with('@')) return true;
        const auto normalized = normalize_domain(std::string_view{kept}.substr(1));
        const std::string domain = normalized.value_or(kept.substr(1));
        return std::none_of(verdict.rules.begin(), verdict.rules.end(),
                            [&](const std::string& rule) {
                                return turns_on_the_local_part(policy_, rule, domain);
                            });
    }

    // Our own address, which HELO forged, is not on record: what was found then is found again.
    bool passes_helo() {
        const auto own = policy_.cause(Cause::helo_forged).action;
        if (record_.cause != Cause::helo_forged || own == Action::off) return true;
        const bool monitored = policy_.source().monitor_mode || own == Action::monitor;
        note(Cause::helo_forged, monitored                 ? Outcome::monitor
                                 : own == Action::tempfail ? Outcome::tempfail
                                                           : Outcome::reject);
        return monitored;
    }

    void note(Cause cause, Outcome outcome) {
        if (outcome == Outcome::monitor && judged_.outcome == Outcome::monitor) {
            note_further(cause);
            return;
        }
        if (judged_.cause) note_further(*judged_.cause);
        judged_.cause = cause;
        judged_.outcome = outcome;
    }
    void note_further(Cause cause) { add_new(judged_.also, cause); }

    const Policy& policy_;
    const Record& record_;
    Facts facts_;
    Reading reading_{};
    const Ask& ask_;
    Rejudged judged_{};
};

}  // namespace

std::string_view to_string(Unjudged why) {
    switch (why) {
        case Unjudged::no:
            return "";
        case Unjudged::lookup_failed:
            return "what could not be looked up then is not on record";
        case Unjudged::alias_table:
            return "it turns on a table that gives no answer now";
        case Unjudged::cut:
            return "a value was too long to be kept whole";
        case Unjudged::recipients:
            return "its recipient is not on record";
        case Unjudged::varied:
            return "rows of a flood of different decisions, of which the first alone is on record";
    }
    return "";
}

std::string_view to_string(Change change) {
    switch (change) {
        case Change::none:
            return "unchanged";
        case Change::newly_refused:
            return "newly-refused";
        case Change::newly_permitted:
            return "newly-permitted";
        case Change::passes_stage:
            return "no-longer-refused-there";
        case Change::other_cause:
            return "other-cause";
        case Change::no_objection:
            return "no-objection";
        case Change::no_longer_objected:
            return "no-longer-objected-to";
    }
    return "";
}

Rejudged rejudge(const Policy& policy, const Record& record, TimePoint now, const Ask& ask) {
    Rejudged judged;
    judged.stage = record.stage;
    if (record.cause == Cause::lookup_failed) {
        judged.unjudged = Unjudged::lookup_failed;
        return judged;
    }
    if (was_cut(record)) {
        judged.unjudged = Unjudged::cut;
        return judged;
    }
    if (record.verdict != Outcome::mta_reject) return Replayer{policy, record, now, ask}.play();
    Facts facts = facts_of(record, now);
    if (facts.recipients.empty()) {
        judged.unjudged = Unjudged::recipients;
        return judged;
    }
    judged.verdict = diagnose_mta_reject(policy, facts, ask);
    if (lacks_an_answer(judged.verdict)) {
        judged.unjudged = Unjudged::alias_table;
        return judged;
    }
    judged.outcome = judged.verdict.cause ? Outcome::mta_reject : Outcome::accept;
    judged.cause = judged.verdict.cause;
    judged.also = judged.verdict.also;
    judged.rules = judged.verdict.rules;
    return judged;
}

Change compare(const Record& record, const Rejudged& now) {
    if (now.unjudged != Unjudged::no) return Change::none;
    switch (record.verdict) {
        case Outcome::accept:
            return now.refused() && !(now.cause && contains(record.also, *now.cause))
                       ? Change::newly_refused
                       : Change::none;
        case Outcome::monitor:
            if (now.refused()) {
                return now.cause == record.cause || (now.cause && contains(record.also, *now.cause))
                           ? Change::newly_refused
                           : Change::none;
            }
            return record.cause && now.cause != record.cause && !contains(now.also, *record.cause)
                       ? Change::no_longer_objected
                       : Change::none;
        case Outcome::mta_reject:
            if (!now.cause) return record.cause ? Change::no_objection : Change::none;
            return now.cause == record.cause ? Change::none : Change::other_cause;
        case Outcome::reject:
        case Outcome::tempfail:
            break;
    }
    if (now.refused()) {
        return now.cause == record.cause && now.outcome == record.verdict ? Change::none
                                                                          : Change::other_cause;
    }
    return record.stage == Stage::headers ? Change::newly_permitted : Change::passes_stage;
}

}  // namespace relaypermit
