#include "tool/wiring/other_milters.h"

#include <algorithm>
#include <array>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

constexpr std::array<KnownMilter, 5> milters = {{
    // clamav-milter.conf(5): OnInfected is Quarantine by default
    {"clamav", "clamav-milter", true, false},
    {"clmilter", "clamav-milter", true, false},
    // mimedefang-filter(5): action_change_header, change_sender
    {"mimedefang", "MIMEDefang", false, true},
    // its manual, Header modification functions: header_replace
    {"mailfromd", "mailfromd", false, true},
    // milter-manager hands on what the milters behind it change
    {"milter-manager", "milter-manager", false, true},
}};

}  // namespace

const KnownMilter* known_milter(std::string_view written) {
    const std::string text = ascii_lower(written);
    const auto* const found = std::find_if(
        milters.begin(), milters.end(),
        [&](const KnownMilter& one) { return text.find(one.mark) != std::string::npos; });
    return found == milters.end() ? nullptr : found;
}

}  // namespace relaypermit
