#include "tool/wiring/pattern_table.h"

#include <cctype>
#include <utility>

#include "policy/pattern.h"
#include "tool/wiring/logical_lines.h"

namespace relaypermit {
namespace {

bool is_letter_or_digit(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// What RE2 makes of an expression, character by character.
struct Translation {
    std::string regex{};
    std::string wider{};
    bool has_wider{true};
    std::string refusal{};
    bool alternatives{};  // a | outside of all groups

    void refuse(std::string why) {
        if (refusal.empty()) refusal = std::move(why);
    }
    void refuse_all(std::string why) {
        refuse(std::move(why));
        has_wider = false;
    }
    void add(std::string_view text) {
        regex += text;
        wider += text;
    }
};

// The ) that closes the group which begins at `open`.
std::size_t end_of_group(std::string_view text, std::size_t open) {
    int depth = 0;
    bool in_class = false;
    for (std::size_t at = open; at < text.size(); ++at)
        if (text[at] == '\\')
            ++at;
        else if (in_class)
            in_class = text[at] != ']';
        else if (text[at] == '[')
            in_class = true;
        else if (text[at] == '(')
            ++depth;
        else if (text[at] == ')' && --depth == 0)
            return at;
    return text.size();
}

// A [...] from its [; gives the place behind it.
std::size_t translate_class(std::string_view text, std::size_t at, PatternSyntax syntax,
                            Translation& out) {
    const std::size_t start = at++;
    std::string made = "[";
    if (at < text.size() && text[at] == '^') made += text[at++];
    if (at < text.size() && text[at] == ']') made += std::string("\\]"), ++at;
    for (; at < text.size() && text[at] != ']'; ++at) {
        if (text[at] == '[' && at + 1 < text.size() &&
            (text[at + 1] == '.' || text[at + 1] == '=')) {
            out.refuse_all("RE2 has no collating symbols such as `[[.a.]]`");
            return text.size();
        }
        if (text[at] == '[' && at + 1 < text.size() && text[at + 1] == ':') {
            const std::size_t end = text.find(":]", at + 2);
            if (end == std::string_view::npos) break;
            const std::string_view name = text.substr(at, end + 2 - at);
            if (name == "[:<:]" || name == "[:>:]") {
                out.refuse_all("RE2 has no word edges such as `[[:<:]]`");
                return text.size();
            }
            made += name;
            at = end + 1;
        } else if (text[at] == '\\') {
            if (syntax == PatternSyntax::regexp) {
                made += "\\\\";  // POSIX: a character like any other
            } else if (at + 1 < text.size()) {
                const char next = text[at + 1];
                if (is_letter_or_digit(next) &&
                    std::string_view("dDwWsSafnrt").find(next) == std::string_view::npos)
                    out.refuse_all(std::string("`\\") + next + "` in [] is not the same in RE2");
                made += text[at];
                made += text[++at];
            }
        } else if (text[at] == '[') {
            made += "\\[";
        } else {
            made += text[at];
        }
    }
    if (at >= text.size()) {
        out.refuse_all("a `[` without its `]`");
        return text.size();
    }
    (void)start;
    out.add(made + "]");
    return at + 1;
}

// An escape from its backslash; gives the place behind it.
std::size_t translate_escape(std::string_view text, std::size_t at, PatternSyntax syntax,
                             Translation& out) {
    if (at + 1 >= text.size()) {
        out.refuse_all("a backslash at the end");
        return text.size();
    }
    const char next = text[at + 1];
    const std::string shown = std::string("`\\") + next + "`";
    if (next >= '1' && next <= '9') {
        out.refuse("RE2 has no back references such as " + shown);
        out.wider += ".*";
        out.regex += ".*";
        return at + 2;
    }
    if (syntax == PatternSyntax::regexp) {
        if (next == '<' || next == '>' || next == '`' || next == '\'')
            out.refuse_all("RE2 takes " + shown +
                           " for the character, Postfix for an edge of a word");
        else if (is_letter_or_digit(next) &&
                 std::string_view("bBwWsS").find(next) == std::string_view::npos)
            out.refuse_all("RE2 reads " + shown + " otherwise than regexp tables do");
    } else if (is_letter_or_digit(next) &&
               std::string_view("bBdDwWsSAzafnrt").find(next) == std::string_view::npos) {
        out.refuse_all("RE2 has no " + shown + ", or reads it otherwise");
    }
    out.add(text.substr(at, 2));
    return at + 2;
}

// A ( with what follows; gives the place behind it.
std::size_t translate_open(std::string_view text, std::size_t at, PatternSyntax syntax,
                           Translation& out) {
    if (at + 1 >= text.size() || text[at + 1] != '?') {
        if (at + 1 < text.size() && text[at + 1] == '*') {
            out.refuse_all("RE2 has no verbs such as `(*`");
            return text.size();
        }
        out.add("(");
        return at + 1;
    }
    const std::string_view rest = text.substr(at + 2);
    if (syntax == PatternSyntax::regexp) {
        out.refuse_all("`(?` has no meaning in a regexp table");
        return text.size();
    }
    if (rest.starts_with(":") || rest.starts_with("P<")) {
        const std::size_t end = rest.front() == ':' ? at + 3 : text.find('>', at);
        out.add(rest.front() == ':' ? "(?:" : "(");
        return end == std::string_view::npos ? text.size() : rest.front() == ':' ? end : end + 1;
    }
    if (rest.starts_with("=") || rest.starts_with("!") || rest.starts_with("<=") ||
        rest.starts_with("<!")) {
        const std::string_view sign = rest.substr(0, rest.front() == '<' ? 2 : 1);
        out.refuse("RE2 has no look-around such as `(?" + std::string(sign) + "`");
        const std::size_t end = end_of_group(text, at);
        if (end + 1 < text.size() &&
            std::string_view("*+?{").find(text[end + 1]) != std::string_view::npos)
            out.has_wider = false;
        return end == text.size() ? end : end + 1;
    }
    if (rest.starts_with(">")) {
        out.refuse("RE2 has no atomic groups such as `(?>`");
        out.add("(?:");
        return at + 3;
    }
    if (rest.starts_with("<") || rest.starts_with("'")) {
        const std::size_t end = text.find_first_of(">'", at + 3);
        out.add("(");
        return end == std::string_view::npos ? text.size() : end + 1;
    }
    if (rest.starts_with("i)") || rest.starts_with("s)")) return at + 4;  // both are on anyway
    out.refuse_all("RE2 has no `(?" + std::string(rest.substr(0, 1)) + "`, or reads it otherwise");
    return text.size();
}

Translation translate(std::string_view text, PatternSyntax syntax) {
    Translation out;
    int depth = 0;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (static_cast<unsigned char>(c) >= 0x80) {
            out.refuse_all("letters outside ASCII are folded otherwise");
            return out;
        }
        if (c == '\\') {
            at = translate_escape(text, at, syntax, out);
        } else if (c == '[') {
            at = translate_class(text, at, syntax, out);
        } else if (c == '(') {
            const std::size_t next = translate_open(text, at, syntax, out);
            // A look-around or (?i) is passed over with its ).
            if (next > at && next <= text.size() && text[next - 1] != ')') ++depth;
            at = next;
        } else if (c == '{' && at + 1 < text.size() && text[at + 1] == ',') {
            out.refuse_all("RE2 takes `{,` for characters");
            ++at;
        } else {
            const bool quantified =
                at > 0 && std::string_view("*+?}").find(text[at - 1]) != std::string_view::npos &&
                !(at > 1 && text[at - 2] == '\\');
            if (c == '+' && quantified) {
                out.refuse("RE2 has no possessive repeats such as `" +
                           std::string(text.substr(at - 1, 2)) + "`");
                ++at;
                continue;
            }
            if (c == ')') --depth;
            if (c == '|' && depth == 0) out.alternatives = true;
            out.add(text.substr(at, 1));
            ++at;
        }
    }
    return out;
}

// A pattern of a policy is about the whole address.
std::string whole(const std::string& regex, bool alternatives) {
    const bool begins = !alternatives && regex.starts_with("^");
    std::size_t backslashes = 0;
    if (regex.ends_with("$"))
        while (backslashes + 1 < regex.size() && regex[regex.size() - 2 - backslashes] == '\\')
            ++backslashes;
    const bool ends = !alternatives && regex.ends_with("$") && backslashes % 2 == 0;
    if (begins && ends) return regex;
    const std::string inside = alternatives ? "(?:" + regex + ")" : regex;
    return (begins ? "" : "^.*") + inside + (ends ? "" : ".*$");
}

bool compiles(const std::string& regex) {
    return Pattern::parse("/" + regex + "/", PatternRole::sender).has_value();
}

TablePattern make_pattern(std::string_view text, std::string_view flags, PatternSyntax syntax,
                          bool negated, bool captures) {
    TablePattern made;
    made.negated = negated;
    made.inside = text;
    Translation out = translate(text, syntax);
    bool case_ignored = true;
    bool extended = syntax == PatternSyntax::regexp;
    bool anchored = false;
    bool ungreedy = false;
    for (const char flag : flags) {
        if (flag == 'i') case_ignored = !case_ignored;
        if (flag == 'x') extended = !extended;
        if (flag == 'A') anchored = !anchored;
        if (flag == 'U') ungreedy = !ungreedy;
    }
    if (!case_ignored) out.refuse("the flag `i` makes it mind case, and a policy never does");
    if (syntax == PatternSyntax::regexp && !extended)
        out.refuse_all("the flag `x` makes it a basic expression");
    if (syntax == PatternSyntax::pcre && extended) out.refuse_all("RE2 has no flag `x`");
    if (ungreedy && captures) out.refuse("the flag `U` changes what its groups hold");
    if (syntax == PatternSyntax::regexp && captures && text.find('|') != std::string_view::npos)
        out.refuse(
            "regexp tables take the longest alternative, RE2 the first: what its groups hold "
            "may differ");
    if (anchored) {
        out.regex = "^(?:" + out.regex + ")";
        out.wider = "^(?:" + out.wider + ")";
    }
    const std::string exact = whole(out.regex, out.alternatives && !anchored);
    const std::string wider = whole(out.wider, out.alternatives && !anchored);
    if (out.refusal.empty() && !compiles(exact)) out.refuse_all("RE2 does not take it");
    if (out.refusal.empty()) made.regex = exact;
    if (out.has_wider && !negated && compiles(wider)) made.wider = wider;
    made.refusal = out.refusal;
    return made;
}

// `/pattern/flags` at the start of `line`, which it is taken off.
struct Taken {
    std::string_view pattern{};
    std::string_view flags{};
    bool negated{};
};

std::optional<Taken> take_pattern_text(std::string_view& line) {
    Taken taken;
    while (!line.empty() && line.front() == '!') {
        taken.negated = !taken.negated;
        line = without_blanks(line.substr(1));
    }
    if (line.empty() || is_letter_or_digit(line.front())) return std::nullopt;
    const char delimiter = line.front();
    std::size_t at = 1;
    while (at < line.size() && line[at] != delimiter) at += line[at] == '\\' ? 2 : 1;
    if (at >= line.size()) return std::nullopt;
    taken.pattern = line.substr(1, at - 1);
    line.remove_prefix(at + 1);
    std::size_t end = 0;
    while (end < line.size() && std::isalpha(static_cast<unsigned char>(line[end])) != 0) ++end;
    taken.flags = line.substr(0, end);
    line = without_blanks(line.substr(end));
    return taken;
}

bool takes_word(std::string_view& line, std::string_view word) {
    if (line.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (std::tolower(static_cast<unsigned char>(line[i])) != word[i]) return false;
    if (line.size() > word.size() && is_letter_or_digit(line[word.size()])) return false;
    line = without_blanks(line.substr(word.size()));
    return true;
}

}  // namespace

PatternLines read_pattern_table(std::string_view text, const std::string& file,
                                PatternSyntax syntax) {
    PatternLines read;
    std::vector<TablePattern> conditions;
    for (const LogicalLine& logical : logical_lines(text)) {
        std::string_view line = logical.text;
        const FileLine origin{file, logical.number};
        if (takes_word(line, "endif")) {
            if (!conditions.empty()) conditions.pop_back();
            continue;
        }
        const bool condition = takes_word(line, "if");
        const auto taken = take_pattern_text(line);
        if (!taken) {
            read.mistakes.push_back(
                {origin, logical.text, "Postfix cannot read this line either", true});
            // What stands between a broken `if` and its endif would apply always.
            if (condition) {
                TablePattern unknown;
                unknown.refusal = "its `if` cannot be read";
                conditions.push_back(unknown);
            }
            continue;
        }
        TablePattern pattern = make_pattern(taken->pattern, taken->flags, syntax, taken->negated,
                                            !condition && has_groups(line));
        if (condition) {
            conditions.push_back(std::move(pattern));
        } else if (line.empty()) {
            read.mistakes.push_back({origin, logical.text, "a pattern without a result", true});
        } else {
            read.lines.push_back(
                {std::move(pattern), conditions, std::string(line), logical.text, origin});
        }
    }
    return read;
}

std::optional<std::string> fill_result(std::string_view result,
                                       const std::vector<std::string>& groups) {
    std::string filled;
    for (std::size_t at = 0; at < result.size(); ++at) {
        if (result[at] != '$' || at + 1 >= result.size()) {
            filled += result[at];
            continue;
        }
        ++at;
        if (result[at] == '$') {
            filled += '$';
            continue;
        }
        const char close = result[at] == '{' ? '}' : result[at] == '(' ? ')' : '\0';
        if (close != '\0') ++at;
        std::size_t number = 0;
        std::size_t digits = 0;
        while (at < result.size() && result[at] >= '0' && result[at] <= '9' && digits < 3) {
            number = number * 10 + static_cast<std::size_t>(result[at++] - '0');
            ++digits;
        }
        if (digits == 0 || number == 0 || number > groups.size()) return std::nullopt;
        if (close != '\0' && (at >= result.size() || result[at] != close)) return std::nullopt;
        if (close == '\0') --at;
        filled += groups[number - 1];
    }
    return filled;
}

bool has_groups(std::string_view result) {
    for (std::size_t at = 0; at + 1 < result.size(); ++at) {
        if (result[at] != '$') continue;
        if (result[at + 1] != '$') return true;
        ++at;
    }
    return false;
}

}  // namespace relaypermit
