// relaypermit check: what is wrong in a policy, what is doubtful, and whom it lets relay without
// logging in.
#include <algorithm>
#include <array>
#include <filesystem>
#include <istream>
#include <iterator>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "config/kept_policy.h"
#include "config/source_text.h"
#include "config/suspensions.h"
#include "config/table_kind.h"
#include "policy/table_questions.h"
#include "record/json_writer.h"
#include "tables/open_table.h"
#include "tool/base/diagnostic_formats.h"
#include "tool/base/diagnostic_view.h"
#include "tool/base/file_text.h"
#include "tool/base/policy_loading.h"
#include "tool/base/source_excerpt.h"
#include "tool/base/table_answers.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/guide/marker.h"
#include "tool/guide/site.h"
#include "tool/rehearse/lint.h"
#include "tool/rehearse/open_relay_view.h"
#include "tool/rehearse/trace_words.h"

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

// What each table says of nobody: whether it answers at all, and how fast.
std::vector<TableAnswer> answers_about_nobody(const Loaded& loaded, std::ostream& remarks) {
    const Address sender{"relaypermit-check", "example.invalid"};
    Facts facts;
    facts.auth_type = "PLAIN";
    facts.auth_authen = to_string(sender);
    std::vector<Question> questions;
    for (const TableSource& table : loaded.policy->source().tables)
        if (auto question = question_to(table, &sender)) questions.push_back(*std::move(question));
    for (const DomainTableSource& table : loaded.policy->source().domain_tables)
        questions.push_back(question_to(table, sender.domain));
    // A wrong statement or a server that hangs shows at the first question alone.
    TableAnswers(loaded, remarks)(questions, facts);
    return facts.table_answers;
}

// Where a table of either section stands, and what it is called before its name.
struct NamedTable {
    Place place{};
    std::string kind{};
};

NamedTable table_named(const Loaded& loaded, const std::string& id) {
    for (const DomainTableSource& table : loaded.policy->source().domain_tables)
        if (table.id == id) return {table.place, "domain table "};
    for (const TableSource& table : loaded.policy->source().tables)
        if (table.id == id) return {table.place, "alias table "};
    return {{}, "alias table "};
}

// Warnings, because the daemon runs as another user and perhaps on another machine.
void ask_tables(const Loaded& loaded, std::vector<Diagnostic>& diagnostics,
                std::vector<TableAnswer>& answers) {
    const auto warn = [&](const std::string& id, const std::string& fault) {
        const NamedTable table = table_named(loaded, id);
        diagnostics.push_back({Severity::warning, table.place,
                               table.kind + in_backticks(id) + fault,
                               "where the daemon fares no better, whoever needs it is put off with "
                               "lookup-failed"});
    };
    std::set<std::string> opened;
    for (const TableSettings& table : loaded.settings.tables)
        if (const auto one = open_table(table); one)
            opened.insert(table.id);
        else
            warn(table.id, " cannot be opened from here: " + one.error());
    if (opened.empty()) return;
    std::stringstream remarks;
    answers = answers_about_nobody(loaded, remarks);
    for (const TableAnswer& answer : answers)
        if (!answer.known && opened.contains(answer.table))
            warn(answer.table, " does not answer from here: " + answer.why);
        else if (!answer.key.empty() && !answer.address.domain.empty() &&
                 answer.address.local.empty())
            diagnostics.push_back({Severity::warning, table_named(loaded, answer.table).place,
                                   "domain table " + in_backticks(answer.table) + " has " +
                                       in_backticks(answer.key) +
                                       ", a domain that nobody has, and so probably every domain",
                                   "mail to any domain would be relayed for anybody: a query must "
                                   "find a row for the domains that it has alone"});
    // Nobody has no entry that would be complained of: this is what a table says of itself.
    for (std::string line; std::getline(remarks, line);) {
        constexpr std::string_view level = "warning: ";
        const std::string remark = line.starts_with(level) ? line.substr(level.size()) : line;
        const auto table = std::find_if(
            loaded.settings.tables.begin(), loaded.settings.tables.end(),
            [&](const TableSettings& one) { return remark.starts_with(in_words(one) + ": "); });
        diagnostics.push_back(
            {Severity::warning,
             table == loaded.settings.tables.end() ? Place{} : table_named(loaded, table->id).place,
             remark, "the daemon ignores them too, and says so once in its log"});
    }
}

