// The causes that a policy can refuse for, and the sentences that people are shown for them.
#include <algorithm>

#include "policy/reply.h"
#include "tool/guide/page_data.h"

namespace relaypermit {

using nlohmann::json;

namespace {

constexpr std::string_view no_reference = "00000000";

// A cause that is on can still be one that nothing in the policy can give.
bool can_happen(const PolicySource& source, Cause cause) {
    const auto restricts = [&](auto&& has) {
        return std::any_of(source.restrictions.begin(), source.restrictions.end(), has);
    };
    switch (cause) {
        case Cause::tls_required:
            return source.require_tls;
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

// What stands in a sentence for what differs from message to message goes through the reply as
// its own placeholder.
Verdict sample_verdict(const Policy& policy, Cause cause, Reason reason) {
    Verdict verdict;
    verdict.outcome =
        policy.cause(cause).action == Action::tempfail ? Outcome::tempfail : Outcome::reject;
    verdict.cause = cause;
    verdict.reason = reason;
    verdict.login = "{login}";
    verdict.sender = "{sender}";
    verdict.from = "{from}";
    verdict.recipient = "{recipient}";
    verdict.instead = "{instead}";
    verdict.rules = {"{rule}"};
    return verdict;
}

// The sentence in pieces: those that differ from message to message are marks. `used` collects
// their names. Of a reason, which has code, help address and reference in common with its cause,
// only the words.
json sentence(const Policy& policy, Cause cause, Reason reason, std::vector<std::string>& used) {
    const Reply reply =
        render_reply(policy, Facts{}, sample_verdict(policy, cause, reason), no_reference);
    std::string text = reason == Reason::none ? to_string(reply) : reply.text;
    if (reason != Reason::none) {
        const std::string& help_url = policy.source().help_url;
        std::size_t end = help_url.empty() ? std::string::npos : text.rfind(" - " + help_url + "#");
        if (end == std::string::npos) end = text.rfind(" - ref ");
        if (end != std::string::npos) text.resize(end);
    }
    if (text.ends_with(no_reference))
        text.replace(text.size() - no_reference.size(), no_reference.size(), "{ref}");
    json pieces = json::array();
    const auto add = [&](const std::string& piece, bool mark) {
        if (!piece.empty()) pieces.push_back({{"t", piece}, {"mark", mark}});
    };
    constexpr std::string_view marks[] = {"login",   "sender", "from", "recipient",
                                          "instead", "rule",   "ref"};
    std::size_t done = 0;
    for (std::size_t open = text.find('{'); open != std::string::npos;
         open = text.find('{', open + 1)) {
        const std::size_t close = std::min(text.find('}', open), text.size() - 1);
        const std::string name = text.substr(open + 1, close - open - 1);
        if (std::find(std::begin(marks), std::end(marks), name) == std::end(marks)) continue;
        add(text.substr(done, open - done), false);
        add(name, true);
        if (std::find(used.begin(), used.end(), name) == used.end()) used.push_back(name);
        done = close + 1;
    }
    add(text.substr(done), false);
    return pieces;
}

json help_data(const CauseHelp& help, std::string_view id, const PolicyValues& values) {
    const json notes = text_data(help.notes, values);
    return {{"id", id},
            {"heading", values.plain(help.title)},
            {"happened", text_data(help.happened, values)},
            {"steps", text_data(help.steps, values)},
            {"has_notes", !notes.empty()},
            {"notes", notes},
            {"has_sentence", false},
            {"sentence", json::array()},
            {"has_others", false},
            {"others", json::array()},
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
        data["has_sentence"] = true;
        data["sentence"] = sentence(policy, cause, Reason::none, used);
        json others = json::array();
        for (std::size_t i = 1; policy.cause(cause).text_is_default && i < reason_count; ++i) {
            const auto reason = static_cast<Reason>(i);
            if (fits(reason, cause))
                others.push_back({{"sentence", sentence(policy, cause, reason, used)}});
        }
        data["has_others"] = !others.empty();
        data["others"] = others;
        std::stable_partition(used.begin(), used.end(),
                              [](const std::string& name) { return name != "ref"; });
        for (const std::string& name : used)
            data["marks"].push_back({{"name", name}, {"words", texts.marks.find(name)->second}});
        causes.push_back(std::move(data));
        if (cause == Cause::login_required) add_wrong_password();
    }
    const auto is_there = [&](const json& data) { return data["id"] == wrong_password; };
    if (std::none_of(causes.begin(), causes.end(), is_there)) add_wrong_password();
    return causes;
}

}  // namespace relaypermit
