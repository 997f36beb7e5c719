#include "tool/inspect/suggest_page.h"

#include <algorithm>
#include <cstdint>

#include "record/json_writer.h"
#include "tool/base/rules_as_toml.h"
#include "tool/base/visible.h"
#include "tool/base/when.h"
#include "tool/inspect/report_findings.h"

namespace relaypermit {
// Comments hold what clients wrote: each is one line, and visible() leaves no line end in it.
namespace {

constexpr std::size_t widest = 88;
constexpr std::size_t people_named = 4;

// "# " and the text, in as many lines as it takes.
std::string comment(std::string_view text) {
    std::string out;
    std::string line = "#";
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 1));
        if (line.size() > 1 && line.size() + 1 + word.size() > widest) {
            out += line + "\n";
            line = "#  ";
        }
        line += " ";
        line += word;
    }
    return out + line + "\n";
}

std::string people_of(const Suggestion& suggestion) {
    std::vector<std::pair<std::string, std::uint64_t>> people(suggestion.people.begin(),
                                                              suggestion.people.end());
    std::stable_sort(people.begin(), people.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string text;
    for (std::size_t i = 0; i < people.size() && i < people_named; ++i) {
        text += (i == 0 ? "" : ", ") + visible(people[i].first) + " (" +
                with_commas(people[i].second) + ")";
    }
    return people.size() > people_named
               ? text + " and " + with_commas(people.size() - people_named) + " more"
               : text;
}

// How many, of whom, and when.
std::string heading_of(const Suggestion& line, std::string_view person) {
    return comment(counted(line.refusals, "refusal") + " of " +
                   counted(line.people.size(), person) + " since " +
                   date_and_time(line.first).substr(0, 16) + ", the last " +
                   date_and_time(line.last).substr(0, 16) + ": " + people_of(line));
}

std::string remarks_of(const Suggestion& line) {
    std::string text;
    for (const std::string& more : line.also_permits)
        text += comment("ALSO PERMITS " + visible(more));
    for (const std::string& doubt : line.doubts) text += comment("MIND: " + visible(doubt));
    return text;
}

std::string entry_as_toml(const Suggestion& suggestion) {
    const bool of_devices = !suggestion.grant.rare->clients.empty();
    std::string text = heading_of(suggestion, of_devices ? "client" : "login");
    if (suggestion.also_permits.empty())
        text += comment("permits nothing that was not refused to them");
    if (!suggestion.grant.fields.envelope)
        text += comment("only in the header: they write on behalf of it, as themselves");
    if (of_devices) {
        text += comment(
            "for devices that cannot log in; the mail server must let them relay too (mynetworks "
            "in Postfix)");
    }
    return text + remarks_of(suggestion) + alias_as_toml(suggestion.grant);
}

// A setting has its line already, in another file: a second one would be an error.
std::string setting_as_comment(const ForgottenSetting& setting) {
    std::string lines;
    for (const std::string& line : lines_to_add(setting.forgotten))
        lines += (lines.empty() ? "" : ", and ") + line;
    return heading_of(setting, "login") +
           comment("one line for all of them, in the policy file itself: " + lines) +
           remarks_of(setting);
}

std::string suspects_as_comment(const std::vector<Suspect>& suspects, Suspect::Kind kind,
                                std::string_view heading) {
    std::string text;
    for (const Suspect& suspect : suspects) {
        if (suspect.kind != kind) continue;
        if (text.empty()) text = "\n" + comment(heading);
        text += comment("- " + visible(suspect.login) + ": " + what_was_seen(suspect));
    }
    return text.empty() ? text : text + comment("To do: " + std::string(what_to_do(kind)) + ".");
}

void write_members(JsonWriter& json, const Suggestion& line) {
    json.key("refusals").value(line.refusals).key("people").open_object();
    for (const auto& [person, number] : line.people) json.key(person).value(number);
    json.close_object().key("first").value(rfc3339(line.first));
    json.key("last").value(rfc3339(line.last));
    json.key("also_permits").values(line.also_permits).key("doubts").values(line.doubts);
}

}  // namespace

