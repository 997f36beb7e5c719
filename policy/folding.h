// Text as the laxest of directories compares it. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relaypermit {

// Where directories read a character in two ways, so that no one folding would do.
enum class Folding : std::uint8_t {
    by_marks,    // LDAP, Active Directory: small letters above another are marks, `ß` is `ss`
    by_letters,  // collations of MySQL: they are letters; `ß` is `s`, all beyond the BMP one letter
};

// `text`, which must be valid UTF-8, in Unicode's compatibility decomposition, without case (NFKC
// casefold), marks and characters that do not show; letters with a stroke or a hook, insular and
// small capital ones, ligatures, digits of all scripts and both kinds of kana as the letters that
// Active Directory or the Unicode collation algorithm (UTS 10) holds for equal to them; without
// what these or RFC 4518 pass over; runs of blanks as one, none at the ends. Idempotent.
[[nodiscard]] std::string folded(std::string_view text, Folding folding = Folding::by_marks);

}  // namespace relaypermit
