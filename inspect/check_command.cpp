// relaypermit check: what is wrong in a policy, what is doubtful, and whom it lets relay without
// logging in.
#include <ostream>

#include "inspect/commands.h"
#include "inspect/diagnostic_view.h"
#include "inspect/json_writer.h"
#include "inspect/lint.h"
#include "inspect/open_relay.h"
#include "inspect/policy_loading.h"
#include "inspect/text.h"
#include "tables/alias_table.h"

namespace relaypermit {
namespace {

std::string client_of(const OpenWay& way) {
    std::string text = way.client ? to_string(*way.client) : "any client";
    return text;
}

std::string senders_of(const OpenWay& way) {
    switch (way.senders) {
        case OpenWay::Senders::any:
            return "any sender";
        case OpenWay::Senders::hosted:
            return "any sender of a hosted domain";
        case OpenWay::Senders::not_hosted:
            return "any sender of a domain not hosted here";
        case OpenWay::Senders::listed:
            break;
    }
    std::string text;
    for (const PlacedPattern& sender : way.grant->senders)
        text += (text.empty() ? "" : ", ") + sender.pattern.text();
    return text;
}

// What else must hold, in words.
std::vector<std::string> conditions_of(const OpenWay& way) {
    std::vector<std::string> conditions;
    if (way.ports == OpenWay::Ports::submission) conditions.push_back("on a submission port");
    if (way.ports == OpenWay::Ports::other) conditions.push_back("on port 25");
    if (!way.also_in.empty()) {
        std::string text;
        for (const Network& network : way.also_in)
            text += (text.empty() ? "only from " : ", ") + to_string(network);
        conditions.push_back(std::move(text));
    }
    if (way.needs_tls && way.ports != OpenWay::Ports::other)
        conditions.push_back("on submission ports only with TLS");
    if (way.grant && way.grant->until) conditions.push_back("until " + way.grant->until_text);
    if (way.grant && !way.grant->fields.from) conditions.push_back("From is not granted");
    for (const Restriction* restriction : way.restrictions)
        conditions.push_back("within the restriction " + restriction->id);
    return conditions;
}

void print_statement(const Context& context, const Policy& policy) {
    const auto ways = open_ways(policy, context.now);
    const Terminal& terminal = context.terminal;
    if (policy.source().monitor_mode)
        context.out << terminal.paint(Style::yellow,
                                      "mode is monitor, so at present nobody is refused; with mode "
                                      "= \"enforce\":")
                    << "\n";
    if (ways.empty()) {
        context.out << "nobody may relay without logging in\n";
        return;
    }
    context.out << terminal.paint(Style::bold, "may relay without logging in:") << "\n";
    Table table(
        {{.title = {}}, {.title = {}}, {.title = {}, .style = Style::dim}, {.wraps = true}});
    for (const OpenWay& way : ways) {
        const bool stranger = !way.client || way.client->prefix == 0;
        std::string what = "as " + senders_of(way);
        for (const std::string& condition : conditions_of(way)) what += "; " + condition;
        table.add({{client_of(way), stranger ? Style::red : Style::plain},
                   {way.rule},
                   {to_string(way.place)},
                   {std::move(what)}});
    }
    context.out << table.print(terminal, 2) << "everyone else is refused\n";
}

void print_json(const Context& context, const std::vector<Diagnostic>& diagnostics,
                const Policy* policy) {
    JsonWriter json{2};
    json.open_object().key("diagnostics").open_array();
    for (const Diagnostic& diagnostic : diagnostics) {
        json.open_object().key("severity");
        json.value(diagnostic.severity == Severity::error ? "error" : "warning");
        json.key("place").value(to_string(diagnostic.place)).key("text").value(diagnostic.text);
        json.key("help").value(diagnostic.help).close_object();
    }
    json.close_array();
    if (policy != nullptr) {
        json.key("without_login").open_array();
        for (const OpenWay& way : open_ways(*policy, context.now)) {
            json.open_object().key("client");
            way.client ? json.value(to_string(*way.client)) : json.null();
            json.key("senders").value(senders_of(way)).key("rule").value(way.rule);
            json.key("place").value(to_string(way.place));
            json.key("conditions").values(conditions_of(way)).close_object();
        }
        json.close_array();
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
        if (context.json) {
            print_json(context, diagnostics, loaded.policy.get());
        } else {
            for (const Diagnostic& diagnostic : diagnostics)
                context.err << painted(diagnostic, context.error_terminal) << "\n";
            if (!loaded.policy)
                context.err << counted(diagnostics.size(), "error") << "\n";
            else
                print_statement(context, *loaded.policy);
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
