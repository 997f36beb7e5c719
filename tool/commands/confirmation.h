// Has every daemon that reads this policy.d read it again, and asks each what became of an account.
// One thread.
#pragma once

#include <string>
#include <vector>

#include "tool/commands/daemons.h"

namespace relaypermit {

struct Confirmation {
    const Daemon* daemon{};
    ReloadReport reload{};
    AccountState account{};
    std::string fault{};  // it could not be asked: a clause
};

// One for each of `daemons.of_folder`, in that order; `daemons` must outlive them.
[[nodiscard]] std::vector<Confirmation> reload_and_ask(const Daemons& daemons,
                                                       const std::string& login);

// "process 812 (/etc/relaypermit/policy.toml)": in a sentence.
[[nodiscard]] std::string named(const Daemon& daemon);

}  // namespace relaypermit
