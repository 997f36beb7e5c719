#include "policy/decide.h"

#include <cstddef>
#include <utility>

namespace relaypermit {

namespace {

void ask_for(const std::vector<std::string>& tables, Facts& facts, const Ask& ask) {
    for (TableAnswer& answer : ask(tables, facts)) facts.table_answers.push_back(std::move(answer));
}

}  // namespace

Verdict decide(const Policy& policy, Facts& facts, Reading& reading, Stage stage, const Ask& ask,
               Mode mode) {
    read_on(policy, facts, stage, reading);
    Verdict verdict = evaluate(policy, facts, reading, stage, mode);
    if (!ask) return verdict;
    // Every round adds the answer of a table that had none, so there are at most as many rounds as
    // tables.
    for (std::size_t round = 0; round < policy.source().tables.size(); ++round) {
        if (verdict.tables_needed.empty()) break;
        ask_for(verdict.tables_needed, facts, ask);
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
    if (!ask) return;
    std::vector<std::string> tables;
    for (const TableSource& table : policy.source().tables) tables.push_back(table.id);
    facts.table_answers.clear();
    if (!tables.empty()) ask_for(tables, facts, ask);
}

}  // namespace relaypermit
