// Milters of others that relaypermitd shares a mail server with, as far as their place before or
// behind it matters. Pure; any thread.
#pragma once

#include <string_view>

namespace relaypermit {

// Postfix and Sendmail go on to the next milter where one says ACCEPT: that ends the milter itself
// alone, so that most need not be known here.
struct KnownMilter {
    std::string_view mark{};  // in the address of its socket, or in its name in sendmail.cf
    std::string_view name{};
    bool holds{};     // as it is shipped it has mail put on hold
    bool rewrites{};  // rules of its admin may change the sender or the From of a message
};

// By its address, "unix:/run/clamav/clamav-milter.ctl", or name; nullptr: none of these.
[[nodiscard]] const KnownMilter* known_milter(std::string_view written);

}  // namespace relaypermit
