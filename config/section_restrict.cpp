// [[restrict]]: restrictions.
#include <algorithm>

#include "config/rule_values.h"
#include "config/values.h"

namespace relaypermit {
namespace {

struct RestrictDraft {
    Draft& draft;
    Restriction restriction{};
    const Node* id{};
    const Node* logins{};
    const Node* clients{};
    const Node* except_logins{};
    const Node* recipients{};
    const Node* networks{};
    const Node* mechanisms{};
};

void take_recipients(Reader& reader, const Node& value, RestrictDraft& restrict) {
    restrict.recipients = &value;
    Restriction& restriction = restrict.restriction;
    restriction.recipients.emplace();
    for (const Node& item : value.items_of(Node::Kind::string))
        if (item.text() == "hosted") restriction.recipients_hosted = true;
    restriction.recipients = take_addresses(reader, value, PatternRole::recipient, restrict.draft);
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
    {{"except_logins", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         restrict.except_logins = &value;
         restrict.restriction.except_logins = take_logins(reader, value, restrict.draft);
     }},
    {{"clients", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         restrict.clients = &value;
         restrict.restriction.clients = take_named_networks(reader, value, restrict.draft);
     }},
    {{"recipients", ValueType::strings, ""}, take_recipients},
    {{"networks", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         restrict.networks = &value;
         restrict.restriction.networks =
             without_places(take_named_networks(reader, value, restrict.draft));
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
    {{"since", ValueType::when, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         take_since(reader, value, restrict.restriction.time.edit());
     }},
    {{"until", ValueType::when, ""},
     [](Reader& reader, const Node& value, RestrictDraft& restrict) {
         take_until(reader, value, restrict.restriction.time.edit());
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
    require(reader, table, restrict.id, "[[restrict]]", "id",
            "its name in the log, as in \"devices-stay-inside\"");
    if (!is_there(reader, table, "logins") && !is_there(reader, table, "clients")) {
        reader.error(table.position, "[[restrict]] has neither `logins` nor `clients`",
                     "say whom it restricts");
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
    check_time(reader, table, "[[restrict]]", * restrict.restriction.time);
    const std::string_view help =
        "leave it out to restrict nothing, or say `suspended = true` to allow nothing";
    refuse_empty(reader, restrict.logins, "logins", "name a login, or remove the rule");
    refuse_empty(reader, restrict.except_logins, "except_logins",
                 "leave it out for a restriction without exceptions");
    if (restrict.except_logins != nullptr && !is_there(reader, table, "logins"))
        reader.error(restrict.except_logins->position,
                     "`except_logins` without `logins`: this restriction is of clients alone",
                     "say `logins = [\"*\"]` for everybody who logs in");
    refuse_empty(reader, restrict.clients, "clients", "name a network, or remove the rule");
    refuse_empty(reader, restrict.recipients, "recipients", help);
    refuse_empty(reader, restrict.networks, "networks", help);
    refuse_empty(reader, restrict.mechanisms, "mechanisms", help);
}

}  // namespace

void read_restrictions(Reader& reader, const Node& list, Draft& draft) {
    for (const Node& table : list.items()) {
        RestrictDraft restrict {draft};
        restrict.restriction.place = reader.place(table.position);
        read_table(reader, table, "in [[restrict]]", restrict_rows, restrict);
        check_restriction(reader, table, restrict);
        // Logins of empty groups alone are nobody, wherever they send from: without this the
        // clients would stand alone and the restriction be about all of theirs.
        if (restrict.logins != nullptr&& restrict.restriction.logins.empty())
            restrict.restriction.clients.clear();
        draft.source.restrictions.push_back(std::move(restrict.restriction));
    }
}

std::vector<TableInfo> restriction_tables() {
    return {{"restrict", "[[restrict]]", infos_of(restrict_rows)}};
}

}  // namespace relaypermit
