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

void FrontEnds::serve(Listener listener, std::string name, RequestServer::MakeConversation make) {
    auto front_end = std::make_unique<FrontEnd>(std::move(listener));
    front_end->server = std::make_unique<RequestServer>(
        front_end->listener, RequestServerLimits{.connections = connections_},
        [] { return std::chrono::steady_clock::now(); }, std::move(make));
    log_.write(LogLevel::info, "serving " + name + " on " + front_end->listener.name());
    front_end->thread = std::thread([this, name, server = front_end->server.get()] {
        try {
            server->run();
        } catch (const std::exception& error) {
            // Without it the mail server refuses by itself, in its own words.
            log_.write(LogLevel::error, name + " has ended: " + error.what());
        }
    });
    running_.push_back(std::move(front_end));
}

void FrontEnds::serve_policy(Listener listener, Decider& decider) {
    serve(std::move(listener), "the policy delegation protocol",
          [&decider] { return std::make_unique<PolicyService>(decider); });
}

void FrontEnds::serve_socketmap(Listener listener, Decider& decider) {
    serve(std::move(listener), "the socketmap protocol",
          [&decider] { return std::make_unique<Socketmap>(decider); });
}

void FrontEnds::remove_paths() noexcept {
    for (const auto& front_end : running_) front_end->listener.remove_path();
}

}  // namespace relaypermit
