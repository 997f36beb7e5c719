#include "policy/pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdint>

#include "policy/ascii.h"
#include "policy/domain.h"
#include "policy/star.h"

namespace relaypermit {

namespace {

using Fault = tl::unexpected<PatternFault>;

Fault fault(std::size_t offset, std::string why, std::string help = {}) {
    return tl::make_unexpected(PatternFault{offset, std::move(why), std::move(help)});
}

RE2::Options regex_options() {
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    return options;
}

// RE2 reports the offending part of the expression, not its offset.
std::size_t offset_of_error(const RE2& regex, std::string_view expression) {
    const std::size_t at = expression.find(regex.error_arg());
    return at == std::string_view::npos || regex.error_arg().empty() ? 0 : at;
}

// The names between braces of a template, in order of appearance; a fault for a brace that is
// never closed or a name that cannot be one.
tl::expected<std::vector<std::string>, PatternFault> template_names(std::string_view text) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '}') return fault(at, "`}` without a `{` before it");
        if (text[at] != '{') continue;
        const std::size_t end = text.find_first_of("{}", at + 1);
        if (end == std::string_view::npos || text[end] == '{')
            return fault(at, "`{` without a `}` after it");
        const std::string_view name = text.substr(at + 1, end - at - 1);
        const bool word = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
            return is_ascii_alphanumeric(c) || c == '_';
        });
        if (!word) return fault(at, "`{" + std::string(name) + "}` is not a placeholder");
        names.emplace_back(name);
        at = end;
    }
    return names;
}

bool is_misplaced(const Star& star) {
    return (star.first && star.last) || star.rest.find('*') != std::string_view::npos;
}

tl::unexpected<PatternFault> misplaced_star(std::string_view local) {
    return fault(local.find('*'), "a star may stand at the start or at the end of a local part",
                 "a regex can say more");
}

// The word that stands for every hosted domain. It is none of a template's placeholders.
bool is_hosted_word(std::string_view domain) {
    return ascii_lower(domain) == "hosted";
}

}  // namespace

tl::expected<Pattern, PatternFault> Pattern::parse(std::string_view text, PatternRole role,
                                                   std::string_view default_realm,
                                                   std::span<const LoginForm> forms,
                                                   std::string_view appended_realm, Hosted hosted) {
    if (text.empty()) return fault(0, "an empty pattern", "`*` means any address");
    if (text == "*") return Pattern(Kind::any, text, {}, {});
    if (text == "<>") {
        if (role != PatternRole::sender)
            return fault(0, "`<>` is the null sender", "it may only stand in `senders`");
        return Pattern(Kind::null, text, {}, {});
    }
    if (text.front() == '/') return parse_regex(text);
    if (role == PatternRole::sender && text.find_first_of("{}") != std::string_view::npos)
        return parse_template(text, hosted);
    const std::string_view behind = text.substr(std::min(text.rfind('@'), text.size() - 1) + 1);
    if (hosted && (ascii_lower(behind) == "*.hosted" || ascii_lower(behind) == "hosted."))
        return fault(text.size() - behind.size(), "`hosted` stands alone behind the @",
                     "`*@hosted` is any address of every hosted domain");
    if (hosted && is_hosted_word(text.substr(std::min(text.rfind('@'), text.size() - 1) + 1)))
        return parse_hosted(text, hosted);
    if (text.find('*') == std::string_view::npos)
        return parse_exact(text, role, default_realm, forms, appended_realm);
    return parse_starred(text);
}

tl::expected<Pattern, PatternFault> Pattern::parse_regex(std::string_view text) {
    if (text.size() < 3 || text.back() != '/')
        return fault(text.size() - 1, "a regex without its closing `/`");
    const std::string_view expression = text.substr(1, text.size() - 2);
    auto regex = std::make_shared<const RE2>(re2::StringPiece(expression.data(), expression.size()),
                                             regex_options());
    if (!regex->ok())
        return fault(1 + offset_of_error(*regex, expression),
                     "the regex does not compile: " + regex->error());
    Special special;
    special.text = text;
    for (const auto& [number, name] : regex->CapturingGroupNames()) special.names.push_back(name);
    special.regex = std::move(regex);
    return Pattern(Kind::regex, std::move(special));
}

