// The refusals that the front ends beside the milter have recorded lately. Postfix tells the milter
// of them, too, as recipients that it refused itself, and one refusal is one record. In monitor
// mode, and where our answer was lost, that is in Postfix's own words; else in ours, which end in
// the reference. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/facts.h"

namespace relaypermit {

class RecentRefusals {
  public:
    // An MTA passes a refusal on within the same command; a minute is for a machine that swaps.
    static constexpr std::chrono::seconds kept{60};
    static constexpr std::size_t max_kept = 10'000;

    // The last recipient of `facts` was refused, or would have been, with this reference.
    void remember(const Facts& facts, std::string_view reference, TimePoint now);

    // Whether what the MTA says of the last recipient of `facts` is such a refusal: of the same
    // client, sender and recipient, and remembered for no other than this one time.
    //
    // The MTA refused in its own words; their end, which nobody but the MTA writes, told so.
    [[nodiscard]] bool take(const Facts& facts, TimePoint now);
    // The MTA passed somebody's words on: ours where they end in the reference that was given.
    [[nodiscard]] bool take(const Facts& facts, std::string_view told, TimePoint now);

  private:
    struct Kept {
        TimePoint at{};
        std::string delivery{};
        std::string reference{};
    };

    void forget_old(TimePoint now);
    bool forget(const std::string& delivery, std::string_view reference);

    std::mutex mutex_{};
    // Reference by client, sender and recipient; guarded by mutex_.
    std::unordered_multimap<std::string, std::string> references_{};
    // In order of time, those that were taken among them; guarded by mutex_.
    std::deque<Kept> in_order_{};
};

}  // namespace relaypermit
