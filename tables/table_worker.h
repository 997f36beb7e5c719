// Asks one alias table on threads of its own, with a bounded queue, a cache and a circuit breaker,
// so that one that hangs costs its own lookups an answer and nobody else anything. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/settings.h"
#include "tables/address_rules.h"
#include "tables/alias_table.h"
#include "tables/circuit_breaker.h"
#include "tables/row_cache.h"

namespace relaypermit {

using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

struct OpenTable {
    TableSettings settings{};
    std::shared_ptr<AliasTable> table{};
};

// What became of one lookup.
struct RowAnswer {
    bool known{};
    // Of a failure the row that was read before, where it is not over for longer than stale_s; null
    // where there is none.
    std::shared_ptr<const TableRow> row{};
    std::uint32_t stale_s{};  // for how many seconds that one has been over; 0: it is not
    bool cached{};
    std::string why{};
    bool of_key_alone{};  // as of a TableResult
};

// Shared with its threads, which are detached: a lookup that hangs in somebody else's library
// cannot be ended, and must not keep the daemon from ending.
class TableWorker : public std::enable_shared_from_this<TableWorker> {
  public:
    static constexpr std::size_t usual_threads = 4;
    static constexpr std::size_t max_threads = 64;  // hung ones included
    static constexpr std::size_t max_waiting = 64;  // lookups in the queue
    static constexpr std::size_t max_cached_bytes = 32U << 20U;

    // `report` gets a line for each value that is no pattern, and where the table goes down and
    // comes back.
    TableWorker(OpenTable open, AddressRules rules, SteadyClock clock,
                std::function<void(const std::string&)> report);

    // From the cache or asked for, by one thread however many want it. Waits until the deadline at
    // most, of the system's steady clock.
    [[nodiscard]] RowAnswer ask(const TableKey& key,
                                std::chrono::steady_clock::time_point deadline);

    // Why whoever needs the table is put off now, as far as is known; empty: nobody is. A table
    // that has failed is known to fail for as long as a failure is not older than `fault_holds`,
    // within which it is tried again if anybody asks for it. Waits for no lookup.
    static constexpr std::chrono::seconds fault_holds{120};
    [[nodiscard]] std::string fault() const;

    // What was said of entries is said again.
    void forget_what_was_said();

    // From now on nobody is told anything; whoever still waits for an answer gets none.
    void stop();

    [[nodiscard]] const TableSettings& settings() const { return open_.settings; }
    [[nodiscard]] const AliasTable& table() const { return *open_.table; }
    [[nodiscard]] const AddressRules& rules() const { return rules_; }

  private:
    struct Lookup {
        TableKey key{};
        std::string name{};
        std::optional<RowAnswer> answer{};
        bool overdue{};  // nobody waits any more
    };

    [[nodiscard]] std::string name_of(const TableKey& key) const;
    [[nodiscard]] RowAnswer failed(const std::string& name, std::string why);
    [[nodiscard]] std::string timed_out() const;
    // Null where it cannot be asked for now, and `why` says why not.
    [[nodiscard]] std::shared_ptr<Lookup> lookup_of(const TableKey& key, const std::string& name,
                                                    std::string& why);
    void start_thread();
    void work();
    void take(Lookup& lookup, RowAnswer answer);
    void note_failure(const std::string& why);
    [[nodiscard]] RowAnswer look_up(const TableKey& key, std::vector<std::string>& complaints);
    [[nodiscard]] RowAnswer look_up_or_throw(const TableKey& key,
                                             std::vector<std::string>& complaints);
    [[nodiscard]] std::string complaint(const std::string& value, const TableKey& key,
                                        const std::string& why) const;
    void say(const std::string& line);

    const OpenTable open_;
    const AddressRules rules_;
    const SteadyClock clock_;
    const std::function<void(const std::string&)> report_;

    mutable std::mutex mutex_{};
    std::condition_variable wake_{};  // something is queued, or the end
    std::condition_variable done_{};  // some lookup has its answer
    // Guarded by mutex_:
    std::deque<std::shared_ptr<Lookup>> queue_{};
    std::unordered_map<std::string, std::shared_ptr<Lookup>> under_way_{};
    RowCache cache_;
    CircuitBreaker breaker_;
    std::string last_failure_{};
    std::chrono::steady_clock::time_point failed_at_{};
    std::unordered_set<std::size_t> said_{};  // hashes of values that are no pattern
    std::size_t threads_{};
    std::size_t idle_{};
    std::size_t overdue_{};  // lookups nobody waits for any more and that are still out
    bool stopping_{};
};

}  // namespace relaypermit
