// The .mc that a sendmail.cf was made of: that is the file to change. Reads files; one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tool/wiring/file_line.h"
#include "tool/wiring/sendmail_settings.h"

namespace relaypermit {

struct SourceLine {
    FileLine place{};
    std::string text{};
};

struct SendmailSource {
    std::string file{};               // empty: it was not found
    std::vector<SourceLine> lines{};  // those of the files that it includes in their place

    // The last line with this text in it, as m4 and Sendmail let the last count; what `dnl` takes
    // away is no text. nullptr: none.
    [[nodiscard]] const FileLine* find(std::string_view text) const;
};

// The .mc that the .cf names (VERSIONID with an $Id of it), else the one with the name of the .cf:
// in the folder where the .cf says that it was built, else beside it.
[[nodiscard]] SendmailSource read_sendmail_source(const SendmailSettings& settings);

}  // namespace relaypermit
