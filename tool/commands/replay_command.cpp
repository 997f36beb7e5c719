// relaypermit replay: what a new policy would have changed, before it is live.
#include <array>
#include <optional>
#include <ostream>

#include "record/json_writer.h"
#include "tool/base/policy_loading.h"
#include "tool/base/progress.h"
#include "tool/base/table_answers.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/inspect/decisions.h"
#include "tool/inspect/log_view.h"
#include "tool/inspect/read_ahead.h"
#include "tool/inspect/replay.h"

namespace relaypermit {
namespace {

constexpr std::size_t people_named = 3;

struct Heading {
    Change change;
    std::optional<Stage> stage;
    Style style;
    std::string_view title;
    std::string_view remark;
};
constexpr std::string_view unknown_rest = "what would have come next is not on record";
constexpr std::array<Heading, 7> headings = {{
    {Change::newly_refused, {}, Style::red, "newly refused", "these went through"},
    {Change::newly_permitted, {}, Style::green, "newly permitted", ""},
    {Change::passes_stage, Stage::mail, Style::green, "no longer refused at MAIL", unknown_rest},
    {Change::passes_stage, Stage::rcpt, Style::green, "no longer refused at RCPT", unknown_rest},
    {Change::other_cause, {}, Style::yellow, "refused for another cause", ""},
    {Change::no_longer_objected,
     {},
     Style::green,
     "no longer objected to",
     "only monitored: these went through"},
    {Change::no_objection,
     {},
     Style::yellow,
     "no objection of the policy",
     "the mail server refused these by itself"},
}};

std::string people_of(const ChangeGroup& group) {
    std::string text;
    std::size_t named = 0;
    for (const std::string& person : group.people) {
        if (named == people_named)
            return text + " and " + std::to_string(group.people.size() - named) + " more";
        text += (named++ == 0 ? "" : ", ") + delimited(person);
    }
    return text;
}

// "sender-not-owned -> permitted by shop-team".
std::string step_of(const ChangeGroup& group) {
    std::string text{group.before ? to_string(*group.before) : to_string(group.was)};
    if (group.was == Outcome::monitor) text += " (monitored)";
    text += " -> ";
    switch (group.change) {
        case Change::passes_stage:
            text += "passes";
            break;
        case Change::no_objection:
            text += "nothing";
            break;
        case Change::no_longer_objected:
            // Another cause may still object.
            text += group.after ? to_string(*group.after) : "nothing";
            break;
        default:
            text += group.after ? to_string(*group.after) : to_string(group.becomes);
    }
    if (group.becomes == Outcome::tempfail)
        text += " (for now)";
    else if (group.becomes == Outcome::monitor)
        text += " (monitored)";
    if (!group.rules.empty()) text += ", rule " + delimited(group.rules);
    return text;
}

class ReplayCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "replay"; }
    [[nodiscard]] std::string_view summary() const override {
        return "what a new policy would change of the decisions on record";
    }

    void declare(Options& options) override {
        options.value("-p,--policy", policy_, "FILE", "the new policy");
        source_.declare(options);
        options.example("relaypermit replay --policy new-policy.toml --since 30d");
        options.epilogue(
            "Every recorded decision, accepted mail included, is taken again under the new policy. "
            "A message that was refused at MAIL has no recipients or From on record: at most it is "
            "no longer refused there.\n"
            "Exit code 0 where nothing changes, 1 where something does, 2 where the record or the "
            "policy cannot be read.");
    }

    [[nodiscard]] Exit run(const Context& context) override {
        if (policy_.empty()) return complain(context, "replay needs --policy FILE");
        const auto span = time_span(source_, context.now);
        if (!span) return complain(context, span.error());
        const auto loaded = load_or_complain(context, policy_);
        if (!loaded) return Exit::failed;
        const auto decisions = open_decisions(source_, context);
        if (!decisions) return complain(context, decisions.error());
        TableAnswers tables{*loaded, context.err};
        Replay replay{*loaded->policy, std::ref(tables)};
        Progress progress{context, "decisions replayed"};
        const auto read = each_ahead(**decisions, *span, false, [&](Decision&& decision) {
            progress.step();
            replay.add(decision);
            return true;
        });
        progress.clear();
        if (!read) return complain(context, read.error());
        if (const Exit exit = say(context, *read); exit != Exit::fine) return exit;
        context.out << (context.json ? as_json(replay) : as_text(context.terminal, replay, *span));
        return replay.changed() > 0 ? Exit::finding : Exit::fine;
    }

