// Dates as people and other programs write them: 31.12.2026, 12/31/2026, 20261231. Internal to
// config/. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relaypermit {

struct ForeignDate {
    std::string why{};   // "`31.12.2026` is no date: a date is year-month-day"
    std::string help{};  // "write 2026-12-31"; both readings where a date has two
};

// nullopt where the text is a date of ours (or a time of one), or cannot be read as any.
[[nodiscard]] std::optional<ForeignDate> foreign_date(std::string_view written);

}  // namespace relaypermit
