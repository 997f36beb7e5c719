#include "inspect/remedy.h"

#include <algorithm>

#include "config/test_case.h"
#include "inspect/rule_id.h"
#include "inspect/toml_text.h"
#include "policy/reading.h"
#include "policy/trace_words.h"

namespace relaypermit {
namespace {

bool is_about_rights(Cause cause) {
    switch (cause) {
        case Cause::sender_not_owned:
        case Cause::sender_not_hosted:
        case Cause::from_not_owned:
        case Cause::login_required:
        case Cause::use_submission:
        case Cause::relay_not_permitted:
        case Cause::hosted_sender_needs_login:
            return true;
        default:
            return false;
    }
}

class AliasSearch {
  public:
    AliasSearch(const Policy& policy, const Facts& facts)
        : source_(policy.source()), facts_(facts), reading_(read_envelope(policy, facts)) {}

    void search(const Verdict& refused, Remedy& remedy) {
        if (!subject()) return;
        Verdict verdict = refused;
        constexpr int most_senders = 8;
        for (int round = 0; round < most_senders; ++round) {
            if (!verdict.refused()) break;
            if (!is_about_rights(*verdict.cause) || !add_sender(verdict)) break;
            verdict = with_grant();
        }
        if (grant_.senders.empty()) return;
        if (verdict.refused()) remedy.still = verdict.cause;
        if (!verdict.refused()) narrow_fields();
        grant_.id =
            free_id(source_, word_of(reading_.login ? reading_.login->user : "device") + "-as-" +
                                 word_of(grant_.senders[0].pattern.text().substr(
                                     0, grant_.senders[0].pattern.text().find('@'))));
        remedy.alias = alias_as_toml(grant_);
    }

  private:
    // To whom the grant would be.
    bool subject() {
        if (reading_.logged_in) {
            if (!reading_.login) return false;
            auto pattern = Pattern::parse(to_string(*reading_.login), PatternRole::login);
            // A login that reads as a wildcard or a regex cannot be listed as it is.
            if (!pattern || pattern->kind() != Pattern::Kind::exact) return false;
            grant_.logins.push_back({*std::move(pattern), {}, {}});
            return true;
        }
        if (!facts_.client) return false;
        grant_.clients.push_back({Network{*facts_.client, facts_.client->bits()}, {}});
        return true;
    }

    bool add_sender(const Verdict& verdict) {
        std::string text;
        if (verdict.cause == Cause::from_not_owned) {
            text = verdict.from;
        } else {
            if (reading_.sender.state == SenderReading::State::disagreed) return false;
            text = reading_.sender.state == SenderReading::State::null
                       ? "<>"
                       : to_string(reading_.sender.address);
            envelope_ = true;
        }
        auto pattern = Pattern::parse(text, PatternRole::sender);
        const bool as_it_is = pattern && (pattern->kind() == Pattern::Kind::exact ||
                                          pattern->kind() == Pattern::Kind::null);
        const bool known =
            std::any_of(grant_.senders.begin(), grant_.senders.end(),
                        [&](const PlacedPattern& sender) { return sender.pattern.text() == text; });
        if (!as_it_is || known) return false;
        grant_.senders.push_back({*std::move(pattern), {}});
        return true;
    }

    [[nodiscard]] Verdict with_grant() const {
        PolicySource changed = source_;
        changed.grants.push_back(grant_);
        return play(Policy(std::move(changed)), facts_);
    }

    // Where the envelope sender was in order, the grant need not cover it.
    void narrow_fields() {
        if (envelope_) return;
        grant_.fields = {false, true, false};
        if (with_grant().refused()) grant_.fields = {};
    }

    const PolicySource& source_;
    const Facts& facts_;
    Reading reading_;
    Grant grant_{};
    bool envelope_{};
};

const Restriction* restriction_of(const PolicySource& source, const Verdict& verdict) {
    if (verdict.rules.empty()) return nullptr;
    const auto found = std::find_if(
        source.restrictions.begin(), source.restrictions.end(),
        [&](const Restriction& restriction) { return restriction.id == verdict.rules.front(); });
    return found == source.restrictions.end() ? nullptr : &*found;
}

std::string at(const Restriction& restriction) {
    return "`" + restriction.id + "` at " + to_string(restriction.place);
}

void advise_on_restriction(const Policy& policy, const Facts& facts, const Verdict& verdict,
                           Remedy& remedy) {
    const Restriction* restriction = restriction_of(policy.source(), verdict);
    if (restriction == nullptr) return;
    switch (*verdict.cause) {
        case Cause::account_suspended:
            remedy.advice.push_back("remove " + at(*restriction) +
                                    " (`relaypermit resume` removes what `suspend` wrote)");
            break;
        case Cause::client_not_allowed:
            if (facts.client)
                remedy.advice.push_back("add \"" + to_string(*facts.client) +
                                        "\" to `networks` of " + at(*restriction));
            break;
        case Cause::weak_login:
            remedy.advice.push_back("add \"" + read_envelope(policy, facts).mechanism +
                                    "\" to `mechanisms` of " + at(*restriction));
            break;
        case Cause::recipient_not_allowed:
            remedy.advice.push_back("add \"" + verdict.recipient + "\" to `recipients` of " +
                                    at(*restriction));
            break;
        default:
            break;
    }
}

// Grants to this session that would permit the message but for one of their own conditions.
class ConditionSearch {
  public:
    ConditionSearch(const Policy& policy, const Facts& facts)
        : source_(policy.source()), facts_(facts), reading_(read_envelope(policy, facts)) {}

