#include "config/rule_values.h"

#include <algorithm>
#include <array>

#include "config/foreign_pattern.h"
#include "config/values.h"
#include "policy/ascii.h"

namespace relaypermit {
namespace {

constexpr std::size_t max_id_bytes = 64;
// What records and traces name beside the rules of the file.
constexpr std::array<std::string_view, 7> reserved_ids = {
    "own-address",  "trusted-network", "bounce", "hosted-domain",
    "relay-domain", "local-mailer",    "no-rule"};

// An id stands in the log, where rules are separated by commas.
bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= max_id_bytes && is_ascii_alphanumeric(id.front()) &&
           std::all_of(id.begin(), id.end(), [](char c) {
               return is_ascii_alphanumeric(c) ||
                      std::string_view("._-+@:/").find(c) != std::string_view::npos;
           });
}

}  // namespace

std::optional<Pattern> take_pattern(Reader& reader, const Node& item, PatternRole role,
                                    const Draft& draft, ListOf what) {
    const auto foreign = foreign_pattern(
        item.text(), role, {draft.source, draft.group_names, what == ListOf::exceptions});
    auto pattern =
        foreign ? tl::expected<Pattern, PatternFault>(tl::make_unexpected(*foreign))
                : Pattern::parse(item.text(), role, draft.source.default_realm,
                                 draft.source.login_forms, draft.source.server_name, draft.hosted);
    if (pattern) return *std::move(pattern);
    const PatternFault& fault = pattern.error();
    const std::string written =
        item.text().empty() ? "" : "pattern " + in_backticks(item.text()) + ": ";
    reader.error_inside(item, fault.offset, written + fault.why, fault.help);
    return std::nullopt;
}

namespace {

// The group that `item` names; null, and said, where there is none.
Group* take_group(Reader& reader, const Node& item, Draft& draft) {
    const std::string name = item.text().substr(group_prefix.size());
    const auto group = draft.groups.find(name);
    if (group != draft.groups.end()) return &group->second;
    if (reader.incomplete()) return nullptr;
    const std::vector<std::string_view> known(draft.group_names.begin(), draft.group_names.end());
    const std::size_t first = std::min(name.find_first_not_of(" @"), name.size());
    const std::string bare = name.substr(first, name.find('@', first) - first);
    const std::string near = did_you_mean(bare, known);
    if (name.empty())
        reader.error_inside(item, 0, "`group:` without a name", "as in `group:sales`");
    else
        reader.error_inside(
            item, near.empty() ? group_prefix.size() : 0, "unknown group " + in_backticks(name),
            near.empty() ? "groups are defined in [groups]" : "did you mean `group:" + near + "`?");
    return nullptr;
}

// Members that cannot be read at all are said where the group stands. What is sound as a login and
// no address is said here, once for the group.
const std::vector<PlacedPattern>& addresses_of(Reader& reader, Group& group, const Node& named,
                                               PatternRole role, const Draft& draft) {
    if (group.addresses) return *group.addresses;
    std::vector<PlacedPattern> addresses;
    if (group.members != nullptr) {
        // Both are in the order of the file.
        auto readable = group.logins->members.begin();
        for (const Node& item : group.members->items_of(Node::Kind::string)) {
            if (readable == group.logins->members.end() ||
                !(readable->place == reader.place(item.position)))
                continue;
            ++readable;
            // Placeholders belong to one rule, with its logins: in a group braces are characters.
            auto pattern = Pattern::parse(item.text(), PatternRole::recipient,
                                          draft.source.default_realm, {}, {}, draft.hosted);
            if (pattern) {
                addresses.push_back(
                    {*std::move(pattern), group.logins->name, reader.place(item.position)});
                continue;
            }
            reader.error_inside(
                item, pattern.error().offset,
                "pattern " + in_backticks(item.text()) + ": " + pattern.error().why,
                "the group is in a list of " +
                    std::string(role == PatternRole::sender ? "senders" : "recipients") + " at " +
                    to_string(reader.place(named.position)) + ": write addresses");
        }
    }
    group.addresses = std::make_shared<const std::vector<PlacedPattern>>(std::move(addresses));
    return *group.addresses;
}

}  // namespace

LoginPatterns take_logins(Reader& reader, const Node& list, Draft& draft, ListOf what) {
    LoginPatterns logins;
    for (const Node& item : list.items_of(Node::Kind::string)) {
        if (item.text().starts_with(group_prefix)) {
            if (const Group* group = take_group(reader, item, draft)) logins.add(group->logins);
        } else if (auto pattern = take_pattern(reader, item, PatternRole::login, draft, what)) {
            logins.push_back({*std::move(pattern), {}, reader.place(item.position)});
        }
    }
    return logins;
}

std::vector<PlacedPattern> take_addresses(Reader& reader, const Node& list, PatternRole role,
                                          Draft& draft, std::vector<const Node*>* nodes,
                                          ListOf what) {
    std::vector<PlacedPattern> patterns;
    const auto add = [&](PlacedPattern pattern, const Node& item) {
        patterns.push_back(std::move(pattern));
        if (nodes != nullptr) nodes->push_back(&item);
    };
    for (const Node& item : list.items_of(Node::Kind::string)) {
        // The one word of a list of recipients; see take_recipients().
        if (role == PatternRole::recipient && item.text() == "hosted") continue;
        if (item.text().starts_with(group_prefix)) {
            Group* const group = take_group(reader, item, draft);
            if (group != nullptr && group->logins->members.empty() && group->members != nullptr &&
                group->members->items().empty())
                reader.error_inside(
                    item, group_prefix.size(),
                    "the group " + in_backticks(group->logins->name.str()) + " is empty",
                    "a list of addresses needs one: name it, or leave the group out");
            if (group != nullptr)
                for (const PlacedPattern& one : addresses_of(reader, *group, item, role, draft))
                    add(one, item);
        } else if (auto pattern = take_pattern(reader, item, role, draft, what)) {
            add({*std::move(pattern), {}, reader.place(item.position)}, item);
        }
    }
    return patterns;
}

