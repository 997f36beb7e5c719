#include "tool/rehearse/remedy_for_all.h"

#include "policy/play.h"
#include "tool/base/rules_as_toml.h"
#include "tool/rehearse/forgotten_domain.h"
#include "tool/rehearse/hosted_domains.h"
#include "tool/rehearse/rule_id.h"

namespace relaypermit {
namespace {

// The address that a login was refused for.
std::optional<Address> wanted_address(const Reading& reading, const Verdict& refused) {
    if (!reading.login) return std::nullopt;
    if (refused.cause == Cause::from_not_owned) {
        const auto from = parse_address(refused.from);
        return from ? std::optional{*from} : std::nullopt;
    }
    return reading.sender.state == SenderReading::State::address
               ? std::optional{reading.sender.address}
               : std::nullopt;
}

}  // namespace

std::optional<RemedyForAll> remedy_for_a_domain(const Policy& policy, const Facts& facts,
                                                const Reading& reading, const Verdict& refused) {
    const auto wanted = wanted_address(reading, refused);
    const auto forgotten =
        wanted ? forgotten_domain(policy, *reading.login, *wanted,
                                  hosted_by(policy, facts.table_answers, reading.login->realm))
               : std::nullopt;
    if (!forgotten) return std::nullopt;
    RemedyForAll remedy{.changed = with_domain(policy.source(), *forgotten)};
    const Verdict verdict = play(Policy(remedy.changed, policy), facts);
    if (verdict.refused() && verdict.cause == refused.cause) return std::nullopt;
    for (const std::string& line : lines_to_add(*forgotten))
        remedy.advice += (remedy.advice.empty() ? "" : " and ") + line;
    remedy.advice += std::string(forgotten->hosted ? ", if this server hosts it" : "") +
                     ": one line for all of its logins";
    return remedy;
}

std::optional<RemedyForAll> remedy_for_a_realm(const Policy& policy, const Facts& facts,
                                               const Reading& reading, const Verdict& refused) {
    const auto wanted = wanted_address(reading, refused);
    const auto hosted = [&](const std::string& domain) {
        return hosted_by(policy, facts.table_answers, domain);
    };
    if (!wanted || is_realm(policy, reading.login->realm, hosted(reading.login->realm)) ||
        hosted(wanted->domain) != Match::yes)
        return std::nullopt;
    const std::string& realm = reading.login->realm;
    auto grant = grant_to_the_realm(policy, *reading.login, *wanted);
    if (!grant) return std::nullopt;
    grant->id = FreeIds(policy.source()).take(word_of(realm + " as " + wanted->domain));
    RemedyForAll remedy{.advice = "a rule for every login of " + realm +
                                  ", a realm that this policy does not have, as below; or see "
                                  "`forms` in [login]",
                        .alias = alias_as_toml(*grant),
                        .changed = policy.source()};
    remedy.changed.grants.push_back(*std::move(grant));
    return remedy;
}

std::string besides_a_rule(const Policy& policy, const Facts& facts, const Reading& reading,
                           const Verdict& refused) {
    const auto wanted = wanted_address(reading, refused);
    if (!wanted) return {};
    const std::string& realm = reading.login->realm;
    if (grant_to_the_realm(policy, *reading.login, *wanted))
        return "or where the names at " + wanted->domain + " are those at " + realm +
               ", one rule for all: `logins = [\"*@" + realm + "\"]`, `senders = [\"{user}@" +
               wanted->domain + "\"]`";
    // A server that reports a refusal is no web form.
    if (refused.cause == Cause::from_not_owned &&
        hosted_by(policy, facts.table_answers, wanted->domain) != Match::yes &&
        ascii_lower(wanted->local) != "mailer-daemon")
        return "where a web form wrote a visitor into From, no rule: it must write its own address "
               "there and the visitor's in Reply-To";
    return {};
}

}  // namespace relaypermit
