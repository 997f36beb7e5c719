// Signs a configuration profile, so that a device names who it is from instead of warning (Apple's
// "Configuration Profile Reference": CMS, RFC 5652, with the content inside). The only door to
// OpenSSL. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "policy/facts.h"

namespace relaypermit {

// DER. `certificates` are PEM: the signer's, then those between it and an authority's; `key` is
// the private one, PEM, without a passphrase. Signed twice, it is not the same bytes: the time is
// in it. The error says what cannot be used, as a part of a sentence.
[[nodiscard]] tl::expected<std::string, std::string> signed_profile(std::string_view profile,
                                                                    std::string_view certificates,
                                                                    std::string_view key);

// Why a device warns of `signed_one` at `now` although it was signed, as a part of a sentence that
// begins with its name; empty: of its signature nothing is to be said, or it has none. Whether a
// device trusts the authority is not asked.
[[nodiscard]] std::string signature_fault(std::string_view signed_one, TimePoint now);

// The version in use, for --version.
[[nodiscard]] std::string openssl_version();

}  // namespace relaypermit
