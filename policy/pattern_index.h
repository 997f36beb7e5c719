// Which rules have a pattern that matches an address or a login, at a cost that does not grow
// with the number of rules. Immutable after finish(); then any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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
    // Takes these (ascending, and must outlive it) out of all that was added so far.
    void leave_out(std::span<const RuleNumber> rules);
    void append(Postings more);
    [[nodiscard]] bool empty() const;
    [[nodiscard]] bool contains(RuleNumber rule) const;
    // All of them, ascending, each once.
    [[nodiscard]] std::vector<RuleNumber> sorted() const;

    // The rules that both hold, ascending. Walks the smaller one.
    [[nodiscard]] static std::vector<RuleNumber> both(const Postings& a, const Postings& b);

  private:
    struct List {
        std::span<const RuleNumber> rules{};
        std::span<const RuleNumber> left_out{};
    };
    std::vector<List> lists_{};
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

    // Borrows the pattern, which must outlive the index.
    void add(const Pattern& pattern, RuleNumber rule);
    // Sorts the exact patterns and compiles the set of regexes. Call once, after the last add().
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
    // The exact patterns of one key. The key is the pattern's own, so that an index of 100,000
    // addresses holds none of them twice.
    struct ExactKey {
        std::uint32_t hash{};
        std::uint32_t first_rule{};  // in exact_rules_; the next key's is the end
        const Pattern* pattern{};
    };
    struct ExactPattern {
        std::uint32_t hash{};
        RuleNumber rule{};
        const Pattern* pattern{};
    };
    struct Affixes;
    struct Across;
    struct Regexes;
    using Table = std::unordered_map<std::string, std::vector<RuleNumber>>;

    void finish_exact();
    [[nodiscard]] std::span<const RuleNumber> find_exact(std::string_view key) const;
    [[nodiscard]] Postings find_text(const std::string& key, std::string_view local,
                                     const std::string& domain, bool in_hosted_table) const;

    std::vector<ExactPattern> added_{};          // until finish()
    std::vector<ExactKey> exact_{};              // by hash, and one more that ends the last
    std::vector<RuleNumber> exact_rules_{};      // ascending for each key
    std::vector<std::uint32_t> exact_starts_{};  // in exact_, by the first bits of the hash
    unsigned exact_shift_{32};
    Table domain_{};
    Table below_{};
    Table templated_{};  // by domain; "" where the domain is a placeholder
    std::vector<RuleNumber> any_{};
    std::vector<RuleNumber> null_{};
    bool empty_{true};
    std::unique_ptr<Affixes> affixes_;
    std::unique_ptr<Across> across_;
    std::unique_ptr<Regexes> regexes_;
};

}  // namespace relaypermit
