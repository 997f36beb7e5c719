#include "tool/rehearse/public_suffix.h"

#include <algorithm>
#include <array>

namespace relaypermit {
namespace {

// RFC 2606, RFC 6761 and RFC 8375, ICANN's reservation of internal, and what networks use besides.
constexpr std::array<std::string_view, 13> private_tops = {
    "local", "localdomain", "localhost", "lan",     "internal", "intranet", "home",
    "corp",  "private",     "test",      "example", "invalid",  "arpa"};

constexpr std::array<std::string_view, 9> seconds_of_countries = {"co",  "com", "net", "org", "ac",
                                                                  "edu", "gov", "gob", "gouv"};

template <typename Names>
bool has(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_public_suffix(std::string_view domain) {
    const std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos) return !has(private_tops, domain);
    return domain.size() == dot + 3 && has(seconds_of_countries, domain.substr(0, dot));
}

bool is_registrable(std::string_view domain) {
    const std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos) return false;
    const std::string_view parent = domain.substr(dot + 1);
    return parent.find('.') == std::string_view::npos || is_public_suffix(parent);
}

}  // namespace relaypermit
