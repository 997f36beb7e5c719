// [cause.<id>]: what is done, and said, for each way in which relaying fails.
#include <array>

#include "config/rule_values.h"
#include "config/sections.h"
#include "config/values.h"

namespace relaypermit {
namespace {

struct CauseDraft {
    Draft& draft;
    CausePolicy cause{};
    CauseExceptions except{};
    const Node* reply{};
    const Node* except_logins{};
    const Node* except_senders{};
    const Node* except_clients{};
};

const Row<CauseDraft> cause_rows[] = {
    {{"action", ValueType::string, ""},
     [](Reader& reader, const Node& value, CauseDraft& cause) {
         constexpr std::array<std::string_view, 4> actions = {"reject", "tempfail", "monitor",
                                                              "off"};
         if (const auto action = reader.choice(value, "`action`", actions))
             cause.cause.action = *action_from(actions[*action]);
     }},
    {{"reply", ValueType::string, ""},
     [](Reader& reader, const Node& value, CauseDraft& cause) {
         if (auto reply = ReplyCode::parse(value.text())) {
             cause.cause.reply = *std::move(reply);
             cause.reply = &value;
         } else {
             const bool hangs_up =
                 value.text().starts_with("421 ") || value.text().starts_with("521 ");
             reader.error(value.position, in_backticks(value.text()) + " is not a reply",
                          hangs_up
                              ? "mail servers hang up at 421 and 521; choose another code, as in "
                                "\"550 5.7.1\""
                              : "a code and an enhanced code of its class, as in \"550 5.7.1\"");
         }
     }},
    {{"text", ValueType::string, ""},
     [](Reader& reader, const Node& value, CauseDraft& cause) {
         if (check_reply_text(reader, value, cause.draft.source.help_url)) {
             cause.cause.text = value.text();
             cause.cause.text_is_default = false;
         }
     }},
    {{"except_logins", ValueType::strings, ""},
     [](Reader& reader, const Node& value, CauseDraft& cause) {
         cause.except_logins = &value;
         cause.except.logins = take_logins(reader, value, cause.draft, ListOf::exceptions);
     }},
    {{"except_senders", ValueType::strings, ""},
     [](Reader& reader, const Node& value, CauseDraft& cause) {
         cause.except_senders = &value;
         std::vector<const Node*> nodes;
         cause.except.senders = take_addresses(reader, value, PatternRole::sender, cause.draft,
                                               &nodes, ListOf::exceptions);
         for (std::size_t i = 0; i < nodes.size(); ++i)
             if (cause.except.senders[i].pattern.kind() == Pattern::Kind::templated)
                 reader.error(nodes[i]->position,
                              "`except_senders` are of everybody: no login fills in " +
                                  in_backticks(nodes[i]->text()),
                              "write the sender out, or a star for its local part");
     }},
    {{"except_clients", ValueType::strings, ""},
     [](Reader& reader, const Node& value, CauseDraft& cause) {
         cause.except_clients = &value;
         cause.except.clients = take_named_networks(reader, value, cause.draft);
     }},
};

// Why a cause takes no such list; empty where it does. By an exception of its own choosing a
// session would get around what is closed to it, and what lets strangers relay is to stand among
// the grants.
std::string_view why_no_exception(Cause cause, std::string_view key) {
    switch (cause) {
        case Cause::account_suspended:
        case Cause::client_not_allowed:
        case Cause::weak_login:
        case Cause::recipient_not_allowed:
            return "a [[restrict]] says itself whom it leaves out: `except_logins`";
        case Cause::login_required:
        case Cause::use_submission:
        case Cause::relay_not_permitted:
            return "whoever may relay without a login gets an [[alias]] with `clients`";
        case Cause::lookup_failed:
            return "what could not be looked up is put off, whoever sends it";
        case Cause::tls_required:
        case Cause::helo_forged:
            if (key == "except_clients") return {};
            return "what a session says of itself decides nothing here: `except_clients`";
        case Cause::hosted_sender_needs_login:
        case Cause::hosted_from_needs_login:
            if (key != "except_logins") return {};
            return "it is for sessions without a login: `except_senders` or `except_clients`";
        default:
            return {};
    }
}

void check_exceptions(Reader& reader, std::string_view where, const CauseDraft& draft, Cause id) {
    const std::pair<std::string_view, const Node*> lists[] = {
        {"except_logins", draft.except_logins},
        {"except_senders", draft.except_senders},
        {"except_clients", draft.except_clients}};
    for (const auto& [key, node] : lists) {
        if (node == nullptr) continue;
        refuse_empty(reader, node, key, "leave it out for a cause without exceptions");
        if (const std::string_view why = why_no_exception(id, key); !why.empty())
            reader.error(node->position,
                         in_backticks(key) + " has no place in " + std::string(where), why);
    }
}

// The text of a reply is dropped by the MTA where its class is not the action's.
void check_reply(Reader& reader, const Node& table, std::string_view where, const CauseDraft& draft,
                 Cause id) {
    const Action action = draft.cause.action;
    if (action != Action::reject && action != Action::tempfail) return;
    const char wanted = action == Action::reject ? '5' : '4';
    const std::string name(to_string(action));
    if (draft.reply != nullptr) {
        if (draft.cause.reply.code.starts_with(wanted)) return;
        reader.error(draft.reply->position,
                     "the reply " + in_backticks(draft.reply->text()) +
                         " does not fit the action `" + name + "`",
                     action == Action::reject ? "a reject has a 5xx, as in \"550 5.7.1\""
                                              : "a tempfail has a 4xx, as in \"450 4.7.1\"");
    } else if (action == Action::reject && default_reply(id).code.starts_with('4')) {
        reader.error(table.position, std::string(where) + " needs a `reply` to be a reject",
                     "as in \"550 5.7.1\"");
    }
}

}  // namespace

void read_causes(Reader& reader, const Node& table, Draft& draft) {
    for (const Entry& entry : table.entries()) {
        const auto id = cause_from(entry.key);
        if (!id) {
            std::vector<std::string_view> ids;
            for (const Cause cause : all_causes) ids.push_back(to_string(cause));
            const std::string near = did_you_mean(entry.key, ids);
            reader.error(entry.position, "unknown cause " + in_backticks(entry.key),
                         near.empty() ? "`relaypermit show` lists them all"
                                      : "did you mean `" + near + "`?");
            continue;
        }
        const std::string header = "cause." + entry.key;
        if (!reader.is_table(entry, header)) continue;
        CausePolicy& target = draft.source.causes[static_cast<std::size_t>(*id)];
        CauseDraft cause{draft, target, {}, {}, {}, {}, {}};
        read_table(reader, entry.value, "in [" + header + "]", cause_rows, cause);
        check_reply(reader, entry.value, "[" + header + "]", cause, *id);
        check_exceptions(reader, "[" + header + "]", cause, *id);
        target = std::move(cause.cause);
        if (!cause.except.empty())
            draft.source.exceptions[static_cast<std::size_t>(*id)].edit() = std::move(cause.except);
    }
}

std::vector<TableInfo> cause_tables() {
    return {{"cause.<id>", "[cause.<id>]", infos_of(cause_rows)}};
}

}  // namespace relaypermit
