// relaypermit footers: what to do, behind the refusals that are Postfix's own.
#include <ostream>

#include "record/json_writer.h"
#include "tool/base/policy_loading.h"
#include "tool/commands/commands.h"
#include "tool/rehearse/footers.h"

namespace relaypermit {
namespace {

class FootersCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "footers"; }
    [[nodiscard]] std::string_view summary() const override {
        return "what to do, behind the refusals that are Postfix's own";
    }
    void declare(Options& options) override {
        options.example("relaypermit footers > /etc/postfix/relaypermit_footers");
        options.epilogue(
            "A table for smtpd_reject_footer_maps of Postfix 3.4 or later: behind a wrong "
            "password, \"Must issue a STARTTLS command first\", \"Relay access denied\" and the "
            "like stand the remedy, the contact and the help address of the policy. What "
            "relaypermitd says stays as it is. With --json: the table as `table`.\n"
            "Exit code 0; 2 where the policy has an error.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return Exit::failed;
        const std::string table = postfix_footers(*loaded->policy);
        if (context.json) {
            JsonWriter json;
            json.open_object().key("table").value(table).close_object();
            context.out << json.take() << "\n";
        } else {
            context.out << table;
        }
        return Exit::fine;
    }
};

}  // namespace

std::unique_ptr<Command> make_footers_command() {
    return std::make_unique<FootersCommand>();
}

}  // namespace relaypermit
