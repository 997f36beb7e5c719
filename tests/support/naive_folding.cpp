#include "tests/support/naive_folding.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>

#include "policy/domain.h"
#include "policy/folding_letters.h"
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

template <typename Table>
bool is_in(const Table& row, std::uint32_t code) {
    return code >= row.first && code <= row.last;
}

// What a character, without case and marks, is to the laxest of directories: the tables are those
// of the engine, read from their beginning for each.
std::string plain(std::uint32_t code, const std::string& itself) {
    for (const FoldedLetters& row : folded_letters())
        if (is_in(row, code)) return row.plain;
    for (const FoldedNumerals& row : folded_numerals())
        if (is_in(row, code))
            return std::to_string(row.digit - '0' + static_cast<int>(code - row.first));
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code));
    if (code > 0x7F && category == UTF8PROC_CATEGORY_ND)
        for (std::uint32_t before = 0;; ++before)
            if (utf8proc_category(static_cast<utf8proc_int32_t>(code - before - 1)) !=
                UTF8PROC_CATEGORY_ND)
                return std::to_string(before % 10);
    if (category == UTF8PROC_CATEGORY_CN) return "";
    for (const FoldedRange& row : folded_to_nothing())
        if (is_in(row, code)) return "";
    return itself;
}

std::string otherwise(std::uint32_t code, const std::string& itself) {
    for (const FoldedLetters& row : letters_folded_otherwise())
        if (is_in(row, code)) return row.plain;
    return code > 0xFFFF || code == 0xFFFD ? "\uE000" : itself;
}

std::string each(const std::string& text, std::string (*of)(std::uint32_t, const std::string&)) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = first_code_point(std::string_view(text).substr(at));
        out += of(point.value, text.substr(at, point.bytes));
        at += point.bytes;
    }
    return out;
}

}  // namespace

std::string folded_text(const std::string& text, bool by_letters) {
    const std::string read = by_letters ? each(text, otherwise) : text;
    std::string out = each(without_marks(nfkc_casefold(without_marks(read))), plain);
    if (by_letters) out = each(out, otherwise);
    for (std::size_t at = out.find("  "); at != std::string::npos; at = out.find("  "))
        out.erase(at, 1);
    while (!out.empty() && out.front() == ' ') out.erase(0, 1);
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

namespace {

Login folded(const PolicySource& policy, const Login& login, bool realm_too, bool by_letters) {
    const std::string user = folded_text(login.user, by_letters);
    const std::size_t at = user.rfind('@');
    if (at != std::string::npos && login.user.find('@') == std::string::npos) {
        const std::string realm = user.substr(at + 1);
        return {user.substr(0, at), normalize_domain(realm).value_or(realm)};
    }
    const DomainSet& own = policy.realms ? *policy.realms : policy.hosted_domains;
    if (!realm_too || own.contains(login.realm)) return {user, login.realm};
    const std::string realm = folded_text(domain_in_unicode(login.realm), by_letters);
    return {user, normalize_domain(realm).value_or(realm)};
}

// Itself, and what is before any delimiter that something stands before; not of names that are
// never split.
std::vector<Login> with_bases(const PolicySource& policy, const Login& login) {
    std::vector<Login> all = {login};
    const std::string& delimiters = policy.subaddress_delimiter;
    const auto is_delimiter = [&](char c) { return delimiters.find(c) != std::string::npos; };
    const Address base = without_subaddress(Address{login.user, login.realm}, delimiters);
    std::size_t at = 0;
    if (base.local == login.user && !login.user.empty() && !is_delimiter(login.user.front())) {
        if (ascii_lower(login.user.substr(0, 6)) != "owner-") return all;
        at = 6;
    }
    bool begun = at > 0;
    for (; at < login.user.size(); ++at) {
        if (begun && is_delimiter(login.user[at]))
            all.push_back({login.user.substr(0, at), login.realm});
        begun = begun || !is_delimiter(login.user[at]);
    }
    return all;
}

}  // namespace

std::vector<Login> names_to_restrict(const PolicySource& policy, const Login& login) {
    std::vector<Login> names;
    const auto add = [&](const Login& one) {
        for (const Login& name : with_bases(policy, one)) names.push_back(name);
    };
    for (const Login& typed : with_bases(policy, login)) {
        names.push_back(typed);
        for (const bool by_letters : {false, true}) {
            const Login twin = folded(policy, typed, true, by_letters);
            if (twin.user.empty()) continue;
            add(twin);
            const auto formed = read_login(policy, to_string(twin));
            if (formed && !policy.login_forms.empty()) add(*formed);
        }
    }
    return names;
}

bool folds_to(const PolicySource& policy, const Pattern& pattern, const Login& login) {
    if (pattern.kind() != Pattern::Kind::exact) return false;
    const auto written = read_login(policy, std::string(pattern.text()));
    if (!written) return false;
    for (const bool by_letters : {false, true})
        if (login_key(folded(policy, *written, false, by_letters)) == login_key(login)) return true;
    return false;
}

}  // namespace relaypermit::naive
