// The policy in force. One thread loads and reloads; sessions copy the current snapshot once for
// each message, so that a reload never splits one. current() from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/load.h"
#include "milter/log.h"

namespace relaypermit {

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

class PolicyHolder final : public Snapshots {
  public:
    // `first` comes from load_policy(path, host_name) without errors.
    PolicyHolder(std::filesystem::path path, std::string host_name, const Loaded& first, Log& log);

    [[nodiscard]] std::shared_ptr<const Snapshot> current() const override;

    // Reads the files again. A policy with mistakes is not taken: each goes to the log, the old
    // policy stays in force, and the answer is false. A changed [listen] is taken but has no
    // effect before a restart, which is said. Called by one thread at a time.
    bool reload();

  private:
    const std::filesystem::path path_;
    const std::string host_name_;
    const ListenSettings listening_;  // what the daemon was started with
    Log& log_;

    // std::atomic<std::shared_ptr> of libstdc++ 12 is a data race to ThreadSanitizer.
    mutable std::mutex mutex_{};
    std::shared_ptr<const Snapshot> current_;  // guarded by mutex_
};

// "enforce mode, 12 aliases, 3 restrictions": the policy in a line of the log.
[[nodiscard]] std::string describe(const Policy& policy);

}  // namespace relaypermit
