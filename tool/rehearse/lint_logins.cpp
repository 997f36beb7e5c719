// Warnings about whom a rule is for: logins of every realm there is, or under a spelling by which
// one account is two.
#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "policy/conditions.h"
#include "policy/regex_walk.h"
#include "tool/rehearse/lint.h"
#include "tool/rehearse/other_spellings.h"

namespace relaypermit {
namespace {

using Kind = Pattern::Kind;

bool uses(const Pattern& sender, std::string_view name) {
    return std::find(sender.names().begin(), sender.names().end(), name) != sender.names().end();
}

// A local part that is everybody's of the realm: no {user} in it.
bool is_anybody_of_its_realm(const Pattern& sender) {
    return sender.kind() == Kind::templated && uses(sender, "domain") && !uses(sender, "user") &&
           sender.text().find("{domain}") > sender.text().rfind('@');
}

void lint_every_realm(Lint& lint, const Grant& grant) {
    const bool every_login =
        std::any_of(grant.logins.begin(), grant.logins.end(),
                    [](const LoginPattern& login) { return login.pattern.kind() == Kind::any; });
    if (!every_login) return;
    for (const PlacedPattern& sender : grant.senders) {
        if (!is_anybody_of_its_realm(sender.pattern)) continue;
        std::string domain = "example.com";
        for (const std::string& hosted : lint.source().hosted_domains.patterns())
            if (!hosted.starts_with('*')) {
                domain = hosted;
                break;
            }
        const std::string& text = sender.pattern.text();
        const std::string fixed = text.substr(0, text.rfind('@') + 1) + domain;
        lint.warn(sender.place,
                  "every login, of a realm that nobody hosts too, may send as " +
                      in_backticks(text) + " of its realm, which is somebody else's address",
                  "write " + in_backticks(fixed) + " for the logins " +
                      in_backticks("*@" + domain) + ", or `{user}@{domain}`");
    }
}

// The regex with the group of this name reduced to a letter; nullopt where it has none.
std::optional<std::string> without_group(std::string_view regex, std::string_view name) {
    const std::string begin = "(?P<" + std::string(name) + ">";
    const std::size_t open = regex.find(begin);
    if (open == std::string_view::npos) return std::nullopt;
    std::size_t depth = 1;
    for (std::size_t i = open + begin.size(); i < regex.size(); i = regex_piece(regex, i).end) {
        const char c = regex[i];
        if (c == '(') {
            ++depth;
        } else if (c == ')' && --depth == 0) {
            std::string rest =
                std::string(regex.substr(0, open)) + "x" + std::string(regex.substr(i + 1));
            // Other groups by their number, which says no less.
            for (std::size_t at = rest.find("(?P<"); at != std::string::npos;
                 at = rest.find("(?P<")) {
                const std::size_t end = rest.find('>', at);
                if (end == std::string::npos) return std::nullopt;
                rest.erase(at + 1, end - at);
            }
            return rest;
        }
    }
    return std::nullopt;
}

// Every login has an @ where there is a default realm. A group that takes it fills no template.
void lint_captures(Lint& lint, const Grant& grant) {
    const std::string& realm = lint.source().default_realm;
    for (const LoginPattern& login : grant.logins) {
        if (login.pattern.kind() != Kind::regex) continue;
        for (const std::string& name : login.pattern.names()) {
            const bool used = std::any_of(
                grant.senders.begin(), grant.senders.end(), [&](const PlacedPattern& sender) {
                    return sender.pattern.kind() == Kind::templated && uses(sender.pattern, name);
                });
            // Where the regex as a whole has no @, it matches no login, which is said elsewhere.
            if (!used || matches_no_at(login.pattern.text())) continue;
            const auto rest = without_group(login.pattern.text(), name);
            const bool certain = !realm.empty() && rest && matches_no_at(*rest);
            if (!certain && !takes_in_realm(login.pattern, name, lint.source())) continue;
            lint.warn(login.place,
                      "the group " + in_backticks(name) + " of the regex " +
                          in_backticks(login.pattern.text()) +
                          " takes in the realm of the login, so a sender with " +
                          in_backticks("{" + name + "}") + " is never met",
                      "end it before the realm, as in " +
                          in_backticks("(?P<" + name + ">[^@]+)@" +
                                       (realm.empty() ? std::string("example.com") : realm)));
        }
    }
}

// A second name of one account, which restrictions and suspensions do not reach.
void lint_spellings(Lint& lint, const Grant& grant) {
    for (const LoginPattern& login : grant.logins)
        if (login.pattern.kind() == Kind::regex && asks_for_spelling(login.pattern.text()))
            lint.warn(login.place,
                      "the regex " + in_backticks(login.pattern.text()) +
                          " is for another spelling of a login: a restriction or suspension of "
                          "user@domain does not reach it",
                      "`forms` in [login] makes both one login, before all else");
}

// The same of a regex that is wide enough to take one in.
void lint_usual_spellings(Lint& lint, const Grant& grant, const std::vector<UsualSpelling>& missed,
                          std::set<std::string>& said) {
    for (const LoginPattern& login : grant.logins) {
        if (login.pattern.kind() != Kind::regex || asks_for_spelling(login.pattern.text()))
            continue;
        const auto found = std::find_if(
            missed.begin(), missed.end(),
            [&](const UsualSpelling& one) { return login.pattern.matches(one.login); });
        if (found == missed.end() || !said.insert(to_string(login.place)).second) continue;
        const Restriction& restriction = *found->restriction;
        lint.warn(login.place,
                  "the regex " + in_backticks(login.pattern.text()) + " matches " +
                      in_backticks(found->text) + " too, which may be another spelling of " +
                      in_backticks(to_string(found->of)) + ": " + in_backticks(restriction.id) +
                      " at " + to_string(restriction.place) + " does not reach it",
                  "`forms` in [login] makes both one login; or say what users are made of, as in "
                  "`[a-z0-9._+-]+`");
    }
}

// What the policy itself speaks for: without that every policy would be warned of.
void lint_missed_accounts(Lint& lint) {
    for (const MissedAccount& missed : missed_accounts(*lint.loaded().policy, lint.now())) {
        const Restriction& restriction = *missed.restriction;
        const std::string what = "the restriction " + in_backticks(restriction.id) +
                                 " does not reach the login " + in_backticks(missed.login) +
                                 ", which may send and may be the account of " +
                                 in_backticks(to_string(missed.of)) + ": ";
        if (missed.joined_by != nullptr)
            lint.warn(restriction.place,
                      what + "by " + in_backticks(missed.joined_by->id) + " at " +
                          to_string(missed.joined_by->place) + " one may send as the other",
                      "name both in `logins`");
        else
            lint.warn(restriction.place,
                      what + "a rule names " + in_backticks(missed.example) + " in that spelling",
                      "`forms` in [login] makes both one login, before all else");
    }
}

bool is_joined_by_word(std::string_view login) {
    return login.find(" or ") != std::string_view::npos;
}

// What may be a login's name and is hardly one: `x or y`, a@b@example.com, `smtp:`.
void lint_odd_logins(Lint& lint, const Grant& grant) {
    for (const LoginPattern& login : grant.logins) {
        if (login.pattern.kind() == Kind::regex) continue;
        const std::string& text = login.pattern.text();
        const auto ats = std::count(text.begin(), text.end(), '@');
        if (text.find('"') != std::string::npos) continue;
        if (ats == 0 && is_joined_by_word(text))
            lint.warn(login.place, in_backticks(text) + " is the name of one login, not of several",
                      "several are a list, as in [\"x\", \"y\"]");
        else if (ats > 1)
            lint.warn(login.place, "the login " + in_backticks(text) + " has two `@`",
                      "a login is user@domain, and several are a list");
        else if (text.ends_with(':') || text.find(":@") != std::string::npos)
            lint.warn(login.place, "nothing stands behind the colon of " + in_backticks(text),
                      "write the login itself, as in \"bob@example.com\"");
    }
}

}  // namespace

void lint_logins(Lint& lint) {
    const std::vector<UsualSpelling> missed =
        missed_usual_spellings(*lint.loaded().policy, lint.now());
    std::set<std::string> said;
    for (const Grant& grant : lint.source().grants) {
        if (!is_over(*grant.rare, lint.now())) lint_usual_spellings(lint, grant, missed, said);
        lint_odd_logins(lint, grant);
        lint_every_realm(lint, grant);
        lint_captures(lint, grant);
        lint_spellings(lint, grant);
    }
    lint_missed_accounts(lint);
}

}  // namespace relaypermit
