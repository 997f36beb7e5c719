#include "tool/rehearse/trace_restriction.h"

#include <algorithm>

#include "policy/conditions.h"
#include "policy/restricted_login.h"
#include "tool/rehearse/containment.h"
#include "tool/rehearse/trace_words.h"

namespace relaypermit {
namespace {

// By which pattern a restriction knows the login, and as whom; empty where by none.
std::string words_of_reach(const LoginPatterns& logins, const PolicySource& source,
                           const Login& login, const RestrictedLogin& known) {
    const auto as = [&](const Login& name) -> std::string {
        if (login_key(name) == login_key(login)) return {};
        const bool base = name == without_subaddress(login, source.subaddress_delimiter);
        return (base ? "is one of `" : "may be let in as `") + to_string(name) + "`, which ";
    };
    for (const Login& name : known.names())
        if (const LoginPattern* pattern = login_pattern_of(logins, name))
            return as(name) + words_of(*pattern);
    // A pattern that is folded itself.
    for (const LoginPattern& pattern : logins)
        if (pattern.pattern.kind() == Pattern::Kind::exact)
            if (known.reached_by(pattern.pattern) != nullptr)
                return "may be let in as `" + to_string(login_of(pattern.pattern)) + "`, which " +
                       words_of(pattern);
    return {};
}

}  // namespace

std::optional<TraceStep> trace_restriction(const Restriction& restriction, const Policy& policy,
                                           const Facts& facts, const Reading& reading,
                                           const RestrictedLogin* known_login) {
    std::string why;
    bool applies = true;
    bool touched = false;
    const auto subject = [&](bool holds, const std::string& text) {
        why += (why.empty() ? "" : " - ") + text;
        applies = applies && holds;
        touched = touched || holds;
    };
    if (!restriction.logins.empty()) {
        const std::string known =
            reading.login
                ? words_of_reach(restriction.logins, policy.source(), *reading.login, *known_login)
                : std::string();
        if (!known.empty())
            subject(true, words_of(*reading.login) + " " + known);
        else
            subject(false, reading.login ? words_of(*reading.login) + " is not among its logins"
                                         : std::string("the client did not log in"));
    }
    if (!restriction.clients.empty()) {
        const PlacedNetwork* network = network_of(restriction.clients, facts.client);
        if (network != nullptr)
            subject(true, words_of(facts.client) + " is in " + to_string(network->network));
        else
            subject(false, words_of(facts.client) + " is in none of its networks");
    }
    if (applies && reading.login &&
        leaves_out(restriction, *reading.login, policy.source().subaddress_delimiter))
        subject(false, words_of(*reading.login) + " is among its `except_logins`");
    if (!touched) return std::nullopt;
    const Validity& time = *restriction.time;
    if (!is_in_force(time, facts.now)) {
        const bool over = is_over(time, facts.now);
        subject(false, over ? "restriction ended on " + time.until_text
                            : "restriction begins on " + time.since_text);
    }
    TraceStep step{{}, restriction.id, restriction.place, Match::no, {}};
    const auto condition = [&](Cause cause, bool refuses, const std::string& text) {
        why += " - " + text;
        if (!refuses) return;
        const Action action = action_of(policy, cause, facts, reading);
        if (!relaypermit::refuses(action))
            why += " (`" + std::string(to_string(cause)) + "` is " +
                   std::string(to_string(action)) + ")";
        else
            step.matched = Match::yes;
    };
    if (applies) {
        if (restriction.suspended) condition(Cause::account_suspended, true, "suspended");
        if (restriction.networks) {
            const bool outside =
                objects(restriction, Cause::client_not_allowed, facts, reading) == Match::yes;
            condition(Cause::client_not_allowed, outside,
                      words_of(facts.client) + (outside ? " is not in " : " is in ") +
                          words_of(*restriction.networks));
        }
        if (restriction.mechanisms && reading.logged_in) {
            const bool weak = objects(restriction, Cause::weak_login, facts, reading) == Match::yes;
            condition(
                Cause::weak_login, weak,
                "login by " + reading.mechanism +
                    (weak ? " is not among " + words_of(*restriction.mechanisms) : " is allowed"));
        }
        // What sendmail(1) hands over is never refused at RCPT.
        if (restriction.recipients && !facts.local_submission)
            for (std::size_t at = 0; at < facts.recipients.size(); ++at) {
                const Recipient& recipient = facts.recipients[at];
                const std::string refused =
                    why_not_allowed(restriction, reading.recipients.at(at), recipient);
                if (!refused.empty())
                    condition(Cause::recipient_not_allowed, true, refused);
                else
                    condition(Cause::recipient_not_allowed, false,
                              "recipient `" + recipient.argument + "` is allowed");
            }
    }
    step.why = std::move(why);
    return step;
}

}  // namespace relaypermit
