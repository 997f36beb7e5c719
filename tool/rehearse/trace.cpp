#include "tool/rehearse/trace.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "policy/conditions.h"
#include "policy/domain_standings.h"
#include "tool/rehearse/trace_restriction.h"
#include "tool/rehearse/trace_words.h"

namespace relaypermit {
namespace {

using Kind = SenderQuestion::Kind;

class MessageTrace {
  public:
    MessageTrace(const Policy& policy, const Facts& facts)
        : policy_(policy),
          facts_(facts),
          reading_(reading_by_tables(policy, facts, read_message(policy, facts))),
          touched_(policy.source().grants.size(), false) {}

    Trace run() {
        session();
        std::optional<RestrictedLogin> login;
        if (reading_.login) login.emplace(policy_.source(), *reading_.login);
        for (const Restriction& restriction : policy_.source().restrictions) {
            auto step = trace_restriction(restriction, policy_, facts_, reading_,
                                          login ? &*login : nullptr);
            if (step) {
                step->about = about_session();
                trace_.steps.push_back(std::move(*step));
            } else {
                ++trace_.other_restrictions;
            }
        }
        domain_tables();
        unusable_login();
        questions();
        for (const auto& [about, steps] : answers_)
            for (TraceStep step : steps) {
                step.about = about;
                trace_.steps.push_back(std::move(step));
            }
        trace_.other_grants =
            static_cast<std::size_t>(std::count(touched_.begin(), touched_.end(), false));
        return std::move(trace_);
    }

  private:
    [[nodiscard]] std::string about_session() const {
        if (reading_.login) return words_of(*reading_.login);
        if (reading_.logged_in) return "login `" + facts_.auth_authen + "`";
        return words_of(facts_.client);
    }

    void session() {
        if (reading_.logged_in) return;
        for (const PlacedNetwork& trusted : policy_.source().trusted_networks)
            if (facts_.client && trusted.network.contains(*facts_.client)) {
                trace_.steps.push_back(
                    {about_session(), "trusted-network", trusted.place, Match::yes,
                     words_of(facts_.client) + " is in " + to_string(trusted.network)});
                return;
            }
        trace_.steps.push_back({about_session(),
                                "trusted-network",
                                {},
                                Match::no,
                                words_of(facts_.client) + " is in no trusted network"});
    }

    // What the domain tables were asked, and said.
    void domain_tables() {
        for (const TableAnswer& answer : facts_.table_answers) {
            const auto& tables = policy_.source().domain_tables;
            const auto table =
                std::find_if(tables.begin(), tables.end(),
                             [&](const DomainTableSource& one) { return one.id == answer.table; });
            if (table == tables.end()) continue;
            const Match match = !answer.key.empty() ? Match::yes
                                : answer.known      ? Match::no
                                                    : Match::unknown;
            const std::string_view as =
                table->role == DomainRole::hosted ? "a hosted domain" : "a relay domain";
            std::string why = match == Match::yes  ? "the table has it as "
                              : match == Match::no ? "the table does not have it as "
                                                   : "the table did not answer whether it is ";
            why += as;
            if (!answer.known) why += ": " + answer.why;
            if (answer.stale_s > 0)
                why += " - an old answer, stale by " + std::to_string(answer.stale_s) + " s";
            for (const TableLookup& lookup : answer.lookups) why += " - " + words_of(lookup);
            trace_.steps.push_back({"domain " + answer.address.domain, table->id, table->place,
                                    match, std::move(why)});
        }
    }

    // Kept out because it may be any of those that are restricted; see judge_unusable_login().
    void unusable_login() {
        if (!reading_.logged_in || reading_.login || !refuses(Cause::account_suspended)) return;
        if (restricts_some_login(policy_.source(), facts_.now))
            trace_.steps.push_back(
                {about_session(),
                 "cause.account-suspended",
                 {},
                 Match::yes,
                 reading_.login_why + " - it may be a login that a restriction names"});
    }

