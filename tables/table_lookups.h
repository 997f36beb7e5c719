// Asks the alias tables of a policy without holding up mail (table_worker.h), in the order of keys
// that a table by sender wants. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policy/facts.h"
#include "policy/question.h"
#include "tables/address_rules.h"
#include "tables/alias_table.h"
#include "tables/table_worker.h"

namespace relaypermit {

// What a lookup came to, for those who count.
struct LookedUp {
    std::chrono::nanoseconds took{};  // that the session waited
    bool known{};
    bool cached{};
    std::size_t ignored{};  // values that are no pattern; of what was not cached
};

class TableLookups {
  public:
    // Told of each lookup by the thread that asks. Must not wait for anybody.
    using Watch = std::function<void(const std::string& table, const LookedUp& lookup)>;

    // `report` gets one line for a value of a table that is no pattern, once for each, and where a
    // table goes down and comes back.
    TableLookups(std::vector<OpenTable> tables, SteadyClock clock,
                 std::function<void(const std::string&)> report = {}, Watch watch = {},
                 AddressRules rules = {});
    // Returns at once; a lookup that still hangs keeps what it needs and ends by itself.
    ~TableLookups();
    TableLookups(const TableLookups&) = delete;
    TableLookups& operator=(const TableLookups&) = delete;

    // What the table says to the question of this login, from the cache or asked for. Waits at most
    // the table's timeout, however many keys it takes; then, and where the queue is full, the table
    // failed, or it is not asked because it has failed too often (circuit_breaker.h), the answer is
    // not known, and holds what may still be used of one before (stale_s). By sender a key that
    // fails ends the search.
    // A domain table is asked for the domain, whoever the login is.
    // Without a login (who may send as this?) a table by sender answers where its query names none.
    // An unknown id is an answer that is not known, and so is the question for a table of the other
    // direction, as while a reload takes place.
    //
    // Of several questions about one message, whose `deadlines` are handed on from one to the next,
    // a table has its timeout once for all that it is asked.
    using Deadlines = std::map<std::string, std::chrono::steady_clock::time_point>;
    [[nodiscard]] TableAnswer ask(const Question& question, const Login& login,
                                  Deadlines* deadlines = nullptr);
    // By login, where the answer holds for every address.
    [[nodiscard]] TableAnswer ask(const std::string& table, const Login& login) {
        return ask(Question{Question::Kind::table, table, {}}, login);
    }

    [[nodiscard]] std::vector<std::string> ids() const;

    // Bad entries of the tables are named anew, as after a reload.
    void forget_what_was_said();

    // Why whoever needs this table is put off now; empty: nobody is, as far as is known, or there
    // is no such table.
    [[nodiscard]] std::string fault(const std::string& table) const;

  private:
    // One lookup of those that an answer is made of; null where there is nothing to go by.
    std::shared_ptr<const TableRow> look_up(TableWorker& worker, const TableKey& key,
                                            const std::string& name,
                                            std::chrono::steady_clock::time_point deadline,
                                            TableAnswer& answer) const;

    std::map<std::string, std::shared_ptr<TableWorker>> workers_{};
    const Watch watch_;
};

}  // namespace relaypermit
