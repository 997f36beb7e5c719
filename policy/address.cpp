#include "policy/address.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "policy/atext.h"
#include "policy/domain.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Whether the local part may stand without quotes. Dots at the ends or side by side need quotes
// by RFC 5321; they are accepted without (is_atext_or_dot) and written with.
bool is_dot_string(std::string_view local) {
    return !local.empty() && local.front() != '.' && local.back() != '.' &&
           local.find("..") == std::string_view::npos &&
           std::all_of(local.begin(), local.end(), is_atext_or_dot);
}

tl::unexpected<AddressFault> fault(std::string why) {
    return tl::unexpected(AddressFault{std::move(why)});
}

struct LocalPart {
    std::string text{};
    bool quoted{};
    std::string_view rest{};  // behind it
};

// `text` begins with a quote. The content without quoting, and what follows the closing quote.
tl::expected<LocalPart, AddressFault> read_quoted(std::string_view text) {
    LocalPart local{.quoted = true};
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            local.rest = text.substr(i + 1);
            return local;
        }
        // RFC 5321 quoted-pairSMTP: a backslash before printable ASCII.
        if (text[i] == '\\') {
            ++i;
            if (i == text.size()) break;
            if (static_cast<unsigned char>(text[i]) >= 0x80)
                return fault("a backslash before a character outside ASCII");
        }
        local.text += text[i];
    }
    return fault("unbalanced quote");
}

tl::expected<LocalPart, AddressFault> read_local(std::string_view text) {
    if (text.starts_with('"')) return read_quoted(text);
    std::size_t end = 0;
    while (end < text.size() && is_atext_or_dot(text[end])) ++end;
    return LocalPart{.text = std::string(text.substr(0, end)), .rest = text.substr(end)};
}

// In words, why `c` may not stand where an address goes on.
std::string unexpected_character(char c) {
    switch (c) {
        case '@':
            return "more than one @";
        case '<':
        case '>':
            return "unbalanced angle bracket";
        case '(':
        case ')':
            return "a comment";
        case ' ':
            return "white space";
        case '\\':
            return "a backslash outside quotes";
        case '"':
            return "a quote in the middle of a local part";
        default:
            return std::string("`") + c + "` outside quotes";
    }
}

tl::expected<Address, AddressFault> finish(std::string local, std::string_view domain,
                                           bool has_domain) {
    if (local.empty()) return fault("empty local part");
    if (local.size() > max_local_bytes) return fault("over-long local part");
    Address address{.local = std::move(local)};
    if (!has_domain) {
        // An MTA that unquotes it sees another domain: `"a@b"` becomes a@b.
        if (address.local.find('@') != std::string::npos)
            return fault("a quoted @ without a domain behind it");
        return address;
    }
    auto normalized = normalize_domain(domain);
    if (!normalized && domain.size() > 255) return fault("over-long domain");
    if (!normalized) return fault("not a domain: `" + std::string(domain) + "`");
    address.domain = *std::move(normalized);
    return address;
}

struct Parsed {
    Address address{};
    bool quoted{};
};

// local-part [ "@" domain ], all of `text`, which holds clean text.
tl::expected<Parsed, AddressFault> read_address(std::string_view text) {
    const auto local = read_local(text);
    if (!local) return tl::unexpected(local.error());
    const std::string_view rest = local->rest;
    if (!rest.empty() && rest.front() != '@') return fault(unexpected_character(rest.front()));
    if (local->text.empty()) return fault("empty local part");
    const std::string_view domain = rest.empty() ? rest : rest.substr(1);
    if (domain.find('@') != std::string_view::npos) return fault(unexpected_character('@'));
    auto address = finish(local->text, domain, !rest.empty());
    if (!address) return tl::unexpected(address.error());
    return Parsed{*std::move(address), local->quoted};
}

// Takes `@a,@b:` off the front of `text`. False where it begins with @ but is no such route.
bool drop_route(std::string_view& text) {
    while (text.starts_with('@')) {
        // An IPv6 literal holds colons: look for the end behind its bracket.
        const std::size_t from = text.starts_with("@[") ? text.find(']') : 1;
        if (from == std::string_view::npos) return false;
        const std::size_t end = text.find_first_of(",:", from);
        if (end == std::string_view::npos || !normalize_domain(text.substr(1, end - 1)))
            return false;
        const bool last = text[end] == ':';
        text.remove_prefix(end + 1);
        if (last) return true;
    }
    return false;
}

}  // namespace

std::string to_string(const Address& address) {
    std::string text;
    if (is_dot_string(address.local)) {
        text = address.local;
    } else if (!address.local.empty()) {
        text = '"';
        for (const char c : address.local) {
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
        text += '"';
    }
    if (!address.domain.empty()) text += "@" + address.domain;
    return text;
}

std::string address_key(const Address& address) {
    return ascii_lower(to_string(address));
}

bool same_address(const Address& a, const Address& b) {
    return a.domain == b.domain && a.local.size() == b.local.size() &&
           std::equal(a.local.begin(), a.local.end(), b.local.begin(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

Address without_subaddress(const Address& address, std::string_view delimiters) {
    const std::string key = ascii_lower(address.local);
    // split_addr(3) of Postfix never splits these.
    static constexpr std::array<std::string_view, 3> whole = {"postmaster", "mailer-daemon",
                                                              "double-bounce"};
    if (std::find(whole.begin(), whole.end(), key) != whole.end()) return address;
    if (delimiters.find('-') != std::string_view::npos &&
        (key.starts_with("owner-") || (key.size() > 8 && key.ends_with("-request")))) {
        return address;
    }
    const std::size_t cut = address.local.find_first_of(delimiters);
    if (cut == 0 || cut == std::string::npos) return address;
    return {.local = address.local.substr(0, cut),
            .domain = address.domain,
            .in_hosted_table = address.in_hosted_table};
}

tl::expected<Path, AddressFault> parse_path(std::string_view argument) {
    if (const auto why = text_fault(argument); !why.empty()) return fault(std::string(why));
    Path path;
    std::string_view text = argument;
    if (text.starts_with('<')) {
        if (!text.ends_with('>')) return fault(unexpected_character('<'));
        text = text.substr(1, text.size() - 2);
        path.had_brackets = true;
        if (text.empty()) {
            path.null = true;
            return path;
        }
    }
    if (text.starts_with('@')) {
        if (!drop_route(text)) return fault("a malformed source route");
        path.had_route = true;
    }
    auto parsed = read_address(text);
    if (!parsed) return tl::unexpected(parsed.error());
    path.address = std::move(parsed->address);
    path.quoted_local = parsed->quoted;
    return path;
}

tl::expected<Address, AddressFault> parse_address(std::string_view text, Quoting quoting) {
    if (const auto why = text_fault(text); !why.empty()) return fault(std::string(why));
    if (quoting == Quoting::unquoted) {
        const std::size_t at = text.rfind('@');
        const bool has_domain = at != std::string_view::npos;
        return finish(std::string(text.substr(0, at)),
                      has_domain ? text.substr(at + 1) : std::string_view{}, has_domain);
    }
    auto parsed = read_address(text);
    if (!parsed) return tl::unexpected(parsed.error());
    return std::move(parsed->address);
}

}  // namespace relaypermit
