#pragma once

#include <cstdint>

namespace relaypermit {

// Which recipients are kept ([log] recipients).
enum class RecipientPrivacy : std::uint8_t { full, domain, none };

}  // namespace relaypermit
