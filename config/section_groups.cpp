// [groups]: names for sets of logins.
#include "config/rule_values.h"

namespace relaypermit {

void read_groups(Reader& reader, const Node& table, Draft& draft) {
    for (const Entry& entry : table.entries()) draft.group_names.push_back(entry.key);
    for (const Entry& entry : table.entries()) {
        reader.enter("in [groups]");
        Group& group = draft.groups[entry.key];
        group.position = entry.position;
        const auto logins = std::make_shared<LoginGroup>();
        logins->name = entry.key;
        group.logins = logins;
        if (!reader.fits(entry.value, KeyInfo{entry.key, ValueType::strings})) continue;
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

std::vector<TableInfo> group_tables() {
    return {{"groups", "[groups]", {}}};
}

}  // namespace relaypermit
