// relaypermit doctor: does the mail server ask relaypermitd as it should.
#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/wiring/postfix_checks.h"
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
                      "the folder of main.cf and master.cf; default: /etc/postfix where it has "
                      "them");
        options.flag("--strict", strict_, "exit code 1 where there is a warning");
        options.example("sudo relaypermit doctor");
        options.epilogue(
            "Compares what the mail server is set to with the policy and with the sockets as\n"
            "they are. It changes nothing. As another user than root it sees less.\n"
            "Exit code 0; 1 for an error, or for a warning with --strict; 2 where the\n"
            "configuration cannot be read.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        if (postfix_.empty()) {
            if (!std::filesystem::exists("/etc/postfix/main.cf"))
                return complain(context,
                                "there is no /etc/postfix/main.cf: name its folder with --postfix");
            postfix_ = "/etc/postfix";
        }
        std::error_code none;
        const auto directory = std::filesystem::absolute(postfix_, none);
        auto settings = read_postfix_settings(directory.lexically_normal());
        if (!settings) return complain(context, visible(settings.error()));
        if (!std::filesystem::exists(context.config))
            return complain(context,
                            visible(context.config) + " does not exist: name the policy with -c");
        const PostfixFacts facts = collect_postfix_facts(
            std::move(*settings), collect_policy_facts(context.config, context.now));
        Examined examined{"Postfix " + facts.postfix["mail_version"].value, postfix_,
                          check_postfix(facts), remarks_on_postfix(facts)};
        context.out << (context.json ? examined_as_json(examined) + "\n"
                                     : examined_as_text(examined, context.terminal));
        const bool finds = std::any_of(
            examined.findings.begin(), examined.findings.end(),
            [&](const WiringFinding& one) { return strict_ || one.severity == Severity::error; });
        return finds ? Exit::finding : Exit::fine;
    }

  private:
    std::string postfix_{};
    bool strict_{};
};

}  // namespace

std::unique_ptr<Command> make_doctor_command() {
    return std::make_unique<DoctorCommand>();
}

}  // namespace relaypermit
