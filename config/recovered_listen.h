// [listen] of a text that is no sound policy. Pure; any thread.
#pragma once

#include <string_view>

#include "config/settings.h"

namespace relaypermit {

// Fills in where the sockets are, as far as it is still the default, from whatever the text assigns
// to their names: a quote that is not closed, or a byte that is no UTF-8, must not hide a running
// daemon from the tool. Not for a daemon to listen by.
void recover_listen(std::string_view text, ListenSettings& listen);

}  // namespace relaypermit
