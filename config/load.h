// Reads policy.toml and policy.d/*.toml. The only door for TOML into the program; toml++ stays
// behind it. Reads files; any thread, no shared state.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/settings.h"
#include "config/test_case.h"
#include "policy/policy.h"

namespace relaypermit {

inline constexpr std::size_t max_policy_bytes = std::size_t{64} * 1024 * 1024;

// A file as it was read. The checksum is its SHA-256; empty: it could not be read.
struct ReadFile {
    std::string name{};
    std::string checksum{};

    friend bool operator==(const ReadFile&, const ReadFile&) = default;
};

// A policy file with its policy.d, read and compiled.
struct Loaded {
    std::shared_ptr<const Policy> policy{};  // null where there was an error
    Settings settings{};
    std::vector<TestCase> tests{};
    std::vector<std::string> groups{};  // names of [groups], for lint
    std::map<std::string, std::shared_ptr<const LoginGroup>, std::less<>> members{};  // of groups
    std::vector<std::string> files{};  // in the order in which they were read
    std::vector<ReadFile> read{};      // the same with their checksums; empty for a text
    // Where each setting outside the rules stands: "mode", "relay.hosted_domains", and for [relay]
    // each item of a list, "relay.hosted_domains[0]"; "groups.sales", "cause.<id>.text".
    std::map<std::string, Place, std::less<>> places{};
    // Every mistake, in source order, once. Empty where the policy is sound; warnings (lint) are
    // not made here.
    std::vector<Diagnostic> errors{};
};

// Reads `path` and then `policy.d/*.toml` beside it in order of name (bytes). Tables add up; a key
// that two files set is an error that names both places. A file that is missing, a directory,
// unreadable, larger than max_policy_bytes or not UTF-8 is one error each.
// `host_name` is the default of [server] name.
[[nodiscard]] Loaded load_policy(const std::filesystem::path& path, std::string_view host_name);

// The files as load_policy() would read them now.
[[nodiscard]] std::vector<ReadFile> policy_files(const std::filesystem::path& path);
// The names of the files that differ between two readings: changed, gone, or new.
[[nodiscard]] std::vector<std::string> changed_files(const std::vector<ReadFile>& before,
                                                     const std::vector<ReadFile>& now);
// [listen] of this one file without its policy.d, as far as it can be read.
[[nodiscard]] ListenSettings load_listen(const std::filesystem::path& path);

// [log] store of the policy; empty where it names none. The time that it takes hardly grows with
// the rules: they are passed over.
[[nodiscard]] std::string load_store_path(const std::filesystem::path& path);
// [server] name of the policy, likewise.
[[nodiscard]] std::string load_server_name(const std::filesystem::path& path);
// [login] subaddress_delimiter of the policy, or its default, likewise.
[[nodiscard]] std::string load_subaddress_delimiter(const std::filesystem::path& path);

// load_policy() from text, for tests and fuzzing; `name` stands in the diagnostics.
[[nodiscard]] Loaded load_policy_text(std::string_view text, std::string_view name,
                                      std::string_view host_name);

// The [[test]] entries of a case file, which holds nothing else. Whether a rule that they name
// exists shows when they are played.
struct LoadedCases {
    std::vector<TestCase> tests{};
    std::vector<Diagnostic> errors{};  // as in Loaded
};
[[nodiscard]] LoadedCases load_cases(const std::filesystem::path& path);
[[nodiscard]] LoadedCases load_cases_text(std::string_view text, std::string_view name);

}  // namespace relaypermit
