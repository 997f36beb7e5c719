// relaypermit explain: what would happen to a message, or happened to one on record, and why.
#include <unistd.h>

#include <optional>
#include <ostream>

#include "policy/reference.h"
#include "policy/reply.h"
#include "tool/base/policy_loading.h"
#include "tool/base/progress.h"
#include "tool/base/table_answers.h"
#include "tool/base/visible.h"
#include "tool/commands/case_options.h"
#include "tool/commands/commands.h"
#include "tool/commands/user_answer.h"
#include "tool/inspect/decisions.h"
#include "tool/inspect/recorded.h"
#include "tool/rehearse/explanation.h"
#include "tool/rehearse/hosted_domains.h"
#include "tool/rehearse/wrong_password.h"

namespace relaypermit {
namespace {

class ExplainCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "explain"; }
    [[nodiscard]] std::string_view summary() const override {
        return "what would happen to a message, and why";
    }
    void declare(Options& options) override {
        options.argument(reference_, "REF",
                         "of a refusal: what happened, then and under this policy");
        source_.declare_source(options);
        message_.declare(options);
        options.flag("--wrong-password", wrong_password_,
                     "what they see whose password the mail server refuses");
        options.flag("--for-user", for_user_,
                     "of a REF: what to answer to whom it happened, ready to paste");
        options.value("--lang", language_, "LANGUAGE",
                      "of that answer, as de; default: the first of [guide] languages");
        options.example("relaypermit explain 7F3K2Q9D");
        options.example("relaypermit explain 7F3K2Q9D --for-user --lang de");
        options.example("relaypermit explain --login bob@example.com --sender orders@example.com");
        options.example("relaypermit explain --login bob@example.com --wrong-password");
        options.epilogue(
            "Says the verdict, the reply as the client would read it, every rule that was looked "
            "at, and what would permit a message that is refused. mode = \"monitor\" is left "
            "aside, and said.\n"
            "Exit code 0 where the message is accepted, 1 where it is refused, 2 where it cannot "
            "be told.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        if (!reference_.empty() && wrong_password_)
            return complain(
                context, "--wrong-password asks of a rehearsal: leave out the REF or the option");
        if (for_user_ && reference_.empty())
            return complain(context, "--for-user answers somebody who was refused: name the REF");
        if (language_ && !for_user_)
            return complain(context, "--lang is the language of --for-user");
        if (const auto idle = message_.given(); !reference_.empty() && !idle.empty())
            return complain(context, std::string(idle) +
                                         " is of a rehearsal, and of a REF all is on record: "
                                         "leave out the REF or the option");
        if (!reference_.empty()) return run_recorded(context);
        if (source_.store || !source_.maillogs.empty())
            return complain(context,
                            "--store and --maillog say where a REF is looked up; there is none "
                            "(relaypermit explain --maillog FILE REF)");
        if (const auto idle = message_.given_beside_login_and_mta();
            wrong_password_ && !idle.empty())
            return complain(context, std::string(idle) +
                                         " does nothing beside --wrong-password, which comes "
                                         "before any message: leave one of them out");
        auto written = message_.facts(context.now);
        if (!written) return complain(context, written.error());
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return Exit::failed;
        if (wrong_password_) {
            const WrongPassword refusal =
                wrong_password(*loaded->policy, written->login, written->mta);
            context.out << (context.json ? to_json_line(refusal) + "\n"
                                         : to_text(refusal, context.terminal));
            return Exit::finding;
        }
        if (const auto& ports = loaded->policy->source().submission_ports;
            !message_.names_port() && !ports.empty())
            written->port = ports.front();
        Facts facts = case_facts(*written, *loaded->policy, context.now);
        TableAnswers tables(*loaded, context.err);
        ask_every_table(*loaded->policy, facts, std::ref(tables));
        const Explanation explanation = explain(*loaded->policy, facts);
        context.out << (context.json ? to_json_line(explanation) + "\n"
                                     : to_text(explanation, context.terminal));
        return explanation.verdict.refused() ? Exit::finding : Exit::fine;
    }

  private:
    // Every decision of the reference; the exit code is that of the policy now.
    [[nodiscard]] Exit run_recorded(const Context& context) {
        const std::string reference = normalize_reference(reference_);
        if (reference.empty())
            return complain(context, "`" + visible(reference_) +
                                         "` is not a reference: the eight "
                                         "letters and digits behind `ref` in the reply");
        // A host that collects logs may have no policy.
        const bool has_source = source_.store || !source_.maillogs.empty();
        const bool without_policy = has_source && ::access(context.config.c_str(), F_OK) != 0;
        std::optional<Loaded> loaded;
        if (!without_policy) {
            if (auto read = load_or_complain(context, context.config)) loaded = std::move(*read);
            if (!loaded) return Exit::failed;
        }
        const auto decisions = open_decisions(source_, context);
        if (!decisions) return complain(context, decisions.error());
        Progress progress{context, "decisions read"};
        (*decisions)->on_read([&] { progress.step(); });
        std::vector<Decision> found;
        const auto notes = (*decisions)->find(reference, [&](Decision&& decision) {
            found.push_back(std::move(decision));
            return true;
        });
        progress.clear();
        if (!notes) return complain(context, notes.error());
        if (const Exit failed = say(context, *notes); failed != Exit::fine) return failed;
        if (found.empty())
            return complain(context, "nothing on record has the reference " + reference);
        if (for_user_) {
            if (!loaded)
                return complain(context,
                                "an answer needs the values of a policy, and there is "
                                "none, `" +
                                    visible(context.config) + "`");
            return answer_user(context, *loaded, **decisions, found, reference, language_);
        }
        if (!loaded) {
            for (const Decision& decision : found) {
                const RecordedExplanation explained{
                    .decision = decision,
                    .cannot = "there is no policy here, `" + visible(context.config) + "`"};
                context.out << (context.json ? to_json_line(explained) + "\n"
                                             : to_text(explained, context.terminal));
            }
            return Exit::fine;
        }
        TableAnswers tables(*loaded, context.err);
        const HostedDomains hosted(*loaded->policy, std::ref(tables));
        Exit exit = Exit::fine;
        for (const Decision& decision : found) {
            const auto habits = habits_of(**decisions, decision, hosted);
            progress.clear();
            if (!habits) return complain(context, habits.error());
            const auto explained =
                explain_recorded(*loaded->policy, decision, context.now, std::ref(tables),
                                 habits->suspect, habits->form);
            context.out << (context.json ? to_json_line(explained) + "\n"
                                         : to_text(explained, context.terminal));
            if (explained.refused_now) exit = Exit::finding;
        }
        return exit;
    }

    struct Habits {
        std::optional<Suspect> suspect{};
        std::optional<WebForm> form{};
    };

    // What the login of a refusal looks like, by what it tried around then.
    static tl::expected<Habits, std::string> habits_of(Decisions& decisions,
                                                       const Decision& decision,
                                                       const HostedDomains& hosted) {
        const Record& record = decision.record();
        if (record.login.empty() || !record.cause || !about_ownership(*record.cause))
            return Habits{};
        const std::string& delimiter = hosted.policy().source().subaddress_delimiter;
        AbuseWatch watch{delimiter};
        WebForms forms{delimiter,
                       [&](const std::string& domain) { return hosted.of(domain) != Match::no; }};
        const TimePoint time = decision.stored.time;
        const auto read = decisions.each(
            {.since = time - AbuseWatch::lookback, .until = time + AbuseWatch::lookback}, true,
            [&](Decision&& other) {
                if (ascii_lower(other.record().login) == ascii_lower(record.login)) {
                    watch.add(other);
                    forms.add(other);
                }
                return true;
            });
        if (!read) return tl::unexpected(read.error());
        Habits habits;
        if (auto suspects = watch.suspects(); !suspects.empty())
            habits.suspect = std::move(suspects.front());
        const std::string& tried = record.cause == Cause::from_not_owned && !record.from.empty()
                                       ? record.from.front()
                                       : record.sender;
        if (forms.is_visitor(record.login, tried)) habits.form = std::move(forms.forms().front());
        return habits;
    }

    std::string reference_{};
    DecisionOptions source_{""};
    CaseOptions message_{};
    bool wrong_password_{};
    bool for_user_{};
    std::optional<std::string> language_{};
};

}  // namespace

std::unique_ptr<Command> make_explain_command() {
    return std::make_unique<ExplainCommand>();
}

}  // namespace relaypermit
