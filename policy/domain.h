// Domain names in the one form in which they are compared. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace relaypermit {

// The form that all comparisons use: IDNA A-labels (UTS 46, non-transitional), lower case,
// without the trailing dot. An address literal ("[192.0.2.1]", "[IPv6:2001:db8::1]") is kept,
// in lower case. Underscores are allowed (Postfix and Sendmail accept them), and `--` as the third
// and fourth character of an ASCII label. Normalizing again changes nothing.
// Returns nullopt where the name is empty, has an empty or over-long label, is longer than 253
// bytes as A-labels, begins or ends a label with a hyphen, holds any other ASCII character once
// mapped, is not clean UTF-8 (utf8.h), or fails IDNA.
[[nodiscard]] std::optional<std::string> normalize_domain(std::string_view name);

// Whether a domain in Unicode, of which normalize_domain() made `normalized`, is written as it is
// shown: apart from ASCII letters in upper case nothing in it is mapped or dropped. Programs that
// do not map read another domain in a soft hyphen, a fullwidth letter, a decomposed or a capital
// umlaut. True for every name in ASCII.
[[nodiscard]] bool is_mapped_form(std::string_view name, const std::string& normalized);

// The name that programs show for a domain in A-labels; the name itself where it has none.
[[nodiscard]] std::string domain_in_unicode(const std::string& name);

// A set of domains as `hosted_domains` writes it: "example.com" is that domain alone,
// "*.example.com" any depth below it but not example.com itself. Immutable after construction.
class DomainSet {
  public:
    DomainSet() = default;
    // Adds one pattern. Returns false, and adds nothing, where it is not a domain pattern.
    [[nodiscard]] bool add(std::string_view pattern);
    // `domain` must be normalized. Cost: one hash lookup a label.
    [[nodiscard]] bool contains(std::string_view domain) const;
    [[nodiscard]] bool empty() const { return exact_.empty() && below_.empty(); }
    // The patterns in their normalized form, in the order in which they were added.
    [[nodiscard]] const std::vector<std::string>& patterns() const { return patterns_; }

  private:
    std::unordered_set<std::string> exact_{};
    std::unordered_set<std::string> below_{};
    std::vector<std::string> patterns_{};
};

// The version in use, for --version.
[[nodiscard]] std::string libidn2_version();

}  // namespace relaypermit
