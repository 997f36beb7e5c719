#include "tests/support/naive_folding.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <map>

#include "policy/domain.h"
#include "policy/utf8.h"
#include "tests/support/naive_login.h"

namespace relaypermit::naive {
namespace {

std::string encoded(utf8proc_int32_t code) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto count = utf8proc_encode_char(code, bytes.data());
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(count)};
}

std::string nfkc_casefold(const std::string& text) {
    utf8proc_uint8_t* raw =
        utf8proc_NFKC_Casefold(reinterpret_cast<const utf8proc_uint8_t*>(text.c_str()));
    const std::string out(reinterpret_cast<const char*>(raw));
    std::free(raw);
    return out;
}

// Base letters alone.
std::string without_marks(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = first_code_point(std::string_view(text).substr(at));
        std::array<utf8proc_int32_t, 32> parts{};
        int boundary = 0;
        const auto count = utf8proc_decompose_char(
            static_cast<utf8proc_int32_t>(point.value), parts.data(), parts.size(),
            static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT), &boundary);
        for (utf8proc_ssize_t n = 0; n < count; ++n) {
            const utf8proc_int32_t code = parts.at(static_cast<std::size_t>(n));
            const auto category = utf8proc_category(code);
            const bool mark = category == UTF8PROC_CATEGORY_MN ||
                              category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
            if (!mark) out += encoded(code);
        }
        at += point.bytes;
    }
    return out;
}

std::string plain(const std::string& text) {
    const std::map<std::uint32_t, std::string> letters = {
        {0xE6, "ae"}, {0x153, "oe"}, {0xF8, "o"},  {0x142, "l"}, {0x111, "d"},
        {0xF0, "d"},  {0xFE, "th"},  {0x127, "h"}, {0x131, "i"}, {0x167, "t"},
        {0x138, "k"}, {0x14B, "n"},  {0x1E9F, "d"}};
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = first_code_point(std::string_view(text).substr(at));
        const auto known = letters.find(point.value);
        out += known != letters.end() ? known->second : text.substr(at, point.bytes);
        at += point.bytes;
    }
    return out;
}

}  // namespace

std::string folded_text(const std::string& text) {
    std::string out = plain(without_marks(nfkc_casefold(without_marks(text))));
    for (std::size_t at = out.find("  "); at != std::string::npos; at = out.find("  "))
        out.erase(at, 1);
    while (!out.empty() && out.front() == ' ') out.erase(0, 1);
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

namespace {

Login folded(const PolicySource& policy, const Login& login, bool realm_too) {
    const std::string user = folded_text(login.user);
    const std::size_t at = user.rfind('@');
    if (at != std::string::npos && login.user.find('@') == std::string::npos) {
        const std::string realm = user.substr(at + 1);
        return {user.substr(0, at), normalize_domain(realm).value_or(realm)};
    }
    const DomainSet& own = policy.realms ? *policy.realms : policy.hosted_domains;
    if (!realm_too || own.contains(login.realm)) return {user, login.realm};
    const std::string realm = folded_text(domain_in_unicode(login.realm));
    return {user, normalize_domain(realm).value_or(realm)};
}

Login untagged(const PolicySource& policy, const Login& login) {
    const Address out =
        without_subaddress(Address{login.user, login.realm}, policy.subaddress_delimiter);
    return {out.local, out.domain};
}

}  // namespace

std::vector<Login> names_to_restrict(const PolicySource& policy, const Login& login) {
    std::vector<Login> names;
    for (const Login& typed : {login, untagged(policy, login)}) {
        names.push_back(typed);
        const Login twin = folded(policy, typed, true);
        if (twin.user.empty()) continue;
        names.push_back(twin);
        names.push_back(untagged(policy, twin));
        const auto formed = read_login(policy, to_string(twin));
        if (!formed || policy.login_forms.empty()) continue;
        names.push_back(*formed);
        names.push_back(untagged(policy, *formed));
    }
    return names;
}

bool folds_to(const PolicySource& policy, const Pattern& pattern, const Login& login) {
    if (pattern.kind() != Pattern::Kind::exact) return false;
    const auto written = read_login(policy, std::string(pattern.text()));
    return written && login_key(folded(policy, *written, false)) == login_key(login);
}

}  // namespace relaypermit::naive
