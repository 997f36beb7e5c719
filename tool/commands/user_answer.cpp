#include "tool/commands/user_answer.h"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <set>
#include <string_view>

#include "policy/cause.h"
#include "tool/base/visible.h"
#include "tool/guide/agents.h"
#include "tool/guide/help_desk_answer.h"

namespace relaypermit {
namespace {

// Somebody's mail program, seen in what else they sent around then.
constexpr std::chrono::hours around{24};

bool refused_somebody(const Decision& decision) {
    const Outcome verdict = decision.record().verdict;
    return decision.record().cause && verdict != Outcome::accept && verdict != Outcome::monitor;
}

// The program of a refusal: what its message calls itself; where it was refused before it could
// say so, what the same login sent from the same client around then, if that is one program.
tl::expected<std::string, std::string> program_of(Decisions& decisions, const Decision& refused,
                                                  const std::vector<GuideProgram>& programs) {
    const Record& record = refused.record();
    if (record.agent && !record.agent->empty())
        return std::string(program_of_agent(programs, *record.agent));
    if (record.login.empty() || !record.agent) return std::string();
    std::set<std::string, std::less<>> seen;
    const TimePoint time = refused.stored.time;
    const auto read = decisions.each(
        {.since = time - around, .until = time + around}, false, [&](Decision&& other) {
            const Record& sent = other.record();
            if (sent.login == record.login && sent.client == record.client && sent.agent &&
                !sent.agent->empty())
                seen.emplace(program_of_agent(programs, *sent.agent));
            return true;
        });
    if (!read) return tl::unexpected(read.error());
    return seen.size() == 1 ? *seen.begin() : std::string();
}

}  // namespace

Exit answer_user(const Context& context, const Loaded& loaded, Decisions& decisions,
                 const std::vector<Decision>& found, const std::string& reference,
                 const std::optional<std::string>& language) {
    const auto refused = std::find_if(found.begin(), found.end(), refused_somebody);
    if (refused == found.end())
        return complain(context,
                        "nobody was refused under " + reference + ": there is nothing to answer");
    const auto data = built_in_guide();
    if (!data) return complain(context, "the pages built in are not sound: " + data.error());
    const std::string wanted = language.value_or(loaded.settings.guide.languages.front());
    if (!data->texts.contains(wanted)) {
        std::vector<std::string> known;
        for (const auto& [code, texts] : data->texts) known.push_back(code);
        return complain(context, "there are no help pages in `" + visible(wanted) + "`, but in " +
                                     joined(known));
    }
    const auto program = program_of(decisions, *refused, data->programs);
    if (!program) return complain(context, program.error());
    // Not for the paste, but whoever sends it should know that it names no menus.
    if (const auto& agent = refused->record().agent; program->empty() && agent && !agent->empty())
        context.err << "The program calls itself `" << visible(*agent)
                    << "`, which has no page: the steps are those for programs in general.\n";
    const std::string_view cause = refused->login_trouble == LoginTrouble::wrong_password
                                       ? wrong_password
                                       : to_string(*refused->record().cause);
    const auto answer = answer_for_user(loaded, *data, cause, reference,
                                        visible(refused->record().reply), *program, wanted);
    if (!answer) return complain(context, answer.error());
    context.out << (context.json ? to_json_line(*answer) + "\n" : to_text(*answer));
    return Exit::fine;
}

}  // namespace relaypermit
