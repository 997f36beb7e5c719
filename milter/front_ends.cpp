#include "milter/front_ends.h"

#include <chrono>
#include <exception>
#include <utility>

#include "milter/policy_service.h"
#include "milter/socketmap.h"

namespace relaypermit {

FrontEnds::~FrontEnds() {
    for (const auto& front_end : running_) {
        front_end->server->stop();
        if (front_end->thread.joinable()) front_end->thread.join();
    }
}

void FrontEnds::serve(Listener listener, std::string name, RequestServerLimits limits,
                      RequestServer::MakeConversation make) {
    auto front_end = std::make_unique<FrontEnd>(std::move(listener));
    front_end->server = std::make_unique<RequestServer>(
        front_end->listener, limits, [] { return std::chrono::steady_clock::now(); },
        std::move(make),
        [this, name](std::string_view what) {
            log_.write(LogLevel::error,
                       name + ": " + std::string(what) + " (said once a minute at the most)");
        });
    log_.write(LogLevel::info, "serving " + name + " on " + front_end->listener.name());
    front_end->thread = std::thread([this, name, run = front_end.get()] {
        try {
            run->server->run();
        } catch (const std::exception& error) {
            {
                // A mail server whose connection is refused goes on at once, in its own words; with
                // one that nobody accepts it waits.
                const std::lock_guard lock(closing_);
                run->listener.close();
            }
            log_.write(LogLevel::error,
                       name + " has ended, until the daemon is restarted: " + error.what());
        }
    });
    running_.push_back(std::move(front_end));
}

void FrontEnds::serve_policy(Listener listener, Decider& decider) {
    serve(std::move(listener), "the policy delegation protocol", {.connections = connections_},
          [&decider] { return std::make_unique<PolicyService>(decider); });
}

void FrontEnds::serve_socketmap(Listener listener, Decider& decider) {
    serve(std::move(listener), "the socketmap protocol", {.connections = connections_},
          [&decider] { return std::make_unique<Socketmap>(decider); });
}

void FrontEnds::serve_control(Listener listener, const ControlDesk& desk) {
    using namespace std::chrono_literals;
    serve(std::move(listener), "the control protocol",
          {.connections = 16, .request_bytes = max_control_request, .idle = 120s},
          [&desk] { return std::make_unique<Control>(desk); });
}

void FrontEnds::remove_paths() {
    const std::lock_guard lock(closing_);
    for (const auto& front_end : running_) front_end->listener.remove_path();
}

}  // namespace relaypermit
