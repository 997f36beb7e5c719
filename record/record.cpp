// From a decision to its record: which facts are kept, and how much of each. Pure; any thread.
#include "record/record.h"
#include "policy/ascii.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "policy/address.h"
#include "policy/from_field.h"
#include "record/value.h"

namespace relaypermit {

namespace {

// Folds and all.
std::string_view trimmed_value(std::string_view value) {
    return trimmed(value, " \t\r\n");
}

std::vector<std::string_view> values_of(const Facts& facts, std::string_view field_name) {
    std::vector<std::string_view> values;
    for (const auto& field : facts.headers)
        if (is_field(field.name, field_name)) values.emplace_back(field.value);
    return values;
}

std::vector<std::string> from_of(const Facts& facts, const Reading& reading) {
    const auto values = values_of(facts, "from");
    std::vector<std::string> from;
    if (values.size() == 1 && reading.from) {
        for (const auto& address : *reading.from) from.push_back(to_string(address));
        return from;
    }
    for (const auto value : values) from.emplace_back(trimmed_value(value));
    return from;
}

// A field with nothing in it is `<>`, so that it is told from none: what was wrong with a message
// without From may have been that.
std::string header_sender_of(const Facts& facts, const Reading& reading) {
    if (reading.header_sender && *reading.header_sender) return to_string(**reading.header_sender);
    std::string sender;
    for (const auto value : values_of(facts, "sender")) {
        if (!sender.empty()) sender += ", ";
        const auto text = trimmed_value(value);
        sender += text.empty() ? "<>" : text;
    }
    return sender;
}

// A recipient as it may be kept. Of one that cannot be read nothing but its being there.
std::string kept_recipient(const Recipient& recipient, const RecipientReading& reading,
                           RecipientPrivacy privacy) {
    const auto& address = reading.address;
    if (privacy == RecipientPrivacy::full)
        return address ? to_string(*address) : recipient.argument;
    return "@" + (address ? address->domain : std::string());
}

void keep_recipients(Record& record, const Facts& facts, const Reading& reading, Stage stage,
                     RecipientPrivacy privacy) {
    const auto& all = facts.recipients;
    record.recipient_count = all.size();
    if (all.empty()) return;
    // A decision at RCPT is about the last recipient alone; the MTA's own refusals are, too.
    const std::size_t first = stage == Stage::headers ? 0 : all.size() - 1;
    const std::size_t end = std::min(all.size(), first + max_recipients_named);
    record.mailer = all[first].mailer;
    if (privacy == RecipientPrivacy::none) return;
    for (std::size_t at = first; at < end; ++at)
        record.recipients.push_back(kept_recipient(all[at], reading.recipients.at(at), privacy));
}

// The reply with nothing of the recipient in it that the record may not keep.
std::string kept_reply(const Policy& policy, const Facts& facts, const Reading& reading,
                       const Verdict& verdict, std::string_view reference, std::string_view reply,
                       RecipientPrivacy privacy) {
    const bool as_given = privacy == RecipientPrivacy::full || reply.empty() || !verdict.cause ||
                          verdict.recipient.empty() || facts.recipients.empty();
    if (as_given) return std::string(reply);
    auto redacted = verdict;
    redacted.recipient =
        privacy == RecipientPrivacy::domain
            ? kept_recipient(facts.recipients.back(),
                             reading.recipients.at(facts.recipients.size() - 1), privacy)
            : std::string();
    return to_string(render_reply(policy, facts, redacted, reference));
}

bool plainly_fits(const std::string& value, std::size_t limit) {
    // Written, no byte takes more than four, and a first bracket one more.
    return 4 * value.size() < limit;
}

bool plainly_fit(const std::vector<std::string>& values, std::size_t most) {
    return values.size() <= most &&
           std::all_of(values.begin(), values.end(), [](const std::string& value) {
               return plainly_fits(value, max_value_bytes);
           });
}

bool cut(std::string& value, std::size_t limit) {
    if (plainly_fits(value, limit)) return false;
    auto kept = cut_value(value, limit);
    const bool changed = kept != value;
    value = std::move(kept);
    return changed;
}

bool cut_each(std::vector<std::string>& values, std::size_t limit) {
    bool changed = false;
    for (auto& value : values) changed = cut(value, limit) || changed;
    return changed;
}

bool cut_list(std::vector<std::string>& list, std::size_t limit) {
    const bool already_cut = list.size() == max_listed + 1 && list.back() == cut_mark;
    const bool too_long = list.size() > max_listed && !already_cut;
    if (too_long) {
        list.resize(max_listed);
        list.emplace_back(cut_mark);
    }
    return cut_each(list, limit) || too_long;
}

// The limit of a reply is of its bytes; written, each can take two.
constexpr std::size_t max_reply_written = 2 * max_reply_bytes;

// Those of max_value_bytes.
template <typename Kept>
auto limited_values(Kept& record) {
    return std::array{&record.reference,     &record.login,  &record.mechanism, &record.sender,
                      &record.header_sender, &record.mailer, &record.client,    &record.daemon,
                      &record.tls,           &record.helo};
}

template <typename Value>
bool shorten(std::vector<Value>& list, std::size_t most) {
    if (list.size() <= most) return false;
    list.resize(most);
    return true;
}

// "stale-12s" behind the ids, where what a table said before it went down was used (stale_s).
void add_stale(const Facts& facts, const Verdict& verdict, std::vector<std::string>& rules) {
    if (verdict.outcome != Outcome::accept) return;
    std::uint32_t stale_s = 0;
    for (const TableAnswer& answer : facts.table_answers) {
        // A domain table is asked where the verdict turns on it, and names no rule.
        const bool of_domain = answer.address.local.empty() && !answer.address.domain.empty();
        if (of_domain || std::find(verdict.rules.begin(), verdict.rules.end(), answer.table) !=
                             verdict.rules.end())
            stale_s = std::max(stale_s, answer.stale_s);
    }
    if (stale_s > 0) rules.push_back("stale-" + std::to_string(stale_s) + "s");
}

}  // namespace

Record make_record(const Policy& policy, const Facts& facts, const Reading& reading,
                   const Verdict& verdict, std::string_view queue_id, std::string_view reference,
                   std::string_view reply, RecipientPrivacy privacy,
                   std::optional<std::string> agent) {
    Record record;
    record.queue_id = queue_id;
    record.verdict = verdict.outcome;
    record.cause = verdict.cause;
    record.reference = reference;
    record.stage = verdict.stage;
    record.login = verdict.login;
    // Without a login {auth_type} says nothing: ANONYMOUS, or what an earlier message left behind.
    if (!verdict.login.empty()) record.mechanism = ascii_upper(facts.auth_type);
    record.sender = verdict.sender;
    record.from = from_of(facts, reading);
    record.header_sender = header_sender_of(facts, reading);
    keep_recipients(record, facts, reading, verdict.stage, privacy);
    if (facts.client) record.client = to_string(*facts.client);
    record.port = facts.port;
    record.daemon = facts.daemon_name;
    record.mta = facts.mta;
    record.tls = facts.tls;
    record.helo = facts.helo;
    record.rules = verdict.rules;
    add_stale(facts, verdict, record.rules);
    record.also = verdict.also;
    record.agent = std::move(agent);
    record.reply = kept_reply(policy, facts, reading, verdict, reference, reply, privacy);
    return within_limits(std::move(record));
}

bool plainly_within_limits(const Record& record) {
    const auto values = limited_values(record);
    return plainly_fits(record.queue_id, max_queue_id_bytes) &&
           std::all_of(
               values.begin(), values.end(),
               [](const std::string* value) { return plainly_fits(*value, max_value_bytes); }) &&
           (!record.agent || plainly_fits(*record.agent, max_value_bytes)) &&
           plainly_fits(record.reply, max_reply_written) && plainly_fit(record.from, max_listed) &&
           plainly_fit(record.rules, max_listed) &&
           plainly_fit(record.recipients, max_recipients_named) &&
           record.also.size() <= cause_count;
}

bool cut_to_limits(Record& record, std::size_t value_bytes) {
    bool changed = cut(record.queue_id, max_queue_id_bytes);
    for (auto* value : limited_values(record)) changed = cut(*value, value_bytes) || changed;
    if (record.agent) changed = cut(*record.agent, value_bytes) || changed;
    changed = cut(record.reply, max_reply_written) || changed;
    changed = cut_list(record.from, value_bytes) || changed;
    changed = cut_list(record.rules, value_bytes) || changed;
    changed = shorten(record.recipients, max_recipients_named) || changed;
    changed = cut_each(record.recipients, value_bytes) || changed;
    return shorten(record.also, cause_count) || changed;
}

Record within_limits(Record record) {
    static_cast<void>(cut_to_limits(record));
    return record;
}

}  // namespace relaypermit
