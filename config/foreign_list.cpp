#include "config/foreign_list.h"

#include <algorithm>
#include <array>
#include <vector>

#include "config/hint_words.h"
#include "config/word_list.h"
#include "policy/ascii.h"
#include "policy/domain.h"

namespace relaypermit {
namespace {

using Found = std::optional<PatternFault>;
using Words = std::vector<std::string>;

constexpr std::size_t most_words = 32;
constexpr std::size_t most_bytes = 1000;

bool has_at(std::string_view word) {
    return word.find('@') != std::string_view::npos;
}

bool is_name_of_domain(std::string_view text) {
    if (text.starts_with("*.")) text.remove_prefix(2);
    return text.find('.') != std::string_view::npos && normalize_domain(text).has_value();
}

// Whether a pattern could be this, as far as characters go.
bool is_readable(std::string_view word) {
    for (std::size_t open = word.find('{'); open != std::string_view::npos;
         open = word.find('{', open + 1)) {
        const std::size_t close = word.find('}', open);
        if (close == std::string_view::npos || close == open + 1 ||
            !std::all_of(word.begin() + static_cast<std::ptrdiff_t>(open) + 1,
                         word.begin() + static_cast<std::ptrdiff_t>(close), is_word_character))
            return false;
    }
    return !word.empty() && word.find_first_of("()[]|,;<>\" \t^?") == std::string_view::npos;
}

// Each word an address: in `bob,carol@example.com` the domain belongs to both, and in
// `bob@example.com|example.org` the name does. Without any @ logins stand by themselves, and other
// addresses get one.
Words as_addresses(const Words& words, const HintFor& hint) {
    const bool bare = std::none_of(words.begin(), words.end(), has_at);
    Words all;
    Words names;   // of the words before, that wait for their domain
    Words before;  // the names of the last address
    for (const std::string& word : words) {
        const std::size_t at = word.rfind('@');
        if (bare && hint.role == PatternRole::login) {
            all.push_back(word);
        } else if (bare) {
            all.push_back(word + "@" + hint.domain);
        } else if (at != std::string::npos) {
            names.push_back(word.substr(0, at));
            for (const std::string& name : names) all.push_back(name + word.substr(at));
            before = std::move(names);
            names.clear();
        } else if (!before.empty() && is_name_of_domain(word)) {
            for (const std::string& name : before) all.push_back(name + "@" + word);
        } else {
            names.push_back(word);
        }
    }
    const std::string last = all.empty() || !has_at(all.back())
                                 ? "@" + hint.domain
                                 : all.back().substr(all.back().rfind('@'));
    for (const std::string& name : names) all.push_back(name + last);
    return all;
}

Found listed(std::size_t at, const Words& words, std::string_view why) {
    if (words.empty() || words.size() > most_words ||
        !std::all_of(words.begin(), words.end(), is_readable))
        return std::nullopt;
    const bool one = words.size() == 1;
    return PatternFault{at, std::string(why),
                        "write " + verbatim(one ? words[0] : quoted_list(words))};
}

struct Joint {
    std::size_t begin{};
    std::size_t end{};
};

// The first place at which two words are joined by a word: `a or b`.
std::optional<Joint> first_conjunction(std::string_view text) {
    constexpr std::array<std::string_view, 6> conjunctions = {" or ", " and ", " & ",
                                                              " + ",  " und ", " oder "};
    const std::string lower = ascii_lower(text);
    std::optional<Joint> first;
    for (const std::string_view word : conjunctions)
        if (const std::size_t at = lower.find(word);
            at != std::string::npos && at > 0 && (!first || at < first->begin))
            first = Joint{at, at + word.size()};
    return first;
}

// ---------- alternatives ----------

// Behind the bracket that closes the one at `open`; npos where none does.
std::size_t behind_bracket(std::string_view text, std::size_t open) {
    const char close = text[open] == '(' ? ')' : '}';
    std::size_t depth = 0;
    for (std::size_t i = open; i < text.size(); ++i) {
        if (text[i] == text[open]) ++depth;
        if (text[i] == close && --depth == 0) return i + 1;
    }
    return std::string_view::npos;
}

// At separators that stand in no brackets.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '(' || text[i] == '{') ++depth;
        if ((text[i] == ')' || text[i] == '}') && depth > 0) --depth;
        if (text[i] == separator && depth == 0) {
            parts.push_back(text.substr(begin, i - begin));
            begin = i + 1;
        }
    }
    parts.push_back(text.substr(begin));
    return parts;
}

