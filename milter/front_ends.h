// The front ends beside the milter, each with its socket, its server and its thread. One that an
// exception ends comes back by itself: its socket stays open, and mail servers wait in its queue.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "config/protocols.h"
#include "milter/control.h"
#include "milter/decider.h"
#include "milter/listener.h"
#include "milter/metrics_page.h"
#include "milter/request_server.h"

namespace relaypermit {

// What conversations answer from.
struct FrontEndDesks {
    Decider& decider;
    const ControlDesk& control;
    const MetricsDesk& metrics;
};

// Whether it gets a share of the connections: one with limits of its own gets none.
[[nodiscard]] bool shares_connections(Protocol protocol);

class FrontEnds {
  public:
    // `connections`: the most that each of those that share them serves at a time.
    FrontEnds(Log& log, std::size_t connections) : log_(log), connections_(connections) {}
    ~FrontEnds();
    FrontEnds(const FrontEnds&) = delete;
    FrontEnds& operator=(const FrontEnds&) = delete;

    // Serves on a thread of its own from here on, any protocol but the milter's, which libmilter
    // serves. Throws std::system_error where the system has no thread or descriptor left.
    void serve(Protocol protocol, Listener listener, const FrontEndDesks& desks);

    // Removes the sockets' files, for an end of the process in which the threads still run.
    void remove_paths();

  private:
    struct FrontEnd {
        explicit FrontEnd(Listener opened) : listener(std::move(opened)) {}
        Listener listener;
        std::unique_ptr<RequestServer> server{};
        std::thread thread{};
    };

    // In the front end's thread, until its server is stopped.
    void keep_serving(RequestServer& server, const std::string& name);

    Log& log_;
    std::size_t connections_;
    std::mutex mutex_{};
    std::condition_variable ending_now_{};
    bool ending_{};  // guarded by mutex_
    std::vector<std::unique_ptr<FrontEnd>> running_{};
};

}  // namespace relaypermit
