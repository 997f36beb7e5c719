#include "tool/rehearse/hosted_domains.h"

#include "policy/table_questions.h"

namespace relaypermit {

Match hosted_by(const Policy& policy, const std::vector<TableAnswer>& answers,
                const std::string& domain) {
    if (policy.hosted(domain)) return Match::yes;
    // An address without a domain is no table's.
    if (domain.empty()) return Match::no;
    Match match = Match::no;
    for (const DomainTableSource& table : policy.source().domain_tables) {
        if (table.role != DomainRole::hosted) continue;
        const TableAnswer* answer = answer_to(question_to(table, domain), answers);
        if (answer != nullptr && !answer->key.empty()) return Match::yes;
        if (answer == nullptr || !answer->known) match = Match::unknown;
    }
    return match;
}

std::vector<std::string> hosted_domain_tables(const PolicySource& source) {
    std::vector<std::string> ids;
    for (const DomainTableSource& table : source.domain_tables)
        if (table.role == DomainRole::hosted) ids.push_back(table.id);
    return ids;
}

Match HostedDomains::of(const std::string& domain) const {
    const auto [found, is_new] = answered_.try_emplace(domain, Match::no);
    if (is_new) {
        Facts facts;
        found->second = hosted_by(policy_, {}, domain);
        if (found->second == Match::unknown && ask_) {
            std::vector<Question> questions;
            for (const DomainTableSource& table : policy_.source().domain_tables)
                if (table.role == DomainRole::hosted)
                    questions.push_back(question_to(table, domain));
            ask_(questions, facts);
            found->second = hosted_by(policy_, facts.table_answers, domain);
        }
    }
    return found->second == Match::unknown && recorded_.contains(domain) ? Match::yes
                                                                         : found->second;
}

}  // namespace relaypermit
