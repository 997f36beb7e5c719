#include "config/foreign_placeholder.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "policy/ascii.h"
#include "policy/domain.h"
#include "policy/regex_walk.h"

namespace relaypermit {
namespace {

// {name}: not a number of repeats. Its length with the braces; 0 where none begins at `at`.
std::size_t placeholder_at(std::string_view text, std::size_t at) {
    if (text[at] != '{') return 0;
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) return 0;
    const std::string_view name = text.substr(at + 1, end - at - 1);
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return 0;
    return std::all_of(name.begin(), name.end(), is_word_character) ? end + 1 - at : 0;
}

// Where a placeholder of another program stands says more of it than its name, which is that of a
// whole login in one and of its local part in another.
enum class Means : std::uint8_t { nothing, login, local, domain };

Means meaning_of(std::string_view word) {
    struct Meaning {
        std::string_view word;
        Means means;
    };
    using enum Means;
    static constexpr std::array<Meaning, 43> words = {{{"u", login},
                                                       {"l", login},
                                                       {"s", login},
                                                       {"user", login},
                                                       {"username", login},
                                                       {"login", login},
                                                       {"login_user", login},
                                                       {"auth_user", login},
                                                       {"logname", login},
                                                       {"uid", login},
                                                       {"mail", login},
                                                       {"email", login},
                                                       {"address", login},
                                                       {"sender", login},
                                                       {"sender_address", login},
                                                       {"from", login},
                                                       {"sasl_username", login},
                                                       {"sasl_user", login},
                                                       {"authid", login},
                                                       {"authenticated_id", login},
                                                       {"authenticated_sender", login},
                                                       {"auth1", login},
                                                       {"auth2", login},
                                                       {"auth_authen", login},
                                                       {"userprincipalname", login},
                                                       {"0", login},
                                                       {"1", login},
                                                       {"n", local},
                                                       {"local", local},
                                                       {"localpart", local},
                                                       {"local_part", local},
                                                       {"sender_address_local_part", local},
                                                       {"mailbox", local},
                                                       {"account", local},
                                                       {"samaccountname", local},
                                                       {"d", domain},
                                                       {"domain", domain},
                                                       {"realm", domain},
                                                       {"host", domain},
                                                       {"sender_address_domain", domain},
                                                       {"auth_domain", domain},
                                                       {"mydomain", domain},
                                                       {"2", domain}}};
    const std::string lower = ascii_lower(word);
    for (const Meaning& one : words)
        if (one.word == lower) return one.means;
    return nothing;
}

struct Token {
    std::size_t size{};  // 0: none
    Means means{Means::nothing};
};

// ${lc:$local_part}, %{user | domain}: what is done to the value comes last, or says what it is.
Means meaning_in(std::string_view braces) {
    Means means = Means::nothing;
    for (std::size_t i = 0; i < braces.size();) {
        std::size_t end = i;
        while (end < braces.size() && is_word_character(braces[end])) ++end;
        const Means one = meaning_of(braces.substr(i, end - i));
        if (one != Means::nothing && (means == Means::nothing || one != Means::login)) means = one;
        i = std::max(end, i + 1);
    }
    return means;
}

// %{user}, ${user}, {{ user }}, %(user)s, <user>
Token bracketed_at(std::string_view text) {
    struct Brackets {
        std::string_view open;
        std::string_view close;
    };
    constexpr std::array<Brackets, 6> all = {
        {{"{{", "}}"}, {"%{", "}"}, {"${", "}"}, {"%(", ")s"}, {"<", ">"}, {"[", "]"}}};
    for (const auto& [open, close] : all) {
        if (!text.starts_with(open)) continue;
        std::size_t end = text.find(close, open.size());
        if (end == std::string_view::npos) return {};
        while (close == "}" && end + 1 < text.size() && text[end + 1] == '}') ++end;  // nested
        const Means means = meaning_in(text.substr(open.size(), end - open.size()));
        // (<bob> is a name in brackets, and [l] a class of a regex.)
        const bool is_word = end > open.size() + 1 && open.size() == 1 && means != Means::nothing;
        if (open.size() == 1 && !is_word) return {};
        return {end + close.size(), means};
    }
    return {};
}

// %u, %Lu, $user, $1, \1, %USERNAME%
Token named_at(std::string_view text) {
    const char sign = text[0];
    if (sign != '%' && sign != '$' && sign != '\\') return {};
    std::size_t end = 1;
    while (end < text.size() && is_word_character(text[end])) ++end;
    std::string_view word = text.substr(1, end - 1);
    const bool number = word.size() == 1 && word[0] >= '0' && word[0] <= '9';
    if (sign == '\\' && !number) return {};
    // Modifiers of Dovecot.
    constexpr std::string_view modifiers = "LUT";
    if (sign == '%' && word.size() == 2 && modifiers.find(word[0]) != std::string_view::npos)
        word.remove_prefix(1);
    const Means means = meaning_of(word);
    if (means == Means::nothing) return {};
    if (sign == '%' && word.size() > 1 && end < text.size() && text[end] == '%') ++end;
    return {end, means};
}

struct Half {
    std::string text{};  // with placeholders of ours
    std::optional<std::size_t> first{};
    Means means{Means::nothing};  // of the last one
    bool unknown{};
};

Half translated(std::string_view half, std::string_view placeholder) {
    Half out;
    for (std::size_t i = 0; i < half.size();) {
        const bool in_word = i > 0 && is_word_character(half[i - 1]);
        Token token = bracketed_at(half.substr(i));
        if (token.size == 0 && !in_word) token = named_at(half.substr(i));
        if (token.size == 0) {
            out.text += half[i++];
            continue;
        }
        if (!out.first) out.first = i;
        out.unknown = out.unknown || token.means == Means::nothing;
        out.means = token.means;
        out.text += placeholder;
        i += token.size;
    }
    return out;
}

bool is_clean(std::string_view half) {
    return half.find_first_of("%$\\<>()[]| ") == std::string_view::npos;
}

// The sender that says the same; empty where that cannot be told.
std::string meant_by(const Half& local, const Half& domain, bool has_at, const HintFor& hint) {
    if (local.unknown || domain.unknown || !is_clean(local.text) || !is_clean(domain.text))
        return {};
    if (has_at) {
        if (local.text.empty() || domain.text.empty()) return {};
        const bool known = domain.first || normalize_domain(domain.text) || domain.text == "hosted";
        return known ? local.text + "@" + domain.text : std::string();
    }
    if (local.text == "{user}" && local.means == Means::login) return "{login}";
    if (local.means == Means::domain) return {};
    return local.text + "@" + hint.domain;
}

std::string anybody_of(std::string_view domain) {
    return verbatim("*@" + std::string(domain)) + " is anybody of a domain";
}

}  // namespace

