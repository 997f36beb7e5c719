#include "tool/inspect/decisions.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <limits>
#include <utility>

#include "config/load.h"
#include "record/store_reader.h"
#include "tool/base/permission.h"
#include "tool/base/visible.h"
#include "tool/base/when.h"
#include "tool/inspect/log_lines.h"
#include "tool/inspect/maillog.h"

namespace relaypermit {
namespace {

using Visit = std::function<bool(Decision&&)>;

class FromStore final : public Decisions {
  public:
    FromStore(std::string path, StoreReader reader)
        : path_(std::move(path)), file_(file_of(path_)), reader_(std::move(reader)) {}

    tl::expected<ReadNotes, std::string> each(const TimeSpan& span, bool refusals_only,
                                              const Visit& visit) override {
        return read({.since = span.since,
                     .until = span.until,
                     .refusals_only = refusals_only,
                     .after_id = 0},
                    visit);
    }

    tl::expected<std::optional<std::uint64_t>, std::string> accepted(
        const TimeSpan& span) override {
        const auto count = reader_.accepted(span.since, span.until);
        if (!count) return error(count.error());
        return *count;
    }

    tl::expected<std::optional<std::vector<std::string>>, std::string> logins_of_accepted(
        const TimeSpan& span) override {
        auto logins = reader_.logins_of_accepted(span.since, span.until);
        if (!logins) return error(logins.error());
        return std::move(*logins);
    }

    tl::expected<std::optional<TimePoint>, std::string> begins() override {
        auto begins = reader_.begins();
        if (!begins) return error(begins.error());
        return *begins;
    }

    tl::expected<std::vector<StoreGap>, std::string> gaps(const TimeSpan& span) override {
        auto gaps = reader_.gaps(span.since, span.until);
        if (!gaps) return error(gaps.error());
        return std::move(*gaps);
    }

    tl::expected<ReadNotes, std::string> newer(std::int64_t after_id, bool refusals_only,
                                               const Visit& visit) override {
        if (file_of(path_) != file_) {
            auto reader = StoreReader::open(path_);
            if (!reader) {
                // Deleted, and the daemon has not begun a new one yet.
                ReadNotes notes;
                notes.last_id = after_id;
                return notes;
            }
            file_ = file_of(path_);
            reader_ = std::move(*reader);
            after_id = 0;
        }
        return read(
            {.since = {}, .until = {}, .refusals_only = refusals_only, .after_id = after_id},
            visit);
    }

    tl::expected<ReadNotes, std::string> find(const std::string& reference,
                                              const Visit& visit) override {
        auto rows = reader_.find(reference);
        if (!rows) return error(rows.error());
        ReadNotes notes;
        for (StoredRecord& row : *rows) {
            ++notes.visited;
            if (!visit({.stored = std::move(row), .login_trouble = {}, .tried_login = {}})) break;
        }
        notes.unreadable_rows = reader_.unreadable();
        return notes;
    }

  private:
    tl::expected<ReadNotes, std::string> read(const StoreQuery& query, const Visit& visit) {
        ReadNotes notes;
        // Asked first: what comes in meanwhile is newer.
        const auto last = reader_.last_id();
        if (!last) return error(last.error());
        notes.last_id = *last;
        Decision decision;
        const auto done = reader_.each(query, [&](StoredRecord&& stored) {
            has_read();
            notes.last_id = std::max(notes.last_id, stored.id);
            ++notes.visited;
            // There and back, so that the next row has the room that `visit` leaves.
            std::swap(decision.stored, stored);
            const bool more = visit(std::move(decision));
            // Valid, whatever has been taken out of it: its room is what counts.
            std::swap(decision.stored, stored);  // NOLINT(bugprone-use-after-move)
            decision.login_trouble = {};
            decision.tried_login.clear();
            return more;
        });
        if (!done) return error(done.error());
        notes.unreadable_rows = reader_.unreadable();
        return notes;
    }

