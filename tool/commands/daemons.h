// The running daemons, as their control sockets tell of them. The daemons of one folder read one
// policy.d; they are found by the policy files beside each other, by the sockets that these name,
// and by the locks that a daemon holds beside its sockets and on the folder of its policy. One
// thread.
#pragma once

#include <string>
#include <vector>

#include "config/control_protocol.h"
#include "config/settings.h"

namespace relaypermit {

struct Daemon {
    std::string socket{};  // its control socket
    DaemonStatus status{};
    bool same_file{};  // it reads the policy file that was asked for
};

// A daemon that runs and could not be asked.
struct Unreached {
    std::string why{};  // a clause
    // It uses another folder, as the lock that it holds there shows: none of who is looked for.
    bool elsewhere{};
};

struct Daemons {
    std::vector<Daemon> of_folder{};  // they read policy.d of the policy that was asked for
    std::vector<Daemon> others{};
    std::vector<Unreached> unreached{};
    // Of who holds the folder and is no daemon's user, a sentence each.
    std::vector<std::string> passed_over{};
};

// `listen`: of the policy `config`, as far as it can be read.
[[nodiscard]] Daemons find_daemons(const std::string& config, const ListenSettings& listen);

// "no running relaypermitd reads /etc/relaypermit/policy.toml (the one on SOCKET reads
// /etc/x/policy.toml: name it with -c)". Where one reads this very file by another name, the two
// read different policy.d.
[[nodiscard]] std::string nobody_reads(const std::string& config, const Daemons& daemons);

}  // namespace relaypermit
