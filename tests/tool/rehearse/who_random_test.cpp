// What `who` says of the exceptions of causes against the naive evaluator, both ways: what it lists
// passes, and what passes by an exception is listed. Of policies in which nothing else lets a login
// send anything.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/describe.h"
#include "tests/support/naive_evaluator.h"
#include "tests/support/naive_headers.h"
#include "tests/support/naive_patterns.h"
#include "tests/support/naive_session.h"
#include "tests/support/random_policy.h"
#include "tool/rehearse/who.h"

namespace relaypermit {
namespace {

constexpr Cause excepting[] = {Cause::sender_not_owned, Cause::sender_not_hosted,
                               Cause::from_not_owned};

// The rows name patterns in one text.
std::vector<Pattern> patterns_in(std::string_view text, PatternRole role,
                                 const PolicySource& source) {
    std::vector<Pattern> patterns;
    const auto hosted = std::make_shared<const DomainSet>(source.hosted_domains);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(", "), text.size());
        auto pattern = Pattern::parse(text.substr(0, end), role, source.default_realm,
                                      source.login_forms, source.server_name, hosted);
        EXPECT_TRUE(pattern) << text;
        if (pattern) patterns.push_back(*std::move(pattern));
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return patterns;
}

bool is_envelope_sender(const naive::Session& session, const Pattern& pattern) {
    if (session.sender == naive::Sender::null)
        return pattern.text() == "<>" || pattern.text() == "*";
    if (session.sender != naive::Sender::readable) return false;
    const Address& address = session.sender_address;
    const Address base = without_subaddress(address, session.policy.subaddress_delimiter);
    return naive::matches(pattern, address, nullptr, session.policy) ||
           naive::matches(pattern, base, nullptr, session.policy);
}

bool is_from_one_of(const naive::Session& session, std::string_view networks) {
    while (!networks.empty()) {
        const std::size_t end = std::min(networks.find(", "), networks.size());
        const auto network = Network::parse(networks.substr(0, end));
        EXPECT_TRUE(network) << networks;
        if (network && session.facts.client && network->contains(*session.facts.client))
            return true;
        networks.remove_prefix(std::min(end + 2, networks.size()));
    }
    return false;
}

// The part of a condition between these two; empty where it has other words.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
    if (text.size() < begin.size() + end.size() || !text.starts_with(begin) || !text.ends_with(end))
        return {};
    return text.substr(begin.size(), text.size() - begin.size() - end.size());
}

// What everybody who reads the conditions of a row takes them for.
bool conditions_hold(const naive::Session& session, const Permission& row, const Address& address,
                     bool header) {
    const bool hosted = session.policy.hosted_domains.contains(address.domain);
    return std::all_of(row.conditions.begin(), row.conditions.end(), [&](const std::string& one) {
        if (one == "only in envelope") return !header;
        if (one == "only in From, Sender") return header;
        if (one == "only what is hosted here") return hosted;
        if (one == "only what is not hosted here") return !hosted;
        if (const auto clients = between(one, "only from ", ", by except_clients");
            !clients.empty())
            return is_from_one_of(session, clients);
        if (const auto senders =
                between(one, "where the envelope sender is ", ", by except_senders");
            !senders.empty()) {
            const auto all = patterns_in(senders, PatternRole::sender, session.policy);
            return std::any_of(all.begin(), all.end(), [&](const Pattern& pattern) {
                return is_envelope_sender(session, pattern);
            });
        }
        EXPECT_TRUE(one == "by except_logins" || one == "by except_senders" ||
                    one == "every login, by except_clients")
            << one;
        return true;
    });
}

bool is_subject(const naive::Session& session, const Permission& row) {
    if (row.subject == "every login") return true;
    const auto& how = row.conditions.front();
    if (how == "every login, by except_clients") return is_from_one_of(session, row.subject);
    const auto patterns = patterns_in(row.subject, PatternRole::login, session.policy);
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const Pattern& pattern) { return naive::lets_off(session, pattern); });
}

bool is_sender(const naive::Session& session, const Permission& row, const Address& address,
               bool header) {
    const bool hosted = session.policy.hosted_domains.contains(address.domain);
    if (row.sender == "any address that is hosted here") return hosted;
    if (row.sender == "any address that is not hosted here") return !hosted;
    if (row.sender == "any address in From and Sender") return header;
    const Address base = without_subaddress(address, session.policy.subaddress_delimiter);
    const auto patterns = patterns_in(row.sender, PatternRole::sender, session.policy);
    return std::any_of(patterns.begin(), patterns.end(), [&](const Pattern& pattern) {
        return naive::matches(pattern, address, nullptr, session.policy) ||
               naive::matches(pattern, base, nullptr, session.policy);
    });
}

