// A session as the naive evaluator reads it, and who owns what in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/facts.h"
#include "policy/policy_source.h"
#include "policy/reason.h"

namespace relaypermit::naive {

enum class Sender { null, readable, disputed };

struct Session {
    const PolicySource& policy;
    const Facts& facts;

    bool logged_in{};
    std::optional<Login> login{};  // none: not logged in, or not readable
    bool submission{};
    bool in_trusted_network{};

    Sender sender{Sender::disputed};
    Address sender_address{};
    // At the end of headers: what the one Sender field shows, where it can be read.
    std::optional<Address> shown_sender{};

    [[nodiscard]] bool trusted() const { return !logged_in && in_trusted_network; }
    [[nodiscard]] bool sender_hosted() const {
        return sender == Sender::readable && policy.hosted_domains.contains(sender_address.domain);
    }
};

[[nodiscard]] Session read_session(const PolicySource& policy, const Facts& facts);

enum class Answer { no, unknown, yes };
enum class Field { envelope, from, sender };

// What ownership is asked of: an address, the null sender, or something that nobody can read.
struct Subject {
    enum class Kind { address, null, anything } kind{};
    Address address{};
    bool bounce{};  // the one address of a report that anybody may send
};

struct Ownership {
    Answer answer{Answer::no};
    std::string rule{};  // yes: by what; unknown: the table that is silent
};

[[nodiscard]] Ownership ownership(const Session& session, Field field, const Subject& subject);
[[nodiscard]] Ownership ownership_of_sender(const Session& session);

// What is wrong with the login, whatever it would send as.
[[nodiscard]] Reason login_defect(const Session& session);

[[nodiscard]] bool within(const std::vector<PlacedNetwork>& networks,
                          const std::optional<IpAddress>& client);
[[nodiscard]] bool within(const std::vector<Network>& networks,
                          const std::optional<IpAddress>& client);
[[nodiscard]] std::string ascii_upper(std::string text);

// Whether a list of logins that are let off lets this session off by the pattern.
[[nodiscard]] bool lets_off(const Session& session, const Pattern& pattern);
// Whether the policy has taken this session out of what the cause is about.
[[nodiscard]] bool is_excepted(const Session& session, Cause cause);

}  // namespace relaypermit::naive