    static std::pair<dev_t, ino_t> file_of(const std::string& path) {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0 ? std::pair{status.st_dev, status.st_ino}
                                                  : std::pair<dev_t, ino_t>{};
    }

    [[nodiscard]] tl::unexpected<std::string> error(const StoreFault& fault) const {
        return tl::unexpected("store `" + visible(path_) + "`: " + fault.why);
    }

    std::string path_;
    std::pair<dev_t, ino_t> file_;
    StoreReader reader_;
};

class FromMaillogs final : public Decisions {
  public:
    // Sorted by when they were last written, because a shell lists mail.log before mail.log.1:
    // what has the same time in two files is read in that order.
    FromMaillogs(std::vector<std::string> paths, std::istream& in, TimePoint now)
        : paths_(std::move(paths)), in_(in), now_(now) {
        std::stable_sort(paths_.begin(), paths_.end(),
                         [](const auto& a, const auto& b) { return written(a) < written(b); });
    }

    tl::expected<ReadNotes, std::string> each(const TimeSpan& span, bool refusals_only,
                                              const Visit& visit) override {
        ReadNotes notes;
        auto read = read_maillogs(paths_, in_, now_, [&](Decision&& decision) {
            has_read();
            if (refusals_only && decision.record().verdict == Outcome::accept) return true;
            const TimePoint time = decision.stored.time;
            if (!span.contains(time)) {
                ++notes.outside;
                notes.first_outside = std::min(notes.first_outside.value_or(time), time);
                notes.last_outside = std::max(notes.last_outside.value_or(time), time);
                return true;
            }
            ++notes.visited;
            return visit(std::move(decision));
        });
        if (!read) return tl::unexpected(read.error());
        notes.unreadable_lines = read->unreadable_lines;
        notes.overlong_lines = read->overlong_lines;
        notes.faults = std::move(read->faults);
        begins_ = read->begins;
        return notes;
    }

    tl::expected<std::optional<std::vector<std::string>>, std::string> logins_of_accepted(
        const TimeSpan&) override {
        return std::nullopt;
    }

    tl::expected<std::optional<std::uint64_t>, std::string> accepted(const TimeSpan&) override {
        return std::nullopt;
    }

    tl::expected<std::vector<StoreGap>, std::string> gaps(const TimeSpan&) override {
        return std::vector<StoreGap>{};
    }

    tl::expected<ReadNotes, std::string> newer(std::int64_t, bool, const Visit&) override {
        return tl::unexpected(
            std::string("--follow needs the store; a mail log is followed as "
                        "`tail -F FILE | relaypermit log --maillog -`"));
    }

    tl::expected<ReadNotes, std::string> find(const std::string& reference,
                                              const Visit& visit) override {
        return each({}, false, [&](Decision&& decision) {
            return decision.record().reference != reference || visit(std::move(decision));
        });
    }

    tl::expected<std::optional<TimePoint>, std::string> begins() override { return begins_; }

  private:
    // Standard input is the newest; what is missing is named when it is read.
    static std::time_t written(const std::string& path) {
        struct stat status {};
        return path == "-" || ::stat(path.c_str(), &status) != 0
                   ? std::numeric_limits<std::time_t>::max()
                   : status.st_mtime;
    }

