#include "policy/conditions.h"

#include <algorithm>

#include "policy/restricted_login.h"

namespace relaypermit {

bool refuses(Action action) {
    return action == Action::reject || action == Action::tempfail;
}

bool refuses(const Policy& policy, Cause cause) {
    return refuses(policy.cause(cause).action);
}

bool owns_itself(const PolicySource& source, const Login& login) {
    return source.owns_own_address && has_own_realm(source, login);
}

bool covers_field(const GrantFields& fields, GrantField field) {
    switch (field) {
        case GrantField::envelope:
            return fields.envelope;
        case GrantField::from:
            return fields.from;
        case GrantField::sender:
            return fields.sender;
    }
    return false;
}

Clients only(const std::optional<IpAddress>& client) {
    if (!client) return std::nullopt;
    return Network{*client, client->bits()};
}

namespace {

Match match_of(bool yes) {
    return yes ? Match::yes : Match::no;
}

Match match_of(const Network& network, const Network& clients) {
    if (network.contains(clients)) return Match::yes;
    return clients.contains(network) ? Match::unknown : Match::no;
}

template <typename Networks, typename NetworkOf>
Match match_any(const Networks& networks, const Clients& clients, NetworkOf network_of) {
    Match found = Match::no;
    if (!clients) return found;
    for (const auto& one : networks) {
        const Match match = match_of(network_of(one), *clients);
        if (match == Match::yes) return match;
        if (match == Match::unknown) found = match;
    }
    return found;
}

Match outside(const std::vector<Network>& networks, const Clients& clients) {
    switch (within(networks, clients)) {
        case Match::yes:
            return Match::no;
        case Match::no:
            return Match::yes;
        case Match::unknown:
            return Match::unknown;
    }
    return Match::unknown;
}

}  // namespace

bool leaves_out(const Grant& grant, const Address& sender, std::string_view subaddress_delimiters,
                const std::vector<Captures>& captures) {
    const auto& except = grant.rare->except;
    if (except.empty()) return false;
    const auto matches = [&](const Pattern& pattern, const Address& form) {
        // A regex claims nothing with letters that RE2 takes for ASCII ones; where it takes away,
        // nobody may get around it by them.
        if (pattern.kind() == Pattern::Kind::regex && !regex_may_claim(address_key(form)))
            return true;
        if (pattern.kind() != Pattern::Kind::templated) return pattern.matches(form);
        return std::any_of(captures.begin(), captures.end(),
                           [&](const Captures& one) { return pattern.matches_filled(form, one); });
    };
    // Whoever owns alice@ owns alice+anything@; whoever must not be alice must not be that either.
    const Address base = without_subaddress(sender, subaddress_delimiters);
    return std::any_of(except.begin(), except.end(), [&](const PlacedPattern& one) {
        return matches(one.pattern, sender) || matches(one.pattern, base);
    });
}

bool leaves_out_null(const Grant& grant) {
    const auto& except = grant.rare->except;
    return std::any_of(except.begin(), except.end(),
                       [](const PlacedPattern& one) { return one.pattern.matches_null(); });
}

bool leaves_out_some(const Grant& grant) {
    return !grant.rare->except.empty();
}

namespace {

// Whether it is let off: by its whole name, or by a pattern that matches it without its subaddress
// too, which whoever logs in may choose.
bool lets_off(const LoginPatterns& logins, const Login& login,
              std::string_view subaddress_delimiters) {
    const Login base = without_subaddress(login, subaddress_delimiters);
    return std::any_of(logins.begin(), logins.end(), [&](const LoginPattern& one) {
        return one.pattern.matches(login) &&
               (one.pattern.kind() == Pattern::Kind::exact || one.pattern.matches(base));
    });
}

}  // namespace

bool leaves_out(const Grant& grant, const Login& login, const PolicySource& source) {
    const LoginPatterns& except = grant.rare->except_logins;
    if (except.empty()) return false;
    const RestrictedLogin names(source, login);
    return std::any_of(except.begin(), except.end(), [&](const LoginPattern& one) {
        return names.reached_by(one.pattern) != nullptr;
    });
}

bool leaves_out(const Restriction& restriction, const Login& login,
                std::string_view subaddress_delimiters) {
    return lets_off(restriction.except_logins, login, subaddress_delimiters);
}

bool is_excepted(const PolicySource& source, Cause cause, const Login& login) {
    return lets_off(source.exceptions[static_cast<std::size_t>(cause)]->logins, login,
                    source.subaddress_delimiter);
}

bool is_excepted(const Policy& policy, Cause cause, const Facts& facts, const Reading& reading) {
    const CauseExceptions& except = *policy.source().exceptions[static_cast<std::size_t>(cause)];
    if (except.empty()) return false;
    if (reading.login && is_excepted(policy.source(), cause, *reading.login)) return true;
    if (within(except.clients, only(facts.client)) == Match::yes) return true;
    const auto is_sender = [&](const PlacedPattern& one) {
        switch (reading.sender.state) {
            case SenderReading::State::null:
                return one.pattern.matches_null();
            case SenderReading::State::address:
                return one.pattern.matches(reading.sender.address) ||
                       one.pattern.matches(without_subaddress(
                           reading.sender.address, policy.source().subaddress_delimiter));
            case SenderReading::State::disagreed:
                break;
        }
        return false;
    };
    return std::any_of(except.senders.begin(), except.senders.end(), is_sender);
}

Action action_of(const Policy& policy, Cause cause, const Facts& facts, const Reading& reading) {
    const Action own = policy.cause(cause).action;
    return own != Action::off && is_excepted(policy, cause, facts, reading) ? Action::off : own;
}

bool is_aligned(const PolicySource& source, const SenderReading& sender, const Address& from) {
    if (source.alignment == Alignment::off || sender.state == SenderReading::State::null)
        return true;
    if (sender.state == SenderReading::State::disagreed) return false;
    if (source.alignment == Alignment::domain) return from.domain == sender.address.domain;
    return same_address(without_subaddress(from, source.subaddress_delimiter),
                        without_subaddress(sender.address, source.subaddress_delimiter));
}

Match within(const std::vector<Network>& networks, const Clients& clients) {
    return match_any(networks, clients,
                     [](const Network& network) -> const Network& { return network; });
}

Match within(const std::vector<PlacedNetwork>& networks, const Clients& clients) {
    return match_any(networks, clients,
                     [](const PlacedNetwork& placed) -> const Network& { return placed.network; });
}

Match is_within_networks(const GrantLimits& limits, const Clients& clients) {
    return limits.networks.empty() ? Match::yes : within(limits.networks, clients);
}

Match objects(const Restriction& restriction, Cause cause, const Clients& clients) {
    switch (cause) {
        case Cause::account_suspended:
            return match_of(restriction.suspended);
        case Cause::client_not_allowed:
            return restriction.networks ? outside(*restriction.networks, clients) : Match::no;
        default:
            return Match::no;
    }
}

Match objects(const Restriction& restriction, Cause cause, const Facts& facts,
              const Reading& reading) {
    if (cause != Cause::weak_login) return objects(restriction, cause, only(facts.client));
    return match_of(reading.logged_in && restriction.mechanisms &&
                    std::find(restriction.mechanisms->begin(), restriction.mechanisms->end(),
                              reading.mechanism) == restriction.mechanisms->end());
}

bool restricts_some_login(const PolicySource& source, TimePoint now) {
    return std::any_of(source.restrictions.begin(), source.restrictions.end(),
                       [&](const Restriction& restriction) {
                           return !restriction.logins.empty() &&
                                  is_in_force(*restriction.time, now);
                       });
}

bool recipient_allowed(const Restriction& restriction, const RecipientReading& recipient) {
    if (!recipient.address || recipient.rewritable) return false;
    if (restriction.recipients_hosted && recipient.hosted) return true;
    return std::any_of(
        restriction.recipients->begin(), restriction.recipients->end(),
        [&](const PlacedPattern& pattern) { return pattern.pattern.matches(*recipient.address); });
}

bool is_mailer_daemon(const Address& address) {
    return ascii_lower(address.local) == "mailer-daemon";
}

bool is_bounce(const Policy& policy, const Facts& facts, const Reading& reading,
               const Address& from) {
    return policy.source().accepts_bounces && is_mailer_daemon(from) &&
           reading.sender.state == SenderReading::State::null && reading.one_at_in_from &&
           (reading.logged_in || needs_grant_by_network(facts, reading));
}

bool says_our_name(const PolicySource& source, const Facts& facts) {
    const auto same_name = [&](const std::string& name) {
        const auto helo = normalize_domain(facts.helo);
        return helo && !name.empty() && helo == normalize_domain(name);
    };
    if (same_name(source.server_name) || same_name(facts.mta_host)) return true;
    const auto literal = IpAddress::parse(facts.helo);
    return literal && facts.server_address && *literal == *facts.server_address;
}

bool needs_grant_by_network(const Facts& facts, const Reading& reading) {
    if (reading.logged_in || reading.trusted || facts.local_submission) return false;
    return reading.submission ||
           std::any_of(reading.recipients.begin(), reading.recipients.end(),
                       [](const RecipientReading& recipient) { return recipient.remote; });
}

}  // namespace relaypermit
