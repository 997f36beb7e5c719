// A compiled policy: immutable, shared by every session as a snapshot. Pure; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "policy/pattern_index.h"
#include "policy/policy_source.h"

namespace relaypermit {

// Answers the questions that evaluate() asks, each at a cost that does not grow with the number
// of rules: exact addresses and domains by hash, regexes by one RE2::Set.
class Policy {
  public:
    explicit Policy(PolicySource source);

    [[nodiscard]] const PolicySource& source() const { return source_; }
    [[nodiscard]] const CausePolicy& cause(Cause cause) const {
        return source_.causes[static_cast<std::size_t>(cause)];
    }

    [[nodiscard]] bool hosted(const std::string& normalized_domain) const {
        return source_.hosted_domains.contains(normalized_domain);
    }
    [[nodiscard]] bool trusted(const std::optional<IpAddress>& client) const;
    [[nodiscard]] bool remote_mailer(const std::string& mailer, Mta mta) const;

    // The restrictions whose subject matches, in the order of the file. `login` is null without a
    // usable login. What restricts alice@ restricts alice+anything@, as what she may send she may
    // send with a subaddress: she must not get around it by the login that she types.
    [[nodiscard]] std::vector<const Restriction*> restrictions_for(
        const Login* login, const std::optional<IpAddress>& client) const;

    // Indexes over the grants, for Rights (rights.h). A login's patterns are indexed apart from
    // its regexes, because only a regex brings captures of its own.
    [[nodiscard]] const PatternIndex& grant_logins() const { return grant_logins_; }
    [[nodiscard]] const PatternIndex& grant_login_regexes() const { return grant_login_regexes_; }
    [[nodiscard]] const PatternIndex& grant_senders() const { return grant_senders_; }
    [[nodiscard]] const NetworkIndex& grant_clients() const { return grant_clients_; }

  private:
    PolicySource source_;
    PatternIndex grant_logins_;
    PatternIndex grant_login_regexes_;
    PatternIndex grant_senders_;
    NetworkIndex grant_clients_;
    PatternIndex restriction_logins_;
    NetworkIndex restriction_clients_;
    NetworkIndex trusted_;
};

}  // namespace relaypermit
