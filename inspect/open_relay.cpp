#include "inspect/open_relay.h"

#include <algorithm>

#include "policy/reading.h"

namespace relaypermit {
namespace {

bool refuses(const Policy& policy, Cause cause) {
    const Action action = policy.cause(cause).action;
    return action == Action::reject || action == Action::tempfail;
}

bool overlap(const Network& a, const Network& b) {
    return a.contains(b) || b.contains(a);
}

bool disjoint_from(const std::vector<Network>& networks, const Network& client) {
    return !networks.empty() &&
           std::none_of(networks.begin(), networks.end(),
                        [&](const Network& network) { return overlap(network, client); });
}

// Restrictions on clients that a session without a login can meet.
std::vector<const Restriction*> restrictions_on(const Policy& policy,
                                                const std::optional<Network>& client) {
    std::vector<const Restriction*> found;
    for (const Restriction& restriction : policy.source().restrictions) {
        const bool meets = std::any_of(restriction.clients.begin(), restriction.clients.end(),
                                       [&](const PlacedNetwork& placed) {
                                           return !client || overlap(placed.network, *client);
                                       });
        const bool can_refuse =
            (restriction.suspended && refuses(policy, Cause::account_suspended)) ||
            (restriction.networks && refuses(policy, Cause::client_not_allowed)) ||
            (restriction.recipients && refuses(policy, Cause::recipient_not_allowed));
        if (meets && restriction.logins.empty() && can_refuse) found.push_back(&restriction);
    }
    return found;
}

bool refused_by(const Restriction& restriction, const Policy& policy, const Facts& facts) {
    const bool subject = std::any_of(
        restriction.clients.begin(), restriction.clients.end(), [&](const PlacedNetwork& placed) {
            return facts.client && placed.network.contains(*facts.client);
        });
    if (!subject) return false;
    if (restriction.suspended && refuses(policy, Cause::account_suspended)) return true;
    if (restriction.networks && refuses(policy, Cause::client_not_allowed) &&
        !contains(*restriction.networks, facts.client))
        return true;
    if (!restriction.recipients || !refuses(policy, Cause::recipient_not_allowed)) return false;
    return std::any_of(
        facts.recipients.begin(), facts.recipients.end(), [&](const Recipient& recipient) {
            const RecipientReading read = read_recipient(policy, facts, recipient);
            if (!read.address || read.rewritable) return true;
            if (restriction.recipients_hosted && read.hosted) return false;
            return std::none_of(restriction.recipients->begin(), restriction.recipients->end(),
                                [&](const PlacedPattern& pattern) {
                                    return pattern.pattern.matches(*read.address);
                                });
        });
}

bool is_listed(const Grant& grant, const Policy& policy, const SenderReading& sender) {
    return std::any_of(grant.senders.begin(), grant.senders.end(), [&](const PlacedPattern& one) {
        switch (sender.state) {
            case SenderReading::State::null:
                return one.pattern.matches_null();
            case SenderReading::State::disagreed:
                return one.pattern.kind() == Pattern::Kind::any;
            case SenderReading::State::address:
                return one.pattern.matches(sender.address) ||
                       one.pattern.matches(without_subaddress(
                           sender.address, policy.source().subaddress_delimiter));
        }
        return false;
    });
}

bool says_our_name(const Policy& policy, const Facts& facts) {
    const auto helo = normalize_domain(facts.helo);
    for (const std::string& name : {policy.source().server_name, facts.mta_host})
        if (helo && !name.empty() && helo == normalize_domain(name)) return true;
    const auto literal = IpAddress::parse(facts.helo);
    return literal && facts.server_address && *literal == *facts.server_address;
}

}  // namespace

std::vector<OpenWay> open_ways(const Policy& policy, TimePoint now) {
    using Ports = OpenWay::Ports;
    using Senders = OpenWay::Senders;
    const PolicySource& source = policy.source();
    std::vector<OpenWay> ways;
    for (const PlacedNetwork& trusted : source.trusted_networks) {
        OpenWay way;
        way.rule = "trusted-network";
        way.place = trusted.place;
        way.client = trusted.network;
        way.restrictions = restrictions_on(policy, trusted.network);
        ways.push_back(std::move(way));
    }
    const bool tls = source.require_tls && refuses(policy, Cause::tls_required);
    const bool helo = refuses(policy, Cause::helo_forged);
    for (const Grant& grant : source.grants) {
        if (!grant.fields.envelope || (grant.until && now >= *grant.until)) continue;
        for (const PlacedNetwork& client : grant.clients) {
            if (disjoint_from(grant.networks, client.network)) continue;
            OpenWay way;
            way.rule = grant.id;
            way.place = grant.place;
            way.client = client.network;
            way.also_in = grant.networks;
            way.needs_tls = tls;
            way.needs_honest_helo = helo;
            way.senders = Senders::listed;
            way.grant = &grant;
            way.restrictions = restrictions_on(policy, client.network);
            ways.push_back(std::move(way));
        }
    }
    const auto let_through = [&](Cause cause, Ports ports, Senders senders) {
        if (refuses(policy, cause)) return;
        OpenWay way;
        way.rule = "cause." + std::string(to_string(cause));
        way.ports = ports;
        way.needs_tls = tls;
        way.needs_honest_helo = helo;
        way.senders = senders;
        way.restrictions = restrictions_on(policy, std::nullopt);
        ways.push_back(std::move(way));
    };
    let_through(Cause::login_required, Ports::submission, Senders::any);
    let_through(Cause::use_submission, Ports::other, Senders::hosted);
    let_through(Cause::relay_not_permitted, Ports::other, Senders::not_hosted);
    return ways;
}

bool permits(const OpenWay& way, const Policy& policy, const Facts& facts) {
    const Reading reading = read_envelope(policy, facts);
    if (reading.logged_in) return false;
    if (way.client && (!facts.client || !way.client->contains(*facts.client))) return false;
    if (!way.also_in.empty() && !contains(way.also_in, facts.client)) return false;
    if (way.ports == OpenWay::Ports::submission && !reading.submission) return false;
    if (way.ports == OpenWay::Ports::other && reading.submission) return false;
    // A client of a trusted network is asked for neither, whichever way it takes.
    if (way.needs_tls && reading.submission && facts.tls.empty() && !reading.trusted) return false;
    if (way.needs_honest_helo && !reading.trusted && says_our_name(policy, facts)) return false;
    if (way.grant && way.grant->until && facts.now >= *way.grant->until) return false;
    const bool hosted = reading.sender.state == SenderReading::State::address &&
                        policy.hosted(reading.sender.address.domain);
    switch (way.senders) {
        case OpenWay::Senders::any:
            break;
        case OpenWay::Senders::hosted:
            if (!hosted) return false;
            break;
        case OpenWay::Senders::not_hosted:
            if (hosted) return false;
            break;
        case OpenWay::Senders::listed:
            if (!is_listed(*way.grant, policy, reading.sender)) return false;
            break;
    }
    return std::none_of(
        way.restrictions.begin(), way.restrictions.end(),
        [&](const Restriction* restriction) { return refused_by(*restriction, policy, facts); });
}

}  // namespace relaypermit
