#include "tool/inspect/grant_needs.h"

#include <algorithm>

#include "policy/add_new.h"
#include "policy/domain_standings.h"
#include "policy/evaluate.h"
#include "policy/reading.h"
#include "policy/table_questions.h"
#include "tool/inspect/abuse.h"
#include "tool/inspect/recorded_facts.h"
#include "tool/rehearse/remedy.h"

namespace relaypermit {
namespace {

Fields field_of(GrantField field) {
    return Fields{}.set(static_cast<std::size_t>(field));
}

const Fields every_field = Fields{}.set();

}  // namespace

std::optional<Cause> cause_for_a_grant(const Rejudged& judged) {
    if (judged.cause && about_ownership(*judged.cause)) return judged.cause;
    const auto found = std::find_if(judged.also.begin(), judged.also.end(), about_ownership);
    return found == judged.also.end() ? std::nullopt : std::optional{*found};
}

Needs needs_of(const Policy& policy, const Record& record, TimePoint now, const Ask& ask) {
    const Rejudged judged = rejudge(policy, record, now, ask);
    if (judged.unjudged != Unjudged::no) return {.why = std::string(to_string(judged.unjudged))};
    const auto cause = cause_for_a_grant(judged);
    if (!cause) {
        // Permitted by now, or refused for something that a grant does not change.
        return {.why = judged.refused()
                           ? "refused by now as " + std::string(to_string(*judged.cause))
                           : "",
                .permitted = !judged.refused()};
    }
    Facts facts = facts_of(record, now);
    ask_every_table(policy, facts, ask);
    const Reading reading = reading_by_tables(policy, facts, read_message(policy, facts));
    if (!reading.login) return {.why = reading.login_why};
    Facts message = message_facts_of(record, now);
    message.table_answers = facts.table_answers;
    // An entry would lift a condition that the admin has set on purpose.
    if (const auto conditions = failed_conditions(policy, message); !conditions.empty())
        return {.why = "there is a grant already: " + conditions.front()};
    const Rights rights{policy, facts, reading};
    Needs needs;
    const auto need = [&](const Address& address, GrantField field, Fields fields) {
        Coverage coverage = rights.covers(address, field);
        if (ask && !coverage.questions.empty()) {
            ask(coverage.questions, facts);
            coverage = rights.covers(address, field);
        }
        if (coverage.match != Match::no) return;
        needs.missing.push_back({address_key(address), fields});
        for (const TableSource& table : policy.source().tables) {
            const auto question = question_to(table, &address);
            const TableAnswer* answer =
                question ? answer_to(*question, facts.table_answers) : nullptr;
            if (answer != nullptr && answer->known && covers_field(table.fields, field) &&
                is_in_force(*table.rare, now))
                add_new(needs.tables, table.id);
        }
    };
    if (*cause != Cause::from_not_owned) {
        if (reading.sender.state != SenderReading::State::address)
            return {.why = "the sender does not read in one way"};
        const Verdict verdict = evaluate(policy, facts, reading, Stage::mail);
        if (verdict.reason == Reason::sender_misspelt)
            return {.why = "the domain is misspelt: " + verdict.instead + " is meant"};
        need(reading.sender.address, GrantField::envelope, every_field);
        return needs;
    }
    if (!reading.from) return {.why = "From does not read in one way"};
    for (const Address& address : *reading.from)
        need(address, GrantField::from, field_of(GrantField::from));
    if (policy.source().require_owned_sender_field && reading.header_sender &&
        *reading.header_sender) {
        need(**reading.header_sender, GrantField::sender, field_of(GrantField::sender));
    }
    return needs;
}

}  // namespace relaypermit
