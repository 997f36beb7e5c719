// relaypermit test: the [[test]] entries of a policy, and of further files.
#include <algorithm>
#include <optional>
#include <ostream>
#include <unordered_set>

#include "policy/play.h"
#include "record/json_writer.h"
#include "tool/base/diagnostic_view.h"
#include "tool/base/policy_loading.h"
#include "tool/base/table.h"
#include "tool/base/table_answers.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/rehearse/explanation.h"

namespace relaypermit {
namespace {

struct Played {
    const TestCase* test{};
    Verdict verdict{};
    bool passed{};
};

// A grant or restriction that no verdict named.
struct IdleRule {
    std::string id{};
    Place place{};
};

// The tables of the policy, and for a test with [[test.table]] those in their place.
struct TablesOfTests {
    const Loaded& loaded;
    std::ostream& complaints;
    TableAnswers real{loaded, complaints};
    std::optional<TableAnswers> of_test{};

    [[nodiscard]] TableAnswers& of(const TestCase& test) {
        return test.tables.empty() ? real : of_test.emplace(loaded, complaints, test.tables);
    }
};

// A table is asked only where the answer turns on it, as in the daemon.
Played play_test(const Policy& policy, const TestCase& test, TableAnswers& tables, TimePoint now) {
    Played played{&test, play(policy, case_facts(test.facts, policy, now), std::ref(tables)),
                  false};
    const Verdict& verdict = played.verdict;
    const std::string actual = verdict.refused() && verdict.cause
                                   ? std::string(to_string(*verdict.cause))
                                   : std::string("accept");
    const auto& rules = verdict.rules;
    played.passed = actual == test.expect && (!test.rule || std::find(rules.begin(), rules.end(),
                                                                      *test.rule) != rules.end());
    return played;
}

std::string by_rules(const std::vector<std::string>& rules) {
    std::string text;
    for (const std::string& rule : rules) text += (text.empty() ? " by " : ", ") + rule;
    return text;
}

std::string expected(const TestCase& test) {
    return test.expect + (test.rule ? " by " + *test.rule : "");
}

std::string actual(const Verdict& verdict) {
    return outcome_in_words(verdict) + by_rules(verdict.rules);
}

void print_failure(const Context& context, const Policy& policy, TablesOfTests& tables,
                   const Played& played) {
    const Terminal& terminal = context.terminal;
    const TestCase& test = *played.test;
    Facts facts = case_facts(test.facts, policy, context.now);
    ask_every_table(policy, facts, std::ref(tables.of(test)));
    // No explain(): a remedy is a policy more to compile, and there may be thousands of failures.
    const std::string reply = rehearsed_reply(policy, facts, played.verdict);
    context.out << terminal.paint(Style::red, "FAIL") << "  "
                << terminal.paint(Style::bold, visible(test.name)) << "  "
                << terminal.paint(Style::dim, visible(to_string(test.place))) << "\n"
                << "      expected  " << visible(expected(test)) << "\n"
                << "      actual    " << visible(actual(played.verdict)) << "\n";
    constexpr std::size_t column = 16;
    if (!reply.empty())
        context.out << "      reply     " << wrapped(reply, terminal.width, column) << "\n";
    if (const std::string because = because_of(played.verdict); !because.empty())
        context.out << "      because   " << wrapped(visible(because), terminal.width, column)
                    << "\n";
    context.out << trace_as_text(trace(policy, facts), terminal, 6) << "\n";
}

class TestCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "test"; }
    [[nodiscard]] std::string_view summary() const override {
        return "plays the [[test]] entries of the policy";
    }
    void declare(Options& options) override {
        options.arguments(files_, "CASES.toml", "files of further [[test]] entries");
        options.flag("--coverage", coverage_, "name the rules that no test exercises");
        options.example("relaypermit test -c policy.toml --coverage more-cases.toml");
        options.epilogue(
            "Exit code 0 where all pass, 1 where one fails, 2 where the policy or a file has an "
            "error.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return Exit::failed;
        std::vector<TestCase> tests = loaded->tests;
        bool sound = true;
        for (const std::string& file : files_) {
            LoadedCases cases = load_cases(file);
            for (const Diagnostic& error : cases.errors) {
                context.err << painted(error, context.error_terminal) << "\n";
                sound = false;
            }
            std::move(cases.tests.begin(), cases.tests.end(), std::back_inserter(tests));
        }
        const Policy& policy = *loaded->policy;
        for (const TestCase& test : tests)
            for (const CaseTable& table : test.tables) {
                if (has_table(policy, table.id)) continue;
                context.err << painted({Severity::error, table.place,
                                        "no [[alias_table]] or [[domain_table]] has the id " +
                                            in_backticks(table.id),
                                        "[[test.table]] stands in the place of one"},
                                       context.error_terminal)
                            << "\n";
                sound = false;
            }
        if (!sound) return Exit::failed;

        std::vector<Played> all;
        all.reserve(tests.size());
        TablesOfTests tables{*loaded, context.err};
        for (const TestCase& test : tests)
            all.push_back(play_test(policy, test, tables.of(test), context.now));
        const auto failures = static_cast<std::size_t>(std::count_if(
            all.begin(), all.end(), [](const Played& played) { return !played.passed; }));
        const std::vector<IdleRule> idle =
            coverage_ ? unexercised(policy, all) : std::vector<IdleRule>();
        if (context.json)
            print_json(context, all, failures, idle);
        else
            print(context, policy, tables, all, failures, idle);
        return failures > 0 ? Exit::finding : Exit::fine;
    }

  private:
    [[nodiscard]] static bool has_table(const Policy& policy, const std::string& id) {
        const auto is_it = [&](const auto& table) { return table.id == id; };
        const PolicySource& source = policy.source();
        return std::any_of(source.tables.begin(), source.tables.end(), is_it) ||
               std::any_of(source.domain_tables.begin(), source.domain_tables.end(), is_it);
    }
    // Ids of grants and restrictions that no verdict named.
    static std::vector<IdleRule> unexercised(const Policy& policy, const std::vector<Played>& all) {
        std::unordered_set<std::string> named;
        for (const Played& played : all)
            named.insert(played.verdict.rules.begin(), played.verdict.rules.end());
        std::vector<IdleRule> idle;
        for (const Grant& grant : policy.source().grants)
            if (!named.contains(grant.id)) idle.push_back({grant.id, grant.place});
        for (const Restriction& restriction : policy.source().restrictions)
            if (!named.contains(restriction.id))
                idle.push_back({restriction.id, restriction.place});
        return idle;
    }

    void print(const Context& context, const Policy& policy, TablesOfTests& tables,
               const std::vector<Played>& all, std::size_t failures,
               const std::vector<IdleRule>& idle) const {
        const Terminal& terminal = context.terminal;
        for (const Played& played : all)
            if (!played.passed) print_failure(context, policy, tables, played);
        if (coverage_) {
            const std::size_t rules =
                policy.source().grants.size() + policy.source().restrictions.size();
            context.out << (rules - idle.size()) << " of " << counted(rules, "rule")
                        << " exercised by a test" << (idle.empty() ? "" : "; not:") << "\n";
            Table table({{.title = {}}, {.title = {}, .style = Style::dim}});
            for (const auto& [id, place] : idle) table.add({{id}, {to_string(place)}});
            context.out << table.print(terminal, 2);
        }
        if (all.empty())
            context.out << terminal.paint(Style::yellow, "there is no [[test]]") << "\n";
        else if (failures == 0)
            context.out << counted(all.size(), "test") << " passed\n";
        else
            context.out << terminal.paint(Style::red, with_commas(failures) + " of " +
                                                          counted(all.size(), "test") + " failed")
                        << "\n";
    }

    void print_json(const Context& context, const std::vector<Played>& all, std::size_t failures,
                    const std::vector<IdleRule>& idle) const {
        JsonWriter json{2};
        json.open_object().key("tests").value(all.size()).key("failed").value(failures);
        json.key("failures").open_array();
        for (const Played& played : all) {
            if (played.passed) continue;
            json.open_object().key("name").value(played.test->name);
            json.key("place").value(to_string(played.test->place));
            json.key("expected").value(expected(*played.test));
            json.key("actual").value(actual(played.verdict)).close_object();
        }
        json.close_array();
        if (coverage_) {
            json.key("unexercised").open_array();
            for (const auto& [id, place] : idle) {
                json.open_object().key("rule").value(id).key("place");
                json.value(to_string(place)).close_object();
            }
            json.close_array();
        }
        context.out << json.close_object().take() << "\n";
    }

    std::vector<std::string> files_{};
    bool coverage_{};
};

}  // namespace

std::unique_ptr<Command> make_test_command() {
    return std::make_unique<TestCommand>();
}

}  // namespace relaypermit
