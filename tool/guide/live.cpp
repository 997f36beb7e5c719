#include "tool/guide/live.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <memory>
#include <set>
#include <string_view>

#include "policy/ascii.h"
#include "tool/guide/srv_lookup.h"
#include "tool/guide/srv_records.h"

namespace relaypermit {
namespace {

constexpr std::size_t most_kept = 64UL * 1024;  // of what a server says
constexpr std::string_view configuration_name = "config-v1.1.xml";

struct EndCurl {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// What a connection came to.
struct Answer {
    CURLcode code{};
    std::string why{};    // libcurl's own words
    std::string said{};   // a mail server's lines since the last EHLO; what a web server sent
    long status{};        // HTTP's
    std::string names{};  // of the certificate, where it was asked for
    std::string expires{};
};

enum class Trust : std::uint8_t {
    as_programs,  // whom the system trusts, and for this name
    any_name,
    anybody,
};

// Lines are kept from the last greeting on, so that what is offered before STARTTLS does not count.
int keep_lines(CURL* /*handle*/, curl_infotype type, char* text, std::size_t size, void* to) {
    auto& answer = *static_cast<Answer*>(to);
    const std::string_view piece(text, size);
    if (type == CURLINFO_HEADER_OUT && piece.starts_with("EHLO")) answer.said.clear();
    if (type == CURLINFO_HEADER_IN && answer.said.size() < most_kept) answer.said += piece;
    return 0;
}

std::size_t keep_body(char* text, std::size_t size, std::size_t count, void* to) {
    auto& answer = *static_cast<Answer*>(to);
    if (answer.said.size() < most_kept) answer.said.append(text, size * count);
    return size * count;
}

// A line of a certificate as libcurl has it, "Subject:CN = x". Of "Expire date" the case differs
// between its TLS libraries.
std::string certificate_line(const curl_certinfo& info, std::string_view name) {
    if (info.num_of_certs < 1) return {};
    for (const curl_slist* at = info.certinfo[0]; at != nullptr; at = at->next) {
        const std::string_view line = at->data;
        if (ascii_lower(line.substr(0, name.size())) == ascii_lower(name) &&
            line.substr(name.size()).starts_with(':'))
            return std::string(line.substr(name.size() + 1));
    }
    return {};
}

class Prober {
  public:
    explicit Prober(const LiveOptions& options) : options_(options) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        for (const std::string& entry : options.connect_to)
            connect_to_.reset(curl_slist_append(connect_to_.release(), entry.c_str()));
    }

    // A mail server: up to where one would log in.
    Answer mail(const MailService& service, Trust trust) const {
        const std::array names = {"imap", "pop3", "smtp"};
        const std::string url = std::string(names.at(static_cast<std::size_t>(service.protocol))) +
                                (service.implicit_tls ? "s" : "") + "://" + service.host + ":" +
                                std::to_string(service.port);
        return ask(url, trust, true);
    }
    Answer web(const std::string& url) const { return ask(url, Trust::as_programs, false); }
    [[nodiscard]] long timeout_s() const { return options_.timeout_s; }

  private:
    Answer ask(const std::string& url, Trust trust, bool mail) const {
        Answer answer;
        std::array<char, CURL_ERROR_SIZE> words{};
        const std::unique_ptr<CURL, EndCurl> handle(curl_easy_init());
        CURL* const curl = handle.get();
        const auto set = [curl](CURLoption option, auto value) {
            static_cast<void>(curl_easy_setopt(curl, option, value));
        };
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_NOPROXY, "*");
        set(CURLOPT_TIMEOUT, options_.timeout_s);
        set(CURLOPT_CONNECTTIMEOUT, options_.timeout_s);
        set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
        set(CURLOPT_SSL_VERIFYPEER, trust == Trust::anybody ? 0L : 1L);
        set(CURLOPT_SSL_VERIFYHOST, trust == Trust::as_programs ? 2L : 0L);
        set(CURLOPT_CERTINFO, 1L);
        if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
        if (connect_to_) set(CURLOPT_CONNECT_TO, connect_to_.get());
        set(CURLOPT_ERRORBUFFER, words.data());
        if (mail) {
            set(CURLOPT_CONNECT_ONLY, 1L);
            set(CURLOPT_VERBOSE, 1L);
            set(CURLOPT_DEBUGFUNCTION, keep_lines);
            set(CURLOPT_DEBUGDATA, static_cast<void*>(&answer));
        } else {
            set(CURLOPT_WRITEFUNCTION, keep_body);
            set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
            set(CURLOPT_FOLLOWLOCATION, 1L);
            set(CURLOPT_MAXREDIRS, 3L);
        }
        answer.code = curl_easy_perform(curl);
        answer.why = words.front() != '\0' ? words.data() : curl_easy_strerror(answer.code);
        static_cast<void>(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status));
        curl_certinfo* certificates = nullptr;
        if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &certificates) == CURLE_OK &&
            certificates != nullptr) {
            answer.names = certificate_line(*certificates, "Subject");
            answer.expires = certificate_line(*certificates, "Expire date");
        }
        // What QUIT is answered is nobody's.
        set(CURLOPT_VERBOSE, 0L);
        return answer;
    }

    const LiveOptions& options_;
    std::unique_ptr<curl_slist, EndCurl> connect_to_{};
};

std::string place_of(const MailService& service) {
    return service.host + " port " + std::to_string(service.port);
}

