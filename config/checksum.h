// SHA-256, as sha256sum(1) prints it. Pure; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace relaypermit {

// 64 hexadecimal digits.
[[nodiscard]] std::string sha256(std::string_view bytes);
// Of all that `next` gives, until it gives nothing more.
[[nodiscard]] std::string sha256(const std::function<std::string_view()>& next);

// The version in use, for --version.
[[nodiscard]] std::string nettle_version();

}  // namespace relaypermit