  private:
    [[nodiscard]] std::string as_text(const Terminal& terminal, const Replay& replay,
                                      const TimeSpan& span) const {
        std::string text = counted(replay.decisions(), "decision") + " since " +
                           date_and_time(span.since) + " under " + visible(policy_) + ": " +
                           (replay.changed() == 0 ? "nothing changes"
                                                  : with_commas(replay.changed()) + " change") +
                           "\n";
        const auto groups = replay.groups();
        for (const Heading& heading : headings) {
            bool titled = false;
            for (const ChangeGroup& group : groups) {
                if (group.change != heading.change ||
                    (heading.stage && group.stage != *heading.stage)) {
                    continue;
                }
                if (!titled) {
                    titled = true;
                    text += "\n" + terminal.paint(heading.style, heading.title);
                    text += heading.remark.empty()
                                ? "\n"
                                : terminal.paint(Style::dim,
                                                 "  (" + std::string(heading.remark) + ")") +
                                      "\n";
                }
                text += group_as_text(terminal, group);
            }
        }
        for (const auto& [why, count] : replay.unjudged())
            text += "\n" + with_commas(count) + " left out: " + std::string(to_string(why));
        if (replay.without_all_recipients() > 0) {
            text += "\n" + counted(replay.without_all_recipients(), "message") +
                    " had recipients that are not on record; judged by those that are";
        }
        return text + (text.back() == '\n' ? "" : "\n");
    }

    [[nodiscard]] static std::string group_as_text(const Terminal& terminal,
                                                   const ChangeGroup& group) {
        constexpr std::size_t indent = 10;
        std::string text =
            padded(terminal.paint(Style::bold, with_commas(group.count)), 8, true) + "  " +
            step_of(group) + ", " +
            (group.people.size() == 1 ? "" : std::to_string(group.people.size()) + " people: ") +
            people_of(group) + "\n";
        for (const Decision& example : group.examples) {
            const std::string line =
                date_and_time(example.stored.time) + "  " +
                (example.record().reference.empty() ? ""
                                                    : visible(example.record().reference) + "  ") +
                what_happened(example);
            text += std::string(indent, ' ') +
                    terminal.paint(Style::dim, wrapped(line, terminal.width, indent + 2)) + "\n";
        }
        return text;
    }

    [[nodiscard]] static std::string as_json(const Replay& replay) {
        JsonWriter json{2};
        json.open_object().key("decisions").value(replay.decisions());
        json.key("changed").value(replay.changed()).key("left_out").open_object();
        for (const auto& [why, count] : replay.unjudged()) json.key(to_string(why)).value(count);
        json.close_object().key("changes").open_array();
        for (const ChangeGroup& group : replay.groups()) {
            json.open_object().key("change").value(to_string(group.change));
            json.key("verdict_before").value(to_string(group.was)).key("cause_before");
            group.before ? json.value(to_string(*group.before)) : json.null();
            json.key("verdict").value(to_string(group.becomes)).key("cause");
            group.after ? json.value(to_string(*group.after)) : json.null();
            json.key("rule").values(group.rules).key("count").value(group.count);
            json.key("people").values({group.people.begin(), group.people.end()});
            json.key("examples").open_array();
            for (const Decision& example : group.examples) json.json(to_json_line(example));
            json.close_array().close_object();
        }
        json.close_array().close_object();
        return json.take() + "\n";
    }

    std::string policy_{};
    DecisionOptions source_{"7d"};
};

}  // namespace

std::unique_ptr<Command> make_replay_command() {
    return std::make_unique<ReplayCommand>();
}

}  // namespace relaypermit
