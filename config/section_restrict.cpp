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

void take_recipients(Reader& reader, const Node& value, RestrictDraft& entry) {
    entry.recipients = &value;
    Restriction& restriction = entry.restriction;
    restriction.recipients.emplace();
    for (const Node& item : value.items_of(Node::Kind::string))
        if (item.text() == "hosted") restriction.recipients_hosted = true;
    restriction.recipients = take_addresses(reader, value, PatternRole::recipient, entry.draft);
}

const Row<RestrictDraft> restrict_rows[] = {
    {{"id", ValueType::string, ""},
     [](Reader& reader, const Node& value, RestrictDraft& entry) {
         entry.id = &value;
         entry.restriction.id = take_id(reader, value, entry.draft);
     }},
    {{"logins", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& entry) {
         entry.logins = &value;
         entry.restriction.logins = take_logins(reader, value, entry.draft);
     }},
    {{"except_logins", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& entry) {
         entry.except_logins = &value;
         entry.restriction.except_logins =
             take_logins(reader, value, entry.draft, ListOf::exceptions);
     }},
    {{"clients", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& entry) {
         entry.clients = &value;
         entry.restriction.clients = take_named_networks(reader, value, entry.draft);
     }},
    {{"recipients", ValueType::strings, ""}, take_recipients},
    {{"networks", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& entry) {
         entry.networks = &value;
         entry.restriction.networks =
             without_places(take_named_networks(reader, value, entry.draft));
     }},
    {{"mechanisms", ValueType::strings, ""},
     [](Reader& reader, const Node& value, RestrictDraft& entry) {
         entry.mechanisms = &value;
         auto& mechanisms = entry.restriction.mechanisms.emplace();
         for (std::string& name : take_words(reader, value, "the name of a mechanism")) {
             std::transform(name.begin(), name.end(), name.begin(), [](char c) {
                 return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
             });
             mechanisms.push_back(std::move(name));
         }
     }},
    {{"suspended", ValueType::boolean, "false"},
     [](Reader&, const Node& value, RestrictDraft& entry) {
         entry.restriction.suspended = value.boolean();
     }},
    {{"since", ValueType::when, ""},
     [](Reader& reader, const Node& value, RestrictDraft& entry) {
         take_since(reader, value, entry.restriction.time.edit());
     }},
    {{"until", ValueType::when, ""},
     [](Reader& reader, const Node& value, RestrictDraft& entry) {
         take_until(reader, value, entry.restriction.time.edit());
     }},
    {{"text", ValueType::string, "\"\""},
     [](Reader& reader, const Node& value, RestrictDraft& entry) {
         if (value.text().empty()) return;
         if (check_reply_text(reader, value, entry.draft.source.help_url))
             entry.restriction.text = value.text();
     }},
    {{"note", ValueType::string, "\"\""},
     [](Reader&, const Node& value, RestrictDraft& entry) {
         entry.restriction.note = value.text();
     }},
};

void check_restriction(Reader& reader, const Node& table, const RestrictDraft& entry) {
    require(reader, table, entry.id, "[[restrict]]", "id",
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
    check_time(reader, table, "[[restrict]]", *entry.restriction.time);
    const std::string_view help =
        "leave it out to restrict nothing, or say `suspended = true` to allow nothing";
    refuse_empty(reader, entry.logins, "logins", "name a login, or remove the rule");
    refuse_empty(reader, entry.except_logins, "except_logins",
                 "leave it out for a restriction without exceptions");
    if (entry.except_logins != nullptr && !is_there(reader, table, "logins"))
        reader.error(entry.except_logins->position,
                     "`except_logins` without `logins`: this restriction is of clients alone",
                     "say `logins = [\"*\"]` for everybody who logs in");
    refuse_empty(reader, entry.clients, "clients", "name a network, or remove the rule");
    refuse_empty(reader, entry.recipients, "recipients", help);
    refuse_empty(reader, entry.networks, "networks", help);
    refuse_empty(reader, entry.mechanisms, "mechanisms", help);
}

}  // namespace

void read_restrictions(Reader& reader, const Node& list, Draft& draft) {
    for (const Node& table : list.items()) {
        RestrictDraft entry{draft};
        entry.restriction.place = reader.place(table.position);
        read_table(reader, table, "in [[restrict]]", restrict_rows, entry);
        check_restriction(reader, table, entry);
        // Logins of empty groups alone are nobody, wherever they send from: without this the
        // clients would stand alone and the restriction be about all of theirs.
        if (entry.logins != nullptr && entry.restriction.logins.empty())
            entry.restriction.clients.clear();
        draft.source.restrictions.push_back(std::move(entry.restriction));
    }
}

std::vector<TableInfo> restriction_tables() {
    return {{"restrict", "[[restrict]]", infos_of(restrict_rows)}};
}

}  // namespace relaypermit
