#include "milter/decider.h"

#include <sys/random.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>

#include "policy/reference.h"
#include "record/record.h"

namespace relaypermit {

namespace {

// Warnings of domains that the policy does not list: enough for any server's own domains, and a
// bound for one whose MTA accepts everything.
constexpr std::size_t max_unlisted_domains = 1000;

}  // namespace

std::uint64_t random_bits() {
    std::uint64_t bits = 0;
    // Never blocks or fails after boot for so few bytes; the fallback is for exotic sandboxes.
    if (::getrandom(&bits, sizeof bits, 0) == static_cast<ssize_t>(sizeof bits)) return bits;
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

void Decider::record(const Message& message, const Verdict& verdict, std::string_view reference,
                     std::string_view reply) {
    const Snapshot& snapshot = *message.snapshot;
    surroundings_.records.write(
        make_record(*snapshot.policy, message.facts, message.reading, verdict, message.queue_id,
                    reference, reply, snapshot.settings.log.recipients,
                    snapshot.settings.log.agent ? std::optional(message.agent) : std::nullopt));
}

Ruling Decider::decide(Message& message, Stage stage, std::size_t max_bytes) {
    const Policy& policy = *message.snapshot->policy;
    const auto ask = [&](const std::vector<Question>& questions, Facts& facts) {
        for (TableAnswer& answer : surroundings_.tables.ask(policy, questions, facts))
            facts.table_answers.push_back(std::move(answer));
    };
    Ruling ruling{relaypermit::decide(policy, message.facts, message.reading, stage, ask), {}, {}};
    const Verdict& verdict = ruling.verdict;
    warn_once(verdict);
    if (verdict.outcome == Outcome::accept) return ruling;

    ruling.reference = format_reference(surroundings_.reference_bits());
    Reply reply = render_reply(policy, message.facts, verdict, ruling.reference, max_bytes);
    record(message, verdict, ruling.reference, to_string(reply));
    if (verdict.refused()) ruling.reply = std::move(reply);
    return ruling;
}

Ruling Decider::decide_beside_milter(Facts facts, std::string_view queue_id,
                                     std::size_t max_bytes) {
    Message message{snapshot(), std::move(facts), {}, std::string(queue_id), {}};
    message.reading = read_message(*message.snapshot->policy, message.facts);
    Ruling ruling = decide(message, Stage::rcpt, max_bytes);
    if (!ruling.reference.empty()) recent_.remember(message.facts, ruling.reference, now());
    return ruling;
}

void Decider::accepted(const Message& message, const Verdict& verdict) {
    record(message, verdict, {}, {});
}

void Decider::refused_by_mta(Message& message, std::string_view told) {
    if (recent_.take(message.facts, now())) return;
    read_on(*message.snapshot->policy, message.facts, Stage::rcpt, message.reading);
    const Verdict verdict = diagnose_mta_reject(*message.snapshot->policy, message.facts);
    record(message, verdict, format_reference(surroundings_.reference_bits()), told);
}

void Decider::passed_on_by_mta(const Message& message, std::string_view told) {
    (void)recent_.take(message.facts, told, now());
}

Reply Decider::refuse_unavailable(const Message& message, Stage stage, std::string why) {
    const Policy& policy = *message.snapshot->policy;
    Verdict verdict = evaluate(policy, message.facts, message.reading, stage);
    verdict.outcome = Outcome::tempfail;
    verdict.cause = Cause::lookup_failed;
    verdict.also.clear();
    verdict.rules.clear();
    verdict.text.clear();
    verdict.why = std::move(why);
    const std::string reference = format_reference(surroundings_.reference_bits());
    Reply reply = render_reply(policy, message.facts, verdict, reference);
    record(message, verdict, reference, to_string(reply));
    return reply;
}

void Decider::warn_once(const Verdict& verdict) {
    if (!verdict.unlisted_recipient) return;
    {
        const std::lock_guard lock(mutex_);
        if (unlisted_.size() >= max_unlisted_domains ||
            !unlisted_.insert(verdict.unlisted_domain).second)
            return;
    }
    surroundings_.log.write(LogLevel::warning,
                            "the policy lists `" + verdict.unlisted_domain +
                                "` nowhere, and the mail server hands it to a mailer that is not "
                                "in remote_mailers: add the mailer there if it leads out of this "
                                "system, else the domain to hosted_domains or relay_domains (said "
                                "once for each domain)");
}

}  // namespace relaypermit
