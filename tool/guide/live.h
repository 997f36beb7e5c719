// Whether the servers that a guide names are as it says: asks the DNS, connects to each, and looks
// at what its banner and its certificate say. No password is sent, and no mail. Blocks, at most
// a few times timeout_s for each server and domain; one thread.
#pragma once

#include <string>
#include <vector>

#include "tool/guide/marker.h"

namespace relaypermit {

struct LiveOptions {
    long timeout_s{5};                      // of each question
    std::string ca_file{};                  // empty: the system's certificates
    std::vector<std::string> connect_to{};  // "HOST:PORT:ADDRESS:PORT": where a server is instead
};

[[nodiscard]] std::vector<GuideFinding> live_findings(const WrittenGuide& guide,
                                                      const LiveOptions& options);

// The version in use, for --version.
[[nodiscard]] std::string libcurl_version();

}  // namespace relaypermit
