#include "config/load.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "config/policy_file.h"
#include "config/sections.h"

namespace relaypermit {
namespace {

constexpr std::string_view alias = "alias";
constexpr std::string_view restrict_name = "restrict";
constexpr std::string_view groups = "groups";
constexpr std::string_view cause = "cause";
constexpr std::string_view test = "test";

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
            reader.error(entry.position, "`" + entry.key + "` is set twice",
                         "first at " + to_string(reader.place(first->position)));
        }
    }
}

void read_root(Reader& reader, const Node& root, Draft& draft) {
    // What other tables refer to comes first, wherever it stands.
    for (const Entry& entry : root.entries()) {
        if (read_general(reader, entry, draft)) continue;
        const bool other = entry.key == alias || entry.key == restrict_name ||
                           entry.key == groups || entry.key == cause || entry.key == test;
        if (other) continue;
        reader.enter("at the top of the file");
        std::vector<std::string_view> known;
        for (const TableInfo& table : policy_schema()) {
            if (table.name.empty()) {
                for (const KeyInfo& key : table.keys) known.push_back(key.key);
            } else {
                known.push_back(table.name.substr(0, table.name.find('.')));
            }
        }
        reader.unknown_key(entry, known);
    }
    const auto each = [&](std::string_view key, auto&& read) {
        for (const Entry& entry : root.entries()) {
            if (entry.key == key) read(entry);
        }
    };
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
        if (reader.is_table_list(entry, restrict_name)) {
            read_restrictions(reader, entry.value, draft);
        }
    });
    each(test, [&](const Entry& entry) {
        if (reader.is_table_list(entry, test)) read_tests(reader, entry.value, draft.tests);
    });
}

Draft draft_with_defaults(std::string_view host_name) {
    Draft draft;
    draft.source.server_name = host_name;
    draft.source.causes = default_causes();
    for (const std::string_view loopback : {"127.0.0.0/8", "::1/128"}) {
        if (const auto network = Network::parse(loopback)) {
            draft.source.trusted_networks.push_back({*network, {}});
        }
    }
    return draft;
}

Loaded load_sources(const std::vector<SourceText>& sources, std::vector<Diagnostic> unread,
                    std::vector<std::string> files, std::string_view host_name) {
    Loaded loaded;
    loaded.files = std::move(files);
    Reader reader(sources);
    if (!unread.empty()) reader.set_incomplete();
    Node root{Node::Kind::table, true, {}, std::vector<Entry>{}};
    for (std::uint32_t i = 0; i < sources.size(); ++i) {
        if (const auto fault = sources[i].unusable_byte()) {
            reader.error({i, fault->line, fault->column}, fault->why, fault->help);
            reader.set_incomplete();
            continue;
        }
        auto document = parse_toml(sources[i], i);
        if (!document) {
            reader.error(document.error().position, "not TOML: " + document.error().why,
                         "nothing behind this place was read");
            reader.set_incomplete();
            continue;
        }
        merge(reader, root, *std::move(document));
    }

    Draft draft = draft_with_defaults(host_name);
    read_root(reader, root, draft);
    loaded.errors = reader.take_errors();
    loaded.errors.insert(loaded.errors.end(), unread.begin(), unread.end());
    sort_by_place(loaded.errors, loaded.files);
    loaded.settings = std::move(draft.settings);
    loaded.tests = std::move(draft.tests);
    loaded.groups = std::move(draft.group_names);
    if (loaded.errors.empty()) {
        loaded.policy = std::make_shared<const Policy>(std::move(draft.source));
    }
    return loaded;
}

}  // namespace

Loaded load_policy(const std::filesystem::path& path, std::string_view host_name) {
    std::vector<SourceText> sources;
    std::vector<std::string> files;
    std::vector<Diagnostic> unread;
    const auto cannot_read = [&](const std::string& name, const std::string& why) {
        unread.push_back({Severity::error, Place{name, 0, 0}, "cannot be read: " + why, {}});
    };
    const auto add = [&](const std::filesystem::path& file) {
        const std::string& name = files.emplace_back(file.string());
        auto bytes = read_policy_file(file);
        if (bytes) {
            sources.emplace_back(name, *std::move(bytes));
        } else {
            cannot_read(name, bytes.error());
        }
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
        files.push_back(folder.string());
        cannot_read(folder.string(), fault.message());
    }
    std::sort(more.begin(), more.end(), [](const auto& a, const auto& b) {
        return a.filename().string() < b.filename().string();
    });
    for (const auto& file : more) add(file);
    return load_sources(sources, std::move(unread), std::move(files), host_name);
}

Loaded load_policy_text(std::string_view text, std::string_view name, std::string_view host_name) {
    std::vector<SourceText> sources;
    sources.emplace_back(std::string(name), std::string(text));
    return load_sources(sources, {}, {std::string(name)}, host_name);
}

}  // namespace relaypermit
