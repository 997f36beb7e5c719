// Where the inspecting commands get their decisions from: the store that the policy names, another
// store, or mail logs; and from which time. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "tool/base/command.h"
#include "tool/inspect/decision.h"

namespace relaypermit {

// The options that log, report, suggest, replay and explain have in common.
class DecisionOptions {
  public:
    // Whether mail logs are read whole where no --since is given.
    enum class Maillogs : std::uint8_t { since, whole };
    // `since` is the default of --since ("7d").
    explicit DecisionOptions(std::string since, Maillogs maillogs_are = Maillogs::since)
        : since_default_(std::move(since)), maillogs_are_(maillogs_are) {}
    void declare(Options& options);
    // --store and --maillog alone, one file for each --maillog: beside an argument of the command.
    void declare_source(Options& options);

    // What --since says, or stands for; nullopt: from the beginning.
    [[nodiscard]] std::optional<std::string> since() const;

    std::optional<std::string> since_text{};
    std::optional<std::string> until_text{};
    std::optional<std::string> store{};
    std::vector<std::string> maillogs{};

  private:
    std::string since_default_;
    Maillogs maillogs_are_;
};

struct TimeSpan {
    TimePoint since{TimePoint::min()};  // the default: from the beginning
    std::optional<TimePoint> until{};
    [[nodiscard]] bool contains(TimePoint time) const {
        return time >= since && (!until || time < *until);
    }
};
// The error is a whole sentence for complain().
[[nodiscard]] tl::expected<TimeSpan, std::string> time_span(const DecisionOptions& options,
                                                            TimePoint now);

// What was read, beside the decisions that were visited.
struct ReadNotes {
    std::uint64_t visited{};  // rows or lines
    // Of mail logs, outside the span.
    std::uint64_t outside{};
    std::optional<TimePoint> first_outside{};
    std::optional<TimePoint> last_outside{};
    std::uint64_t unreadable_lines{};   // of relaypermitd
    std::uint64_t overlong_lines{};     // no program's log line is as long
    std::vector<std::string> faults{};  // what ended a file before its end
    std::uint64_t unreadable_rows{};    // of the store: what this version does not know
    std::int64_t last_id{};             // of the store, for followers
};
// Says on context.err what of it is missing, or lies outside the span that was asked for. The exit
// code for that: Exit::failed where decisions are there and none could be read.
[[nodiscard]] Exit say(const Context& context, const ReadNotes& notes);

// A source: the options' mail logs, else --store, else the store of [log] in the policy.
class Decisions {
  public:
    virtual ~Decisions() = default;
    Decisions(const Decisions&) = delete;
    Decisions& operator=(const Decisions&) = delete;

    // Calls `read` for each decision that is read from here on, whether it is visited or not: for
    // who shows how far it is.
    void on_read(std::function<void()> read) { on_read_ = std::move(read); }

    // Calls `visit` for each decision within the span, oldest first as they were recorded, until
    // it answers false. `refusals_only` leaves out accepted ones. Errors are whole sentences.
    [[nodiscard]] virtual tl::expected<ReadNotes, std::string> each(
        const TimeSpan& span, bool refusals_only, const std::function<bool(Decision&&)>& visit) = 0;
    // How many were accepted within the span; nullopt where each() has to be asked for them.
    [[nodiscard]] virtual tl::expected<std::optional<std::uint64_t>, std::string> accepted(
        const TimeSpan& span) = 0;
    // Who sent what was accepted within the span; nullopt where each() has to be asked for it.
    [[nodiscard]] virtual tl::expected<std::optional<std::vector<std::string>>, std::string>
    logins_of_accepted(const TimeSpan& span) = 0;
    // When the record begins: its oldest decision, or the oldest line of mail logs, once each() has
    // read them.
    [[nodiscard]] virtual tl::expected<std::optional<TimePoint>, std::string> begins() = 0;
    // What is missing of it, oldest first; a mail log has no gaps.
    [[nodiscard]] virtual tl::expected<std::vector<StoreGap>, std::string> gaps(
        const TimeSpan& span) = 0;
    // Stored after the row `after_id`. A store that was begun anew meanwhile is read from its
    // beginning. An error for mail logs.
    [[nodiscard]] virtual tl::expected<ReadNotes, std::string> newer(
        std::int64_t after_id, bool refusals_only,
        const std::function<bool(Decision&&)>& visit) = 0;
    // Every decision of a reference, as policy/reply.h normalizes it.
    [[nodiscard]] virtual tl::expected<ReadNotes, std::string> find(
        const std::string& reference, const std::function<bool(Decision&&)>& visit) = 0;

  protected:
    Decisions() = default;
    void has_read() const {
        if (on_read_) on_read_();
    }

  private:
    std::function<void()> on_read_{};
};

[[nodiscard]] tl::expected<std::unique_ptr<Decisions>, std::string> open_decisions(
    const DecisionOptions& options, const Context& context);

}  // namespace relaypermit
