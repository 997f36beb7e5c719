// The rules of a policy, in the order of the file. A copy shares what share() was called on, so
// that a policy with one rule more or another one in place of one costs that rule and no copy of
// the 100,000 beside it. A value; any thread.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace relaypermit {

template <typename Rule>
class RuleList {
  public:
    using value_type = Rule;
    using Shared = std::shared_ptr<const std::vector<Rule>>;

    class Iterator {
      public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = Rule;
        using difference_type = std::ptrdiff_t;
        using pointer = const Rule*;
        using reference = const Rule&;

        Iterator() = default;
        Iterator(const RuleList& list, std::size_t number) : list_(&list), number_(number) {}
        [[nodiscard]] reference operator*() const { return (*list_)[number_]; }
        [[nodiscard]] pointer operator->() const { return &(*list_)[number_]; }
        Iterator& operator++() {
            ++number_;
            return *this;
        }
        Iterator operator++(int) { return std::exchange(*this, Iterator(*list_, number_ + 1)); }
        friend bool operator==(const Iterator&, const Iterator&) = default;

      private:
        const RuleList* list_{};
        std::size_t number_{};
    };

    RuleList() = default;
    // Converts, because it stands where a vector would.
    // NOLINTNEXTLINE(google-explicit-constructor)
    RuleList(std::vector<Rule> rules) : added_(std::move(rules)) {}
    RuleList(std::initializer_list<Rule> rules) : added_(rules) {}

    [[nodiscard]] std::size_t size() const { return shared_size() + added_.size(); }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] const Rule& operator[](std::size_t number) const {
        if (number >= shared_size()) return added_[number - shared_size()];
        if (!changed_.empty())
            if (const auto changed = changed_.find(number); changed != changed_.end())
                return changed->second;
        return (*shared_)[number];
    }
    [[nodiscard]] const Rule& at(std::size_t number) const {
        if (number >= size()) throw std::out_of_range("RuleList");
        return (*this)[number];
    }
    [[nodiscard]] const Rule& back() const { return (*this)[size() - 1]; }
    [[nodiscard]] Iterator begin() const { return {*this, 0}; }
    [[nodiscard]] Iterator end() const { return {*this, size()}; }

    void reserve(std::size_t rules) { added_.reserve(rules); }
    void push_back(Rule rule) { added_.push_back(std::move(rule)); }
    void clear() { *this = RuleList(); }
    // A rule to write to; what is shared is not written to, so the list then has one of its own.
    [[nodiscard]] Rule& edit(std::size_t number) {
        if (number >= shared_size()) return added_[number - shared_size()];
        return changed_.try_emplace(number, (*shared_)[number]).first->second;
    }

    // From now on copies share the rules that are there. Does nothing where some are shared
    // already.
    void share() {
        if (!shared_)
            shared_ = std::make_shared<const std::vector<Rule>>(std::exchange(added_, {}));
    }
    // The first rules, as they were; null before share().
    [[nodiscard]] const Shared& shared() const { return shared_; }
    [[nodiscard]] std::size_t shared_size() const { return shared_ ? shared_->size() : 0; }
    // Rules that stand in place of shared ones, by their numbers. All from shared_size() on were
    // added.
    [[nodiscard]] const std::map<std::size_t, Rule>& changed() const { return changed_; }

  private:
    Shared shared_{};
    std::map<std::size_t, Rule> changed_{};
    std::vector<Rule> added_{};
};

}  // namespace relaypermit
