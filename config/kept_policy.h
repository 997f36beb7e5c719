// The texts of a policy as they were read, and a policy from such texts: what outlives the process
// that read them. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/load.h"

namespace relaypermit {

struct PolicyText {
    std::string name{};
    std::string text{};
};

// load_policy(), which also gives what it has read; `texts` is of no use where there are errors.
[[nodiscard]] Loaded load_policy(const std::filesystem::path& path, std::string_view host_name,
                                 std::vector<PolicyText>& texts);
// The same from texts that it gave, in their order.
[[nodiscard]] Loaded load_kept_policy(const std::vector<PolicyText>& texts,
                                      std::string_view host_name);

// What was in force.
struct KeptTexts {
    std::vector<PolicyText> policy{};
    // The text of policy.d/00-suspended.toml that took the place of the one in `policy`, because
    // the rest had mistakes by then; "" where that file was gone; nullopt: it is that in `policy`.
    std::optional<std::string> suspensions{};
};

// The texts of one policy in memory that every process shares which is forked from this one: the
// one that comes after a crash finds there what the one before it had in force. One process writes
// at a time; what is there stays whole until the next is, even where it dies in between.
class KeptPolicy {
  public:
    // Without memory to be had it keeps nothing.
    KeptPolicy();
    KeptPolicy(const KeptPolicy&) = delete;
    KeptPolicy& operator=(const KeptPolicy&) = delete;
    ~KeptPolicy();

    // A policy that was read without mistakes, with its own suspensions. The error, a clause; what
    // was kept before is then kept on.
    [[nodiscard]] tl::expected<void, std::string> keep(const std::vector<PolicyText>& texts) const;
    // Other suspensions on the policy that is kept; the error as above, and where none is.
    [[nodiscard]] tl::expected<void, std::string> keep_suspensions(std::string text) const;
    // What was kept last; nullopt where there is nothing.
    [[nodiscard]] std::optional<KeptTexts> read() const;

  private:
    struct Whole {
        std::uint64_t number{};  // of the times that something was kept
        KeptTexts texts{};
    };
    [[nodiscard]] static std::optional<Whole> whole_of(int descriptor);
    [[nodiscard]] tl::expected<void, std::string> write(const KeptTexts& texts) const;

    int descriptors_[2];
    int fault_{};  // the errno where there was no memory
};

}  // namespace relaypermit
