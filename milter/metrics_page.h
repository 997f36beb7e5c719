// The front end by which monitoring reads what the daemon has counted: HTTP/1.1 (RFC 9112), GET and
// HEAD of /metrics, one request a connection. Nothing that a peer sends is kept or believed. One
// thread (RequestServer's), so that a slow reader holds up the other readers' pages at the most,
// and no mail.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "milter/metrics_text.h"
#include "milter/request_server.h"

namespace relaypermit {

struct MetricsDesk {
    std::function<std::string(MetricsFormat)> page;
};

// Of a request, up to the empty line.
inline constexpr std::size_t max_head_bytes = 8192;

// Of its server: few at a time, for a few seconds.
[[nodiscard]] RequestServerLimits metrics_limits();

class MetricsPage final : public Conversation {
  public:
    explicit MetricsPage(const MetricsDesk& desk) : desk_(desk) {}

    [[nodiscard]] Turn take_turn(std::string& input, std::string& output) override;

  private:
    const MetricsDesk& desk_;
    std::size_t passed_over_{};  // of a head that is too large
};

}  // namespace relaypermit
