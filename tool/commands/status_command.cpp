// relaypermit status: what the running daemons have in force.
#include <ostream>

#include "tool/base/policy_loading.h"
#include "tool/commands/commands.h"
#include "tool/commands/status_view.h"

namespace relaypermit {
namespace {

class StatusCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "status"; }
    [[nodiscard]] std::string_view summary() const override {
        return "what the running daemon has in force";
    }
    void declare(Options& options) override {
        options.example("relaypermit status");
        options.epilogue(
            "Of every daemon that reads policy.d beside this policy: the policy in force, since "
            "when, whether it is that on disk, what the last reload found, sockets, sessions, "
            "store and tables.\n"
            "Exit code 0; 1 where the policy on disk is not the one in force, what has changed in "
            "[listen] waits for a restart, or the store or a table is in trouble; 2 where there is "
            "no such daemon, or one does not answer.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        const Daemons daemons =
            find_daemons(context.config, load_policy(context.config, host_name()).settings.listen);
        Exit exit = Exit::fine;
        JsonWriter json;
        json.open_array();
        bool first = true;
        for (const Daemon& daemon : daemons.of_folder) {
            if (!troubles_of(daemon.status).empty()) exit = Exit::finding;
            if (context.json)
                status_as_json(daemon, json);
            else
                context.out << (first ? "" : "\n") << status_as_text(daemon, context.terminal);
            first = false;
        }
        if (context.json) context.out << json.close_array().take() << "\n";
        bool perhaps = false;
        for (const Unreached& who : daemons.unreached) {
            const Exit bad = complain(
                context, who.why + (who.elsewhere ? " (by its locks it uses another policy)" : ""));
            perhaps = perhaps || !who.elsewhere;
            if (!who.elsewhere) exit = bad;
        }
        for (const std::string& note : daemons.passed_over) (void)complain(context, note);
        if (daemons.of_folder.empty() && !perhaps)
            return complain(context, nobody_reads(context.config, daemons));
        return exit;
    }
};

}  // namespace

std::unique_ptr<Command> make_status_command() {
    return std::make_unique<StatusCommand>();
}

}  // namespace relaypermit
