#include "tool/rehearse/lint.h"

#include <filesystem>

#include "tool/base/visible.h"

namespace relaypermit {

Place Lint::place(std::string_view setting) const {
    const auto found = loaded_.places.find(setting);
    if (found != loaded_.places.end()) return found->second;
    return {loaded_.files.empty() ? std::string() : loaded_.files.front(), 0, 0};
}

bool is_of_suspend(const Restriction& restriction) {
    const std::filesystem::path file(restriction.place.file());
    return restriction.suspended && !file.empty() && file.filename() == "00-suspended.toml" &&
           file.parent_path().filename() == "policy.d";
}

bool lint_time(Lint& lint, const Place& place, const std::string& what, const Validity& time) {
    constexpr std::chrono::days soon{14};
    if (is_over(time, lint.now())) {
        lint.warn(place, what + " ended on " + time.until_text,
                  "remove it, or set a later `until`");
        return false;
    }
    if (!has_begun(time, lint.now())) {
        lint.warn(place, what + " begins on " + time.since_text + " and counts for nothing before",
                  "set an earlier `since` where it is needed now");
    } else if (time.until && *time.until - lint.now() <= soon) {
        const auto left = std::chrono::ceil<std::chrono::days>(*time.until - lint.now()).count();
        lint.warn(place,
                  what + " ends on " + time.until_text + ", in " +
                      counted(static_cast<std::uint64_t>(left), "day"),
                  "set a later `until` where it is needed longer");
    }
    return true;
}

std::vector<Diagnostic> lint(const Loaded& loaded, TimePoint now) {
    Lint lint(loaded, now);
    lint_settings(lint);
    lint_tables(lint);
    lint_causes(lint);
    lint_patterns(lint);
    lint_logins(lint);
    lint_typos(lint);
    lint_grants(lint);
    lint_lifted(lint);
    lint_restrictions(lint);
    std::vector<Diagnostic> warnings = lint.take();
    sort_by_place(warnings, loaded.files);
    return warnings;
}

}  // namespace relaypermit
