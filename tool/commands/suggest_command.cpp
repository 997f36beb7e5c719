// relaypermit suggest: the grants that were missing, ready to paste.
#include <ostream>

#include "tool/base/policy_loading.h"
#include "tool/base/progress.h"
#include "tool/base/table_answers.h"
#include "tool/commands/commands.h"
#include "tool/inspect/decisions.h"
#include "tool/inspect/suggest.h"
#include "tool/inspect/suggest_page.h"

namespace relaypermit {
namespace {

class SuggestCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "suggest"; }
    [[nodiscard]] std::string_view summary() const override {
        return "the [[alias]] entries that were missing, ready to paste";
    }

    void declare(Options& options) override {
        source_.declare(options);
        options.example("relaypermit suggest --since 7d > /tmp/suggested.toml");
        options.epilogue(
            "Looks at sender-not-owned, sender-not-hosted and from-not-owned. Accounts that look "
            "stolen get no suggestion and are named. The output is TOML for a file of policy.d; "
            "read each entry before it becomes one.\n"
            "Exit code 0; 2 where the record or the policy cannot be read.");
    }

    [[nodiscard]] Exit run(const Context& context) override {
        const auto span = time_span(source_, context.now);
        if (!span) return complain(context, span.error());
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return Exit::failed;
        const auto decisions = open_decisions(source_, context);
        if (!decisions) return complain(context, decisions.error());
        TableAnswers tables{*loaded, context.err};
        Suggester suggester{*loaded->policy, context.now, std::ref(tables)};
        // Who has just tried a hundred senders is no candidate for a grant, even where the burst
        // lies before --since.
        TimeSpan watched = *span;
        watched.since -= AbuseWatch::lookback;
        Progress progress{context, "decisions read"};
        // Accepted mail only tells who has an account, which the store says by itself.
        const auto accounts = (*decisions)->logins_of_accepted(*span);
        if (!accounts) return complain(context, accounts.error());
        for (const std::string& login : accounts->value_or(std::vector<std::string>{}))
            suggester.add_account(login);
        const auto read =
            (*decisions)->each(watched, accounts->has_value(), [&](Decision&& decision) {
                progress.step();
                if (decision.stored.time < span->since)
                    suggester.watch(decision);
                else
                    suggester.add(decision);
                return true;
            });
        progress.clear();
        if (!read) return complain(context, read.error());
        if (const Exit exit = say(context, *read); exit != Exit::fine) return exit;
        const Suggestions suggestions = suggester.finish();
        context.out << (context.json ? suggestions_as_json(suggestions)
                                     : suggestions_as_toml(suggestions, span->since,
                                                           span->until.value_or(context.now),
                                                           loaded->policy->source().server_name));
        return Exit::fine;
    }

  private:
    DecisionOptions source_{"7d"};
};

}  // namespace

std::unique_ptr<Command> make_suggest_command() {
    return std::make_unique<SuggestCommand>();
}

}  // namespace relaypermit
