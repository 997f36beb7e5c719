#include "tool/wiring/plain_pattern.h"

#include <algorithm>
#include <optional>

#include "policy/address.h"
#include "policy/ascii.h"
#include "policy/pattern.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/pattern_inverse.h"

namespace relaypermit {
namespace {

std::optional<Address> address_of(std::string_view key) {
    const auto parsed = parse_address(key);
    if (!parsed || parsed->domain.empty()) return std::nullopt;
    return *parsed;
}

// An address as it stands in `senders`.
bool is_plain_sender(const std::string& key) {
    const auto pattern = Pattern::parse(key, PatternRole::sender);
    return is_plain(key) && pattern && pattern->kind() == Pattern::Kind::exact;
}

}  // namespace

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80 ||
               std::string_view("@._+-='~&").find(c) != std::string_view::npos;
    });
}

bool is_plain_domain(const std::string& domain) {
    return is_plain(domain) && Pattern::parse("*@" + domain, PatternRole::sender);
}

std::string in_slashes(std::string_view regex) {
    return "/" + std::string(regex) + "/";
}

std::string as_pattern(const std::string& key) {
    return is_plain_sender(key) ? key : in_slashes("^" + quoted_regex(key) + "$");
}

std::string domain_of(const std::string& address) {
    return address.substr(address.rfind('@') + 1);
}

std::string without_extension(const std::string& key, const std::string& delimiters) {
    const auto address = address_of(key);
    if (!address) return key;
    return address_key(without_subaddress(*address, delimiters));
}

std::vector<std::string> with_extensions(const std::string& key, const std::string& delimiters) {
    std::vector<std::string> patterns;
    const auto address = address_of(key);
    if (!address || !is_plain(key) || address->local.find_first_of(delimiters) != std::string::npos)
        return patterns;
    for (const std::string_view whole : {"postmaster", "mailer-daemon", "double-bounce"})
        if (ascii_lower(address->local) == whole) return patterns;
    for (const char delimiter : delimiters) {
        if (ascii_lower(address->local) == "owner" && delimiter == '-') continue;
        const std::string start = address->local + delimiter;
        patterns.push_back(is_plain(key) ? start + "*@" + address->domain
                                         : in_slashes("^" + quoted_regex(start) + ".*@" +
                                                      quoted_regex(address->domain) + "$"));
    }
    return patterns;
}

}  // namespace relaypermit
