// Where the inspecting commands get their decisions from: the store that the policy names, another
// store, or mail logs; and from which time. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "inspect/command.h"
#include "inspect/decision.h"

namespace relaypermit {

// The options that log, report, suggest, replay and explain have in common.
class DecisionOptions {
  public:
    // `since` is the default of --since ("7d").
    explicit DecisionOptions(std::string since) : since_text(std::move(since)) {}
    void declare(Options& options);
    // --store and --maillog alone.
    void declare_source(Options& options);

    std::string since_text;
    std::optional<std::string> until_text{};
    std::optional<std::string> store{};
    std::vector<std::string> maillogs{};
};

struct TimeSpan {
    TimePoint since{};
    std::optional<TimePoint> until{};
    [[nodiscard]] bool contains(TimePoint time) const {
        return time >= since && (!until || time < *until);
    }
};
// The error is a whole sentence for complain().
[[nodiscard]] tl::expected<TimeSpan, std::string> time_span(const DecisionOptions& options,
                                                            TimePoint now);

// What was read, beside the decisions.
struct ReadNotes {
    std::uint64_t unreadable_lines{};  // of relaypermitd, in mail logs
    std::int64_t last_id{};            // of the store, for followers
};

// A source: the options' mail logs, else --store, else the store of [log] in the policy.
class Decisions {
  public:
    virtual ~Decisions() = default;
    Decisions(const Decisions&) = delete;
    Decisions& operator=(const Decisions&) = delete;

    // Calls `visit` for each decision within the span, oldest first as they were recorded, until
    // it answers false. `refusals_only` leaves out accepted ones. Errors are whole sentences.
    [[nodiscard]] virtual tl::expected<ReadNotes, std::string> each(
        const TimeSpan& span, bool refusals_only, const std::function<bool(Decision&&)>& visit) = 0;
    // How many were accepted within the span; nullopt where each() has to be asked for them.
    [[nodiscard]] virtual tl::expected<std::optional<std::uint64_t>, std::string> accepted(
        const TimeSpan& span) = 0;
    // What is missing of it, oldest first; a mail log has no gaps.
    [[nodiscard]] virtual tl::expected<std::vector<StoreGap>, std::string> gaps(
        const TimeSpan& span) = 0;
    // Stored after the row `after_id`. A store that was begun anew meanwhile is read from its
    // beginning. An error for mail logs.
    [[nodiscard]] virtual tl::expected<ReadNotes, std::string> newer(
        std::int64_t after_id, bool refusals_only,
        const std::function<bool(Decision&&)>& visit) = 0;
    // Every decision of a reference, as policy/reply.h normalizes it.
    [[nodiscard]] virtual tl::expected<std::vector<Decision>, std::string> find(
        const std::string& reference) = 0;

  protected:
    Decisions() = default;
};

[[nodiscard]] tl::expected<std::unique_ptr<Decisions>, std::string> open_decisions(
    const DecisionOptions& options, const Context& context);

}  // namespace relaypermit