tl::expected<Pattern, PatternFault> Pattern::parse_template(std::string_view text,
                                                            const Hosted& hosted) {
    auto names = template_names(text);
    if (!names) return tl::make_unexpected(names.error());
    Special special;
    special.text = text;
    if (text == "{login}") {  // the one placeholder that holds a whole address
        special.template_local = "{user}";
        special.template_domain = "{domain}";
        special.names = {"user", "domain"};
        return Pattern(Kind::templated, std::move(special));
    }
    special.names = std::move(*names);
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos)
        return fault(text.size(), "a sender needs a domain",
                     "`" + std::string(text) + "@example.com`");
    const std::string_view local = text.substr(0, at);
    const std::string_view domain = text.substr(at + 1);
    const Star star = cut_star(local);
    if (is_misplaced(star))
        return fault(local.find('*'),
                     "a star may stand at the start or at the end of a local part");
    if (local.empty()) return fault(0, "no local part before the `@`");
    special.template_local = local;
    special.template_domain = domain;
    if (domain.find('{') == std::string_view::npos) {
        const std::string_view bare = domain.starts_with("*.") ? domain.substr(2) : domain;
        const auto normal = normalize_domain(bare);
        if (!normal) return fault(at + 1, "`" + std::string(domain) + "` is not a domain");
        special.template_domain = (domain.starts_with("*.") ? "*." : "") + *normal;
        if (hosted && is_hosted_word(domain))
            special.hosted = hosted;
        else if (!domain.starts_with("*."))
            special.domain = *normal;
    } else if (domain.substr(domain.starts_with("*.") ? 2 : 0).find('*') !=
               std::string_view::npos) {
        return fault(at + 1, "a star in a domain stands for whole labels at its start",
                     "`*@*." + std::string(domain.substr(domain.rfind('*') + 1)) + "`");
    }
    return Pattern(Kind::templated, std::move(special));
}

tl::expected<Pattern, PatternFault> Pattern::parse_exact(std::string_view text, PatternRole role,
                                                         std::string_view default_realm,
                                                         std::span<const LoginForm> forms,
                                                         std::string_view appended_realm) {
    if (role == PatternRole::login) {
        const auto login =
            canonical_login(text, Mta::postfix, default_realm, forms, appended_realm);
        if (!login)
            return fault(0, "`" + std::string(text) + "` is not a login: " + login.error().why);
        return Pattern(Kind::exact, text, login_key(*login), login->realm);
    }
    const auto address = parse_address(text);
    if (!address)
        return fault(0, "`" + std::string(text) + "` is not an address: " + address.error().why);
    if (address->domain.empty())
        return fault(text.size(), "an address needs a domain",
                     "`" + std::string(text) + "@example.com`");
    return Pattern(Kind::exact, text, address_key(*address), address->domain);
}

// `local`, which stands at the start of a pattern, with or without a star.
tl::expected<Pattern::LocalPart, PatternFault> Pattern::parse_local(std::string_view local) {
    LocalPart part;
    if (local.find('*') == std::string_view::npos || local.starts_with('"')) {
        const auto address = parse_address(local);
        if (!address || !address->domain.empty())
            return tl::make_unexpected(PatternFault{0,
                                                    "`" + std::string(local) +
                                                        "` is not a local part" +
                                                        (address ? "" : ": " + address.error().why),
                                                    {}});
        part.literal = ascii_lower(address->local);
        return part;
    }
    const Star star = cut_star(local);
    if (is_misplaced(star)) return misplaced_star(local);
    part.star_first = star.first;
    part.star_last = star.last;
    part.literal = ascii_lower(star.rest);
    return part;
}

tl::expected<Pattern, PatternFault> Pattern::parse_hosted(std::string_view text,
                                                          const Hosted& hosted) {
    auto local = parse_local(text.substr(0, text.rfind('@')));
    if (!local) return tl::make_unexpected(local.error());
    Special special;
    special.text = text;
    special.local = *std::move(local);
    special.hosted = hosted;
    return Pattern(Kind::across, std::move(special));
}

