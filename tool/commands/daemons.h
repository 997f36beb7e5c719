// The running daemons, as their control sockets tell of them. The daemons of one folder read one
// policy.d; they are found by the policy files beside each other, by the sockets that these name,
// and by the locks that a daemon holds beside its sockets. One thread.
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

struct Daemons {
    std::vector<Daemon> of_folder{};  // they read policy.d of the policy that was asked for
    std::vector<Daemon> others{};
    // Daemons that run and could not be asked: a clause each.
    std::vector<std::string> unreached{};
};

// `listen`: of the policy `config`, as far as it can be read.
[[nodiscard]] Daemons find_daemons(const std::string& config, const ListenSettings& listen);

// "no running relaypermitd reads /etc/relaypermit/policy.toml (the one on SOCKET reads
// /etc/x/policy.toml: name it with -c)".
[[nodiscard]] std::string nobody_reads(const std::string& config, const Daemons& daemons);

}  // namespace relaypermit
