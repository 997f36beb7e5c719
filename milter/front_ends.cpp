#include "milter/front_ends.h"

#include <chrono>
#include <exception>
#include <utility>

#include "milter/backoff.h"
#include "milter/policy_service.h"
#include "milter/socketmap.h"

namespace relaypermit {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Below the 5 s for which the shipped main.cf has Postfix wait for an answer.
constexpr milliseconds second_wait{1000};
constexpr milliseconds longest_wait{4000};
constexpr milliseconds calm{60'000};

std::string when(milliseconds wait) {
    return wait == milliseconds{0} ? "at once" : "in " + std::to_string(wait.count() / 1000) + " s";
}

}  // namespace

FrontEnds::~FrontEnds() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    ending_now_.notify_all();
    for (const auto& front_end : running_) {
        front_end->server->stop();
        if (front_end->thread.joinable()) front_end->thread.join();
    }
}

void FrontEnds::serve(Listener listener, std::string name, RequestServerLimits limits,
                      RequestServer::MakeConversation make) {
    auto front_end = std::make_unique<FrontEnd>(std::move(listener));
    front_end->server = std::make_unique<RequestServer>(
        front_end->listener, limits, [] { return Clock::now(); }, std::move(make),
        [this, name](std::string_view what) {
            log_.write(LogLevel::error,
                       name + ": " + std::string(what) + " (said once a minute at the most)");
        });
    log_.write(LogLevel::info, "serving " + name + " on " + front_end->listener.name());
    front_end->thread = std::thread(
        [this, name, server = front_end->server.get()] { keep_serving(*server, name); });
    running_.push_back(std::move(front_end));
}

void FrontEnds::keep_serving(RequestServer& server, const std::string& name) {
    Backoff backoff(second_wait, longest_wait, calm);
    for (;;) {
        const auto since = Clock::now();
        try {
            server.run();
            return;
        } catch (const std::exception& error) {
            const auto wait = backoff.failed_after(
                std::chrono::duration_cast<milliseconds>(Clock::now() - since));
            log_.write(LogLevel::error, name + " has failed and is served again " + when(wait) +
                                            ", its socket stays open: " + error.what());
            std::unique_lock lock(mutex_);
            if (ending_now_.wait_for(lock, wait, [this] { return ending_; })) return;
        }
    }
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
    serve(std::move(listener), "the control protocol", control_limits(),
          [&desk] { return std::make_unique<Control>(desk); });
}

void FrontEnds::remove_paths() {
    for (const auto& front_end : running_) front_end->listener.remove_path();
}

}  // namespace relaypermit
