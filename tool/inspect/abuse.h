// Which logins send like a stolen account: as many different senders, or as a foreign one from many
// places. Their refusals must never become grants. Pure; one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tool/inspect/decision.h"

namespace relaypermit {

struct Suspect {
    std::string login{};       // in lower case
    std::uint64_t refusals{};  // for senders that it does not own
    std::size_t senders{};     // different ones, in all
    std::size_t in_an_hour{};  // different ones in its busiest hour
    std::size_t clients{};     // addresses that it came from
    TimePoint from{};          // of the busiest hour
    std::vector<std::string> examples{};
};

class AbuseWatch {
  public:
    // What is suspicious within a time, so that neither a burst nor a slow trickle passes for
    // somebody's own addresses.
    struct Limit {
        std::chrono::seconds within{};
        // Different senders. People have a handful of addresses.
        std::size_t senders{};
        // Of these, of domains that are not their own: their shops and lists are at home.
        std::size_t foreign_senders{};
        // Networks (/24, /64) from which such a sender was tried; people are in a few places.
        std::size_t networks{};
    };
    static constexpr std::array<Limit, 3> limits = {{
        {std::chrono::hours{1}, 12, 5, 6},
        {std::chrono::hours{24}, 30, 10, 20},
        {std::chrono::hours{24} * 366, 60, 20, 100},
    }};
    // How long before the time that is asked about attempts still tell of a stolen account.
    static constexpr std::chrono::hours lookback{7 * 24};
    static constexpr std::size_t max_examples = 3;

    // Looks at refusals (monitored ones too) for an address that the login does not own.
    void add(const Decision& decision);
    // The most refusals first.
    [[nodiscard]] std::vector<Suspect> suspects() const;

  private:
    struct Tried {
        TimePoint time{};
        std::string sender{};
        std::string network{};  // empty: the sender is of a domain of its own
    };
    struct Account {
        std::vector<Tried> tried{};
        std::set<std::string> clients{};
        std::uint64_t refusals{};
        bool flood{};
    };
    [[nodiscard]] static bool exceeds(const std::vector<Tried>& tried, const Limit& limit,
                                      Suspect& suspect);

    std::map<std::string, Account> accounts_{};  // by login in lower case
};

// sender-not-owned, sender-not-hosted, from-not-owned.
[[nodiscard]] bool about_ownership(Cause cause);

}  // namespace relaypermit
