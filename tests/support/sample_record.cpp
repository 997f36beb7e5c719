#include "tests/support/sample_record.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "policy/reference.h"
#include "policy/reply.h"
#include "record/line.h"
#include "tool/base/when.h"

namespace relaypermit {

Record sample_record(unsigned number) {
    return {.queue_id = "4c1X" + std::to_string(number),
            .verdict = Outcome::reject,
            .cause = Cause::sender_not_owned,
            .reference = format_reference(number),
            .stage = Stage::mail,
            .login = "alice@example.com",
            .mechanism = "PLAIN",
            .sender = "bob@example.com",
            .from = {"bob@example.com", "a\\b\n@example.com"},
            .header_sender = "carol@example.com",
            .recipients = {"x@remote.example", "y@remote.example"},
            .recipient_count = 2,
            .mailer = "smtp",
            .client = "198.51.100.7",
            .port = 587,
            .daemon = "ORIGINATING",
            .mta = Mta::postfix,
            .tls = "TLSv1.3",
            .helo = "lap\ttop \xff",
            .rules = {"no-boats", "shop"},
            .also = {Cause::weak_login, Cause::from_not_owned},
            .reply = "550 5.7.1 Relay not permitted - ref " + format_reference(number)};
}

Record sample_accept(unsigned number) {
    Record record = sample_record(number);
    record.verdict = Outcome::accept;
    record.cause.reset();
    record.stage = Stage::headers;
    record.reference.clear();
    record.reply.clear();
    record.sender = "alice@example.com";
    record.from = {"alice@example.com"};
    record.header_sender.clear();
    record.rules = {"own-address"};
    record.also.clear();
    return record;
}

Record sample_refusal_at_mail(unsigned number) {
    Record record = sample_record(number);
    record.queue_id.clear();
    record.from.clear();
    record.header_sender.clear();
    record.recipients.clear();
    record.recipient_count = 0;
    record.mailer.clear();
    record.rules.clear();
    record.also.clear();
    return record;
}

std::string sample_log(const std::vector<Record>& records, int first_second) {
    std::string text;
    for (const Record& record : records) {
        text += rfc3339(sample_time(first_second++)) +
                " mx1 relaypermitd[812]: " + format_line(record) + "\n";
    }
    return text;
}

TimePoint sample_time(int seconds) {
    return std::chrono::sys_days{std::chrono::year{2026} / 6 / 1} + std::chrono::hours{12} +
           std::chrono::seconds{seconds};
}

}  // namespace relaypermit
