// What people and devices lack, as the fewest [[alias]] entries that grant it: several subaddresses
// as their address, what a list or a forwarder writes as one pattern, several addresses of a hosted
// domain without accounts as that domain; those who lack the same share an entry. Pure; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/policy.h"
#include "tool/inspect/grant_needs.h"
#include "tool/rehearse/hosted_domains.h"
#include "tool/rehearse/rule_id.h"

namespace relaypermit {

// From so many on, several are taken for all.
inline constexpr std::size_t several = 3;
// Of a domain that is not hosted, whose addresses may be other people's.
inline constexpr std::size_t several_elsewhere = 5;

// A sender pattern that an entry shall have.
struct Wanted {
    std::string pattern{};
    std::string also_permits{};  // empty: an exact address
    // clang-tidy 14 takes the 0 that a rewritten comparison holds for a pointer.
    // NOLINTNEXTLINE(modernize-use-nullptr)
    friend auto operator<=>(const Wanted&, const Wanted&) = default;
};

struct Entry {
    std::set<std::string> logins{};  // patterns
    std::vector<Network> clients{};  // instead of logins
    std::set<Wanted> senders{};
    Fields fields{};
    std::string for_everybody{};  // of the logins, what they stand for beyond who was refused
};

// Local part and domain; an empty domain where there is none.
[[nodiscard]] std::pair<std::string, std::string> parts_of(const std::string& address);

// login -> address -> the uses of it that it lacks.
using NeedsOfLogins = std::map<std::string, std::map<std::string, Fields>>;

// Takes from `needs` what the logins of a realm lack of their own names in one domain, where that
// are several: one entry for the realm. `account_domains`: in which somebody has an account.
[[nodiscard]] std::vector<Entry> entries_for_realms(NeedsOfLogins& needs,
                                                    const HostedDomains& hosted,
                                                    const std::set<std::string>& account_domains);
// Entries for the rest, exact as far as can be.
[[nodiscard]] std::vector<Entry> entries_for_logins(const NeedsOfLogins& needs,
                                                    const HostedDomains& hosted,
                                                    const std::set<std::string>& account_domains);

// As the policy would hold it, with an id of its own.
[[nodiscard]] Grant grant_of(FreeIds& ids, const Entry& entry);

// What to think of before it is pasted. `asked(pattern)`: how many refusals asked for a sender.
struct DoubtsContext {
    const HostedDomains& hosted;
    const std::set<std::string>& logins;  // everybody's, in lower case
    std::function<std::uint64_t(const std::string& address)> asked;
};
[[nodiscard]] std::vector<std::string> doubts_of(const DoubtsContext& context, const Entry& entry);

}  // namespace relaypermit
