#include "tool/inspect/recorded.h"

#include <algorithm>

#include "policy/reason.h"
#include "record/json_writer.h"
#include "tool/base/table.h"
#include "tool/base/visible.h"
#include "tool/base/when.h"
#include "tool/inspect/hint.h"
#include "tool/inspect/recorded_facts.h"

namespace relaypermit {
namespace {

std::string login_in_words(const Decision& decision) {
    const Record& record = decision.record();
    if (!record.login.empty()) return record.login + " (" + record.mechanism + ")";
    const std::string tried = decision.tried_login.empty() ? "" : " as " + decision.tried_login;
    switch (decision.login_trouble) {
        case LoginTrouble::wrong_password:
            return "none: it tried" + tried + " with a wrong password";
        case LoginTrouble::mechanism:
            return "none: it tried" + tried + " in a way that is not offered";
        case LoginTrouble::unavailable:
            return "none: it tried" + tried + ", and the server could not check the password";
        case LoginTrouble::none:
            break;
    }
    return "none";
}

std::string recorded_as_text(const Decision& decision, const Terminal& terminal) {
    const Record& record = decision.record();
    std::string text =
        terminal.paint(Style::bold, "Recorded " + date_and_time(decision.stored.time));
    if (decision.stored.count > 1) {
        text += ", " + with_commas(decision.stored.count) + " times until " +
                date_and_time(decision.stored.last);
        text += decision.stored.varied ? " (and the like: this is the first)" : "";
    }
    const std::string verdict{to_string(record.verdict)};
    text += "\n" + terminal.paint(style_of_verdict(verdict), verdict);
    if (record.cause) {
        text += "  " + terminal.paint(Style::bold, std::string(to_string(*record.cause)) + " at " +
                                                       std::string(command_of(record.stage)));
    }
    text += "\n";
    if (!record.reply.empty())
        text += wrapped(visible(record.reply), std::max<std::size_t>(terminal.width, 40), 0) + "\n";
    text += "\n";
    Table table{{{.title = {}, .style = Style::dim}, {.title = {}}}};
    const auto row = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) table.add({{std::string(name)}, {value}});
    };
    row("reference", record.reference);
    row("client", (record.client.empty() ? "a local session" : record.client) +
                      (record.port == 0 ? "" : " to port " + std::to_string(record.port)) +
                      (record.tls.empty() ? " without TLS" : " with " + record.tls) +
                      (record.daemon.empty() ? "" : ", " + record.daemon));
    row("HELO", record.helo);
    row("login", login_in_words(decision));
    row("sender", record.sender);
    row("From", joined(record.from));
    row("Sender", record.header_sender);
    std::string recipients = joined(record.recipients);
    if (record.recipient_count > record.recipients.size() && record.stage == Stage::headers) {
        recipients += (recipients.empty() ? "" : " and ") +
                      std::to_string(record.recipient_count - record.recipients.size()) +
                      (recipients.empty() ? " recipients" : " more");
    }
    row("to", recipients);
    row("program", record.agent.value_or(""));
    row("queue id", record.queue_id);
    row("rule", joined(record.rules));
    std::vector<std::string> also;
    for (const Cause cause : record.also) also.emplace_back(to_string(cause));
    row("also", joined(also));
    return text + table.print(terminal, 2);
}

std::string now_as_text(const RecordedExplanation& explanation, const Terminal& terminal) {
    const Record& record = explanation.decision.record();
    std::string text = "\n" + terminal.paint(Style::bold, "Under the policy now") + "\n";
    if (!explanation.cannot.empty())
        return text + "cannot be decided again: " + explanation.cannot + "\n";
    if (explanation.refused_now || record.stage == Stage::headers) {
        text += to_text(explanation.now, terminal);
    } else {
        const bool by_mta = record.verdict == Outcome::mta_reject;
        text += terminal.paint(
            Style::green, by_mta ? std::string("no objection of the policy")
                                 : "no longer refused at " + std::string(command_of(record.stage)));
        if (!explanation.now.verdict.rules.empty())
            text += ", by " + visible(joined(explanation.now.verdict.rules));
        text +=
            terminal.paint(Style::dim, by_mta ? "  (the mail server refused it by itself)"
                                              : "  (what would have come next is not on record)") +
            "\n\n" + trace_as_text(explanation.now.trace, terminal, 0);
    }
    if (explanation.suspect) {
        const Suspect& suspect = *explanation.suspect;
        text += "\n" +
                terminal.paint(
                    Style::red,
                    wrapped((suspect.kind == Suspect::Kind::theft ? "looks like a stolen account: "
                                                                  : "sends as many others: ") +
                                what_was_seen(suspect) +
                                ". To do: " + std::string(what_to_do(suspect.kind)),
                            terminal.width, 0)) +
                "\n";
    } else if (explanation.form && explanation.refused_now) {
        text += "\n" +
                wrapped("puts strangers into From: " + what_was_seen(*explanation.form) +
                            ". To do: " + std::string(form_advice),
                        terminal.width, 0) +
                "\n";
    } else if (record.cause && explanation.refused_now) {
        const auto trouble = explanation.decision.login_trouble;
        const ReasonRow& reason = row_of(explanation.now.verdict.reason);
        const bool by_reason = trouble == LoginTrouble::none && reason.reason == Reason::redirect;
        text +=
            "\n" +
            wrapped("to change: " +
                        std::string(by_reason
                                        ? reason.what_to_change
                                        : what_to_change(
                                              explanation.now.verdict.cause.value_or(*record.cause),
                                              trouble)),
                    terminal.width, 0) +
            "\n";
    }
    return text;
}

}  // namespace

