// A daemon without a milter: its policy, its reloads and its control socket, served by a thread as
// relaypermitd serves them. For tests of the tool.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "config/folder_lock.h"
#include "milter/control.h"
#include "milter/control_socket.h"
#include "tests/support/daemon_fakes.h"

namespace relaypermit {

class ControlDaemon {
  public:
    // Throws where the policy has mistakes or no control socket can be made.
    explicit ControlDaemon(const std::string& policy)
        : ControlDaemon(policy, load_policy(policy, "mail.example.com")) {}
    ~ControlDaemon() {
        server_.stop();
        thread_.join();
    }
    ControlDaemon(const ControlDaemon&) = delete;
    ControlDaemon& operator=(const ControlDaemon&) = delete;

    // How often the policy was read since the start.
    [[nodiscard]] int reloads() const { return reloads_; }
    // As HUP does.
    ReloadReport hang_up() { return reload_.run(); }
    // Of each reload from here on, a part fails. Before any reload.
    void fail(std::string why) { failure_ = std::move(why); }
    [[nodiscard]] bool suspended(const std::string& login) const {
        return answer_control(desk_, {ControlRequest::Ask::account, login}).account->suspended;
    }
    KeptLog log{};

  private:
    ControlDaemon(const std::string& policy, const Loaded& loaded)
        : lock_(FolderLock::take(policy).value()),
          policies_(policy, "mail.example.com", sound(loaded), log, [] { return now; }),
          listener_(opened(open_control(loaded.settings.listen, {}, log))),
          server_(
              listener_, control_limits(), [] { return std::chrono::steady_clock::now(); },
              [this] { return std::make_unique<Control>(desk_); }, [](std::string_view) {}),
          thread_([this] { server_.run(); }) {}
    static const Loaded& sound(const Loaded& loaded) {
        if (!loaded.policy) throw std::runtime_error(to_string(loaded.errors.front()));
        return loaded;
    }
    static Listener opened(std::optional<Listener> listener) {
        if (!listener) throw std::runtime_error("no control socket");
        return std::move(*listener);
    }

    static constexpr TimePoint now{std::chrono::seconds{1'795'291'200}};
    const FolderLock lock_;
    PolicyInForce policies_;
    std::atomic<int> reloads_{0};
    std::string failure_{};
    Reloads reload_{policies_, [this] {
                        ++reloads_;
                        policies_.reload();
                        if (!failure_.empty()) policies_.note_failed(failure_);
                    }};
    ControlDesk desk_{policies_, reload_,
                      [this](const Settings&, DaemonStatus& status) {
                          status.version = "1.2.3";
                          status.started = now;
                          status.sockets = {listener_.name()};
                      },
                      [] { return now; }};
    Listener listener_;
    RequestServer server_;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace relaypermit
