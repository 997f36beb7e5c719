// Warnings about regexes: whom they match that their author did not think of.
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "policy/near_domain.h"
#include "policy/regex_walk.h"
#include "tool/rehearse/lint.h"
#include "tool/rehearse/public_suffix.h"

namespace relaypermit {
namespace {

// Addresses of domains that have nothing to do with each other, nor with any policy.
constexpr std::array<std::string_view, 3> strangers = {
    "someone@elsewhere.invalid", "q7@another.test", "x.y+z@a.b.c.example.invalid"};

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool matches_strangers(const Pattern& regex) {
    return std::all_of(strangers.begin(), strangers.end(), [&](std::string_view stranger) {
        const auto address = parse_address(stranger);
        return address && regex.matches(*address);
    });
}

// Where a dot behind the last @ of a regex stands for any one character: it was meant as a dot.
std::vector<std::size_t> unescaped_dots(std::string_view text) {
    std::vector<std::size_t> dots;
    bool behind_at = false;
    for (std::size_t i = 1; i + 1 < text.size(); i = regex_piece(text, i).end) {
        const char c = text[i];
        if (c == '@') {
            behind_at = true;
            dots.clear();
        } else if (c == '.' &&
                   std::string_view("*+?{").find(text[i + 1]) == std::string_view::npos) {
            dots.push_back(i);
        }
    }
    return behind_at ? dots : std::vector<std::size_t>();
}

// The domain that a regex ends with, as plain text: example.com of `/.*@(.*\.)?example\.com$/`.
// Empty where it ends with anything else.
std::string final_domain(std::string_view regex) {
    std::string_view text = regex.substr(1, regex.size() - 2);
    if (text.ends_with('$') && !text.ends_with("\\$")) text.remove_suffix(1);
    std::string domain;
    while (!text.empty()) {
        const bool escape = text.size() > 1 && text[text.size() - 2] == '\\';
        const char c = text.back();
        // A letter behind a backslash is a class or an anchor.
        if (escape ? c != '.' : !is_alnum(c) && c != '-') break;
        domain.insert(domain.begin(), c);
        text.remove_suffix(escape ? 2 : 1);
    }
    domain.erase(0, domain.find_first_not_of(".-"));
    return domain.find('.') == std::string::npos ? std::string() : domain;
}

// A local part that the regex may want: the plain text that it begins with.
std::string first_words(std::string_view regex) {
    std::string words;
    for (std::size_t i = regex[1] == '^' ? 2 : 1; i + 1 < regex.size(); ++i) {
        const char c = regex[i];
        if (std::string_view("*?{").find(c) != std::string_view::npos && !words.empty())
            words.pop_back();
        if (!is_alnum(c) && c != '-' && c != '_') break;
        words += c;
    }
    return words;
}

// A domain that anybody can register, whose addresses the regex takes for those of a domain that it
// ends with or that is hosted here; both empty where it takes none.
struct Lookalike {
    std::string other{};
    std::string domain{};
};
Lookalike lookalike(const Pattern& regex, const PolicySource& source) {
    std::vector<std::string> domains;
    if (std::string last = final_domain(regex.text()); !last.empty())
        domains.push_back(std::move(last));
    constexpr std::size_t most = 100;
    for (const std::string& hosted : source.hosted_domains.patterns())
        if (domains.size() < most)
            domains.push_back(hosted.starts_with("*.") ? hosted.substr(2) : hosted);
    const std::string words = first_words(regex.text());
    for (const std::string& domain : domains) {
        std::vector<std::string> others = {domain + ".invalid"};
        if (is_registrable(domain)) others.insert(others.begin(), "not" + domain);
        for (const std::string& other : others)
            for (const std::string& local : {std::string("someone"), words, words + "x"})
                if (const auto address = parse_address(local + "@" + other);
                    address && regex.matches(*address) && !source.hosted_domains.contains(other))
                    return {other, domain};
    }
    return {};
}

std::string escaped(std::string_view domain) {
    std::string text;
    for (const char c : domain) text += c == '.' ? "\\." : std::string(1, c);
    return text;
}

// Whether a class of a regex, without its brackets, is letters, digits and + - _ alone.
bool is_plain_class(std::string_view members) {
    for (std::size_t i = 0; i < members.size(); ++i) {
        const char c = members[i];
        if (!is_alnum(c) && c != '_' && c != '+' && c != '-') return false;
        if (c != '-' || i == 0 || i + 1 == members.size()) continue;
        const std::string_view range = members.substr(i - 1, 3);
        if (range != "a-z" && range != "A-Z" && range != "0-9") return false;
    }
    return !members.empty();
}

}  // namespace

// Knows plain characters, groups and simple classes; of anything else it is not certain.
bool matches_no_at(std::string_view text) {
    const std::string_view regex = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < regex.size(); ++i) {
        const char c = regex[i];
        if (c == '\\') {
            const char next = i + 1 < regex.size() ? regex[++i] : '@';
            if (next == '@' || (is_alnum(next) && next != 'd' && next != 'w')) return false;
        } else if (c == '[') {
            const std::size_t end = std::min(regex.find(']', i + 1), regex.size());
            if (!is_plain_class(regex.substr(i + 1, end - i - 1))) return false;
            i = end;
        } else if (c == '@' || c == '.' || regex.substr(i).starts_with("(?")) {
            return false;
        }
    }
    return true;
}

