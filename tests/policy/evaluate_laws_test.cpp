// Laws that every policy obeys, on random policies and sessions with fixed seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "policy/decide.h"
#include "tests/support/describe.h"
#include "tests/support/random_policy.h"

namespace relaypermit {
namespace {

constexpr std::array stages = {Stage::mail, Stage::rcpt, Stage::headers};

// A whole message: MAIL, each RCPT and the headers, until something refuses.
Verdict message(const Policy& policy, const Facts& facts) {
    Verdict verdict = evaluate(policy, facts, Stage::mail);
    Facts so_far = facts;
    so_far.recipients.clear();
    for (const Recipient& recipient : facts.recipients) {
        if (verdict.refused()) return verdict;
        so_far.recipients.push_back(recipient);
        verdict = evaluate(policy, so_far, Stage::rcpt);
    }
    return verdict.refused() ? verdict : evaluate(policy, facts, Stage::headers);
}

CausePolicy& cause_of(PolicySource& source, Cause cause) {
    return source.causes[static_cast<std::size_t>(cause)];
}

bool is_loud(Action action) {
    return action == Action::reject || action == Action::tempfail;
}

class EvaluateLaws : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    // Calls `check(source, facts)` for many random pairs.
    template <typename Check>
    void for_random_sessions(Check check) {
        for (int p = 0; p < 80; ++p) {
            const PolicySource source = world_.policy();
            for (int s = 0; s < 10; ++s) {
                check(source, world_.facts(source));
                if (HasFailure()) return;
            }
        }
    }

    // At any place.
    template <typename Rule>
    std::vector<Rule> with_one_more(const RuleList<Rule>& rules, const Rule& rule) {
        std::vector<Rule> more(rules.begin(), rules.end());
        more.insert(more.begin() + static_cast<std::ptrdiff_t>(world_.below(rules.size() + 1)),
                    rule);
        return more;
    }

    static std::string show(const PolicySource& source, const Facts& facts) {
        return describe(source) + "\n" + describe(facts);
    }