tl::expected<Pattern, PatternFault> Pattern::parse_starred(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos)
        return fault(text.find('*'), "a star needs a domain",
                     "`" + std::string(text) + "@example.com`");
    const std::string_view local = text.substr(0, at);
    const std::string_view domain = text.substr(at + 1);
    if (domain.starts_with("*.")) {
        const auto normal = normalize_domain(domain.substr(2));
        if (!normal || domain.find('*', 1) != std::string_view::npos)
            return fault(at + 3, "`" + std::string(domain.substr(2)) + "` is not a domain");
        if (local == "*") return Pattern(Kind::subdomain, text, {}, *normal);
        auto part = parse_local(local);
        if (!part) return tl::make_unexpected(part.error());
        Special special;
        special.text = text;
        special.domain = *normal;
        special.local = *std::move(part);
        return Pattern(Kind::across, std::move(special));
    }
    if (domain.find('*') != std::string_view::npos)
        return fault(at + 1 + domain.find('*'),
                     "a star in a domain stands for whole labels at its start",
                     "`*@*." + std::string(domain.substr(domain.rfind('*') + 1)) + "`");
    const auto normal = normalize_domain(domain);
    if (!normal) return fault(at + 1, "`" + std::string(domain) + "` is not a domain");
    if (local == "*") return Pattern(Kind::domain, text, {}, *normal);
    const Star star = cut_star(local);
    if (is_misplaced(star)) return misplaced_star(local);
    return Pattern(star.last ? Kind::prefix : Kind::suffix, text, ascii_lower(star.rest), *normal);
}

Pattern::Pattern(Kind kind, std::string_view text, std::string_view affix, std::string_view domain)
    : text_size_(static_cast<std::uint32_t>(text.size())),
      affix_size_(static_cast<std::uint32_t>(affix.size())),
      domain_size_(static_cast<std::uint32_t>(domain.size())),
      kind_(kind),
      affix_is_text_(affix == text),
      domain_ends_affix_(affix.ends_with(domain)) {
    auto* characters = new char[character_count()];
    owned_ = characters;
    characters = std::copy(text.begin(), text.end(), characters);
    if (!affix_is_text_) characters = std::copy(affix.begin(), affix.end(), characters);
    if (!domain_ends_affix_) std::copy(domain.begin(), domain.end(), characters);
}

Pattern::Pattern(Kind kind, Special special)
    : owned_(new Special(std::move(special))), kind_(kind) {}

Pattern::Pattern(const Pattern& other)
    : text_size_(other.text_size_),
      affix_size_(other.affix_size_),
      domain_size_(other.domain_size_),
      kind_(other.kind_),
      affix_is_text_(other.affix_is_text_),
      domain_ends_affix_(other.domain_ends_affix_) {
    if (is_special()) {
        owned_ = new Special(other.special());
    } else if (other.owned_ != nullptr) {
        auto* characters = new char[character_count()];
        std::copy_n(other.characters(), character_count(), characters);
        owned_ = characters;
    }
}

Pattern::~Pattern() {
    if (is_special())
        delete static_cast<Special*>(owned_);
    else
        delete[] static_cast<char*>(owned_);
}

void Pattern::swap(Pattern& other) noexcept {
    std::swap(owned_, other.owned_);
    std::swap(text_size_, other.text_size_);
    std::swap(affix_size_, other.affix_size_);
    std::swap(domain_size_, other.domain_size_);
    std::swap(kind_, other.kind_);
    std::swap(affix_is_text_, other.affix_is_text_);
    std::swap(domain_ends_affix_, other.domain_ends_affix_);
}

std::size_t Pattern::character_count() const {
    return std::size_t{text_size_} + (affix_is_text_ ? 0 : affix_size_) +
           (domain_ends_affix_ ? 0 : domain_size_);
}

std::string Pattern::text() const {
    return is_special() ? special().text : std::string(characters(), text_size_);
}

std::string_view Pattern::affix() const {
    if (is_special()) return {};
    return {characters() + (affix_is_text_ ? 0 : text_size_), affix_size_};
}

std::string_view Pattern::domain() const {
    if (is_special()) return special().domain;
    const std::string_view key = affix();
    return {key.data() + key.size() - (domain_ends_affix_ ? domain_size_ : 0), domain_size_};
}

const re2::RE2* Pattern::regex() const {
    return is_special() ? special().regex.get() : nullptr;
}

const std::vector<std::string>& Pattern::names() const {
    static const auto* const none = new std::vector<std::string>();  // never destroyed, see Rare
    return is_special() ? special().names : *none;
}

const Pattern::LocalPart* Pattern::local_part() const {
    return kind_ == Kind::across ? &special().local : nullptr;
}

const DomainSet* Pattern::hosted_domains() const {
    return is_special() ? special().hosted.get() : nullptr;
}

}  // namespace relaypermit
