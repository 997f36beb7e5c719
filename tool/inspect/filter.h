// Which decisions `relaypermit log` shows. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/network.h"
#include "tool/base/command.h"
#include "tool/inspect/decision.h"

namespace relaypermit {

// Whether an address fits what an admin types: a whole address, a local part alone ("alice"), a
// domain ("@example.com"), or any of these with stars. Case does not matter.
[[nodiscard]] bool address_fits(std::string_view wanted, std::string_view address);

// --cause, --login, --sender, --client, --rule, --verdict. Each may be given more than once; then
// one of them must fit. All that are given must fit.
class Filter {
  public:
    void declare(Options& options);
    // Reads what was given; the error is a whole sentence.
    [[nodiscard]] tl::expected<void, std::string> compile();
    [[nodiscard]] bool fits(const Record& record) const;
    // No --verdict asks for accepted messages.
    [[nodiscard]] bool refusals_only() const;

  private:
    std::vector<std::string> cause_texts_{};
    std::vector<std::string> logins_{};
    std::vector<std::string> senders_{};
    std::vector<std::string> client_texts_{};
    std::vector<std::string> rules_{};
    std::vector<std::string> verdict_texts_{};
    std::vector<Cause> causes_{};
    std::vector<Network> clients_{};
    std::vector<Outcome> verdicts_{};
};

}  // namespace relaypermit
