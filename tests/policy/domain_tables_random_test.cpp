// A domain that a table has is one that the lists of [relay] have: on random policies and sessions,
// with fixed seeds. And what no table can tell: whoever is let through would be, whatever the
// tables hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "policy/decide.h"
#include "policy/domain_standings.h"
#include "policy/table_questions.h"
#include "tests/support/describe.h"
#include "tests/support/random_policy.h"

namespace relaypermit {
namespace {

constexpr std::array stages = {Stage::mail, Stage::rcpt, Stage::headers};

enum class Said { yes, no, nothing };
using Standings = std::map<std::pair<DomainRole, std::string>, Said>;

std::string id_of(DomainRole role) {
    return role == DomainRole::hosted ? "hosted-table" : "relay-table";
}

PolicySource with_tables(PolicySource source) {
    for (const DomainRole role : {DomainRole::hosted, DomainRole::relay})
        source.domain_tables.push_back({id_of(role), {}, role, {}});
    return source;
}

template <typename List>
void name_hosted(List& list, PatternRole role, const std::shared_ptr<const DomainSet>& hosted) {
    std::vector<typename List::value_type> all(list.begin(), list.end());
    for (auto& one : all)
        if (one.pattern.hosted_domains() != nullptr)
            one.pattern = Pattern::parse(one.pattern.text(), role, {}, {}, {}, hosted).value();
    list = List(std::move(all));
}

// The policy whose lists have these too.
PolicySource with_lists(PolicySource source, const std::vector<OwnDomain>& own) {
    for (const auto& [role, domain] : own)
        EXPECT_TRUE((role == DomainRole::hosted ? source.hosted_domains : source.relay_domains)
                        .add(domain));
    const auto hosted = std::make_shared<const DomainSet>(source.hosted_domains);
    for (std::size_t number = 0; number < source.grants.size(); ++number) {
        Grant& grant = source.grants.edit(number);
        name_hosted(grant.logins, PatternRole::login, hosted);
        name_hosted(grant.senders, PatternRole::sender, hosted);
        name_hosted(grant.rare.edit().except, PatternRole::sender, hosted);
        name_hosted(grant.rare.edit().except_logins, PatternRole::login, hosted);
    }
    for (std::size_t number = 0; number < source.restrictions.size(); ++number) {
        Restriction& restriction = source.restrictions.edit(number);
        name_hosted(restriction.logins, PatternRole::login, hosted);
        name_hosted(restriction.except_logins, PatternRole::login, hosted);
        if (restriction.recipients)
            name_hosted(*restriction.recipients, PatternRole::recipient, hosted);
    }
    for (auto& rare : source.exceptions) {
        name_hosted(rare.edit().logins, PatternRole::login, hosted);
        name_hosted(rare.edit().senders, PatternRole::sender, hosted);
    }
    return source;
}

// What the alias tables said, for a policy with these lists.
Facts told_with(const Policy& lists, Facts facts) {
    const auto hosted = std::make_shared<const DomainSet>(lists.source().hosted_domains);
    const auto name = [&](std::vector<Pattern>& patterns, PatternRole role) {
        for (Pattern& one : patterns)
            if (one.hosted_domains() != nullptr)
                one = Pattern::parse(one.text(), role, {}, {}, {}, hosted).value();
    };
    for (TableAnswer& answer : facts.table_answers) {
        name(answer.senders, PatternRole::sender);
        name(answer.logins, PatternRole::login);
    }
    return facts;
}

Verdict decided(const Policy& policy, Facts facts, Stage stage, const Standings& standings) {
    const Ask ask = [&](const std::vector<Question>& questions, Facts& asked) {
        for (const Question& question : questions) {
            if (!is_about_domain(question)) {
                // Of the sender of the alias tables only what the facts hold is known.
                asked.table_answers.push_back({question.key, false, {}, "down", question.address});
                continue;
            }
            const DomainRole role =
                question.key == id_of(DomainRole::hosted) ? DomainRole::hosted : DomainRole::relay;
            const auto found = standings.find({role, question.address.domain});
            const Said said = found == standings.end() ? Said::no : found->second;
            TableAnswer answer{question.key, said != Said::nothing, {}, {}, question.address};
            if (said == Said::yes) answer.key = question.address.domain;
            asked.table_answers.push_back(std::move(answer));
        }
    };
    Reading reading = read_message(policy, facts);
    return decide(policy, facts, reading, stage, ask);
}

class DomainTablesRandom : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    RandomWorld world_{GetParam()};
    std::mt19937 engine_{GetParam()};

