// [guide]: what help pages say that no decision needs. A value; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace relaypermit {

// The languages that the pages are written in; the first is the one that the others fall back to.
inline constexpr std::array<std::string_view, 6> guide_languages = {"en", "de", "fr",
                                                                    "es", "nl", "it"};

enum class MailProtocol : std::uint8_t { imap, pop3, submission };

// Where a mail program connects: "imaps://mail.example.com:993".
struct MailService {
    MailProtocol protocol{};
    bool implicit_tls{};  // TLS from the first byte (RFC 8314); else STARTTLS
    std::string host{};   // normalized
    std::uint16_t port{};

    friend bool operator==(const MailService&, const MailService&) = default;
};

// imap://, imaps://, pop3://, pop3s://, submission:// or submissions://, a host, and :port where it
// is not the usual one (RFC 8314 7, RFC 6186 3). The error says what is wrong, as a part of a
// sentence.
[[nodiscard]] tl::expected<MailService, std::string> parse_mail_service(std::string_view text);
// As it is written, always with its port.
[[nodiscard]] std::string to_string(const MailService& service);

struct GuideSettings {
    std::string folder{};                 // where the guide is written; empty: it is not said
    std::string organisation{};           // empty: none is named
    std::vector<std::string> domains{};   // normalized; empty: the exact hosted domains
    std::vector<MailService> incoming{};  // the preferred one first
    std::vector<MailService> outgoing{};  // empty: [server] name at the ports of [submission]
    // "address", "local-part", or a text that people read, as "your staff number".
    std::string user_name{"address"};
    std::string webmail{};
    std::string password_url{};
    std::vector<std::string> languages{"en"};  // the first is at the top
};

}  // namespace relaypermit