namespace {

// The name of a network without its `net:`, or a group, which holds addresses.
bool says_name_of_network(Reader& reader, const Node& item, const Draft& draft) {
    const std::string& text = item.text();
    const auto is_name = [&](const std::vector<std::string>& names, std::string_view name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    const std::size_t name = text.find_first_not_of("@$%&") == 1 ? 1 : 0;
    if (is_name(draft.network_names, std::string_view(text).substr(name))) {
        reader.error_inside(item, 0, "a network of [networks] is named with `net:`",
                            "write `net:" + text.substr(name) + "`");
        return true;
    }
    if (!text.starts_with(group_prefix) && !is_name(draft.group_names, text)) return false;
    reader.error_inside(item, 0, in_backticks(text) + " is a group, and a group holds addresses",
                        "networks have names in [networks], as in `net:office`");
    return true;
}

}  // namespace

std::vector<PlacedNetwork> take_named_networks(Reader& reader, const Node& list,
                                               const Draft& draft) {
    std::vector<PlacedNetwork> networks;
    for (const Node& item : list.items_of(Node::Kind::string)) {
        if (!item.text().starts_with(network_prefix)) {
            if (says_name_of_network(reader, item, draft)) continue;
            if (const auto network = take_network(reader, item)) networks.push_back(*network);
            continue;
        }
        const std::string name = item.text().substr(network_prefix.size());
        if (name.empty()) {
            reader.error(item.position, "`net:` without a name", "as in `net:office`");
        } else if (const auto known = draft.networks.find(name); known != draft.networks.end()) {
            // Where the rule names them: that is the line to change.
            for (PlacedNetwork one : known->second) {
                one.place = reader.place(item.position);
                networks.push_back(one);
            }
        } else if (!reader.incomplete()) {
            const std::vector<std::string_view> names(draft.network_names.begin(),
                                                      draft.network_names.end());
            const std::string near = did_you_mean(name, names);
            reader.error_inside(item, network_prefix.size(),
                                "unknown network " + in_backticks(name),
                                near.empty() ? "names are defined in [networks]"
                                             : "did you mean `net:" + near + "`?");
        }
    }
    return networks;
}

void take_since(Reader& reader, const Node& value, Validity& time) {
    if (!names_a_moment(reader, value)) return;
    time.since = value.when().at;
    time.since_text = value.when().text;
}

void take_until(Reader& reader, const Node& value, Validity& time) {
    if (!names_a_moment(reader, value)) return;
    const When& when = value.when();
    // The last day belongs to it.
    time.until = when.has_time ? when.at : when.at + std::chrono::days{1};
    time.until_text = when.text;
}

void take_fields(Reader& reader, const Node& value, GrantFields& fields) {
    constexpr std::array<std::string_view, 3> names = {"envelope", "from", "sender"};
    if (value.items().empty()) {
        reader.error(value.position, "`fields` is empty, so the grant covers nothing",
                     "leave it out to cover all three");
        return;
    }
    fields = {false, false, false};
    const std::array<bool*, 3> flags = {&fields.envelope, &fields.from, &fields.sender};
    for (const Node& item : value.items_of(Node::Kind::string))
        if (const auto name = reader.choice(item, "each of `fields`", names)) *flags[*name] = true;
}

void check_time(Reader& reader, const Node& table, std::string_view header, const Validity& time) {
    if (!time.since || !time.until || *time.since < *time.until) return;
    const Node* until = table.find("until");
    reader.error(until == nullptr ? table.position : until->position,
                 "`until` in " + std::string(header) + " is not behind `since`, " +
                     in_backticks(time.since_text),
                 "it would never count: `since` is its first day and `until` its last");
}

std::string take_id(Reader& reader, const Node& value, Draft& draft) {
    const std::string& id = value.text();
    if (!is_id(id)) {
        reader.error(value.position, in_backticks(id) + " is not a usable id",
                     "at most 64 letters, digits and . _ - + @ : / after a letter or digit");
        return {};
    }
    if (std::find(reserved_ids.begin(), reserved_ids.end(), id) != reserved_ids.end()) {
        reader.error(value.position, "the id " + in_backticks(id) + " is taken by a built-in rule",
                     "records or traces name that rule so; choose another");
        return {};
    }
    const auto [first, added] = draft.rule_ids.emplace(std::string_view(id), value.position);
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
             std::string_view key, std::string_view help) {
    if (value != nullptr || is_there(reader, table, key)) return;
    reader.error(table.position, std::string(header) + " has no " + in_backticks(key), help);
}

void refuse_empty(Reader& reader, const Node* list, std::string_view key, std::string_view help) {
    if (list == nullptr || !list->items().empty()) return;
    reader.error(list->position, in_backticks(key) + " " + reader.where() + " is empty", help);
}

}  // namespace relaypermit