    RandomWorld world_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Seeds, EvaluateLaws, ::testing::Range(100U, 104U));

TEST_P(EvaluateLaws, AddingAGrantNeverRefusesWhatWasAccepted) {
    int newly_accepted = 0;
    for_random_sessions([&](PolicySource source, const Facts& facts) {
        // A grant by network also makes From and Sender count, for sessions that it lets relay.
        // That such a session needs a grant at all is what these causes say.
        for (const Cause cause :
             {Cause::login_required, Cause::use_submission, Cause::relay_not_permitted}) {
            if (!is_loud(cause_of(source, cause).action))
                cause_of(source, cause).action = Action::reject;
        }
        PolicySource more = source;
        const Grant grant = world_.grant_for(source, facts);
        more.grants = with_one_more(source.grants, grant);
        const Verdict before = message(Policy(source), facts);
        const Verdict after = message(Policy(more), facts);
        if (before.refused() && !after.refused()) ++newly_accepted;
        EXPECT_TRUE(before.refused() || !after.refused())
            << show(more, facts) << "\nwith " << grant.id << ": " << describe(after);
    });
    EXPECT_GE(newly_accepted, 2);
}

TEST_P(EvaluateLaws, ARestrictionNeverPermitsMore) {
    int newly_refused = 0;
    for_random_sessions([&](const PolicySource& source, const Facts& facts) {
        PolicySource more = source;
        const Restriction restriction = world_.restriction(source);
        more.restrictions = with_one_more(source.restrictions, restriction);
        const Verdict before = message(Policy(source), facts);
        const Verdict after = message(Policy(more), facts);
        if (!before.refused() && after.refused()) ++newly_refused;
        EXPECT_TRUE(!before.refused() || after.refused())
            << show(more, facts) << "\nwith " << restriction.id << ": " << describe(after);
    });
    EXPECT_GE(newly_refused, 1);
}

TEST_P(EvaluateLaws, ASubaddressGetsALoginPastNoRestriction) {
    int suspended = 0;
    for_random_sessions([&](PolicySource source, Facts facts) {
        source.subaddress_delimiter = "+";
        Restriction restriction = world_.restriction(source);
        restriction.clients.clear();
        restriction.suspended = true;
        source.restrictions = {restriction};
        facts.mta = Mta::postfix;
        const std::size_t at = facts.auth_authen.rfind('@');
        Facts tagged = facts;
        if (at == 0 || at == std::string::npos) return;
        tagged.auth_authen.insert(at, "+x");
        const auto login = read_login(source, facts.auth_authen, facts.mta);
        const auto other = read_login(source, tagged.auth_authen, tagged.mta);
        if (!login || !other || other->user != login->user + "+x") return;
        // What is a subaddress already names no account that this one is of.
        if (login->user.find('+') != std::string::npos) return;
        const Policy policy(source);
        const auto cause = evaluate(policy, facts, Stage::mail).cause;
        if (cause != Cause::account_suspended) return;
        ++suspended;
        // Where it is monitored, and the login with its subaddress owns less, that is the verdict.
        const Verdict other_verdict = evaluate(policy, tagged, Stage::mail);
        EXPECT_TRUE(other_verdict.cause == cause ||
                    std::count(other_verdict.also.begin(), other_verdict.also.end(), *cause) == 1)
            << show(source, tagged);
    });
    EXPECT_GE(suspended, 20);
}

TEST_P(EvaluateLaws, TheOrderOfRulesNeverMatters) {
    for_random_sessions([&](const PolicySource& source, const Facts& facts) {
        PolicySource other = source;
        const auto shuffle = [&](auto& list) {
            std::vector values(list.begin(), list.end());
            world_.shuffle(values);
            list = std::move(values);
        };
        shuffle(other.grants);
        shuffle(other.restrictions);
        world_.shuffle(other.tables);
        world_.shuffle(other.trusted_networks);
        for (std::size_t number = 0; number < other.grants.size(); ++number) {
            Grant& grant = other.grants.edit(number);
            shuffle(grant.logins);
            shuffle(grant.senders);
            world_.shuffle(grant.rare.edit().clients);
            world_.shuffle(grant.rare.edit().networks);
        }
        for (const Stage stage : stages) {
            const Verdict one = evaluate(Policy(source), facts, stage);
            const Verdict two = evaluate(Policy(other), facts, stage);
            EXPECT_EQ(one.outcome, two.outcome) << show(source, facts) << describe(one);
            EXPECT_EQ(one.cause, two.cause) << show(source, facts) << describe(one);
            EXPECT_EQ(one.also, two.also) << show(source, facts) << describe(one);
        }
    });
}

TEST_P(EvaluateLaws, AFailedLookupIsNeverAYes) {
    int undecided = 0;
    for_random_sessions([&](PolicySource source, Facts facts) {
        if (facts.table_answers.empty()) {
            source.tables = {{"table-1", {}}};
            facts.table_answers = {{"table-1", true, {}, ""}};
        }
        cause_of(source, Cause::lookup_failed).action = Action::tempfail;
        const Policy policy(source);
        const std::size_t which = world_.below(facts.table_answers.size());
        facts.table_answers[which].known = true;
        facts.table_answers[which].senders.clear();
        facts.table_answers[which].logins.clear();
        const Verdict no = message(policy, facts);
        facts.table_answers[which].known = false;
        const Verdict unknown = message(policy, facts);
        if (unknown.cause == Cause::lookup_failed) ++undecided;
        // What is refused where the table says no is refused where it says nothing, and what
        // passes without an answer passes whatever the answer would have been.
        EXPECT_EQ(no.refused(), unknown.refused()) << show(source, facts) << describe(unknown);
        const auto everything = Pattern::parse("*", PatternRole::sender);
        ASSERT_TRUE(everything);
        facts.table_answers[which].known = true;
        facts.table_answers[which].senders = {*everything};
        facts.table_answers[which].logins = {*Pattern::parse("*", PatternRole::login)};
        const Verdict yes = message(policy, facts);
        EXPECT_TRUE(unknown.refused() || !yes.refused())
            << show(source, facts) << describe(yes) << describe(unknown);
    });
    EXPECT_GE(undecided, 10);
}

TEST_P(EvaluateLaws, TablesAskedOneByOneGiveTheAnswerOfAllAtOnce) {
    int asked = 0;
    for_random_sessions([&](const PolicySource& source, const Facts& facts) {
        const Policy policy(source);
        for (const Stage stage : stages) {
            Facts lazy = facts;
            lazy.table_answers.clear();
            Verdict verdict = evaluate(policy, lazy, stage);
            while (!verdict.questions.empty()) {
                const std::size_t known = lazy.table_answers.size();
                for (const TableAnswer& answer : facts.table_answers)
                    if (answer.table == verdict.questions.front().key &&
                        answer.address == verdict.questions.front().address)
                        lazy.table_answers.push_back(answer);
                ASSERT_EQ(lazy.table_answers.size(), known + 1) << show(source, lazy);
                ++asked;
                verdict = evaluate(policy, lazy, stage);
            }
            Verdict all = evaluate(policy, facts, stage);
            // A table that the decision did not turn on may own something for this login: then
            // nothing is said of the login itself.
            if (lazy.table_answers.size() < facts.table_answers.size()) all.reason = verdict.reason;
            EXPECT_EQ(describe(verdict), describe(all)) << show(source, lazy);
        }
    });
    EXPECT_GE(asked, 20);
}

TEST_P(EvaluateLaws, MonitoringRefusesNothing) {
    for_random_sessions([&](PolicySource source, const Facts& facts) {
        source.monitor_mode = false;
        const Policy enforcing(source);
        source.monitor_mode = true;
        const Policy monitoring(source);
        for (const Stage stage : stages) {
            const Verdict earnest = evaluate(enforcing, facts, stage);
            const Verdict rehearsed = evaluate(monitoring, facts, stage);
            EXPECT_FALSE(rehearsed.refused()) << show(source, facts);
            // It notes whatever enforcing would have objected to.
            std::vector<Cause> noted = rehearsed.also;
            if (rehearsed.cause) noted.push_back(*rehearsed.cause);
            if (earnest.cause) {
                EXPECT_EQ(std::count(noted.begin(), noted.end(), *earnest.cause), 1)
                    << show(source, facts) << describe(rehearsed) << describe(earnest);
            } else {
                EXPECT_EQ(rehearsed.outcome, Outcome::accept) << show(source, facts);
            }
            EXPECT_EQ(describe(evaluate(monitoring, facts, stage, Mode::enforce)),
                      describe(earnest));
        }
    });
}

TEST_P(EvaluateLaws, AnyFactsGetAVerdictThatIsWhole) {
    for_random_sessions([&](const PolicySource& source, const Facts&) {
        const Facts facts = world_.junk_facts(source);
        const Policy policy(source);
        for (const Stage stage : stages) {
            const Verdict verdict = evaluate(policy, facts, stage);
            EXPECT_EQ(verdict.stage, stage);
            EXPECT_EQ(verdict.outcome == Outcome::accept, !verdict.cause) << describe(verdict);
            EXPECT_NE(verdict.outcome, Outcome::mta_reject);
            std::vector<Cause> causes = verdict.also;
            if (verdict.cause) causes.push_back(*verdict.cause);
            for (const Cause cause : causes) {
                EXPECT_TRUE(cause == Cause::lookup_failed || stage_of(cause) == stage)
                    << describe(verdict);
                EXPECT_NE(policy.cause(cause).action, Action::off) << describe(verdict);
            }
            std::sort(causes.begin(), causes.end());
            EXPECT_EQ(std::adjacent_find(causes.begin(), causes.end()), causes.end())
                << show(source, facts) << describe(verdict);
            if (verdict.refused())
                EXPECT_TRUE(is_loud(policy.cause(*verdict.cause).action)) << describe(verdict);
        }
        EXPECT_EQ(diagnose_mta_reject(policy, facts).outcome, Outcome::mta_reject);
    });
}

TEST_P(EvaluateLaws, HeadersThatAreNotWantedNeverRefuse) {
    int unwanted = 0;
    for_random_sessions([&](PolicySource source, const Facts& facts) {
        for (const Cause cause :
             {Cause::from_unusable, Cause::from_not_owned, Cause::hosted_from_needs_login}) {
            if (world_.chance(70)) cause_of(source, cause).action = Action::off;
        }
        const Policy policy(source);
        if (wants_headers(policy)) return;
        ++unwanted;
        const Verdict verdict = evaluate(policy, facts, Stage::headers);
        EXPECT_EQ(verdict.outcome, Outcome::accept) << show(source, facts) << describe(verdict);
    });
    EXPECT_GE(unwanted, 20);
}

}  // namespace
}  // namespace relaypermit
