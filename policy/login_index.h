// Which rules are about a login. A group is indexed once, whatever number of rules names it.
// Immutable after finish(); then any thread.
#pragma once

#include <unordered_map>
#include <vector>

#include "policy/login_patterns.h"
#include "policy/pattern_index.h"

namespace relaypermit {

class LoginIndex {
  public:
    // `base`, which must outlive this index, may have groups in its index already.
    explicit LoginIndex(const LoginIndex* base = nullptr) : base_(base) {}

    // Borrows the patterns, which must outlive the index. Rules come in ascending order.
    void add(const LoginPatterns& logins, RuleNumber rule);
    void finish();
    // Nothing was added.
    [[nodiscard]] bool empty() const { return empty_; }

    // By a pattern that is no regex, and by one that is: only a regex brings captures of its own.
    [[nodiscard]] Postings find(const Login& login) const;
    [[nodiscard]] Postings find_by_regex(const Login& login) const;

  private:
    // Of patterns of one kind: those that stand in rules, and the members of groups.
    struct Patterns {
        PatternIndex written{};
        PatternIndex members{};  // its rules are the numbers of groups
    };
    [[nodiscard]] Postings find(const Login& login, Patterns LoginIndex::*patterns) const;

    const LoginIndex* base_;
    bool empty_{true};
    Patterns plain_{};
    Patterns regexes_{};
    std::unordered_map<const LoginGroup*, RuleNumber> groups_{};
    std::vector<std::vector<RuleNumber>> rules_of_{};  // by the number of the group
    std::unordered_map<RuleNumber, std::vector<RuleNumber>> rules_of_base_{};  // of base_'s groups
};

}  // namespace relaypermit
