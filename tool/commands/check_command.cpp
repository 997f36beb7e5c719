// relaypermit check: what is wrong in a policy, what is doubtful, and whom it lets relay without
// logging in.
#include <algorithm>
#include <ostream>

#include "config/suspensions.h"
#include "record/json_writer.h"
#include "tables/open_table.h"
#include "tool/base/diagnostic_view.h"
#include "tool/base/policy_loading.h"
#include "tool/base/text.h"
#include "tool/commands/commands.h"
#include "tool/rehearse/lint.h"
#include "tool/rehearse/open_relay_view.h"

namespace relaypermit {
namespace {

void print_json(const Context& context, const std::vector<Diagnostic>& diagnostics,
                const Loaded& loaded) {
    JsonWriter json{2};
    json.open_object().key("diagnostics").open_array();
    for (const Diagnostic& diagnostic : diagnostics) {
        json.open_object().key("severity");
        json.value(diagnostic.severity == Severity::error ? "error" : "warning");
        json.key("place").value(to_string(diagnostic.place)).key("text").value(diagnostic.text);
        json.key("help").value(diagnostic.help).close_object();
    }
    json.close_array();
    if (loaded.policy) {
        json.key("without_login");
        write_open_relay(json, loaded, context.now);
        json.key("also_open");
        write_open_settings(json, loaded);
    }
    context.out << json.close_object().take() << "\n";
}

// A warning, because the daemon runs as another user and perhaps on another machine.
void open_tables(const Loaded& loaded, std::vector<Diagnostic>& diagnostics) {
    for (const TableSettings& table : loaded.settings.tables) {
        const auto opened = open_table(table);
        if (opened) continue;
        const auto& sources = loaded.policy->source().tables;
        const auto source =
            std::find_if(sources.begin(), sources.end(),
                         [&](const TableSource& one) { return one.id == table.id; });
        diagnostics.push_back({Severity::warning, source == sources.end() ? Place{} : source->place,
                               "alias table " + in_backticks(table.id) +
                                   " cannot be opened from here: " + opened.error(),
                               "where the daemon cannot open it either, whoever needs it is put "
                               "off with lookup-failed"});
    }
}

// A warning, because all of it counts as long as the policy has no mistake.
void look_into_suspensions(const Context& context, const Loaded& loaded,
                           std::vector<Diagnostic>& diagnostics) {
    const Suspensions alone = load_suspensions(context.config, &loaded.policy->source());
    for (const Diagnostic& error : alone.errors)
        diagnostics.push_back(
            {Severity::warning, error.place,
             error.text + ": while the policy has a mistake elsewhere, no "
                          "suspension of this file would count",
             error.help.empty() ? "`relaypermit suspend` writes this file" : error.help});
}

class CheckCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "check"; }
    [[nodiscard]] std::string_view summary() const override {
        return "is the policy sound, and whom does it let relay without a login";
    }
    void declare(Options& options) override {
        options.flag("--strict", strict_, "exit code 1 where there is a warning");
        options.example("relaypermit check -c /etc/relaypermit/policy.toml --strict");
        options.epilogue(
            "Errors and warnings go to standard error, one a line, each with its place.\n"
            "Exit code 0; 1 for an error, or for a warning with --strict.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        const Loaded loaded = load_policy(context.config, host_name());
        std::vector<Diagnostic> diagnostics =
            loaded.policy ? lint(loaded, context.now) : loaded.errors;
        if (loaded.policy) open_tables(loaded, diagnostics);
        if (loaded.policy) look_into_suspensions(context, loaded, diagnostics);
        if (context.json) {
            print_json(context, diagnostics, loaded);
        } else {
            for (const Diagnostic& diagnostic : diagnostics)
                context.err << painted(diagnostic, context.error_terminal) << "\n";
            if (!loaded.policy)
                context.err << counted(diagnostics.size(), "error") << "\n";
            else
                context.out << open_relay_statement(loaded, context.now, context.terminal);
        }
        const bool finding = !loaded.policy || (strict_ && !diagnostics.empty());
        return finding ? Exit::finding : Exit::fine;
    }

  private:
    bool strict_{};
};

}  // namespace

std::unique_ptr<Command> make_check_command() {
    return std::make_unique<CheckCommand>();
}

}  // namespace relaypermit
