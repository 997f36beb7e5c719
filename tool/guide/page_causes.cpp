// The causes that a policy can refuse for, and the sentences that people are shown for them.
#include <algorithm>

#include "tool/guide/page_data.h"
#include "tool/guide/sentences.h"

namespace relaypermit {

using nlohmann::json;

namespace {

// A cause that is on can still be one that nothing in the policy can give.
bool can_happen(const PolicySource& source, Cause cause) {
    const auto restricts = [&](auto&& has) {
        return std::any_of(source.restrictions.begin(), source.restrictions.end(), has);
    };
    const bool takes_submissions =
        !source.submission_ports.empty() || !source.submission_daemon_names.empty();
    switch (cause) {
        case Cause::tls_required:
            return source.require_tls && takes_submissions;
        case Cause::login_required:
            return takes_submissions;
        case Cause::client_not_allowed:
            return restricts([](const Restriction& rule) { return rule.networks.has_value(); });
        case Cause::weak_login:
            return restricts([](const Restriction& rule) { return rule.mechanisms.has_value(); });
        case Cause::recipient_not_allowed:
            return restricts([](const Restriction& rule) {
                return rule.recipients.has_value() || rule.recipients_hosted;
            });
        case Cause::from_not_aligned:
            return source.alignment != Alignment::off;
        default:
            return true;
    }
}

json sentence_data(const ShownSentence& sentence, const GuideTexts& texts,
                   std::vector<std::string>& used) {
    json pieces = json::array();
    for (const SentencePiece& piece : sentence.pieces) {
        const bool mark = piece.mark;
        pieces.push_back(
            {{"t", mark ? texts.mark_names.find(piece.text)->second : piece.text}, {"mark", mark}});
        if (mark && std::find(used.begin(), used.end(), piece.text) == used.end())
            used.push_back(piece.text);
    }
    return pieces;
}

json help_data(const CauseHelp& help, std::string_view id, const PolicyValues& values) {
    const json notes = text_data(help.notes, values);
    return {{"id", id},
            {"heading", values.plain(help.title)},
            {"happened", text_data(help.happened, values)},
            {"steps", text_data(help.steps, values)},
            {"set_up_helps", !help.section.empty()},
            {"has_notes", !notes.empty()},
            {"notes", notes},
            {"has_sentence", false},
            {"sentence", json::array()},
            {"words_lang", ""},
            {"has_others", false},
            {"others", json::array()},
            {"has_other_steps", false},
            {"has_elsewhere", false},
            {"elsewhere", json::array()},
            {"marks", json::array()}};
}

}  // namespace

std::vector<Cause> possible_causes(const PolicySource& source) {
    std::vector<Cause> causes;
    for (const Cause cause : all_causes) {
        const Action action = source.causes[static_cast<std::size_t>(cause)].action;
        if ((action == Action::reject || action == Action::tempfail) && can_happen(source, cause))
            causes.push_back(cause);
    }
    return causes;
}

json elsewhere_data(const Loaded& loaded, const GuideTexts& texts, const PolicyValues& values) {
    json sentences = json::array();
    const std::vector<Cause> possible = possible_causes(loaded.policy->source());
    for (const ProgramSentence& sentence : texts.elsewhere) {
        const auto cause = cause_from(sentence.cause);
        if (cause && std::find(possible.begin(), possible.end(), *cause) == possible.end())
            continue;
        sentences.push_back(
            {{"by", sentence.by},
             {"words", values.plain(sentence.text)},
             {"lang", sentence.language},
             {"anchor", sentence.cause},
             {"answer", sentence.cause == programs_anchor
                            ? values.plain(texts.frame.find("any_cause")->second)
                            : values.plain(texts.causes.find(sentence.cause)->second.title)}});
    }
    return sentences;
}

json cause_data(const Loaded& loaded, const GuideTexts& texts, const PolicyValues& values) {
    const Policy& policy = *loaded.policy;
    json causes = json::array();
    const auto add_wrong_password = [&] {
        causes.push_back(
            help_data(texts.causes.find(wrong_password)->second, wrong_password, values));
    };
    for (const Cause cause : possible_causes(policy.source())) {
        const std::string_view id = to_string(cause);
        json data = help_data(texts.causes.find(id)->second, id, values);
        std::vector<std::string> used;
        json others = json::array();
        for (const ShownSentence& sentence : shown_sentences(policy, cause)) {
            json other = {{"sentence", sentence_data(sentence, texts, used)},
                          {"words_lang", sentence.of_the_admin ? "" : "en"},
                          {"own", false}};
            if (sentence.reason != Reason::none) {
                const ReasonHelp& own = texts.reasons.find(to_string(sentence.reason))->second;
                other["own"] = {{"heading", values.plain(own.title)},
                                {"runs", run_data(own.step, values)}};
                data["has_other_steps"] = true;
            }
            others.push_back(std::move(other));
        }
        data["has_sentence"] = true;
        data["sentence"] = others.front()["sentence"];
        data["words_lang"] = others.front()["words_lang"];
        others.erase(others.begin());
        data["has_others"] = !others.empty();
        data["others"] = others;
        std::stable_partition(used.begin(), used.end(),
                              [](const std::string& name) { return name != "ref"; });
        for (const std::string& name : used)
            data["marks"].push_back({{"name", texts.mark_names.find(name)->second},
                                     {"words", texts.marks.find(name)->second}});
        causes.push_back(std::move(data));
        if (cause == Cause::login_required) add_wrong_password();
    }
    const auto is_there = [&](const json& data) { return data["id"] == wrong_password; };
    if (std::none_of(causes.begin(), causes.end(), is_there)) add_wrong_password();
    for (const json& sentence : elsewhere_data(loaded, texts, values))
        for (json& cause : causes)
            if (cause["id"] == sentence["anchor"]) {
                cause["has_elsewhere"] = true;
                cause["elsewhere"].push_back(sentence);
            }
    return causes;
}

}  // namespace relaypermit
