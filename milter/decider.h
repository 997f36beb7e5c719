// From facts to what the client is told and what is written down. Every front end ends here, so
// that the same facts get the same answer and the same record whichever way they came.
//
//   front end -> Session (collects Facts) -> Decider -> decide() -> reply, record
//
// Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "milter/alias_tables.h"
#include "milter/log.h"
#include "milter/policy_in_force.h"
#include "milter/recent_refusals.h"
#include "milter/record_sink.h"
#include "policy/decide.h"
#include "policy/reply.h"

namespace relaypermit {

// What of the outer world a decision needs beside the facts; fakes in tests.
struct Surroundings {
    Snapshots& snapshots;
    AliasTables& tables;
    RecordSink& records;
    Log& log;
    std::function<TimePoint()> now;
    // 40 random bits or more: references must not be guessable from one another.
    std::function<std::uint64_t()> reference_bits;
};

// The system's random numbers.
[[nodiscard]] std::uint64_t random_bits();

// A message as far as it has come.
struct Message {
    std::shared_ptr<const Snapshot> snapshot{};  // the policy that it is judged by, to its end
    Facts facts{};
    Reading reading{};  // of the facts, kept by the Decider
    std::string queue_id{};
    std::string agent{};  // what it calls its program; empty: nothing, or its fields were not seen
};

struct Ruling {
    Verdict verdict{};
    std::optional<Reply> reply{};  // set where the verdict refuses
    std::string reference{};       // of its record; empty where there is none
};

class Decider {
  public:
    explicit Decider(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}

    // The policy that a message beginning now is judged by.
    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const {
        return surroundings_.snapshots.current();
    }
    [[nodiscard]] TimePoint now() const { return surroundings_.now(); }

    // Decides one stage, as decide() of the policy does, and keeps what was read and looked up in
    // `message`. A refusal and a monitored one are recorded at once; an acceptance is not
    // (accepted() does that for the whole message). `max_bytes` is what the way to the client
    // carries of code and text. Throws what a sink throws, and std::bad_alloc.
    [[nodiscard]] Ruling decide(Message& message, Stage stage,
                                std::size_t max_bytes = max_reply_bytes);

    // The same for a front end beside the milter, which knows the facts of one recipient alone, and
    // of whose refusals the MTA tells the milter as well.
    [[nodiscard]] Ruling decide_beside_milter(Facts facts, std::string_view queue_id,
                                              std::size_t max_bytes);

    // The one record of a message that passed every stage. `verdict` carries what was used and
    // what was monitored on the way.
    void accepted(const Message& message, const Verdict& verdict);

    // The MTA itself refused to relay to the last recipient; `told` is what it said to the client.
    // Records why, as far as the policy can tell, where decide_beside_milter() has not done so.
    void refused_by_mta(Message& message, std::string_view told);
    // The MTA refused the last recipient in other words, which is not ours to record. They may be
    // those of decide_beside_milter(), whose refusal the milter has heard of then.
    void passed_on_by_mta(const Message& message, std::string_view told);

    // A refusal at this stage, which has been decided already, with no rule behind it: something
    // that a later answer needs is not available.
    [[nodiscard]] Reply refuse_unavailable(const Message& message, Stage stage, std::string why);

  private:
    void record(const Message& message, const Verdict& verdict, std::string_view reference,
                std::string_view reply);
    void warn_once(const Verdict& verdict);

    Surroundings surroundings_;
    std::mutex mutex_{};
    RecentRefusals recent_{};
    std::unordered_set<std::string> unlisted_{};  // domains warned of; guarded by mutex_
};

}  // namespace relaypermit
