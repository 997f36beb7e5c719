#include "milter/policy_holder.h"

#include <exception>
#include <utility>

#include "policy/evaluate.h"

namespace relaypermit {

namespace {

std::string counted(std::size_t number, std::string_view one, std::string_view many) {
    return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

bool same(const ListenSettings& a, const ListenSettings& b) {
    return a.milter == b.milter && a.policy == b.policy && a.socketmap == b.socketmap &&
           a.socket_mode == b.socket_mode && a.socket_group == b.socket_group;
}

}  // namespace

std::shared_ptr<const Snapshot> make_snapshot(const Loaded& loaded) {
    return std::make_shared<const Snapshot>(
        Snapshot{loaded.policy, loaded.settings, wants_headers(*loaded.policy)});
}

PolicyHolder::PolicyHolder(std::filesystem::path path, std::string host_name, const Loaded& first,
                           Log& log)
    : path_(std::move(path)),
      host_name_(std::move(host_name)),
      listening_(first.settings.listen),
      log_(log),
      current_(make_snapshot(first)) {}

std::shared_ptr<const Snapshot> PolicyHolder::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

bool PolicyHolder::reload() {
    Loaded loaded;
    try {
        loaded = load_policy(path_, host_name_);
    } catch (const std::exception& error) {
        log_.write(LogLevel::error,
                   "reload failed, the old policy stays in force: " + std::string(error.what()));
        return false;
    }
    if (!loaded.policy) {
        for (const Diagnostic& diagnostic : loaded.errors)
            log_.write(LogLevel::error, to_string(diagnostic));
        log_.write(LogLevel::error, "the policy has " +
                                        counted(loaded.errors.size(), "mistake", "mistakes") +
                                        " and was not loaded: the old policy stays in force");
        return false;
    }
    if (!same(listening_, loaded.settings.listen))
        log_.write(
            LogLevel::warning,
            "[listen] has changed: the new sockets are opened by a restart, not by a reload");

    auto next = make_snapshot(loaded);
    const std::string text = describe(*next->policy);
    {
        const std::lock_guard lock(mutex_);
        current_.swap(next);
    }
    // The old policy, if no message holds it, is freed here and not under the lock.
    next.reset();
    log_.write(LogLevel::info, "reloaded " + path_.string() + ": " + text);
    return true;
}

std::string describe(const Policy& policy) {
    const PolicySource& source = policy.source();
    return std::string(source.monitor_mode ? "monitor" : "enforce") + " mode, " +
           counted(source.grants.size(), "alias", "aliases") + ", " +
           counted(source.restrictions.size(), "restriction", "restrictions");
}

}  // namespace relaypermit
