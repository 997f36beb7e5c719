// What an alias table in Redis or Valkey has beside what all tables have. A value; any thread.
#pragma once

#include <vector>

#include "config/placeholders.h"
#include "config/table_url.h"

namespace relaypermit {

struct RedisSettings {
    ServerSettings server{};                 // path: the number of the database
    std::vector<PlaceholderText> command{};  // its name and arguments

    friend bool operator==(const RedisSettings&, const RedisSettings&) = default;
};

// The placeholders of all arguments.
[[nodiscard]] std::vector<Placeholder> placeholders_of(const RedisSettings& settings);

}  // namespace relaypermit
