// relaypermit reload: has the daemon read its policy, and says what came of it.
#include <ostream>

#include "record/json_writer.h"
#include "tool/base/control_client.h"
#include "tool/base/policy_loading.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/commands/confirmation.h"

namespace relaypermit {
namespace {

class ReloadCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "reload"; }
    [[nodiscard]] std::string_view summary() const override {
        return "has the daemon read its policy, and waits for what comes of it";
    }
    void declare(Options& options) override {
        options.example("relaypermit reload");
        options.epilogue(
            "Every daemon that was started with this policy file reads it again.\n"
            "Exit code 0 where it is in force; 1 where it has mistakes, which are printed, and the "
            "old one stays in force, or an alias table of it could not be opened; 2 where no "
            "daemon reads it, or one could not be asked.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        const Daemons daemons = find_daemons(context.config, load_listen_of(context));
        Exit exit = Exit::fine;
        const auto worst = [&](Exit other) { exit = other > exit ? other : exit; };
        JsonWriter json;
        json.open_array();
        std::size_t asked = 0;
        for (const Daemon& daemon : daemons.of_folder) {
            if (!daemon.same_file) continue;
            ++asked;
            worst(reload(context, daemon, json));
        }
        bool perhaps = false;
        for (const Unreached& who : daemons.unreached) {
            perhaps = perhaps || !who.elsewhere;
            const Exit bad = complain(
                context,
                who.why + (who.elsewhere ? ": not asked to reload; by its locks it uses another "
                                           "policy"
                                         : ", and has not confirmed a reload"));
            if (!who.elsewhere) worst(bad);
        }
        if (asked == 0 && !perhaps) {
            Daemons none = daemons;
            none.others.insert(none.others.end(), none.of_folder.begin(), none.of_folder.end());
            worst(complain(context, nobody_reads(context.config, none)));
        }
        if (context.json) context.out << json.close_array().take() << "\n";
        return exit;
    }

  private:
    // A policy whose [listen] has mistakes is still that of the daemon, with what can be read.
    static ListenSettings load_listen_of(const Context& context) {
        return load_policy(context.config, host_name()).settings.listen;
    }

    static Exit reload(const Context& context, const Daemon& daemon, JsonWriter& json) {
        const auto answer =
            ask_daemon(daemon.socket, {ControlRequest::Ask::reload, {}}, reload_wait);
        if (!answer || !answer->reload)
            return complain(
                context, named(daemon) + " has not confirmed the reload: " +
                             (answer ? "it answers in other words" : visible(answer.error().why)));
        const ReloadReport& report = *answer->reload;
        json.open_object().key("process").value(daemon.status.process);
        json.key("loaded").value(report.loaded).key("mistakes").values(report.mistakes);
        json.key("failed").values(report.failed).key("warnings").values(report.warnings);
        json.key("changed").values(report.changed).close_object();
        if (report.loaded && report.failed.empty() && !context.json)
            context.out << named(daemon) << " has reloaded\n";
        for (const std::string& why : report.failed)
            (void)complain(context, named(daemon) +
                                        (report.loaded ? " has reloaded, but not all of it: "
                                                       : " has tried once more: ") +
                                        visible(why));
        for (const std::string& warning : report.warnings)
            (void)complain(context, named(daemon) + ": " + visible(warning));
        if (report.loaded) return report.failed.empty() ? Exit::fine : Exit::finding;
        for (const std::string& mistake : report.mistakes) context.err << visible(mistake) << "\n";
        (void)complain(context, named(daemon) + " has found " +
                                    counted(report.mistake_count, "mistake", "mistakes") +
                                    " and not loaded the policy: the old one stays in force" +
                                    (report.suspensions_in_force
                                         ? std::string()
                                         : "; nor were the suspensions loaded: " +
                                               visible(report.suspension_faults.empty()
                                                           ? std::string("no reason given")
                                                           : report.suspension_faults.front())));
        return Exit::finding;
    }
};

}  // namespace

std::unique_ptr<Command> make_reload_command() {
    return std::make_unique<ReloadCommand>();
}

}  // namespace relaypermit
