// The MTA's own line of a login that failed, so that "no login" and "wrong password" can be told
// apart: on the wire, and so in our record, both are a client that never logged in. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tool/inspect/syslog_line.h"

namespace relaypermit {

enum class LoginTrouble : std::uint8_t {
    none,            // it did not try
    wrong_password,  // or an unknown user: servers do not say which
    mechanism,       // the server does not offer how the program wants to log in
    unavailable,     // the server could not check: not the user's fault
};
// "wrong-password"; "" for none.
[[nodiscard]] std::string_view to_string(LoginTrouble trouble);

struct LoginFailure {
    TimePoint time{};
    std::string client{};  // as IpAddress prints it
    LoginTrouble trouble{};
    std::string user{};  // whom the client said it was, where the line says so
};

// Postfix, with Cyrus or Dovecot:
//   warning: unknown[198.51.100.7]: SASL PLAIN authentication failed: authentication failure
// (newer ones add ", sasl_username=alice"; smtpd_client_port_logging a ":51234" behind the
// bracket), and Sendmail:
//   AUTH failure (PLAIN): user not found (-20) ..., user=alice, relay=host [198.51.100.7]
// An attempt that the client gave up is none.
[[nodiscard]] std::optional<LoginFailure> login_failure(const SyslogLine& line);

}  // namespace relaypermit
