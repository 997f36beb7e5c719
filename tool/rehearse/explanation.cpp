#include "tool/rehearse/explanation.h"

#include <algorithm>

#include "policy/play.h"
#include "record/json_writer.h"
#include "record/record_json.h"
#include "tool/base/table.h"
#include "tool/base/visible.h"

namespace relaypermit {
namespace {

std::string_view words_of(Match match) {
    switch (match) {
        case Match::yes:
            return "yes";
        case Match::no:
            return "no";
        case Match::unknown:
            return "unknown";
    }
    return {};
}

Style style_of(Match match) {
    switch (match) {
        case Match::yes:
            return Style::green;
        case Match::no:
            return Style::dim;
        case Match::unknown:
            return Style::yellow;
    }
    return Style::plain;
}

// What the MTA has seen of the message when it is refused.
Facts as_far_as(const Policy& policy, const Facts& facts, const Verdict& verdict) {
    Facts seen = facts;
    if (!verdict.refused() || verdict.stage == Stage::headers) return seen;
    seen.headers.clear();
    seen.recipients.clear();
    if (verdict.stage == Stage::mail) return seen;
    for (const Recipient& recipient : facts.recipients) {
        seen.recipients.push_back(recipient);
        if (evaluate(policy, seen, Stage::rcpt, Mode::enforce).refused()) break;
    }
    return seen;
}

std::string headline(const Explanation& explanation, const Terminal& terminal) {
    const Verdict& verdict = explanation.verdict;
    std::string text =
        terminal.paint(style_of_verdict(to_string(verdict.outcome)), to_string(verdict.outcome));
    if (verdict.refused())
        return text + "  " + terminal.paint(Style::bold, outcome_in_words(verdict));
    std::string rules;
    for (const std::string& rule : verdict.rules) rules += (rules.empty() ? "" : ", ") + rule;
    if (!rules.empty()) text += "  by " + terminal.paint(Style::bold, visible(rules));
    for (const Cause cause : verdict.also)
        text += "  " + terminal.paint(Style::yellow,
                                      "would have been refused: " + std::string(to_string(cause)));
    return text;
}

std::string facts_as_text(const Explanation& explanation, const Terminal& terminal) {
    const Record& record = explanation.record;
    Table table({{.title = {}, .style = Style::dim}, {.wraps = true}});
    std::string client = record.client + " to port " + std::to_string(record.port) +
                         (record.tls.empty() ? " without TLS" : " with TLS");
    if (record.mta == Mta::sendmail) client += ", Sendmail";
    table.add({{"client"}, {client}});
    table.add({{"login"},
               {record.login.empty() ? "none" : record.login + " (" + record.mechanism + ")"}});
    table.add({{"sender"}, {record.sender}});
    std::string from;
    for (const std::string& address : record.from) from += (from.empty() ? "" : ", ") + address;
    if (!from.empty()) table.add({{"From"}, {from}});
    if (!record.header_sender.empty()) table.add({{"Sender"}, {record.header_sender}});
    std::string recipients;
    for (const std::string& recipient : record.recipients)
        recipients += (recipients.empty() ? "" : ", ") + recipient;
    if (record.recipient_count > record.recipients.size() && record.stage != Stage::rcpt)
        recipients +=
            " and " + std::to_string(record.recipient_count - record.recipients.size()) + " more";
    if (!recipients.empty()) table.add({{"to"}, {recipients}});
    return table.print(terminal, 2);
}

std::string indented(std::string_view text, std::size_t indent) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out += std::string(indent, ' ') + std::string(text.substr(0, end)) + "\n";
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return out;
}

std::string remedy_as_text(const Remedy& remedy, const Terminal& terminal) {
    if (remedy.advice.empty() && remedy.alias.empty()) return {};
    std::string_view heading = "what would permit it:";
    if (remedy.advice.empty()) heading = "this rule would permit it:";
    if (remedy.still) heading = "what it would take:";
    std::string text = terminal.paint(Style::bold, heading) + "\n";
    for (const std::string& advice : remedy.advice)
        text += "  - " + wrapped(visible(advice), terminal.width, 4) + "\n";
    if (!remedy.alias.empty()) {
        text += (remedy.advice.empty() ? "" : "\n") + indented(remedy.alias, 4);
        if (remedy.still)
            text +=
                "  with it the message is still refused: " + std::string(to_string(*remedy.still)) +
                "\n";
    }
    return text;
}

}  // namespace

std::string_view command_of(Stage stage) {
    switch (stage) {
        case Stage::mail:
            return "MAIL";
        case Stage::rcpt:
            return "RCPT";
        case Stage::headers:
            return "the end of the message";
    }
    return {};
}

std::string outcome_in_words(const Verdict& verdict) {
    if (!verdict.refused() || !verdict.cause) return "accept";
    return std::string(to_string(*verdict.cause)) + " at " + std::string(command_of(verdict.stage));
}

