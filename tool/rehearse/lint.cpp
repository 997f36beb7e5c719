#include "tool/rehearse/lint.h"

#include <filesystem>

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

std::vector<Diagnostic> lint(const Loaded& loaded, TimePoint now) {
    Lint lint(loaded, now);
    lint_settings(lint);
    lint_causes(lint);
    lint_patterns(lint);
    lint_logins(lint);
    lint_grants(lint);
    lint_lifted(lint);
    lint_restrictions(lint);
    std::vector<Diagnostic> warnings = lint.take();
    sort_by_place(warnings, loaded.files);
    return warnings;
}

}  // namespace relaypermit
