#include "tool/wiring/trial.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "config/policy_file.h"
#include "config/socket_target.h"

namespace relaypermit {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::string_view_literals;

constexpr std::string_view client = "198.51.100.1";  // TEST-NET-2 (RFC 5737)
constexpr std::string_view recipient = "someone@remote.invalid";
constexpr std::string_view helo = "relaypermit-doctor.invalid";

class Line {
  public:
    Line() = default;
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line() {
        if (fd_ >= 0) ::close(fd_);
    }

    // Empty where it is open; else why not.
    [[nodiscard]] std::string open(const std::string& address, std::chrono::milliseconds limit) {
        std::string why;
        const auto target = socket_target(address, why);
        if (!target) return why;
        fd_ = ::socket(target->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval patience{};
        patience.tv_sec = limit.count() / 1000;
        patience.tv_usec = static_cast<suseconds_t>(limit.count() % 1000 * 1000);
        for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
            (void)::setsockopt(fd_, SOL_SOCKET, option, &patience, sizeof patience);
        if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&target->storage),
                                 target->length) != 0)
            return reason_of(errno);
        return {};
    }
    [[nodiscard]] bool send(std::string_view bytes) const {
        return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    // At least `size` bytes of what comes, all in all; false where they do not.
    [[nodiscard]] bool receive(std::size_t size, std::string& input) const {
        std::array<char, 4096> buffer{};
        while (input.size() < size) {
            const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return false;
            input.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return true;
    }
    [[nodiscard]] bool receive_until(std::string_view end, std::string& input) const {
        while (input.find(end) == std::string::npos)
            if (input.size() > 65536 || !receive(input.size() + 1, input)) return false;
        return true;
    }

  private:
    int fd_{-1};
};

std::string number(std::uint32_t value) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        bytes += static_cast<char>(value >> shift & 0xffU);
    return bytes;
}

std::uint32_t number_in(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char byte : bytes.substr(0, 4))
        value = value << 8U | static_cast<unsigned char>(byte);
    return value;
}

// The milter protocol (libmilter/mfdef.h of Sendmail 8.17), the part of the mail server.
class Milter {
  public:
    explicit Milter(const Line& line) : line_(line) {}

    // Empty where it went through.
    [[nodiscard]] std::string negotiate() {
        // Version 6, each action and each step that Postfix offers.
        if (!send('O', number(6) + number(0x1ff) + number(0x1fffff))) return "it hung up";
        const auto answer = packet();
        if (!answer || answer->size() < 13 || answer->front() != 'O') return "it is no milter";
        steps_ = number_in(std::string_view(*answer).substr(9));
        return {};
    }
    // What it says to this event: "c", "y530 5.7.0 ..."; nullopt where it says nothing in time.
    [[nodiscard]] std::optional<std::string> tell(char event, std::uint32_t left_out,
                                                  std::uint32_t silent, const std::string& macros,
                                                  const std::string& data) {
        if ((steps_ & left_out) != 0) return "c";
        if (!send('D', event + macros) || !send(event, data)) return std::nullopt;
        if ((steps_ & silent) != 0) return "c";
        return packet();
    }
    void quit() const { (void)send('Q', {}); }

  private:
    [[nodiscard]] bool send(char command, const std::string& data) const {
        return line_.send(number(static_cast<std::uint32_t>(data.size() + 1)) + command + data);
    }
    [[nodiscard]] std::optional<std::string> packet() {
        for (;;) {
            if (!line_.receive(4, input_)) return std::nullopt;
            const std::size_t size = number_in(input_);
            if (size == 0 || size > 65536 || !line_.receive(4 + size, input_)) return std::nullopt;
            std::string found = input_.substr(4, size);
            input_.erase(0, 4 + size);
            if (found != "p") return found;  // SMFIR_PROGRESS
        }
    }

    const Line& line_;
    std::uint32_t steps_{};
    std::string input_{};
};

std::string macros_of(std::initializer_list<std::pair<std::string_view, std::string>> pairs) {
    std::string macros;
    for (const auto& [name, value] : pairs) {
        macros += name;
        macros += '\0';
        macros += value;
        macros += '\0';
    }
    return macros;
}

std::string c_string(std::string_view text) {
    return std::string(text) + '\0';
}

