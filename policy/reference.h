// The reference that joins what the user saw to the record. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relaypermit {

// Eight characters of Crockford's base 32 (no I, L, O, U), of the low 40 bits.
[[nodiscard]] std::string format_reference(std::uint64_t bits);
// As a person types or pastes it: lower case, o for 0, i and l for 1, hyphens, "ref " before it,
// a full stop behind it. Empty where it is not a reference.
[[nodiscard]] std::string normalize_reference(std::string_view typed);

}  // namespace relaypermit
