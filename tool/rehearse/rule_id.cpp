#include "tool/rehearse/rule_id.h"

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

FreeIds::FreeIds(const PolicySource& source) {
    const auto take_all = [&](const auto& rules) {
        for (const auto& rule : rules) taken_.insert(rule.id);
    };
    take_all(source.grants);
    take_all(source.restrictions);
    take_all(source.tables);
    take_all(source.domain_tables);
}

std::string FreeIds::take(const std::string& wanted) {
    const std::string base = wanted.empty() ? "new" : wanted;
    std::string id = base;
    int& number = last_number_.try_emplace(base, 1).first->second;
    while (!taken_.insert(id).second) id = base + "-" + std::to_string(++number);
    return id;
}

}  // namespace relaypermit
