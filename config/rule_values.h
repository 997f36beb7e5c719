// What the sections of rules share: patterns, the `logins` of a rule, ids, and keys that must stand
// there. Internal to config/. Used by one thread while a policy is loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/sections.h"

namespace relaypermit {

inline constexpr std::string_view group_prefix = "group:";
inline constexpr std::string_view network_prefix = "net:";

// What a list of patterns is for: whom a rule is about, or whom it leaves out (except_...).
enum class ListOf : std::uint8_t { subjects, exceptions };

// nullopt, and said, where it is not a pattern for its role.
[[nodiscard]] std::optional<Pattern> take_pattern(Reader& reader, const Node& item,
                                                  PatternRole role, const Draft& draft,
                                                  ListOf what = ListOf::subjects);
// The `logins` of a rule.
[[nodiscard]] LoginPatterns take_logins(Reader& reader, const Node& list, Draft& draft,
                                        ListOf what = ListOf::subjects);
// `since` and `until` of a rule. A day begins at 00:00 UTC and ends at 24:00 UTC.
void take_since(Reader& reader, const Node& value, Validity& time);
void take_until(Reader& reader, const Node& value, Validity& time);
// `fields` of a grant.
void take_fields(Reader& reader, const Node& value, GrantFields& fields);
// Says where a rule ends before it has begun; `table` is the rule.
void check_time(Reader& reader, const Node& table, std::string_view header, const Validity& time);
// A list of senders or recipients, in which `group:NAME` stands for the members of the group.
// `nodes`, where it is asked for, gets for each pattern where it is written.
[[nodiscard]] std::vector<PlacedPattern> take_addresses(Reader& reader, const Node& list,
                                                        PatternRole role, Draft& draft,
                                                        std::vector<const Node*>* nodes = nullptr,
                                                        ListOf what = ListOf::subjects);
// A list of networks, in which `net:NAME` stands for those of [networks].
[[nodiscard]] std::vector<PlacedNetwork> take_named_networks(Reader& reader, const Node& list,
                                                             const Draft& draft);
// The id of a rule, unique among all; empty, and said, where it is not usable.
[[nodiscard]] std::string take_id(Reader& reader, const Node& value, Draft& draft);

// Whether the table has the key, as written or mistyped, or had it before its text was damaged.
[[nodiscard]] bool is_there(const Reader& reader, const Node& table, std::string_view key);
// Says that `key` is missing, unless `value` was taken or the key is_there().
void require(Reader& reader, const Node& table, const Node* value, std::string_view header,
             std::string_view key, std::string_view help);
// A condition that is an empty list says nothing clear: no condition, or one that nobody meets?
void refuse_empty(Reader& reader, const Node* list, std::string_view key, std::string_view help);

}  // namespace relaypermit
