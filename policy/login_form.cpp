#include "policy/login_form.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <vector>

#include "policy/ascii.h"
#include "policy/domain.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

tl::unexpected<LoginFormFault> fault(std::size_t offset, std::string why, std::string help = {}) {
    return tl::make_unexpected(LoginFormFault{offset, std::move(why), std::move(help)});
}

struct Piece {
    std::size_t offset{};
    std::string literal{};      // empty: a placeholder
    std::string placeholder{};  // "user", "domain", "any"
};

constexpr std::array<std::string_view, 3> placeholders = {"user", "domain", "any"};

tl::expected<std::vector<Piece>, LoginFormFault> pieces_of(std::string_view text) {
    std::vector<Piece> pieces;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '}') return fault(at, "`}` without a `{` before it");
        if (text[at] != '{') {
            const std::size_t end = std::min(text.find_first_of("{}", at), text.size());
            pieces.push_back({at, std::string(text.substr(at, end - at)), {}});
            at = end;
            continue;
        }
        const std::size_t end = text.find('}', at);
        if (end == std::string_view::npos) return fault(at, "`{` without a `}` after it");
        const std::string name(text.substr(at + 1, end - at - 1));
        if (std::find(placeholders.begin(), placeholders.end(), name) == placeholders.end())
            return fault(at, "`{" + name + "}` is no placeholder of a form",
                         "{user}, {domain} and {any} are");
        for (const Piece& earlier : pieces)
            if (earlier.placeholder == name) return fault(at, "`{" + name + "}` stands twice");
        if (!pieces.empty() && !pieces.back().placeholder.empty())
            return fault(at, "two placeholders without a text between them",
                         "nothing says where one ends and the other begins");
        pieces.push_back({at, {}, name});
        at = end + 1;
    }
    return pieces;
}

// ASCII letters in either case; RE2's own folding would reach beyond ASCII.
std::string escaped(std::string_view literal) {
    std::string out;
    for (const char c : literal) {
        const bool lower = c >= 'a' && c <= 'z';
        const bool upper = c >= 'A' && c <= 'Z';
        if (lower || upper)
            out += {'[', static_cast<char>(c & ~0x20), static_cast<char>(c | 0x20), ']'};
        else
            out += RE2::QuoteMeta(std::string(1, c));
    }
    return out;
}

bool is_plain(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return is_ascii_alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == '+';
    });
}

// A login as people have them: a name, or a name at a domain with a dot in it.
bool is_ordinary(std::string_view login) {
    const std::size_t at = login.find('@');
    if (at == std::string_view::npos) return is_plain(login);
    const std::string_view domain = login.substr(at + 1);
    return is_plain(login.substr(0, at)) && domain.find('.') != std::string_view::npos &&
           normalize_domain(domain).has_value();
}

// An ordinary login that the form would take; nullopt where it takes none. What stands for
// {domain} is ordinary whatever it is, and {any} can only add what {user} or a domain is made of.
std::optional<std::string> ordinary_login_of(const std::vector<Piece>& pieces) {
    constexpr std::array<std::string_view, 5> for_any = {"", "x", "bob@example.org", "@example.org",
                                                         "example.org"};
    for (const std::string_view any : for_any) {
        std::string login;
        for (const Piece& piece : pieces)
            if (piece.placeholder == "user")
                login += "alice";
            else if (piece.placeholder == "domain")
                login += "example.com";
            else
                login += piece.placeholder.empty() ? std::string_view(piece.literal) : any;
        if (is_ordinary(login)) return login;
    }
    return std::nullopt;
}

}  // namespace

tl::expected<LoginForm, LoginFormFault> LoginForm::parse(std::string_view text) {
    if (const auto why = text_fault(text); !why.empty())
        return fault(0, "a form that holds " + std::string(why) + " matches no login");
    const auto pieces = pieces_of(text);
    if (!pieces) return tl::make_unexpected(pieces.error());

    LoginForm form;
    form.text_ = text;
    std::string expression;
    int groups = 0;
    // A form that names no domain makes a login of the default realm: whoever may choose names in a
    // realm of their own must not get there by it (`ceo*x@elsewhere.example`).
    const bool names_domain = std::any_of(pieces->begin(), pieces->end(), [](const Piece& piece) {
        return piece.placeholder == "domain";
    });
    for (const Piece& piece : *pieces) {
        if (piece.placeholder.empty()) {
            if (const std::size_t at = piece.literal.find('?'); at != std::string::npos)
                return fault(piece.offset + at,
                             "a login with `?` in it is refused, so this form matches none",
                             "Postfix writes `?` for every byte that it does not print");
            expression += escaped(piece.literal);
        } else if (piece.placeholder == "user") {
            form.user_group_ = ++groups;
            expression += "([^@]+?)";
        } else if (piece.placeholder == "domain") {
            // What a domain can be made of, so that one split alone is left.
            form.domain_group_ = ++groups;
            expression += "([0-9A-Za-z._\\x{80}-\\x{10FFFF}-]+?)";
        } else {
            expression += names_domain ? ".*?" : "[^@]*?";
        }
    }
    if (form.user_group_ == 0)
        return fault(text.size(), "a form needs `{user}`", "as in `EXAMPLE\\{user}`");
    if (const auto login = ordinary_login_of(*pieces))
        return fault(0, "the form takes ordinary logins such as `" + *login + "` as well",
                     "a form has a character that they lack, as in `EXAMPLE\\{user}`");
    RE2::Options options;
    options.set_log_errors(false);
    form.regex_ = std::make_shared<const RE2>(expression, options);
    if (!form.regex_->ok()) return fault(0, "the form is too long");
    return form;
}

std::optional<LoginForm::Parts> LoginForm::read(std::string_view login) const {
    std::array<re2::StringPiece, 3> groups;
    if (!regex_->Match(re2::StringPiece(login.data(), login.size()), 0, login.size(),
                       RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size())))
        return std::nullopt;
    Parts parts;
    parts.user = std::string(groups[static_cast<std::size_t>(user_group_)]);
    if (domain_group_ == 0) return parts;
    parts.domain = std::string(groups[static_cast<std::size_t>(domain_group_)]);
    if (!normalize_domain(*parts.domain)) return std::nullopt;
    return parts;
}

}  // namespace relaypermit
