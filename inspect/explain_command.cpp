// relaypermit explain: what would happen to a message, and why.
#include <ostream>

#include "inspect/case_options.h"
#include "inspect/commands.h"
#include "inspect/explanation.h"
#include "inspect/policy_loading.h"

namespace relaypermit {
namespace {

class ExplainCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "explain"; }
    [[nodiscard]] std::string_view summary() const override {
        return "what would happen to a message, and why";
    }
    void declare(Options& options) override {
        message_.declare(options);
        options.epilogue(
            "Example: relaypermit explain --login bob@example.com --sender orders@example.com\n"
            "Says the verdict, the reply as the client would read it, every rule that was looked "
            "at, and what would permit a message that is refused. mode = \"monitor\" is left "
            "aside.\n"
            "Exit code 0 where the message is accepted, 1 where it is refused, 2 where it cannot "
            "be told.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        const auto written = message_.facts(context.now);
        if (!written) return complain(context, written.error());
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return Exit::failed;
        const Facts facts = case_facts(*written, *loaded->policy, context.now);
        const Explanation explanation = explain(*loaded->policy, facts);
        context.out << (context.json ? to_json_line(explanation) + "\n"
                                     : to_text(explanation, context.terminal));
        return explanation.verdict.refused() ? Exit::finding : Exit::fine;
    }

  private:
    CaseOptions message_{};
};

}  // namespace

std::unique_ptr<Command> make_explain_command() {
    return std::make_unique<ExplainCommand>();
}

}  // namespace relaypermit
