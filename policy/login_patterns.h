// The `logins` of a rule: patterns written there, and groups that it shares with other rules. Reads
// as one list of patterns, in the order of the file. A value; any thread.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "policy/pattern.h"
#include "policy/place.h"
#include "policy/rare.h"
#include "policy/shared_text.h"

namespace relaypermit {

// Of any list of addresses: senders and recipients have them too, as PlacedPattern.
struct LoginPattern {
    Pattern pattern;
    SharedText group{};  // the group that it is a member of; empty: written in the rule itself
    Place place{};
};

// [groups]: held once, however many rules name it.
struct LoginGroup {
    SharedText name{};
    std::vector<LoginPattern> members{};
};

class LoginPatterns {
  public:
    using value_type = LoginPattern;
    using Group = std::shared_ptr<const LoginGroup>;
    // Either a group, or what is written between two of them.
    struct Part {
        Group group{};
        std::vector<LoginPattern> written{};

        [[nodiscard]] std::span<const LoginPattern> patterns() const {
            return group ? std::span(group->members) : std::span(written);
        }
    };

    class Iterator {
      public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = LoginPattern;
        using difference_type = std::ptrdiff_t;
        using pointer = const LoginPattern*;
        using reference = const LoginPattern&;

        Iterator() = default;
        explicit Iterator(std::span<const LoginPattern> one)
            : at_(one.data()), end_(one.data() + one.size()) {}
        explicit Iterator(const std::vector<Part>& parts)
            : part_(parts.data()), last_(parts.data() + parts.size()) {
            enter_part();
        }
        [[nodiscard]] reference operator*() const { return *at_; }
        [[nodiscard]] pointer operator->() const { return at_; }
        Iterator& operator++() {
            if (++at_ == end_) {
                at_ = end_ = nullptr;
                if (part_ != last_) {
                    ++part_;
                    enter_part();
                }
            }
            return *this;
        }
        Iterator operator++(int) {
            Iterator before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(const Iterator& a, const Iterator& b) {
            return a.at_ == b.at_ && (a.at_ == nullptr || a.part_ == b.part_);
        }

      private:
        void enter_part() {
            for (; part_ != last_; ++part_)
                if (const auto patterns = part_->patterns(); !patterns.empty()) {
                    at_ = patterns.data();
                    end_ = at_ + patterns.size();
                    return;
                }
        }

        const LoginPattern* at_{};  // null at the end of all
        const LoginPattern* end_{};
        const Part* part_{};
        const Part* last_{};
    };

    LoginPatterns() = default;
    // Converts, because it stands where a vector would.
    // NOLINTNEXTLINE(google-explicit-constructor)
    LoginPatterns(std::vector<LoginPattern> written) {
        for (LoginPattern& login : written) push_back(std::move(login));
    }
    LoginPatterns(std::initializer_list<LoginPattern> written)
        : LoginPatterns(std::vector<LoginPattern>(written)) {}

    void push_back(LoginPattern written);
    void add(Group group);

    [[nodiscard]] Iterator begin() const {
        const LoginPattern* one = std::get_if<LoginPattern>(&logins_);
        return one != nullptr ? Iterator(std::span(one, 1)) : Iterator(*std::get<Many>(logins_));
    }
    [[nodiscard]] Iterator end() const { return {}; }
    [[nodiscard]] bool empty() const { return begin() == end(); }
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] const LoginPattern& front() const { return *begin(); }
    // Walks there.
    [[nodiscard]] const LoginPattern& operator[](std::size_t number) const {
        return *std::next(begin(), static_cast<std::ptrdiff_t>(number));
    }

    // Calls one of them for each part, in order: who need not look at each member of a group.
    template <typename OnWritten, typename OnGroup>
    void each_part(OnWritten on_written, OnGroup on_group) const {
        if (const LoginPattern* one = std::get_if<LoginPattern>(&logins_)) {
            on_written(std::span(one, 1));
            return;
        }
        for (const Part& part : *std::get<Many>(logins_))
            if (part.group)
                on_group(part.group);
            else
                on_written(std::span(part.written));
    }

  private:
    // Nearly every rule has one pattern and no group: that one stands here.
    using Many = Rare<std::vector<Part>>;
    [[nodiscard]] std::vector<Part>& parts();
    std::variant<Many, LoginPattern> logins_{};
};

}  // namespace relaypermit
