// Two processes: one that serves, and one that holds the sockets and their locks, watches over it,
// and has another one serve where it crashed. The watching one has no threads and reads nothing
// that a peer sends, so it outlives what can end the other; it is the process that was started:
// systemd's main process, the one in the lock file, the one that admins signal.
//
// The serving process is a fork(2) of the watching one, made before any thread starts. Sockets
// stay open over a crash: connections wait in their queue.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "milter/log.h"
#include "milter/notify.h"

namespace relaypermit {

// The serving process's way to the watching one. Any thread.
class Watcher {
  public:
    explicit Watcher(int socket) : socket_(socket) {}

    // To systemd, which listens to the main process alone.
    [[nodiscard]] ServiceManager service_manager() const;
    // What a crash from here on costs of the record, for the line of the log that reports it: "its
    // last decisions ...". Empty: nothing.
    void note_loss(std::string_view text) const;

  private:
    int socket_;
};

struct Service {
    // Serves, in the serving process; its exit code is the process's. `again`: one before it has
    // crashed.
    std::function<int(const Watcher& watcher, bool again)> serve;
    // In the watching process, once: gives back what it has no use for after the first fork.
    std::function<void()> forget;
    // Of systemd's watchdog; none: nobody watches.
    std::optional<std::chrono::milliseconds> watchdog{};
};

// Runs `service` until it ends by itself, and returns its exit code; what HUP, USR1, TERM and INT
// ask for is handed on to it. It is run again where a signal ended it, or an error of the system
// or of its own (EX_OSERR, EX_SOFTWARE) once it had been ready, and after that whatever it fails
// with: at once, and 1 to 8 s later from the second time within a minute on. Each is said in the
// log, which must not wait for anybody in this process. One that is watched and falls silent is
// ended by ABRT, so that it leaves a core, and is such a crash. Where the watching process dies,
// even by kill -9, so does the serving one.
//
// Never returns in the serving process. No thread may run yet. Throws std::system_error where the
// system has no process, descriptor or signalfd(2) to give at the start.
[[nodiscard]] int supervise(const Service& service, Log& log);

}  // namespace relaypermit
