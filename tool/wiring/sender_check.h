// How Postfix checks a sender against the login. A value.
#pragma once

#include <cstdint>

namespace relaypermit {

// From what permits most to what permits least.
enum class SenderCheck : std::uint8_t {
    none,
    warned,  // warn_if_reject: only a line in the log
    known,   // reject_known_sender_login_mismatch: a sender that nobody owns is everybody's
    all,     // reject_authenticated_sender_login_mismatch, reject_sender_login_mismatch
};

}  // namespace relaypermit