    // Asks who owns it; returns whether anything does. `refusal` is what a no would mean.
    bool ask(const std::string& about, const SenderQuestion& question, Cause refusal) {
        std::vector<TraceStep> steps = trace_rights(policy_, facts_, reading_, question, touched_);
        const auto any = [&](Match match) {
            return std::any_of(steps.begin(), steps.end(),
                               [&](const TraceStep& step) { return step.matched == match; });
        };
        const bool covered = any(Match::yes);
        if (steps.empty()) steps.push_back({{}, "no-rule", {}, Match::no, "no rule is about it"});
        if (!covered) {
            if (!refuses(refusal))
                steps.push_back(not_refused(refusal));
            else if (any(Match::unknown) && !refuses(Cause::lookup_failed))
                steps.push_back(not_refused(Cause::lookup_failed));
        }
        answer(about, std::move(steps));
        return covered;
    }

    // The same steps for another question are one answer to both.
    void answer(const std::string& about, std::vector<TraceStep> steps) {
        const auto same = [](const TraceStep& a, const TraceStep& b) {
            return a.rule == b.rule && a.matched == b.matched && a.why == b.why;
        };
        for (auto& [earlier, its_steps] : answers_)
            if (std::equal(steps.begin(), steps.end(), its_steps.begin(), its_steps.end(), same)) {
                earlier += ", " + about;
                return;
            }
        answers_.emplace_back(about, std::move(steps));
    }

    [[nodiscard]] bool refuses(Cause cause) const {
        return relaypermit::refuses(action_of(policy_, cause, facts_, reading_));
    }
    [[nodiscard]] TraceStep not_refused(Cause cause) const {
        const std::string id(to_string(cause));
        if (is_excepted(policy_, cause, facts_, reading_))
            return {{},
                    "cause." + id,
                    {},
                    Match::yes,
                    "this session is not refused for it: `" + id + "` excepts it"};
        return {{},
                "cause." + id,
                {},
                Match::yes,
                "nobody is refused for it: `" + id + "` is " +
                    std::string(to_string(policy_.cause(cause).action))};
    }

    // Only `*` waives it.
    void alignment() {
        if (!refuses(Cause::from_not_aligned)) return;
        for (const Address& address : *reading_.from)
            if (!is_aligned(policy_.source(), reading_.sender, address)) {
                ask("From " + to_string(address) + ", not aligned",
                    {Kind::anything, {}, GrantField::from}, Cause::from_not_aligned);
                return;
            }
    }

    void questions() {
        if (reading_.trusted) return;
        const bool owned = reading_.logged_in ? sender_of_login() : sender_of_network();
        // Without a login, headers are read only where a grant by network is used.
        if (!reading_.logged_in && !(owned && needs_grant_by_network(facts_, reading_))) return;
        if (reading_.from) {
            for (const Address& address : *reading_.from)
                ask("From " + to_string(address), {Kind::address, address, GrantField::from},
                    Cause::from_not_owned);
            alignment();
        } else {
            ask("From, unusable", {Kind::anything, {}, GrantField::from}, Cause::from_unusable);
        }
        if (!reading_.header_sender || !policy_.source().require_owned_sender_field) return;
        if (*reading_.header_sender)
            ask("Sender " + to_string(**reading_.header_sender),
                {Kind::address, **reading_.header_sender, GrantField::sender},
                Cause::from_not_owned);
        else
            ask("Sender, unusable", {Kind::anything, {}, GrantField::sender}, Cause::from_unusable);
    }

    bool ask_sender(Cause refusal) {
        const SenderReading& sender = reading_.sender;
        switch (sender.state) {
            case SenderReading::State::null:
                return ask("sender <>", {Kind::null, {}, GrantField::envelope}, refusal);
            case SenderReading::State::disagreed:
                return ask("sender " + facts_.sender_argument,
                           {Kind::anything, {}, GrantField::envelope}, refusal);
            case SenderReading::State::address:
                break;
        }
        return ask("sender " + to_string(sender.address),
                   {Kind::address, sender.address, GrantField::envelope}, refusal);
    }

    [[nodiscard]] bool sender_hosted() const {
        return reading_.sender.state == SenderReading::State::address &&
               policy_.hosted(reading_.sender.address);
    }

