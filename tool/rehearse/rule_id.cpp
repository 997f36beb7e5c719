#include "tool/rehearse/rule_id.h"

#include <algorithm>

#include "policy/address.h"

namespace relaypermit {

std::string word_of(std::string_view text) {
    std::string word;
    for (const char c : text) {
        const bool usual =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (usual)
            word += c;
        else if (!word.empty() && word.back() != '-')
            word += '-';
    }
    while (!word.empty() && word.back() == '-') word.pop_back();
    return ascii_lower(word.substr(0, 24));
}

std::string free_id(const PolicySource& source, const std::string& wanted) {
    const auto taken = [&](const std::string& id) {
        const auto has_id = [&](const auto& rule) { return rule.id == id; };
        return std::any_of(source.grants.begin(), source.grants.end(), has_id) ||
               std::any_of(source.restrictions.begin(), source.restrictions.end(), has_id) ||
               std::any_of(source.tables.begin(), source.tables.end(), has_id);
    };
    const std::string base = wanted.empty() ? "new" : wanted;
    std::string id = base;
    for (int number = 2; taken(id); ++number) id = base + "-" + std::to_string(number);
    return id;
}

}  // namespace relaypermit
