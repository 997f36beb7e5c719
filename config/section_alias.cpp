// [[alias]]: grants.
#include <algorithm>
#include <array>

#include "config/habits.h"
#include "config/rule_values.h"
#include "config/values.h"

namespace relaypermit {
namespace {

struct AliasDraft {
    Draft& draft;
    Grant grant{};
    const Node* id{};
    const Node* logins{};
    const Node* clients{};
    const Node* senders{};
    const Node* networks{};
    const Node* except{};
    const Node* except_logins{};
    const Node* visible{};
    // Of each of grant.senders, and of what is excepted from them.
    std::vector<const Node*> sender_nodes{};
    std::vector<const Node*> except_nodes{};
};

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
         alias.grant.rare.edit().clients = take_named_networks(reader, value, alias.draft);
     }},
    {{"senders", ValueType::strings, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         alias.senders = &value;
         for (PlacedPattern& sender :
              take_addresses(reader, value, PatternRole::sender, alias.draft, &alias.sender_nodes))
             alias.grant.senders.push_back(std::move(sender));
     }},
    {{"except", ValueType::strings, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         alias.except = &value;
         alias.grant.rare.edit().except =
             take_addresses(reader, value, PatternRole::sender, alias.draft, &alias.except_nodes,
                            ListOf::exceptions);
     }},
    {{"except_logins", ValueType::strings, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         alias.except_logins = &value;
         alias.grant.rare.edit().except_logins =
             take_logins(reader, value, alias.draft, ListOf::exceptions);
     }},
    {{"since", ValueType::when, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         take_since(reader, value, alias.grant.rare.edit());
     }},
    {{"until", ValueType::when, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         take_until(reader, value, alias.grant.rare.edit());
     }},
    {{"networks", ValueType::strings, ""},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         alias.networks = &value;
         alias.grant.rare.edit().networks =
             without_places(take_named_networks(reader, value, alias.draft));
     }},
    {{"fields", ValueType::strings, "[\"envelope\", \"from\", \"sender\"]"},
     [](Reader& reader, const Node& value, AliasDraft& alias) {
         take_fields(reader, value, alias.grant.fields);
     }},
    {{"visible", ValueType::boolean, "false"},
     [](Reader&, const Node& value, AliasDraft& alias) {
         alias.visible = &value;
         alias.grant.rare.edit().visible = value.boolean();
     }},
    {{"note", ValueType::string, "\"\""},
     [](Reader&, const Node& value, AliasDraft& alias) {
         alias.grant.rare.edit().note = value.text();
     }},
};

bool is_earlier(const Node* a, const Node* b) {
    return std::pair(a->position.line, a->position.column) <
           std::pair(b->position.line, b->position.column);
}

bool defines(const LoginPattern& login, std::string_view name) {
    const auto& names = login.pattern.names();
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Every placeholder of a sender must have a value whichever of the logins it is that sends.
void check_placeholders(Reader& reader, const AliasDraft& alias, const auto& patterns,
                        const std::vector<const Node*>& nodes) {
    const std::array<std::string_view, 3> built_in = {"user", "domain", "login"};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& node = *nodes[i];
        const Pattern& sender = patterns[i].pattern;
        if (sender.kind() != Pattern::Kind::templated) continue;
        for (const std::string& name : sender.names()) {
            // The whole login, which the pattern takes for {user}@{domain}.
            const std::string placeholder =
                sender.text() == "{login}" ? sender.text() : "{" + name + "}";
            const std::size_t at = std::min(node.text().find(placeholder), node.text().size());
            if (alias.clients != nullptr) {
                reader.error_inside(
                    node, at,
                    in_backticks(placeholder) + " comes from a login, and this grant is by clients",
                    "write the sender out, or a star for its local part");
                break;
            }
            if (std::find(built_in.begin(), built_in.end(), name) != built_in.end()) continue;
            const auto& logins = alias.grant.logins;
            const auto without = std::find_if(logins.begin(), logins.end(), [&](const auto& login) {
                return !defines(login, name);
            });
            if (without == logins.end()) continue;
            const bool regex = without->pattern.kind() == Pattern::Kind::regex;
            std::string meant = regex ? std::string() : placeholder_of_habit(name);
            if (!meant.empty())
                meant = std::string(node.text()).replace(at, placeholder.size(), "{" + meant + "}");
            reader.error_inside(
                node, at,
                in_backticks(placeholder) + " is not defined by the login " +
                    in_backticks(without->pattern.text()) + " at " + to_string(without->place),
                meant.empty() ? regex ? "name a group of its regex: (?P<" + name + ">...)"
                                      : "only {user}, {domain} and {login} are known of every login"
                              : "did you mean `" + meant + "`?");
        }
    }
}

void check_alias(Reader& reader, const Node& table, const AliasDraft& alias) {
    require(reader, table, alias.id, "[[alias]]", "id", "its name in the log, as in \"shop-team\"");
    if (alias.logins != nullptr && alias.clients != nullptr) {
        reader.error(std::max(alias.logins, alias.clients, is_earlier)->position,
                     "[[alias]] has both `logins` and `clients`",
                     "a grant is to one of them: write two");
    } else if (!is_there(reader, table, "logins") && !is_there(reader, table, "clients")) {
        reader.error(table.position, "[[alias]] has neither `logins` nor `clients`",
                     "say who may send as these");
    }
    require(reader, table, alias.senders, "[[alias]]", "senders", "as whom these may send");
    refuse_empty(reader, alias.logins, "logins", "name a login, or remove the rule");
    refuse_empty(reader, alias.clients, "clients", "name a network, or remove the rule");
    refuse_empty(reader, alias.senders, "senders", "name a sender, or remove the rule");
    refuse_empty(reader, alias.networks, "networks", "leave it out for a grant from anywhere");
    check_time(reader, table, "[[alias]]", *alias.grant.rare);
    refuse_empty(reader, alias.except, "except", "leave it out for a grant without exceptions");
    refuse_empty(reader, alias.except_logins, "except_logins",
                 "leave it out for a grant without exceptions");
    if (alias.except_logins != nullptr && alias.clients != nullptr)
        reader.error(alias.except_logins->position,
                     "`except_logins` is for a grant to logins, and this grant is by clients",
                     "clients that log in are not judged by it");
    if (alias.visible != nullptr && alias.clients != nullptr && alias.grant.rare->visible)
        reader.error(
            alias.visible->position,
            "`visible` asks for a Sender that the login owns, and this grant is by clients",
            "write it for a grant to logins");
    if (alias.visible != nullptr && alias.grant.rare->visible && !alias.grant.fields.from)
        reader.error(alias.visible->position,
                     "`visible` is about From, which `fields` leaves out of this grant",
                     "write `fields = [\"from\"]`");
    else if (alias.visible != nullptr && alias.clients == nullptr && alias.grant.rare->visible &&
             (alias.grant.fields.envelope || alias.grant.fields.sender))
        reader.error(
            alias.visible->position,
            "`visible` has no meaning where the grant covers the envelope sender or Sender "
            "as well: nothing would show who wrote",
            "write `fields = [\"from\"]`");
    check_placeholders(reader, alias, alias.grant.senders, alias.sender_nodes);
    check_placeholders(reader, alias, alias.grant.rare->except, alias.except_nodes);
}

}  // namespace

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

std::vector<TableInfo> alias_tables() {
    return {{"alias", "[[alias]]", infos_of(alias_rows)}};
}

}  // namespace relaypermit
