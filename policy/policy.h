// A compiled policy: immutable, shared by every session as a snapshot. Pure; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "policy/pattern_index.h"
#include "policy/policy_source.h"

namespace relaypermit {

struct GrantIndex;
struct RestrictionIndex;

// Answers the questions that evaluate() asks, each at a cost that does not grow with the number
// of rules: exact addresses and domains by hash, regexes by one RE2::Set.
class Policy {
  public:
    explicit Policy(PolicySource source);
    // What if: `changed` is a copy of the source of `like` with rules added or changed, and only
    // these are compiled. The same as Policy(changed), whatever `changed` is, and needs `like` no
    // longer.
    Policy(PolicySource changed, const Policy& like);
    ~Policy();
    Policy(Policy&&) noexcept;
    Policy& operator=(Policy&&) noexcept;
    Policy(const Policy&) = delete;  // its indexes point into its rules
    Policy& operator=(const Policy&) = delete;

    [[nodiscard]] const PolicySource& source() const { return source_; }
    [[nodiscard]] const CausePolicy& cause(Cause cause) const {
        return source_.causes[static_cast<std::size_t>(cause)];
    }

    [[nodiscard]] bool hosted(const std::string& normalized_domain) const {
        return source_.hosted_domains.contains(normalized_domain);
    }
    // By a domain table too, as far as its answer is known.
    [[nodiscard]] bool hosted(const Address& address) const {
        return address.in_hosted_table || hosted(address.domain);
    }
    // Whether a list of senders names `@hosted`: then what is hosted says who owns an address.
    // Looked for where there is a [[domain_table]]; elsewhere false.
    [[nodiscard]] bool names_hosted_senders() const { return names_hosted_senders_; }
    [[nodiscard]] bool trusted(const std::optional<IpAddress>& client) const;
    [[nodiscard]] bool remote_mailer(const std::string& mailer, Mta mta) const;

    // The restrictions whose subject matches and whose time it is, in the order of the file.
    // `login` is null without a usable login. What restricts alice@ restricts alice+anything@, as
    // what she may send she may send with a subaddress, and whatever a directory could take for
    // alice@ (RestrictedLogin): she must not get around it by the login that she types.
    [[nodiscard]] std::vector<const Restriction*> restrictions_for(
        const Login* login, const std::optional<IpAddress>& client, TimePoint now) const;

    // The grants to a login, by a pattern that is no regex or by one that is: only a regex brings
    // captures of its own. These and what follows borrow from the policy.
    [[nodiscard]] Postings grants_to(const Login& login) const;
    [[nodiscard]] Postings grants_to_by_regex(const Login& login) const;
    // The grants of which except_logins name the login, its base, or what it folds to.
    [[nodiscard]] Postings grants_without(const Login& login) const;
    // The grants to a network of which the client is one, ascending, each once.
    [[nodiscard]] std::vector<RuleNumber> grants_to_client(const IpAddress& client) const;
    // The grants with a sender pattern that matches; templates, which the caller fills in, apart.
    [[nodiscard]] Postings grants_as(const Address& sender) const;
    [[nodiscard]] Postings grants_as_template(const Address& sender) const;
    [[nodiscard]] Postings grants_as_null() const;  // `<>` and `*`
    [[nodiscard]] Postings grants_as_any() const;   // `*` alone

  private:
    // Of the rules of one kind: an index of those that are shared, and of what differs from them.
    template <typename Index>
    struct Compiled {
        std::shared_ptr<const Index> shared{};
        std::unique_ptr<const Index> own{};  // null where nothing differs
        std::vector<RuleNumber> replaced{};  // ascending; what `shared` says of them is void
    };
    template <typename Index, typename Rule>
    [[nodiscard]] static Compiled<Index> compile(RuleList<Rule>& rules, const RuleList<Rule>* like,
                                                 const Compiled<Index>* of_like);
    template <typename Index, typename Find>
    [[nodiscard]] static Postings ask(const Compiled<Index>& compiled, Find find);
    template <typename Index>
    [[nodiscard]] static std::vector<RuleNumber> ask_clients(const Compiled<Index>& compiled,
                                                             const IpAddress& client);
    Policy(PolicySource source, const Policy* like);

    PolicySource source_;
    Compiled<GrantIndex> grants_;
    Compiled<RestrictionIndex> restrictions_;
    NetworkIndex trusted_;
    bool names_hosted_senders_{};
};

}  // namespace relaypermit
