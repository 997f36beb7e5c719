// relaypermit doctor: does the mail server ask relaypermitd as it should.
#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/wiring/postfix_checks.h"
#include "tool/wiring/sendmail_checks.h"
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
        options.flag("--strict", strict_, "exit code 1 where there is a warning");
        options.example("sudo relaypermit doctor");
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
        if (!std::filesystem::exists(context.config))
            return complain(context,
                            visible(context.config) + " does not exist: name the policy with -c");
        const auto looked =
            sendmail_.empty() ? look_at_postfix(context) : look_at_sendmail(context);
        if (!looked) return complain(context, visible(looked.error()));
        const Examined& examined = *looked;
        context.out << (context.json ? examined_as_json(examined) + "\n"
                                     : examined_as_text(examined, context.terminal));
        const bool finds = std::any_of(
            examined.findings.begin(), examined.findings.end(),
            [&](const WiringFinding& one) { return strict_ || one.severity == Severity::error; });
        return finds ? Exit::finding : Exit::fine;
    }

  private:
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
    bool strict_{};
};

}  // namespace

std::unique_ptr<Command> make_doctor_command() {
    return std::make_unique<DoctorCommand>();
}

}  // namespace relaypermit
