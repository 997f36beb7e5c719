#include "tool/commands/suspension_entry.h"

#include <algorithm>
#include <cstdint>

#include "config/hint_words.h"
#include "config/toml_statements.h"
#include "policy/address.h"
#include "policy/pattern.h"
#include "tool/base/exact_pattern.h"
#include "tool/base/rules_as_toml.h"

namespace relaypermit {
namespace {

constexpr std::string_view first_words = "# Written by relaypermit suspend on ";

// What a policy file takes for something else, such as the name of a group, needs a regex.
std::string logins_line(const std::vector<Login>& forms, const std::vector<std::string>& groups) {
    std::vector<std::string> names;
    for (const Login& form : forms) {
        const std::string name = to_string(form);
        names.push_back(reads_as_itself(name, PatternRole::login, groups)
                            ? name
                            : exact_regex(ascii_lower(name)));
    }
    return "logins    = " + toml_list(names) + "\n";
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// FNV-1a: the same login has the same id tomorrow.
std::string hash_of(std::string_view text) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (int shift = 60; shift >= 0; shift -= 4)
        out += digits[(hash >> static_cast<unsigned>(shift)) & 15U];
    return out;
}

std::size_t line_at(std::string_view text, std::size_t at) {
    return 1 + static_cast<std::size_t>(
                   std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

// The start of the line above the one that begins at `line`.
std::size_t line_above(std::string_view text, std::size_t line) {
    if (line < 2) return 0;
    const std::size_t end = text.rfind('\n', line - 2);
    return end == std::string_view::npos ? 0 : end + 1;
}

}  // namespace

std::filesystem::path own_suspension_file(const std::filesystem::path& policy, const Login& login) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const std::string key = login_key(login);
    std::string name;
    for (const char c : key) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_letter_or_digit(c) || std::string_view("@.-_+").find(c) != std::string_view::npos)
            name += c;
        else
            name += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    constexpr std::size_t most_bytes = 200;  // of the 255 that a file name may have
    if (name.size() > most_bytes) name = hash_of(key);
    return policy.parent_path() / "policy.d" / ("suspended-" + name + ".toml");
}

std::string suspension_id(const Login& login) {
    const std::string key = login_key(login);
    constexpr std::size_t most_bytes = 54;
    bool usable = key.size() <= most_bytes;
    for (const char c : key)
        usable = usable && (is_letter_or_digit(c) ||
                            std::string_view("._-+@:/").find(c) != std::string_view::npos);
    return "suspended:" + (usable ? key : hash_of(key));
}

tl::expected<std::string, std::string> suspension_text(const std::vector<Login>& forms,
                                                       std::string_view note, std::string_view when,
                                                       const std::vector<std::string>& groups,
                                                       std::string_view until) {
    for (const Login& login : forms) {
        const std::string name = to_string(login);
        const auto pattern = Pattern::parse(name, PatternRole::login);
        if (!pattern || pattern->kind() != Pattern::Kind::exact || !pattern->matches(login) ||
            name.starts_with("group:"))
            return tl::make_unexpected("no pattern means the login `" + name + "` alone");
    }
    std::string text = std::string(first_words) + std::string(when) +
                       "; relaypermit resume removes it.\n[[restrict]]\n";
    text += "id        = " + toml_string(suspension_id(forms.front())) + "\n";
    text += logins_line(forms, groups);
    text += "suspended = true\n";
    if (!until.empty()) text += "until     = " + std::string(until) + "\n";
    if (!note.empty()) text += "note      = " + toml_string(note) + "\n";
    return text;
}

bool is_suspension_of(const Login& login, std::string_view text) {
    const auto take = [&](std::string_view line) {
        if (!text.starts_with(line)) return false;
        text.remove_prefix(line.size());
        return true;
    };
    const auto take_line = [&](std::string_view begin) {
        const std::size_t end = text.find('\n');
        if (!text.starts_with(begin) || end == std::string_view::npos) return false;
        text.remove_prefix(end + 1);
        return true;
    };
    if (!take_line(first_words) || !take("[[restrict]]\n") ||
        !take("id        = " + toml_string(suspension_id(login)) + "\n"))
        return false;
    // The login as it was typed then: in any case, and with or without a default realm.
    const auto take_logins = [&](const std::vector<Login>& forms) {
        for (const auto& groups : {std::vector<std::string>{}, {login.user}}) {
            const std::string line = logins_line(forms, groups);
            if (ascii_lower(text.substr(0, line.size())) != ascii_lower(line)) continue;
            text.remove_prefix(line.size());
            return true;
        }
        return false;
    };
    if (!take_logins({login}) && !take_logins({login, Login{login.user, {}}})) return false;
    if (!take("suspended = true\n")) return false;
    (void)take_line("until     = ");
    return text.empty() || (take_line("note      = \"") && text.empty());
}

std::optional<SuspensionEntry> suspension_entry(std::string_view text, const Login& login) {
    const std::string id = suspension_id(login);
    const auto has_id = [&](std::string_view statement) {
        return statement.find(toml_string(id)) != std::string_view::npos ||
               statement.find("'" + id + "'") != std::string_view::npos;
    };
    SuspensionEntry entry;
    bool found = false;
    for (const TomlStatement& statement : statements_of(text)) {
        if (statement.header) {
            if (found) break;
            const std::size_t line = text.rfind('\n', statement.begin);
            entry.begin = line == std::string_view::npos ? 0 : line + 1;
        } else if (statement.name.starts_with("id")) {
            found = found || has_id(text.substr(statement.begin, statement.end - statement.begin));
        }
        entry.end = statement.end;
    }
    if (!found) return std::nullopt;
    entry.lines = "line " + std::to_string(line_at(text, entry.begin));
    const std::size_t last = line_at(text, entry.end - 1);
    if (last > line_at(text, entry.begin))
        entry.lines = "lines " + entry.lines.substr(5) + " to " + std::to_string(last);
    if (const std::size_t above = line_above(text, entry.begin);
        entry.begin > 0 && text.substr(above).starts_with(first_words))
        entry.begin = above;
    entry.as_written = is_suspension_of(login, text.substr(entry.begin, entry.end - entry.begin));
    return entry;
}

std::string without(std::string_view text, const SuspensionEntry& entry) {
    return std::string(text.substr(0, entry.begin)).append(text.substr(entry.end));
}

}  // namespace relaypermit
