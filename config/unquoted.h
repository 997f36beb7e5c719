// Values that stand without their quotes, said in words that name the remedy: toml++ says of
// `[info@example.com]` that it expected a value-terminator and saw `o`. Internal to config/. Pure;
// any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace relaypermit {

struct UnquotedValue {
    std::size_t offset{};  // of the first such value
    std::string why{};     // "`info@example.com` stands without quotes"
    std::string help{};    // with the line as it should be
};

// `key` and the text behind its `=`, which is no TOML; nullopt where quotes alone do not mend it.
[[nodiscard]] std::optional<UnquotedValue> unquoted_value(std::string_view key,
                                                          std::string_view value);

}  // namespace relaypermit
