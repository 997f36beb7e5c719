#include "milter/watchdog.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>

#include "config/socket_address.h"

namespace relaypermit {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds again_after{1000};

std::optional<std::int64_t> number_of(const char* text) {
    if (text == nullptr) return std::nullopt;
    const std::string_view view(text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), number);
    if (error != std::errc{} || end != view.data() + view.size()) return std::nullopt;
    return number;
}

// Under the unit's IPAddressAllow= an address of the host's network does not answer even itself.
bool is_of_this_host_alone(const std::string& text) {
    const auto address = parse_socket_address(text);
    if (!address) return false;
    if (std::holds_alternative<UnixAddress>(*address)) return true;
    const auto* const inet = std::get_if<InetAddress>(&*address);
    return inet != nullptr &&
           (inet->host.starts_with("127.") || inet->host == "::1" || inet->host == "localhost");
}

}  // namespace

std::optional<milliseconds> watchdog_limit() {
    const char* const process = std::getenv("WATCHDOG_PID");  // NOLINT: no threads yet
    if (process != nullptr && number_of(process) != ::getpid()) return std::nullopt;
    const auto microseconds = number_of(std::getenv("WATCHDOG_USEC"));  // NOLINT: no threads yet
    if (!microseconds || *microseconds < 1000) return std::nullopt;
    return milliseconds(*microseconds / 1000);
}

bool Patience::is_over(Time now) {
    if (!until_ || now < *until_) return false;
    if (now - *until_ > std::chrono::seconds{1}) {
        answered(now);
        return false;
    }
    until_.reset();
    return true;
}

bool SelfCheck::answered() {
    bool anybody = false;
    for (const bool of_mail_servers : {true, false}) {
        for (const WatchedSocket& socket : sockets_) {
            if (info_of(socket.protocol).of_mail_servers != of_mail_servers ||
                !is_of_this_host_alone(socket.address))
                continue;
            const Probe probe = ask_(socket.protocol, socket.address);
            if (probe.end == ProbeEnd::silent) return false;
            anybody = anybody || probe.end == ProbeEnd::answered || probe.end == ProbeEnd::another;
        }
        if (anybody) return true;
    }
    if (!std::exchange(said_blind_, true))
        log_.write(LogLevel::warning,
                   "the watchdog cannot ask any socket of this daemon (SocketUser=relaypermit in "
                   "relaypermitd.socket lets it): it sees that the process lives, and not whether "
                   "it answers");
    return true;
}

void start_watchdog(milliseconds limit, std::vector<WatchedSocket> sockets,
                    const ServiceManager& manager, Log& log) {
    const auto ask = [limit](Protocol protocol, const std::string& address) {
        return probe_socket(protocol, address, longest_answer(limit), ProbeAs::itself);
    };
    std::thread([limit, manager, check = SelfCheck(std::move(sockets), log, ask)]() mutable {
        for (;;) {
            bool answered = false;
            try {
                answered = check.answered();
            } catch (const std::exception&) {
                // Out of memory for the question: nobody has answered.
            }
            if (answered) manager.watched();
            std::this_thread::sleep_for(answered ? between_checks(limit)
                                                 : std::min(again_after, longest_answer(limit)));
        }
    }).detach();
}

}  // namespace relaypermit