std::string because_of(const Verdict& verdict) {
    const std::string reason(row_of(verdict.reason).in_words);
    if (verdict.why.empty() || reason.empty()) return verdict.why + reason;
    return verdict.why + ": " + reason;
}

std::string rehearsed_reply(const Policy& policy, const Facts& facts, const Verdict& verdict) {
    if (!verdict.refused()) return {};
    return to_string(
        render_reply(policy, as_far_as(policy, facts, verdict), verdict, rehearsed_reference));
}

Explanation explain(const Policy& policy, const Facts& facts) {
    Explanation explanation;
    explanation.verdict = play(policy, facts);
    const Verdict& verdict = explanation.verdict;
    explanation.facts = as_far_as(policy, facts, verdict);
    explanation.reply = rehearsed_reply(policy, facts, verdict);
    explanation.record =
        make_record(policy, explanation.facts, read_message(policy, explanation.facts), verdict, {},
                    rehearsed_reference, explanation.reply, RecipientPrivacy::full);
    // The whole message, so that an admin who mends one rule sees what comes next.
    explanation.trace = trace(policy, facts);
    explanation.remedy = remedy_for(policy, facts, verdict);
    explanation.only_recorded = verdict.refused() && policy.source().monitor_mode;
    return explanation;
}

std::string trace_as_text(const Trace& trace, const Terminal& terminal, std::size_t indent) {
    std::size_t rule_width = 0;
    std::size_t place_width = 0;
    for (const TraceStep& step : trace.steps) {
        rule_width = std::max(rule_width, columns(step.rule));
        place_width = std::max(place_width, columns(to_string(step.place)));
    }
    constexpr std::size_t answer_width = 7;
    std::string text;
    std::string about;
    for (const TraceStep& step : trace.steps) {
        if (step.about != about) {
            about = step.about;
            text += std::string(indent, ' ') + terminal.paint(Style::bold, visible(about)) + "\n";
        }
        std::string line = std::string(indent + 2, ' ');
        line +=
            padded(terminal.paint(style_of(step.matched), words_of(step.matched)), answer_width) +
            "  " + padded(visible(step.rule), rule_width) + "  " +
            padded(terminal.paint(Style::dim, visible(to_string(step.place))), place_width) + "  ";
        const std::size_t used = columns(line);
        const std::string why = visible(step.why);
        constexpr std::size_t enough = 40;
        if (used + columns(why) <= terminal.width || used + enough <= terminal.width) {
            text += line + wrapped(why, terminal.width, used) + "\n";
        } else {
            line.erase(line.find_last_not_of(' ') + 1);
            text += line + "\n" + std::string(indent + 6, ' ') +
                    wrapped(why, terminal.width, indent + 6) + "\n";
        }
    }
    std::string others;
    if (trace.other_grants > 0) others = counted(trace.other_grants, "further grant");
    if (trace.other_restrictions > 0)
        others += (others.empty() ? "" : " and ") +
                  counted(trace.other_restrictions, "further restriction");
    const bool one = trace.other_grants + trace.other_restrictions == 1;
    if (!others.empty())
        text += std::string(indent, ' ') +
                terminal.paint(Style::dim,
                               others + (one ? " has" : " have") + " nothing to do with it") +
                "\n";
    return text;
}

std::string to_text(const Explanation& explanation, const Terminal& terminal) {
    std::string text = headline(explanation, terminal) + "\n";
    if (explanation.only_recorded)
        text += terminal.paint(Style::yellow,
                               "at present this is only recorded and the message passes: "
                               "mode = \"monitor\"") +
                "\n";
    if (!explanation.reply.empty())
        text += wrapped(explanation.reply, std::max<std::size_t>(terminal.width, 40), 0) + "\n";
    if (const std::string because = because_of(explanation.verdict); !because.empty())
        text += terminal.paint(Style::yellow, visible(because)) + "\n";
    text += "\n" + facts_as_text(explanation, terminal) + "\n";
    text += trace_as_text(explanation.trace, terminal, 0);
    const std::string remedy = remedy_as_text(explanation.remedy, terminal);
    return remedy.empty() ? text : text + "\n" + remedy;
}

std::string to_json_line(const Explanation& explanation) {
    JsonWriter json;
    json.open_object().members(to_json_text(explanation.record)).key("trace").open_array();
    for (const TraceStep& step : explanation.trace.steps) {
        json.open_object().key("rule").value(step.rule).key("place").value(to_string(step.place));
        json.key("matched").value(words_of(step.matched)).key("why").value(step.why);
        json.key("about").value(step.about).close_object();
    }
    json.close_array().key("advice").values(explanation.remedy.advice);
    json.key("alias").value(explanation.remedy.alias).key("still");
    const auto& still = explanation.remedy.still;
    still ? json.value(to_string(*still)) : json.null();
    json.key("only_recorded").value(explanation.only_recorded);
    return json.close_object().take();
}

}  // namespace relaypermit
