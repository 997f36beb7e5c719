#include "tool/guide/live.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "policy/ascii.h"
#include "tool/guide/live_web.h"
#include "tool/guide/srv_records.h"

namespace relaypermit {
namespace {

std::string place_of(const MailService& service) {
    return service.host + " port " + std::to_string(service.port);
}

bool offers_login(std::string_view lines) {
    const std::string text = ascii_lower(lines);
    for (const std::string_view start : {"250-auth ", "250 auth "})
        for (std::size_t at = text.find(start); at != std::string::npos;
             at = text.find(start, at + 1))
            if (at == 0 || text[at - 1] == '\n') return true;
    return false;
}

void check_service(const Prober& prober, const MailService& service,
                   std::set<std::string>& unresolved, std::vector<GuideFinding>& findings) {
    const auto say = [&](std::string about, std::string sentence) {
        findings.push_back({std::move(about), std::move(sentence)});
    };
    if (unresolved.contains(service.host)) return;
    const Probed probed = prober.mail(service);
    switch (probed.reached) {
        case Reached::fully:
            if (service.protocol == MailProtocol::submission && !offers_login(probed.said))
                say("service", place_of(service) + " offers no login once it is encrypted (AUTH)");
            return;
        case Reached::no_address:
            unresolved.insert(service.host);
            say("address", "the name " + service.host + " does not resolve");
            return;
        case Reached::no_connection:
            say("service", "nothing answers at " + place_of(service));
            return;
        case Reached::no_answer:
            say("service", place_of(service) + " gives no answer within " +
                               std::to_string(prober.timeout_s()) + " seconds" +
                               (service.implicit_tls ? " (with TLS from the first byte)" : ""));
            return;
        case Reached::no_starttls:
            say("service", place_of(service) + " offers no STARTTLS");
            return;
        case Reached::untrusted:
            say("certificate",
                certificate_fault(place_of(service), service.host, probed.why,
                                  [&](Trust trust) { return prober.mail(service, trust); }));
            return;
        case Reached::no_tls:
            say("service", place_of(service) +
                               (service.implicit_tls ? " has no TLS from the first byte: "
                                                     : " fails at STARTTLS: ") +
                               probed.why);
            return;
        case Reached::otherwise:
            say("service", place_of(service) + " does not answer as a mail server: " + probed.why);
    }
}

void check_records(const std::optional<NameServer>& server, const std::string& domain,
                   const std::vector<MailService>& services, std::vector<GuideFinding>& findings) {
    const std::string mend = ": put those of setup/" + std::string(records_name) + " into its zone";
    for (const SrvName& kind : srv_names()) {
        const std::string name = std::string(kind.name) + "." + domain;
        const auto ours = [&](const MailService& service) {
            return service.protocol == kind.protocol && service.implicit_tls == kind.implicit_tls;
        };
        const bool is_offered = std::any_of(services.begin(), services.end(), ours);
        const auto targets = srv_targets(name, server);
        if (!targets) {
            findings.push_back({"records", "the DNS gives no answer to " + name +
                                               " (SRV), and is asked no more of " + domain});
            return;
        }
        // A domain need not have them; one that has them must not send programs elsewhere.
        for (const SrvTarget& target : *targets) {
            const bool is_known =
                std::any_of(services.begin(), services.end(), [&](const MailService& service) {
                    return ours(service) && service.host == target.host &&
                           service.port == target.port;
                });
            if (target.host.empty() && is_offered)
                findings.push_back({"records", "the DNS says by " + name +
                                                   " that there is no such server, and the guide "
                                                   "names one" +
                                                   mend});
            else if (!target.host.empty() && !is_known)
                findings.push_back({"records", "the DNS leads from " + name + " to " + target.host +
                                                   " port " + std::to_string(target.port) +
                                                   ", which the guide does not name" + mend});
        }
    }
}

}  // namespace

std::vector<GuideFinding> live_findings(const WrittenGuide& guide, const Loaded& now,
                                        const SiteFiles& files, const LiveOptions& options) {
    const auto end = options.clock() + options.most;
    const Prober prober(options.probe);
    std::vector<GuideFinding> findings;
    std::set<std::string> unresolved;
    std::vector<MailService> all = guide.outgoing;
    all.insert(all.end(), guide.incoming.begin(), guide.incoming.end());
    for (const MailService& service : all) check_service(prober, service, unresolved, findings);
    check_help_page(prober, now, findings);
    for (std::size_t at = 0; at < guide.domains.size(); ++at) {
        if (options.clock() >= end) {
            findings.push_back(
                {"time", std::to_string(guide.domains.size() - at) + " of " +
                             std::to_string(guide.domains.size()) +
                             " domains were not looked at: the others took more than " +
                             std::to_string(options.most.count()) + " seconds"});
            break;
        }
        check_web_setup(prober, now, files, guide.domains[at], options.today, findings);
        check_records(options.name_server, guide.domains[at], all, findings);
    }
    return findings;
}

}  // namespace relaypermit