std::string suggestions_as_toml(const Suggestions& suggestions, TimePoint since, TimePoint until,
                                std::string_view server) {
    const std::size_t lines = suggestions.entries.size() + suggestions.settings.size();
    std::string text = comment(
        "relaypermit suggest" + (server.empty() ? std::string{} : " on " + visible(server)) + ", " +
        date_and_time(since).substr(0, 16) + " to " + date_and_time(until).substr(0, 16) + ": " +
        (lines == 0 ? std::string("nothing to suggest")
                    : (suggestions.settings.empty()
                           ? counted(lines, "entry", "entries")
                           : counted(suggestions.settings.size(), "setting") + " and " +
                                 counted(suggestions.entries.size(), "entry", "entries")) +
                          " would have prevented " + with_commas(suggestions.prevented) + " of " +
                          counted(suggestions.refusals, "refusal") + " for want of a grant"));
    if (suggestions.permitted_by_now > 0) {
        text += comment(with_commas(suggestions.permitted_by_now) +
                        " of them the policy as it is permits by now");
    }
    if (lines > 0) {
        text += comment(
            "Take what is right into a file of policy.d; then relaypermit check, and "
            "relaypermit replay --policy, before the daemon is reloaded.");
    }
    for (const ForgottenSetting& setting : suggestions.settings)
        text += "\n" + setting_as_comment(setting);
    for (const Suggestion& suggestion : suggestions.entries)
        text += "\n" + entry_as_toml(suggestion);
    text += suspects_as_comment(suggestions.suspects, Suspect::Kind::theft,
                                "SUSPECTED STOLEN ACCOUNTS, to which nothing is granted (many "
                                "senders without a pattern, from several networks):");
    text += suspects_as_comment(suggestions.suspects, Suspect::Kind::crowd,
                                "LOGINS THAT SEND AS MANY OTHERS, to which nothing is granted "
                                "(many senders without a pattern, from few networks):");
    if (!suggestions.forms.empty()) {
        text += "\n" + comment(
                           "STRANGERS IN FROM, for which nothing is granted (a web form, or "
                           "mail that is redirected):");
        for (const WebForm& form : suggestions.forms)
            text += comment("- " + visible(form.login) + ": " + what_was_seen(form));
        text += comment("To do: " + std::string(form_advice) + ".");
    }
    if (!suggestions.left_out.empty()) {
        text += "\n" + comment("Not suggested:");
        for (const LeftOut& left : suggestions.left_out) {
            text += comment("- " + visible(left.login) + " as " + visible(left.what) + " (" +
                            with_commas(left.refusals) + "): " + visible(left.why));
        }
    }
    return text;
}

std::string suggestions_as_json(const Suggestions& suggestions) {
    JsonWriter json{2};
    json.open_object().key("refusals").value(suggestions.refusals);
    json.key("prevented").value(suggestions.prevented);
    json.key("permitted_by_now").value(suggestions.permitted_by_now);
    json.key("settings").open_array();
    for (const ForgottenSetting& setting : suggestions.settings) {
        json.open_object().key("domain").value(setting.forgotten.domain);
        json.key("lines").values(lines_to_add(setting.forgotten));
        write_members(json, setting);
        json.close_object();
    }
    json.close_array().key("entries").open_array();
    for (const Suggestion& suggestion : suggestions.entries) {
        json.open_object().key("id").value(suggestion.grant.id).key("logins").open_array();
        for (const LoginPattern& login : suggestion.grant.logins) json.value(login.pattern.text());
        json.close_array().key("clients").open_array();
        for (const PlacedNetwork& client : suggestion.grant.rare->clients)
            json.value(to_string(client.network));
        json.close_array().key("senders").open_array();
        for (const PlacedPattern& sender : suggestion.grant.senders)
            json.value(sender.pattern.text());
        json.close_array().key("fields").open_array();
        for (const auto& [covered, name] : {std::pair{suggestion.grant.fields.envelope, "envelope"},
                                            std::pair{suggestion.grant.fields.from, "from"},
                                            std::pair{suggestion.grant.fields.sender, "sender"}}) {
            if (covered) json.value(name);
        }
        json.close_array();
        write_members(json, suggestion);
        json.key("toml").value(alias_as_toml(suggestion.grant)).close_object();
    }
    json.close_array();
    suspects_as_json(json, suggestions.suspects);
    forms_as_json(json, suggestions.forms);
    json.key("left_out").open_array();
    for (const LeftOut& left : suggestions.left_out) {
        json.open_object().key("login").value(left.login).key("address").value(left.what);
        json.key("why").value(left.why).key("refusals").value(left.refusals).close_object();
    }
    return json.close_array().close_object().take() + "\n";
}

}  // namespace relaypermit
