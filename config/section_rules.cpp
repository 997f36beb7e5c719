// [groups], [[alias]] and [[restrict]].
#include <algorithm>
#include <array>

#include "config/sections.h"
#include "config/values.h"
#include "policy/address.h"

namespace relaypermit {
namespace {

constexpr std::string_view group_prefix = "group:";
constexpr std::size_t max_id_bytes = 64;
// What records name beside the rules of the file.
constexpr std::array<std::string_view, 2> reserved_ids = {"own-address", "trusted-network"};

std::optional<Pattern> take_pattern(Reader& reader, const Node& item, PatternRole role,
                                    std::string_view default_realm) {
    auto pattern = Pattern::parse(item.text(), role, default_realm);
    if (pattern) return *std::move(pattern);
    const PatternFault& fault = pattern.error();
    const std::string written =
        item.text().empty() ? "" : "pattern " + in_backticks(item.text()) + ": ";
    reader.error_inside(item, fault.offset, written + fault.why, fault.help);
    return std::nullopt;
}

// The `logins` of a rule, groups written out.
std::vector<LoginPattern> take_logins(Reader& reader, const Node& list, Draft& draft) {
    std::vector<LoginPattern> logins;
    for (const Node& item : list.items_of(Node::Kind::string)) {
        if (item.text().starts_with(group_prefix)) {
            const std::string name = item.text().substr(group_prefix.size());
            const auto group = draft.groups.find(name);
            if (group == draft.groups.end()) {
                if (reader.incomplete()) continue;
                const std::vector<std::string_view> known(draft.group_names.begin(),
                                                          draft.group_names.end());
                const std::string near = did_you_mean(name, known);
                reader.error_inside(item, group_prefix.size(),
                                    "unknown group " + in_backticks(name),
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

struct AliasDraft {
    Draft& draft;
    Grant grant{};
    const Node* id{};
    const Node* logins{};
    const Node* clients{};
    const Node* senders{};
    const Node* networks{};
    // Of each of grant.senders.
    std::vector<const Node*> sender_nodes{};
};

void take_until(Reader& reader, const Node& value, AliasDraft& alias) {
    const When& when = value.when();
    if (when.has_time && !when.has_offset) {
        reader.error(value.position,
                     in_backticks(when.text) + " is a local time, which differs by place",
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
    for (const Node& item : value.items_of(Node::Kind::string)) {
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
         for (const Node& item : value.items_of(Node::Kind::string)) {
             if (auto pattern = take_pattern(reader, item, PatternRole::sender, {})) {
                 alias.grant.senders.push_back({*std::move(pattern), reader.place(item.position)});
                 alias.sender_nodes.push_back(&item);
             }
         }
     }},
    {{"until", ValueType::when, ""}, take_until},
    {{"networks", ValueType::strings, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         alias.networks = &value;
         alias.grant.networks = without_places(take_networks(reader, value));
     }},
    {{"fields", ValueType::strings, "[\"envelope\", \"from\", \"sender\"]"}, take_fields},
    {{"note", ValueType::string, "\"\""},
     [](Reader&, const Node& value, AliasDraft& alias) { alias.grant.note = value.text(); }},
};

bool is_earlier(const Node* a, const Node* b) {
    return std::pair(a->position.line, a->position.column) <
           std::pair(b->position.line, b->position.column);
}

// A condition that is an empty list says nothing clear: no condition, or one that nobody meets?
void refuse_empty(Reader& reader, const Node* list, std::string_view key, std::string_view help) {
    if (list == nullptr || !list->items().empty()) return;
    reader.error(list->position, in_backticks(key) + " " + reader.where() + " is empty", help);
}

bool defines(const LoginPattern& login, std::string_view name) {
    const auto& names = login.pattern.names();
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Every placeholder of a sender must have a value whichever of the logins it is that sends.
void check_placeholders(Reader& reader, const AliasDraft& alias) {
    const std::array<std::string_view, 3> built_in = {"user", "domain", "login"};
    for (std::size_t i = 0; i < alias.sender_nodes.size(); ++i) {
        const Node& node = *alias.sender_nodes[i];
        const Pattern& sender = alias.grant.senders[i].pattern;
        if (sender.kind() != Pattern::Kind::templated) continue;
        for (const std::string& name : sender.names()) {
            const std::string placeholder = "{" + name + "}";
            const std::size_t at = std::min(node.text().find(placeholder), node.text().size());
            if (alias.clients != nullptr) {
                reader.error_inside(node, at,
                                    in_backticks(placeholder) +
                                        " comes from a login, and this grant is by clients");
                break;
            }
            if (std::find(built_in.begin(), built_in.end(), name) != built_in.end()) continue;
            const auto& logins = alias.grant.logins;
            const auto without = std::find_if(logins.begin(), logins.end(), [&](const auto& login) {
                return !defines(login, name);
            });
            if (without == logins.end()) continue;
            const bool regex = without->pattern.kind() == Pattern::Kind::regex;
            reader.error_inside(
                node, at,
                in_backticks(placeholder) + " is not defined by the login " +
                    in_backticks(without->pattern.text()) + " at " + to_string(without->place),
                regex ? "name a group of its regex: (?P<" + name + ">...)"
                      : "only {user}, {domain} and {login} are known of every login");
        }
    }
}

void check_alias(Reader& reader, const Node& table, const AliasDraft& alias) {
    require(reader, table, alias.id, "[[alias]]", "id");
    if (alias.logins != nullptr && alias.clients != nullptr) {
        reader.error(std::max(alias.logins, alias.clients, is_earlier)->position,
                     "[[alias]] has both `logins` and `clients`",
                     "a grant is to one of them: write two");
    } else if (!is_there(reader, table, "logins") && !is_there(reader, table, "clients")) {
        reader.error(table.position, "[[alias]] has neither `logins` nor `clients`");
    }
    require(reader, table, alias.senders, "[[alias]]", "senders");
    refuse_empty(reader, alias.logins, "logins", "");
    refuse_empty(reader, alias.clients, "clients", "");
    refuse_empty(reader, alias.senders, "senders", "");
    refuse_empty(reader, alias.networks, "networks", "leave it out for a grant from anywhere");
    check_placeholders(reader, alias);
}

struct RestrictDraft {
    Draft& draft;
    Restriction restriction{};
    const Node* id{};
    const Node* logins{};
    const Node* clients{};
    const Node* recipients{};
    const Node* networks{};
    const Node* mechanisms{};
};

void take_recipients(Reader& reader, const Node& value, RestrictDraft& restrict) {
    restrict.recipients = &value;
    Restriction& restriction = restrict.restriction;
    restriction.recipients.emplace();
    for (const Node& item : value.items_of(Node::Kind::string)) {
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
         restrict.networks = &value;
         restrict.restriction.networks = without_places(take_networks(reader, value));
     }},
    {{"mechanisms", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         restrict.mechanisms = &value;
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

void check_restriction(Reader& reader, const Node& table, const RestrictDraft& restrict) {
    require(reader, table, restrict.id, "[[restrict]]", "id");
    if (!is_there(reader, table, "logins") && !is_there(reader, table, "clients")) {
        reader.error(table.position, "[[restrict]] has neither `logins` nor `clients`");
    }
    const Node* suspended = table.find("suspended");
    const bool not_suspended =
        suspended != nullptr && suspended->kind == Node::Kind::boolean && !suspended->boolean();
    const bool conditions = is_there(reader, table, "recipients") ||
                            is_there(reader, table, "networks") ||
                            is_there(reader, table, "mechanisms");
    if (!conditions && (not_suspended || !is_there(reader, table, "suspended"))) {
        reader.error(table.position, "[[restrict]] restricts nothing",
                     "say `recipients`, `networks`, `mechanisms` or `suspended = true`");
    }
    const std::string_view help =
        "leave it out to restrict nothing, or say `suspended = true` to allow nothing";
    refuse_empty(reader, restrict.logins, "logins", "");
    refuse_empty(reader, restrict.clients, "clients", "");
    refuse_empty(reader, restrict.recipients, "recipients", help);
    refuse_empty(reader, restrict.networks, "networks", help);
    refuse_empty(reader, restrict.mechanisms, "mechanisms", help);
}

}  // namespace

std::string take_id(Reader& reader, const Node& value, Draft& draft) {
    const std::string& id = value.text();
    if (!is_id(id)) {
        reader.error(value.position, in_backticks(id) + " is not a usable id",
                     "at most 64 letters, digits and . _ - + @ : / after a letter or digit");
        return {};
    }
    if (std::find(reserved_ids.begin(), reserved_ids.end(), id) != reserved_ids.end()) {
        reader.error(value.position, "the id " + in_backticks(id) + " is taken by a built-in rule");
        return {};
    }
    const auto [first, added] = draft.rule_ids.emplace(id, value.position);
    if (!added) {
        reader.error(value.position, "the id " + in_backticks(id) + " is used twice",
                     "first at " + to_string(reader.place(first->second)));
    }
    return id;
}

bool is_there(const Reader& reader, const Node& table, std::string_view key) {
    return reader.incomplete() || table.find(key) != nullptr || reader.was_mistyped(key);
}

void require(Reader& reader, const Node& table, const Node* value, std::string_view header,
             std::string_view key) {
    if (value != nullptr || is_there(reader, table, key)) return;
    reader.error(table.position, std::string(header) + " has no " + in_backticks(key));
}

void read_groups(Reader& reader, const Node& table, Draft& draft) {
    for (const Entry& entry : table.entries()) {
        reader.enter("in [groups]");
        Group& group = draft.groups[entry.key];
        group.position = entry.position;
        draft.group_names.push_back(entry.key);
        if (!reader.fits(entry.value, KeyInfo{entry.key, ValueType::strings})) continue;
        for (const Node& item : entry.value.items()) {
            if (item.text().starts_with(group_prefix)) {
                reader.error(item.position, "groups do not nest: " + in_backticks(item.text()) +
                                                " stands in the group " + in_backticks(entry.key));
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
        check_alias(reader, table, alias);
        draft.source.grants.push_back(std::move(alias.grant));
    }
}

void read_restrictions(Reader& reader, const Node& list, Draft& draft) {
    for (const Node& table : list.items()) {
        RestrictDraft restrict {draft};
        restrict.restriction.place = reader.place(table.position);
        read_table(reader, table, "in [[restrict]]", restrict_rows, restrict);
        check_restriction(reader, table, restrict);
        draft.source.restrictions.push_back(std::move(restrict.restriction));
    }
}

std::vector<TableInfo> rule_tables() {
    return {{"groups", "[groups]", {}},
            {"alias", "[[alias]]", infos_of(alias_rows)},
            {"restrict", "[[restrict]]", infos_of(restrict_rows)}};
}

}  // namespace relaypermit
