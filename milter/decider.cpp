#include "milter/decider.h"

#include <sys/random.h>

#include <chrono>
#include <cstddef>
#include <random>
#include <utility>

#include "policy/evaluate.h"
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

Verdict Decider::evaluate_with_tables(const Policy& policy, Facts& facts, Stage stage) {
    Verdict verdict = evaluate(policy, facts, stage);
    // Every round adds the answer of a table that had none, so there are at most as many rounds as
    // tables.
    for (std::size_t round = 0; round < policy.source().tables.size(); ++round) {
        if (verdict.tables_needed.empty()) break;
        for (TableAnswer& answer : surroundings_.tables.ask(policy, verdict.tables_needed, facts))
            facts.table_answers.push_back(std::move(answer));
        verdict = evaluate(policy, facts, stage);
    }
    return verdict;
}

Ruling Decider::decide(const Snapshot& snapshot, Facts& facts, Stage stage,
                       std::string_view queue_id, std::size_t max_bytes) {
    Ruling ruling{evaluate_with_tables(*snapshot.policy, facts, stage), {}, {}};
    const Verdict& verdict = ruling.verdict;
    warn_once(verdict);
    if (verdict.outcome == Outcome::accept) return ruling;

    ruling.reference = format_reference(surroundings_.reference_bits());
    Reply reply = render_reply(*snapshot.policy, facts, verdict, ruling.reference, max_bytes);
    surroundings_.records.write(make_record(*snapshot.policy, facts, verdict, queue_id,
                                            ruling.reference, to_string(reply),
                                            snapshot.settings.log.recipients));
    if (verdict.refused()) ruling.reply = std::move(reply);
    return ruling;
}

Ruling Decider::decide_beside_milter(const Snapshot& snapshot, Facts& facts,
                                     std::string_view queue_id, std::size_t max_bytes) {
    Ruling ruling = decide(snapshot, facts, Stage::rcpt, queue_id, max_bytes);
    if (!ruling.reference.empty()) recent_.remember(facts, ruling.reference, now());
    return ruling;
}

void Decider::accepted(const Snapshot& snapshot, const Facts& facts, const Verdict& verdict,
                       std::string_view queue_id) {
    surroundings_.records.write(make_record(*snapshot.policy, facts, verdict, queue_id, {}, {},
                                            snapshot.settings.log.recipients));
}

void Decider::refused_by_mta(const Snapshot& snapshot, const Facts& facts, std::string_view told,
                             std::string_view queue_id) {
    if (recent_.take(facts, now())) return;
    const Verdict verdict = diagnose_mta_reject(*snapshot.policy, facts);
    if (verdict.outcome != Outcome::mta_reject) return;
    surroundings_.records.write(make_record(*snapshot.policy, facts, verdict, queue_id,
                                            format_reference(surroundings_.reference_bits()), told,
                                            snapshot.settings.log.recipients));
}

void Decider::passed_on_by_mta(const Facts& facts, std::string_view told) {
    (void)recent_.take(facts, told, now());
}

Reply Decider::refuse_unavailable(const Snapshot& snapshot, const Facts& facts, Stage stage,
                                  std::string_view queue_id, std::string why) {
    Verdict verdict = evaluate(*snapshot.policy, facts, stage);
    verdict.outcome = Outcome::tempfail;
    verdict.cause = Cause::lookup_failed;
    verdict.also.clear();
    verdict.rules.clear();
    verdict.text.clear();
    verdict.why = std::move(why);
    const std::string reference = format_reference(surroundings_.reference_bits());
    Reply reply = render_reply(*snapshot.policy, facts, verdict, reference);
    surroundings_.records.write(make_record(*snapshot.policy, facts, verdict, queue_id, reference,
                                            to_string(reply), snapshot.settings.log.recipients));
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
