// A configuration profile for iPhone, iPad and Mac (Apple's device-management schema:
// TopLevel, CommonPayloadKeys, com.apple.mail.managed). It holds neither address nor password: the
// device asks for both. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tool/guide/client_config.h"

namespace relaypermit {

inline constexpr std::string_view apple_profile_ending = ".mobileconfig";
inline constexpr std::string_view sign_anew = "write the guide anew with --sign CERT KEY";
inline constexpr std::string_view apple_profile_type = "application/x-apple-aspen-config";

// `config` has incoming servers. One of a domain replaces an earlier one of it on a device, and
// none of another domain. The error is a fault of the tool.
[[nodiscard]] tl::expected<std::string, std::string> apple_profile(const ClientConfig& config,
                                                                   const std::string& domain);

// Whether `there` is the profile: as it is, or signed, which holds it so
// (tool/guide/profile_signature.h).
[[nodiscard]] bool holds_profile(std::string_view there, std::string_view profile);

// A UUID that is the same for the same text, and another for another: version 8 of RFC 9562, with
// the first bits of the text's SHA-256.
[[nodiscard]] std::string uuid_of(std::string_view text);

}  // namespace relaypermit
