// By what a list of names is sorted for its readers. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace relaypermit {

// Without regard to case or accents: "iPhone" stands before "Outlook", and "Éditeur" before
// "Nextcloud". A name of other letters keeps them.
[[nodiscard]] std::string sort_key(std::string_view name);

}  // namespace relaypermit
