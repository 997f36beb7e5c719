// What a record gives back of the facts that were decided upon. Pure; any thread.
#pragma once

#include "policy/facts.h"
#include "record/record.h"

namespace relaypermit {

// The facts that a record kept, as evaluate() takes them; `now` is the time of the decision.
[[nodiscard]] Facts facts_of(const Record& record, TimePoint now);
// The same with a From where the record has none, because the message was refused before it came:
// the sender, most likely. So what is advised covers the rest of the message too.
[[nodiscard]] Facts message_facts_of(const Record& record, TimePoint now);

}  // namespace relaypermit
