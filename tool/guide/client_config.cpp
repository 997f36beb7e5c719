#include "tool/guide/client_config.h"

#include <algorithm>

#include "tool/guide/values.h"
#include "tool/guide/xml_text.h"

namespace relaypermit {

ClientConfig client_config_of(const Loaded& loaded) {
    const GuideSettings& guide = loaded.settings.guide;
    const PolicySource& source = loaded.policy->source();
    ClientConfig config;
    config.organisation = fit_for_xml(guide.organisation);
    config.server = source.server_name;
    config.name =
        config.organisation.empty() ? domain_in_unicode(config.server) : config.organisation;
    config.help_url = source.help_url;
    for (const std::string& domain : guide_domains(loaded)) {
        const bool is_literal = domain.starts_with('[');
        const bool is_known =
            std::find(config.domains.begin(), config.domains.end(), domain) != config.domains.end();
        if (!is_literal && !is_known) config.domains.push_back(domain);
    }
    if (guide.domains.empty())
        for (const std::string& pattern : source.hosted_domains.patterns())
            if (pattern.starts_with('*')) config.patterns.push_back(pattern);
    for (const DomainTableSource& table : source.domain_tables)
        if (guide.domains.empty() && table.role == DomainRole::hosted)
            config.tables.push_back(table.id);
    config.incoming = guide.incoming;
    config.outgoing = outgoing_services(loaded);
    config.user_name = guide.user_name == "address"      ? UserNameForm::address
                       : guide.user_name == "local-part" ? UserNameForm::local_part
                                                         : UserNameForm::other;
    if (config.user_name == UserNameForm::other)
        config.user_name_in_words = fit_for_xml(guide.user_name);
    return config;
}

bool is_for_clients(const Loaded& loaded, const std::string& domain) {
    const std::vector<std::string>& named = loaded.settings.guide.domains;
    if (named.empty()) return loaded.policy->hosted(domain);
    return std::find(named.begin(), named.end(), domain) != named.end();
}

std::optional<MailService> one_service(const std::vector<MailService>& services,
                                       MailProtocol protocol) {
    std::optional<MailService> found;
    for (const MailService& service : services)
        if (service.protocol == protocol &&
            (!found || (service.implicit_tls && !found->implicit_tls)))
            found = service;
    return found;
}

}  // namespace relaypermit
