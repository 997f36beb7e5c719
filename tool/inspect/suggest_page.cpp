#include "tool/inspect/suggest_page.h"

#include <algorithm>
#include <cstdint>

#include "record/json_writer.h"
#include "tool/base/text.h"
#include "tool/base/toml_text.h"
#include "tool/base/when.h"

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

std::string entry_as_toml(const Suggestion& suggestion) {
    std::string text =
        comment(counted(suggestion.refusals, "refusal") + " of " +
                counted(suggestion.people.size(), "login") + " since " +
                date_and_time(suggestion.first).substr(0, 16) + ", the last " +
                date_and_time(suggestion.last).substr(0, 16) + ": " + people_of(suggestion));
    if (suggestion.also_permits.empty()) {
        text += comment("permits nothing that was not refused to them");
    }
    for (const std::string& more : suggestion.also_permits) {
        text += comment("ALSO PERMITS " + visible(more));
    }
    if (!suggestion.grant.fields.envelope) {
        text += comment("only in the header: they write on behalf of it, as themselves");
    }
    for (const std::string& doubt : suggestion.doubts) {
        text += comment("MIND: " + visible(doubt));
    }
    return text + alias_as_toml(suggestion.grant);
}

}  // namespace

std::string suggestions_as_toml(const Suggestions& suggestions, TimePoint since, TimePoint until) {
    std::string text =
        comment("relaypermit suggest, " + date_and_time(since).substr(0, 16) + " to " +
                date_and_time(until).substr(0, 16) + ": " +
                (suggestions.entries.empty()
                     ? std::string("nothing to suggest")
                     : counted(suggestions.entries.size(), "entry", "entries") +
                           " would have prevented " + with_commas(suggestions.prevented) + " of " +
                           counted(suggestions.refusals, "refusal") + " for want of a grant"));
    if (suggestions.permitted_by_now > 0) {
        text += comment(with_commas(suggestions.permitted_by_now) +
                        " of them the policy as it is permits by now");
    }
    if (!suggestions.entries.empty()) {
        text += comment(
            "Take what is right into a file of policy.d; then relaypermit check, and "
            "relaypermit replay --policy, before the daemon is reloaded.");
    }
    for (const Suggestion& suggestion : suggestions.entries) {
        text += "\n" + entry_as_toml(suggestion);
    }
    if (!suggestions.suspects.empty()) {
        text += "\n" + comment(
                           "SUSPECTED STOLEN ACCOUNTS, to which nothing is granted (many "
                           "senders in a short time):");
        for (const Suspect& suspect : suggestions.suspects) {
            text += comment(
                "- " + visible(suspect.login) + ": " + counted(suspect.in_an_hour, "sender") +
                " in the hour from " + date_and_time(suspect.from).substr(0, 16) + " and " +
                with_commas(suspect.senders) + " in all, " + counted(suspect.refusals, "refusal") +
                " from " + counted(suspect.clients, "address", "addresses") + ", as " +
                visible(joined(suspect.examples)));
        }
        text += comment(
            "A program that forwards other people's mail looks the same: such a login "
            "needs a grant of `*`, written by hand.");
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
    json.key("entries").open_array();
    for (const Suggestion& suggestion : suggestions.entries) {
        json.open_object().key("id").value(suggestion.grant.id).key("logins").open_array();
        for (const LoginPattern& login : suggestion.grant.logins) {
            json.value(login.pattern.text());
        }
        json.close_array().key("senders").open_array();
        for (const PlacedPattern& sender : suggestion.grant.senders) {
            json.value(sender.pattern.text());
        }
        json.close_array().key("fields").open_array();
        for (const auto& [covered, name] : {std::pair{suggestion.grant.fields.envelope, "envelope"},
                                            std::pair{suggestion.grant.fields.from, "from"},
                                            std::pair{suggestion.grant.fields.sender, "sender"}}) {
            if (covered) {
                json.value(name);
            }
        }
        json.close_array().key("refusals").value(suggestion.refusals).key("people").open_object();
        for (const auto& [person, count] : suggestion.people) {
            json.key(person).value(count);
        }
        json.close_object().key("first").value(rfc3339(suggestion.first));
        json.key("last").value(rfc3339(suggestion.last));
        json.key("also_permits").values(suggestion.also_permits);
        json.key("doubts").values(suggestion.doubts);
        json.key("toml").value(alias_as_toml(suggestion.grant)).close_object();
    }
    json.close_array().key("suspects").open_array();
    for (const Suspect& suspect : suggestions.suspects) {
        json.open_object().key("login").value(suspect.login);
        json.key("refusals").value(suspect.refusals).key("senders").value(suspect.senders);
        json.key("in_an_hour").value(suspect.in_an_hour).key("clients").value(suspect.clients);
        json.key("from").value(rfc3339(suspect.from)).key("examples").values(suspect.examples);
        json.close_object();
    }
    json.close_array().key("left_out").open_array();
    for (const LeftOut& left : suggestions.left_out) {
        json.open_object().key("login").value(left.login).key("address").value(left.what);
        json.key("why").value(left.why).key("refusals").value(left.refusals).close_object();
    }
    return json.close_array().close_object().take() + "\n";
}

}  // namespace relaypermit
