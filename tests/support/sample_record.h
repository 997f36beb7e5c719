// Records and a scratch directory for the tests of the store and of the tool.
#pragma once

#include <string>
#include <vector>

#include "policy/facts.h"
#include "record/record.h"

namespace relaypermit {

// A refusal with every field filled in; `number` makes its queue id and reference its own.
[[nodiscard]] Record sample_record(unsigned number = 1);
// An accepted message of the same login.
[[nodiscard]] Record sample_accept(unsigned number = 1);

// A refusal at MAIL, with what is known by then: no From, no recipients.
[[nodiscard]] Record sample_refusal_at_mail(unsigned number = 1);
// The records as a mail log in RFC 3339 stamps, from sample_time() on, one a second.
[[nodiscard]] std::string sample_log(const std::vector<Record>& records, int first_second = 0);

// 2026-06-01 12:00:00 UTC and so many seconds.
[[nodiscard]] TimePoint sample_time(int seconds = 0);

}  // namespace relaypermit
