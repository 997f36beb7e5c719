// [groups] and [networks]: names for sets of addresses, and of networks.
#include "config/rule_values.h"
#include "config/values.h"
#include "config/word_list.h"

namespace relaypermit {
namespace {

// A key of a rule that came to stand under [groups], where any key is a name; and a group as a
// table of its own. Says so.
bool belongs_elsewhere(Reader& reader, const Entry& entry, std::string_view what) {
    const std::string name = in_backticks(entry.key);
    if (entry.value.kind == Node::Kind::table) {
        std::vector<std::string> members;
        for (const Entry& inner : entry.value.entries())
            if (inner.value.kind == Node::Kind::array)
                for (const Node& item : inner.value.items_of(Node::Kind::string))
                    members.push_back(item.text());
        constexpr std::size_t most = 3;
        const std::string list =
            members.empty() || members.size() > most ? "..." : quoted_list(members);
        reader.error(
            entry.value.by_header ? entry.value.position : entry.position,
            name + " " + reader.where() + " must be a list of strings, not a table",
            "write `" + entry.key + " = [" + list + "]` below [" + std::string(what) + "s]");
        return true;
    }
    if (entry.value.kind == Node::Kind::array || entry.value.kind == Node::Kind::string)
        return false;
    const std::string tables = tables_with(entry.key);
    if (tables.empty()) return false;
    reader.error(entry.position,
                 name + " " + reader.where() + " would be the name of a " + std::string(what),
                 "it belongs " + tables);
    return true;
}

}  // namespace

void read_groups(Reader& reader, const Node& table, Draft& draft) {
    for (const Entry& entry : table.entries()) draft.group_names.push_back(entry.key);
    for (const Entry& entry : table.entries()) {
        reader.enter("in [groups]");
        Group& group = draft.groups[entry.key];
        group.position = entry.position;
        const auto logins = std::make_shared<LoginGroup>();
        logins->name = entry.key;
        group.logins = logins;
        if (belongs_elsewhere(reader, entry, "group")) continue;
        if (!reader.fits(entry.value, KeyInfo{entry.key, ValueType::strings})) continue;
        group.members = &entry.value;
        for (const Node& item : entry.value.items_of(Node::Kind::string)) {
            if (item.text().starts_with(group_prefix)) {
                reader.error(item.position,
                             "groups do not nest: " + in_backticks(item.text()) +
                                 " stands in the group " + in_backticks(entry.key),
                             "a rule can name both");
            } else if (auto pattern = take_pattern(reader, item, PatternRole::login, draft)) {
                logins->members.push_back(
                    {*std::move(pattern), logins->name, reader.place(item.position)});
            }
        }
    }
}

void read_networks(Reader& reader, const Node& table, Draft& draft) {
    for (const Entry& entry : table.entries()) draft.network_names.push_back(entry.key);
    for (const Entry& entry : table.entries()) {
        reader.enter("in [networks]");
        std::vector<PlacedNetwork>& networks = draft.networks[entry.key];
        if (belongs_elsewhere(reader, entry, "network")) continue;
        if (!reader.fits(entry.value, KeyInfo{entry.key, ValueType::strings})) continue;
        for (const Node& item : entry.value.items_of(Node::Kind::string))
            if (item.text().starts_with(network_prefix))
                reader.error(item.position,
                             "networks do not nest: " + in_backticks(item.text()) +
                                 " stands in the network " + in_backticks(entry.key),
                             "a rule can name both");
            else if (const auto network = take_network(reader, item))
                networks.push_back(*network);
        // A rule that names it would be bound to no network, or be about nobody: never guessed.
        if (entry.value.items().empty())
            reader.error(entry.position, in_backticks(entry.key) + " in [networks] is empty",
                         "name a network, or remove it");
    }
}

std::vector<TableInfo> group_tables() {
    return {{"groups", "[groups]", {}}, {"networks", "[networks]", {}}};
}

}  // namespace relaypermit