// --live: "alias table staff answers: looked up `x`: nothing, 1.3 ms".
void print_tables(const Context& context, const Loaded& loaded,
                  const std::vector<TableAnswer>& answers) {
    for (const TableAnswer& answer : answers) {
        std::string line = table_named(loaded, answer.table).kind + answer.table +
                           (answer.known ? " answers" : " does not answer: " + answer.why);
        for (const TableLookup& lookup : answer.lookups)
            line += (&lookup == &answer.lookups.front() ? ": " : ", ") + words_of(lookup);
        context.out << wrapped(visible(line), context.terminal.width, 2) << "\n";
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

// The causes for which replies lead to an anchor that the guide has not; nothing where no reply
// leads there.
void look_into_guide(const Loaded& loaded, const std::string& folder,
                     std::vector<Diagnostic>& diagnostics) {
    if (loaded.policy->source().help_url.empty()) return;
    const auto at = loaded.places.find("server.help_url");
    const Place place = at == loaded.places.end() ? Place{} : at->second;
    const std::string write_anew = "write it anew: relaypermit guide --out " + folder;
    const auto guide =
        read_marker(file_text(std::filesystem::path(folder) / guide_marker).value_or(""));
    if (!guide) {
        diagnostics.push_back({Severity::warning, place,
                               "help_url is set, and " + in_backticks(folder) +
                                   " holds no guide of `relaypermit guide`",
                               write_anew});
        return;
    }
    for (const std::string& anchor : guide_anchors(loaded))
        if (std::find(guide->anchors.begin(), guide->anchors.end(), anchor) == guide->anchors.end())
            diagnostics.push_back({Severity::warning, place,
                                   "help_url leads to #" + anchor + ", and the guide in " +
                                       in_backticks(folder) + " has nothing there",
                                   write_anew});
}

struct Checked {
    Loaded loaded{};
    std::vector<SourceText> sources{};
    std::vector<Diagnostic> diagnostics{};
    std::vector<TableAnswer> answers{};  // of its alias tables, about nobody
};

void look_at(Checked& checked, const Context& context) {
    checked.diagnostics =
        checked.loaded.policy ? lint(checked.loaded, context.now) : checked.loaded.errors;
    if (checked.loaded.policy) ask_tables(checked.loaded, checked.diagnostics, checked.answers);
}

Checked check_files(const Context& context) {
    Checked checked;
    std::vector<PolicyText> texts;
    checked.loaded = load_policy(context.config, host_name(), texts);
    for (PolicyText& text : texts) checked.sources.emplace_back(text.name, std::move(text.text));
    look_at(checked, context);
    if (checked.loaded.policy) look_into_suspensions(context, checked.loaded, checked.diagnostics);
    return checked;
}

// What an editor has not saved yet, or a pipe brings.
Checked check_text(const Context& context) {
    Checked checked;
    std::string text{std::istreambuf_iterator<char>(context.in), {}};
    if (text.size() > max_policy_bytes) {
        checked.loaded.errors.push_back(
            {Severity::error, Place{context.config, 0, 0}, "it is larger than 64 MiB", {}});
    } else {
        checked.loaded = load_policy_text(text, context.config, host_name());
        checked.sources.emplace_back(context.config, std::move(text));
    }
    look_at(checked, context);
    return checked;
}

// "policy.toml and 1 file of policy.d: sound, with 2 warnings - 12 grants, 1 hosted domain"
std::string sound_line(const Context& context, const Checked& checked) {
    const PolicySource& source = checked.loaded.policy->source();
    std::string line = visible(context.config);
    if (checked.loaded.files.size() > 1)
        line += " and " + counted(checked.loaded.files.size() - 1, "file") + " of policy.d";
    line += ": sound";
    if (!checked.diagnostics.empty())
        line += ", with " + counted(checked.diagnostics.size(), "warning");
    line += " - ";
    line += source.grants.size() == 0 ? "no grants" : counted(source.grants.size(), "grant");
    const auto add = [&](std::size_t number, std::string_view one) {
        if (number > 0) line += ", " + counted(number, one);
    };
    add(source.restrictions.size(), "restriction");
    add(source.tables.size(), "alias table");
    add(source.domain_tables.size(), "domain table");
    add(source.hosted_domains.patterns().size(), "hosted domain");
    add(checked.loaded.tests.size(), "test");
    return line;
}

void print_text(const Context& context, const Checked& checked, bool live) {
    for (const Diagnostic& diagnostic : checked.diagnostics) {
        context.err << painted(diagnostic, context.error_terminal) << "\n";
        if (const auto excerpt = excerpt_at(checked.sources, diagnostic.place))
            context.err << painted(*excerpt, context.error_terminal);
    }
    if (!checked.loaded.policy)
        context.err << counted(checked.diagnostics.size(), "error") << "\n";
    else
        context.out << sound_line(context, checked) << "\n";
    if (checked.loaded.policy && live) print_tables(context, checked.loaded, checked.answers);
    if (checked.loaded.policy)
        context.out << open_relay_statement(checked.loaded, context.now, context.terminal);
}

constexpr const char* standard_input = "<stdin>";

class CheckCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "check"; }
    [[nodiscard]] std::string_view summary() const override {
        return "is the policy sound, and whom does it let relay without a login";
    }
    void declare(Options& options) override {
        options.argument(file_, "FILE",
                         "the policy, in place of -c; - is standard input, without a policy.d");
        options.flag("--strict", strict_, "exit code 1 where there is a warning");
        options.flag("--live", live_, "say of each alias table what it answered, and how fast");
        options.value("--guide", guide_, "DIR",
                      "the guide that help_url leads to: warn of each cause that it lacks; "
                      "default: folder in [guide]");
        options.value("--format", format_, "FORMAT",
                      "text; short, github or json for editors and CI");
        options.example("relaypermit check -c /etc/relaypermit/policy.toml --strict");
        options.epilogue(
            "Errors and warnings go to standard error, each with its place and its line; then\n"
            "standard output has whom the policy lets relay without a login.\n"
            "With another FORMAT, standard output has the errors and warnings alone: short,\n"
            "one a line as compilers have them; github, workflow commands; json, an array.\n"
            "--json is the whole answer: errors, warnings, and who may relay without a login.\n"
            "Exit code 0; 1 for an error, or for a warning with --strict.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        const auto* const format = std::find(formats.begin(), formats.end(), format_);
        if (format == formats.end()) {
            const std::string near = did_you_mean(format_, {formats.begin(), formats.end()});
            return complain(context, "--format is text, short, github or json, not " +
                                         in_backticks(visible(format_)) +
                                         (near.empty() ? "" : " (did you mean `" + near + "`?)"));
        }
        if (context.json && format_ != "text")
            return complain(context,
                            "--json is the whole answer and --format the errors and warnings of "
                            "it: choose one");
        Context here = context;
        if (!file_.empty()) here.config = file_ == "-" ? standard_input : file_;
        Checked checked = file_ == "-" ? check_text(here) : check_files(here);
        if (checked.loaded.policy) {
            const std::string& folder =
                guide_.empty() ? checked.loaded.settings.guide.folder : guide_;
            if (!folder.empty()) look_into_guide(checked.loaded, folder, checked.diagnostics);
        }
        const bool is_sound = checked.loaded.policy != nullptr;
        if (context.json)
            print_json(context, checked.diagnostics, checked.loaded);
        else if (format_ == "text")
            print_text(here, checked, live_);
        else if (format_ == "json")
            context.out << in_json(checked.diagnostics, checked.sources, here.config) << "\n";
        else
            for (const Diagnostic& diagnostic : checked.diagnostics)
                context.out << (format_ == "github" ? for_github(diagnostic, here.config)
                                                    : in_short(diagnostic, here.config))
                            << "\n";
        return !is_sound || (strict_ && !checked.diagnostics.empty()) ? Exit::finding : Exit::fine;
    }

  private:
    static constexpr std::array<std::string_view, 4> formats = {"text", "short", "github", "json"};

    std::string file_{};
    std::string guide_{};
    std::string format_{"text"};
    bool strict_{};
    bool live_{};
};

}  // namespace

std::unique_ptr<Command> make_check_command() {
    return std::make_unique<CheckCommand>();
}

}  // namespace relaypermit
