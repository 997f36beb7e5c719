#include "tool/wiring/grant_names.h"

#include <set>
#include <string>
#include <string_view>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

std::string id_from(std::string_view text) {
    std::string id;
    for (const char c : ascii_lower(text)) {
        const bool usable = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (usable)
            id += c;
        else if (!id.empty() && id.back() != '-')
            id += '-';
    }
    while (!id.empty() && id.back() == '-') id.pop_back();
    return id.substr(0, 40);
}

std::string id_of(const ImportedGrant& grant) {
    const std::string& sender = grant.senders.front();
    const std::string& login = grant.logins.front();
    if (login.starts_with("group:")) return login.substr(6);
    if (sender == "*") return "any-sender";
    if (sender.starts_with("*@")) return "all-of-" + id_from(sender.substr(2));
    if (sender.starts_with("/") || sender.find('{') != std::string::npos)
        return "line-" + std::to_string(grant.origins.front().line);
    if (grant.logins.size() == 1 && login != "*") return id_from(login.substr(0, login.find('@')));
    return id_from(sender.substr(0, sender.find('@')));
}

}  // namespace

void name_grants(std::vector<ImportedGrant>& grants) {
    std::set<std::string> taken = {"own-address", "trusted-network", "bounce"};
    for (ImportedGrant& one : grants) {
        std::string id = one.id.empty() ? id_of(one) : one.id;
        if (id.empty()) id = "grant";
        const std::string stem = id;
        for (int number = 2; !taken.insert(id).second; ++number)
            id = stem + "-" + std::to_string(number);
        one.id = id;
    }
}

}  // namespace relaypermit
