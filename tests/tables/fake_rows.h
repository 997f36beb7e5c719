// A table that holds what a test gives it, and can be slow, hang or fail. Any thread.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tables/alias_table.h"

namespace relaypermit::testing {

class FakeRows final : public AliasTable {
  public:
    explicit FakeRows(Uses uses = {}, bool whole = false) : uses_(uses), whole_(whole) {}

    TableResult look_up(const TableKey& key) override {
        std::unique_lock lock(mutex_);
        const std::string name = key.sender.empty() ? to_string(key.login) : key.sender;
        asked_.push_back(name);
        changed_.notify_all();
        changed_.wait(lock, [&] { return !hangs_; });
        if (name.starts_with("'")) return {false, {}, {}, "a quote", true};
        if (!why_.empty()) return {false, {}, {}, why_};
        const auto row = rows_.find(name);
        if (row == rows_.end()) return {true, {}, {}, {}};
        return {true, {}, {row->second}, {}};
    }
    [[nodiscard]] Uses uses() const override { return uses_; }
    [[nodiscard]] bool is_for_whole_addresses() const override { return whole_; }

    void set(const std::string& key, const std::string& value) {
        const std::lock_guard lock(mutex_);
        rows_[key] = value;
    }
    void remove(const std::string& key) {
        const std::lock_guard lock(mutex_);
        rows_.erase(key);
    }
    // Empty: it works.
    void fail(std::string why) {
        const std::lock_guard lock(mutex_);
        why_ = std::move(why);
    }
    void hang(bool hangs) {
        const std::lock_guard lock(mutex_);
        hangs_ = hangs;
        changed_.notify_all();
    }
    void wait_until_asked(std::size_t times) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return asked_.size() >= times; });
    }
    // The keys since this was called last.
    std::vector<std::string> asked() {
        const std::lock_guard lock(mutex_);
        return std::exchange(asked_, {});
    }

  private:
    const Uses uses_;
    const bool whole_;
    std::mutex mutex_{};
    std::condition_variable changed_{};
    std::map<std::string, std::string> rows_{};
    std::vector<std::string> asked_{};
    std::string why_{};
    bool hangs_{};
};

}  // namespace relaypermit::testing
