// The sections of a policy file, each a table of rows and a reader; load.cpp calls them in turn.
// Internal to config/. Used by one thread while a policy is loaded.
#pragma once

#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
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
    std::shared_ptr<const LoginGroup> logins{};  // what its members are in a list of logins
    // And in one of senders or recipients; made where the first one names the group.
    std::shared_ptr<const std::vector<PlacedPattern>> addresses{};
    const Node* members{};  // of the file; null where it is not a list
};

// What is being filled in while the tables are read.
struct Draft {
    PolicySource source{};
    Settings settings{};
    std::vector<TestCase> tests{};
    std::map<std::string, Group, std::less<>> groups{};
    std::vector<std::string> group_names{};  // in source order
    std::map<std::string, std::vector<PlacedNetwork>, std::less<>> networks{};
    std::vector<std::string> network_names{};  // in source order
    // What `hosted` means behind an @; set once [relay] is read.
    std::shared_ptr<const DomainSet> hosted{};
    // Ids of every rule that a record can name, and where each stands. They go when all is read,
    // from a piece of memory of their own: between the rules they would leave holes that are as
    // large as what stays, and that no page of is given back.
    std::unique_ptr<std::pmr::memory_resource> rule_id_memory{
        std::make_unique<std::pmr::monotonic_buffer_resource>()};
    std::pmr::unordered_map<std::pmr::string, Position> rule_ids{rule_id_memory.get()};
};

// section_general.cpp: the top of the file and its tables without rules. Answers whether the
// entry is one of theirs.
[[nodiscard]] bool read_general(Reader& reader, const Entry& entry, Draft& draft);
[[nodiscard]] std::vector<TableInfo> general_tables();

// section_listen.cpp: [listen], which section_general.cpp reads with the others.
[[nodiscard]] std::span<const Row<Draft>> listen_rows();
// After the whole table: the defaults of keys that it leaves out count too.
void check_listen(Reader& reader, const Node& table, const Draft& draft);
// And [metrics], whose socket is one of a front end too.
[[nodiscard]] std::span<const Row<Draft>> metrics_rows();
void check_metrics(Reader& reader, const Node& table, const Draft& draft);

// section_guide.cpp: [guide], likewise.
[[nodiscard]] std::span<const Row<Draft>> guide_rows();

// section_groups.cpp: [groups] and [networks], the names that rules may use.
void read_groups(Reader& reader, const Node& table, Draft& draft);
void read_networks(Reader& reader, const Node& table, Draft& draft);
[[nodiscard]] std::vector<TableInfo> group_tables();

// section_alias.cpp: [[alias]].
void read_aliases(Reader& reader, const Node& list, Draft& draft);
[[nodiscard]] std::vector<TableInfo> alias_tables();

// section_restrict.cpp: [[restrict]].
void read_restrictions(Reader& reader, const Node& list, Draft& draft);
[[nodiscard]] std::vector<TableInfo> restriction_tables();

// section_tables.cpp: [[alias_table]] and [[domain_table]]. The settings of the former come first
// in those of all tables.
void read_alias_tables(Reader& reader, const Node& list, Draft& draft);
[[nodiscard]] std::vector<TableInfo> alias_table_tables();
void read_domain_tables(Reader& reader, const Node& list, Draft& draft);
[[nodiscard]] std::vector<TableInfo> domain_table_tables();

// section_cause.cpp: [cause.<id>].
void read_causes(Reader& reader, const Node& table, Draft& draft);
[[nodiscard]] std::vector<TableInfo> cause_tables();

// section_test.cpp: [[test]].
void read_tests(Reader& reader, const Node& list, std::vector<TestCase>& tests);
[[nodiscard]] std::vector<TableInfo> test_tables();

}  // namespace relaypermit
