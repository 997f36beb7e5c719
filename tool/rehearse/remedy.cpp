#include "tool/rehearse/remedy.h"

#include <algorithm>

#include "policy/conditions.h"
#include "policy/play.h"
#include "policy/reading.h"
#include "tool/base/rules_as_toml.h"
#include "tool/rehearse/missing_alias.h"
#include "tool/rehearse/remedy_for_all.h"
#include "tool/rehearse/trace_words.h"

namespace relaypermit {
namespace {

template <typename Rule>
std::string at(const Rule& rule) {
    return "`" + rule.id + "` at " + to_string(rule.place);
}

// The realm that a login without one lacks.
struct MissingRealm {
    std::string realm{};
    bool whole{};   // the login sends as itself: nothing else is its wish
    Facts facts{};  // the message as the login then sends it
};

// The one with which the message is no longer refused for a right that the login lacks.
std::optional<MissingRealm> missing_realm(const Policy& policy, const Facts& facts,
                                          const Reading& reading) {
    const PolicySource& source = policy.source();
    if (!reading.login || !reading.login->realm.empty() || !source.default_realm.empty() ||
        reading.sender.state != SenderReading::State::address)
        return std::nullopt;
    const std::string& user = reading.login->user;
    std::vector<std::string> realms = {reading.sender.address.domain};
    for (const std::string& realm :
         (source.realms ? *source.realms : source.hosted_domains).patterns())
        if (!realm.starts_with('*')) realms.push_back(realm);
    constexpr std::size_t most_realms = 8;
    realms.resize(std::min(realms.size(), most_realms));
    for (const std::string& realm : realms) {
        MissingRealm found{realm, facts.sender_argument == "<" + user + ">", facts};
        // Where nothing says as whom it sends, it sends as itself.
        if (found.whole) {
            const std::string name = user + "@" + realm;
            found.facts.sender_argument = "<" + name + ">";
            found.facts.sender_by_mta.reset();
            for (HeaderField& field : found.facts.headers)
                if (is_field(field.name, "from") && field.value == user) field.value = name;
        }
        PolicySource changed = source;
        changed.default_realm = realm;
        const Verdict verdict = play(Policy(std::move(changed), policy), found.facts);
        if (!verdict.refused() || !is_about_rights(*verdict.cause)) return found;
    }
    return std::nullopt;
}

// One refusal after the other is lifted, on a copy of the policy and of the message.
class RemedySearch {
  public:
    RemedySearch(const Policy& policy, const Facts& facts)
        : policy_(policy), source_(policy.source()), facts_(facts) {}

    Remedy search(Verdict verdict) {
        constexpr int most_changes = 12;
        for (int round = 0; round < most_changes && verdict.refused(); ++round) {
            if (!lift(verdict)) break;
            verdict = play(now(), facts_);
        }
        if (verdict.refused() && !remedy_.alias.empty()) remedy_.still = verdict.cause;
        return std::move(remedy_);
    }

  private:
    void advise(const std::string& text) {
        remedy_.advice.push_back((changed_ ? "and then " : "") + text);
    }
    void advise_instead(const std::string& text) { remedy_.advice.push_back("or " + text); }

    // Says what would lift the refusal, and does it. Returns false where the rest is for the mail
    // program, or nothing helps.
    bool lift(const Verdict& verdict) {
        const bool lifted = lift_cause(verdict);
        changed_ = true;
        return lifted;
    }

