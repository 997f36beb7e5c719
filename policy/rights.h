// Who may send as whom: what one session is granted, by its login or, without one, by its client's
// network. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/conditions.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/question.h"
#include "policy/reading.h"

namespace relaypermit {

// Whether a sender is covered, and by what.
struct Coverage {
    Match match{Match::no};
    // yes: the grant, table, "own-address" or "bounce"; unknown: the silent table
    std::string rule{};
    // Alias tables whose answer is not in the facts and that nothing else made unnecessary.
    std::vector<Question> questions{};
};

// Which grants are about a session.
struct GrantsToSession {
    Postings by_login{};        // with a pattern of the login that is no regex
    Postings by_login_regex{};  // with a regex
    Postings by_client{};
    std::vector<RuleNumber> left_out{};  // of which except_logins name the login
};

// A session's rights. Borrows its arguments: they must outlive it.
class Rights {
  public:
    Rights(const Policy& policy, const Facts& facts, const Reading& reading);

    // Whether the address may be used in that field: "own-address" first, then the grants in the
    // order of the file, "bounce" for From (is_bounce() in conditions.h), then the alias tables.
    // Unknown only where nothing says yes.
    [[nodiscard]] Coverage covers(const Address& address, GrantField field) const;
    // The null sender, which `<>` and `*` cover.
    [[nodiscard]] Coverage covers_null(GrantField field) const;
    // Any sender whatsoever, readable or not: only `*` without exceptions covers that.
    [[nodiscard]] Coverage covers_anything(GrantField field) const;

  private:
    // Found when it is asked: most logins send as themselves.
    [[nodiscard]] const GrantsToSession& grants() const;
    [[nodiscard]] bool owns_as_itself(const Address& address) const;
    [[nodiscard]] bool in_force(const GrantLimits& limits, const GrantFields& fields,
                                GrantField field) const;
    // What the login gives to the placeholders of a grant, by each pattern that it matches.
    [[nodiscard]] std::vector<Captures> captures_of(const Grant& grant, RuleNumber number) const;
    [[nodiscard]] bool fits_template(const Grant& grant, RuleNumber number,
                                     const Address& address) const;
    [[nodiscard]] bool leaves_out_sender(const Grant& grant, RuleNumber number,
                                         const Address& address) const;
    // The right to what the one Sender field shows; for grants that are `visible`.
    [[nodiscard]] const Coverage& shown() const;
    // The first grant to this session among those with such a sender, in the order of the file.
    // What a `visible` one before it waits for is added to `pending`.
    template <typename Fits>
    [[nodiscard]] std::optional<RuleNumber> first(const Postings& senders, GrantField field,
                                                  Fits fits, Coverage& pending) const;
    template <typename Fits>
    [[nodiscard]] Coverage ask_tables(const Address* sender, GrantField field, Fits fits) const;
    template <typename Fits>
    [[nodiscard]] Coverage answer(std::optional<RuleNumber> grant, const Coverage& pending,
                                  const Address* sender, GrantField field, Fits fits_table) const;

    const Policy& policy_;
    const Facts& facts_;
    const Reading& reading_;
    mutable std::optional<GrantsToSession> grants_{};
    mutable std::optional<Coverage> shown_{};
};

}  // namespace relaypermit
