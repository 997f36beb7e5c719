#include "tool/inspect/suggest.h"

#include <algorithm>

#include "policy/play.h"
#include "tool/base/exact_pattern.h"
#include "tool/base/visible.h"
#include "tool/inspect/report.h"

namespace relaypermit {
namespace {

// Whether the text, as a pattern, means that one address or login and nothing else.
bool is_exact(const std::string& text, PatternRole role) {
    // What looks like another name, by characters that do not show or that turn the text round, is
    // not for pasting.
    return visible(text) == text && reads_as_itself(text, role);
}

Login login_of(const std::string& key) {
    const auto [user, realm] = parts_of(key);
    return {user, realm};
}

// A line that a refusal was counted for.
void count(Suggestion& line, const std::string& person, std::uint64_t number, TimePoint first,
           TimePoint last) {
    line.first = line.refusals == 0 ? first : std::min(line.first, first);
    line.last = line.refusals == 0 ? last : std::max(line.last, last);
    line.refusals += number;
    line.people[person] += number;
}

template <typename Line>
void most_first(std::vector<Line>& lines) {
    std::stable_sort(lines.begin(), lines.end(),
                     [](const auto& a, const auto& b) { return a.refusals > b.refusals; });
}

bool has_networks(const PolicySource& source) {
    return std::any_of(source.grants.begin(), source.grants.end(),
                       [](const Grant& grant) { return !grant.rare->networks.empty(); }) ||
           std::any_of(source.restrictions.begin(), source.restrictions.end(),
                       [](const Restriction& restriction) {
                           return restriction.networks || !restriction.clients.empty();
                       });
}

constexpr const char* unwritable = "the address cannot be written into a policy as it is";

}  // namespace

Suggester::Suggester(const Policy& policy, TimePoint now, Ask ask)
    : policy_(policy),
      now_(now),
      ask_(std::move(ask)),
      hosted_(std::make_shared<HostedDomains>(policy, ask_)),
      clients_matter_(has_networks(policy.source())),
      watch_(policy.source().subaddress_delimiter),
      forms_(policy.source().subaddress_delimiter,
             // Where nobody can tell, its people may be ours.
             [hosted = hosted_](const std::string& domain) {
                 return hosted->of(domain) != Match::no;
             }) {}

void Suggester::add_account(std::string_view login) {
    if (logins_.size() < 1000000) logins_.insert(ascii_lower(login));
}

void Suggester::add(const Decision& decision) {
    const Record& record = decision.record();
    if (!record.login.empty()) add_account(record.login);
    // The other way round it says less: while a table is silent its domains count as not hosted.
    if (record.cause == Cause::sender_not_owned && !decision.stored.varied)
        if (const auto sender = parse_address(record.sender)) hosted_->add(sender->domain);
    const bool wants_a_grant = !record.login.empty() && record.cause &&
                               about_ownership(*record.cause) &&
                               (decision.refused() || record.verdict == Outcome::monitor);
    if (!wants_a_grant && !looks_like_a_device(record)) {
        constexpr std::size_t most_networks = 10000;
        if (record.login.empty() && record.cause == Cause::use_submission &&
            outside_.size() < most_networks) {
            Outside& outside = outside_[report_network(record.client)];
            outside.clients.insert(record.client);
            outside.senders.insert(ascii_lower(record.sender));
            outside.refusals += decision.stored.count;
        }
        return;
    }
    watch_.add(decision);
    forms_.add(decision);
    std::string key;
    const auto add = [&](std::string_view value) {
        key += std::to_string(value.size()) + ':';
        key += value;
    };
    for (const std::string* value : {&record.login, &record.sender, &record.header_sender})
        add(*value);
    // Who moves about is refused the same everywhere.
    if (clients_matter_ || record.login.empty()) add(record.client);
    add(to_string(*record.cause));
    add(to_string(record.stage));
    for (const std::string& from : record.from) add(from);
    const auto [found, is_new] = refused_.try_emplace(std::move(key));
    Refused& refused = found->second;
    if (is_new) refused = {record, 0, decision.stored.time, decision.stored.last};
    refused.count += decision.stored.count;
    refused.first = std::min(refused.first, decision.stored.time);
    refused.last = std::max(refused.last, decision.stored.last);
}

bool Suggester::add_device(const Refused& refused, Lacking& all, Suggestions& result) const {
    const Record& record = refused.record;
    const Rejudged judged = rejudge(policy_, record, now_, ask_);
    if (judged.unjudged == Unjudged::no && !judged.refused()) {
        result.permitted_by_now += refused.count;
        return false;
    }
    const auto leave_out = [&](std::string why) {
        result.left_out.push_back({record.client, record.sender, std::move(why), refused.count});
        return false;
    };
    if (judged.unjudged != Unjudged::no) return leave_out(std::string(to_string(judged.unjudged)));
    if (judged.cause != Cause::use_submission)
        return leave_out("refused by now as " + std::string(to_string(*judged.cause)));
    const auto address = parse_address(record.sender);
    const std::string sender = address ? address_key(*address) : record.sender;
    if (!address || !is_exact(sender, PatternRole::sender)) return leave_out(unwritable);
    const std::string& delimiter = policy_.source().subaddress_delimiter;
    if (logins_.contains(sender) ||
        logins_.contains(address_key(without_subaddress(*address, delimiter))))
        return leave_out("that is somebody's login: their program should log in");
    all.devices[record.client].insert(sender);
    return true;
}

bool Suggester::add_needs(const Refused& refused, Lacking& all, Suggestions& result) const {
    const Record& record = refused.record;
    Needs lacking = needs_of(policy_, record, now_, ask_);
    if (lacking.permitted) {
        result.permitted_by_now += refused.count;
        return false;
    }
    const std::string login = ascii_lower(record.login);
    if (lacking.why.empty() && !is_exact(login, PatternRole::login))
        lacking.why = "the login cannot be written into a policy as it is";
    for (const Need& need : lacking.missing) {
        if (lacking.why.empty() && !is_exact(need.address, PatternRole::sender))
            lacking.why = unwritable;
        if (lacking.why.empty() && forms_.is_visitor(login, need.address))
            lacking.why = std::string(form_advice);
    }
    if (!lacking.why.empty()) {
        const bool of_from = record.cause == Cause::from_not_owned && !record.from.empty();
        result.left_out.push_back({record.login, of_from ? record.from.front() : record.sender,
                                   lacking.why, refused.count});
        return false;
    }
    for (const Need& need : lacking.missing) {
        all.logins[login][need.address] |= need.fields;
        all.asked[{login, need.address}] += refused.count;
    }
    if (!lacking.tables.empty())
        all.tables[login].insert(lacking.tables.begin(), lacking.tables.end());
    return true;
}

Suggester::Lacking Suggester::lacking(Suggestions& result) const {
    std::set<std::string> suspected;
    for (const Suspect& suspect : result.suspects) suspected.insert(suspect.login);
    Lacking all;
    for (const auto& [key, refused] : refused_) {
        const std::string& login = refused.record.login;
        if (!login.empty() && suspected.contains(ascii_lower(login))) continue;
        result.refusals += refused.count;
        if (login.empty() ? add_device(refused, all, result) : add_needs(refused, all, result))
            all.basis.push_back(&refused);
    }
    // What the forms' own list says once need not be said for each visitor.
    std::erase_if(result.left_out, [](const LeftOut& left) { return left.why == form_advice; });
    return all;
}

void Suggester::ask_of_outside(Suggestions& result) const {
    for (const auto& [network, outside] : outside_) {
        // A device each, or one sender for all.
        if (outside.clients.size() < several || outside.senders.size() > outside.clients.size())
            continue;
        constexpr std::size_t named = 3;
        std::vector<std::string> senders;
        for (const std::string& sender : outside.senders)
            if (senders.size() < named) senders.push_back(sender);
        std::string as = joined(senders);
        if (outside.senders.size() > named)
            as += " and " + with_commas(outside.senders.size() - named) + " more";
        result.left_out.push_back(
            {network, std::move(as),
             "the mail server itself turned " + counted(outside.clients.size(), "client") +
                 " of this public network away; if they are devices of yours, it must let them "
                 "relay (mynetworks in Postfix), and an [[alias]] of clients = [\"" +
                 network + "\"] these senders",
             outside.refusals});
    }
}

std::vector<ForgottenSetting> Suggester::forgotten_settings(NeedsOfLogins& needs) const {
    std::map<std::string, ForgottenSetting> by_domain;
    for (auto& [login, addresses] : needs) {
        std::erase_if(addresses, [&, &owner = login](const auto& need) {
            const auto address = parse_address(need.first);
            const auto forgotten = address ? forgotten_domain(policy_, login_of(owner), *address,
                                                              hosted_->of(login_of(owner).realm))
                                           : std::nullopt;
            if (!forgotten) return false;
            ForgottenSetting& setting = by_domain[forgotten->domain];
            setting.forgotten = *forgotten;
            return true;
        });
    }
    std::vector<ForgottenSetting> settings;
    for (auto& [domain, setting] : by_domain) {
        setting.also_permits.push_back("every other login of " + domain + " to send as itself");
        if (setting.forgotten.hosted) {
            setting.also_permits.push_back("anybody to send to " + domain +
                                           ", as to every domain of this server");
            setting.doubts.push_back("only a domain whose mail this server delivers belongs there");
        }
        settings.push_back(std::move(setting));
    }
    return settings;
}

Suggestions Suggester::finish() const {
    Suggestions result;
    result.suspects = watch_.suspects();
    std::set<std::string> suspected;
    for (const Suspect& suspect : result.suspects) suspected.insert(suspect.login);
    result.forms = forms_.forms();
    std::erase_if(result.forms,
                  [&](const WebForm& form) { return suspected.contains(form.login); });
    Lacking all = lacking(result);
    std::set<std::string> account_domains{policy_.source().default_realm};
    for (const std::string& login : logins_) account_domains.insert(parts_of(login).second);
    ask_of_outside(result);
    result.settings = forgotten_settings(all.logins);

    std::vector<Entry> entries = entries_for_realms(all.logins, *hosted_, account_domains);
    const auto append = [&](std::vector<Entry> more) {
        std::move(more.begin(), more.end(), std::back_inserter(entries));
    };
    append(entries_for_logins(all.logins, *hosted_, account_domains));
    append(entries_for_devices(all.devices, logins_));
    FreeIds ids(policy_.source());
    for (const Entry& entry : entries) {
        Suggestion suggestion;
        suggestion.grant = grant_of(ids, entry);
        const auto asked = [&](const std::string& address) {
            std::uint64_t number = 0;
            for (const std::string& login : entry.logins) {
                const auto found = all.asked.find({login, address});
                number += found == all.asked.end() ? 0 : found->second;
            }
            return number;
        };
        suggestion.doubts = doubts_of({*hosted_, logins_, asked}, entry);
        std::set<std::string> tables;
        for (const std::string& login : entry.logins)
            if (const auto found = all.tables.find(login); found != all.tables.end())
                tables.insert(found->second.begin(), found->second.end());
        for (const std::string& table : tables)
            suggestion.doubts.push_back("the alias table " + table +
                                        " was asked and does not have it: should it stand there?");
        if (!entry.for_everybody.empty()) suggestion.also_permits.push_back(entry.for_everybody);
        for (const Wanted& sender : entry.senders)
            if (!sender.also_permits.empty())
                suggestion.also_permits.push_back(sender.also_permits);
        result.entries.push_back(std::move(suggestion));
    }

    // The policy names the first entry that permits a message, so that the order of the entries
    // decides what each is announced to have prevented.
    Suggestions in_order_of_need = result;
    announce(all.basis, in_order_of_need);
    const auto ids_of = [](const Suggestions& suggestions) {
        std::vector<std::string> order;
        for (const Suggestion& entry : suggestions.entries) order.push_back(entry.grant.id);
        return order;
    };
    const auto as_announced = ids_of(in_order_of_need);
    most_first(in_order_of_need.entries);
    most_first(in_order_of_need.settings);
    // Each decision taken again takes its time: not twice in the same order.
    if (ids_of(in_order_of_need) == as_announced) return in_order_of_need;
    result.entries = std::move(in_order_of_need.entries);
    result.settings = std::move(in_order_of_need.settings);
    announce(all.basis, result);
    return result;
}

// What is announced is what the new policy does, not what the lines were made for.
void Suggester::announce(const std::vector<const Refused*>& basis, Suggestions& result) const {
    PolicySource changed = with_settings(policy_.source(), result.settings);
    std::map<std::string, Suggestion*> entry_of;
    for (Suggestion& entry : result.entries) {
        entry.refusals = 0;
        entry.people.clear();
        changed.grants.push_back(entry.grant);
        entry_of[entry.grant.id] = &entry;
    }
    std::map<std::string, Suggestion*> setting_of;  // by realm
    for (ForgottenSetting& setting : result.settings) {
        setting.refusals = 0;
        setting.people.clear();
        setting_of[setting.forgotten.domain] = &setting;
    }
    const Policy with_entries{std::move(changed), policy_};
    for (const Refused* refused : basis) {
        const Record& record = refused->record;
        const Rejudged now = rejudge(with_entries, record, now_, ask_);
        if (now.refused() || cause_for_a_grant(now)) {
            result.left_out.push_back(
                {person_of(record), record.sender,
                 "still refused as " +
                     std::string(to_string(now.cause ? *now.cause : *cause_for_a_grant(now))),
                 refused->count});
            continue;
        }
        result.prevented += refused->count;
        const auto credit = [&](Suggestion& line) {
            count(line, person_of(record), refused->count, refused->first, refused->last);
        };
        for (const std::string& rule : now.rules)
            if (const auto found = entry_of.find(rule); found != entry_of.end())
                credit(*found->second);
        const auto setting = setting_of.find(parts_of(ascii_lower(record.login)).second);
        if (setting != setting_of.end() &&
            std::find(now.rules.begin(), now.rules.end(), "own-address") != now.rules.end()) {
            credit(*setting->second);
        }
    }
    // What it was made for is permitted by another, or refused for something else as well.
    const auto prevents_nothing = [](const auto& line) { return line.refusals == 0; };
    std::erase_if(result.entries, prevents_nothing);
    std::erase_if(result.settings, prevents_nothing);
}

PolicySource with_settings(PolicySource source, const std::vector<ForgottenSetting>& settings) {
    for (const ForgottenSetting& setting : settings)
        source = with_domain(std::move(source), setting.forgotten);
    return source;
}

}  // namespace relaypermit