std::string told(const std::vector<Permission>& rows) {
    std::string text;
    for (const Permission& row : rows) {
        text += row.rule + ": " + row.subject + row.sender;
        for (const std::string& condition : row.conditions) text += " - " + condition;
        text += "\n";
    }
    return text;
}

class WhoRandom : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    // Nothing lets a login send but the exceptions of the three causes.
    PolicySource source() {
        PolicySource made = world_.policy();
        made.monitor_mode = false;
        made.grants.clear();
        made.restrictions.clear();
        made.tables.clear();
        made.owns_own_address = false;
        made.accepts_bounces = false;
        made.require_owned_sender_field = false;
        made.alignment = Alignment::off;
        const auto exceptions = made.exceptions;
        made.exceptions = {};
        for (CausePolicy& cause : made.causes) cause.action = Action::off;
        for (const Cause cause : excepting) {
            const auto number = static_cast<std::size_t>(cause);
            made.causes[number].action = Action::reject;
            CauseExceptions& except = made.exceptions[number].edit();
            except = *exceptions[number];
            // Most random causes except nobody.
            const Grant lent = world_.grant_for(made, world_.facts(made));
            if (except.logins.empty() && world_.chance(40)) except.logins = lent.logins;
            if (except.clients.empty() && world_.chance(20)) except.clients = lent.rare->clients;
            if (except.senders.empty() && world_.chance(60))
                for (const PlacedPattern& one : lent.senders)
                    if (one.pattern.kind() != Pattern::Kind::templated)
                        except.senders.push_back(one);
        }
        return made;
    }

    // One address in one field of one session, by `who ADDRESS` and by `who --login LOGIN`.
    void compare(const Policy& policy, const naive::Session& session, const Address& address,
                 bool header) {
        const Facts& facts = session.facts;
        const NaiveVerdict verdict =
            naive_evaluate(policy.source(), facts, header ? Stage::headers : Stage::mail);
        const bool passes = verdict.outcome == Outcome::accept;
        ++(passes ? passed_ : refused_);
        const auto of_address = who_may_send_as(policy, address, random_now);
        const bool by_address =
            std::any_of(of_address.begin(), of_address.end(), [&](const Permission& row) {
                return row.rule.starts_with("cause.") && is_subject(session, row) &&
                       conditions_hold(session, row, address, header);
            });
        const auto of_login = what_may_send(policy, *session.login, {}, random_now);
        const bool by_login =
            std::any_of(of_login.begin(), of_login.end(), [&](const Permission& row) {
                return row.rule.starts_with("cause.") && is_sender(session, row, address, header) &&
                       header == (row.rule == "cause.from-not-owned") &&
                       conditions_hold(session, row, address, header);
            });
        const auto world_in_words = [&](const std::vector<Permission>& rows) {
            return told(rows) + to_string(address) +
                   (header ? " in From\n" : " in the envelope\n") + describe(verdict) + "\n" +
                   describe(policy.source()) + "\n" + describe(facts);
        };
        ASSERT_EQ(by_address, passes) << "who ADDRESS: " << world_in_words(of_address);
        ASSERT_EQ(by_login, passes) << "who --login: " << world_in_words(of_login);
    }

    RandomWorld world_{GetParam()};
    int passed_{};
    int refused_{};
};
INSTANTIATE_TEST_SUITE_P(Seeds, WhoRandom, ::testing::Range(1U, 5U));

TEST_P(WhoRandom, ListsExactlyWhatPassesByAnException) {
    for (int p = 0; p < 100; ++p) {
        const Policy policy(source());
        for (int s = 0; s < 20; ++s) {
            const Facts facts = world_.facts(policy.source());
            const naive::Session session = naive::read_session(policy.source(), facts);
            if (!session.login) continue;
            if (session.sender == naive::Sender::readable)
                compare(policy, session, session.sender_address, false);
            const naive::HeaderFacts headers = naive::read_headers(session);
            if (headers.from_usable && headers.from.size() == 1)
                compare(policy, session, headers.from.front(), true);
            if (HasFatalFailure()) return;
        }
    }
    EXPECT_GE(passed_, 200);
    EXPECT_GE(refused_, 200);
}

}  // namespace
}  // namespace relaypermit
