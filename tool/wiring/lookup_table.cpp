#include "tool/wiring/lookup_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>
#include <optional>

#include "policy/ascii.h"
#include "tool/base/file_text.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/run_program.h"

namespace relaypermit {
namespace {

struct Name {
    std::string type{};
    std::string rest{};
};

Name split_name(std::string_view name) {
    const std::size_t colon = name.find(':');
    return {ascii_lower(name.substr(0, colon)),
            colon == std::string_view::npos ? "" : std::string(name.substr(colon + 1))};
}

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
    for (const std::string_view one : words)
        if (one == word) return true;
    return false;
}

LookupTable unknown(LookupTable table, std::string why) {
    table.kind = LookupTable::Kind::unknown;
    table.why = std::move(why);
    table.entries.clear();
    table.patterns.clear();
    return table;
}

// The line of the source at which each key stands first.
std::map<std::string, std::size_t, std::less<>> lines_of_keys(const std::string& path) {
    std::map<std::string, std::size_t, std::less<>> lines;
    if (const auto text = file_text(path))
        for (const LogicalLine& line : logical_lines(*text))
            lines.emplace(
                ascii_lower(std::string_view(line.text).substr(0, line.text.find_first_of(" \t"))),
                line.number);
    return lines;
}

// "postmap: fatal: open database ...: No such file or directory" without its beginning.
std::string last_complaint(const ProgramOutput& done) {
    std::string complaint;
    for (const LogicalLine& line : logical_lines(done.err)) {
        const std::size_t fatal = line.text.find("fatal: ");
        if (fatal != std::string::npos) complaint = line.text.substr(fatal + 7);
    }
    return complaint.empty() ? "postmap ended with " + std::to_string(done.status) : complaint;
}

// Takes lines of "key<tab>value" as postmap prints them.
void take_entries(LookupTable& table, std::string_view printed, const std::string& source) {
    const auto lines = source.empty() ? decltype(lines_of_keys(source))() : lines_of_keys(source);
    while (!printed.empty()) {
        const std::string_view line = printed.substr(0, printed.find('\n'));
        printed.remove_prefix(std::min(line.size() + 1, printed.size()));
        const std::size_t tab = line.find('\t');
        if (tab == std::string_view::npos) continue;
        TableEntry entry{std::string(line.substr(0, tab)), std::string(line.substr(tab + 1)),
                         table.origin};
        // Postfix asks in lower case: what a table was made to hold otherwise is never found.
        if (entry.key != ascii_lower(entry.key)) {
            table.mistakes.push_back({table.origin, entry.key,
                                      "Postfix asks for it in lower case, and never finds it",
                                      true});
            continue;
        }
        if (const auto found = lines.find(entry.key); found != lines.end())
            entry.origin.line = found->second;
        table.entries.push_back(std::move(entry));
    }
}

// A CDB cannot be listed: it is asked for each key of its source, where it was made of that.
LookupTable asked(LookupTable table, const std::string& source, const std::string& directory) {
    std::error_code error;
    const auto made = std::filesystem::last_write_time(source + ".cdb", error);
    const auto written = error ? made : std::filesystem::last_write_time(source, error);
    if (error || written > made) {
        std::string why =
            "postmap cannot list a cdb, and its source is newer or not there: run `postmap " +
            table.name + "`";
        return unknown(std::move(table), std::move(why));
    }
    std::string keys;
    for (const auto& [key, line] : lines_of_keys(source)) keys += key + "\n";
    const auto done = run_program({"postmap", "-c", directory, "-q", "-", table.name}, keys);
    // 1: some were not found.
    if (!done) return unknown(std::move(table), done.error());
    if (done->status > 1) return unknown(std::move(table), last_complaint(*done));
    take_entries(table, done->out, source);
    return table;
}

// What postmap lists: the table as Postfix would ask it, whatever its source says by now.
LookupTable listed(LookupTable table, const std::string& path, const std::string& directory) {
    const auto done = run_program({"postmap", "-c", directory, "-s", table.name});
    if (!done) return unknown(std::move(table), done.error());
    if (done->status != 0) {
        std::string complaint = last_complaint(*done);
        if (complaint.find("sequence operation is not supported") != std::string::npos &&
            table.name.starts_with("cdb:"))
            return asked(std::move(table), path, directory);
        return unknown(std::move(table), std::move(complaint));
    }
    // postmap only warns of it.
    if (table.name.starts_with("texthash:") &&
        done->err.find("duplicate entry") != std::string::npos)
        table.mistakes.push_back(
            {table.origin, table.name,
             "a key stands in it twice, for which Postfix refuses the whole table and defers all "
             "mail: here the first counts"});
    take_entries(table, done->out, path);
    return table;
}

LookupTable pattern_table(LookupTable table, const std::string& path, PatternSyntax syntax) {
    const auto text = file_text(path);
    if (!text) return unknown(std::move(table), "cannot read " + path);
    PatternLines read = read_pattern_table(*text, path, syntax);
    table.kind = LookupTable::Kind::patterns;
    table.patterns = std::move(read.lines);
    table.mistakes = std::move(read.mistakes);
    return table;
}

std::vector<LookupTable> members_of(const std::string& rest, const std::string& directory,
                                    const FileLine& setting, QueryOf of) {
    std::vector<LookupTable> members;
    if (rest.size() < 2 || rest.front() != '{' || rest.back() != '}') return members;
    for (const std::string& name : list_items(rest.substr(1, rest.size() - 2)))
        members.push_back(read_lookup_table(name, directory, setting, of));
    return members;
}

// The first member that is not a list of keys and values; null where all are.
const LookupTable* not_listed(const std::vector<LookupTable>& members) {
    for (const LookupTable& member : members)
        if (member.kind != LookupTable::Kind::entries) return &member;
    return nullptr;
}

// Every member is asked, and the answers stand behind each other.
LookupTable union_of(LookupTable table, const std::string& rest, const std::string& directory,
                     const FileLine& setting, QueryOf of) {
    std::vector<LookupTable> members = members_of(rest, directory, setting, of);
    if (members.empty()) return unknown(std::move(table), "it names no tables");
    if (of == QueryOf::domain_table) {
        table.members = std::move(members);
        return unknown(std::move(table), "a union");
    }
    if (const LookupTable* other = not_listed(members))
        return unknown(std::move(table),
                       "a union with " + other->name +
                           (other->why.empty() ? ", which is no list of keys" : ": " + other->why));
    std::map<std::string, std::size_t, std::less<>> places;
    for (const LookupTable& member : members) {
        for (const TableEntry& entry : member.entries) {
            const auto [place, added] = places.emplace(entry.key, table.entries.size());
            if (added)
                table.entries.push_back(entry);
            else
                table.entries[place->second].value += "," + entry.value;
        }
        table.mistakes.insert(table.mistakes.end(), member.mistakes.begin(), member.mistakes.end());
    }
    return table;
}

// The answer of each is what the next is asked.
LookupTable pipe_of(LookupTable table, const std::string& rest, const std::string& directory,
                    const FileLine& setting) {
    std::vector<LookupTable> members = members_of(rest, directory, setting, QueryOf::alias_table);
    if (members.empty()) return unknown(std::move(table), "it names no tables");
    if (members.front().kind != LookupTable::Kind::entries)
        return unknown(std::move(table), "its first table is no list of keys");
    table.entries = members.front().entries;
    for (std::size_t i = 1; i < members.size(); ++i) {
        const LookupTable& next = members[i];
        std::map<std::string, std::string, std::less<>> answers;
        for (const TableEntry& entry : next.entries) answers.emplace(entry.key, entry.value);
        if (next.kind == LookupTable::Kind::patterns || next.kind == LookupTable::Kind::unknown)
            return unknown(std::move(table), "a pipe through " + next.name);
        std::vector<TableEntry> kept;
        for (TableEntry& entry : table.entries) {
            const auto found = answers.find(ascii_lower(entry.value));
            if (next.kind != LookupTable::Kind::every_key && found == answers.end()) continue;
            entry.value = next.kind == LookupTable::Kind::every_key ? next.value : found->second;
            kept.push_back(std::move(entry));
        }
        table.entries = std::move(kept);
    }
    return table;
}

// A table that asks a server. What is shown of it is without its password.
LookupTable queried(LookupTable table, const Name& name, QueryOf of) {
    table.origin.file = name.rest;
    const auto text = file_text(name.rest);
    if (!text) return unknown(std::move(table), "cannot read " + name.rest);
    const std::vector<LogicalLine> lines = logical_lines(*text);
    for (const LogicalLine& line : lines) {
        const std::string_view key =
            without_blanks(std::string_view(line.text).substr(0, line.text.find('=')));
        if (key != "password" && key != "bind_pw") table.details.push_back(line.text);
        if (key == "query" || key == "query_filter") table.origin.line = line.number;
    }
    auto ours = queried_table(name.type, name.rest, lines, of);
    const bool of_senders = of == QueryOf::alias_table;
    if (!ours)
        return unknown(std::move(table), std::string(of_senders ? "an alias" : "a domain") +
                                             " table cannot stand for this " + name.type +
                                             " table: " + ours.error());
    table.queried = *std::move(ours);
    return unknown(
        std::move(table),
        of_senders ? "Postfix asks it beside other tables, and the first answer hides the others: "
                     "as an [[alias_table]] by sender it would grant more"
                   : "which domains it has is not listed");
}

}  // namespace

