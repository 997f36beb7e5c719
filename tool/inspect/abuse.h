// Which logins send as many others, and which of these like a stolen account: as foreign senders
// without a pattern, from several networks. The refusals of neither must ever become grants. One
// list, forwarder or mailbox is one sender, however many addresses it writes (sender_fold.h). Pure;
// one thread.
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
    enum class Kind : std::uint8_t {
        theft,
        // From fewer networks than a thief's: a program that passes other people's mail on, or
        // somebody who writes as everybody here.
        crowd,
    };
    std::string login{};  // in lower case
    Kind kind{};
    std::uint64_t refusals{};  // for senders that it does not own
    std::size_t senders{};     // unlike ones, in all
    std::size_t foreign{};     // of these, of domains that are not the login's
    std::size_t in_an_hour{};  // unlike ones in its busiest hour
    std::size_t networks{};    // /24 or /64 that foreign ones came from
    std::size_t clients{};     // addresses that it came from
    TimePoint from{};          // of the busiest hour
    bool flood{};              // more different ones a minute than were kept
    std::vector<std::string> examples{};
};

// What was seen of it: "12 unlike senders in the hour from ..., 38 of 40 in all of other domains,
// from 5 networks; 60 refusals, as a@x, b@y". In one line, fit to print.
[[nodiscard]] std::string what_was_seen(const Suspect& suspect);
// What to do about it.
[[nodiscard]] std::string_view what_to_do(Suspect::Kind kind);
// "theft" or "crowd", for JSON.
[[nodiscard]] std::string_view to_string(Suspect::Kind kind);

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
    // As many networks make a theft of what is too many senders.
    static constexpr std::size_t several_networks = 3;
    // How long before the time that is asked about attempts still tell of a stolen account.
    static constexpr std::chrono::hours lookback{7 * 24};
    static constexpr std::size_t max_examples = 3;

    // `delimiters`: as without_subaddress() takes them.
    explicit AbuseWatch(std::string delimiters = "+") : delimiters_(std::move(delimiters)) {}

    // Looks at refusals (monitored ones too) for an address that the login does not own.
    void add(const Decision& decision);
    // The most refusals first.
    [[nodiscard]] std::vector<Suspect> suspects() const;

  private:
    struct Tried {
        TimePoint time{};
        std::string sender{};   // folded
        std::string network{};  // empty: the sender is of a domain of its own
        // In From alone, the envelope being the login's own: from few networks it is what web forms
        // and redirects do (web_form.h).
        bool in_from{};
    };
    struct Account {
        std::vector<Tried> tried{};
        std::set<std::string> clients{};
        std::uint64_t refusals{};
        bool flood{};
        bool patterned{true};  // nothing was tried but addresses that are one folded
    };
    // Whether a limit is exceeded; fills in the busiest hour, and the most networks of a time in
    // which one was.
    [[nodiscard]] static bool exceeds(const std::vector<Tried>& tried, const Limit& limit,
                                      Suspect& suspect);
    [[nodiscard]] static bool exceeds_any(const std::vector<Tried>& tried, Suspect& suspect);
    [[nodiscard]] static bool judge(const Account& account, const std::vector<Tried>& tried,
                                    Suspect& suspect);

    std::string delimiters_;
    std::map<std::string, Account> accounts_{};  // by login in lower case
};

// sender-not-owned, sender-not-hosted, from-not-owned.
[[nodiscard]] bool about_ownership(Cause cause);

}  // namespace relaypermit