std::optional<PatternFault> foreign_in_regex(std::string_view text, PatternRole role) {
    if (text.ends_with("/i") && text.size() > 2)
        return PatternFault{
            text.size() - 1, "a regex ends with its `/`",
            "write " + verbatim(text.substr(0, text.size() - 1)) + ": it ignores case as it is"};
    for (std::size_t i = 1; i + 1 < text.size(); i = regex_piece(text, i).end) {
        if (regex_piece(text, i).kind != RegexPiece::Kind::character) continue;
        if (const std::size_t length = placeholder_at(text, i); length != 0) {
            const std::string name(text.substr(i, length));
            std::string help = "a placeholder stands in a sender that is no regex";
            if (role == PatternRole::sender)
                help = "write a sender without slashes, such as " + verbatim(name + "@example.com");
            return PatternFault{
                i, "nothing is filled in within a regex: there " + verbatim(name) + " means itself",
                help};
        }
    }
    return std::nullopt;
}

std::optional<PatternFault> foreign_placeholder(std::string_view text, const HintFor& hint) {
    if (text == "<>" || text.find('"') != std::string_view::npos) return std::nullopt;
    const std::size_t at = text.rfind('@');
    const bool has_at = at != std::string_view::npos;
    const Half local = translated(text.substr(0, at), "{user}");
    const Half domain = has_at ? translated(text.substr(at + 1), "{domain}") : Half{};
    if (local.first || domain.first) {
        const std::size_t place = local.first ? *local.first : at + 1 + *domain.first;
        std::string help = anybody_of(
            has_at && normalize_domain(domain.text) ? std::string_view(domain.text) : hint.domain);
        if (hint.role == PatternRole::sender) {
            const std::string meant = meant_by(local, domain, has_at, hint);
            help = meant.empty() ? "they are `{user}`, `{domain}` and `{login}`, as in `{user}@" +
                                       hint.domain + "`"
                                 : "write " + verbatim(meant);
        }
        return PatternFault{place, "placeholders stand in braces, and in `senders`", help};
    }
    if (hint.role == PatternRole::sender) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (const std::size_t length = placeholder_at(text, i); length != 0)
            return PatternFault{i,
                                verbatim(text.substr(i, length)) +
                                    " means itself here: placeholders stand in `senders` alone",
                                anybody_of(hint.domain)};
    return std::nullopt;
}

}  // namespace relaypermit
