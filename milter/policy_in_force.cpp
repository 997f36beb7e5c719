#include "milter/policy_in_force.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "config/checksum.h"
#include "config/counted.h"
#include "policy/evaluate.h"

namespace relaypermit {

namespace {

// The keys of [listen] that differ: "milter, control"; empty: none does.
std::string changed_keys(const ListenSettings& a, const ListenSettings& b) {
    std::string keys;
    const auto look = [&](std::string_view key, const auto& one, const auto& other) {
        if (one != other) keys += (keys.empty() ? "" : ", ") + std::string(key);
    };
    for (const ProtocolInfo& row : protocols)
        if (row.table == "listen") look(row.key, a[row.protocol], b[row.protocol]);
    look("socket_mode", a.socket_mode, b.socket_mode);
    look("socket_group", a.socket_group, b.socket_group);
    return keys;
}

// What is said of a reload's mistakes over the control socket; the log has all.
constexpr std::size_t most_mistakes = 100;

}  // namespace

TimePoint system_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::shared_ptr<const Snapshot> make_snapshot(const Loaded& loaded) {
    return std::make_shared<const Snapshot>(
        Snapshot{loaded.policy, loaded.settings, wants_headers(*loaded.policy)});
}

PolicyInForce::PolicyInForce(std::filesystem::path path, std::string host_name, const Loaded& first,
                             Log& log, Clock now, std::optional<ListenSettings> open)
    : path_(std::move(path)),
      host_name_(std::move(host_name)),
      listening_(open ? *std::move(open) : first.settings.listen),
      log_(log),
      now_(std::move(now)),
      current_(make_snapshot(first)),
      origin_(origin_of(first)) {}

Origin PolicyInForce::origin_of(const Loaded& loaded) const {
    Origin origin;
    origin.files = loaded.read;
    origin.since = now_();
    origin.reload.when = origin.since;
    for (const std::string_view setting : {"mode", "cause.account-suspended.action"})
        if (const auto place = loaded.places.find(setting); place != loaded.places.end())
            origin.places.insert(*place);
    if (const std::string keys = changed_keys(listening_, loaded.settings.listen); !keys.empty())
        origin.reload.warnings.push_back(
            "what has changed in [listen] (" + keys +
            ") takes a restart of relaypermitd: a reload opens no sockets");
    if (listening_[Protocol::metrics] != loaded.settings.listen[Protocol::metrics])
        origin.reload.warnings.push_back(
            "a change of `listen` in [metrics] takes a restart of relaypermitd: a reload opens no "
            "sockets");
    return origin;
}

std::shared_ptr<const Snapshot> PolicyInForce::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

std::pair<std::shared_ptr<const Snapshot>, Origin> PolicyInForce::current_and_origin() const {
    const std::lock_guard lock(mutex_);
    return {current_, origin_};
}

void PolicyInForce::take(std::shared_ptr<const Snapshot> next, Origin origin) {
    const std::lock_guard lock(mutex_);
    // The old policy, if no message holds it, is freed with the parameter and not under the lock.
    current_.swap(next);
    std::swap(origin_, origin);
}

bool PolicyInForce::reload() {
    Loaded loaded;
    std::vector<PolicyText> texts;
    try {
        loaded =
            keep_.policy ? load_policy(path_, host_name_, texts) : load_policy(path_, host_name_);
    } catch (const std::exception& error) {
        log_.write(LogLevel::error,
                   "reload failed, the old policy stays in force: " + std::string(error.what()));
        const std::lock_guard lock(mutex_);
        origin_.reload = {now_(), false, {error.what()}, 1, false, {error.what()}, {}, {}, {}};
        return false;
    }
    if (!loaded.policy) return refuse(loaded.errors);
    Origin origin = origin_of(loaded);
    origin.reload.changed = changed_files(current_and_origin().second.files, origin.files);
    for (const std::string& warning : origin.reload.warnings)
        log_.write(LogLevel::warning, warning);

    const std::string text = describe(*loaded.policy);
    take(make_snapshot(loaded), std::move(origin));
    if (keep_.policy) keep_.policy(texts);
    log_.write(LogLevel::info, "reloaded " + path_.string() + ": " + text);
    return true;
}

void PolicyInForce::note_failed(std::string why) {
    const std::lock_guard lock(mutex_);
    origin_.reload.failed.push_back(std::move(why));
}

void PolicyInForce::note_incomplete(std::string why) {
    const std::lock_guard lock(mutex_);
    origin_.reload.failed.push_back("the reload is not complete: " + std::move(why));
}

bool PolicyInForce::refuse(const std::vector<Diagnostic>& mistakes) {
    ReloadReport report{now_(), false, {}, mistakes.size(), true, {}, {}, {}, {}};
    for (const Diagnostic& diagnostic : mistakes) {
        log_.write(LogLevel::error, to_string(diagnostic));
        if (report.mistakes.size() < most_mistakes)
            report.mistakes.push_back(to_string(diagnostic));
    }
    log_.write(LogLevel::error, "the policy has " +
                                    counted(mistakes.size(), "mistake", "mistakes") +
                                    " and was not loaded: the old policy stays in force");
    take_suspensions(report);
    const std::lock_guard lock(mutex_);
    origin_.reload = std::move(report);
    return false;
}

void PolicyInForce::take_suspensions(ReloadReport& report) {
    const std::string file = suspensions_file(path_).string();
    Suspensions suspensions = load_suspensions(path_, &current()->policy->source());
    if (!suspensions.errors.empty()) {
        report.suspensions_in_force = false;
        for (const Diagnostic& diagnostic : suspensions.errors)
            if (report.suspension_faults.size() < most_mistakes)
                report.suspension_faults.push_back(to_string(diagnostic));
        log_.write(LogLevel::error, "the suspensions of " + file +
                                        " were not loaded either: those in force stay (" +
                                        report.suspension_faults.front() + ")");
        return;
    }
    const std::vector<ReadFile> files = current_and_origin().second.files;
    const auto known = std::find_if(files.begin(), files.end(),
                                    [&](const ReadFile& one) { return one.name == file; });
    const std::string before = known == files.end() ? std::string() : known->checksum;
    if (before == suspensions.checksum) return;

    const std::size_t number = suspensions.restrictions.size();
    const std::string text = suspensions.text;
    put_on_top(std::move(suspensions), report.when);
    if (keep_.suspensions) keep_.suspensions(text);
    log_.write(LogLevel::warning,
               "the old policy is in force with the suspensions of " + file +
                   " as they now are: " + counted(number, "restriction", "restrictions"));
}

void PolicyInForce::put_on_top(Suspensions suspensions, TimePoint when) {
    const std::string file = suspensions_file(path_).string();
    auto [snapshot, origin] = current_and_origin();
    std::erase_if(origin.files, [&](const ReadFile& one) { return one.name == file; });
    if (!suspensions.checksum.empty()) origin.files.push_back({file, suspensions.checksum});
    origin.suspensions_on_top = true;
    origin.since = when;
    Snapshot next = *snapshot;
    next.policy = with_suspensions(*snapshot->policy, file, std::move(suspensions.restrictions));
    take(std::make_shared<const Snapshot>(std::move(next)), std::move(origin));
}

void PolicyInForce::take_kept(const std::optional<std::string>& suspensions) {
    {
        const std::lock_guard lock(mutex_);
        origin_.kept_over_a_crash = true;
    }
    if (!suspensions) return;
    // They were read without a mistake before.
    Suspensions read = load_suspensions_text(*suspensions, suspensions_file(path_).string(),
                                             &current()->policy->source());
    if (!suspensions->empty()) read.checksum = sha256(*suspensions);
    put_on_top(std::move(read), now_());
}

std::string describe(const Policy& policy) {
    const PolicySource& source = policy.source();
    return std::string(source.monitor_mode ? "monitor" : "enforce") + " mode, " +
           counted(source.grants.size(), "alias", "aliases") + ", " +
           counted(source.restrictions.size(), "restriction", "restrictions");
}

}  // namespace relaypermit