    bool sender_of_login() {
        // The null sender needs nothing but a usable login, unless null-sender-refused is on, and
        // no login owns a sender that cannot be read.
        if (reading_.sender.state == SenderReading::State::null && reading_.login)
            return !refuses(Cause::null_sender_refused) ||
                   ask("the null sender", {Kind::null, {}, GrantField::envelope},
                       Cause::null_sender_refused);
        if (reading_.sender.state == SenderReading::State::disagreed) {
            std::vector<TraceStep> steps = {
                {{}, "own-address", {}, Match::no, reading_.sender.why}};
            if (!refuses(Cause::sender_not_owned))
                steps.push_back(not_refused(Cause::sender_not_owned));
            answer("sender " + facts_.sender_argument, std::move(steps));
            return false;
        }
        const bool null = reading_.sender.state == SenderReading::State::null;
        return ask_sender(null || sender_hosted() ? Cause::sender_not_owned
                                                  : Cause::sender_not_hosted);
    }

    bool sender_of_network() {
        const bool submission = reading_.submission;
        const bool needed = submission || needs_grant_by_network(facts_, reading_);
        // Where no login is needed for it, mail that stays here is anybody's to send.
        const auto& recipients = facts_.recipients;
        const bool from_here =
            sender_hosted() && !facts_.local_submission &&
            refuses(Cause::hosted_sender_needs_login) &&
            std::any_of(reading_.recipients.begin(), reading_.recipients.end(),
                        [](const RecipientReading& recipient) { return recipient.hosted; });
        bool granted = false;
        if (needed || from_here) {
            Cause refusal = Cause::hosted_sender_needs_login;
            if (submission)
                refusal = Cause::login_required;
            else if (needed)
                refusal = sender_hosted() ? Cause::use_submission : Cause::relay_not_permitted;
            granted = ask_sender(refusal);
        }
        if (facts_.local_submission) return granted;
        for (std::size_t at = 0; at < recipients.size(); ++at) {
            const Recipient& recipient = recipients[at];
            const RecipientReading& reading = reading_.recipients.at(at);
            const bool refused = reading.hosted && from_here && !granted;
            if (refused || (!submission && !reading.remote))
                answer("recipient " + recipient.argument,
                       {recipient_step(reading, recipient, refused)});
        }
        return granted;
    }

    // Why a recipient needs no grant, or needs a login for all that.
    [[nodiscard]] TraceStep recipient_step(const RecipientReading& reading,
                                           const Recipient& recipient, bool refused) const {
        const std::string domain = reading.address ? reading.address->domain : "";
        if (refused)
            return {{},
                    "hosted-domain",
                    {},
                    Match::no,
                    "recipient and sender are hosted here: such a sender must log in"};
        if (reading.hosted)
            return {{},
                    "hosted-domain",
                    {},
                    Match::yes,
                    domain.empty() ? "an address without a domain is this server's own"
                                   : "recipient is hosted here: anybody may send to it"};
        if (!domain.empty() && policy_.source().relay_domains.contains(domain))
            return {{},
                    "relay-domain",
                    {},
                    Match::yes,
                    "recipient is in `relay_domains`: anybody may send to it"};
        if (policy_.remote_mailer(recipient.mailer, facts_.mta) || recipient.mailer.empty())
            return {{},
                    "relay-domain",
                    {},
                    Match::yes,
                    "recipient is a relay domain of a table: anybody may send to it"};
        return {{},
                "local-mailer",
                {},
                Match::yes,
                "mailer `" + recipient.mailer +
                    "` is not a remote one: the mail server delivers "
                    "it here"};
    }

    const Policy& policy_;
    const Facts& facts_;
    Reading reading_;
    std::vector<bool> touched_;
    std::vector<std::pair<std::string, std::vector<TraceStep>>> answers_{};
    Trace trace_{};
};

}  // namespace

Trace trace(const Policy& policy, const Facts& facts) {
    return MessageTrace(policy, facts).run();
}

}  // namespace relaypermit
