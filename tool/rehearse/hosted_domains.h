// Whether a domain is hosted here, as far as the tool can know: by the lists of the policy, by what
// the domain tables answer, and by what was hosted when it was recorded. What is unknown is neither
// ours nor a stranger's. One thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/conditions.h"
#include "policy/decide.h"

namespace relaypermit {

// By these answers. Unknown where no list has the domain, no table says yes, and one was not asked
// or gave no answer.
[[nodiscard]] Match hosted_by(const Policy& policy, const std::vector<TableAnswer>& answers,
                              const std::string& domain);

// The ids of the tables that may have a hosted domain.
[[nodiscard]] std::vector<std::string> hosted_domain_tables(const PolicySource& source);

class HostedDomains {
  public:
    // `policy` must outlive it. Without `ask`, what a table may have is unknown.
    explicit HostedDomains(const Policy& policy, Ask ask = {})
        : policy_(policy), ask_(std::move(ask)) {}

    // A record shows that it was: where no table says anything now, it is.
    void add(const std::string& domain) { recorded_.insert(domain); }
    // Asks the tables about each domain once.
    [[nodiscard]] Match of(const std::string& domain) const;
    [[nodiscard]] const Policy& policy() const { return policy_; }

  private:
    const Policy& policy_;
    Ask ask_;
    std::set<std::string> recorded_{};
    mutable std::map<std::string, Match> answered_{};
};

}  // namespace relaypermit