// Fills in the verdict; the answer is why there is none.
std::string ask_milter(const Line& line, const TrialSession& session, Trial& trial) {
    Milter milter(line);
    if (std::string fault = milter.negotiate(); !fault.empty()) return fault;
    const std::string port = std::to_string(session.port);
    const std::string address = "<" + session.sender + ">";
    struct Step {
        char event{};
        std::uint32_t left_out{};  // SMFIP_NO*
        std::uint32_t silent{};    // SMFIP_NR_*
        std::string macros{};
        std::string data{};
    };
    const std::vector<Step> steps = {
        {'C', 0x1, 0x1000,
         macros_of({{"j", "doctor.invalid"},
                    {"{daemon_name}", "ORIGINATING"},
                    {"{daemon_port}", port},
                    {"v", "Postfix relaypermit-doctor"}}),
         c_string("unknown") + '4' + std::string("\xc3\x50"sv) + c_string(client)},
        {'H', 0x2, 0x2000, macros_of({{"{tls_version}", "TLSv1.3"}}), c_string(helo)},
        {'M', 0x4, 0x4000, macros_of({{"{mail_addr}", session.sender}}), c_string(address)},
        {'R', 0x8, 0x8000,
         macros_of({{"{rcpt_addr}", std::string(recipient)}, {"{rcpt_mailer}", "smtp"}}),
         c_string("<" + std::string(recipient) + ">")},
    };
    for (const Step& step : steps) {
        const auto said =
            milter.tell(step.event, step.left_out, step.silent, step.macros, step.data);
        if (!said) return "it gave no answer in time, or hung up";
        if (*said == "c") continue;
        trial.refused = true;
        trial.said = said->front() == 'y' ? said->substr(1, said->find('\0') - 1)
                     : *said == "t"       ? "451 4.7.1 Service unavailable - try again later"
                                          : "550 5.7.1 Command rejected";
        break;
    }
    milter.quit();
    // libmilter doubles what a mail server takes for a format.
    for (std::size_t at = 0; (at = trial.said.find("%%", at)) != std::string::npos; ++at)
        trial.said.erase(at, 1);
    return {};
}

std::string ask_policy_service(const Line& line, const TrialSession& session, Trial& trial) {
    const std::string request =
        "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nhelo_name=" +
        std::string(helo) + "\nqueue_id=\nsender=" + session.sender +
        "\nrecipient=" + std::string(recipient) + "\nclient_address=" + std::string(client) +
        "\nclient_name=unknown\nsasl_method=\nsasl_username=\nserver_port=25\n\n";
    std::string answer;
    if (!line.send(request) || !line.receive_until("\n\n", answer))
        return "it gave no answer in time, or hung up";
    constexpr std::string_view action = "action=";
    if (!answer.starts_with(action)) return "it is no policy service";
    answer = answer.substr(action.size(), answer.find('\n') - action.size());
    trial.refused = answer != "DUNNO";
    if (trial.refused) trial.said = answer;
    return {};
}

std::string ask_socketmap(const Line& line, const TrialSession& session, Trial& trial) {
    const std::string key = "relaypermit NOQUEUE!25!" + std::string(client) + "!!" +
                            session.sender + "!<" + std::string(recipient) + ">";
    std::string answer;
    if (!line.send(std::to_string(key.size()) + ":" + key + ",") ||
        !line.receive_until(":", answer))
        return "it gave no answer in time, or hung up";
    std::size_t size = 0;
    const std::size_t colon = answer.find(':');
    const auto [end, error] = std::from_chars(answer.data(), answer.data() + colon, size);
    if (error != std::errc{} || end != answer.data() + colon || size > 65536 ||
        !line.receive(colon + 1 + size, answer))
        return "it is no socketmap";
    answer = answer.substr(colon + 1, size);
    trial.refused = answer.starts_with("OK ");
    if (trial.refused) trial.said = answer.substr(3);
    return {};
}

}  // namespace

Trial try_socket(Protocol protocol, const std::string& address, const TrialSession& session,
                 std::chrono::milliseconds limit) {
    Trial trial{protocol, address, {}, false, {}, {}};
    Line line;
    const Clock::time_point begin = Clock::now();
    trial.fault = line.open(address, limit);
    if (!trial.fault.empty()) return trial;
    switch (protocol) {
        case Protocol::milter:
            trial.fault = ask_milter(line, session, trial);
            break;
        case Protocol::policy:
            trial.fault = ask_policy_service(line, session, trial);
            break;
        case Protocol::socketmap:
            trial.fault = ask_socketmap(line, session, trial);
            break;
        case Protocol::control:
        case Protocol::metrics:
            trial.fault = "it gives no verdicts";
            break;
    }
    trial.took = Clock::now() - begin;
    return trial;
}

}  // namespace relaypermit
