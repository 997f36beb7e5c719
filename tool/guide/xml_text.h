// Text for the XML that mail programs read. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace relaypermit {

// UTF-8 without the two characters of a policy's texts that XML has no way to write (XML 1.0 2.2);
// U+FFFD stands for them.
[[nodiscard]] std::string fit_for_xml(std::string_view text);

}  // namespace relaypermit
