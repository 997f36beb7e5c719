#include "tool/inspect/suggest.h"
#include "tool/base/exact_pattern.h"

#include <algorithm>

#include "tool/base/text.h"
#include "tool/inspect/grant_needs.h"
#include "tool/inspect/rejudge.h"
#include "tool/rehearse/rule_id.h"

namespace relaypermit {
namespace {

// A sender pattern that an entry shall have.
struct Wanted {
    std::string pattern{};
    std::string also_permits{};  // empty: an exact address
    // clang-tidy 14 takes the 0 that a rewritten comparison holds for a pointer.
    // NOLINTNEXTLINE(modernize-use-nullptr)
    friend auto operator<=>(const Wanted&, const Wanted&) = default;
};

std::pair<std::string, std::string> parts_of(const std::string& address) {
    const std::size_t at = address.rfind('@');
    return {address.substr(0, at), at == std::string::npos ? "" : address.substr(at + 1)};
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Whether the text, as a pattern, means that one address or login and nothing else.
bool is_exact(const std::string& text, PatternRole role) {
    // What looks like another name, by characters that do not show or that turn the text round, is
    // not for pasting.
    return visible(text) == text && reads_as_itself(text, role);
}

using Addresses = std::set<std::string>;

// Addresses of one login, with several subaddresses of one address as that address, and several
// addresses of a hosted domain without accounts as that domain. Never another domain: the rest of
// it is other people's.
std::set<Wanted> gathered(const Addresses& addresses, const Policy& policy,
                          const std::set<std::string>& account_domains) {
    const std::string& delimiter = policy.source().subaddress_delimiter;
    std::map<std::string, Addresses> by_base;
    for (const std::string& address : addresses) {
        const auto [local, domain] = parts_of(address);
        const std::size_t cut = delimiter.empty() ? std::string::npos : local.find(delimiter);
        by_base[cut == std::string::npos || cut == 0 ? address
                                                     : local.substr(0, cut) + "@" + domain]
            .insert(address);
    }
    std::map<std::string, std::set<Wanted>> by_domain;
    for (const auto& [base, all] : by_base) {
        std::set<Wanted>& of_domain = by_domain[parts_of(base).second];
        if (all.size() >= Suggester::several) {
            of_domain.insert({base, base + " with any subaddress"});
            continue;
        }
        for (const std::string& address : all) {
            of_domain.insert({address, {}});
        }
    }
    std::set<Wanted> wanted;
    for (auto& [domain, of_domain] : by_domain) {
        if (of_domain.size() >= Suggester::several && policy.hosted(domain) &&
            !account_domains.contains(domain)) {
            wanted.insert({"*@" + domain, "every other address at " + domain});
        } else {
            wanted.merge(of_domain);
        }
    }
    return wanted;
}

struct Entry {
    std::set<std::string> logins{};
    std::set<Wanted> senders{};
    Fields fields{};
};

// Who needs what, as entries that grant exactly that: one for all logins that need the same, or
// one for all senders that the same logins need, whichever are fewer.
std::vector<Entry> entries_for(const std::map<std::string, std::set<Wanted>>& needs,
                               Fields fields) {
    std::map<std::set<Wanted>, std::set<std::string>> by_senders;
    std::map<Wanted, std::set<std::string>> logins_of;
    for (const auto& [login, senders] : needs) {
        by_senders[senders].insert(login);
        for (const Wanted& sender : senders) {
            logins_of[sender].insert(login);
        }
    }
    std::map<std::set<std::string>, std::set<Wanted>> by_logins;
    for (const auto& [sender, logins] : logins_of) {
        by_logins[logins].insert(sender);
    }
    std::vector<Entry> entries;
    if (by_senders.size() <= by_logins.size()) {
        for (const auto& [senders, logins] : by_senders) {
            entries.push_back({logins, senders, fields});
        }
    } else {
        for (const auto& [logins, senders] : by_logins) {
            entries.push_back({logins, senders, fields});
        }
    }
    return entries;
}

Grant grant_of(FreeIds& ids, const Entry& entry) {
    Grant grant;
    for (const std::string& login : entry.logins) {
        grant.logins.push_back({*Pattern::parse(login, PatternRole::login), {}, {}});
    }
    for (const Wanted& sender : entry.senders) {
        grant.senders.push_back({*Pattern::parse(sender.pattern, PatternRole::sender), {}});
    }
    grant.fields = {entry.fields.test(static_cast<std::size_t>(GrantField::envelope)),
                    entry.fields.test(static_cast<std::size_t>(GrantField::from)),
                    entry.fields.test(static_cast<std::size_t>(GrantField::sender))};
    const auto [local, domain] = parts_of(entry.senders.begin()->pattern);
    std::string name = word_of(local);
    if (name.empty()) {
        name = word_of(domain);
    }
    grant.id = ids.take(entry.logins.size() == 1
                            ? word_of(parts_of(*entry.logins.begin()).first) + "-as-" + name
                            : "send-as-" + name);
    return grant;
}

std::vector<std::string> doubts_of(const Policy& policy, const Entry& entry,
                                   const std::set<std::string>& logins) {
    std::vector<std::string> doubts;
    for (const Wanted& sender : entry.senders) {
        const std::string domain = parts_of(sender.pattern).second;
        if (logins.contains(sender.pattern) && !entry.logins.contains(sender.pattern)) {
            doubts.push_back(sender.pattern + " is somebody's login");
        }
        if (!is_ascii(parts_of(sender.pattern).first)) {
            doubts.push_back(sender.pattern +
                             " has letters beyond ASCII: another address may look the same");
        }
        if (!policy.hosted(domain)) {
            doubts.push_back(domain +
                             " is not hosted here: its owner's SPF and DMARC may have such mail "
                             "refused elsewhere");
        }
    }
    std::sort(doubts.begin(), doubts.end());
    doubts.erase(std::unique(doubts.begin(), doubts.end()), doubts.end());
    return doubts;
}

}  // namespace

void Suggester::add(const Decision& decision) {
    const Record& record = decision.record();
    if (record.login.empty()) {
        return;
    }
    if (logins_.size() < 1000000) {
        logins_.insert(ascii_lower(record.login));
    }
    const bool wants_a_grant = record.cause && about_ownership(*record.cause) &&
                               (decision.refused() || record.verdict == Outcome::monitor);
    if (!wants_a_grant) {
        return;
    }
    watch_.add(decision);
    std::string key;
    const auto add = [&](std::string_view value) {
        key += std::to_string(value.size()) + ':';
        key += value;
    };
    for (const std::string* value :
         {&record.login, &record.sender, &record.header_sender, &record.client}) {
        add(*value);
    }
    add(to_string(*record.cause));
    add(to_string(record.stage));
    for (const std::string& from : record.from) {
        add(from);
    }
    const auto [found, is_new] = refused_.try_emplace(std::move(key));
    Refused& refused = found->second;
    if (is_new) {
        refused = {record, 0, decision.stored.time, decision.stored.last};
    }
    refused.count += decision.stored.count;
    refused.first = std::min(refused.first, decision.stored.time);
    refused.last = std::max(refused.last, decision.stored.last);
}

Suggestions Suggester::finish() const {
    Suggestions result;
    result.suspects = watch_.suspects();
    std::set<std::string> suspected;
    for (const Suspect& suspect : result.suspects) {
        suspected.insert(suspect.login);
    }
    std::set<std::string> account_domains{policy_.source().default_realm};
    for (const std::string& login : logins_) {
        account_domains.insert(parts_of(login).second);
    }

    // login -> address -> uses of it.
    std::map<std::string, std::map<std::string, Fields>> needs;
    std::vector<const Refused*> basis;
    std::map<std::string, LeftOut> of_realm;
    for (const auto& [key, refused] : refused_) {
        if (suspected.contains(ascii_lower(refused.record.login))) {
            continue;
        }
        result.refusals += refused.count;
        Needs lacking = needs_of(policy_, refused.record, now_, ask_);
        if (lacking.permitted) {
            result.permitted_by_now += refused.count;
            continue;
        }
        const std::string login = ascii_lower(refused.record.login);
        if (lacking.why.empty() && !is_exact(login, PatternRole::login)) {
            lacking.why = "the login cannot be written into a policy as it is";
        }
        for (const Need& need : lacking.missing) {
            if (lacking.why.empty() && !is_exact(need.address, PatternRole::sender)) {
                lacking.why = "the address cannot be written into a policy as it is";
            }
        }
        if (!lacking.why.empty()) {
            if (!lacking.realm.empty()) {
                // One line for all logins of a domain that the policy has forgotten.
                LeftOut& left = of_realm[lacking.realm];
                left = {"*@" + lacking.realm, "themselves", lacking.why,
                        left.refusals + refused.count};
                continue;
            }
            const bool of_from =
                refused.record.cause == Cause::from_not_owned && !refused.record.from.empty();
            result.left_out.push_back(
                {refused.record.login,
                 of_from ? refused.record.from.front() : refused.record.sender, lacking.why,
                 refused.count});
            continue;
        }
        for (const Need& need : lacking.missing) {
            needs[login][need.address] |= need.fields;
        }
        basis.push_back(&refused);
    }

    for (auto& [realm, left] : of_realm) result.left_out.push_back(std::move(left));

    // By the fields that they must cover; each kind has its own entries.
    std::map<unsigned long, std::map<std::string, std::set<Wanted>>> wanted;
    for (const auto& [login, addresses] : needs) {
        std::map<unsigned long, Addresses> by_fields;
        for (const auto& [address, fields] : addresses) {
            by_fields[fields.to_ulong()].insert(address);
        }
        for (const auto& [fields, of_fields] : by_fields) {
            wanted[fields][login] = gathered(of_fields, policy_, account_domains);
        }
    }
    FreeIds ids(policy_.source());
    for (const auto& [fields, of_fields] : wanted) {
        for (const Entry& entry : entries_for(of_fields, Fields{fields})) {
            Suggestion suggestion;
            suggestion.grant = grant_of(ids, entry);
            suggestion.doubts = doubts_of(policy_, entry, logins_);
            for (const Wanted& sender : entry.senders) {
                if (!sender.also_permits.empty()) {
                    suggestion.also_permits.push_back(sender.also_permits);
                }
            }
            result.entries.push_back(std::move(suggestion));
        }
    }

    // The policy names the first entry that permits a message, so that the order of the entries
    // decides what each is announced to have prevented.
    Suggestions in_order_of_need = result;
    announce(basis, in_order_of_need);
    std::stable_sort(in_order_of_need.entries.begin(), in_order_of_need.entries.end(),
                     [](const auto& a, const auto& b) { return a.refusals > b.refusals; });
    result.entries = std::move(in_order_of_need.entries);
    announce(basis, result);
    return result;
}

// What is announced is what the new policy does, not what the entries were made for.
void Suggester::announce(const std::vector<const Refused*>& basis, Suggestions& result) const {
    PolicySource changed = policy_.source();
    std::map<std::string, Suggestion*> entry_of;
    for (Suggestion& entry : result.entries) {
        entry.refusals = 0;
        entry.people.clear();
        changed.grants.push_back(entry.grant);
        entry_of[entry.grant.id] = &entry;
    }
    const Policy with_entries{std::move(changed), policy_};
    for (const Refused* refused : basis) {
        const Rejudged now = rejudge(with_entries, refused->record, now_, ask_);
        if (now.refused() || cause_for_a_grant(now)) {
            result.left_out.push_back({refused->record.login, refused->record.sender,
                                       "still refused as " + std::string(to_string(*now.cause)),
                                       refused->count});
            continue;
        }
        result.prevented += refused->count;
        for (const std::string& rule : now.rules) {
            const auto found = entry_of.find(rule);
            if (found == entry_of.end()) {
                continue;
            }
            Suggestion& entry = *found->second;
            entry.first =
                entry.refusals == 0 ? refused->first : std::min(entry.first, refused->first);
            entry.last = entry.refusals == 0 ? refused->last : std::max(entry.last, refused->last);
            entry.refusals += refused->count;
            entry.people[refused->record.login] += refused->count;
        }
    }
    // What it was made for is permitted by another, or refused for something else as well.
    std::erase_if(result.entries, [](const auto& entry) { return entry.refusals == 0; });
}

}  // namespace relaypermit
