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

// How each protocol is served but the milter's.
struct FrontEndRow {
    Protocol protocol{};
    std::string_view name{};
    std::unique_ptr<Conversation> (*make)(const FrontEndDesks& desks){};
    RequestServerLimits (*limits)(){};  // none: the usual ones, with a share of the connections
};

const FrontEndRow front_end_rows[] = {
    {Protocol::policy, "the policy delegation protocol",
     [](const FrontEndDesks& desks) -> std::unique_ptr<Conversation> {
         return std::make_unique<PolicyService>(desks.decider);
     }},
    {Protocol::socketmap, "the socketmap protocol",
     [](const FrontEndDesks& desks) -> std::unique_ptr<Conversation> {
         return std::make_unique<Socketmap>(desks.decider);
     }},
    {Protocol::control, "the control protocol",
     [](const FrontEndDesks& desks) -> std::unique_ptr<Conversation> {
         return std::make_unique<Control>(desks.control);
     },
     control_limits},
    {Protocol::metrics, "the metrics",
     [](const FrontEndDesks& desks) -> std::unique_ptr<Conversation> {
         return std::make_unique<MetricsPage>(desks.metrics);
     },
     metrics_limits},
};

const FrontEndRow* row_of(Protocol protocol) {
    for (const FrontEndRow& row : front_end_rows)
        if (row.protocol == protocol) return &row;
    return nullptr;
}

std::string when(milliseconds wait) {
    return wait == milliseconds{0} ? "at once" : "in " + std::to_string(wait.count() / 1000) + " s";
}

}  // namespace

bool shares_connections(Protocol protocol) {
    const FrontEndRow* const row = row_of(protocol);
    return row != nullptr && row->limits == nullptr;
}

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

void FrontEnds::serve(Protocol protocol, Listener listener, const FrontEndDesks& desks) {
    const FrontEndRow* const row = row_of(protocol);
    if (row == nullptr) return;
    const std::string name(row->name);
    auto front_end = std::make_unique<FrontEnd>(std::move(listener));
    front_end->server = std::make_unique<RequestServer>(
        front_end->listener,
        row->limits != nullptr ? row->limits() : RequestServerLimits{.connections = connections_},
        [] { return Clock::now(); }, [row, desks] { return row->make(desks); },
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

void FrontEnds::remove_paths() {
    for (const auto& front_end : running_) front_end->listener.remove_path();
}

}  // namespace relaypermit
