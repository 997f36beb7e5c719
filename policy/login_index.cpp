#include "policy/login_index.h"

namespace relaypermit {

void LoginIndex::add(const LoginPatterns& logins, RuleNumber rule) {
    if (!logins.empty()) empty_ = false;
    const auto add_each = [&](std::span<const LoginPattern> patterns, RuleNumber number,
                              PatternIndex Patterns::*index) {
        for (const LoginPattern& login : patterns) {
            const bool regex = login.pattern.kind() == Pattern::Kind::regex;
            ((regex ? regexes_ : plain_).*index).add(login.pattern, number);
        }
    };
    const auto add_rule = [&](std::vector<RuleNumber>& rules) {
        if (rules.empty() || rules.back() != rule) rules.push_back(rule);
    };
    logins.each_part(
        [&](std::span<const LoginPattern> written) { add_each(written, rule, &Patterns::written); },
        [&](const LoginPatterns::Group& group) {
            if (base_ != nullptr)
                if (const auto known = base_->groups_.find(group.get());
                    known != base_->groups_.end()) {
                    add_rule(rules_of_base_[known->second]);
                    return;
                }
            const auto number = static_cast<RuleNumber>(rules_of_.size());
            const auto [known, added] = groups_.emplace(group.get(), number);
            if (added) {
                rules_of_.emplace_back();
                add_each(group->members, number, &Patterns::members);
            }
            add_rule(rules_of_[known->second]);
        });
}

void LoginIndex::finish() {
    for (Patterns* patterns : {&plain_, &regexes_}) {
        patterns->written.finish();
        patterns->members.finish();
    }
}

Postings LoginIndex::find(const Login& login, Patterns LoginIndex::*patterns) const {
    Postings found = (this->*patterns).written.find(login);
    if (!groups_.empty())
        for (const RuleNumber group : (this->*patterns).members.find(login).sorted())
            found.add(rules_of_[group]);
    if (!rules_of_base_.empty())
        for (const RuleNumber group : (base_->*patterns).members.find(login).sorted())
            if (const auto rules = rules_of_base_.find(group); rules != rules_of_base_.end())
                found.add(rules->second);
    return found;
}

Postings LoginIndex::find(const Login& login) const {
    return find(login, &LoginIndex::plain_);
}

Postings LoginIndex::find_by_regex(const Login& login) const {
    return find(login, &LoginIndex::regexes_);
}

}  // namespace relaypermit
