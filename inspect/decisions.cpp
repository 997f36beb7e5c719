#include "inspect/decisions.h"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <utility>

#include "config/load.h"
#include "inspect/maillog.h"
#include "inspect/text.h"
#include "record/store_reader.h"

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
        if (!count) {
            return error(count.error());
        }
        return *count;
    }

    tl::expected<std::vector<StoreGap>, std::string> gaps(const TimeSpan& span) override {
        auto gaps = reader_.gaps(span.since, span.until);
        if (!gaps) {
            return error(gaps.error());
        }
        return std::move(*gaps);
    }

    tl::expected<ReadNotes, std::string> newer(std::int64_t after_id, bool refusals_only,
                                               const Visit& visit) override {
        if (file_of(path_) != file_) {
            auto reader = StoreReader::open(path_);
            if (!reader) {
                // Deleted, and the daemon has not begun a new one yet.
                return ReadNotes{.unreadable_lines = 0, .last_id = after_id};
            }
            file_ = file_of(path_);
            reader_ = std::move(*reader);
            after_id = 0;
        }
        return read(
            {.since = {}, .until = {}, .refusals_only = refusals_only, .after_id = after_id},
            visit);
    }

    tl::expected<std::vector<Decision>, std::string> find(const std::string& reference) override {
        auto rows = reader_.find(reference);
        if (!rows) {
            return error(rows.error());
        }
        std::vector<Decision> found;
        for (StoredRecord& row : *rows) {
            found.push_back({.stored = std::move(row), .login_trouble = {}, .tried_login = {}});
        }
        return found;
    }

  private:
    tl::expected<ReadNotes, std::string> read(const StoreQuery& query, const Visit& visit) {
        ReadNotes notes;
        // Asked first: what comes in meanwhile is newer.
        const auto last = reader_.last_id();
        if (!last) {
            return error(last.error());
        }
        notes.last_id = *last;
        const auto done = reader_.each(query, [&](StoredRecord&& stored) {
            notes.last_id = std::max(notes.last_id, stored.id);
            return visit({.stored = std::move(stored), .login_trouble = {}, .tried_login = {}});
        });
        if (!done) {
            return error(done.error());
        }
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
    // Sorted by when they were last written, because a shell lists mail.log before mail.log.1.
    FromMaillogs(std::vector<std::string> paths, std::istream& in, TimePoint now)
        : paths_(std::move(paths)), in_(in), now_(now) {
        std::stable_sort(paths_.begin(), paths_.end(),
                         [](const auto& a, const auto& b) { return written(a) < written(b); });
    }

    tl::expected<ReadNotes, std::string> each(const TimeSpan& span, bool refusals_only,
                                              const Visit& visit) override {
        MaillogJoiner joiner;
        for (const std::string& path : paths_) {
            const auto read = read_maillog(path, in_, now_, joiner, [&](Decision&& decision) {
                const bool wanted =
                    span.contains(decision.stored.time) &&
                    (!refusals_only || decision.record().verdict != Outcome::accept);
                return !wanted || visit(std::move(decision));
            });
            if (!read) {
                return tl::unexpected(read.error());
            }
            if (!*read) {
                break;
            }
        }
        return ReadNotes{.unreadable_lines = joiner.unreadable(), .last_id = 0};
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

    tl::expected<std::vector<Decision>, std::string> find(const std::string& reference) override {
        std::vector<Decision> found;
        const auto read = each({}, false, [&](Decision&& decision) {
            if (decision.record().reference == reference) {
                found.push_back(std::move(decision));
            }
            return true;
        });
        if (!read) {
            return tl::unexpected(read.error());
        }
        return found;
    }

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
};

// [log] store of the policy. A policy with mistakes still says where its store is.
tl::expected<std::string, std::string> store_of_policy(const std::string& config) {
    const Loaded loaded = load_policy(config, "localhost");
    if (!loaded.settings.log.store.empty()) {
        return loaded.settings.log.store;
    }
    if (!loaded.errors.empty()) {
        return tl::unexpected(to_string(loaded.errors.front()));
    }
    return tl::unexpected("`" + visible(config) +
                          "` names no store in [log]; use --maillog FILE or --store FILE");
}

}  // namespace

void DecisionOptions::declare(Options& options) {
    options.value("--since", since_text, "WHEN",
                  "from then on: 2h, 7d, 2026-06-01, \"2026-06-01 14:30\"; default " + since_text);
    options.value("--until", until_text, "WHEN", "up to then; default: now");
    declare_source(options);
}

void DecisionOptions::declare_source(Options& options) {
    options.value("--store", store, "FILE", "the decision store; default: as the policy says");
    options.values("--maillog", maillogs, "FILE",
                   "read mail logs instead, plain or gzip; `-`: standard input");
}

tl::expected<TimeSpan, std::string> time_span(const DecisionOptions& options, TimePoint now) {
    const auto since = parse_when(options.since_text, now);
    if (!since) {
        return tl::unexpected("--since: " + since.error());
    }
    TimeSpan span{.since = *since, .until = std::nullopt};
    if (options.until_text) {
        const auto until = parse_when(*options.until_text, now);
        if (!until) {
            return tl::unexpected("--until: " + until.error());
        }
        if (*until <= *since) {
            return tl::unexpected(std::string("--until is not later than --since"));
        }
        span.until = *until;
    }
    return span;
}

tl::expected<std::unique_ptr<Decisions>, std::string> open_decisions(const DecisionOptions& options,
                                                                     const Context& context) {
    if (!options.maillogs.empty()) {
        if (options.store) {
            return tl::unexpected(std::string("--store and --maillog exclude each other"));
        }
        return std::make_unique<FromMaillogs>(options.maillogs, context.in, context.now);
    }
    std::string path;
    if (options.store) {
        path = *options.store;
    } else {
        auto named = store_of_policy(context.config);
        if (!named) {
            return tl::unexpected(named.error());
        }
        path = std::move(*named);
    }
    auto reader = StoreReader::open(path);
    if (!reader) {
        return tl::unexpected("store `" + visible(path) + "`: " + reader.error().why);
    }
    return std::make_unique<FromStore>(std::move(path), std::move(*reader));
}

}  // namespace relaypermit
