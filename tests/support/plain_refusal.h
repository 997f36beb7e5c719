// A refusal as most are, without what needs quoting: for tests of how a record is written.
#pragma once

#include "record/record.h"

namespace relaypermit {

[[nodiscard]] inline Record plain_refusal() {
    Record record;
    record.queue_id = "4c1X2b3d";
    record.verdict = Outcome::reject;
    record.cause = Cause::sender_not_owned;
    record.reference = "7F3K2Q9D";
    record.login = "alice@example.com";
    record.mechanism = "PLAIN";
    record.sender = "bob@example.com";
    record.client = "198.51.100.7";
    record.port = 587;
    record.daemon = "ORIGINATING";
    record.tls = "TLSv1.3";
    record.helo = "laptop";
    record.reply = "550 5.7.1 Relay not permitted - ref 7F3K2Q9D";
    return record;
}

}  // namespace relaypermit
