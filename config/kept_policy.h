// The texts of a policy as they were read, and a policy from such texts: what outlives the process
// that read them. Any thread.
#pragma once

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

    // The error, a clause; what was kept before is then kept on.
    [[nodiscard]] tl::expected<void, std::string> keep(const std::vector<PolicyText>& texts) const;
    // nullopt where there is nothing.
    [[nodiscard]] std::optional<std::vector<PolicyText>> read() const;

  private:
    int descriptors_[2];
};

}  // namespace relaypermit
