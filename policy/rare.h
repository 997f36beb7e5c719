// What few rules have, at 8 bytes where they have none of it. A value; any thread.
#pragma once

#include <memory>
#include <utility>

namespace relaypermit {

// Reads as a `T{}` until it is edited. Copies are copies, as of a T.
template <typename T>
class Rare {
  public:
    Rare() = default;
    // Converts, because it stands where a T would.
    // NOLINTNEXTLINE(google-explicit-constructor)
    Rare(T value) : value_(std::make_unique<T>(std::move(value))) {}
    Rare(const Rare& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
    Rare(Rare&&) noexcept = default;
    Rare& operator=(Rare other) noexcept {
        value_ = std::move(other.value_);
        return *this;
    }
    ~Rare() = default;

    [[nodiscard]] const T& operator*() const {
        // Never destroyed: a session's thread may still read it while the process ends.
        static const T* const none = new T{};
        return value_ ? *value_ : *none;
    }
    [[nodiscard]] const T* operator->() const { return &**this; }
    [[nodiscard]] T& edit() {
        if (!value_) value_ = std::make_unique<T>();
        return *value_;
    }

  private:
    std::unique_ptr<T> value_{};
};

}  // namespace relaypermit
