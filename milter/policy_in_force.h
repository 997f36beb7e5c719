// The policy in force. One thread loads and reloads; sessions copy the current snapshot once for
// each message, so that a reload never splits one. current() from any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/control_protocol.h"
#include "config/kept_policy.h"
#include "config/load.h"
#include "config/suspended_account.h"
#include "config/suspensions.h"
#include "milter/log.h"

namespace relaypermit {

// The present, by the clock of the system.
[[nodiscard]] TimePoint system_now();

// What a message is judged by, from its MAIL to its end.
struct Snapshot {
    std::shared_ptr<const Policy> policy{};
    Settings settings{};
    bool wants_headers{true};  // whether the policy reads header fields at all
};

// Where sessions get their snapshot from; tests put a policy of their own behind it.
class Snapshots {
  public:
    Snapshots() = default;
    Snapshots(const Snapshots&) = delete;
    Snapshots& operator=(const Snapshots&) = delete;
    virtual ~Snapshots() = default;

    // Never null.
    [[nodiscard]] virtual std::shared_ptr<const Snapshot> current() const = 0;
};

// The snapshot of a policy that was loaded without errors.
[[nodiscard]] std::shared_ptr<const Snapshot> make_snapshot(const Loaded& loaded);

// Where the policy in force came from.
struct Origin {
    std::vector<ReadFile> files{};
    TimePoint since{};
    bool suspensions_on_top{};  // older than the suspensions of 00-suspended.toml in it
    bool kept_over_a_crash{};   // not of the files, which had mistakes after a crash
    Places places{};            // of the settings that why_it_goes_on() names
    ReloadReport reload{};      // the last one
};

class PolicyInForce final : public Snapshots {
  public:
    using Clock = std::function<TimePoint()>;

    // `first` comes from load_policy(path, host_name) without errors. `open`: what the daemon was
    // started with; none: the [listen] of `first`.
    PolicyInForce(std::filesystem::path path, std::string host_name, const Loaded& first, Log& log,
                  Clock now = system_now, std::optional<ListenSettings> open = {});

    [[nodiscard]] std::shared_ptr<const Snapshot> current() const override;
    // As of the same moment.
    [[nodiscard]] std::pair<std::shared_ptr<const Snapshot>, Origin> current_and_origin() const;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    // Reads the files again. A policy with mistakes is not taken: each goes to the log, the old
    // policy stays in force, with the suspensions of 00-suspended.toml as they now are, and the
    // answer is false. Where that file is not sound either, those in force stay. A changed [listen]
    // is taken but has no effect before a restart, which is said. Called by one thread at a time.
    bool reload();
    // What becomes of what reload() takes from here on: of the texts of each policy, and of the
    // text of 00-suspended.toml where that alone was taken.
    struct Keep {
        std::function<void(const std::vector<PolicyText>& texts)> policy{};
        std::function<void(const std::string& text)> suspensions{};
    };
    void keep_texts(Keep keep) { keep_ = std::move(keep); }
    // `first` was kept by a process that has crashed, with these suspensions on top of it. Before
    // any reload.
    void take_kept(const std::optional<std::string>& suspensions);
    // The last reload took the policy, but what else belongs to it failed: a part, or all of it.
    void note_failed(std::string why);
    void note_incomplete(std::string why);

  private:
    void take(std::shared_ptr<const Snapshot> next, Origin origin);
    bool refuse(const std::vector<Diagnostic>& mistakes);
    void take_suspensions(ReloadReport& report);
    void put_on_top(Suspensions suspensions, TimePoint when);
    [[nodiscard]] Origin origin_of(const Loaded& loaded) const;

    const std::filesystem::path path_;
    const std::string host_name_;
    const ListenSettings listening_;  // what the daemon was started with
    Log& log_;
    const Clock now_;
    Keep keep_{};

    // std::atomic<std::shared_ptr> of libstdc++ 12 is a data race to ThreadSanitizer.
    mutable std::mutex mutex_{};
    std::shared_ptr<const Snapshot> current_;  // guarded by mutex_
    Origin origin_;                            // guarded by mutex_
};

// "enforce mode, 12 aliases, 3 restrictions": the policy in a line of the log.
[[nodiscard]] std::string describe(const Policy& policy);

}  // namespace relaypermit
