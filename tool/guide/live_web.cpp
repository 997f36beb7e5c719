#include "tool/guide/live_web.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <utility>

#include "tool/base/visible.h"
#include "tool/guide/apple_profile.h"
#include "tool/guide/autoconfig.h"
#include "tool/guide/autodiscover.h"
#include "tool/guide/client_setup.h"
#include "tool/guide/profile_signature.h"
#include "tool/guide/published_setup.h"
#include "tool/guide/srv_records.h"
#include "tool/guide/web_server_lines.h"

namespace relaypermit {
namespace {

using Read = tl::expected<PublishedSetup, std::string>;

bool is_success(long status) {
    return status >= 200 && status < 300;
}

std::string of_setup(std::string_view name) {
    return std::string(setup_folder) + std::string(name);
}

// Why nothing can be had there, as a part of a sentence; empty: there is an answer of success.
std::string web_fault(const Prober& prober, const Probed& probed, const std::string& posted = {}) {
    switch (probed.reached) {
        case Reached::fully:
            return is_success(probed.status) ? "" : "it answers " + std::to_string(probed.status);
        case Reached::untrusted: {
            const std::string host = host_of_url(probed.url);
            return certificate_fault(host, host, probed.why, [&](Trust trust) {
                return prober.web(probed.url, posted, trust);
            });
        }
        case Reached::no_answer:
            return "it gives no answer within " + std::to_string(prober.timeout_s()) + " seconds";
        default:
            return probed.why;
    }
}

// --- Where replies lead ------------------------------------------------------------------------

bool has_anchor(std::string_view page, const std::string& name) {
    for (const std::string& written :
         {"id=\"" + name + "\"", "id='" + name + "'", "id=" + name + " ", "id=" + name + ">",
          "name=\"" + name + "\""})
        if (page.find(written) != std::string_view::npos) return true;
    return false;
}

// --- Where mail programs look ------------------------------------------------------------------

// What of `published` is not as it would be said now, in words; empty: nothing.
std::string difference(const PublishedSetup& published, const PublishedSetup& wanted,
                       const std::string& domain) {
    const auto lacks = [](const std::vector<std::string>& list, const std::string& item) {
        return std::find(list.begin(), list.end(), item) == list.end();
    };
    std::vector<std::string> faults;
    for (const std::string& server : published.servers)
        if (lacks(wanted.servers, server)) faults.push_back("it names " + server);
    for (const std::string& server : wanted.servers)
        if (lacks(published.servers, server)) faults.push_back("it lacks " + server);
    if (faults.empty() && published.servers != wanted.servers)
        faults.push_back("it names first " + published.servers.front());
    if (!lacks(wanted.domains, domain) && lacks(published.domains, domain))
        faults.push_back("it is not for the domain " + domain);
    std::string words;
    for (const std::string& fault : faults) words += (words.empty() ? "" : "; ") + fault;
    return words;
}

// A question of which one answer at several places is enough.
struct Asked {
    std::string_view about{};
    std::string nothing{};  // begins a sentence: nobody answers
    std::string mend{};     // ends a sentence
    std::vector<std::string> places{};
    std::string posted{};
    Read (*read)(std::string_view){};
    PublishedSetup wanted{};
};

void check_places(const Prober& prober, const Asked& asked, const std::string& domain,
                  std::vector<GuideFinding>& findings) {
    std::string faults;
    bool is_answered = false;
    for (const std::string& place : asked.places) {
        const Probed probed = prober.web(place, asked.posted);
        std::string fault = web_fault(prober, probed, asked.posted);
        const Read published =
            fault.empty() ? asked.read(probed.said) : Read(tl::unexpected(std::move(fault)));
        if (!published) {
            const bool is_of_web = probed.reached != Reached::fully || !is_success(probed.status);
            faults += (faults.empty() ? "" : "; ") + place + ", " + (is_of_web ? "" : "it ") +
                      published.error();
            continue;
        }
        is_answered = true;
        if (const std::string words = difference(*published, asked.wanted, domain); !words.empty())
            findings.push_back({std::string(asked.about),
                                place + " is not as the policy is: " + words + ": " + asked.mend});
    }
    if (!is_answered)
        findings.push_back(
            {std::string(asked.about), asked.nothing + ": " + faults + ": " + asked.mend});
}

// Where lines for a web server were written that serve it, those; else what to put there.
std::string lines_to_include(const SiteFiles& files, std::string_view which) {
    const std::string name = of_setup("nginx-" + std::string(which) + ".conf");
    return files.contains(name)
               ? "include " + name + " (or that of Apache or Caddy) in the server of that name"
               : "";
}

void check_autoconfig(const Prober& prober, const SiteFiles& files, const std::string& domain,
                      std::vector<GuideFinding>& findings) {
    const std::string name(autoconfig_name);
    const auto written = files.find(of_setup(name));
    if (written == files.end()) return;
    const Read wanted = read_autoconfig(written->second);
    if (!wanted) return;
    const std::string lines = lines_to_include(files, "clients");
    // Thunderbird and those who do as it does look at both, and either is enough.
    check_places(prober,
                 {.about = "autoconfig",
                  .nothing = "mail programs find no configuration of " + domain,
                  .mend = "put " + written->first + " of this guide there" +
                          (lines.empty() ? "" : ", or " + lines),
                  .places = {"https://autoconfig." + domain + "/mail/" + name,
                             "https://" + domain + "/.well-known/autoconfig/mail/" + name},
                  .read = read_autoconfig,
                  .wanted = *wanted},
                 domain, findings);
}

std::string request_for(const std::string& address) {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover xmlns=\"http://schemas."
           "microsoft.com/exchange/autodiscover/outlook/requestschema/2006\"><Request>"
           "<EMailAddress>" +
           address +
           "</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/"
           "autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request>"
           "</Autodiscover>";
}

void check_autodiscover(const Prober& prober, const Loaded& now, const SiteFiles& files,
                        const std::string& domain, std::vector<GuideFinding>& findings) {
    if (!files.contains(of_setup(autodiscover_policy_name))) return;
    const std::string request = request_for("postmaster@" + domain);
    std::istringstream body(request);
    const std::string answer = answer_autodiscover(
        now, {.method = "POST", .length = std::to_string(request.size())}, body, TimePoint());
    const std::size_t head = answer.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const Read wanted = read_autodiscover(std::string_view(answer).substr(head + 4));
    if (!wanted) return;
    const std::string lines = lines_to_include(files, "clients");
    const std::string path = "/autodiscover/autodiscover.xml";
    check_places(prober,
                 {.about = "autodiscover",
                  .nothing = "Outlook is told no servers of " + domain,
                  .mend = "start " + of_setup(autodiscover_script_name) + " of this guide there" +
                          (lines.empty() ? "" : ", or " + lines),
                  .places = {"https://autodiscover." + domain + path, "https://" + domain + path},
                  .posted = request,
                  .read = read_autodiscover,
                  .wanted = *wanted},
                 domain, findings);
}

void check_profile(const Prober& prober, const Loaded& now, const SiteFiles& files,
                   const std::string& domain, TimePoint today,
                   std::vector<GuideFinding>& findings) {
    const std::string& help_url = now.policy->source().help_url;
    const auto written = files.find(of_setup(domain + std::string(apple_profile_ending)));
    if (help_url.empty() || written == files.end()) return;
    // The link on the page is beside it.
    std::string url = help_url.substr(0, help_url.find_first_of("?#"));
    const std::string path = pages_path(url);
    if (path.empty()) return;
    url = url.substr(0, url.find('/', url.find("://") + 3)) + path + written->first;
    const std::string lines = lines_to_include(files, "pages");
    const auto say = [&](const std::string& what) {
        findings.push_back({"profile", what + ": put " + written->first + " of this guide there" +
                                           (lines.empty() ? "" : ", or " + lines)});
    };
    const Probed probed = prober.web(url);
    if (const std::string fault = web_fault(prober, probed); !fault.empty())
        say("iPhones find no profile of " + domain + ": " + url + ", " + fault);
    else if (!holds_profile(probed.said, written->second))
        say(url + " is not the profile that would be written now");
    else if (probed.type != apple_profile_type)
        say(url + " is served as " + (probed.type.empty() ? "nothing" : probed.type) +
            ", and iPhones take it as " + std::string(apple_profile_type) + " alone");
    else if (const std::string lapsed = signature_fault(probed.said, today); !lapsed.empty())
        findings.push_back(
            {"profile", url + " " + lapsed + ", of which iPhones warn: " + std::string(sign_anew)});
}

}  // namespace

void check_help_page(const Prober& prober, const Loaded& now, std::vector<GuideFinding>& findings) {
    const std::string& help_url = now.policy->source().help_url;
    if (help_url.empty()) return;
    const Probed probed = prober.web(help_url);
    if (const std::string fault = web_fault(prober, probed); !fault.empty()) {
        findings.push_back(
            {"help-page", "replies lead to " + help_url + ", and nobody can read it: " + fault +
                              ": serve this guide there, or mend help_url in [server]"});
        return;
    }
    std::vector<std::string> missing;
    for (const std::string& anchor : guide_anchors(now))
        if (!has_anchor(probed.said, anchor)) missing.push_back("#" + anchor);
    if (!missing.empty())
        findings.push_back({"help-page", "replies lead to " + help_url + ", which has no " +
                                             joined(missing) +
                                             ": serve this guide there, as it is written now"});
}

void check_web_setup(const Prober& prober, const Loaded& now, const SiteFiles& files,
                     const std::string& domain, TimePoint today,
                     std::vector<GuideFinding>& findings) {
    check_autoconfig(prober, files, domain, findings);
    check_autodiscover(prober, now, files, domain, findings);
    check_profile(prober, now, files, domain, today, findings);
}

}  // namespace relaypermit
