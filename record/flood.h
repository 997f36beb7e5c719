// Decides which refusals share a row of the store, so that neither a device that tries again every
// second nor a stranger's flood can push last month's decisions out. Pure; one thread.
//
// Two rules:
// - The same refusal (everything alike but queue id, reference and reply) from the same client
//   within collapse_window is one row with a count.
// - A client (IPv6: its /64) of which more than rows_a_minute refusals were given a row within a
//   minute gets one row for each cause and login until the minute is over, whatever its messages
//   looked like; that row is marked `varied`.
// Accepted messages, and those that were only monitored, always have a row of their own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "policy/facts.h"
#include "record/record.h"

namespace relaypermit {

class Flood {
  public:
    static constexpr std::chrono::minutes collapse_window{10};
    static constexpr std::uint32_t rows_a_minute = 100;
    // Rows remembered, at most: beyond, all are forgotten and refusals begin rows anew.
    static constexpr std::size_t max_remembered = 20000;
    // References kept of one row, so that `explain REF` finds each of them.
    static constexpr std::uint32_t max_references = 1000;

    struct Place {
        std::int64_t row{};  // of the store; 0: none, insert one and tell placed()
        bool varied{};       // the row's decisions differ
        bool keep_reference{};
    };
    // False: such a decision has a row of its own, and place() need not be asked.
    [[nodiscard]] static bool may_share(const Record& record);
    // Where this decision goes.
    [[nodiscard]] Place place(const Record& record, TimePoint time);
    // The row that was inserted for the last place() that answered 0.
    void placed(std::int64_t row);
    // The row that place() named is not there any more: ask again.
    void gone(std::int64_t row);
    // The transaction was rolled back.
    void forget();

  private:
    struct Row {
        std::int64_t id{};
        TimePoint begun{};
        std::uint32_t references{};
    };
    struct Client {
        TimePoint minute{};
        std::uint32_t rows{};
    };
    [[nodiscard]] bool too_many(const std::string& client, TimePoint time);
    void make_room(TimePoint time);

    std::unordered_map<std::string, Row> rows_{};
    std::unordered_map<std::string, Client> clients_{};
    std::string pending_{};  // the key that placed() fills in; empty: none
    TimePoint pending_time_{};
};

}  // namespace relaypermit
