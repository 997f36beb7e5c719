#include "config/load.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <system_error>
#include <utility>

#include "config/checksum.h"
#include "config/compact_copy.h"
#include "config/document.h"
#include "config/habits.h"
#include "config/kept_policy.h"
#include "config/policy_file.h"
#include "config/recovered_listen.h"
#include "config/sections.h"
#include "config/toml_statements.h"

namespace relaypermit {
namespace {

constexpr std::string_view alias = "alias";
constexpr std::string_view restrict_name = "restrict";
constexpr std::string_view alias_table = "alias_table";
constexpr std::string_view domain_table = "domain_table";
constexpr std::string_view groups = "groups";
constexpr std::string_view networks = "networks";
constexpr std::string_view cause = "cause";
constexpr std::string_view test = "test";
constexpr std::array others = {alias,  restrict_name, alias_table, domain_table,
                               groups, networks,      cause,       test};

// Adds the tables of a further file to those of the files before it.
void merge(Reader& reader, Node& into, Node&& from) {
    for (Entry& entry : from.entries()) {
        auto& entries = into.entries();
        const auto first = std::find_if(entries.begin(), entries.end(),
                                        [&](const Entry& other) { return other.key == entry.key; });
        if (first == entries.end()) {
            entries.push_back(std::move(entry));
        } else if (first->value.kind == Node::Kind::table &&
                   entry.value.kind == Node::Kind::table) {
            merge(reader, first->value, std::move(entry.value));
        } else if (first->value.is_array_of_tables() && entry.value.is_array_of_tables()) {
            auto& items = first->value.items();
            std::move(entry.value.items().begin(), entry.value.items().end(),
                      std::back_inserter(items));
        } else {
            const bool same_kind = first->value.kind == entry.value.kind;
            reader.error(
                entry.position,
                in_backticks(entry.key) +
                    (same_kind ? " is set twice" : " is of another kind elsewhere"),
                (same_kind ? "first at " : "at ") + to_string(reader.place(first->position)));
        }
    }
}

void unknown_at_top(Reader& reader, const Entry& entry) {
    std::vector<std::string_view> tables;
    std::vector<std::string_view> keys;
    for (const TableInfo& table : policy_schema()) {
        if (!table.name.empty()) tables.push_back(table.name.substr(0, table.name.find('.')));
        for (const KeyInfo& key : table.keys)
            if (table.name.empty()) keys.push_back(key.key);
    }
    const bool list = entry.value.is_array_of_tables();
    if (entry.value.kind == Node::Kind::table || list) {
        std::string near = did_you_mean(entry.key, tables);
        if (near.empty()) near = table_of_habit(entry.key);
        // [causes.sender-not-owned] is known by the table in it.
        const Entry* const inner =
            near == cause && !list && !entry.value.entries().empty() &&
                    entry.value.entries().front().value.kind == Node::Kind::table
                ? &entry.value.entries().front()
                : nullptr;
        std::string help;
        for (const TableInfo& table : policy_schema()) {
            if (near.empty() || table.name.substr(0, table.name.find('.')) != near) continue;
            help = "did you mean " +
                   (inner ? "[cause." + inner->key + "]" : std::string(table.header)) + "?";
            break;
        }
        if (cause_from(entry.key)) help = "did you mean [cause." + entry.key + "]?";
        const std::string name = entry.key + (inner ? "." + inner->key : std::string());
        const Position& header = inner ? inner->value.position : entry.value.position;
        reader.error(entry.value.by_header || inner ? header : entry.position,
                     "unknown table " + (list ? "[[" + name + "]]" : "[" + name + "]"), help);
        return;
    }
    keys.insert(keys.end(), tables.begin(), tables.end());
    reader.enter("at the top of the file");
    reader.unknown_key(entry, keys);
}

void read_root(Reader& reader, const Node& root, Draft& draft) {
    const auto each = [&](std::string_view key, auto&& read) {
        for (const Entry& entry : root.entries())
            if (entry.key == key) read(entry);
    };
    // What other tables refer to comes first, wherever it stands.
    each(networks, [&](const Entry& entry) {
        if (reader.is_table(entry, networks)) read_networks(reader, entry.value, draft);
    });
    for (const Entry& entry : root.entries()) {
        if (read_general(reader, entry, draft)) continue;
        if (std::find(others.begin(), others.end(), entry.key) == others.end())
            unknown_at_top(reader, entry);
    }
    draft.hosted = std::make_shared<const DomainSet>(draft.source.hosted_domains);
    each(groups, [&](const Entry& entry) {
        if (reader.is_table(entry, groups)) read_groups(reader, entry.value, draft);
    });
    each(cause, [&](const Entry& entry) {
        if (reader.is_table(entry, cause)) read_causes(reader, entry.value, draft);
    });
    each(alias, [&](const Entry& entry) {
        if (reader.is_table_list(entry, alias)) read_aliases(reader, entry.value, draft);
    });
    each(restrict_name, [&](const Entry& entry) {
        if (reader.is_table_list(entry, restrict_name))
            read_restrictions(reader, entry.value, draft);
    });
    each(alias_table, [&](const Entry& entry) {
        if (reader.is_table_list(entry, alias_table)) read_alias_tables(reader, entry.value, draft);
    });
    each(domain_table, [&](const Entry& entry) {
        if (reader.is_table_list(entry, domain_table))
            read_domain_tables(reader, entry.value, draft);
    });
    each(test, [&](const Entry& entry) {
        if (reader.is_table_list(entry, test)) read_tests(reader, entry.value, draft.tests);
    });
}

Diagnostic cannot_read(const std::string& name, const std::string& why) {
    return {Severity::error, Place{name, 0, 0}, "cannot be read: " + why, {}};
}

// Notes where every setting that is set stands; the rules keep their places themselves.
void note_places(const Reader& reader, const Node& table, const std::string& prefix,
                 std::map<std::string, Place, std::less<>>& places) {
    for (const Entry& entry : table.entries()) {
        const std::string path = prefix + entry.key;
        places.emplace(path, reader.place(entry.position));
        if (entry.value.kind == Node::Kind::table) {
            note_places(reader, entry.value, path + ".", places);
        } else if (entry.value.kind == Node::Kind::array && prefix == "relay.") {
            std::size_t number = 0;
            for (const Node& item : entry.value.items())
                places.emplace(path + "[" + std::to_string(number++) + "]",
                               reader.place(item.position));
        }
    }
}

Draft draft_with_defaults(std::string_view host_name) {
    Draft draft;
    draft.source.server_name = host_name;
    draft.source.causes = default_causes();
    for (const std::string_view loopback : {"127.0.0.0/8", "::1/128"})
        if (const auto network = Network::parse(loopback))
            draft.source.trusted_networks.push_back({*network, {}});
    return draft;
}

Loaded load_sources(const std::vector<SourceText>& sources, std::vector<Diagnostic> unread,
                    std::vector<std::string> files, std::string_view host_name) {
    Loaded loaded;
    loaded.files = std::move(files);
    Reader reader(sources);
    if (!unread.empty()) reader.set_incomplete();
    Node root{Node::Kind::table, true, {}, std::vector<Entry>{}};
    for (std::uint32_t i = 0; i < sources.size(); ++i)
        merge(reader, root, read_document(reader, sources[i], i));
    if (root.entries().empty() && !reader.incomplete() && reader.sound()) {
        reader.error({0, 0, 0}, "the policy is empty: it would refuse all mail of users who log in",
                     "a policy begins with hosted_domains in [relay]");
    }

    Draft draft = draft_with_defaults(host_name);
    read_root(reader, root, draft);
    loaded.errors = reader.take_errors();
    loaded.errors.insert(loaded.errors.end(), unread.begin(), unread.end());
    sort_by_place(loaded.errors, loaded.files);
    loaded.settings = std::move(draft.settings);
    if (!loaded.errors.empty())
        for (const SourceText& source : sources)
            recover_listen(source.text(), loaded.settings.listen);
    loaded.tests = std::move(draft.tests);
    loaded.groups = std::move(draft.group_names);
    for (auto& [name, group] : draft.groups) loaded.members.emplace(name, std::move(group.logins));
    if (loaded.errors.empty()) {
        note_places(reader, root, "", loaded.places);
        // With 100,000 aliases the nodes are larger than what is made of them.
        root = Node{};
        PolicySource together = compact_copy(std::move(draft.source));
        loaded.policy = std::make_shared<const Policy>(std::move(together));
    }
    return loaded;
}

// What is read as policy, in order.
struct Files {
    std::vector<SourceText> sources{};
    std::vector<std::string> names{};
    std::vector<ReadFile> read{};
    std::vector<Diagnostic> unread{};
};

enum class Contents : std::uint8_t { read, checksums_alone };

Files read_files(const std::filesystem::path& path, Contents contents = Contents::read) {
    Files files;
    const auto add = [&](const std::filesystem::path& file) {
        const std::string& name = files.names.emplace_back(file.string());
        if (contents == Contents::checksums_alone) {
            files.read.push_back({name, checksum_of_policy_file(file).value_or(std::string())});
            return;
        }
        auto bytes = read_policy_file(file);
        files.read.push_back({name, bytes ? sha256(*bytes) : std::string()});
        if (bytes)
            files.sources.emplace_back(name, *std::move(bytes));
        else
            files.unread.push_back(cannot_read(name, bytes.error()));
    };
    add(path);

    const std::filesystem::path folder = path.parent_path() / "policy.d";
    std::error_code fault;
    std::vector<std::filesystem::path> more;
    for (std::filesystem::directory_iterator entry(folder, fault), end; !fault && entry != end;
         entry.increment(fault)) {
        const std::string name = entry->path().filename().string();
        // Editors keep their locks and drafts in files that begin with a dot.
        if (name.ends_with(".toml") && !name.starts_with('.')) more.push_back(entry->path());
    }
    if (fault && fault != std::errc::no_such_file_or_directory) {
        files.names.push_back(folder.string());
        files.read.push_back({folder.string(), {}});
        files.unread.push_back(cannot_read(folder.string(), reason_of(fault.value())));
    }
    std::sort(more.begin(), more.end(), [](const auto& a, const auto& b) {
        return a.filename().string() < b.filename().string();
    });
    for (const auto& file : more) add(file);
    return files;
}

}  // namespace

Loaded load_policy(const std::filesystem::path& path, std::string_view host_name) {
    Files files = read_files(path);
    Loaded loaded =
        load_sources(files.sources, std::move(files.unread), std::move(files.names), host_name);
    loaded.read = std::move(files.read);
    return loaded;
}

Loaded load_policy(const std::filesystem::path& path, std::string_view host_name,
                   std::vector<PolicyText>& texts) {
    Files files = read_files(path);
    for (const SourceText& source : files.sources)
        texts.push_back({source.name(), std::string(source.text())});
    Loaded loaded =
        load_sources(files.sources, std::move(files.unread), std::move(files.names), host_name);
    loaded.read = std::move(files.read);
    return loaded;
}

Loaded load_kept_policy(const std::vector<PolicyText>& texts, std::string_view host_name) {
    std::vector<SourceText> sources;
    std::vector<std::string> names;
    std::vector<ReadFile> read;
    for (const PolicyText& one : texts) {
        sources.emplace_back(one.name, one.text);
        names.push_back(one.name);
        read.push_back({one.name, sha256(one.text)});
    }
    Loaded loaded = load_sources(sources, {}, std::move(names), host_name);
    loaded.read = std::move(read);
    return loaded;
}

std::vector<ReadFile> policy_files(const std::filesystem::path& path) {
    return read_files(path, Contents::checksums_alone).read;
}

std::vector<std::string> changed_files(const std::vector<ReadFile>& before,
                                       const std::vector<ReadFile>& now) {
    std::vector<std::string> changed;
    const auto look = [&](const std::vector<ReadFile>& from, const std::vector<ReadFile>& in) {
        for (const ReadFile& file : from)
            if (std::find(in.begin(), in.end(), file) == in.end() &&
                std::find(changed.begin(), changed.end(), file.name) == changed.end())
                changed.push_back(file.name);
    };
    look(now, before);
    look(before, now);
    return changed;
}

namespace {

// One table of the settings, with nothing else read. Mistakes are for who loads the policy; whether
// there are any is the answer.
bool read_setting(const std::string& name, std::string_view text, std::string_view table,
                  Draft& draft) {
    std::vector<SourceText> sources;
    sources.emplace_back(name, statements_about(text, table));
    Reader reader(sources);
    const Node root = read_document(reader, sources.front(), 0);
    for (const Entry& entry : root.entries())
        if (entry.key == table) (void)read_general(reader, entry, draft);
    return reader.sound();
}

}  // namespace

ListenSettings load_listen(const std::filesystem::path& path) {
    Draft draft;
    if (const auto bytes = read_policy_file(path))
        if (!read_setting(path.string(), *bytes, "listen", draft))
            recover_listen(*bytes, draft.settings.listen);
    return draft.settings.listen;
}

std::string load_store_path(const std::filesystem::path& path) {
    const Files files = read_files(path);
    for (const SourceText& source : files.sources) {
        Draft draft;
        read_setting(source.name(), source.text(), "log", draft);
        if (!draft.settings.log.store.empty()) return draft.settings.log.store;
    }
    return {};
}

std::string load_server_name(const std::filesystem::path& path) {
    const Files files = read_files(path);
    for (const SourceText& source : files.sources) {
        Draft draft;
        read_setting(source.name(), source.text(), "server", draft);
        if (!draft.source.server_name.empty()) return draft.source.server_name;
    }
    return {};
}

std::string load_subaddress_delimiter(const std::filesystem::path& path) {
    const std::string by_default = PolicySource{}.subaddress_delimiter;
    const Files files = read_files(path);
    for (const SourceText& source : files.sources) {
        Draft draft;
        read_setting(source.name(), source.text(), "login", draft);
        if (draft.source.subaddress_delimiter != by_default)
            return draft.source.subaddress_delimiter;
    }
    return by_default;
}

Loaded load_policy_text(std::string_view text, std::string_view name, std::string_view host_name) {
    std::vector<SourceText> sources;
    sources.emplace_back(std::string(name), std::string(text));
    return load_sources(sources, {}, {std::string(name)}, host_name);
}

LoadedCases load_cases(const std::filesystem::path& path) {
    auto bytes = read_policy_file(path);
    if (bytes) return load_cases_text(*bytes, path.string());
    LoadedCases cases;
    cases.errors.push_back(cannot_read(path.string(), bytes.error()));
    return cases;
}

LoadedCases load_cases_text(std::string_view text, std::string_view name) {
    std::vector<SourceText> sources;
    sources.emplace_back(std::string(name), std::string(text));
    Reader reader(sources);
    LoadedCases cases;
    const Node root = read_document(reader, sources.front(), 0);
    for (const Entry& entry : root.entries()) {
        if (entry.key != test) {
            reader.error(
                entry.position,
                "a case file holds [[test]] and nothing else, not " + in_backticks(entry.key),
                "the rest is for the policy file");
        } else if (reader.is_table_list(entry, test)) {
            read_tests(reader, entry.value, cases.tests);
        }
    }
    if (root.entries().empty() && reader.sound())
        reader.error({0, 0, 0}, "the file has no tests", "a test begins with [[test]]");
    cases.errors = reader.take_errors();
    sort_by_place(cases.errors, {std::string(name)});
    return cases;
}

}  // namespace relaypermit