// {a,b} and (a|b) written out; a bracket with one thing in it stays.
void expand(std::string_view text, std::string done, Words& all) {
    if (all.size() > most_words) return;
    for (std::size_t open = text.find_first_of("({"); open != std::string_view::npos;
         open = text.find_first_of("({", open + 1)) {
        const std::size_t end = behind_bracket(text, open);
        if (end == std::string_view::npos) continue;
        const std::string_view inner = text.substr(open + 1, end - open - 2);
        auto parts = split(inner, text[open] == '(' ? '|' : ',');
        if (parts.size() < 2) parts = split(inner, '|');
        if (parts.size() < 2) continue;
        for (const std::string_view part : parts) {
            const std::string_view one = trimmed(part);
            // (`text` is longer than what is left of it, so this ends.)
            expand(std::string(one) + std::string(text.substr(end)),
                   done + std::string(text.substr(0, open)), all);
        }
        return;
    }
    all.push_back(done + std::string(text));
}

}  // namespace

std::vector<std::string> joined_by_words(std::string_view text) {
    Words words;
    std::string rest(text);
    for (auto joint = first_conjunction(rest); joint; joint = first_conjunction(rest)) {
        words.push_back(rest.substr(0, joint->begin));
        rest.erase(0, joint->end);
    }
    words.push_back(std::move(rest));
    return words;
}

std::optional<PatternFault> foreign_alternatives(std::string_view text, const HintFor& hint) {
    const std::size_t place = text.find_first_of("|{(");
    if (place == std::string_view::npos || text.size() > most_bytes) return std::nullopt;
    Words words;
    for (const std::string_view part : split(text, '|')) {
        if (part.empty()) continue;  // a bar too many
        expand(part, {}, words);
    }
    const bool is_several = words.size() > 1 || text.ends_with('|');
    if (!is_several) return std::nullopt;
    return listed(place, as_addresses(words, hint),
                  words.size() > 1 ? "it is several in one string" : "a `|` too many");
}

std::optional<PatternFault> foreign_list(std::string_view text, const HintFor& hint) {
    if (text.find('"') != std::string_view::npos || text.size() > most_bytes) return std::nullopt;
    const auto ats = std::count(text.begin(), text.end(), '@');
    const std::string_view last = text.substr(std::min(text.rfind('@'), text.size() - 1));
    const bool login = hint.role == PatternRole::login;
    // Certificates and directories have names such as uid=alice,ou=people. And of people: a login
    // may be called `Marks and Spencer`.
    const bool is_named = login && ats == 0;
    if (is_named && text.find('=') != std::string_view::npos) return std::nullopt;
    std::string rest(text);
    std::size_t place = rest.find_first_of(",;");
    if (!is_named)
        for (auto joint = first_conjunction(rest); joint; joint = first_conjunction(rest)) {
            place = std::min(place, joint->begin);
            rest.replace(joint->begin, joint->end - joint->begin, ",");
        }
    // Blanks separate whole addresses; a name may hold one.
    const bool blanks = ats >= 2 || (ats == 1 && last.find_first_of(" \t") != last.npos);
    if (blanks) place = std::min(place, text.find_first_of(" \t"));
    // info@example.com/sales@example.com
    const std::size_t slash = ats >= 2 ? text.find('/', text.find('@')) : std::string_view::npos;
    if (slash != std::string_view::npos && slash < text.rfind('@')) {
        place = std::min(place, slash);
        std::replace(rest.begin() + static_cast<std::ptrdiff_t>(slash), rest.end(), '/', ',');
    }
    if (place == std::string::npos) return std::nullopt;
    Words words;
    if (blanks) {
        words = words_in(rest);
    } else {
        std::replace(rest.begin(), rest.end(), ';', ',');
        for (const std::string_view part : split(rest, ','))
            if (const std::string_view word = trimmed(part, " \t"); !word.empty())
                words.emplace_back(word);
    }
    if (words.empty()) return std::nullopt;
    const std::string why = words.size() == 1 ? std::string("a `") + text[place] + "` too many"
                                              : std::string("it is several in one string");
    Words meant = as_addresses(words, hint);
    // (A login may hold a blank.)
    if (is_named && words.size() > 1)
        return PatternFault{place, why, "write " + verbatim(quoted_list(meant))};
    return listed(place, meant, why);
}

}  // namespace relaypermit
