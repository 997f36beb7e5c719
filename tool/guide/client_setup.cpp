#include "tool/guide/client_setup.h"

#include <nlohmann/json.hpp>

#include "tool/base/visible.h"
#include "tool/guide/apple_profile.h"
#include "tool/guide/autoconfig.h"
#include "tool/guide/autodiscover.h"
#include "tool/guide/client_config.h"
#include "tool/guide/srv_records.h"
#include "tool/guide/web_server_lines.h"

namespace relaypermit {
namespace {

// What no file can say, whatever is written.
std::vector<std::string> notes_of(const ClientConfig& config) {
    std::vector<std::string> notes;
    if (config.incoming.empty())
        return {
            "no mail program can be set up by a file, and the pages say nothing of adding an "
            "account: [guide] has no incoming server"};
    if (config.outgoing.empty())
        return {
            "no mail program can be set up by a file: [submission] has no port but 25, and [guide] "
            "has no `outgoing`"};
    if (!config.patterns.empty())
        notes.push_back("no file can name the domains below " + joined(config.patterns) +
                        ": those that are to be set up stand in `domains` of [guide]");
    if (!config.tables.empty())
        notes.push_back("no file names the domains of the domain table" +
                        std::string(config.tables.size() == 1 ? " " : "s ") +
                        joined(config.tables) +
                        ", which a guide does not ask: those that are to be set up stand in "
                        "`domains` of [guide]");
    if (config.domains.empty())
        notes.emplace_back("no mail program is set up by a file: there is no domain to name");
    else if (config.user_name == UserNameForm::other)
        notes.emplace_back(
            "Thunderbird and Outlook are not set up by a file: no file can say a `user_name` that "
            "is neither \"address\" nor \"local-part\"");
    if (const auto outgoing = one_service(config.outgoing, MailProtocol::submission);
        !config.domains.empty() && outgoing && !outgoing->implicit_tls)
        notes.push_back(
            "Apple's profiles cannot demand STARTTLS, which port " +
            std::to_string(outgoing->port) +
            " needs: a device may set up another way, so have it send once, or give the "
            "policy a port with TLS from the first byte (465)");
    return notes;
}

}  // namespace

tl::expected<ClientSetup, std::string> client_setup(const Loaded& loaded,
                                                    const SetupPlaces& places) {
    const ClientConfig config = client_config_of(loaded);
    ClientSetup setup{{}, notes_of(config)};
    if (config.incoming.empty() || config.outgoing.empty() || config.domains.empty()) return setup;
    const auto add = [&](std::string_view name, std::string text) {
        setup.files[std::string(setup_folder) + std::string(name)] = std::move(text);
    };
    for (const std::string& domain : config.domains) {
        auto profile = apple_profile(config, domain);
        if (!profile) return tl::unexpected(profile.error());
        add(domain + std::string(apple_profile_ending), *std::move(profile));
    }
    add(records_name, zone_records(config));
    if (config.user_name != UserNameForm::other) {
        auto xml = autoconfig_xml(config);
        if (!xml) return tl::unexpected(xml.error());
        add(autoconfig_name, *std::move(xml));
        add(autodiscover_policy_name, autodiscover_policy(loaded));
    }
    if (!is_plain_path(places.folder) || !is_plain_path(places.program)) {
        setup.notes.push_back("no lines for web servers are written: " +
                              (is_plain_path(places.folder) ? places.program : places.folder) +
                              " holds other characters than letters, digits, / . _ and -");
        return setup;
    }
    if (config.user_name != UserNameForm::other)
        add(autodiscover_script_name,
            autodiscover_script(places.program, places.folder + "/setup"));
    if (pages_path(config.help_url).empty())
        setup.notes.emplace_back(
            "no lines for web servers are written for the pages: the path of help_url holds other "
            "characters than letters, digits, / . _ and -");
    auto lines = web_server_lines(config, places.folder);
    if (!lines) return tl::unexpected(lines.error());
    setup.files.merge(*lines);
    return setup;
}

nlohmann::json apple_profiles(const Loaded& loaded, std::string_view program, std::string_view up) {
    nlohmann::json profiles = nlohmann::json::array();
    const ClientConfig config = client_config_of(loaded);
    if ((program != "iphone" && program != "apple-mail") || config.incoming.empty() ||
        config.outgoing.empty())
        return profiles;
    for (const std::string& domain : config.domains) {
        std::string href(up);
        href.append(setup_folder).append(domain).append(apple_profile_ending);
        profiles.push_back({{"domain", domain_in_unicode(domain)}, {"href", href}});
    }
    return profiles;
}

void add_files(SiteFiles& site, const SiteFiles& more) {
    site.insert(more.begin(), more.end());
    std::string& marker = site[std::string(guide_marker)];
    auto json = nlohmann::ordered_json::parse(marker, nullptr, false);
    if (!json.is_object()) return;
    json["files"] = nlohmann::ordered_json::array();
    for (const auto& [name, text] : site)
        if (name != guide_marker) json["files"].push_back(name);
    marker = json.dump(2) + "\n";
}

}  // namespace relaypermit
