// What a record gives back of the facts that were decided upon. Pure; any thread.
#pragma once

#include <string_view>

#include "policy/facts.h"
#include "record/record.h"

namespace relaypermit {

// The facts that a record kept, as evaluate() takes them; `now` is the time of the decision.
[[nodiscard]] Facts facts_of(const Record& record, TimePoint now);
// The same with a From where the record has none, because the message was refused before it came:
// the sender, most likely. So what is advised covers the rest of the message too.
[[nodiscard]] Facts message_facts_of(const Record& record, TimePoint now);

// Why From was unusable, in words, where facts_of() cannot have what was wrong with it because a
// record keeps no more than the addresses or the beginning; empty for any other record.
[[nodiscard]] std::string_view fault_not_kept(const Record& record);

}  // namespace relaypermit
