#include "tool/wiring/extension_grants.h"

#include <algorithm>
#include <utility>

namespace relaypermit {

void ExtensionGrants::add(std::vector<std::string> logins, std::vector<std::string> senders,
                          std::vector<std::string> except, const FileLine& origin, bool joins) {
    if (senders.empty() || logins.empty()) return;
    const auto same = std::find_if(grants_.begin(), grants_.end(), [&](const ImportedGrant& other) {
        return joins && other.except == except && other.logins == logins;
    });
    if (same != grants_.end()) {
        same->senders.insert(same->senders.end(), senders.begin(), senders.end());
        same->origins.push_back(origin);
        return;
    }
    grants_.push_back({{},
                       std::move(logins),
                       std::move(senders),
                       std::move(except),
                       {origin},
                       "with an extension, for which patterns answer first"});
}

void ExtensionGrants::move_to(std::vector<ImportedGrant>& grants) {
    for (ImportedGrant& one : grants_) {
        const auto same =
            std::find_if(grants.begin(), grants.end(), [&](const ImportedGrant& other) {
                return one.except.empty() && other.except.empty() && other.logins == one.logins &&
                       other.origins == one.origins;
            });
        if (same == grants.end())
            grants.push_back(std::move(one));
        else
            same->senders.insert(same->senders.end(), one.senders.begin(), one.senders.end());
    }
    grants_.clear();
}

}  // namespace relaypermit
