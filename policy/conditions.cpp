#include "policy/conditions.h"

#include <algorithm>

namespace relaypermit {

bool refuses(Action action) {
    return action == Action::reject || action == Action::tempfail;
}

bool owns_itself(const PolicySource& source, const Login& login) {
    const DomainSet& realms = source.realms ? *source.realms : source.hosted_domains;
    return source.owns_own_address && !login.realm.empty() && realms.contains(login.realm);
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

bool is_within_networks(const Grant& grant, const std::optional<IpAddress>& client) {
    return grant.rare->networks.empty() || contains(grant.rare->networks, client);
}

bool objects(const Restriction& restriction, Cause cause, const Facts& facts,
             const Reading& reading) {
    switch (cause) {
        case Cause::account_suspended:
            return restriction.suspended;
        case Cause::client_not_allowed:
            return restriction.networks && !contains(*restriction.networks, facts.client);
        case Cause::weak_login:
            return reading.logged_in && restriction.mechanisms &&
                   std::find(restriction.mechanisms->begin(), restriction.mechanisms->end(),
                             reading.mechanism) == restriction.mechanisms->end();
        default:
            return false;
    }
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
