// Why a message is, or is not, granted what it asks for: every rule that was looked at, in the
// words of the policy, with its place. Asks each rule in turn, where the decision goes by indexes.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/reading.h"
#include "policy/rights.h"

namespace relaypermit {

struct TraceStep {
    // What was asked: "client 198.51.100.1", "sender orders@example.com, From orders@example.com".
    std::string about{};
    // An id, or what is built in: "own-address", "trusted-network", "bounce"; of a recipient that
    // needs no grant "hosted-domain", "relay-domain" or "local-mailer"; "no-rule" where there is
    // none; "cause.ID" where that refuses nobody.
    std::string rule{};
    Place place{};
    // A restriction: whether it refuses the message. All else: whether it lets the address pass.
    Match matched{Match::no};
    // In the words of the policy: "login `bob@example.com` is in group sales - sender matches
    // `*@shop.example.com` - grant ended on 2026-01-31".
    std::string why{};
};

struct Trace {
    std::vector<TraceStep> steps{};
    // Rules that have nothing to do with the login or client, nor with what was asked for.
    std::size_t other_grants{};
    std::size_t other_restrictions{};
};

// One question of rights, as Rights answers it.
struct SenderQuestion {
    enum class Kind : std::uint8_t { address, null, anything };
    Kind kind{Kind::address};
    Address address{};
    GrantField field{GrantField::envelope};
};

// The steps of one question: own address, grants in the order of the file, bounce, alias tables.
// The answer of Rights is the first yes among them, or else unknown where a table gave no answer.
// `touched`, one flag a grant, is set for each that has a step.
[[nodiscard]] std::vector<TraceStep> trace_rights(const Policy& policy, const Facts& facts,
                                                  const Reading& reading,
                                                  const SenderQuestion& question,
                                                  std::vector<bool>& touched);

// The whole message: the network, the restrictions, and the rights to its senders. An accepted
// message has a yes for each sender and recipient that it asks about and no restriction with one;
// `mode = "monitor"` is left aside.
[[nodiscard]] Trace trace(const Policy& policy, const Facts& facts);

}  // namespace relaypermit
