// The only file that knows nettle.
#include "config/checksum.h"

#include <nettle/sha2.h>
#include <nettle/version.h>

#include <array>
#include <cstdint>
#include <utility>

namespace relaypermit {

std::string sha256(std::string_view bytes) {
    return sha256([&] { return std::exchange(bytes, {}); });
}

std::string sha256(const std::function<std::string_view()>& next) {
    sha256_ctx context{};
    ::sha256_init(&context);
    for (std::string_view bytes = next(); !bytes.empty(); bytes = next())
        ::sha256_update(&context, bytes.size(),
                        reinterpret_cast<const std::uint8_t*>(bytes.data()));
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    ::sha256_digest(&context, digest.size(), digest.data());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest) text += {digits[byte >> 4U], digits[byte & 15U]};
    return text;
}

std::string nettle_version() {
    return std::to_string(::nettle_version_major()) + "." +
           std::to_string(::nettle_version_minor());
}

}  // namespace relaypermit
