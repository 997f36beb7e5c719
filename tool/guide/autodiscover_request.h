// The request of Autodiscover (MS-OXDSCLI 2.2.3, "POX"), which anybody in the world can POST. Pure;
// any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace relaypermit {

struct AutodiscoverRequest {
    std::string address{};  // as it was sent, without white space around it
    std::string schema{};   // AcceptableResponseSchema; empty where there is none

    friend bool operator==(const AutodiscoverRequest&, const AutodiscoverRequest&) = default;
};

// What is a request, a little longer.
inline constexpr std::size_t max_autodiscover_bytes = 16384;

// Autodiscover/Request/EMailAddress, of whatever namespace: clients differ. The error says what
// is wrong, as a part of a sentence: no XML, a DOCTYPE (nobody needs entities here), no address or
// two of them.
[[nodiscard]] tl::expected<AutodiscoverRequest, std::string> read_autodiscover_request(
    std::string_view xml);

}  // namespace relaypermit
