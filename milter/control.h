// The front end by which relaypermit(1) talks to the daemon: what is in force, reload, is this
// account stopped? A peer can ask and have the files read again, and nothing else. One thread
// (RequestServer's), in which a reload takes as long as it takes.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "config/control_protocol.h"
#include "milter/policy_in_force.h"
#include "milter/request_server.h"

namespace relaypermit {

// Reloads by signal and by the control socket, one after the other. Any thread.
class Reloads {
  public:
    // `reload` reads the policy and applies its settings.
    Reloads(PolicyInForce& policies, std::function<void()> reload)
        : policies_(policies), reload_(std::move(reload)) {}

    // Returns once it is done, with what came of this one.
    [[nodiscard]] ReloadReport run();

  private:
    PolicyInForce& policies_;
    const std::function<void()> reload_;
    std::mutex mutex_{};
};

// What is answered from. Any thread.
struct ControlDesk {
    PolicyInForce& policies;
    Reloads& reloads;
    // Fills in what the policy does not tell: sockets, sessions, store, tables, version.
    std::function<void(const Settings& settings, DaemonStatus& status)> surroundings;
    std::function<TimePoint()> now;
    // A milter is served: the other front ends leave whoever logs in to it.
    bool judges_logins{true};
};

// The answer to one request.
[[nodiscard]] ControlAnswer answer_control(const ControlDesk& desk, const ControlRequest& request);

// Of its server: nobody can keep the others out by holding connections, and nobody at all keeps out
// root and the daemon's own user, as whom `suspend` and a reload by systemd run.
[[nodiscard]] RequestServerLimits control_limits();

class Control final : public Conversation {
  public:
    explicit Control(const ControlDesk& desk) : desk_(desk) {}

    // Lines; see control_protocol.h. What is no request is answered with a fault, and is junk.
    [[nodiscard]] Turn take_turn(std::string& input, std::string& output) override;

  private:
    const ControlDesk& desk_;
};

}  // namespace relaypermit
