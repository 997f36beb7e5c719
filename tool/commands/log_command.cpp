// relaypermit log: the refusals on record, and what is missing of it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <ostream>
#include <thread>

#include "record/flood.h"
#include "record/json_writer.h"
#include "tool/base/progress.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/inspect/decisions.h"
#include "tool/inspect/filter.h"
#include "tool/inspect/log_view.h"

namespace relaypermit {
namespace {

constexpr std::chrono::milliseconds poll_interval{500};

std::string gap_as_json(const StoreGap& gap) {
    JsonWriter json;
    json.open_object().key("gap").value(gap.reason).key("from").value(rfc3339(gap.from));
    json.key("until").value(rfc3339(gap.until)).key("count");
    gap.count ? json.value(*gap.count) : json.null();
    return json.close_object().take();
}

class LogCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "log"; }
    [[nodiscard]] std::string_view summary() const override {
        return "the refusals on record, newest last";
    }

    void declare(Options& options) override {
        source_.declare(options);
        filter_.declare(options);
        options.flag("-f,--follow", follow_, "go on showing what comes in");
        options.example("relaypermit log --since 2h --login alice@example.com");
        options.example("relaypermit log --follow --cause sender-not-owned");
        options.epilogue(
            "With --json a line is an object: the keys of the record, the time, and the count of a "
            "row that stands for several refusals.\n"
            "Exit code 0, also where nothing is found; 2 where the record cannot be read.");
    }

    [[nodiscard]] Exit run(const Context& context) override {
        if (const auto compiled = filter_.compile(); !compiled)
            return complain(context, compiled.error());
        const auto span = time_span(source_, context.now);
        if (!span) return complain(context, span.error());
        const auto decisions = open_decisions(source_, context);
        if (!decisions) return complain(context, decisions.error());
        if (follow_ && !source_.maillogs.empty()) {
            const auto refused = (*decisions)->newer(0, true, [](Decision&&) { return false; });
            return complain(context, refused.error());
        }
        LogView view{context.terminal};
        const auto notes = show(context, view, **decisions, *span);
        if (!notes) return complain(context, notes.error());
        const Exit exit = say(context, *notes);
        return follow_ ? follow(context, view, **decisions, notes->last_id) : exit;
    }

  private:
    tl::expected<ReadNotes, std::string> show(const Context& context, LogView& view,
                                              Decisions& decisions, const TimeSpan& span) {
        auto gaps = decisions.gaps(span);
        if (!gaps) return tl::unexpected(gaps.error());
        Progress progress{context, "decisions read"};
        decisions.on_read([&] { progress.step(); });
        auto next_gap = gaps->begin();
        const auto print_gaps = [&](std::optional<TimePoint> before) {
            for (; next_gap != gaps->end() && (!before || next_gap->from <= *before); ++next_gap) {
                context.out << (context.json ? gap_as_json(*next_gap) + "\n"
                                             : view.show(*next_gap));
            }
        };
        std::uint64_t shown = 0;
        std::uint64_t seen = 0;
        const bool streams = source_.maillogs == std::vector<std::string>{"-"};
        const auto notes = decisions.each(span, filter_.refusals_only(), [&](Decision&& decision) {
            seen += decision.stored.count;
            if (filter_.fits(decision.record())) {
                shown += decision.stored.count;
                progress.clear();
                print_gaps(decision.stored.time);
                print(context, view, decision);
                if (streams) context.out.flush();
            }
            return context.out.good();
        });
        decisions.on_read({});
        progress.clear();
        if (!notes) return notes;
        print_gaps(std::nullopt);
        if (shown == 0 && !follow_ && !context.json) say_nothing(context, span, seen);
        return notes;
    }

    // Nothing there, or nothing that was asked for, is not the same.
    static void say_nothing(const Context& context, const TimeSpan& span, std::uint64_t seen) {
        const std::string from = span.since == TimePoint::min()
                                     ? std::string{}
                                     : " from " + date_and_time(span.since) + " on";
        if (seen == 0) {
            context.err << "nothing on record" << from << "\n";
        } else {
            context.err << "nothing of that kind among " << counted(seen, "decision")
                        << " on record" << from << "\n";
        }
    }

    void print(const Context& context, LogView& view, const Decision& decision) {
        if (follow_ && decision.stored.id > 0 && decision.refused())
            growing_[decision.stored.id] = {decision.stored.time, decision.stored.count};
        context.out << (context.json ? to_json_line(decision) + "\n" : view.show(decision));
    }

    Exit follow(const Context& context, LogView& view, Decisions& decisions, std::int64_t last_id) {
        while (context.out.flush().good()) {
            std::this_thread::sleep_for(poll_interval);
            if (const auto again = show_grown(context, view, decisions); !again)
                return complain(context, again.error());
            const auto notes =
                decisions.newer(last_id, filter_.refusals_only(), [&](Decision&& decision) {
                    if (filter_.fits(decision.record())) print(context, view, decision);
                    return true;
                });
            if (!notes) return complain(context, notes.error());
            last_id = notes->last_id;
        }
        return Exit::fine;
    }

    // Rows that were shown and now stand for more refusals are shown once more. Only those count:
    // a row takes in what comes within a while of its beginning (record/flood.h).
    tl::expected<ReadNotes, std::string> show_grown(const Context& context, LogView& view,
                                                    Decisions& decisions) {
        TimePoint newest = TimePoint::min();
        for (const auto& [id, row] : growing_) newest = std::max(newest, row.time);
        std::erase_if(growing_, [&](const auto& entry) {
            return newest - entry.second.time > Flood::collapse_window;
        });
        while (growing_.size() > max_growing) growing_.erase(growing_.begin());
        if (growing_.empty()) return ReadNotes{};
        TimeSpan span{.since = newest - Flood::collapse_window, .until = std::nullopt};
        return decisions.each(span, true, [&](Decision&& decision) {
            const auto row = growing_.find(decision.stored.id);
            if (row != growing_.end() && decision.stored.count > row->second.count)
                print(context, view, decision);
            return true;
        });
    }

    struct Growing {
        TimePoint time{};
        std::uint64_t count{};
    };
    static constexpr std::size_t max_growing = 1000;

    DecisionOptions source_{"24h", DecisionOptions::Maillogs::whole};
    std::map<std::int64_t, Growing> growing_{};  // by row
    Filter filter_{};
    bool follow_{};
};

}  // namespace

std::unique_ptr<Command> make_log_command() {
    return std::make_unique<LogCommand>();
}

}  // namespace relaypermit
