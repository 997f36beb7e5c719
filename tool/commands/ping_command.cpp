// relaypermit ping: whether the daemon answers, for a monitoring system.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <future>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "config/control_address.h"
#include "config/counted.h"
#include "tool/base/control_client.h"
#include "tool/base/policy_loading.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/commands/ping_view.h"
#include "tool/commands/status_view.h"

namespace relaypermit {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr double longest_s = 3600;
constexpr double most_timeout_s = 10;  // unless it is given

class PingCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "ping"; }
    [[nodiscard]] std::string_view summary() const override {
        return "whether the daemon answers, for a monitoring system";
    }
    void declare(Options& options) override {
        options.value("--socket", socket_, "ADDRESS",
                      "the milter's socket; the policy is not read, nor asked about");
        options.value("--timeout", timeout_, "SECONDS",
                      "for all of it; default as --critical, 10 at the most");
        options.value("--warning", warning_, "SECONDS", "a slower answer is a WARNING; default 1");
        options.value("--critical", critical_, "SECONDS",
                      "and a slower one than this CRITICAL; default 5");
        options.example("relaypermit ping --warning 0.5 --critical 2");
        options.epilogue(
            "Asks each socket that [listen] names for mail servers a question that decides "
            "nothing, "
            "so nothing is recorded, and the control socket, where it may, for the policy in "
            "force.\n"
            "Prints one line. Exit codes are those of monitoring plug-ins: 0 OK; 1 WARNING, the "
            "policy on "
            "disk is not the one in force, the store or a table is in trouble, or an answer is "
            "slow; 2 CRITICAL, a socket does not answer; 3 UNKNOWN, it cannot be asked.\n"
            "All are asked at once, and the control socket for half of --warning at the most. To "
            "be done within a second whatever hangs: --warning 0.5 --critical 0.8.");
    }
    [[nodiscard]] Exit when_it_cannot() const override { return Exit::unknown; }
    [[nodiscard]] Exit run(const Context& context) override {
        PingFindings findings;
        std::string fault = read(warning_, "--warning", findings.warning_s);
        if (fault.empty()) fault = read(critical_, "--critical", findings.critical_s);
        // What answers later than that is no better than what does not.
        double timeout_s = std::min(findings.critical_s, most_timeout_s);
        if (fault.empty()) fault = read(timeout_, "--timeout", timeout_s);
        if (fault.empty() && findings.warning_s > findings.critical_s)
            fault = "--warning is above --critical";
        if (!fault.empty()) return unknown(context, fault);
        deadline_ = Clock::now() + in_ms(timeout_s);

        if (!socket_.empty()) {
            findings.probes.push_back(probe_socket(Protocol::milter, socket_, left_to(deadline_)));
        } else {
            if (::access(context.config.c_str(), R_OK) != 0)
                return unknown(context,
                               context.config + ": " + std::strerror(errno) +  // NOLINT: one thread
                                   " (where that cannot be read, name the milter by --socket)");
            const Loaded loaded = load_policy(context.config, host_name());
            if (!loaded.policy)
                findings.troubles.push_back("the policy on disk has " +
                                            counted(loaded.errors.size(), "mistake") + " (" +
                                            to_string(loaded.errors.front()) + ")");
            const ListenSettings& listen = loaded.settings.listen;
            // Side by side: one that hangs takes no time from the others.
            std::vector<std::future<Probe>> asked;
            for (const ProtocolInfo& row : protocols)
                if (row.of_mail_servers && !listen[row.protocol].empty())
                    asked.push_back(
                        std::async(std::launch::async, [&row, &listen, limit = left_to(deadline_)] {
                            return probe_socket(row.protocol, listen[row.protocol], limit);
                        }));
            control_deadline_ = std::min(deadline_, Clock::now() + in_ms(findings.warning_s / 2));
            add_policy(context.config, listen, findings);
            for (std::future<Probe>& one : asked) findings.probes.push_back(one.get());
        }
        context.out << (context.json ? ping_as_json(findings) : ping_line(findings)) << "\n";
        return static_cast<Exit>(state_of(findings));
    }

  private:
    static Exit unknown(const Context& context, const std::string& why) {
        PingFindings findings;
        findings.remarks.push_back(why);
        context.out << (context.json ? ping_as_json(findings) : ping_line(findings)) << "\n";
        return Exit::unknown;
    }
    static milliseconds in_ms(double seconds) {
        return milliseconds(static_cast<std::int64_t>(seconds * 1000));
    }
    static milliseconds left_to(Clock::time_point deadline) {
        return std::max(milliseconds{0},
                        std::chrono::duration_cast<milliseconds>(deadline - Clock::now()));
    }
    // What is wrong with `text`; empty: nothing.
    static std::string read(const std::string& text, std::string_view option, double& seconds) {
        if (text.empty()) return {};
        const std::string_view digits = std::string_view(text).substr(
            0, text.size() - (text.size() > 1 && text.back() == 's' ? 1 : 0));
        double value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size() || !(value > 0) ||
            value > longest_s)
            return std::string(option) + " takes seconds, such as 0.5, up to an hour: `" + text +
                   "`";
        seconds = value;
        return {};
    }
    // What the daemon of this policy has in force. A monitoring system that may not ask for that is
    // told so, and no worse off.
    void add_policy(const std::string& config, const ListenSettings& listen,
                    PingFindings& findings) const {
        std::string why;
        bool denied = false;
        for (const std::string& path : control_paths(listen)) {
            for (int number = 1; number <= most_daemons_of_a_path; ++number) {
                const auto answer =
                    ask_daemon(numbered_control_path(path, number),
                               {ControlRequest::Ask::status, {}}, left_to(control_deadline_));
                if (!answer && answer.error().nobody) break;
                if (!answer) {
                    why = answer.error().why;
                    denied = denied || answer.error().denied;
                    break;
                }
                std::error_code none;
                if (!answer->status ||
                    !std::filesystem::equivalent(answer->status->policy, config, none))
                    continue;
                for (std::string& trouble : troubles_of(*answer->status))
                    findings.troubles.push_back(std::move(trouble));
                findings.remarks.push_back(answer->status->summary);
                return;
            }
        }
        if (control_paths(listen).empty()) return;
        if (denied)
            findings.remarks.push_back("the policy in force is not known: " + why);
        else
            findings.troubles.push_back("the policy in force is not known: " +
                                        (why.empty() ? "no daemon of this policy answers on the "
                                                       "control socket"
                                                     : why));
    }

    std::string socket_{};
    std::string timeout_{};
    std::string warning_{};
    std::string critical_{};
    Clock::time_point deadline_{};
    Clock::time_point control_deadline_{};
};

}  // namespace

std::unique_ptr<Command> make_ping_command() {
    return std::make_unique<PingCommand>();
}

}  // namespace relaypermit
