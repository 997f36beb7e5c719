// Whether the servers that a guide names are as it says, and whether it is served where replies and
// mail programs look: asks the DNS, connects to each, and looks at what is said there and at the
// certificates. No password is sent, and no mail. Blocks, at most a few times timeout_s for each
// server and domain, and about `most` in all; one thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "config/load.h"
#include "policy/facts.h"
#include "tool/guide/marker.h"
#include "tool/guide/probe.h"
#include "tool/guide/site.h"
#include "tool/guide/srv_lookup.h"

namespace relaypermit {

struct LiveOptions {
    ProbeOptions probe{};
    std::optional<NameServer> name_server{};  // for SRV records; nothing: the system's
    // After it no further domain is looked at, which is a finding.
    std::chrono::seconds most{300};
    std::function<std::chrono::steady_clock::time_point()> clock = std::chrono::steady_clock::now;
    TimePoint today{};  // at which certificates of profiles are to be valid
};

// `guide` is what was written; `now` and `files` are the policy and what would be written by it.
[[nodiscard]] std::vector<GuideFinding> live_findings(const WrittenGuide& guide, const Loaded& now,
                                                      const SiteFiles& files,
                                                      const LiveOptions& options);

}  // namespace relaypermit
