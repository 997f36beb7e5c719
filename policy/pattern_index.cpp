#include "policy/pattern_index.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <map>
#include <set>

namespace relaypermit {

namespace {

// The set of all regexes may take this much for its automaton. A set that needs more is matched
// one by one.
constexpr std::int64_t max_set_bytes = std::int64_t{256} << 20;

void insert(std::vector<RuleNumber>& ascending, RuleNumber rule) {
    const auto at = std::lower_bound(ascending.begin(), ascending.end(), rule);
    if (at == ascending.end() || *at != rule) ascending.insert(at, rule);
}

bool in(std::span<const RuleNumber> ascending, RuleNumber rule) {
    return std::binary_search(ascending.begin(), ascending.end(), rule);
}

std::uint32_t hash_of(std::string_view key) {
    const std::uint64_t hash = std::hash<std::string_view>{}(key);
    return static_cast<std::uint32_t>(hash ^ hash >> 32U);
}

}  // namespace

void Postings::add(std::span<const RuleNumber> ascending) {
    if (ascending.empty()) return;
    lists_.push_back({ascending, {}});
    size_ += ascending.size();
}

void Postings::own(std::vector<RuleNumber> rules) {
    if (rules.empty()) return;
    std::sort(rules.begin(), rules.end());
    owned_.push_back(std::move(rules));
    add(owned_.back());  // a moved vector keeps its buffer, so the span outlives growth of owned_
}

void Postings::leave_out(std::span<const RuleNumber> rules) {
    for (List& list : lists_) list.left_out = rules;
}

void Postings::append(Postings more) {
    lists_.insert(lists_.end(), more.lists_.begin(), more.lists_.end());
    std::move(more.owned_.begin(), more.owned_.end(), std::back_inserter(owned_));
    size_ += more.size_;
}

bool Postings::empty() const {
    return std::all_of(lists_.begin(), lists_.end(), [](const List& list) {
        return std::all_of(list.rules.begin(), list.rules.end(),
                           [&](RuleNumber rule) { return in(list.left_out, rule); });
    });
}

bool Postings::contains(RuleNumber rule) const {
    return std::any_of(lists_.begin(), lists_.end(), [&](const List& list) {
        return in(list.rules, rule) && !in(list.left_out, rule);
    });
}

std::vector<RuleNumber> Postings::sorted() const {
    std::vector<RuleNumber> all;
    all.reserve(size_);
    for (const List& list : lists_)
        std::copy_if(list.rules.begin(), list.rules.end(), std::back_inserter(all),
                     [&](RuleNumber rule) { return !in(list.left_out, rule); });
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

std::vector<RuleNumber> Postings::both(const Postings& a, const Postings& b) {
    if (a.size_ == 0 || b.size_ == 0) return {};
    const Postings& fewer = a.size_ <= b.size_ ? a : b;
    const Postings& more = a.size_ <= b.size_ ? b : a;
    std::vector<RuleNumber> common = fewer.sorted();
    std::erase_if(common, [&](RuleNumber rule) { return !more.contains(rule); });
    return common;
}

// bounce-*@domain: by domain and affix, with the lengths in use, so that an address costs one
// lookup for each length and not one for each pattern.
struct PatternIndex::Affixes {
    struct Side {
        std::set<std::size_t> lengths{};
        Table rules{};
    };
    struct Sides {
        Side prefix{};
        Side suffix{};

        static void add(Side& side, std::string_view affix, RuleNumber rule) {
            side.lengths.insert(affix.size());
            insert(side.rules[std::string(affix)], rule);
        }
        template <typename Look>
        void find(std::string_view local, Look look) const {
            const auto look_in = [&](const Side& side, auto affix_of) {
                for (const std::size_t length : side.lengths)
                    if (length <= local.size())
                        if (const auto entry = side.rules.find(std::string(affix_of(length)));
                            entry != side.rules.end())
                            look(entry->second);
            };
            look_in(prefix, [&](std::size_t length) { return local.substr(0, length); });
            look_in(suffix,
                    [&](std::size_t length) { return local.substr(local.size() - length); });
        }
    };
    std::unordered_map<std::string, Sides> by_domain{};
};

// Of many domains: by the domain below which they are, and of the hosted ones by their set, which
// is one for a whole policy; then by local part. Those that only end in a text are few.
struct PatternIndex::Across {
    struct Locals {
        Table exact{};
        Affixes::Sides affixes{};
        std::vector<RuleNumber> any{};

        void add(const Pattern::LocalPart& local, RuleNumber rule) {
            if (!local.star_first && !local.star_last)
                insert(exact[local.literal], rule);
            else if (local.literal.empty())
                insert(any, rule);
            else
                affixes.add(local.star_last ? affixes.prefix : affixes.suffix, local.literal, rule);
        }
        template <typename Look>
        void find(std::string_view local, Look look) const {
            if (const auto entry = exact.find(std::string(local)); entry != exact.end())
                look(entry->second);
            look(any);
            affixes.find(local, look);
        }
    };
    std::unordered_map<std::string, Locals> below{};
    std::map<const DomainSet*, Locals> hosted{};
};

struct PatternIndex::Regexes {
    std::vector<std::pair<const Pattern*, RuleNumber>> patterns{};
    std::unique_ptr<RE2::Set> set{};  // null where there is no regex, or they do not fit a set
};

PatternIndex::PatternIndex()
    : affixes_(std::make_unique<Affixes>()),
      across_(std::make_unique<Across>()),
      regexes_(std::make_unique<Regexes>()) {}
PatternIndex::~PatternIndex() = default;
PatternIndex::PatternIndex(PatternIndex&&) noexcept = default;
PatternIndex& PatternIndex::operator=(PatternIndex&&) noexcept = default;

void PatternIndex::add(const Pattern& pattern, RuleNumber rule) {
    empty_ = false;
    switch (pattern.kind()) {
        case Pattern::Kind::exact:
            added_.push_back({hash_of(pattern.affix()), rule, &pattern});
            break;
        case Pattern::Kind::domain:
            insert(domain_[std::string(pattern.domain())], rule);
            break;
        case Pattern::Kind::subdomain:
            insert(below_[std::string(pattern.domain())], rule);
            break;
        case Pattern::Kind::prefix:
        case Pattern::Kind::suffix: {
            Affixes::Sides& sides = affixes_->by_domain[std::string(pattern.domain())];
            Affixes::Sides::add(
                pattern.kind() == Pattern::Kind::prefix ? sides.prefix : sides.suffix,
                pattern.affix(), rule);
            break;
        }
        case Pattern::Kind::across: {
            const DomainSet* hosted = pattern.hosted_domains();
            Across::Locals& locals = hosted != nullptr
                                         ? across_->hosted[hosted]
                                         : across_->below[std::string(pattern.domain())];
            locals.add(*pattern.local_part(), rule);
            break;
        }
        case Pattern::Kind::any:
            insert(any_, rule);
            insert(null_, rule);
            break;
        case Pattern::Kind::null:
            insert(null_, rule);
            break;
        case Pattern::Kind::regex:
            regexes_->patterns.emplace_back(&pattern, rule);
            break;
        case Pattern::Kind::templated:
            insert(templated_[std::string(pattern.domain())], rule);
            break;
    }
}

void PatternIndex::finish_exact() {
    std::sort(added_.begin(), added_.end(), [](const ExactPattern& a, const ExactPattern& b) {
        if (a.hash != b.hash) return a.hash < b.hash;
        if (const int keys = a.pattern->affix().compare(b.pattern->affix()); keys != 0)
            return keys < 0;
        return a.rule < b.rule;
    });
    exact_.reserve(added_.size() + 1);
    exact_rules_.reserve(added_.size());
    for (const ExactPattern& added : added_) {
        const auto count = static_cast<std::uint32_t>(exact_rules_.size());
        const bool same_key = !exact_.empty() && exact_.back().hash == added.hash &&
                              exact_.back().pattern->affix() == added.pattern->affix();
        if (!same_key)
            exact_.push_back({added.hash, count, added.pattern});
        else if (exact_rules_.back() == added.rule)
            continue;
        exact_rules_.push_back(added.rule);
    }
    const auto keys = static_cast<std::uint32_t>(exact_.size());
    exact_.push_back({0, static_cast<std::uint32_t>(exact_rules_.size()), nullptr});
    added_ = std::vector<ExactPattern>();  // `{}` would keep its memory

    // One start for each key or two: a lookup then reads about one key.
    exact_shift_ = 32 - std::min(31U, static_cast<unsigned>(std::bit_width(keys)));
    exact_starts_.assign((std::size_t{1} << (32 - exact_shift_)) + 1, keys);
    for (std::uint32_t key = keys; key-- > 0;)
        exact_starts_[exact_[key].hash >> exact_shift_] = key;
    for (std::size_t start = exact_starts_.size() - 1; start-- > 0;)
        exact_starts_[start] = std::min(exact_starts_[start], exact_starts_[start + 1]);
}

std::span<const RuleNumber> PatternIndex::find_exact(std::string_view key) const {
    if (exact_starts_.empty()) return {};
    const std::uint32_t hash = hash_of(key);
    const std::size_t bucket = hash >> exact_shift_;
    for (std::uint32_t at = exact_starts_[bucket]; at < exact_starts_[bucket + 1]; ++at)
        if (exact_[at].hash == hash && exact_[at].pattern->affix() == key)
            return std::span(exact_rules_)
                .subspan(exact_[at].first_rule, exact_[at + 1].first_rule - exact_[at].first_rule);
    return {};
}

void PatternIndex::finish() {
    if (!added_.empty()) finish_exact();
    if (regexes_->patterns.empty()) return;
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    options.set_max_mem(max_set_bytes);
    auto set = std::make_unique<RE2::Set>(options, RE2::ANCHOR_BOTH);
    for (const auto& [pattern, rule] : regexes_->patterns)
        if (set->Add(pattern->regex()->pattern(), nullptr) < 0) return;
    if (set->Compile()) regexes_->set = std::move(set);
}

Postings PatternIndex::find_text(const std::string& key, std::string_view local,
                                 const std::string& domain, bool in_hosted_table) const {
    Postings found;
    const auto add = [&](const std::vector<RuleNumber>& rules) { found.add(rules); };
    const auto look = [&](const Table& table, const std::string& at) {
        if (const auto entry = table.find(at); entry != table.end()) found.add(entry->second);
    };
    found.add(find_exact(key));
    found.add(any_);
    if (!domain.empty()) {
        look(domain_, domain);
        if (!below_.empty())
            for (std::size_t dot = domain.find('.'); dot != std::string::npos;
                 dot = domain.find('.', dot + 1))
                look(below_, domain.substr(dot + 1));
        if (const auto sides = affixes_->by_domain.find(domain); sides != affixes_->by_domain.end())
            sides->second.find(local, add);
        if (!across_->below.empty())
            for (std::size_t dot = domain.find('.'); dot != std::string::npos;
                 dot = domain.find('.', dot + 1))
                if (const auto locals = across_->below.find(domain.substr(dot + 1));
                    locals != across_->below.end())
                    locals->second.find(local, add);
        for (const auto& [domains, locals] : across_->hosted)
            if (in_hosted_table || domains->contains(domain)) locals.find(local, add);
    }
    if (!regexes_->patterns.empty() && regex_may_claim(key)) {
        std::vector<int> hits;
        RE2::Set::ErrorInfo error{};
        const bool known = regexes_->set && (regexes_->set->Match(key, &hits, &error) ||
                                             error.kind == RE2::Set::kNoError);
        std::vector<RuleNumber> rules;
        if (known)
            for (const int hit : hits)
                rules.push_back(regexes_->patterns[static_cast<std::size_t>(hit)].second);
        else
            for (const auto& [pattern, rule] : regexes_->patterns)
                if (RE2::FullMatch(key, *pattern->regex())) rules.push_back(rule);
        found.own(std::move(rules));
    }
    return found;
}

Postings PatternIndex::find(const Address& address) const {
    if (empty_) return {};
    return find_text(address_key(address), ascii_lower(address.local), address.domain,
                     address.in_hosted_table);
}

Postings PatternIndex::find_templated(const Address& address) const {
    Postings found;
    for (const std::string& domain : {address.domain, std::string()})
        if (const auto entry = templated_.find(domain); entry != templated_.end())
            found.add(entry->second);
    return found;
}

Postings PatternIndex::find_any() const {
    Postings found;
    found.add(any_);
    return found;
}

Postings PatternIndex::find(const Login& login) const {
    if (empty_) return {};
    return find_text(login_key(login), ascii_lower(login.user), login.realm, login.in_hosted_table);
}

Postings PatternIndex::find_null() const {
    Postings found;
    found.add(null_);
    return found;
}

}  // namespace relaypermit
