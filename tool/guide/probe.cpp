#include "tool/guide/probe.h"

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <ctime>
#include <string_view>
#include <utility>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

constexpr std::size_t most_kept = 4UL * 1024 * 1024;  // of what a server says
constexpr long most_redirects = 3;

struct EndCurl {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// Lines are kept from the last greeting on, so that what is offered before STARTTLS does not count.
int keep_lines(CURL* /*handle*/, curl_infotype type, char* text, std::size_t size, void* to) {
    auto& probed = *static_cast<Probed*>(to);
    const std::string_view piece(text, size);
    if (type == CURLINFO_HEADER_OUT && piece.starts_with("EHLO")) probed.said.clear();
    if (type == CURLINFO_HEADER_IN && probed.said.size() < most_kept) probed.said += piece;
    return 0;
}

std::size_t keep_body(char* text, std::size_t size, std::size_t count, void* to) {
    auto& probed = *static_cast<Probed*>(to);
    if (probed.said.size() < most_kept) probed.said.append(text, size * count);
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

// -1: it cannot be read. libcurl writes it as its TLS library does: GnuTLS in the first form,
// OpenSSL in one that curl_getdate() reads.
std::time_t time_in(const std::string& date) {
    std::tm parts{};
    if (::strptime(date.c_str(), "%Y-%m-%d %H:%M:%S", &parts) != nullptr) return ::timegm(&parts);
    return date.empty() ? -1 : curl_getdate(date.c_str(), nullptr);
}

Reached reached_by(CURLcode code) {
    switch (code) {
        case CURLE_OK:
            return Reached::fully;
        case CURLE_COULDNT_RESOLVE_HOST:
            return Reached::no_address;
        case CURLE_COULDNT_CONNECT:
            return Reached::no_connection;
        case CURLE_OPERATION_TIMEDOUT:
            return Reached::no_answer;
        case CURLE_USE_SSL_FAILED:
            return Reached::no_starttls;
        case CURLE_PEER_FAILED_VERIFICATION:
            return Reached::untrusted;
        case CURLE_SSL_CONNECT_ERROR:
            return Reached::no_tls;
        default:
            return Reached::otherwise;
    }
}

}  // namespace

struct Prober::Question {
    std::string url{};
    Trust trust{};
    bool is_mail{};
    std::string posted{};
};

struct Prober::ConnectTo {
    std::unique_ptr<curl_slist, EndCurl> list{};
};

Prober::Prober(ProbeOptions options)
    : options_(std::move(options)), connect_to_(std::make_unique<ConnectTo>()) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (const std::string& entry : options_.connect_to)
        connect_to_->list.reset(curl_slist_append(connect_to_->list.release(), entry.c_str()));
}

Prober::~Prober() = default;

Probed Prober::mail(const MailService& service, Trust trust) const {
    const std::array names = {"imap", "pop3", "smtp"};
    return ask({.url = std::string(names.at(static_cast<std::size_t>(service.protocol))) +
                       (service.implicit_tls ? "s" : "") + "://" + service.host + ":" +
                       std::to_string(service.port),
                .trust = trust,
                .is_mail = true});
}

Probed Prober::web(const std::string& url, const std::string& posted, Trust trust) const {
    return ask({.url = url, .trust = trust, .posted = posted});
}

Probed Prober::ask(const Question& question) const {
    Probed probed;
    std::array<char, CURL_ERROR_SIZE> words{};
    const std::unique_ptr<CURL, EndCurl> handle(curl_easy_init());
    CURL* const curl = handle.get();
    const auto set = [curl](CURLoption option, auto value) {
        static_cast<void>(curl_easy_setopt(curl, option, value));
    };
    std::unique_ptr<curl_slist, EndCurl> fields;
    set(CURLOPT_URL, question.url.c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_TIMEOUT, options_.timeout_s);
    set(CURLOPT_CONNECTTIMEOUT, options_.timeout_s);
    set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    set(CURLOPT_SSL_VERIFYPEER, question.trust == Trust::anybody ? 0L : 1L);
    set(CURLOPT_SSL_VERIFYHOST, question.trust == Trust::as_programs ? 2L : 0L);
    set(CURLOPT_CERTINFO, 1L);
    if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
    if (connect_to_->list) set(CURLOPT_CONNECT_TO, connect_to_->list.get());
    set(CURLOPT_ERRORBUFFER, words.data());
    if (question.is_mail) {
        set(CURLOPT_CONNECT_ONLY, 1L);
        set(CURLOPT_VERBOSE, 1L);
        set(CURLOPT_DEBUGFUNCTION, keep_lines);
        set(CURLOPT_DEBUGDATA, static_cast<void*>(&probed));
    } else {
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_WRITEFUNCTION, keep_body);
        set(CURLOPT_WRITEDATA, static_cast<void*>(&probed));
        set(CURLOPT_FOLLOWLOCATION, 1L);
        set(CURLOPT_MAXREDIRS, most_redirects);
        set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    }
    if (!question.posted.empty()) {
        fields.reset(curl_slist_append(nullptr, "Content-Type: text/xml"));
        set(CURLOPT_HTTPHEADER, fields.get());
        set(CURLOPT_POSTFIELDSIZE, static_cast<long>(question.posted.size()));
        set(CURLOPT_POSTFIELDS, question.posted.c_str());
        set(CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
    }
    const CURLcode code = curl_easy_perform(curl);
    probed.reached = reached_by(code);
    probed.why = words.front() != '\0' ? words.data() : curl_easy_strerror(code);
    static_cast<void>(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &probed.status));
    const char* text = nullptr;
    if (curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &text) == CURLE_OK && text != nullptr)
        probed.url = text;
    if (curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &text) == CURLE_OK && text != nullptr)
        probed.type = ascii_lower(
            std::string_view(text).substr(0, std::string_view(text).find_first_of("; ")));
    curl_certinfo* certificates = nullptr;
    if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &certificates) == CURLE_OK &&
        certificates != nullptr) {
        probed.names = certificate_line(*certificates, "Subject");
        probed.expires = certificate_line(*certificates, "Expire date");
    }
    // What QUIT is answered is nobody's.
    set(CURLOPT_VERBOSE, 0L);
    return probed;
}

std::string certificate_fault(const std::string& place, const std::string& host,
                              const std::string& why, const std::function<Probed(Trust)>& again) {
    const std::string of = "the certificate of " + place;
    if (const Probed named = again(Trust::any_name); named.reached == Reached::fully)
        return of + " is not for the name " + host +
               (named.names.empty() ? "" : " but for " + named.names);
    const Probed seen = again(Trust::anybody);
    const std::time_t expiry = time_in(seen.expires);
    if (expiry >= 0 && expiry < std::time(nullptr)) return of + " ran out on " + seen.expires;
    return of + " is not trusted: " + why;
}

std::string libcurl_version() {
    return ::curl_version_info(CURLVERSION_NOW)->version;
}

}  // namespace relaypermit