    [[nodiscard]] std::vector<std::string> search() const {
        std::vector<std::string> advice;
        for (std::size_t number = 0; number < source_.grants.size(); ++number) {
            const Grant& grant = source_.grants[number];
            const bool over = grant.until && facts_.now >= *grant.until;
            const bool elsewhere =
                !grant.networks.empty() && !contains(grant.networks, facts_.client);
            const bool part = !grant.fields.envelope || !grant.fields.from || !grant.fields.sender;
            if ((!over && !elsewhere && !part) || !is_subject(grant)) continue;
            const std::string name = "`" + grant.id + "` at " + to_string(grant.place);
            // Two conditions at once are no small change any more.
            if (over && permits(number, [](Grant& changed) { changed.until.reset(); }))
                advice.push_back("give " + name + " a later `until`");
            else if (elsewhere && facts_.client &&
                     permits(number, [](Grant& changed) { changed.networks.clear(); }))
                advice.push_back("send from " + words_of(grant.networks) + ", or add \"" +
                                 to_string(*facts_.client) + "\" to `networks` of " + name);
            else if (part && permits(number, [](Grant& changed) { changed.fields = {}; }))
                advice.push_back("add " + missing(grant.fields) + " to `fields` of " + name);
        }
        return advice;
    }

  private:
    [[nodiscard]] bool is_subject(const Grant& grant) const {
        if (reading_.logged_in)
            return reading_.login && login_pattern_of(grant.logins, *reading_.login) != nullptr;
        return network_of(grant.clients, facts_.client) != nullptr;
    }

    template <typename Change>
    [[nodiscard]] bool permits(std::size_t number, Change change) const {
        PolicySource changed = source_;
        change(changed.grants[number]);
        const Verdict verdict = play(Policy(std::move(changed)), facts_);
        const auto& rules = verdict.rules;
        return !verdict.refused() &&
               std::find(rules.begin(), rules.end(), source_.grants[number].id) != rules.end();
    }

    static std::string missing(const GrantFields& fields) {
        std::string text;
        for (const auto& [has, name] :
             {std::pair(fields.envelope, "\"envelope\""), std::pair(fields.from, "\"from\""),
              std::pair(fields.sender, "\"sender\"")})
            if (!has) text += (text.empty() ? "" : " and ") + std::string(name);
        return text;
    }

    const PolicySource& source_;
    const Facts& facts_;
    Reading reading_;
};

// A login that only lacks the realm of the address that it sends as.
void advise_on_realm(const Policy& policy, const Facts& facts, const Reading& reading,
                     Remedy& remedy) {
    const std::string& domain = reading.sender.address.domain;
    if (!reading.login || !reading.login->realm.empty() || !policy.source().default_realm.empty() ||
        reading.sender.state != SenderReading::State::address)
        return;
    PolicySource changed = policy.source();
    changed.default_realm = domain;
    if (play(Policy(std::move(changed)), facts).refused()) return;
    remedy.advice.push_back("`default_realm = \"" + domain + "\"` in [login]: then the login `" +
                            reading.login->user + "` is " + reading.login->user + "@" + domain);
}

}  // namespace

std::vector<std::string> failed_conditions(const Policy& policy, const Facts& facts) {
    return ConditionSearch(policy, facts).search();
}

Remedy remedy_for(const Policy& policy, const Facts& facts, const Verdict& verdict) {
    Remedy remedy;
    if (!verdict.refused() || !verdict.cause) return remedy;
    const auto advise = [&](std::string text) { remedy.advice.push_back(std::move(text)); };
    const std::string id(to_string(*verdict.cause));
    switch (*verdict.cause) {
        case Cause::tls_required:
            advise("the mail program must use TLS (STARTTLS on 587, SSL/TLS on 465)");
            advise("or, for everybody, `require_tls = false` in [submission]");
            break;
        case Cause::login_required:
            advise("the mail program must log in");
            break;
        case Cause::use_submission:
        case Cause::relay_not_permitted:
            advise("the mail program must log in, on port 587 or 465");
            break;
        case Cause::account_suspended:
        case Cause::client_not_allowed:
        case Cause::weak_login:
        case Cause::recipient_not_allowed:
            advise_on_restriction(policy, facts, verdict, remedy);
            break;
        case Cause::from_unusable:
            advise("the mail program must write one From field that reads in one way only");
            advise("a grant of `*` to this login waives it: for smart hosts and ticket systems");
            break;
        case Cause::helo_forged:
            advise("the client must say its own name, not this server's");
            break;
        case Cause::null_sender_refused:
        case Cause::hosted_from_needs_login:
            advise("`action = \"off\"` in [cause." + id + "], for everybody");
            break;
        case Cause::hosted_sender_needs_login:
            advise("the mail program must log in");
            break;
        case Cause::lookup_failed:
            advise("the table " + (verdict.rules.empty() ? id : "`" + verdict.rules.front() + "`") +
                   " must answer");
            break;
        case Cause::sender_not_owned:
        case Cause::sender_not_hosted:
        case Cause::from_not_owned:
            break;
    }
    if (!is_about_rights(*verdict.cause)) return remedy;
    const Reading reading = read_envelope(policy, facts);
    if (reading.sender.state == SenderReading::State::disagreed && reading.logged_in)
        advise("the mail program must use an address that reads in one way only");
    if (reading.logged_in && !reading.login)
        advise("the login itself must change: " + reading.login_why);
    advise_on_realm(policy, facts, reading, remedy);
    for (std::string& advice : failed_conditions(policy, facts)) advise(std::move(advice));
    AliasSearch(policy, facts).search(verdict, remedy);
    if (!remedy.alias.empty() && !reading.logged_in)
        advise(
            "a device that cannot log in may be granted it by its address, as below; the mail "
            "server must permit it too (mynetworks in Postfix)");
    else if (!remedy.alias.empty() && !remedy.advice.empty())
        advise("or a rule of its own, as below");
    return remedy;
}

}  // namespace relaypermit
