#include "policy/domain_relations.h"

#include <algorithm>

namespace relaypermit {

bool is_below(std::string_view domain, std::string_view parent) {
    return domain.size() > parent.size() + 1 && domain.ends_with(parent) &&
           domain[domain.size() - parent.size() - 1] == '.';
}

bool covers(const DomainSet& set, std::string_view pattern) {
    if (!pattern.starts_with("*.")) return set.contains(pattern);
    return std::any_of(set.patterns().begin(), set.patterns().end(), [&](const std::string& outer) {
        return outer == pattern ||
               (outer.starts_with("*.") && is_below(pattern.substr(2), outer.substr(2)));
    });
}

}  // namespace relaypermit
