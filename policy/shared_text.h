// A text that many values name, such as the file of a thousand places: held once, in 8 bytes each
// (half a shared_ptr). A value; any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace relaypermit {

class SharedText {
  public:
    SharedText() = default;
    // These convert, because it stands where a std::string would: {"policy.toml", 12, 9}.
    // NOLINTNEXTLINE(google-explicit-constructor)
    SharedText(std::string_view text) : block_(text.empty() ? nullptr : new Block(text)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    SharedText(const std::string& text) : SharedText(std::string_view(text)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    SharedText(const char* text) : SharedText(std::string_view(text)) {}
    SharedText(const SharedText& other) : block_(other.block_) {
        if (block_ != nullptr) block_->users.fetch_add(1, std::memory_order_relaxed);
    }
    SharedText(SharedText&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    SharedText& operator=(SharedText other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~SharedText() {
        if (block_ != nullptr && block_->users.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete block_;
    }

    [[nodiscard]] bool empty() const { return block_ == nullptr; }
    [[nodiscard]] std::string_view view() const {
        return block_ == nullptr ? std::string_view() : std::string_view(block_->text);
    }
    [[nodiscard]] std::string str() const { return std::string(view()); }

    friend bool operator==(const SharedText& a, const SharedText& b) {
        return a.block_ == b.block_ || a.view() == b.view();
    }

  private:
    struct Block {
        explicit Block(std::string_view shared) : text(shared) {}
        std::atomic<std::uint32_t> users{1};
        const std::string text;
    };

    Block* block_{};
};

}  // namespace relaypermit
