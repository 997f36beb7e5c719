#include "tool/rehearse/remedy.h"

#include <algorithm>

#include "policy/conditions.h"
#include "policy/play.h"
#include "policy/reading.h"
#include "tool/base/toml_text.h"
#include "tool/rehearse/missing_alias.h"
#include "tool/rehearse/trace_words.h"

namespace relaypermit {
namespace {

template <typename Rule>
std::string at(const Rule& rule) {
    return "`" + rule.id + "` at " + to_string(rule.place);
}

// Grants to this session that would permit the message but for conditions of their own.
class ConditionSearch {
  public:
    ConditionSearch(const Policy& policy, const Facts& facts)
        : policy_(policy),
          source_(policy.source()),
          facts_(facts),
          reading_(read_message(policy, facts)) {}

    [[nodiscard]] std::vector<std::string> search() const {
        std::vector<std::string> advice;
        for (const RuleNumber number : to_this_session()) {
            const Grant& grant = source_.grants[number];
            const bool over = is_over(grant, facts_.now);
            const bool elsewhere = !is_within_networks(grant, facts_.client);
            const bool part = !grant.fields.envelope || !grant.fields.from || !grant.fields.sender;
            if ((!over && !elsewhere && !part) || !may_cover(grant)) continue;
            if (elsewhere && !facts_.client) continue;
            Grant changed = grant;
            std::vector<std::string> changes;
            if (over) {
                changed.rare.edit().until.reset();
                changes.push_back("give " + at(grant) + " a later `until`");
            }
            if (elsewhere) {
                changed.rare.edit().networks.push_back({*facts_.client, facts_.client->bits()});
                changes.push_back("send from " + words_of(grant.rare->networks) + ", or add \"" +
                                  to_string(*facts_.client) + "\" to `networks` of " + at(grant));
            }
            if (!permits(number, changed)) {
                const auto fields = part ? fewest_fields(number, changed) : std::nullopt;
                if (!fields) continue;
                changes.push_back("add " + *fields + " to `fields` of " + at(grant));
            }
            std::string text;
            for (const std::string& change : changes)
                text += (text.empty() ? "" : ", and ") + change;
            advice.push_back(std::move(text));
        }
        return advice;
    }

  private:
    [[nodiscard]] std::vector<RuleNumber> to_this_session() const {
        if (reading_.logged_in) {
            if (!reading_.login) return {};
            Postings found = policy_.grants_to(*reading_.login);
            found.append(policy_.grants_to_by_regex(*reading_.login));
            return found.sorted();
        }
        return facts_.client ? policy_.grants_to_client(*facts_.client) : std::vector<RuleNumber>();
    }

    // Whether the grant has a pattern of anything that the message names: without one it permits
    // nothing here, whatever its conditions. A template may turn out to be one.
    [[nodiscard]] bool may_cover(const Grant& grant) const {
        std::vector<Address> named;
        const auto name = [&](const Address& address) {
            named.push_back(address);
            named.push_back(without_subaddress(address, source_.subaddress_delimiter));
        };
        if (reading_.sender.state == SenderReading::State::address) name(reading_.sender.address);
        if (reading_.from)
            for (const Address& address : *reading_.from) name(address);
        if (reading_.header_sender && *reading_.header_sender) name(**reading_.header_sender);
        return std::any_of(
            grant.senders.begin(), grant.senders.end(), [&](const PlacedPattern& sender) {
                return sender.pattern.kind() == Pattern::Kind::templated ||
                       sender.pattern.matches_null() ||
                       std::any_of(named.begin(), named.end(), [&](const Address& address) {
                           return sender.pattern.matches(address);
                       });
            });
    }

    [[nodiscard]] bool permits(RuleNumber number, const Grant& changed) const {
        PolicySource with = source_;
        with.grants.edit(number) = changed;
        const Verdict verdict = play(Policy(std::move(with), policy_), facts_);
        const auto& rules = verdict.rules;
        return !verdict.refused() &&
               std::find(rules.begin(), rules.end(), changed.id) != rules.end();
    }

    // The fewest fields that are missing, in words.
    [[nodiscard]] std::optional<std::string> fewest_fields(RuleNumber number,
                                                           const Grant& grant) const {
        using Fields = GrantFields;
        for (const Fields& added :
             {Fields{false, true, false}, Fields{false, false, true}, Fields{true, false, false},
              Fields{true, true, false}, Fields{false, true, true}, Fields{true, false, true},
              Fields{true, true, true}}) {
            Grant changed = grant;
            std::string text;
            const auto add = [&](bool wanted, bool& has, const std::string& name) {
                if (!wanted || has) return;
                has = true;
                text += (text.empty() ? "" : " and ") + name;
            };
            add(added.envelope, changed.fields.envelope, "\"envelope\"");
            add(added.from, changed.fields.from, "\"from\"");
            add(added.sender, changed.fields.sender, "\"sender\"");
            if (!text.empty() && permits(number, changed)) return text;
        }
        return std::nullopt;
    }

    const Policy& policy_;
    const PolicySource& source_;
    const Facts& facts_;
    Reading reading_;
};

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
                advise("the mail program must write one From field that reads in one way only");
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
        for (const std::string& conditions : failed_conditions(policy, facts_)) advise(conditions);
        PolicySource with_bounces = source_;
        with_bounces.accepts_bounces = true;
        if (!source_.accepts_bounces &&
            !play(Policy(std::move(with_bounces), policy_), facts_).refused())
            advise("`bounces = \"accept\"` in [from]: a server reports a refusal");
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

std::vector<std::string> failed_conditions(const Policy& policy, const Facts& facts) {
    return ConditionSearch(policy, facts).search();
}

Remedy remedy_for(const Policy& policy, const Facts& facts, const Verdict& verdict) {
    if (!verdict.refused() || !verdict.cause) return {};
    return RemedySearch(policy, facts).search(verdict);
}

}  // namespace relaypermit
