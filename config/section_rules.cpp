// [groups], [[alias]] and [[restrict]].
#include <algorithm>
#include <array>

#include "config/sections.h"
#include "config/values.h"
#include "policy/address.h"

namespace relaypermit {
namespace {

std::string quoted(std::string_view text) {
    return "`" + std::string(text) + "`";
}

constexpr std::string_view group_prefix = "group:";
constexpr std::size_t max_id_bytes = 64;
// What records name beside the rules of the file.
constexpr std::array<std::string_view, 2> reserved_ids = {"own-address", "trusted-network"};

std::optional<Pattern> take_pattern(Reader& reader, const Node& item, PatternRole role,
                                    std::string_view default_realm) {
    auto pattern = Pattern::parse(item.text(), role, default_realm);
    if (pattern) return *std::move(pattern);
    PatternFault& fault = pattern.error();
    reader.error_inside(item, fault.offset, "pattern " + quoted(item.text()) + ": " + fault.why,
                        std::move(fault.help));
    return std::nullopt;
}

// The `logins` of a rule, groups written out.
std::vector<LoginPattern> take_logins(Reader& reader, const Node& list, Draft& draft) {
    std::vector<LoginPattern> logins;
    for (const Node& item : list.items()) {
        if (item.text().starts_with(group_prefix)) {
            const std::string name = item.text().substr(group_prefix.size());
            const auto group = draft.groups.find(name);
            if (group == draft.groups.end()) {
                if (reader.incomplete()) continue;
                const std::vector<std::string_view> known(draft.group_names.begin(),
                                                          draft.group_names.end());
                const std::string near = did_you_mean(name, known);
                reader.error_inside(item, group_prefix.size(), "unknown group " + quoted(name),
                                    near.empty() ? "groups are defined in [groups]"
                                                 : "did you mean `" + near + "`?");
                continue;
            }
            draft.login_patterns += group->second.logins.size();
            if (draft.login_patterns > max_login_patterns) {
                reader.error(item.position, "the rules name more than " +
                                                std::to_string(max_login_patterns) +
                                                " logins once their groups are written out");
                return logins;
            }
            for (const LoginPattern& member : group->second.logins) {
                logins.push_back(member);
                logins.back().group = name;
            }
            continue;
        }
        if (auto pattern =
                take_pattern(reader, item, PatternRole::login, draft.source.default_realm)) {
            logins.push_back({*std::move(pattern), {}, reader.place(item.position)});
            ++draft.login_patterns;
        }
    }
    return logins;
}

// An id stands in the log, where rules are separated by commas.
bool is_id(std::string_view id) {
    const auto is_alnum = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !id.empty() && id.size() <= max_id_bytes && is_alnum(id.front()) &&
           std::all_of(id.begin(), id.end(), [&](char c) {
               return is_alnum(c) || std::string_view("._-+@:/").find(c) != std::string_view::npos;
           });
}

std::string take_id(Reader& reader, const Node& value, Draft& draft) {
    const std::string& id = value.text();
    if (!is_id(id)) {
        reader.error(value.position, quoted(id) + " is not a usable id",
                     "at most 64 letters, digits and . _ - + @ : / after a letter or digit");
        return {};
    }
    if (std::find(reserved_ids.begin(), reserved_ids.end(), id) != reserved_ids.end()) {
        reader.error(value.position, "the id " + quoted(id) + " is taken by a built-in rule");
        return {};
    }
    const auto [first, added] = draft.rule_ids.emplace(id, value.position);
    if (!added) {
        reader.error(value.position, "the id " + quoted(id) + " is used twice",
                     "first at " + to_string(reader.place(first->second)));
    }
    return id;
}

struct AliasDraft {
    Draft& draft;
    Grant grant{};
    const Node* id{};
    const Node* logins{};
    const Node* clients{};
    const Node* senders{};
};

void take_until(Reader& reader, const Node& value, AliasDraft& alias) {
    const When& when = value.when();
    if (when.has_time && !when.has_offset) {
        reader.error(value.position, quoted(when.text) + " is a local time, which differs by place",
                     "end it with Z for UTC, or with an offset as in +01:00");
        return;
    }
    // The last day of the grant belongs to it.
    alias.grant.until = when.has_time ? when.at : when.at + std::chrono::days{1};
    alias.grant.until_text = when.text;
}

void take_fields(Reader& reader, const Node& value, AliasDraft& alias) {
    constexpr std::array<std::string_view, 3> names = {"envelope", "from", "sender"};
    if (value.items().empty()) {
        reader.error(value.position, "`fields` is empty, so the grant covers nothing",
                     "leave it out to cover all three");
        return;
    }
    GrantFields fields{false, false, false};
    const std::array<bool*, 3> flags = {&fields.envelope, &fields.from, &fields.sender};
    for (const Node& item : value.items()) {
        if (const auto name = reader.choice(item, "each of `fields`", names)) *flags[*name] = true;
    }
    alias.grant.fields = fields;
}

const Row<AliasDraft> alias_rows[] = {
    {{"id", ValueType::string, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         alias.id = &value;
         alias.grant.id = take_id(reader, value, alias.draft);
     }},
    {{"logins", ValueType::strings, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         alias.logins = &value;
         alias.grant.logins = take_logins(reader, value, alias.draft);
     }},
    {{"clients", ValueType::strings, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         alias.clients = &value;
         alias.grant.clients = take_networks(reader, value);
     }},
    {{"senders", ValueType::strings, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         alias.senders = &value;
         for (const Node& item : value.items()) {
             if (auto pattern = take_pattern(reader, item, PatternRole::sender, {})) {
                 alias.grant.senders.push_back({*std::move(pattern), reader.place(item.position)});
             }
         }
     }},
    {{"until", ValueType::when, ""}, take_until},
    {{"networks", ValueType::strings, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         alias.grant.networks = without_places(take_networks(reader, value));
     }},
    {{"fields", ValueType::strings, "[\"envelope\", \"from\", \"sender\"]"}, take_fields},
    {{"note", ValueType::string, "\"\""},
     [](Reader&, const Node& value, AliasDraft& alias) { alias.grant.note = value.text(); }},
};

struct RestrictDraft {
    Draft& draft;
    Restriction restriction{};
    const Node* id{};
    const Node* logins{};
    const Node* clients{};
};

void take_recipients(Reader& reader, const Node& value, RestrictDraft& restrict) {
    Restriction& restriction = restrict.restriction;
    restriction.recipients.emplace();
    for (const Node& item : value.items()) {
        if (item.text() == "hosted") {
            restriction.recipients_hosted = true;
        } else if (auto pattern = take_pattern(reader, item, PatternRole::recipient, {})) {
            restriction.recipients->push_back({*std::move(pattern), reader.place(item.position)});
        }
    }
}

const Row<RestrictDraft> restrict_rows[] = {
    {{"id", ValueType::string, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         restrict.id = &value;
         restrict.restriction.id = take_id(reader, value, restrict.draft);
     }},
    {{"logins", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         restrict.logins = &value;
         restrict.restriction.logins = take_logins(reader, value, restrict.draft);
     }},
    {{"clients", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         restrict.clients = &value;
         restrict.restriction.clients = take_networks(reader, value);
     }},
    {{"recipients", ValueType::strings, ""}, take_recipients},
    {{"networks", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         restrict.restriction.networks = without_places(take_networks(reader, value));
     }},
    {{"mechanisms", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         auto& mechanisms = restrict.restriction.mechanisms.emplace();
         for (std::string& name : take_words(reader, value, "the name of a mechanism")) {
             std::transform(name.begin(), name.end(), name.begin(), [](char c) {
                 return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
             });
             mechanisms.push_back(std::move(name));
         }
     }},
    {{"suspended", ValueType::boolean, "false"},
     [](Reader&, const Node& value, RestrictDraft& restrict) {
         restrict.restriction.suspended = value.boolean();
     }},
    {{"text", ValueType::string, "\"\""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         if (value.text().empty()) return;
         if (check_reply_text(reader, value, restrict.draft.source.help_url)) {
             restrict.restriction.text = value.text();
         }
     }},
    {{"note", ValueType::string, "\"\""},
     [](Reader&, const Node& value, RestrictDraft& restrict) {
         restrict.restriction.note = value.text();
     }},
};

}  // namespace

void read_groups(Reader& reader, const Node& table, Draft& draft) {
    for (const Entry& entry : table.entries()) {
        reader.enter("in [groups]");
        Group& group = draft.groups[entry.key];
        group.position = entry.position;
        draft.group_names.push_back(entry.key);
        if (!reader.fits(entry.value, KeyInfo{entry.key, ValueType::strings})) continue;
        for (const Node& item : entry.value.items()) {
            if (item.text().starts_with(group_prefix)) {
                reader.error(item.position, "groups do not nest: " + quoted(item.text()) +
                                                " stands in the group " + quoted(entry.key));
            } else if (auto pattern = take_pattern(reader, item, PatternRole::login,
                                                   draft.source.default_realm)) {
                group.logins.push_back({*std::move(pattern), {}, reader.place(item.position)});
            }
        }
    }
}

void read_aliases(Reader& reader, const Node& list, Draft& draft) {
    draft.source.grants.reserve(list.items().size());
    for (const Node& table : list.items()) {
        AliasDraft alias{draft};
        alias.grant.place = reader.place(table.position);
        read_table(reader, table, "in [[alias]]", alias_rows, alias);
        draft.source.grants.push_back(std::move(alias.grant));
    }
}

void read_restrictions(Reader& reader, const Node& list, Draft& draft) {
    for (const Node& table : list.items()) {
        RestrictDraft restrict {draft};
        restrict.restriction.place = reader.place(table.position);
        read_table(reader, table, "in [[restrict]]", restrict_rows, restrict);
        draft.source.restrictions.push_back(std::move(restrict.restriction));
    }
}

std::vector<TableInfo> rule_tables() {
    return {{"groups", "[groups]", {}},
            {"alias", "[[alias]]", infos_of(alias_rows)},
            {"restrict", "[[restrict]]", infos_of(restrict_rows)}};
}

}  // namespace relaypermit