bool is_table_name(std::string_view item) {
    const std::size_t colon = item.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    for (const char c : item.substr(0, colon))
        if (std::isalpha(static_cast<unsigned char>(c)) == 0) return false;
    return item.find("::") != colon;
}

LookupTable read_lookup_table(const std::string& written, const std::string& directory,
                              const FileLine& setting, QueryOf of) {
    LookupTable table;
    table.name = written;
    Name name = split_name(written);
    while (name.type == "proxy") {  // through proxymap(8), which changes no answer
        table.name = name.rest;
        name = split_name(name.rest);
    }
    constexpr std::array<std::string_view, 6> listable = {"texthash", "hash", "btree",
                                                          "lmdb",     "cdb",  "dbm"};
    constexpr std::array<std::string_view, 4> queries = {"mysql", "pgsql", "sqlite", "ldap"};
    table.origin = {name.rest, 0};
    if (is_one_of(name.type, listable)) return listed(std::move(table), name.rest, directory);
    if (name.type == "regexp")
        return pattern_table(std::move(table), name.rest, PatternSyntax::regexp);
    if (name.type == "pcre") return pattern_table(std::move(table), name.rest, PatternSyntax::pcre);
    if (is_one_of(name.type, queries)) return queried(std::move(table), name, of);
    table.origin = setting;
    if (name.type == "inline") return listed(std::move(table), {}, directory);
    if (name.type == "unionmap")
        return union_of(std::move(table), name.rest, directory, setting, of);
    if (name.type == "pipemap") return pipe_of(std::move(table), name.rest, directory, setting);
    if (name.type == "static") {
        table.kind = LookupTable::Kind::every_key;
        table.value = name.rest;
        if (table.value.size() >= 2 && table.value.front() == '{' && table.value.back() == '}')
            table.value = std::string(
                without_blanks(std::string_view(table.value).substr(1, table.value.size() - 2)));
        return table;
    }
    if (name.type == "memcache")
        return unknown(std::move(table),
                       "memcache is a cache before another table: import that one, which the "
                       "`backup` of its file names");
    if (name.type == "tcp" || name.type == "socketmap")
        return unknown(std::move(table),
                       "what a " + name.type +
                           " server answers cannot be listed: have its list exported, and import "
                           "that with --csv");
    return unknown(std::move(table),
                   name.type == "fail"
                       ? "it never answers, so that Postfix defers all mail"
                       : "tables of the type " + name.type + " are not carried over");
}

}  // namespace relaypermit
