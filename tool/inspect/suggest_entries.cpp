#include "tool/inspect/suggest_entries.h"
#include "policy/ascii.h"

#include <algorithm>

#include "tool/base/visible.h"
#include "tool/inspect/sender_fold.h"
#include "tool/inspect/web_form.h"
#include "tool/rehearse/forgotten_domain.h"

namespace relaypermit {
namespace {

using Addresses = std::set<std::string>;

// Whether what folds to one is better granted as one. A tag of today never comes again; an address
// with a subaddress does.
bool stands_for_all(const FoldedSender& folded, std::size_t number, bool hosted) {
    return number >= several || (hosted && folded.is_once_only());
}

// What a shorter one has covered: "dev-*" of "dev-*" and "dev-mary-*".
void drop_contained(std::set<Wanted>& wanted) {
    const auto is_prefix = [](const Wanted& each) {
        return parts_of(each.pattern).first.ends_with("*") && !each.also_permits.empty();
    };
    std::erase_if(wanted, [&](const Wanted& each) {
        const auto parts = parts_of(each.pattern);
        return std::any_of(wanted.begin(), wanted.end(), [&](const Wanted& other) {
            const auto [prefix, other_domain] = parts_of(other.pattern);
            return is_prefix(other) && prefix.size() > 1 && other.pattern != each.pattern &&
                   other_domain == parts.second &&
                   parts.first.starts_with(prefix.substr(0, prefix.size() - 1));
        });
    });
}

// Addresses of one login, several of a kind as that kind, and several addresses of a hosted domain
// without accounts as that domain. Never another domain: the rest of it is other people's.
std::set<Wanted> gathered(const Addresses& addresses, const HostedDomains& hosted,
                          const std::set<std::string>& account_domains) {
    std::map<std::string, std::pair<FoldedSender, Addresses>> kinds;
    for (const std::string& address : addresses) {
        const FoldedSender folded =
            folded_sender(address, hosted.policy().source().subaddress_delimiter);
        auto& kind = kinds[folded.pattern];
        if (kind.second.empty() || folded.kind != FoldedSender::Kind::plain) kind.first = folded;
        kind.second.insert(address);
    }
    std::map<std::string, std::set<Wanted>> by_domain;
    for (const auto& [pattern, kind] : kinds) {
        const std::string domain = parts_of(pattern).second;
        std::set<Wanted>& of_domain = by_domain[domain];
        if (stands_for_all(kind.first, kind.second.size(), hosted.of(domain) == Match::yes)) {
            of_domain.insert({pattern, kind.first.in_words()});
            continue;
        }
        for (const std::string& address : kind.second) of_domain.insert({address, {}});
    }
    std::set<Wanted> wanted;
    for (auto& [domain, of_domain] : by_domain) {
        drop_contained(of_domain);
        if (of_domain.size() >= several && hosted.of(domain) == Match::yes &&
            !account_domains.contains(domain)) {
            wanted.insert({"*@" + domain, "every other address at " + domain});
        } else {
            wanted.merge(of_domain);
        }
    }
    return wanted;
}

// Who needs what, as entries that grant exactly that: one for all logins that need the same, or
// one for all senders that the same logins need, whichever are fewer.
std::vector<Entry> entries_for(const std::map<std::string, std::set<Wanted>>& needs,
                               Fields fields) {
    std::map<std::set<Wanted>, std::set<std::string>> by_senders;
    std::map<Wanted, std::set<std::string>> logins_of;
    for (const auto& [login, senders] : needs) {
        by_senders[senders].insert(login);
        for (const Wanted& sender : senders) logins_of[sender].insert(login);
    }
    std::map<std::set<std::string>, std::set<Wanted>> by_logins;
    for (const auto& [sender, logins] : logins_of) by_logins[logins].insert(sender);
    std::vector<Entry> entries;
    if (by_senders.size() <= by_logins.size())
        for (const auto& [senders, logins] : by_senders)
            entries.push_back({.logins = logins, .senders = senders, .fields = fields});
    else
        for (const auto& [logins, senders] : by_logins)
            entries.push_back({.logins = logins, .senders = senders, .fields = fields});
    return entries;
}

std::string times(std::uint64_t number) {
    return number == 1 ? "one refusal alone asked" : with_commas(number) + " refusals asked";
}

// A rule is for good: what it lets one do in somebody else's name, and how often that was wanted.
void add_doubts_of_others(const DoubtsContext& context, const Entry& entry, const Wanted& sender,
                          std::vector<std::string>& doubts) {
    if (!sender.also_permits.empty() || entry.logins.contains(sender.pattern)) return;
    const auto [local, domain] = parts_of(sender.pattern);
    const std::uint64_t number = context.asked(sender.pattern);
    const bool is_login = context.logins.contains(sender.pattern);
    const bool on_behalf = !entry.fields.test(static_cast<std::size_t>(GrantField::envelope));
    const Match hosted = context.hosted.of(domain);
    if (is_login && !entry.clients.empty()) {
        doubts.push_back(sender.pattern + " is somebody's login: their program should log in");
    } else if (on_behalf && hosted != Match::no) {
        doubts.push_back(times(number) + " to write on behalf of " + sender.pattern +
                         (is_login ? ", which is somebody's login" : "") + ": ask its owner first");
    } else if (is_login) {
        doubts.push_back(sender.pattern + " is somebody's login, and " + times(number) +
                         " to send as it: ask its owner first");
    } else if (number == 1 && hosted != Match::no && !is_office(local) && entry.clients.empty()) {
        doubts.push_back(times(number) + " to send as " + sender.pattern +
                         ": if it is somebody's, ask them first");
    }
    if (on_behalf && hosted != Match::yes) {
        doubts.push_back("if a web form wrote " + sender.pattern +
                         " into From, it must write its " +
                         "own address there and the visitor's in Reply-To");
    }
}

}  // namespace

std::pair<std::string, std::string> parts_of(const std::string& address) {
    const std::size_t at = address.rfind('@');
    return {address.substr(0, at), at == std::string::npos ? "" : address.substr(at + 1)};
}

std::vector<Entry> entries_for_realms(NeedsOfLogins& needs, const HostedDomains& hosted,
                                      const std::set<std::string>& account_domains) {
    struct Same {
        std::set<std::string> logins{};
        std::vector<std::pair<std::string, std::string>> needs{};  // login and address
        Fields fields{};
        bool other_names{};  // somebody of the realm lacks another name there
    };
    std::map<std::pair<std::string, std::string>, Same> by_domains;  // of login and address
    for (const auto& [login, addresses] : needs) {
        const auto [user, realm] = parts_of(login);
        for (const auto& [text, fields] : addresses) {
            const auto address = parse_address(text);
            if (!address) continue;
            Same& same = by_domains[{realm, address->domain}];
            if (!grant_to_the_realm(hosted.policy(), {user, realm}, *address)) {
                same.other_names = true;
                continue;
            }
            same.logins.insert(login);
            same.needs.emplace_back(login, text);
            same.fields |= fields;
        }
    }
    std::vector<Entry> entries;
    for (const auto& [domains, same] : by_domains) {
        const auto& [realm, domain] = domains;
        // A realm that owns nothing is another name of accounts here. Of two that have accounts
        // each, the same name may be two people's.
        const bool owns = is_realm(hosted.policy(), realm, hosted.of(realm));
        const bool two_peoples = owns && account_domains.contains(domain);
        const bool enough = hosted.of(domain) == Match::yes
                                ? same.logins.size() >= several
                                : same.logins.size() >= several_elsewhere && !same.other_names;
        if (two_peoples || !enough) continue;
        entries.push_back({.logins = {"*@" + realm},
                           .senders = {{"{user}@" + domain, {}}},
                           .fields = same.fields,
                           .for_everybody = "every other login of " + realm +
                                            " to send under its own name at " + domain});
        for (const auto& [login, address] : same.needs) needs[login].erase(address);
    }
    return entries;
}

std::vector<Entry> entries_for_logins(const NeedsOfLogins& needs, const HostedDomains& hosted,
                                      const std::set<std::string>& account_domains) {
    // By the fields that they must cover; each kind has its own entries.
    std::map<unsigned long, std::map<std::string, std::set<Wanted>>> wanted;
    for (const auto& [login, addresses] : needs) {
        std::map<unsigned long, Addresses> by_fields;
        for (const auto& [address, fields] : addresses)
            by_fields[fields.to_ulong()].insert(address);
        for (const auto& [fields, of_fields] : by_fields)
            wanted[fields][login] = gathered(of_fields, hosted, account_domains);
    }
    std::vector<Entry> entries;
    for (const auto& [fields, of_fields] : wanted)
        for (Entry& entry : entries_for(of_fields, Fields{fields}))
            entries.push_back(std::move(entry));
    return entries;
}

Grant grant_of(FreeIds& ids, const Entry& entry) {
    Grant grant;
    for (const std::string& login : entry.logins)
        grant.logins.push_back({*Pattern::parse(login, PatternRole::login), {}, {}});
    for (const Network& network : entry.clients) grant.rare.edit().clients.push_back({network, {}});
    for (const Wanted& sender : entry.senders)
        grant.senders.push_back({*Pattern::parse(sender.pattern, PatternRole::sender), {}});
    grant.fields = {entry.fields.test(static_cast<std::size_t>(GrantField::envelope)),
                    entry.fields.test(static_cast<std::size_t>(GrantField::from)),
                    entry.fields.test(static_cast<std::size_t>(GrantField::sender))};
    const auto [local, domain] = parts_of(entry.senders.begin()->pattern);
    if (!entry.for_everybody.empty() && !entry.logins.empty()) {
        grant.id = ids.take(word_of(parts_of(*entry.logins.begin()).second + " as " + domain));
        return grant;
    }
    std::string name = word_of(local);
    if (name.empty()) name = word_of(domain);
    const std::string who = !entry.clients.empty() ? "devices"
                            : entry.logins.size() == 1
                                ? word_of(parts_of(*entry.logins.begin()).first)
                                : "send";
    grant.id = ids.take(who + "-as-" + name);
    return grant;
}

std::vector<std::string> doubts_of(const DoubtsContext& context, const Entry& entry) {
    std::vector<std::string> doubts;
    const std::vector<std::string> tables = hosted_domain_tables(context.hosted.policy().source());
    for (const Wanted& sender : entry.senders) {
        const std::string domain = parts_of(sender.pattern).second;
        const Match hosted = context.hosted.of(domain);
        add_doubts_of_others(context, entry, sender, doubts);
        if (!is_ascii(parts_of(sender.pattern).first)) {
            doubts.push_back(sender.pattern +
                             " has letters beyond ASCII: another address may look the same");
        }
        if (hosted == Match::unknown)
            doubts.push_back("whether " + domain + " is hosted here is not known: no answer from " +
                             (tables.size() == 1 ? "the domain table " : "the domain tables ") +
                             joined(tables));
        if (hosted == Match::no) {
            doubts.push_back(domain +
                             " is not hosted here: its owner's SPF and DMARC may have such mail "
                             "refused elsewhere");
        }
        if (!entry.for_everybody.empty() && !entry.logins.empty()) {
            const std::string realm = parts_of(*entry.logins.begin()).second;
            doubts.push_back("the same name at " + realm + " and at " + domain +
                             " must be the same person's");
            if (hosted == Match::no) {
                doubts.push_back("if this server hosts " + domain +
                                 ", it belongs in `hosted_domains` in [relay]" +
                                 (tables.empty() ? "" : " or the domain table " + joined(tables)) +
                                 " too");
            }
        }
    }
    std::sort(doubts.begin(), doubts.end());
    doubts.erase(std::unique(doubts.begin(), doubts.end()), doubts.end());
    return doubts;
}

}  // namespace relaypermit
