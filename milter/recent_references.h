// The references given out lately, by client: a refusal of the policy service comes back to the
// milter as one of the MTA's own, with our reference in its text, and must not be recorded twice.
// Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "policy/facts.h"

namespace relaypermit {

class RecentReferences {
  public:
    // An MTA passes a refusal on within the same command; a minute is for a machine that swaps.
    static constexpr std::chrono::seconds kept{60};
    static constexpr std::size_t max_kept = 10'000;

    void remember(const std::optional<IpAddress>& client, std::string_view reference,
                  TimePoint now);
    // Whether `told` holds a reference that this very client was given lately. Words that look
    // like one (a recipient may be called "ref ABCD1234") are none.
    [[nodiscard]] bool given(const std::optional<IpAddress>& client, std::string_view told,
                             TimePoint now);

  private:
    void forget_old(TimePoint now);

    std::mutex mutex_{};
    std::unordered_set<std::string> known_{};                   // guarded by mutex_
    std::deque<std::pair<TimePoint, std::string>> in_order_{};  // guarded by mutex_
};

}  // namespace relaypermit
