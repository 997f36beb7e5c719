#include "tool/inspect/login_failure.h"

#include <algorithm>
#include <array>

#include "policy/address.h"
#include "policy/network.h"

namespace relaypermit {
namespace {

template <std::size_t N>
bool says_any(std::string_view text, const std::array<std::string_view, N>& phrases) {
    const std::string lower = ascii_lower(text);
    return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
        return lower.find(phrase) != std::string::npos;
    });
}

// What went wrong, by the words of Cyrus SASL (sasl_errstring), of Postfix's Dovecot client
// (xsasl_dovecot_server.c) and of Postfix itself. nullopt: the client gave up.
std::optional<LoginTrouble> trouble_of(std::string_view reason) {
    static constexpr std::array<std::string_view, 4> given_up = {
        "authentication aborted", "bad protocol / cancel", "authentication canceled",
        "authentication cancelled"};
    static constexpr std::array<std::string_view, 9> not_able = {
        "connection lost to authentication server",
        "can't connect to authentication server",
        "unable to connect",
        "cannot connect to saslauthd",
        "temporary",
        "generic failure",
        "internal error",
        "remote authentication server unavailable",
        "no secret store",
    };
    static constexpr std::array<std::string_view, 5> not_offered = {
        "no mechanism available", "invalid authentication mechanism",
        "unsupported authentication mechanism", "mechanism too weak", "encryption needed"};
    if (says_any(reason, given_up)) return std::nullopt;
    if (says_any(reason, not_able)) return LoginTrouble::unavailable;
    return says_any(reason, not_offered) ? LoginTrouble::mechanism : LoginTrouble::wrong_password;
}

std::optional<LoginFailure> failure(TimePoint time, std::string_view client,
                                    std::string_view reason, std::string_view user) {
    const auto address = IpAddress::parse(client);
    const auto trouble = trouble_of(reason);
    if (!address || !trouble) return std::nullopt;
    return LoginFailure{time, to_string(*address), *trouble, std::string(user)};
}

std::optional<LoginFailure> postfix_failure(const SyslogLine& line) {
    std::string_view rest = line.message;
    static constexpr std::string_view warning = "warning: ";
    if (!rest.starts_with(warning)) return std::nullopt;
    rest.remove_prefix(warning.size());
    // From the left: the name in front of the bracket is a host name that Postfix has checked, and
    // what the client wrote (the mechanism, the user) comes behind.
    const std::size_t open = rest.find('[');
    const std::size_t close = rest.find(']');
    const std::size_t failed = rest.find(" authentication failed: ");
    if (open == std::string_view::npos || close == std::string_view::npos || close < open ||
        failed == std::string_view::npos || failed < close) {
        return std::nullopt;
    }
    if (rest.substr(0, open).find(' ') != std::string_view::npos) return std::nullopt;
    const std::string_view client = rest.substr(open + 1, close - open - 1);
    // With smtpd_client_port_logging the port stands behind the bracket.
    std::string_view behind = rest.substr(close + 1);
    if (const std::size_t port = behind.find_first_not_of("0123456789", 1);
        behind.starts_with(':') && port != std::string_view::npos && port > 1) {
        behind.remove_prefix(port);
    }
    if (!behind.starts_with(": SASL ")) return std::nullopt;
    std::string_view reason = rest.substr(failed + 24);
    static constexpr std::string_view key = ", sasl_username=";
    std::string_view user;
    if (const std::size_t at = reason.find(key); at != std::string_view::npos) {
        user = reason.substr(at + key.size());
        reason = reason.substr(0, at);
    }
    return failure(line.time, client, reason, user);
}

std::optional<LoginFailure> sendmail_failure(const SyslogLine& line) {
    static constexpr std::string_view said = "AUTH failure (";
    std::size_t at = line.message.find(said);
    // At the front, or behind "QUEUEID: ".
    if (at == std::string_view::npos || (at > 0 && (at < 2 || line.message.find(": ") != at - 2)))
        return std::nullopt;
    std::string_view rest = line.message.substr(at + said.size());
    // The client's address is the last bracket of the line; the user stands before it.
    const std::size_t relay = rest.rfind(", relay=");
    if (relay == std::string_view::npos) return std::nullopt;
    const std::string_view host = rest.substr(relay);
    const std::size_t open = host.rfind('[');
    const std::size_t close = host.rfind(']');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    rest = rest.substr(0, relay);
    static constexpr std::string_view key = ", user=";
    std::string_view user;
    if (const std::size_t found = rest.find(key); found != std::string_view::npos) {
        user = rest.substr(found + key.size());
        rest = rest.substr(0, found);
    }
    return failure(line.time, host.substr(open + 1, close - open - 1), rest, user);
}

}  // namespace

std::string_view to_string(LoginTrouble trouble) {
    switch (trouble) {
        case LoginTrouble::none:
            return "";
        case LoginTrouble::wrong_password:
            return "wrong-password";
        case LoginTrouble::mechanism:
            return "mechanism-not-offered";
        case LoginTrouble::unavailable:
            return "login-unavailable";
    }
    return "";
}

std::optional<LoginFailure> login_failure(const SyslogLine& line) {
    if (line.program == "sendmail" || line.program.starts_with("sm-"))
        return sendmail_failure(line);
    return line.program.ends_with("/smtpd") ? postfix_failure(line) : std::nullopt;
}

}  // namespace relaypermit
