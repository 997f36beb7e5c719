// Which rules have a pattern that matches an address or a login, at a cost that does not grow
// with the number of rules. Immutable after finish(); then any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/address.h"
#include "policy/login.h"
#include "policy/pattern.h"

namespace re2 {
class RE2;
}

namespace relaypermit {

using RuleNumber = std::uint32_t;

// The rules found: several ascending lists, not copied out of the index (which must outlive it).
class Postings {
  public:
    Postings() = default;
    Postings(Postings&&) = default;
    Postings& operator=(Postings&&) = default;
    Postings(const Postings&) = delete;
    Postings& operator=(const Postings&) = delete;

    void add(std::span<const RuleNumber> ascending);
    void own(std::vector<RuleNumber> rules);
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool contains(RuleNumber rule) const;
    // All of them, ascending, each once.
    [[nodiscard]] std::vector<RuleNumber> sorted() const;

    // The rules that both hold, ascending. Walks the smaller one.
    [[nodiscard]] static std::vector<RuleNumber> both(const Postings& a, const Postings& b);

  private:
    std::vector<std::span<const RuleNumber>> lists_{};
    std::vector<std::vector<RuleNumber>> owned_{};
    std::size_t size_{};
};

class PatternIndex {
  public:
    PatternIndex();
    ~PatternIndex();
    PatternIndex(PatternIndex&&) noexcept;
    PatternIndex& operator=(PatternIndex&&) noexcept;
    PatternIndex(const PatternIndex&) = delete;
    PatternIndex& operator=(const PatternIndex&) = delete;

    void add(const Pattern& pattern, RuleNumber rule);
    // Compiles the set of regexes. Call once, after the last add().
    void finish();

    // Rules with a pattern that matches; templated ones apart.
    [[nodiscard]] Postings find(const Address& address) const;
    [[nodiscard]] Postings find(const Login& login) const;
    [[nodiscard]] Postings find_null() const;  // `<>` and `*`
    [[nodiscard]] Postings find_any() const;   // `*` alone
    // Rules with a templated pattern that could match: its domain is a placeholder or the
    // address's own. The caller fills it in.
    [[nodiscard]] Postings find_templated(const Address& address) const;

  private:
    struct Affixes;
    struct Regexes;
    using Table = std::unordered_map<std::string, std::vector<RuleNumber>>;

    [[nodiscard]] Postings find_text(const std::string& key, std::string_view local,
                                     const std::string& domain) const;

    Table exact_{};
    Table domain_{};
    Table below_{};
    Table templated_{};  // by domain; "" where the domain is a placeholder
    std::vector<RuleNumber> any_{};
    std::vector<RuleNumber> null_{};
    std::unique_ptr<Affixes> affixes_;
    std::unique_ptr<Regexes> regexes_;
};

}  // namespace relaypermit
