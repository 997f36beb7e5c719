#include "tool/inspect/abuse.h"

#include <algorithm>
#include <unordered_map>

#include "policy/address.h"
#include "policy/network.h"

namespace relaypermit {
namespace {

std::string_view domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

// Different values within a window that slides.
class Counts {
  public:
    void enter(const std::string& value) {
        if (!value.empty()) ++counts_[value];
    }
    void leave(const std::string& value) {
        const auto found = counts_.find(value);
        if (found != counts_.end() && --found->second == 0) counts_.erase(found);
    }
    [[nodiscard]] std::size_t different() const { return counts_.size(); }

  private:
    std::unordered_map<std::string, std::size_t> counts_{};
};

// Where somebody is, as far as an address tells: a /24 or a /64.
std::string place_of(const std::string& client) {
    const auto address = IpAddress::parse(client);
    return address ? to_string(address->masked(address->is_v4() ? 24 : 64)) : "local";
}

}  // namespace

bool about_ownership(Cause cause) {
    return cause == Cause::sender_not_owned || cause == Cause::sender_not_hosted ||
           cause == Cause::from_not_owned;
}

void AbuseWatch::add(const Decision& decision) {
    const Record& record = decision.record();
    if (record.login.empty() || !record.cause || !about_ownership(*record.cause)) {
        return;
    }
    Account& account = accounts_[ascii_lower(record.login)];
    account.refusals += decision.stored.count;
    account.clients.insert(record.client);
    // A row of a flood: more than a hundred different refusals a minute (flood.h).
    account.flood = account.flood || decision.stored.varied;
    const auto tried = [&](const std::string& address) {
        const bool foreign =
            *record.cause == Cause::sender_not_hosted ||
            (*record.cause == Cause::from_not_owned &&
             ascii_lower(domain_of(address)) != ascii_lower(domain_of(record.login)));
        account.tried.push_back({decision.stored.time, ascii_lower(address),
                                 foreign ? place_of(record.client) : std::string()});
    };
    if (*record.cause == Cause::from_not_owned) {
        for (const std::string& from : record.from) {
            tried(from);
        }
    } else {
        tried(record.sender);
    }
}

bool AbuseWatch::exceeds(const std::vector<Tried>& tried, const Limit& limit, Suspect& suspect) {
    Counts senders;
    Counts foreign;
    Counts networks;
    bool exceeded = false;
    std::size_t first = 0;
    for (const Tried& last : tried) {
        senders.enter(last.sender);
        networks.enter(last.network);
        if (!last.network.empty()) {
            foreign.enter(last.sender);
        }
        for (; last.time - tried[first].time >= limit.within; ++first) {
            senders.leave(tried[first].sender);
            networks.leave(tried[first].network);
            if (!tried[first].network.empty()) {
                foreign.leave(tried[first].sender);
            }
        }
        if (limit.within == limits.front().within && senders.different() > suspect.in_an_hour) {
            suspect.in_an_hour = senders.different();
            suspect.from = tried[first].time;
        }
        exceeded = exceeded || senders.different() >= limit.senders ||
                   foreign.different() >= limit.foreign_senders ||
                   networks.different() >= limit.networks;
    }
    return exceeded;
}

std::vector<Suspect> AbuseWatch::suspects() const {
    std::vector<Suspect> suspects;
    for (const auto& [login, account] : accounts_) {
        std::vector<Tried> tried = account.tried;
        std::stable_sort(tried.begin(), tried.end(),
                         [](const Tried& a, const Tried& b) { return a.time < b.time; });
        Suspect suspect{.login = login, .refusals = account.refusals};
        bool suspicious = account.flood;
        for (const Limit& limit : limits) {
            suspicious = exceeds(tried, limit, suspect) || suspicious;
        }
        if (!suspicious) {
            continue;
        }
        std::set<std::string> all;
        for (const Tried& each : tried) {
            all.insert(each.sender);
        }
        suspect.senders = all.size();
        suspect.clients = account.clients.size();
        for (const Tried& each : tried) {
            if (suspect.examples.size() < max_examples &&
                std::find(suspect.examples.begin(), suspect.examples.end(), each.sender) ==
                    suspect.examples.end()) {
                suspect.examples.push_back(each.sender);
            }
        }
        suspects.push_back(std::move(suspect));
    }
    std::stable_sort(suspects.begin(), suspects.end(),
                     [](const auto& a, const auto& b) { return a.refusals > b.refusals; });
    return suspects;
}

}  // namespace relaypermit
