// What a refusal can name as the way out: an address that the login owns, the sender as it was
// meant, a way to log in. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/reading.h"
#include "policy/reason.h"
#include "policy/rights.h"
#include "policy/verdict.h"

namespace relaypermit {

// An address that the login may send as: its own, or else the first that a grant in force names
// whole. Empty where none is known.
[[nodiscard]] std::string own_address(const Policy& policy, const Facts& facts,
                                      const Reading& reading);

// Why a login sends as an address of a domain that is not hosted here, and what it should say.
struct ForeignSender {
    Reason reason{};
    std::string instead{};
};
[[nodiscard]] ForeignSender foreign_sender(const Policy& policy, const Facts& facts,
                                           const Reading& reading, const Rights& rights);

// Whether a domain is one that programs make up from the name of the host they run on: no dot, a
// local suffix (localdomain, local, lan), a container's id, what the client says in HELO, this
// server's own name, or a name below a hosted domain.
[[nodiscard]] bool is_made_up(const PolicySource& source, const Facts& facts,
                              const std::string& domain);

// Says in a verdict with a cause which of its remedies is the right one, and what that names.
// `rights` are the session's.
void find_words(const Policy& policy, const Facts& facts, const Reading& reading,
                const Rights& rights, Verdict& verdict);

// The first of these mechanisms as the setting "Authentication method" of mail programs has it.
[[nodiscard]] std::string method_in_words(const std::vector<std::string>& mechanisms);

}  // namespace relaypermit