    std::vector<std::string> paths_;
    std::istream& in_;
    TimePoint now_;
    std::optional<TimePoint> begins_{};
};

// [log] store of the policy. A policy with mistakes still says where its store is.
tl::expected<std::string, std::string> store_of_policy(const std::string& config) {
    if (std::string store = load_store_path(config); !store.empty()) return store;
    const Loaded loaded = load_policy(config, "localhost");
    if (!loaded.settings.log.store.empty()) return loaded.settings.log.store;
    if (!loaded.errors.empty())
        return tl::unexpected(to_string(loaded.errors.front()) + permission_help(config));
    return tl::unexpected("`" + visible(config) +
                          "` names no store in [log]; use --maillog FILE or --store FILE");
}

constexpr std::string_view store_help = "the decision store; default: as the policy says";
constexpr std::string_view maillog_help =
    "read mail logs instead, plain or gzip; `-`: standard input";

}  // namespace

void DecisionOptions::declare(Options& options) {
    options.value("--since", since_text, "WHEN",
                  "from then on: 2h, 7d, 2026-06-01, \"2026-06-01 14:30\"; default " +
                      since_default_ +
                      (maillogs_are_ == Maillogs::whole ? ", mail logs whole" : ""));
    options.value("--until", until_text, "WHEN", "up to then; default: now");
    options.value("--store", store, "FILE", store_help);
    options.values("--maillog", maillogs, "FILE", maillog_help);
}

void DecisionOptions::declare_source(Options& options) {
    options.value("--store", store, "FILE", store_help);
    options.repeated("--maillog", maillogs, "FILE", maillog_help);
}

std::optional<std::string> DecisionOptions::since() const {
    if (since_text) return since_text;
    const bool whole = maillogs_are_ == Maillogs::whole && !maillogs.empty();
    return whole ? std::nullopt : std::optional{since_default_};
}

Exit say(const Context& context, const ReadNotes& notes) {
    const auto warn = [&](const std::string& text) {
        context.err << "relaypermit: warning: " << text << "\n";
    };
    for (const std::string& fault : notes.faults) warn(fault + "; read up to there");
    if (notes.unreadable_lines > 0) {
        warn(counted(notes.unreadable_lines, "line of relaypermitd", "lines of relaypermitd") +
             " could not be read (cut off by the syslog daemon, or of another version?)");
    }
    if (notes.overlong_lines > 0) {
        warn(counted(notes.overlong_lines, "line") + " longer than " +
             with_commas(max_log_line_bytes) + " bytes passed over");
    }
    if (notes.unreadable_rows > 0) {
        warn(counted(notes.unreadable_rows, "row") +
             " of the store passed over: not written by a version that this one knows");
    }
    const bool any = notes.visited + notes.outside > 0;
    if (!any && notes.unreadable_lines + notes.unreadable_rows > 0)
        return complain(context, "no decision could be read");
    if (notes.visited == 0 && notes.outside > 0) {
        warn("all decisions of the mail log, " + with_commas(notes.outside) +
             ", lie outside the time asked for: they are from " +
             date_and_time(*notes.first_outside) + " to " + date_and_time(*notes.last_outside) +
             " (--since, --until)");
    }
    return Exit::fine;
}

tl::expected<TimeSpan, std::string> time_span(const DecisionOptions& options, TimePoint now) {
    TimeSpan span;
    if (const auto text = options.since()) {
        const auto since = parse_when(*text, now);
        if (!since) return tl::unexpected("--since: " + since.error());
        span.since = *since;
    }
    if (options.until_text) {
        const auto until = parse_when(*options.until_text, now);
        if (!until) return tl::unexpected("--until: " + until.error());
        if (*until <= span.since)
            return tl::unexpected(std::string("--until is not later than --since"));
        span.until = *until;
    }
    return span;
}

tl::expected<std::unique_ptr<Decisions>, std::string> open_decisions(const DecisionOptions& options,
                                                                     const Context& context) {
    if (!options.maillogs.empty()) {
        if (options.store)
            return tl::unexpected(std::string("--store and --maillog exclude each other"));
        return std::make_unique<FromMaillogs>(options.maillogs, context.in, context.now);
    }
    std::string path;
    if (options.store) {
        path = *options.store;
    } else {
        auto named = store_of_policy(context.config);
        if (!named) return tl::unexpected(named.error());
        path = std::move(*named);
    }
    auto reader = StoreReader::open(path);
    if (!reader) {
        return tl::unexpected("store `" + visible(path) + "`: " + reader.error().why +
                              permission_help(path));
    }
    return std::make_unique<FromStore>(std::move(path), std::move(*reader));
}

}  // namespace relaypermit
