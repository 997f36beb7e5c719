#include "tool/commands/confirmation.h"

#include "tool/base/control_client.h"
#include "tool/base/visible.h"

namespace relaypermit {

std::string named(const Daemon& daemon) {
    return "process " + std::to_string(daemon.status.process) + " (" +
           visible(daemon.status.policy) + ")";
}

std::vector<Confirmation> reload_and_ask(const Daemons& daemons, const std::string& login) {
    std::vector<Confirmation> confirmations;
    for (const Daemon& daemon : daemons.of_folder) {
        Confirmation& one = confirmations.emplace_back();
        one.daemon = &daemon;
        const auto reloaded =
            ask_daemon(daemon.socket, {ControlRequest::Ask::reload, {}}, reload_wait);
        const auto asked =
            reloaded ? ask_daemon(daemon.socket, {ControlRequest::Ask::account, login}, reload_wait)
                     : reloaded;
        if (!asked || !reloaded->reload || !asked->account) {
            one.fault = asked ? "it answers in other words" : asked.error().why;
            continue;
        }
        one.reload = *reloaded->reload;
        one.account = *asked->account;
    }
    return confirmations;
}

}  // namespace relaypermit
