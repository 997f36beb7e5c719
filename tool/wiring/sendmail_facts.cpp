#include <filesystem>
#include <set>
#include <utility>

#include "tool/wiring/sendmail_checks.h"

namespace relaypermit {

SendmailFacts collect_sendmail_facts(SendmailSettings sendmail, PolicyFacts policy) {
    SendmailFacts facts;
    facts.sendmail = std::move(sendmail);
    facts.policy = std::move(policy);
    facts.source = read_sendmail_source(facts.sendmail);
    const SendmailOption& runs_as = facts.sendmail.option("RunAsUser");
    const auto user = look_up_user(
        runs_as.value.empty() ? "root" : runs_as.value.substr(0, runs_as.value.find(':')));
    std::set<std::string> folders;
    const auto look = [&](const std::string& written, Protocol protocol) {
        const std::string address = comparable_address(written);
        if (address.empty() || facts.sockets.contains(address)) return;
        facts.sockets.emplace(address, look_at_socket(address, protocol, user));
        if (!address.starts_with("unix:")) return;
        for (std::filesystem::path path = address.substr(5);
             path.has_parent_path() && path != path.parent_path();) {
            path = path.parent_path();
            folders.insert(path);
        }
    };
    for (const SendmailMilter& milter : facts.sendmail.milters)
        look(milter.equate('S'), Protocol::milter);
    for (const SendmailOption& map : facts.sendmail.socket_maps)
        look(map.value, Protocol::socketmap);
    for (const std::string& folder : folders) facts.folders.push_back(look_at_path(folder));
    return facts;
}

}  // namespace relaypermit
