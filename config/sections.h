// The sections of a policy file, each a table of rows and a reader; load.cpp calls them in turn.
// Internal to config/. Used by one thread while a policy is loaded.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/reader.h"
#include "config/schema.h"
#include "config/settings.h"
#include "config/test_case.h"
#include "policy/policy_source.h"

namespace relaypermit {

struct Group {
    Position position{};
    std::vector<LoginPattern> logins{};
};

// What is being filled in while the tables are read.
struct Draft {
    PolicySource source{};
    Settings settings{};
    std::vector<TestCase> tests{};
    std::map<std::string, Group, std::less<>> groups{};
    std::vector<std::string> group_names{};  // in source order
    // Ids of every rule that a record can name, and where each stands.
    std::unordered_map<std::string, Position> rule_ids{};
    // Login patterns of all rules, groups resolved; see max_login_patterns.
    std::size_t login_patterns{};
};

// Groups are written out into each rule that names them; this bounds what that may come to.
inline constexpr std::size_t max_login_patterns = 2'000'000;

// section_general.cpp: the top of the file and its tables without rules. Answers whether the
// entry is one of theirs.
[[nodiscard]] bool read_general(Reader& reader, const Entry& entry, Draft& draft);
[[nodiscard]] std::vector<TableInfo> general_tables();

// section_groups.cpp: [groups].
void read_groups(Reader& reader, const Node& table, Draft& draft);
[[nodiscard]] std::vector<TableInfo> group_tables();

// section_alias.cpp: [[alias]].
void read_aliases(Reader& reader, const Node& list, Draft& draft);
[[nodiscard]] std::vector<TableInfo> alias_tables();

// section_restrict.cpp: [[restrict]].
void read_restrictions(Reader& reader, const Node& list, Draft& draft);
[[nodiscard]] std::vector<TableInfo> restriction_tables();

// section_alias_table.cpp: [[alias_table]].
void read_alias_tables(Reader& reader, const Node& list, Draft& draft);
[[nodiscard]] std::vector<TableInfo> alias_table_tables();

// section_cause.cpp: [cause.<id>].
void read_causes(Reader& reader, const Node& table, Draft& draft);
[[nodiscard]] std::vector<TableInfo> cause_tables();

// section_test.cpp: [[test]].
void read_tests(Reader& reader, const Node& list, std::vector<TestCase>& tests);
[[nodiscard]] std::vector<TableInfo> test_tables();

}  // namespace relaypermit
