// One question to a server, over libcurl, which is known here alone. No password is sent, and no
// mail. Blocks for at most timeout_s a question; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/guide_settings.h"

namespace relaypermit {

struct ProbeOptions {
    long timeout_s{5};
    std::string ca_file{};                  // empty: the system's certificates
    std::vector<std::string> connect_to{};  // "HOST:PORT:ADDRESS:PORT": where a server is instead
};

enum class Reached : std::uint8_t {
    fully,
    no_address,
    no_connection,
    no_answer,  // in time
    no_starttls,
    untrusted,
    no_tls,
    otherwise,
};

// What a connection came to.
struct Probed {
    Reached reached{};
    std::string why{};    // libcurl's own words
    std::string said{};   // a mail server's lines since the last EHLO; what a web server sent
    long status{};        // HTTP's
    std::string type{};   // of the content, in lower case and without parameters
    std::string url{};    // after redirects
    std::string names{};  // of the certificate, where it was asked for
    std::string expires{};
};

enum class Trust : std::uint8_t {
    as_programs,  // whom the system trusts, and for this name
    any_name,
    anybody,
};

class Prober {
  public:
    explicit Prober(ProbeOptions options);
    ~Prober();
    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;

    // A mail server: up to where one would log in.
    [[nodiscard]] Probed mail(const MailService& service, Trust trust = Trust::as_programs) const;
    // A page, after at most three redirects; `posted`, where there is some, is XML. Of a long
    // answer the first megabytes.
    [[nodiscard]] Probed web(const std::string& url, const std::string& posted = {},
                             Trust trust = Trust::as_programs) const;
    [[nodiscard]] long timeout_s() const { return options_.timeout_s; }

  private:
    struct Question;
    [[nodiscard]] Probed ask(const Question& question) const;

    ProbeOptions options_;
    struct ConnectTo;
    std::unique_ptr<ConnectTo> connect_to_;
};

// Why a certificate was not taken, told apart by `again`, which asks the same with more and more
// trust. `place` is whose it is, `host` the name it has to be for, `why` what was said at first.
[[nodiscard]] std::string certificate_fault(const std::string& place, const std::string& host,
                                            const std::string& why,
                                            const std::function<Probed(Trust)>& again);

// The version in use, for --version.
[[nodiscard]] std::string libcurl_version();

}  // namespace relaypermit
