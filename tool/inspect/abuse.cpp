#include "tool/inspect/abuse.h"

#include <algorithm>
#include <unordered_map>

#include "policy/address.h"
#include "policy/network.h"
#include "tool/base/visible.h"
#include "tool/base/when.h"
#include "tool/inspect/sender_fold.h"

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
    if (record.login.empty() || !record.cause || !about_ownership(*record.cause)) return;
    Account& account = accounts_[ascii_lower(record.login)];
    account.refusals += decision.stored.count;
    account.clients.insert(record.client);
    // A row of a flood: more than a hundred different refusals a minute (flood.h).
    account.flood = account.flood || decision.stored.varied;
    const bool in_from = *record.cause == Cause::from_not_owned;
    const auto tried = [&](const std::string& address) {
        const FoldedSender folded = folded_sender(address, delimiters_);
        const bool foreign =
            *record.cause == Cause::sender_not_hosted ||
            (in_from && ascii_lower(domain_of(address)) != ascii_lower(domain_of(record.login)));
        account.patterned =
            account.patterned && folded.kind != FoldedSender::Kind::plain &&
            (account.tried.empty() || account.tried.front().sender == folded.pattern);
        account.tried.push_back({decision.stored.time, folded.pattern,
                                 foreign ? place_of(record.client) : std::string(),
                                 foreign && in_from});
    };
    if (in_from)
        for (const std::string& from : record.from) tried(from);
    else
        tried(record.sender);
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
        if (!last.network.empty()) foreign.enter(last.sender);
        for (; last.time - tried[first].time >= limit.within; ++first) {
            senders.leave(tried[first].sender);
            networks.leave(tried[first].network);
            if (!tried[first].network.empty()) foreign.leave(tried[first].sender);
        }
        if (limit.within == limits.front().within && senders.different() > suspect.in_an_hour) {
            suspect.in_an_hour = senders.different();
            suspect.from = tried[first].time;
        }
        if (senders.different() >= limit.senders || foreign.different() >= limit.foreign_senders ||
            networks.different() >= limit.networks) {
            exceeded = true;
            suspect.networks = std::max(suspect.networks, networks.different());
        }
    }
    return exceeded;
}

bool AbuseWatch::exceeds_any(const std::vector<Tried>& tried, Suspect& suspect) {
    bool exceeded = false;
    for (const Limit& limit : limits) exceeded = exceeds(tried, limit, suspect) || exceeded;
    return exceeded;
}

bool AbuseWatch::judge(const Account& account, const std::vector<Tried>& tried, Suspect& suspect) {
    suspect.flood = account.flood && !account.patterned;
    const bool exceeded = exceeds_any(tried, suspect);
    if (exceeded && suspect.networks >= several_networks) {
        suspect.kind = Suspect::Kind::theft;
        return true;
    }
    suspect.kind = Suspect::Kind::crowd;
    if (suspect.flood) return true;
    if (!exceeded) return false;
    std::vector<Tried> as_sender;
    std::copy_if(tried.begin(), tried.end(), std::back_inserter(as_sender),
                 [](const Tried& each) { return !each.in_from; });
    Suspect without_from;
    return exceeds_any(as_sender, without_from);
}

std::vector<Suspect> AbuseWatch::suspects() const {
    std::vector<Suspect> suspects;
    for (const auto& [login, account] : accounts_) {
        std::vector<Tried> tried = account.tried;
        std::stable_sort(tried.begin(), tried.end(),
                         [](const Tried& a, const Tried& b) { return a.time < b.time; });
        Suspect suspect{.login = login, .refusals = account.refusals};
        if (!judge(account, tried, suspect)) continue;
        std::set<std::string> all;
        std::set<std::string> foreign;
        std::set<std::string> networks;
        for (const Tried& each : tried) {
            const bool is_new = all.insert(each.sender).second;
            if (is_new && suspect.examples.size() < max_examples)
                suspect.examples.push_back(each.sender);
            if (!each.network.empty()) {
                foreign.insert(each.sender);
                networks.insert(each.network);
            }
        }
        suspect.senders = all.size();
        suspect.foreign = foreign.size();
        suspect.networks = networks.size();
        suspect.clients = account.clients.size();
        suspects.push_back(std::move(suspect));
    }
    std::stable_sort(suspects.begin(), suspects.end(), [](const auto& a, const auto& b) {
        return a.kind != b.kind ? a.kind < b.kind : a.refusals > b.refusals;
    });
    return suspects;
}

std::string what_was_seen(const Suspect& suspect) {
    std::string text = counted(suspect.in_an_hour, "unlike sender") + " in the hour from " +
                       date_and_time(suspect.from).substr(0, 16) + ", ";
    text += suspect.foreign == 0
                ? with_commas(suspect.senders) + " in all, none of another domain"
                : with_commas(suspect.foreign) + " of " + with_commas(suspect.senders) +
                      " in all of other domains than its own";
    if (suspect.networks > 0) text += ", from " + counted(suspect.networks, "network");
    if (suspect.flood) text += ", and more in a minute than were kept apart";
    return text + "; " + counted(suspect.refusals, "refusal") + " from " +
           counted(suspect.clients, "address", "addresses") + ", as " +
           visible(joined(suspect.examples));
}

std::string_view what_to_do(Suspect::Kind kind) {
    return kind == Suspect::Kind::theft
               ? "ask its owner; suspend it, and have the password changed, if it was not they"
               : "find out what sends there: a web form must write its own address in From and "
                 "the visitor's in Reply-To; a program that passes on other people's mail needs a "
                 "grant of `*`, written by hand; else treat the account as stolen";
}

std::string_view to_string(Suspect::Kind kind) {
    return kind == Suspect::Kind::theft ? "theft" : "crowd";
}

}  // namespace relaypermit
