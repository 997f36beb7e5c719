#include "tool/inspect/whole_realm.h"

#include <algorithm>

#include "policy/address.h"
#include "tool/inspect/abuse.h"
#include "tool/inspect/sender_fold.h"
#include "tool/inspect/suggest_entries.h"
#include "tool/rehearse/forgotten_domain.h"

namespace relaypermit {

void WholeRealms::add(const Decision& decision) {
    const Record& record = decision.record();
    if (record.login.empty() || !record.cause || !about_ownership(*record.cause) ||
        decision.stored.varied) {
        return;
    }
    const bool in_from = *record.cause == Cause::from_not_owned;
    if (in_from && record.from.size() != 1) return;
    const std::string login = ascii_lower(record.login);
    const std::string address =
        folded_sender(in_from ? record.from.front() : record.sender, delimiters_).base;
    const auto [user, realm] = parts_of(login);
    const auto [local, domain] = parts_of(address);
    if (user != local || realm.empty() || domain.empty() || is_mail_provider(domain)) return;
    Tried& tried = tried_[{realm, domain}];
    tried.by_login[login] += decision.stored.count;
    tried.hosted = tried.hosted || *record.cause == Cause::sender_not_owned;
}

bool WholeRealms::is_whole(const std::pair<std::string, std::string>& domains, const Tried& tried) {
    return tried.by_login.size() >=
           (tried.hosted || domains.first == domains.second ? several : several_elsewhere);
}

std::vector<WholeRealm> WholeRealms::realms() const {
    std::vector<WholeRealm> realms;
    for (const auto& [domains, tried] : tried_) {
        if (!is_whole(domains, tried)) continue;
        WholeRealm realm{.realm = domains.first,
                         .domain = domains.second,
                         .hosted = tried.hosted,
                         .logins = tried.by_login.size()};
        for (const auto& [login, refusals] : tried.by_login) realm.refusals += refusals;
        realms.push_back(std::move(realm));
    }
    std::stable_sort(realms.begin(), realms.end(),
                     [](const auto& a, const auto& b) { return a.refusals > b.refusals; });
    return realms;
}

bool WholeRealms::explains(const std::string& login, std::uint64_t refusals) const {
    const std::string key = ascii_lower(login);
    std::uint64_t told = 0;
    for (auto tried = tried_.lower_bound({parts_of(key).second, ""});
         tried != tried_.end() && tried->first.first == parts_of(key).second; ++tried) {
        const auto found = tried->second.by_login.find(key);
        if (found != tried->second.by_login.end() && is_whole(tried->first, tried->second))
            told += found->second;
    }
    return told > 0 && told >= refusals;
}

std::string what_to_change(const WholeRealm& realm) {
    if (realm.realm == realm.domain) {
        return realm.hosted ? "add " + realm.realm + " to `realms` in [login]: one line for all"
                            : "add " + realm.realm +
                                  " to `hosted_domains` in [relay], if this server hosts it: one "
                                  "line for all";
    }
    return "if the names at " + realm.realm + " and at " + realm.domain +
           " are the same people's: one [[alias]] of logins = [\"*@" + realm.realm +
           "\"] and senders = [\"{user}@" + realm.domain + "\"]";
}

}  // namespace relaypermit
