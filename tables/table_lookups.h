// Asks alias tables without holding up mail: every table has threads of its own, a bounded queue,
// a timeout and a cache, so that one that hangs costs its own lookups a 450 and nobody else
// anything. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "policy/facts.h"
#include "policy/question.h"
#include "tables/alias_table.h"

namespace relaypermit {

using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

struct OpenTable {
    TableSettings settings{};
    std::shared_ptr<AliasTable> table{};
};

class TableLookups {
  public:
    // Told of each question that no cache answers, by the thread that asks: how long it waited, and
    // whether the answer is known. Must not wait for anybody.
    using Watch =
        std::function<void(const std::string& table, std::chrono::nanoseconds took, bool known)>;

    static constexpr std::size_t threads_per_table = 4;
    static constexpr std::size_t max_waiting = 64;      // lookups queued for one table
    static constexpr std::size_t max_cached = 100'000;  // answers kept for one table

    // `report` gets one line for an entry of a table that is no sender pattern.
    TableLookups(std::vector<OpenTable> tables, SteadyClock clock,
                 std::function<void(const std::string&)> report = {}, Watch watch = {});
    // Returns at once; a lookup that still hangs keeps what it needs and ends by itself.
    ~TableLookups();
    TableLookups(const TableLookups&) = delete;
    TableLookups& operator=(const TableLookups&) = delete;

    // What the table says of the login, from the cache or asked for. Waits at most the table's
    // timeout; then, and where the queue is full, the table failed, or all its threads hang in
    // overdue lookups (so that a dead table delays only the first few sessions, and one more
    // every 30 s), the answer is not known.
    // An unknown id is an answer that is not known.
    [[nodiscard]] TableAnswer ask(const Question& question, const Login& login);
    // By login, where the answer holds for every address.
    [[nodiscard]] TableAnswer ask(const std::string& table, const Login& login) {
        return ask(Question{Question::Kind::table, table, {}}, login);
    }

  private:
    class Worker;
    std::map<std::string, std::shared_ptr<Worker>> workers_{};
    const Watch watch_;
};

}  // namespace relaypermit
