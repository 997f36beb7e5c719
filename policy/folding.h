// Text as the laxest of directories compares it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace relaypermit {

// `text`, which must be valid UTF-8, in Unicode's compatibility decomposition, without case (NFKC
// casefold), marks and characters that do not show; letters with a stroke and ligatures as the
// plain letters that Active Directory and the Unicode collation algorithm (UTS 10) hold for equal
// to them; runs of blanks as one, none at the ends. Idempotent.
[[nodiscard]] std::string folded(std::string_view text);

}  // namespace relaypermit
