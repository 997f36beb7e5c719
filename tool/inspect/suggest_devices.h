// What cannot log in and was refused on port 25, printers mostly, as grants by network. Pure; any
// thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "record/record.h"
#include "tool/inspect/suggest_entries.h"

namespace relaypermit {

// Whether a refusal looks like a device's: use-submission, from a client that the mail server would
// have let relay, or else of a private network. Strangers who try for an open relay are neither.
[[nodiscard]] bool looks_like_a_device(const Record& record);

// RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 2.5.6, and loopback.
[[nodiscard]] bool is_private(const IpAddress& client);

// client -> senders (address_key()) that it lacks.
using NeedsOfDevices = std::map<std::string, std::set<std::string>>;

// One entry for each set of networks that lack the same: several clients of a /24 or a /64 are that
// network; several senders that begin alike ("scanner-1", "scanner-2") are one pattern, unless
// somebody's login would be among them.
[[nodiscard]] std::vector<Entry> entries_for_devices(const NeedsOfDevices& needs,
                                                     const std::set<std::string>& logins);

}  // namespace relaypermit
