#include "policy/near_domain.h"

#include <algorithm>
#include <cstddef>

namespace relaypermit {
namespace {

constexpr std::size_t least_bytes = 8;
constexpr std::size_t most_hosted = 2000;

// Equal but for one letter inserted, left out or replaced, or two neighbours exchanged.
bool one_mistake_apart(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > 1 || a == b) return false;
    const std::size_t same =
        static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
    const std::string_view rest_a = a.substr(same);
    const std::string_view rest_b = b.substr(same);
    if (a.size() < b.size()) return rest_a == rest_b.substr(1);
    if (rest_a.substr(1) == rest_b.substr(1)) return true;
    return rest_a.size() > 1 && rest_a[0] == rest_b[1] && rest_a[1] == rest_b[0] &&
           rest_a.substr(2) == rest_b.substr(2);
}

bool is_listed(const PolicySource& source, const std::string& domain) {
    return source.hosted_domains.contains(domain) || source.relay_domains.contains(domain) ||
           (source.realms && source.realms->contains(domain));
}

}  // namespace

std::string near_hosted_domain(const PolicySource& source, std::string_view domain) {
    const auto& hosted = source.hosted_domains.patterns();
    if (hosted.size() > most_hosted) return {};
    for (std::string_view part = domain;;) {
        if (is_listed(source, std::string(part))) return {};
        if (part.size() >= least_bytes)
            for (const std::string& pattern : hosted) {
                const bool star = pattern.starts_with("*.");
                const std::string_view name = std::string_view(pattern).substr(star ? 2 : 0);
                if (name.size() < least_bytes || !one_mistake_apart(part, name)) continue;
                // The labels before the part stay as they are.
                return std::string(domain.substr(0, domain.size() - part.size())) +
                       std::string(name);
            }
        const std::size_t dot = part.find('.');
        if (dot == std::string_view::npos) return {};
        part.remove_prefix(dot + 1);
        if (part.find('.') == std::string_view::npos) return {};
    }
}

}  // namespace relaypermit
