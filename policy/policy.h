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

    // The restrictions whose subject matches, ascending in the order of the file.
    [[nodiscard]] std::vector<std::uint32_t> restrictions_for(
        const Login* login, const std::optional<IpAddress>& client) const;

    // Which grants a login, or a client network, is the subject of; ascending. A session asks
    // once and hands the answer to covering_grant() for each of its addresses.
    [[nodiscard]] std::vector<std::uint32_t> grants_for(const Login& login) const;
    [[nodiscard]] std::vector<std::uint32_t> grants_for(const IpAddress& client) const;

  private:
    PolicySource source_;
    PatternIndex grant_logins_;
    PatternIndex grant_senders_;
    NetworkIndex grant_clients_;
    PatternIndex restriction_logins_;
    NetworkIndex restriction_clients_;
    NetworkIndex trusted_;
};

}  // namespace relaypermit
