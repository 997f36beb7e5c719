// One line of `journalctl -o json`: an object with an entry's fields (systemd.journal-fields(7)).
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/facts.h"

namespace relaypermit {

struct JournalLine {
    TimePoint time{};
    std::string program{};  // SYSLOG_IDENTIFIER; empty where the entry has none
    std::string message{};
};

// nullopt where it is no such object.
[[nodiscard]] std::optional<JournalLine> read_journal_line(std::string_view line);

}  // namespace relaypermit
