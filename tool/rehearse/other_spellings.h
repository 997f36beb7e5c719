// Logins that are somebody's under another spelling, and what one of them may still do although
// that somebody is restricted or suspended. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace relaypermit {

// A login that the policy takes for somebody else, though a mail server may well let the same
// account in by it, and the grant that lets it send.
struct OtherSpelling {
    std::string login{};
    const Grant* grant{};  // null: nothing but its own address
    // The policy speaks for it: a rule names logins in this spelling, or the grant asks for it.
    // Else the grant is wide enough to take it in, as `*@example.com` is.
    bool spoken_for{};
};

// The spellings that mail servers are known for (`EXAMPLE\mallory`, `mallory%example.com` and the
// like; not `mallory*master`, which takes the password of the master) which a grant lets send while
// no restriction suspends them, one for each grant; and those of a kind that the policy itself
// names logins by, which may send as themselves. A grant of nothing but names with such a sign in
// them, which nobody has, is none: so is the own address of a spelling that nothing speaks for, or
// every policy would have one. A heuristic: what it finds is there, spellings that no server is
// known for it does not see. Points into `policy`.
[[nodiscard]] std::vector<OtherSpelling> other_spellings(const Policy& policy, const Login& login,
                                                         TimePoint now);

// The login of this user in another realm that owns something here.
struct OtherRealm {
    Login login{};
    bool spoken_for{};  // a rule names it, or a grant makes one account of the two
};
// Those that are not suspended and may send. Where a server hosts many realms, most are other
// people: then those alone that the policy speaks for.
[[nodiscard]] std::vector<OtherRealm> other_realms(const Policy& policy, const Login& login,
                                                   TimePoint now);

// The logins named by rules, and not suspended, that a directory could take for this one or the
// other way round: `müller` and `muller`. As they are written.
[[nodiscard]] std::vector<std::string> folded_alike(const Policy& policy, const Login& login,
                                                    TimePoint now);
// "`a`, `b` and 7 more"; of three or fewer all.
[[nodiscard]] std::string in_words(const std::vector<std::string>& names);

// A spelling that mail servers are known for, of a login that a restriction names, which the
// restriction does not hold for. Whether anything lets it send is not looked at.
struct UsualSpelling {
    std::string text{};  // as the mail server would hand it over
    Login login{};       // as the policy reads that
    Login of{};
    const Restriction* restriction{};
};
// Of every login that a restriction names which is not over, as far as the first few hundred.
// Points into `policy`.
[[nodiscard]] std::vector<UsualSpelling> missed_usual_spellings(const Policy& policy,
                                                                TimePoint now);

// A login that a restriction does not hold for, which may send, and which the policy itself gives
// reason to take for the same account.
struct MissedAccount {
    std::string login{};
    Login of{};
    const Restriction* restriction{};
    const Grant* joined_by{};  // by which one of the two may send as the other; null: `example`
    std::string example{};     // a login that a rule names in the same spelling
};
// The first of each restriction that is not over. Points into `policy`.
[[nodiscard]] std::vector<MissedAccount> missed_accounts(const Policy& policy, TimePoint now);

// What `suspend` says of other spellings and realms: a line for each that the policy speaks for,
// and one for all the others together. Empty where there are none.
[[nodiscard]] std::string other_spellings_text(const Policy& policy, const Login& login,
                                               TimePoint now);

// Whether a regex for logins asks for a character that stands in such spellings and in hardly any
// user name: a backslash, %, ! or a star.
[[nodiscard]] bool asks_for_spelling(std::string_view regex);

}  // namespace relaypermit
