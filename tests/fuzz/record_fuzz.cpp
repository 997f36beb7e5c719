// The record's line, in both forms, from both sides: any record within the limits parses back to
// itself, and any bytes either are no line or are written again as they stood.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "record/json_line.h"
#include "record/line.h"
#include "record/record.h"

namespace {

using relaypermit::Record;

std::vector<std::string> texts(FuzzedDataProvider& data) {
    std::vector<std::string> out;
    for (auto left = data.ConsumeIntegralInRange<unsigned>(0, 7); left > 0; --left)
        out.push_back(data.ConsumeRandomLengthString(300));
    return out;
}

Record record_from(FuzzedDataProvider& data) {
    Record record;
    record.verdict = static_cast<relaypermit::Outcome>(data.ConsumeIntegralInRange(0, 4));
    record.stage = static_cast<relaypermit::Stage>(data.ConsumeIntegralInRange(0, 2));
    record.mta = static_cast<relaypermit::Mta>(data.ConsumeIntegralInRange(0, 1));
    record.port = data.ConsumeIntegral<std::uint16_t>();
    record.recipient_count = data.ConsumeIntegral<std::size_t>();
    if (data.ConsumeBool())
        record.cause = relaypermit::all_causes[data.ConsumeIntegralInRange<std::size_t>(0, 16)];
    for (auto left = data.ConsumeIntegralInRange<unsigned>(0, 3); left > 0; --left) {
        record.also.push_back(
            relaypermit::all_causes[data.ConsumeIntegralInRange<std::size_t>(0, 16)]);
    }
    record.from = texts(data);
    record.recipients = texts(data);
    if (data.ConsumeBool()) record.recipient_count = record.recipients.size();
    record.rules = texts(data);
    for (auto* value : {&record.queue_id, &record.login, &record.sender, &record.header_sender,
                        &record.helo, &record.mechanism, &record.reference, &record.mailer,
                        &record.client, &record.daemon, &record.tls, &record.reply}) {
        *value = data.ConsumeRandomLengthString(500);
    }
    if (data.ConsumeBool()) record.agent = data.ConsumeRandomLengthString(500);
    return within_limits(std::move(record));
}

void require(bool holds, std::string_view what, std::string_view line) {
    if (holds) return;
    std::cerr << what << "\n" << line << "\n";
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (const auto record = relaypermit::parse_line(text))
        require(format_line(*record) == text, "a line that was read is written otherwise", text);
    if (const auto record = relaypermit::parse_json_line(text))
        require(format_json_line(*record) == text, "an object that was read is written otherwise",
                text);

    FuzzedDataProvider data(bytes, size);
    const auto record = record_from(data);
    const auto line = format_line(record);
    require(line.size() < 8192, "a line of 8 KiB", line);
    for (const char c : line) require(c >= ' ' && c <= '~', "a byte that is not printable", line);
    const auto read = relaypermit::parse_line(line);
    require(read && *read == record, "a record that does not parse back", line);

    const auto object = format_json_line(record);
    require(object.size() <= relaypermit::max_json_line_bytes, "an object that is too long",
            object);
    for (const char c : object)
        require(c >= ' ' && c <= '~', "a byte that is not printable", object);
    const auto again = relaypermit::parse_json_line(object);
    require(again && format_json_line(*again) == object, "an object that does not parse back",
            object);
    return 0;
}