    bool lift_cause(const Verdict& verdict) {
        switch (*verdict.cause) {
            case Cause::tls_required:
                advise("the mail program must use TLS (STARTTLS on 587, SSL/TLS on 465)");
                if (!changed_)
                    advise_instead(
                        "switch it off for everybody: `require_tls = false` in [submission]");
                facts_.tls = "TLSv1.3";
                return true;
            case Cause::account_suspended:
            case Cause::client_not_allowed:
            case Cause::weak_login:
            case Cause::recipient_not_allowed:
                return lift_restriction(verdict);
            case Cause::from_unusable:
                advise(verdict.reason == Reason::none
                           ? "the mail program must write one From field that reads in one way only"
                           : std::string(row_of(verdict.reason).what_to_change));
                advise_other_than_from();
                return false;
            case Cause::helo_forged:
                advise("the client must say its own name, not this server's");
                facts_.helo.clear();
                return true;
            case Cause::from_not_aligned:
                advise("the mail program must send as the address in From");
                advise_instead("turn it off for everybody: `alignment = \"off\"` in [from]");
                source_.alignment = Alignment::off;
                return true;
            case Cause::null_sender_refused:
            case Cause::hosted_from_needs_login:
                advise("`action = \"off\"` in [cause." + std::string(to_string(*verdict.cause)) +
                       "], for everybody");
                source_.causes[static_cast<std::size_t>(*verdict.cause)].action = Action::off;
                return true;
            case Cause::lookup_failed:
                advise("the table " +
                       (verdict.rules.empty() ? std::string(to_string(*verdict.cause))
                                              : "`" + verdict.rules.front() + "`") +
                       " must answer");
                return false;
            case Cause::login_required:
            case Cause::use_submission:
            case Cause::relay_not_permitted:
            case Cause::hosted_sender_needs_login:
            case Cause::sender_not_owned:
            case Cause::sender_not_hosted:
            case Cause::from_not_owned:
                return lift_missing_right(verdict);
        }
        return false;
    }

    void advise_other_than_from() {
        const auto any_login = Pattern::parse("*", PatternRole::login);
        const auto any_sender = Pattern::parse("*", PatternRole::sender);
        if (any_login && any_sender) {
            PolicySource changed = source_;
            Grant grant;
            grant.logins.push_back({*any_login, {}, {}});
            grant.senders.push_back({*any_sender, {}});
            changed.grants.push_back(std::move(grant));
            if (!play(Policy(std::move(changed), policy_), facts_).refused())
                advise_instead(
                    "a grant of `*` to this login, which waives it: for smart hosts and ticket "
                    "systems");
        }
        const bool none =
            std::none_of(facts_.headers.begin(), facts_.headers.end(),
                         [](const HeaderField& field) { return is_field(field.name, "from"); });
        PolicySource changed = source_;
        changed.missing_from = MissingFrom::envelope;
        if (none && source_.missing_from == MissingFrom::refuse &&
            !play(Policy(std::move(changed), policy_), facts_).refused())
            advise_instead(
                "`missing = \"envelope\"` in [from]: a message without From counts as from its "
                "envelope sender");
    }

    bool lift_restriction(const Verdict& verdict) {
        if (verdict.rules.empty()) {
            advise("the mail program must log in as somebody who can be told from others: " +
                   verdict.why);
            return false;
        }
        auto& rules = source_.restrictions;
        std::size_t number = 0;
        while (number < rules.size() &&
               (verdict.rules.empty() || rules[number].id != verdict.rules.front()))
            ++number;
        if (number == rules.size()) return false;
        Restriction* const rule = &rules.edit(number);
        switch (*verdict.cause) {
            case Cause::account_suspended:
                advise("remove " + at(*rule) +
                       " (`relaypermit resume` removes what `suspend` wrote)");
                *rule = {};  // of nobody
                return true;
            case Cause::client_not_allowed:
                if (!facts_.client) return false;
                advise("add \"" + to_string(*facts_.client) + "\" to `networks` of " + at(*rule));
                rule->networks->push_back({*facts_.client, facts_.client->bits()});
                return true;
            case Cause::weak_login: {
                const std::string mechanism = read_message(now(), facts_).mechanism;
                advise("add \"" + mechanism + "\" to `mechanisms` of " + at(*rule));
                rule->mechanisms->push_back(mechanism);
                return true;
            }
            default:
                return lift_recipient(*rule, verdict.recipient);
        }
    }

    bool lift_recipient(Restriction& rule, const std::string& name) {
        const auto address = parse_address(name);
        auto pattern = Pattern::parse(name, PatternRole::recipient);
        if (!address || address->local.find_first_of("%!@") != std::string::npos) {
            advise(
                "the mail program must write a plain recipient: what mail servers may rewrite "
                "(%, !, a quoted @) no `recipients` permit, see " +
                at(rule));
            return false;
        }
        if (!pattern || !pattern->matches(*address)) return false;
        advise("add \"" + name + "\" to `recipients` of " + at(rule));
        rule.recipients->push_back({*std::move(pattern), {}});
        return true;
    }

