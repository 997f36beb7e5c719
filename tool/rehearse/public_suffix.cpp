#include "tool/rehearse/public_suffix.h"

#include <libpsl.h>

#include <algorithm>
#include <array>
#include <string>

namespace relaypermit {
namespace {

// RFC 2606, RFC 6761 and RFC 8375, ICANN's reservation of internal, and what networks use besides.
constexpr std::array<std::string_view, 13> private_tops = {
    "local", "localdomain", "localhost", "lan",     "internal", "intranet", "home",
    "corp",  "private",     "test",      "example", "invalid",  "arpa"};

bool is_private(std::string_view domain) {
    const std::string_view top = domain.substr(domain.rfind('.') + 1);
    return std::find(private_tops.begin(), private_tops.end(), top) != private_tops.end();
}

// Read once; null where there is none, and then nothing is known to be a suffix.
const psl_ctx_t* suffixes() {
    static const psl_ctx_t* const list = psl_latest(nullptr);
    return list;
}

}  // namespace

bool is_public_suffix(std::string_view domain) {
    return suffixes() != nullptr && !is_private(domain) &&
           psl_is_public_suffix(suffixes(), std::string(domain).c_str()) != 0;
}

bool is_registrable(std::string_view domain) {
    const std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos) return false;
    const std::string_view parent = domain.substr(dot + 1);
    if (is_private(domain)) return parent.find('.') == std::string_view::npos;
    return !is_public_suffix(domain) && is_public_suffix(parent);
}

std::string libpsl_version() {
    // "0.21.2 (+libidn2/2.3.3)"
    const std::string_view text = ::psl_get_version();
    return std::string(text.substr(0, text.find(' ')));
}

}  // namespace relaypermit
