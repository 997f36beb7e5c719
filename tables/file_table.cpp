#include "tables/file_table.h"

#include <optional>
#include <utility>

#include "policy/ascii.h"
#include "policy/login.h"

namespace relaypermit {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds between_looks{1};
// While somebody reads a long file anew, what was whole this long ago does for the others.
constexpr std::chrono::seconds recent{5};

}  // namespace

class FileTable::Follower {
  public:
    Follower(std::string path, Format format, std::chrono::seconds settle, FileClock clock,
             std::unique_ptr<RowFile> rows)
        : path_(std::move(path)),
          format_(format),
          settle_(settle),
          clock_(std::move(clock)),
          rows_(std::move(rows)),
          looked_(clock_.steady()) {
        if (std::string remark = rows_->remark(); !remark.empty()) remarks_.push_back(remark);
    }

    [[nodiscard]] const std::string& path() const { return path_; }

    // What is in force, after a look at the path where that is due.
    [[nodiscard]] std::shared_ptr<const RowFile> current() {
        std::unique_lock looking(looking_, std::defer_lock);
        {
            const std::lock_guard lock(mutex_);
            const auto age = clock_.steady() - looked_;
            if (age < between_looks) return rows_;
            if (age < recent && !looking.try_lock()) return rows_;
        }
        if (!looking.owns_lock()) looking.lock();
        {
            const std::lock_guard lock(mutex_);
            if (clock_.steady() - looked_ < between_looks) return rows_;
        }
        look(false);
        const std::lock_guard lock(mutex_);
        return rows_;
    }

    // After a look at once.
    [[nodiscard]] std::shared_ptr<const RowFile> renewed() {
        const std::lock_guard looking(looking_);
        look(true);
        const std::lock_guard lock(mutex_);
        return rows_;
    }

    [[nodiscard]] std::string fault() const {
        const std::lock_guard lock(mutex_);
        return fault_;
    }

    [[nodiscard]] std::vector<std::string> take_remarks() {
        const std::lock_guard lock(mutex_);
        return std::exchange(remarks_, {});
    }

  private:
    // With looking_ held, which alone lets rows_ change.
    void look(bool at_once) {
        const auto began = clock_.steady();
        std::unique_ptr<RowFile> opened;
        std::string fault;
        const auto stamp = stamp_of(path_);
        if (!stamp) {
            fault = stamp.error();
        } else if (*stamp != rows_->stamp()) {
            if (!at_once && (refused_ == *stamp || !is_settled(*stamp, began))) {
                fault = fault_;
            } else if (auto read = format_(path_); read) {
                opened = std::move(*read);
                refused_.reset();
            } else {
                refused_ = *stamp;
                fault = std::move(read.error());
            }
        }
        const std::lock_guard lock(mutex_);
        if (opened) {
            rows_ = std::move(opened);
            if (std::string remark = rows_->remark(); !remark.empty()) remarks_.push_back(remark);
        }
        if (!fault.empty() && fault != fault_) {
            if (fault.find(in_force) == std::string::npos) fault += in_force;
            if (fault != fault_) remarks_.push_back(fault);
        }
        fault_ = std::move(fault);
        looked_ = began;
    }

    // By the clock of the machine that wrote it, or, where that is ahead of ours, by ours.
    [[nodiscard]] bool is_settled(const FileStamp& stamp, steady_clock::time_point now) {
        if (clock_.wall().time_since_epoch() - stamp.modified >= settle_) return true;
        if (pending_ != stamp) {
            pending_ = stamp;
            pending_since_ = now;
        }
        return now - pending_since_ >= settle_;
    }

    static constexpr std::string_view in_force =
        ": the version before stays in force, where it can still be read";

    const std::string path_;
    const Format format_;
    const std::chrono::seconds settle_;
    const FileClock clock_;

    std::mutex looking_{};  // held through a look; taken before mutex_
    // Guarded by looking_:
    std::optional<FileStamp> pending_{};  // seen, and not yet left alone for long enough
    steady_clock::time_point pending_since_{};
    std::optional<FileStamp> refused_{};  // what could not be opened, and would not be now

    mutable std::mutex mutex_{};
    // Guarded by mutex_:
    std::shared_ptr<const RowFile> rows_{};  // never null
    steady_clock::time_point looked_{};
    std::string fault_{};
    std::vector<std::string> remarks_{};
};

FileTable::FileTable(std::unique_ptr<Follower> follower) : follower_(std::move(follower)) {}
FileTable::~FileTable() = default;

tl::expected<std::unique_ptr<FileTable>, std::string> FileTable::open(const std::string& path,
                                                                      Format format,
                                                                      std::chrono::seconds settle,
                                                                      FileClock clock) {
    auto rows = format(path);
    if (!rows) return tl::make_unexpected(std::move(rows.error()));
    return std::unique_ptr<FileTable>(new FileTable(
        std::make_unique<Follower>(path, format, settle, std::move(clock), std::move(*rows))));
}

TableResult FileTable::look_up(const TableKey& key) {
    const bool by_sender = !key.sender.empty();
    const std::string wanted = by_sender ? ascii_lower(key.sender) : login_key(key.login);
    // No row has such a key, and some formats end one there.
    const bool possible = !wanted.empty() && wanted.find('\0') == std::string::npos;

    auto rows = follower_->current();
    RowFile::Found found = std::nullopt;
    if (possible) found = rows->find(wanted);
    if (!found) {
        rows = follower_->renewed();
        found = rows->find(wanted);
    }
    TableResult result;
    result.remarks = follower_->take_remarks();
    if (!found) {
        result.why = std::move(found.error());
        return result;
    }
    result.known = true;
    result.why = "`" + follower_->path() + "` has " + (*found ? "" : "no ") + "`" + wanted + "`";
    if (!*found) return result;
    if (!by_sender) result.login_exists = true;
    result.values.push_back(std::move(**found));
    return result;
}

std::string FileTable::outdated() const {
    (void)follower_->renewed();
    return follower_->fault();
}

std::string FileTable::fault() const {
    return follower_->fault();
}

}  // namespace relaypermit