    bool lift_missing_right(const Verdict& verdict) {
        // A grant would be one of somebody else's address.
        if (verdict.reason == Reason::redirect) {
            advise("the mail program must forward the message instead of redirecting it");
            advise_instead(
                "where a program redirects mail for many, a grant of `*` in From alone to its "
                "login (`senders = [\"*\"]`, `fields = [\"from\"]`)");
            return false;
        }
        const Policy policy = now();
        const Reading reading = read_message(policy, facts_);
        const std::size_t before = remedy_.advice.size();
        if (!reading.logged_in)
            advise(reading.submission || verdict.cause == Cause::hosted_sender_needs_login
                       ? "the mail program must log in"
                       : "the mail program must log in, on port 587 or 465");
        if (reading.sender.state == SenderReading::State::disagreed && reading.logged_in)
            advise("the mail program must use an address that reads in one way only");
        if (reading.logged_in && !reading.login)
            advise("the login itself must change: " + reading.login_why);
        if (auto missing = missing_realm(policy, facts_, reading)) {
            advise("`default_realm = \"" + missing->realm + "\"` in [login]: then the login `" +
                   reading.login->user + "` is " + reading.login->user + "@" + missing->realm);
            // An address made of the login's name and the server's is nobody's wish.
            if (missing->whole) {
                source_.default_realm = missing->realm;
                facts_ = std::move(missing->facts);
                return true;
            }
        }
        if (lift_for_all(remedy_for_a_domain(policy, facts_, reading, verdict))) return true;
        if (verdict.reason == Reason::sender_misspelt)
            advise("the mail program must say " + verdict.instead + ": the domain is misspelt");
        if (verdict.reason == Reason::sender_made_up)
            advise("the program must be given a sender address" +
                   (verdict.instead.empty() ? "" : " (" + verdict.instead + ")") +
                   ": it made one up from the name of its host");
        for (const std::string& conditions : failed_conditions(policy, facts_)) advise(conditions);
        PolicySource with_bounces = source_;
        with_bounces.accepts_bounces = true;
        if (!source_.accepts_bounces &&
            !play(Policy(std::move(with_bounces), policy_), facts_).refused())
            advise("`bounces = \"accept\"` in [from]: a server reports a refusal");
        if (lift_for_all(remedy_for_a_realm(policy, facts_, reading, verdict))) return true;
        auto alias = missing_alias(policy, facts_, verdict);
        if (!alias) return false;
        remedy_.alias += (remedy_.alias.empty() ? "" : "\n") + alias_as_toml(*alias);
        source_.grants.push_back(*std::move(alias));
        if (!reading.logged_in)
            remedy_.advice.emplace_back(
                "a device that cannot log in may be granted it by its address, as below; the mail "
                "server must permit it too (mynetworks in Postfix)");
        else if (remedy_.advice.size() > before)
            advise_instead("a rule of its own, as below");
        else if (changed_ || play(now(), facts_).refused())
            advise("a rule of its own, as below");
        if (const std::string more = besides_a_rule(policy, facts_, reading, verdict);
            !more.empty())
            remedy_.advice.push_back(more);
        return true;
    }

    bool lift_for_all(std::optional<RemedyForAll> found) {
        if (!found) return false;
        advise(found->advice);
        if (!found->alias.empty())
            remedy_.alias += (remedy_.alias.empty() ? "" : "\n") + found->alias;
        source_ = std::move(found->changed);
        return true;
    }

    // The policy with all that was changed so far.
    [[nodiscard]] Policy now() const { return Policy(source_, policy_); }

    const Policy& policy_;
    PolicySource source_;
    Facts facts_;
    Remedy remedy_{};
    bool changed_{};  // by an earlier advice
};

}  // namespace

Remedy remedy_for(const Policy& policy, const Facts& facts, const Verdict& verdict) {
    if (!verdict.refused() || !verdict.cause) return {};
    return RemedySearch(policy, facts).search(verdict);
}

}  // namespace relaypermit
