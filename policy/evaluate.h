// The verdict on the facts as they are. Start reading here; decide.h is how it is asked for.
//
// Default deny; [[alias]] grants add up; [[restrict]] overrides every grant; what could not be
// looked up is a tempfail. Pure and total: any facts get a verdict, nothing throws but
// std::bad_alloc. Any thread.
#pragma once

#include <cstdint>

#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/reading.h"
#include "policy/verdict.h"

namespace relaypermit {

// Whether mode = "monitor" counts: a rehearsal asks what the policy would refuse in earnest.
enum class Mode : std::uint8_t { of_policy, enforce };

// Stage::mail judges the connection, the login and the envelope sender; Stage::rcpt the last of
// facts.recipients; Stage::headers From and Sender, for a message whose recipients were accepted.
// An earlier stage is not asked again. The first cause whose action is reject or tempfail is the
// verdict; monitored causes before it stand in `also`.
//
// `reading` is of these facts, up to this stage (read_on()).
[[nodiscard]] Verdict evaluate(const Policy& policy, const Facts& facts, const Reading& reading,
                               Stage stage, Mode mode = Mode::of_policy);
// Of a message that is there already, read whole for this one question.
[[nodiscard]] Verdict evaluate(const Policy& policy, const Facts& facts, Stage stage,
                               Mode mode = Mode::of_policy);

// Whether the policy reads From or Sender of this session at all: where not, the milter need not
// ask the MTA for header fields. True where in doubt.
[[nodiscard]] bool wants_headers(const Policy& policy);

}  // namespace relaypermit