RecordedExplanation explain_recorded(const Policy& policy, const Decision& decision, TimePoint now,
                                     const Ask& ask, std::optional<Suspect> suspect,
                                     std::optional<WebForm> form) {
    const Record& record = decision.record();
    RecordedExplanation explanation{
        .decision = decision, .suspect = std::move(suspect), .form = std::move(form)};
    if (decision.login_trouble == LoginTrouble::wrong_password)
        explanation.wrong_password = wrong_password(policy, decision.tried_login, record.mta);
    const Rejudged judged = rejudge(policy, record, now, ask);
    if (judged.unjudged != Unjudged::no) {
        explanation.cannot = to_string(judged.unjudged);
        return explanation;
    }
    Facts facts = message_facts_of(record, now);
    ask_every_table(policy, facts, ask);
    if (record.verdict == Outcome::mta_reject) {
        Verdict verdict = judged.verdict;
        explanation.refused_now = verdict.cause.has_value();
        // What it takes to satisfy the policy; the mail server must be told too.
        verdict.outcome = verdict.cause ? Outcome::reject : Outcome::accept;
        explanation.now = {.facts = facts,
                           .verdict = verdict,
                           .reply = record.reply,
                           .record = record,
                           .trace = trace(policy, facts),
                           .remedy = remedy_for(policy, facts, verdict)};
        return explanation;
    }
    explanation.now = explain(policy, facts);
    if (explanation.now.verdict.cause == Cause::from_unusable && !fault_not_kept(record).empty()) {
        explanation.now.verdict.why = fault_not_kept(record);
        explanation.now.verdict.reason = Reason::none;
    }
    // Of a redirect nothing is kept but the reply.
    if (Verdict& now_verdict = explanation.now.verdict;
        now_verdict.cause == Cause::from_not_owned && now_verdict.reason == Reason::none &&
        record.cause == now_verdict.cause &&
        reason_of_reply(*record.cause, record.reply) == Reason::redirect) {
        now_verdict.reason = Reason::redirect;
        explanation.now.remedy = remedy_for(policy, facts, now_verdict);
    }
    if (explanation.suspect || explanation.form) explanation.now.remedy = {};
    const Verdict& verdict = explanation.now.verdict;
    explanation.refused_now = verdict.refused() && verdict.stage <= record.stage;
    if (explanation.refused_now) {
        explanation.now.reply =
            to_string(render_reply(policy, explanation.now.facts, verdict, record.reference));
    }
    return explanation;
}

std::string to_text(const RecordedExplanation& explanation, const Terminal& terminal) {
    std::string text =
        recorded_as_text(explanation.decision, terminal) + now_as_text(explanation, terminal);
    if (explanation.wrong_password)
        text += "\n" + terminal.paint(Style::bold, "Before that, the answer to the password") +
                "\n" + to_text(*explanation.wrong_password, terminal);
    return text;
}

std::string to_json_line(const RecordedExplanation& explanation) {
    JsonWriter json;
    json.open_object().key("recorded").json(to_json_line(explanation.decision));
    json.key("suspected").value(explanation.suspect.has_value()).key("now");
    if (!explanation.cannot.empty()) {
        json.open_object().key("cannot").value(explanation.cannot).close_object();
    } else if (explanation.refused_now || explanation.decision.record().stage == Stage::headers) {
        json.json(to_json_line(explanation.now));
    } else {
        json.open_object().key("verdict").value("passes").key("stage");
        json.value(to_string(explanation.decision.record().stage));
        json.key("rule").values(explanation.now.verdict.rules).close_object();
    }
    if (explanation.wrong_password)
        json.key("wrong_password").json(to_json_line(*explanation.wrong_password));
    return json.close_object().take();
}

}  // namespace relaypermit
