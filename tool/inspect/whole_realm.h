// Several logins of one realm that were refused one and the same thing: where they sent as
// themselves the policy forgot their domain, where they sent under their own names in another it is
// another name of theirs. One line mends it for all. By the record alone, without a policy. Pure;
// one thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tool/inspect/decision.h"

namespace relaypermit {

struct WholeRealm {
    std::string realm{};
    std::string domain{};  // that they sent as; the realm itself where they sent as themselves
    bool hosted{};         // the domain, as the causes say
    std::size_t logins{};
    std::uint64_t refusals{};
};

class WholeRealms {
  public:
    // `delimiters`: as without_subaddress() takes them.
    explicit WholeRealms(std::string delimiters = "+") : delimiters_(std::move(delimiters)) {}

    // Looks at refusals (monitored ones too) for an address that the login does not own.
    void add(const Decision& decision);
    // The most refusals first.
    [[nodiscard]] std::vector<WholeRealm> realms() const;
    // Whether these many refusals of a login are all told of by realms().
    [[nodiscard]] bool explains(const std::string& login, std::uint64_t refusals) const;

  private:
    struct Tried {
        std::map<std::string, std::uint64_t> by_login{};
        bool hosted{};
    };
    [[nodiscard]] static bool is_whole(const std::pair<std::string, std::string>& domains,
                                       const Tried& tried);
    std::string delimiters_;
    std::map<std::pair<std::string, std::string>, Tried> tried_{};  // realm and domain
};

// What should be changed, for the admin.
[[nodiscard]] std::string what_to_change(const WholeRealm& realm);

}  // namespace relaypermit
