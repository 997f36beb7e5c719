// A list that has one item nearly always: that one stands in the list itself, as an allocation of
// its own would double what it takes. A value; any thread.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <utility>
#include <variant>
#include <vector>

#include "policy/rare.h"

namespace relaypermit {

template <typename T>
class OneOrMany {
  public:
    using value_type = T;

    OneOrMany() = default;
    // Converts, because it stands where a vector would.
    // NOLINTNEXTLINE(google-explicit-constructor)
    OneOrMany(std::vector<T> items) {
        if (items.size() == 1)
            items_ = std::move(items.front());
        else if (!items.empty())
            items_ = Many(std::move(items));
    }
    OneOrMany(std::initializer_list<T> items) : OneOrMany(std::vector<T>(items)) {}

    [[nodiscard]] const T* data() const {
        const T* one = std::get_if<T>(&items_);
        return one != nullptr ? one : std::get<Many>(items_)->data();
    }
    [[nodiscard]] std::size_t size() const {
        return std::holds_alternative<T>(items_) ? 1 : std::get<Many>(items_)->size();
    }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] const T* begin() const { return data(); }
    [[nodiscard]] const T* end() const { return data() + size(); }
    [[nodiscard]] const T& operator[](std::size_t number) const { return data()[number]; }
    [[nodiscard]] const T& front() const { return data()[0]; }
    [[nodiscard]] const T& back() const { return data()[size() - 1]; }

    void push_back(T item) {
        if (empty()) {
            items_ = std::move(item);
            return;
        }
        if (T* one = std::get_if<T>(&items_)) {
            std::vector<T> many;
            many.push_back(std::move(*one));
            items_ = Many(std::move(many));
        }
        std::get<Many>(items_).edit().push_back(std::move(item));
    }

  private:
    using Many = Rare<std::vector<T>>;
    std::variant<Many, T> items_{};
};

}  // namespace relaypermit
