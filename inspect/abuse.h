// Which logins send like a stolen account: as many different senders within a short time. Their
// refusals must never become grants. Pure; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "inspect/decision.h"

namespace relaypermit {

struct Suspect {
    std::string login{};
    std::uint64_t refusals{};  // for senders that it does not own
    std::size_t senders{};     // different ones, in all
    std::size_t in_an_hour{};  // different ones in its busiest hour
    std::size_t clients{};     // addresses that it came from
    TimePoint from{};          // of the busiest hour
    std::vector<std::string> examples{};
};

class AbuseWatch {
  public:
    // Different senders within an hour. People have a handful of addresses; who tries more than
    // that at once does not look for one of them. Addresses of other domains count by themselves:
    // somebody's own shops and lists are at home.
    static constexpr std::size_t suspicious_senders = 12;
    static constexpr std::size_t suspicious_foreign_senders = 5;
    static constexpr std::chrono::hours window{1};
    static constexpr std::size_t max_examples = 3;

    // Looks at refusals (monitored ones too) for an address that the login does not own.
    void add(const Decision& decision);
    // The most refusals first.
    [[nodiscard]] std::vector<Suspect> suspects() const;

  private:
    struct Tried {
        TimePoint time{};
        std::string sender{};
        bool foreign{};
    };
    struct Account {
        std::vector<Tried> tried{};
        std::set<std::string> clients{};
        std::uint64_t refusals{};
        bool flood{};
    };
    std::map<std::string, Account> accounts_{};
};

// sender-not-owned, sender-not-hosted, from-not-owned.
[[nodiscard]] bool about_ownership(Cause cause);

}  // namespace relaypermit
