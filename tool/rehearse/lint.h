// What is not wrong in a policy but hardly meant: rules that can never matter, grants that say
// more than their author thinks, settings that open or close a door. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "policy/conditions.h"

namespace relaypermit {

// Every warning, in source order. `loaded` has a policy.
[[nodiscard]] std::vector<Diagnostic> lint(const Loaded& loaded, TimePoint now);

// Of one topic each; lint() puts them together.
class Lint {
  public:
    Lint(const Loaded& loaded, TimePoint now)
        : loaded_(loaded), source_(loaded.policy->source()), now_(now) {}

    [[nodiscard]] const Loaded& loaded() const { return loaded_; }
    [[nodiscard]] const PolicySource& source() const { return source_; }
    [[nodiscard]] TimePoint now() const { return now_; }
    // Where a setting stands; the policy file as a whole where it is a default.
    [[nodiscard]] Place place(std::string_view setting) const;
    [[nodiscard]] bool is_set(std::string_view setting) const {
        return loaded_.places.contains(setting);
    }
    // Whether a cause refuses anything; mode = "monitor" does not count, it is to end.
    [[nodiscard]] bool refuses(Cause cause) const {
        return relaypermit::refuses(*loaded_.policy, cause);
    }
    // Never without a help: what to do, or what it leads to.
    void warn(const Place& place, std::string text, std::string help) {
        warnings_.push_back({Severity::warning, place, std::move(text), std::move(help)});
    }
    [[nodiscard]] std::vector<Diagnostic> take() { return std::move(warnings_); }

  private:
    const Loaded& loaded_;
    const PolicySource& source_;
    TimePoint now_;
    std::vector<Diagnostic> warnings_{};
};

void lint_settings(Lint& lint);      // lint_settings.cpp: tables without rules
void lint_tables(Lint& lint);        // lint_tables.cpp: what mail waits for
void lint_causes(Lint& lint);        // lint_causes.cpp: actions and texts
void lint_patterns(Lint& lint);      // lint_patterns.cpp: what a single pattern says
void lint_logins(Lint& lint);        // lint_logins.cpp: which logins a rule is about
void lint_typos(Lint& lint);         // lint_typos.cpp: domains that are nearly hosted ones
void lint_grants(Lint& lint);        // lint_grants.cpp: grants that never matter
void lint_lifted(Lint& lint);        // lint_lifted.cpp: conditions that another grant lifts
void lint_restrictions(Lint& lint);  // lint_restrictions.cpp: the same of restrictions

// lint_typos.cpp: the pattern as it was most likely meant, where its domain is one mistake away
// from a hosted one; empty where it is not.
[[nodiscard]] std::string with_hosted_domain(const PolicySource& source, const Pattern& pattern);

// Says that a rule is over, is about to end or is yet to begin. Returns false where it is over and
// nothing more need be said of it. `what`: "the grant `x`".
[[nodiscard]] bool lint_time(Lint& lint, const Place& place, const std::string& what,
                             const Validity& time);

// Whether `relaypermit suspend` keeps the restriction: it is to end again, so that nothing which it
// makes idle for now needs to go, and none of its own is one too many.
[[nodiscard]] bool is_of_suspend(const Restriction& restriction);

// lint_regexes.cpp: what a single regex says. `whole` is what it is for: a login, an address.
void lint_regex(Lint& lint, const Pattern& pattern, const Place& place);
// Whether it is certain that no text with an @ in it matches `/regex/`.
[[nodiscard]] bool matches_no_at(std::string_view regex);
// Whether every login of the policy's domains that a regex matches has its @ within this group, so
// far as a few of them show.
[[nodiscard]] bool takes_in_realm(const Pattern& regex, std::string_view group,
                                  const PolicySource& source);
void lint_regex_without_at(Lint& lint, const Pattern& pattern, const Place& place,
                           std::string_view whole);

}  // namespace relaypermit
