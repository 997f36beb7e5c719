#include "inspect/abuse.h"

#include <algorithm>
#include <unordered_map>

#include "policy/address.h"

namespace relaypermit {
namespace {

std::string_view domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

using Counts = std::unordered_map<std::string, int>;

void forget(Counts& counts, const std::string& sender) {
    if (--counts[sender] == 0) {
        counts.erase(sender);
    }
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
    Account& account = accounts_[record.login];
    account.refusals += decision.stored.count;
    account.clients.insert(record.client);
    // A row of a flood: more than a hundred different refusals a minute (flood.h).
    account.flood = account.flood || decision.stored.varied;
    const auto tried = [&](const std::string& address) {
        const bool foreign =
            *record.cause == Cause::sender_not_hosted ||
            (*record.cause == Cause::from_not_owned &&
             ascii_lower(domain_of(address)) != ascii_lower(domain_of(record.login)));
        account.tried.push_back({decision.stored.time, ascii_lower(address), foreign});
    };
    if (*record.cause == Cause::from_not_owned) {
        for (const std::string& from : record.from) {
            tried(from);
        }
    } else {
        tried(record.sender);
    }
}

std::vector<Suspect> AbuseWatch::suspects() const {
    std::vector<Suspect> suspects;
    for (const auto& [login, account] : accounts_) {
        std::vector<Tried> tried = account.tried;
        std::stable_sort(tried.begin(), tried.end(),
                         [](const Tried& a, const Tried& b) { return a.time < b.time; });
        // The busiest hour, by a window that slides over the attempts.
        Counts inside;
        Counts foreign_inside;
        std::set<std::string> all;
        std::size_t first = 0;
        Suspect suspect{.login = login, .refusals = account.refusals};
        bool suspicious = account.flood;
        for (const Tried& last : tried) {
            all.insert(last.sender);
            ++inside[last.sender];
            if (last.foreign) {
                ++foreign_inside[last.sender];
            }
            for (; last.time - tried[first].time >= window; ++first) {
                forget(inside, tried[first].sender);
                if (tried[first].foreign) {
                    forget(foreign_inside, tried[first].sender);
                }
            }
            if (inside.size() > suspect.in_an_hour) {
                suspect.in_an_hour = inside.size();
                suspect.from = tried[first].time;
            }
            suspicious = suspicious || inside.size() >= suspicious_senders ||
                         foreign_inside.size() >= suspicious_foreign_senders;
        }
        if (!suspicious) {
            continue;
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
