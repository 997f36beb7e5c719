// The decision. Start reading here.
//
//   callback -> session collects Facts -> evaluate(policy, facts, stage) -> Verdict -> reply,
//   record
//
// Default deny; [[alias]] grants add up; [[restrict]] overrides every grant; what could not be
// looked up is a tempfail. Pure and total: any facts get a verdict, nothing throws but
// std::bad_alloc. Any thread.
#pragma once

#include <cstdint>

#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace relaypermit {

// Whether mode = "monitor" counts: a rehearsal asks what the policy would refuse in earnest.
enum class Mode : std::uint8_t { of_policy, enforce };

// Stage::mail judges the connection, the login and the envelope sender; Stage::rcpt the last of
// facts.recipients; Stage::headers From and Sender, for a message whose recipients were accepted.
// An earlier stage is not asked again. The first cause whose action is reject or tempfail is the
// verdict; monitored causes before it stand in `also`.
[[nodiscard]] Verdict evaluate(const Policy& policy, const Facts& facts, Stage stage,
                               Mode mode = Mode::of_policy);

// Why the MTA refused to relay to the last recipient, as far as the policy can tell: the cause
// that stands at Stage::rcpt or, where relaying is not what the policy objects to, at Stage::mail.
// Outcome::mta_reject; without a cause where the policy sees nothing wrong (the MTA's own
// configuration is stricter than the policy, which an admin wants to know).
[[nodiscard]] Verdict diagnose_mta_reject(const Policy& policy, const Facts& facts);

// Whether the policy reads From or Sender of this session at all: where not, the milter need not
// ask the MTA for header fields. True where in doubt.
[[nodiscard]] bool wants_headers(const Policy& policy);

}  // namespace relaypermit
