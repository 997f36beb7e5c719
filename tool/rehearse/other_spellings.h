// Logins that are somebody's under another spelling, and grants that would let one of them send
// although that somebody is suspended. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace relaypermit {

// A login that the policy takes for somebody else, though a mail server may well let the same
// account in by it, and the grant that covers it.
struct OtherSpelling {
    std::string login{};
    const Grant* grant{};
};

// The spellings that mail servers are known for (`EXAMPLE\mallory`, `mallory%example.com`,
// `mallory*master` and the like) which a regex of a grant covers while no restriction suspends
// them, one for each grant. A heuristic: a grant that it finds does cover that spelling; one by
// which a mail server lets in yet other spellings it does not see. Points into `policy`.
[[nodiscard]] std::vector<OtherSpelling> other_spellings(const Policy& policy, const Login& login,
                                                         TimePoint now);

// Such a spelling of a login that a restriction names, which the restriction does not hold for.
struct MissedSpelling {
    std::string text{};  // as the mail server would hand it over
    Login login{};       // as the policy reads that
    Login of{};
    const Restriction* restriction{};
};
// Of every login that a restriction names which is not over, as far as the first few hundred.
// Points into `policy`.
[[nodiscard]] std::vector<MissedSpelling> missed_spellings(const Policy& policy, TimePoint now);

// What `suspend` says of them, a line each; empty where there are none.
[[nodiscard]] std::string other_spellings_text(const Policy& policy, const Login& login,
                                               TimePoint now);

// Whether a regex for logins asks for a character that stands in such spellings and in hardly any
// user name: a backslash, %, ! or a star.
[[nodiscard]] bool asks_for_spelling(std::string_view regex);

}  // namespace relaypermit