    // Of the domains of the message that no list has.
    Standings standings_of(const PolicySource& source, const Facts& facts, bool silent) {
        const Policy policy(with_tables(source));
        Standings standings;
        const Reading reading = read_message(policy, facts);
        for (const Stage stage : {Stage::rcpt, Stage::headers})
            for (const DomainDoubt& doubt :
                 domain_standings({policy, facts, reading, stage}).doubts) {
                // A literal, [192.0.2.1], is in no list.
                if (DomainSet probe; !probe.add(doubt.own.domain)) continue;
                const unsigned number = engine_() % 4;
                standings[{doubt.own.role, doubt.own.domain}] = number < 2 ? Said::yes
                                                                : number == 2 || !silent
                                                                    ? Said::no
                                                                    : Said::nothing;
            }
        return standings;
    }
};

INSTANTIATE_TEST_SUITE_P(Seeds, DomainTablesRandom, ::testing::Range(1U, 5U));

TEST_P(DomainTablesRandom, DecideAsTheListsWould) {
    std::map<std::string, int> seen;
    for (int round = 0; round < 60; ++round) {
        const PolicySource source = world_.policy();
        const Policy by_table(with_tables(source));
        for (int session = 0; session < 8; ++session) {
            const Facts facts = world_.facts(source);
            const Standings standings = standings_of(source, facts, false);
            std::vector<OwnDomain> own;
            for (const auto& [domain, said] : standings)
                if (said == Said::yes) own.push_back({domain.first, domain.second});
            const Policy by_list(with_lists(source, own));
            for (const Stage stage : stages) {
                const Verdict list = decided(by_list, told_with(by_list, facts), stage, {});
                const Verdict table = decided(by_table, facts, stage, standings);
                EXPECT_TRUE(table.questions.empty());
                // Whom two rules let through, neither need be asked about.
                const bool passes = table.outcome == Outcome::accept;
                ASSERT_TRUE(list.outcome == table.outcome && list.cause == table.cause &&
                            (passes || list.rules == table.rules) && list.also == table.also &&
                            list.unlisted_recipient == table.unlisted_recipient)
                    << describe(source) << "\n"
                    << describe(facts) << "\nat " << to_string(stage)
                    << "\nlists:  " << describe(list) << "\ntables: " << describe(table);
                const Verdict without = decided(Policy(source), facts, stage, {});
                if (without.outcome != list.outcome || without.cause != list.cause)
                    ++seen[std::string(to_string(list.outcome)) + " where it was " +
                           std::string(to_string(without.outcome))];
            }
        }
    }
    EXPECT_GE(seen["accept where it was reject"], 20);
    EXPECT_GE(seen["reject where it was accept"], 5);
    EXPECT_GE(seen["reject where it was reject"], 20);
}

TEST_P(DomainTablesRandom, LetNobodyThroughWhomNobodyCanTell) {
    std::map<std::string, int> seen;
    for (int round = 0; round < 60; ++round) {
        PolicySource source = world_.policy();
        source.causes[static_cast<std::size_t>(Cause::lookup_failed)] =
            default_causes()[static_cast<std::size_t>(Cause::lookup_failed)];
        const Policy by_table(with_tables(source));
        for (int session = 0; session < 8; ++session) {
            const Facts facts = world_.facts(source);
            const Standings standings = standings_of(source, facts, true);
            std::vector<OwnDomain> own;
            std::vector<OwnDomain> silent;
            for (const auto& [domain, said] : standings) {
                if (said == Said::yes) own.push_back({domain.first, domain.second});
                if (said == Said::nothing) silent.push_back({domain.first, domain.second});
            }
            if (silent.empty() || silent.size() > 3) continue;
            std::vector<std::unique_ptr<Policy>> possible;
            for (std::size_t number = 0; number >> silent.size() == 0; ++number) {
                std::vector<OwnDomain> ours = own;
                for (std::size_t bit = 0; bit < silent.size(); ++bit)
                    if ((number >> bit & 1U) != 0) ours.push_back(silent[bit]);
                possible.push_back(std::make_unique<Policy>(with_lists(source, ours)));
            }
            for (const Stage stage : stages) {
                const Verdict verdict = decided(by_table, facts, stage, standings);
                std::size_t refused = 0;
                std::size_t accepted = 0;
                for (const auto& one : possible) {
                    const Verdict other = decided(*one, told_with(*one, facts), stage, {});
                    refused += other.refused() ? 1U : 0U;
                    accepted += other.outcome == Outcome::accept ? 1U : 0U;
                }
                const std::string all = describe(source) + "\n" + describe(facts) + "\nat " +
                                        std::string(to_string(stage)) + ": " + describe(verdict);
                if (refused == possible.size()) {
                    ASSERT_TRUE(verdict.refused()) << all;
                    ++seen["refused"];
                } else if (accepted == possible.size()) {
                    ASSERT_EQ(verdict.outcome, Outcome::accept) << all;
                    ++seen["accepted"];
                } else if (refused > 0 && verdict.cause != Cause::lookup_failed) {
                    ASSERT_TRUE(verdict.refused()) << all;
                    ++seen["of many kinds"];
                } else if (refused > 0) {
                    ASSERT_TRUE(verdict.outcome == Outcome::tempfail ||
                                verdict.outcome == Outcome::monitor)
                        << all;
                    ++seen["put off"];
                }
            }
        }
    }
    EXPECT_GE(seen["refused"], 20);
    EXPECT_GE(seen["accepted"], 20);
    EXPECT_GE(seen["put off"], 10);
}

}  // namespace
}  // namespace relaypermit
