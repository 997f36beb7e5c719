// relaypermit doctor: does the mail server ask relaypermitd as it should.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "config/host_name.h"
#include "config/load.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/wiring/postfix_checks.h"
#include "tool/wiring/sendmail_checks.h"
#include "tool/wiring/trial.h"
#include "tool/wiring/wiring_view.h"

namespace relaypermit {
namespace {

class DoctorCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "doctor"; }
    [[nodiscard]] std::string_view summary() const override {
        return "does the mail server ask relaypermitd as it should: which lines to change";
    }
    void declare(Options& options) override {
        options.value("--postfix", postfix_, "DIR",
                      "the folder of main.cf and master.cf; default: /etc/postfix, where it has "
                      "them");
        options.value("--sendmail", sendmail_, "FILE",
                      "a sendmail.cf; default: /etc/mail/sendmail.cf, where there is no Postfix");
        options.flag("--probe", probe_,
                     "also have each socket judge a stranger, and print what it says; the record "
                     "has it");
        options.flag("--strict", strict_, "exit code 1 where there is a warning");
        options.example("relaypermit doctor --probe");
        options.epilogue(
            "Compares what the mail server is set to with the policy and with the sockets as\n"
            "they are. It changes nothing. As another user than root it sees less.\n"
            "Exit code 0; 1 for an error, or for a warning with --strict; 2 where the\n"
            "configuration cannot be read.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        if (!postfix_.empty() && !sendmail_.empty())
            return complain(context, "--postfix and --sendmail are two mail servers: choose one");
        if (postfix_.empty() && sendmail_.empty()) {
            if (std::filesystem::exists("/etc/postfix/main.cf"))
                postfix_ = "/etc/postfix";
            else if (std::filesystem::exists("/etc/mail/sendmail.cf"))
                sendmail_ = "/etc/mail/sendmail.cf";
            else
                return complain(context,
                                "there is neither /etc/postfix/main.cf nor /etc/mail/sendmail.cf: "
                                "name what is yours with --postfix or --sendmail");
        }
        if (sendmail_.ends_with(".mc"))
            return complain(context, visible(sendmail_) +
                                         " is what sendmail.cf is made of: name the sendmail.cf, "
                                         "which has what is in force");
        if (!std::filesystem::exists(context.config))
            return complain(context,
                            visible(context.config) + " does not exist: name the policy with -c");
        auto looked = sendmail_.empty() ? look_at_postfix(context) : look_at_sendmail(context);
        if (!looked) return complain(context, visible(looked.error()));
        Examined& examined = *looked;
        if (probe_) try_sockets(context, examined);
        context.out << (context.json ? examined_as_json(examined) + "\n"
                                     : examined_as_text(examined, context.terminal));
        const bool finds = std::any_of(
            examined.findings.begin(), examined.findings.end(),
            [&](const WiringFinding& one) { return strict_ || one.severity == Severity::error; });
        return finds ? Exit::finding : Exit::fine;
    }

  private:
    static void try_sockets(const Context& context, Examined& examined) {
        constexpr std::chrono::milliseconds patience{2000};
        const Loaded loaded = load_policy(context.config, host_name());
        const ListenSettings listen =
            loaded.policy ? loaded.settings.listen : load_listen(context.config);
        TrialSession session{"relaypermit-doctor@remote.invalid"};
        if (loaded.policy) {
            const PolicySource& source = loaded.policy->source();
            for (const std::string& domain : source.hosted_domains.patterns())
                if (!domain.starts_with("*.")) {
                    session.sender = "relaypermit-doctor@" + domain;
                    break;
                }
            if (!source.submission_ports.empty()) session.port = source.submission_ports.front();
        }
        for (const Protocol protocol : {Protocol::milter, Protocol::policy, Protocol::socketmap}) {
            const std::string& address = listen[protocol];
            if (address.empty()) continue;
            Trial trial = try_socket(protocol, address, session, patience);
            if (auto wrong = wrong_verdict(loaded, trial))
                examined.findings.push_back(std::move(*wrong));
            examined.trials.push_back(std::move(trial));
        }
    }
    // A stranger on a submission port who has not logged in is refused, whatever the policy
    // grants to others, unless it says otherwise itself.
    static std::optional<WiringFinding> wrong_verdict(const Loaded& loaded, const Trial& trial) {
        const FileLine place{trial.address, 0};
        if (!trial.fault.empty())
            return WiringFinding{Severity::error,
                                 "probe-failed",
                                 place,
                                 "it gives no verdict: " + trial.fault,
                                 "the mail server gets none either",
                                 "look at: relaypermit status"};
        const bool enforced = loaded.policy && !loaded.policy->source().monitor_mode &&
                              loaded.policy->cause(Cause::login_required).action == Action::reject;
        if (trial.protocol != Protocol::milter || trial.refused || !enforced) return std::nullopt;
        return WiringFinding{Severity::error,
                             "probe-accepted",
                             place,
                             "it has nothing against a stranger on a submission port",
                             "the policy in force is another one than this, or in monitor mode",
                             "relaypermit reload"};
    }

    using Looked = tl::expected<Examined, std::string>;

    [[nodiscard]] Looked look_at_postfix(const Context& context) const {
        // Postfix' own programs want the whole path.
        std::error_code none;
        auto settings =
            read_postfix_settings(std::filesystem::absolute(postfix_, none).lexically_normal());
        if (!settings) return tl::make_unexpected(settings.error());
        const PostfixFacts facts = collect_postfix_facts(
            std::move(*settings), collect_policy_facts(context.config, context.now));
        return Examined{"Postfix " + facts.postfix["mail_version"].value, postfix_,
                        check_postfix(facts), remarks_on_postfix(facts)};
    }
    [[nodiscard]] Looked look_at_sendmail(const Context& context) const {
        auto settings = read_sendmail_settings(sendmail_);
        if (!settings) return tl::make_unexpected(settings.error());
        const SendmailFacts facts = collect_sendmail_facts(
            std::move(*settings), collect_policy_facts(context.config, context.now));
        return Examined{"Sendmail", sendmail_, check_sendmail(facts), remarks_on_sendmail(facts)};
    }

    std::string postfix_{};
    std::string sendmail_{};
    bool probe_{};
    bool strict_{};
};

}  // namespace

std::unique_ptr<Command> make_doctor_command() {
    return std::make_unique<DoctorCommand>();
}

}  // namespace relaypermit
