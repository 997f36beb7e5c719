// What a guide says of names, ports and domains, as it stands in its guide.json, and where today's
// policy says something else. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/load.h"

namespace relaypermit {

// What guide.json says beside the names of the files.
[[nodiscard]] nlohmann::ordered_json guide_facts(const Loaded& loaded);

// What of a guide does not hold.
struct GuideFinding {
    // server, help-url, user-name, contact, webmail, password, organisation, language, cause,
    // sending, incoming, domain, policy (against itself), pages; live: address, service,
    // certificate, help-page, autoconfig, autodiscover, profile, records, time
    std::string about{};
    std::string sentence{};  // without a period at its end
};

// `written` is the text of a guide.json. What an older one does not say contradicts nothing. The
// error: it is none of ours.
[[nodiscard]] tl::expected<std::vector<GuideFinding>, std::string> contradictions(
    std::string_view written, const Loaded& loaded);

// The services and domains that a guide.json names, and its files; of one that was written by hand
// what can be read.
struct WrittenGuide {
    std::vector<MailService> outgoing{};
    std::vector<MailService> incoming{};
    std::vector<std::string> domains{};
    std::vector<std::string> anchors{};
    std::vector<std::string> files{};
    std::string help_url{};
};
[[nodiscard]] tl::expected<WrittenGuide, std::string> read_marker(std::string_view written);

}  // namespace relaypermit
