// What MTAs tell milters in macros, read into the session's events. Which macros to ask for at
// which stage, and what their absence means, is here and nowhere else. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "milter/session.h"

namespace relaypermit {

// The macros of a milter session as they stand at one event.
class Macros {
  public:
    Macros() = default;
    Macros(const Macros&) = delete;
    Macros& operator=(const Macros&) = delete;
    virtual ~Macros() = default;

    // By name, "j" or "{mail_addr}". Absent and empty are different things.
    [[nodiscard]] virtual std::optional<std::string> get(const std::string& name) const = 0;
};

enum class MacroStage : std::uint8_t { connect, helo, mail, rcpt, data, end_of_message };

// The names to ask for (smfi_setsymlist), separated by blanks, so that nothing needs configuring
// in the MTA. Each macro that can change stands at one stage only, because an earlier value of
// another stage would shine through where the MTA leaves it out; and every list has one macro
// that is always there, because MTAs send an empty list as nothing, and libmilter then keeps the
// values of the message before: with {auth_type} and {auth_authen} alone, a login that STARTTLS
// has ended would live on (Postfix 3.7, Sendmail 8.17).
[[nodiscard]] const char* macro_list(MacroStage stage);

// The peer as libmilter gives it.
struct PeerAddress {
    std::string name{};             // of the client, as the MTA resolved it
    std::optional<IpAddress> ip{};  // none: unknown, or not a network connection
    std::uint16_t port{};           // 0: unknown
    bool known{};                   // the MTA gave an address
};

[[nodiscard]] ConnectEvent connect_event(const Macros& macros, const PeerAddress& peer);
[[nodiscard]] MailEvent mail_event(const Macros& macros, Mta mta, std::string_view argument);
[[nodiscard]] RcptEvent rcpt_event(const Macros& macros, std::string_view argument);
// Macro i; empty where there is none yet (Postfix: before the first accepted recipient).
[[nodiscard]] std::string queue_id(const Macros& macros);

}  // namespace relaypermit