// -1: it cannot be read. libcurl writes it as its TLS library does: GnuTLS in the first form,
// OpenSSL in one that curl_getdate() reads.
std::time_t time_in(const std::string& date) {
    std::tm parts{};
    if (::strptime(date.c_str(), "%Y-%m-%d %H:%M:%S", &parts) != nullptr) return ::timegm(&parts);
    return date.empty() ? -1 : curl_getdate(date.c_str(), nullptr);
}

// Why a certificate is not taken, told apart by taking more and more of it.
std::string certificate_fault(const Prober& prober, const MailService& service,
                              const std::string& why) {
    const std::string of = "the certificate of " + place_of(service);
    if (const Answer named = prober.mail(service, Trust::any_name); named.code == CURLE_OK)
        return of + " is not for the name " + service.host +
               (named.names.empty() ? "" : " but for " + named.names);
    const Answer seen = prober.mail(service, Trust::anybody);
    const std::time_t expiry = time_in(seen.expires);
    if (expiry >= 0 && expiry < std::time(nullptr)) return of + " ran out on " + seen.expires;
    return of + " is not trusted: " + why;
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
    const Answer answer = prober.mail(service, Trust::as_programs);
    switch (answer.code) {
        case CURLE_OK:
            if (service.protocol == MailProtocol::submission && !offers_login(answer.said))
                say("service", place_of(service) + " offers no login once it is encrypted (AUTH)");
            return;
        case CURLE_COULDNT_RESOLVE_HOST:
            unresolved.insert(service.host);
            say("address", "the name " + service.host + " does not resolve");
            return;
        case CURLE_COULDNT_CONNECT:
            say("service", "nothing answers at " + place_of(service));
            return;
        case CURLE_OPERATION_TIMEDOUT:
            say("service", place_of(service) + " gives no answer within " +
                               std::to_string(prober.timeout_s()) + " seconds" +
                               (service.implicit_tls ? " (with TLS from the first byte)" : ""));
            return;
        case CURLE_USE_SSL_FAILED:
            say("service", place_of(service) + " offers no STARTTLS");
            return;
        case CURLE_PEER_FAILED_VERIFICATION:
            say("certificate", certificate_fault(prober, service, answer.why));
            return;
        case CURLE_SSL_CONNECT_ERROR:
            say("service", place_of(service) +
                               (service.implicit_tls ? " has no TLS from the first byte: "
                                                     : " fails at STARTTLS: ") +
                               answer.why);
            return;
        default:
            say("service", place_of(service) + " does not answer as a mail server: " + answer.why);
    }
}

// --- Beside the servers ------------------------------------------------------------------------

bool has_configuration(const WrittenGuide& guide) {
    return std::any_of(guide.files.begin(), guide.files.end(),
                       [](const std::string& name) { return name.ends_with(configuration_name); });
}

std::string web_fault(const Answer& answer) {
    if (answer.code != CURLE_OK) return answer.why;
    if (answer.status != 200) return "it answers " + std::to_string(answer.status);
    return answer.said.find("<clientConfig") == std::string::npos ? "it is something else" : "";
}

// Thunderbird and those who do as it does look at both, and either is enough.
void check_configuration(const Prober& prober, const std::string& domain,
                         std::vector<GuideFinding>& findings) {
    const std::string name(configuration_name);
    const std::array hosts = {"autoconfig." + domain + "/mail/" + name,
                              domain + "/.well-known/autoconfig/mail/" + name};
    std::string faults;
    for (const std::string& place : hosts) {
        const std::string fault = web_fault(prober.web("https://" + place));
        if (fault.empty()) return;
        faults += (faults.empty() ? ": https://" : "; https://") + place + ", " + fault;
    }
    findings.push_back({"autoconfig", "mail programs find no configuration of " + domain + faults});
}

void check_records(const std::string& domain, const std::vector<MailService>& services,
                   std::vector<GuideFinding>& findings) {
    for (const SrvName& kind : srv_names()) {
        const auto ours = [&](const MailService& service) {
            return service.protocol == kind.protocol && service.implicit_tls == kind.implicit_tls;
        };
        if (std::none_of(services.begin(), services.end(), ours)) continue;
        // A domain need not have them; one that has them must not send programs elsewhere.
        for (const SrvTarget& target : srv_targets(std::string(kind.name) + "." + domain)) {
            const bool known =
                std::any_of(services.begin(), services.end(), [&](const MailService& service) {
                    return ours(service) && service.host == target.host &&
                           service.port == target.port;
                });
            const std::string name = std::string(kind.name) + "." + domain;
            if (target.host.empty())
                findings.push_back({"records", "the DNS says by " + name +
                                                   " that there is no such server, and the guide "
                                                   "names one"});
            else if (!known)
                findings.push_back({"records", "the DNS leads from " + name + " to " + target.host +
                                                   " port " + std::to_string(target.port) +
                                                   ", which the guide does not name"});
        }
    }
}

}  // namespace

std::vector<GuideFinding> live_findings(const WrittenGuide& guide, const LiveOptions& options) {
    const Prober prober(options);
    std::vector<GuideFinding> findings;
    std::set<std::string> unresolved;
    for (const auto* services : {&guide.outgoing, &guide.incoming})
        for (const MailService& service : *services)
            check_service(prober, service, unresolved, findings);
    std::vector<MailService> all = guide.outgoing;
    all.insert(all.end(), guide.incoming.begin(), guide.incoming.end());
    for (const std::string& domain : guide.domains) {
        if (has_configuration(guide)) check_configuration(prober, domain, findings);
        check_records(domain, all, findings);
    }
    return findings;
}

std::string libcurl_version() {
    return ::curl_version_info(CURLVERSION_NOW)->version;
}

}  // namespace relaypermit
