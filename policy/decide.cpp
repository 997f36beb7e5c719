#include "policy/decide.h"

#include <algorithm>

#include "policy/add_new.h"
#include "policy/domain_standings.h"
#include "policy/table_questions.h"

namespace relaypermit {

Verdict decide(const Policy& policy, Facts& facts, Reading& reading, Stage stage, const Ask& ask,
               Mode mode) {
    read_on(policy, facts, stage, reading);
    Verdict verdict = evaluate(policy, facts, reading, stage, mode);
    if (!ask) return verdict;
    // Whoever is asked may leave a question unanswered; nothing is asked twice.
    std::vector<Question> asked;
    const auto is_new = [&](const Question& question) {
        return std::find(asked.begin(), asked.end(), question) == asked.end();
    };
    while (std::any_of(verdict.questions.begin(), verdict.questions.end(), is_new)) {
        asked.insert(asked.end(), verdict.questions.begin(), verdict.questions.end());
        ask(verdict.questions, facts);
        verdict = evaluate(policy, facts, reading, stage, mode);
    }
    return verdict;
}

Verdict diagnose_mta_reject(const Policy& policy, const Facts& facts, const Ask& ask) {
    // The MTA's refusal names no mailer: judge the recipient as one that leaves this system.
    Facts leaving = facts;
    if (!leaving.recipients.empty()) leaving.recipients.back().mailer.clear();
    Reading reading = read_message(policy, leaving);
    Verdict verdict = decide(policy, leaving, reading, Stage::rcpt, ask);
    if (!verdict.cause) verdict = decide(policy, leaving, reading, Stage::mail, ask);
    if (!verdict.cause) verdict.rules.clear();
    verdict.outcome = Outcome::mta_reject;
    verdict.stage = Stage::rcpt;
    return verdict;
}

void ask_every_table(const Policy& policy, Facts& facts, const Ask& ask) {
    const PolicySource& source = policy.source();
    if (!ask || (source.tables.empty() && source.domain_tables.empty())) return;
    const Reading reading = read_message(policy, facts);
    std::vector<Address> senders;
    if (reading.sender.state == SenderReading::State::address)
        senders.push_back(reading.sender.address);
    if (reading.from) senders.insert(senders.end(), reading.from->begin(), reading.from->end());
    if (reading.header_sender && *reading.header_sender) senders.push_back(**reading.header_sender);
    senders.insert(senders.end(), reading.resent_from.begin(), reading.resent_from.end());
    std::vector<Question> questions;
    for (const TableSource& table : source.tables) {
        if (!table.per_address)
            questions.push_back(*question_to(table, nullptr));
        else
            for (const Address& sender : senders) add_new(questions, *question_to(table, &sender));
    }
    facts.table_answers.clear();
    for (const DomainDoubt& doubt :
         domain_standings({policy, facts, reading, Stage::headers}).doubts)
        for (const Question& question : doubt.questions) add_new(questions, question);
    if (!questions.empty()) ask(questions, facts);
}

}  // namespace relaypermit
