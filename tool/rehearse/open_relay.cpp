#include "tool/rehearse/open_relay.h"

#include <algorithm>
#include <array>

#include "policy/conditions.h"
#include "policy/domain_standings.h"
#include "policy/reading.h"

namespace relaypermit {
namespace {

// What a restriction can hold against a client without a login before its recipients are known.
constexpr std::array client_causes = {Cause::account_suspended, Cause::client_not_allowed};

// Restrictions on clients that a session without a login can meet.
std::vector<const Restriction*> restrictions_on(const Policy& policy,
                                                const std::optional<Network>& client,
                                                TimePoint now) {
    std::vector<const Restriction*> found;
    for (const Restriction& restriction : policy.source().restrictions) {
        if (is_over(*restriction.time, now)) continue;
        const bool meets = client ? within(restriction.clients, client) != Match::no
                                  : !restriction.clients.empty();
        const bool can_refuse =
            (restriction.suspended && refuses(policy, Cause::account_suspended)) ||
            (restriction.networks && refuses(policy, Cause::client_not_allowed)) ||
            (restriction.recipients && refuses(policy, Cause::recipient_not_allowed));
        if (meets && restriction.logins.empty() && can_refuse) found.push_back(&restriction);
    }
    return found;
}

// And always: what begins or ends is open at another time.
bool refuses_all_of(const Restriction& restriction, const Policy& policy, const Network& clients) {
    if (restriction.time->since || restriction.time->until) return false;
    if (within(restriction.clients, clients) != Match::yes) return false;
    return std::any_of(client_causes.begin(), client_causes.end(), [&](Cause cause) {
        return refuses(policy, cause) && objects(restriction, cause, clients) == Match::yes;
    });
}

bool is_shut(const OpenWay& way, const Policy& policy) {
    return way.client && std::any_of(way.restrictions.begin(), way.restrictions.end(),
                                     [&](const Restriction* restriction) {
                                         return refuses_all_of(*restriction, policy, *way.client);
                                     });
}

bool refused_by(const Restriction& restriction, const Policy& policy, const Facts& facts,
                const Reading& reading) {
    if (within(restriction.clients, only(facts.client)) != Match::yes ||
        !is_in_force(*restriction.time, facts.now))
        return false;
    for (const Cause cause : client_causes)
        if (refuses(policy, cause) && objects(restriction, cause, facts, reading) == Match::yes)
            return true;
    if (!restriction.recipients || !refuses(policy, Cause::recipient_not_allowed) ||
        facts.local_submission)
        return false;
    return std::any_of(reading.recipients.begin(), reading.recipients.end(),
                       [&](const RecipientReading& recipient) {
                           return !recipient_allowed(restriction, recipient);
                       });
}

bool is_listed(const Grant& grant, const Policy& policy, const SenderReading& sender) {
    if (sender.state == SenderReading::State::null ? leaves_out_null(grant)
        : sender.state == SenderReading::State::disagreed
            ? leaves_out_some(grant)
            : leaves_out(grant, sender.address, policy.source().subaddress_delimiter, {}))
        return false;
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

bool takes(const OpenWay& way, const Policy& policy, const Facts& facts, const Reading& reading) {
    const Recipient& recipient = facts.recipients.back();
    const auto& address = reading.recipients.at(facts.recipients.size() - 1).address;
    switch (way.recipients) {
        case OpenWay::Recipients::any:
            return true;
        case OpenWay::Recipients::relay_domains:
            return address && (policy.source().relay_domains.contains(address->domain) ||
                               has_domain_table(policy.source(), DomainRole::relay));
        case OpenWay::Recipients::other_mailers:
            return !recipient.mailer.empty() && !policy.remote_mailer(recipient.mailer, facts.mta);
    }
    return false;
}

std::vector<const Grant*> more_from(const PolicySource& source, const Grant& of,
                                    const Network& client, TimePoint now) {
    std::vector<const Grant*> found;
    for (const Grant& grant : source.grants) {
        if (&grant == &of || !grant.fields.from || is_over(*grant.rare, now)) continue;
        // A grant of both that stands beside this one has a line of its own.
        if (of.fields.from && grant.fields.envelope) continue;
        if (within(grant.rare->clients, client) != Match::no &&
            is_within_networks(grant, client) != Match::no)
            found.push_back(&grant);
    }
    return found;
}

}  // namespace

std::vector<OpenWay> open_ways(const Policy& policy, TimePoint now) {
    using Ports = OpenWay::Ports;
    using Senders = OpenWay::Senders;
    using Recipients = OpenWay::Recipients;
    const PolicySource& source = policy.source();
    std::vector<OpenWay> ways;
    for (const PlacedNetwork& trusted : source.trusted_networks) {
        OpenWay way;
        way.rule = "trusted-network";
        way.place = trusted.place;
        way.client = trusted.network;
        way.restrictions = restrictions_on(policy, trusted.network, now);
        ways.push_back(std::move(way));
    }
    const bool tls = source.require_tls && refuses(policy, Cause::tls_required);
    const bool helo = refuses(policy, Cause::helo_forged);
    for (const Grant& grant : source.grants) {
        if (!grant.fields.envelope || is_over(*grant.rare, now)) continue;
        for (const PlacedNetwork& client : grant.rare->clients) {
            if (is_within_networks(grant, client.network) == Match::no) continue;
            OpenWay way;
            way.rule = grant.id;
            way.place = grant.place;
            way.client = client.network;
            way.also_in = grant.rare->networks;
            way.needs_tls = tls;
            way.needs_honest_helo = helo;
            way.senders = Senders::listed;
            way.grant = &grant;
            way.more_from = more_from(source, grant, client.network, now);
            way.restrictions = restrictions_on(policy, client.network, now);
            ways.push_back(std::move(way));
        }
    }
    const auto anyone = [&](std::string rule, Ports ports) {
        OpenWay way;
        way.rule = std::move(rule);
        way.ports = ports;
        way.needs_tls = tls && ports != Ports::not_submission;
        way.needs_honest_helo = helo;
        way.restrictions = restrictions_on(policy, std::nullopt, now);
        return way;
    };
    const auto let_through = [&](Cause cause, Ports ports, Senders senders) {
        if (refuses(policy, cause)) return;
        ways.push_back(anyone("cause." + std::string(to_string(cause)), ports));
        ways.back().senders = senders;
    };
    let_through(Cause::login_required, Ports::submission, Senders::any);
    let_through(Cause::use_submission, Ports::not_submission, Senders::hosted);
    let_through(Cause::relay_not_permitted, Ports::not_submission, Senders::not_hosted);
    if (!source.relay_domains.empty() || has_domain_table(source, DomainRole::relay)) {
        ways.push_back(anyone("relay.relay_domains", Ports::not_submission));
        ways.back().recipients = Recipients::relay_domains;
        for (const DomainTableSource& table : source.domain_tables)
            if (table.role == DomainRole::relay && source.relay_domains.empty())
                ways.back().place = table.place;
    }
    ways.push_back(anyone("relay.remote_mailers", Ports::not_submission));
    ways.back().recipients = Recipients::other_mailers;
    ways.back().is_ordinary =
        policy.remote_mailer("smtp", Mta::postfix) || policy.remote_mailer("esmtp", Mta::sendmail);
    ways.push_back(anyone("sendmail", Ports::not_submission));
    ways.back().local_command = true;
    ways.back().is_ordinary = true;
    std::erase_if(ways.back().restrictions, [&](const Restriction* restriction) {
        return !(restriction->suspended && refuses(policy, Cause::account_suspended)) &&
               !(restriction->networks && refuses(policy, Cause::client_not_allowed));
    });
    std::erase_if(ways, [&](const OpenWay& way) { return is_shut(way, policy); });
    return ways;
}

bool permits(const OpenWay& way, const Policy& policy, const Facts& facts) {
    const Reading reading = reading_by_tables(policy, facts, read_message(policy, facts));
    if (reading.logged_in || facts.recipients.empty()) return false;
    if (way.local_command && !facts.local_submission) return false;
    if (!takes(way, policy, facts, reading)) return false;
    if (way.client && (!facts.client || !way.client->contains(*facts.client))) return false;
    if (!way.also_in.empty() && !contains(way.also_in, facts.client)) return false;
    if (way.ports == OpenWay::Ports::submission && !reading.submission) return false;
    if (way.ports == OpenWay::Ports::not_submission && reading.submission) return false;
    // A client of a trusted network is asked for neither, whichever way it takes.
    if (way.needs_tls && reading.submission && facts.tls.empty() && !reading.trusted &&
        !is_excepted(policy, Cause::tls_required, facts, reading))
        return false;
    if (way.needs_honest_helo && !reading.trusted && says_our_name(policy.source(), facts) &&
        !is_excepted(policy, Cause::helo_forged, facts, reading))
        return false;
    if (way.grant && !is_in_force(*way.grant->rare, facts.now)) return false;
    const bool hosted = reading.sender.state == SenderReading::State::address &&
                        policy.hosted(reading.sender.address);
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
    return std::none_of(way.restrictions.begin(), way.restrictions.end(),
                        [&](const Restriction* restriction) {
                            return refused_by(*restriction, policy, facts, reading);
                        });
}

}  // namespace relaypermit
