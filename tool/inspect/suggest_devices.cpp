#include "tool/inspect/suggest_devices.h"

#include <algorithm>
#include <array>

#include "policy/network.h"

namespace relaypermit {
namespace {

Network place_of(const IpAddress& client) {
    const unsigned prefix = client.is_v4() ? 24 : 64;
    return {client.masked(prefix), prefix};
}

// "scanner-" of scanner-1, scanner-2 and scanner-10; empty where they have too little in common.
std::string common_beginning(const std::set<std::string>& locals) {
    constexpr std::size_t telling = 3;
    const std::string& first = *locals.begin();
    const std::string& last = *locals.rbegin();
    std::size_t same = 0;
    while (same < first.size() && same < last.size() && first[same] == last[same]) ++same;
    // The digits of a number are not what is common to its series.
    while (same > 0 && first[same - 1] >= '0' && first[same - 1] <= '9') --same;
    return same >= telling ? first.substr(0, same) : std::string{};
}

std::set<Wanted> gathered(const std::set<std::string>& addresses,
                          const std::set<std::string>& logins) {
    std::map<std::string, std::set<std::string>> by_domain;
    for (const std::string& address : addresses) {
        const auto [local, domain] = parts_of(address);
        by_domain[domain].insert(local);
    }
    std::set<Wanted> wanted;
    for (const auto& entry : by_domain) {
        const std::string& domain = entry.first;
        const auto& locals = entry.second;
        const std::string beginning =
            locals.size() >= several ? common_beginning(locals) : std::string{};
        const bool is_somebody =
            std::any_of(logins.begin(), logins.end(), [&](const std::string& login) {
                return login.starts_with(beginning) && login.ends_with("@" + domain);
            });
        const std::string pattern = beginning + "*@" + domain;
        if (const auto parsed = Pattern::parse(pattern, PatternRole::sender);
            !beginning.empty() && !is_somebody && parsed &&
            parsed->kind() == Pattern::Kind::prefix) {
            wanted.insert({pattern, "every other address " + pattern});
            continue;
        }
        for (const std::string& local : locals) wanted.insert({local + "@" + domain, {}});
    }
    return wanted;
}

}  // namespace

bool is_private(const IpAddress& client) {
    static const auto networks = [] {
        std::vector<Network> all;
        for (const char* text :
             {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
              "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128"}) {
            all.push_back(*Network::parse(text));
        }
        return all;
    }();
    return contains(networks, client);
}

bool looks_like_a_device(const Record& record) {
    const auto client = IpAddress::parse(record.client);
    return record.login.empty() && record.cause == Cause::use_submission && client &&
           (record.verdict != Outcome::mta_reject || is_private(*client));
}

std::vector<Entry> entries_for_devices(const NeedsOfDevices& needs,
                                       const std::set<std::string>& logins) {
    struct Site {
        Network network{};
        std::vector<IpAddress> clients{};
        std::set<std::string> senders{};
    };
    std::map<std::string, Site> sites;
    for (const auto& [client, senders] : needs) {
        const auto address = IpAddress::parse(client);
        if (!address) continue;
        const Network network = place_of(*address);
        Site& site = sites[to_string(network)];
        site.network = network;
        site.clients.push_back(*address);
        site.senders.insert(senders.begin(), senders.end());
    }
    std::map<std::set<Wanted>, Entry> by_senders;
    for (const auto& [name, site] : sites) {
        const std::set<Wanted> senders = gathered(site.senders, logins);
        Entry& entry = by_senders[senders];
        entry.senders = senders;
        entry.fields.set();
        if (site.clients.size() < several) {
            for (const IpAddress& client : site.clients)
                entry.clients.push_back({client, client.bits()});
            continue;
        }
        entry.clients.push_back(site.network);
        entry.for_everybody += (entry.for_everybody.empty() ? "" : ", ") +
                               std::string("every other client in ") + name;
    }
    std::vector<Entry> entries;
    for (auto& [senders, entry] : by_senders) entries.push_back(std::move(entry));
    return entries;
}

}  // namespace relaypermit
