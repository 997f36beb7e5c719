// What the daemon needs beside the policy: where to listen, where to log. A value; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "record/record.h"

namespace relaypermit {

// [listen]: addresses in libmilter's syntax (unix:path, local:path, inet:port@host,
// inet6:port@host, fd:3); empty: that front end is not wanted.
struct ListenSettings {
    std::string milter{"unix:/var/spool/postfix/relaypermit/milter.sock"};
    std::string policy{};
    std::string socketmap{};
    std::uint32_t socket_mode{0660};
    std::string socket_group{};  // empty: the daemon's own
};

// [log]
struct LogSettings {
    bool syslog{true};
    std::string store{};  // path of the SQLite file; empty: no store
    std::uint32_t keep_days{30};
    std::uint32_t max_mb{1024};
    RecipientPrivacy recipients{RecipientPrivacy::full};
};

struct Settings {
    ListenSettings listen{};
    LogSettings log{};
};

}  // namespace relaypermit
