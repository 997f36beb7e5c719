#include "config/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "config/socket_target.h"

namespace relaypermit {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::string_view_literals;

// What is asked, and what stands at the front of an answer of ours.
struct Question {
    Protocol protocol{};
    std::string_view asked{};
    // Whether `answer` is whole, and then whether it is one of relaypermitd; nullopt: more is to
    // come.
    std::optional<bool> (*is_ours)(std::string_view answer){};
    std::string_view farewell{};
};

std::optional<bool> is_negotiation(std::string_view answer) {
    if (answer.size() < 5) return std::nullopt;
    std::uint32_t length = 0;
    for (const char byte : answer.substr(0, 4))
        length = length << 8U | static_cast<unsigned char>(byte);
    if (answer[4] != 'O' || length > 4096) return false;
    if (answer.size() < 4 + std::size_t{length}) return std::nullopt;
    // A macro that it asks for and other milters do not.
    return answer.find("{rcpt_mailer}") != std::string_view::npos;
}

std::optional<bool> is_line(std::string_view answer, std::string_view line) {
    if (answer.starts_with(line)) return true;
    if (line.starts_with(answer)) return std::nullopt;
    return false;
}

// SMFIC_OPTNEG of protocol version 6 with every action and step that Postfix offers, and
// SMFIC_QUIT.
constexpr std::size_t actions_at = 9;  // four bytes, the highest first
constexpr std::string_view negotiation = "\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"sv;
constexpr std::string_view quit = "\0\0\0\x01Q"sv;

constexpr std::array<Question, 4> questions = {{
    {Protocol::milter, negotiation, is_negotiation, quit},
    {Protocol::policy, "request=smtpd_access_policy\nprotocol_state=CONNECT\n\n",
     [](std::string_view answer) { return is_line(answer, "action=DUNNO\n\n"); }},
    {Protocol::socketmap, "16:relaypermit ping,",
     [](std::string_view answer) { return is_line(answer, "9:NOTFOUND ,"); }},
    {Protocol::control, "\n",
     [](std::string_view answer) -> std::optional<bool> {
         if (answer.find('\n') == std::string_view::npos) return std::nullopt;
         return answer.starts_with('{');
     }},
}};

class Asking {
  public:
    Asking(const Question& question, ProbeAs as, std::string asked, Clock::time_point deadline,
           Probe& probe)
        : question_(question),
          as_(as),
          asked_(std::move(asked)),
          deadline_(deadline),
          probe_(probe) {}
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking() {
        if (fd_ >= 0) ::close(fd_);
    }

    void run(const SocketTarget& target) {
        if (!connect(target)) return;
        if (!send(asked_)) return end(ProbeEnd::another, "it hung up");
        std::string answer;
        for (;;) {
            if (!wait_for(POLLIN)) return late();
            std::array<char, 4096> buffer;
            const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
            if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
            if (got <= 0) return end(ProbeEnd::another, "it hung up without an answer");
            answer.append(buffer.data(), static_cast<std::size_t>(got));
            const auto ours = question_.is_ours(answer);
            if (!ours && answer.size() <= 8192) continue;
            // Its own session asks for no macros.
            if (!ours.value_or(false) && !(ours && as_ == ProbeAs::itself))
                return end(ProbeEnd::another, "what answers there is no relaypermitd");
            (void)send(question_.farewell);
            return end(ProbeEnd::answered, {});
        }
    }

  private:
    void end(ProbeEnd how, std::string why) {
        probe_.end = how;
        probe_.why = std::move(why);
    }
    void late() { end(ProbeEnd::silent, "no answer in time: the daemon hangs, or is very busy"); }
    bool send(std::string_view text) const {
        return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(text.size());
    }
    bool wait_for(short events) const {
        for (;;) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
            pollfd polled{fd_, events, 0};
            const int ready = ::poll(&polled, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
            if (ready > 0) return true;
            if (ready == 0 || errno != EINTR) return false;
        }
    }
    bool connect(const SocketTarget& target) {
        fd_ = ::socket(target.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int error = 0;
        if (fd_ < 0 ||
            ::connect(fd_, reinterpret_cast<const sockaddr*>(&target.storage), target.length) != 0)
            error = errno;
        if (fd_ >= 0 && error == EINPROGRESS) {
            if (!wait_for(POLLOUT)) {
                late();
                return false;
            }
            socklen_t length = sizeof error;
            if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
        }
        if (error == 0) return true;
        if (error == EACCES || error == EPERM)
            end(ProbeEnd::denied, "permission denied: run this as a user who may connect");
        else if (error == EAGAIN || error == ETIMEDOUT)
            end(ProbeEnd::silent, "it takes no connections: the daemon hangs, or is very busy");
        else
            end(ProbeEnd::nobody, error == ENOENT         ? std::string("there is no such socket")
                                  : error == ECONNREFUSED ? std::string("nobody listens there")
                                                          : std::generic_category().message(error));
        return false;
    }

    const Question& question_;
    const ProbeAs as_;
    const std::string asked_;
    const Clock::time_point deadline_;
    Probe& probe_;
    int fd_{-1};
};

}  // namespace

Probe probe_socket(Protocol protocol, const std::string& address, std::chrono::milliseconds limit,
                   ProbeAs as) {
    Probe probe{protocol, address, ProbeEnd::no_address, {}, {}};
    const auto* const question =
        std::find_if(questions.begin(), questions.end(),
                     [&](const Question& one) { return one.protocol == protocol; });
    if (question == questions.end()) {
        probe.why = "its protocol has no question that decides nothing";
        return probe;
    }
    const auto target = socket_target(address, probe.why);
    if (!target) return probe;
    std::string asked(question->asked);
    if (protocol == Protocol::milter && as == ProbeAs::itself)
        for (std::size_t byte = 0; byte < 4; ++byte)
            asked[actions_at + byte] = static_cast<char>(actions_of_itself >> (24 - 8 * byte));
    const Clock::time_point begin = Clock::now();
    Asking(*question, as, std::move(asked), begin + limit, probe).run(*target);
    probe.took = Clock::now() - begin;
    return probe;
}

}  // namespace relaypermit