bool takes_in_realm(const Pattern& regex, std::string_view group, const PolicySource& source) {
    std::vector<std::string> realms = {source.default_realm, final_domain(regex.text())};
    constexpr std::size_t most = 20;
    for (const std::string& hosted : source.hosted_domains.patterns())
        if (realms.size() < most)
            realms.push_back(hosted.starts_with("*.") ? "x" + hosted.substr(1) : hosted);
    const std::string words = first_words(regex.text());
    bool matched = false;
    for (const std::string& realm : realms)
        for (const std::string& user : {std::string("someone"), words, words + "x"}) {
            // Without a default realm a login may have none.
            if (user.empty() || (realm.empty() && !source.default_realm.empty())) continue;
            const auto captures = regex.capture(Login{user, realm});
            if (!captures) continue;
            matched = true;
            const auto taken = captures->find(std::string(group));
            if (taken == captures->end() || taken->second.find('@') == std::string::npos)
                return false;
        }
    return matched;
}

void lint_regex_without_at(Lint& lint, const Pattern& pattern, const Place& place,
                           std::string_view whole) {
    if (pattern.kind() == Pattern::Kind::regex && matches_no_at(pattern.text()))
        lint.warn(place,
                  "the regex " + in_backticks(pattern.text()) + " matches no " +
                      std::string(whole) + ": it is for the whole of one and has no @",
                  "as in `/.*@example\\.com/`");
}

void lint_regex(Lint& lint, const Pattern& pattern, const Place& place) {
    const std::string& text = pattern.text();
    if (matches_strangers(pattern)) {
        lint.warn(place,
                  "the regex " + in_backticks(text) + " matches addresses of any domain, such as " +
                      in_backticks(strangers.front()),
                  "end it with a domain, as in `/.*@example\\.com/`");
        return;
    }
    const std::string ending = final_domain(text);
    if (const std::string near = near_hosted_domain(lint.source(), ending); !near.empty()) {
        lint.warn(place,
                  "the domain " + in_backticks(ending) + " of the regex " + in_backticks(text) +
                      " is not hosted",
                  "did you mean " + in_backticks(near) + "?");
        return;
    }
    if (const auto [other, like] = lookalike(pattern, lint.source()); !other.empty()) {
        const std::string domain = escaped(like);
        lint.warn(place,
                  "the regex " + in_backticks(text) + " matches addresses of " +
                      in_backticks(other) + " too",
                  "write `@" + domain + "`, or `@(.*\\.)?" + domain + "` with its subdomains");
        return;
    }
    if (const auto dots = unescaped_dots(text); !dots.empty()) {
        std::string fixed = text;
        for (auto dot = dots.rbegin(); dot != dots.rend(); ++dot) fixed.insert(*dot, "\\");
        lint.warn(place,
                  "a dot of the regex " + in_backticks(text) +
                      " stands for any character, not for a dot alone",
                  "write " + in_backticks(fixed));
    }
}

}  // namespace relaypermit
