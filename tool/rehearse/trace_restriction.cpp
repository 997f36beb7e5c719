#include "tool/rehearse/trace_restriction.h"

#include <algorithm>

#include "policy/conditions.h"
#include "tool/rehearse/trace_words.h"

namespace relaypermit {

std::optional<TraceStep> trace_restriction(const Restriction& restriction, const Policy& policy,
                                           const Facts& facts, const Reading& reading) {
    std::string why;
    bool applies = true;
    bool touched = false;
    const auto subject = [&](bool holds, const std::string& text) {
        why += (why.empty() ? "" : " - ") + text;
        applies = applies && holds;
        touched = touched || holds;
    };
    if (!restriction.logins.empty()) {
        const LoginPattern* pattern =
            reading.login ? login_pattern_of(restriction.logins, *reading.login) : nullptr;
        const Login base =
            reading.login ? without_subaddress(*reading.login, policy.source().subaddress_delimiter)
                          : Login();
        const LoginPattern* by_base =
            reading.login ? login_pattern_of(restriction.logins, base) : nullptr;
        if (pattern != nullptr)
            subject(true, words_of(*reading.login) + " " + words_of(*pattern));
        else if (by_base != nullptr)
            subject(true, words_of(*reading.login) + " is one of `" + to_string(base) +
                              "`, which " + words_of(*by_base));
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
    if (applies && reading.login && leaves_out(restriction, *reading.login))
        subject(false, words_of(*reading.login) + " is among its `except_logins`");
    if (!touched) return std::nullopt;
    TraceStep step{{}, restriction.id, restriction.place, Match::no, {}};
    const auto condition = [&](Cause cause, bool refuses, const std::string& text) {
        why += " - " + text;
        if (!refuses) return;
        const Action action = action_of(policy, cause, facts, reading);
        if (action == Action::off || action == Action::monitor)
            why += " (`" + std::string(to_string(cause)) + "` is " +
                   std::string(to_string(action)) + ")";
        else
            step.matched = Match::yes;
    };
    if (applies) {
        if (restriction.suspended) condition(Cause::account_suspended, true, "suspended");
        if (restriction.networks) {
            const bool outside = objects(restriction, Cause::client_not_allowed, facts, reading);
            condition(Cause::client_not_allowed, outside,
                      words_of(facts.client) + (outside ? " is not in " : " is in ") +
                          words_of(*restriction.networks));
        }
        if (restriction.mechanisms && reading.logged_in) {
            const bool weak = objects(restriction, Cause::weak_login, facts, reading);
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
