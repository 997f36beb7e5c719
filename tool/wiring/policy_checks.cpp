#include "tool/wiring/policy_checks.h"

#include <chrono>
#include <string>
#include <string_view>

#include "config/counted.h"

namespace relaypermit {
namespace {

constexpr std::uint32_t written_by_others = 0002;
constexpr std::uint32_t written_by_group = 0020;
constexpr std::uint32_t read_by_others = 0004;

constexpr std::string_view goes_by_it =
    "`since` and `until` of rules and suspensions, limits and the record go by it, and so does "
    "whether "
    "certificates "
    "are valid, so that logins may fail for want of TLS";

// Minutes are forgiven: another machine may have written the file.
bool is_ahead(const PolicyFacts& facts, const PathFacts& path) {
    return path.exists && path.changed > facts.now + std::chrono::minutes{5};
}

void check_time_of(const PolicyFacts& facts, const PathFacts& path, WiringFindings& findings) {
    if (!is_ahead(facts, path)) return;
    const auto minutes =
        std::chrono::duration_cast<std::chrono::minutes>(path.changed - facts.now).count();
    findings.push_back({Severity::error,
                        "clock",
                        {path.path, 0},
                        "it was changed " + counted(static_cast<std::size_t>(minutes), "minute") +
                            " from now: the clock of this server is or was wrong",
                        std::string(goes_by_it),
                        "set the clock (timedatectl, chronyc tracking), then touch " + path.path});
}

void check_clock(const PolicyFacts& facts, WiringFindings& findings) {
    if (is_ahead(facts, facts.clock.program))
        return findings.push_back(
            {Severity::error,
             "clock",
             {facts.clock.program.path, 0},
             "the clock of this server stands before the day on which this program was built",
             std::string(goes_by_it),
             "set the clock (timedatectl, chronyc tracking)"});
    if (facts.clock.unkept)
        findings.push_back({Severity::warning,
                            "clock",
                            {"the clock of this server", 0},
                            "nobody keeps it right, as the kernel has it (adjtimex: STA_UNSYNC)",
                            std::string(goes_by_it),
                            "systemctl enable --now systemd-timesyncd, or chrony with rtcsync in "
                            "its chrony.conf"});
}

}  // namespace

FileLine policy_line(const PolicyFacts& facts, std::string_view setting) {
    const auto found = facts.loaded.places.find(setting);
    if (found == facts.loaded.places.end()) return {facts.file, 0};
    return {std::string(found->second.file()), found->second.line};
}

void check_policy_files(const PolicyFacts& facts, WiringFindings& findings) {
    if (!facts.loaded.policy && !facts.loaded.errors.empty()) {
        const Diagnostic& first = facts.loaded.errors.front();
        const std::string file(first.place.file());
        findings.push_back({Severity::error,
                            "policy-broken",
                            {file.empty() ? facts.file : file, first.place.line},
                            first.text,
                            "relaypermitd does not start with it, and what stands in it could not "
                            "be compared with the mail server",
                            "run: relaypermit check -c " + facts.file});
    }
    check_clock(facts, findings);
    for (const PathFacts& path : facts.files) {
        if ((path.mode & written_by_others) != 0 || (path.mode & written_by_group) != 0)
            findings.push_back(
                {(path.mode & written_by_others) != 0 ? Severity::error : Severity::warning,
                 "policy-writable",
                 {path.path, 0},
                 "others than its owner may write to it (" + permissions_of(path) + ")",
                 "whoever may can send as anybody",
                 "chmod go-w " + path.path});
        check_time_of(facts, path, findings);
    }
    if (!facts.store) return;
    const PathFacts& store = *facts.store;
    if (store.exists && (store.mode & (read_by_others | written_by_others)) != 0)
        findings.push_back({Severity::warning,
                            "store-readable",
                            {store.path, 0},
                            "every local user may read it (" + permissions_of(store) + ")",
                            "it says who wrote to whom",
                            "chmod o= " + store.path});
    check_time_of(facts, store, findings);
}

}  // namespace relaypermit
