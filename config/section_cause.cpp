// [cause.<id>]: what is done, and said, for each way in which relaying fails.
#include <array>

#include "config/sections.h"
#include "config/values.h"

namespace relaypermit {
namespace {

std::string quoted(std::string_view text) {
    return "`" + std::string(text) + "`";
}

struct CauseDraft {
    Draft& draft;
    CausePolicy cause{};
    const Node* reply{};
};

const Row<CauseDraft> cause_rows[] = {
    {{"action", ValueType::string, ""},
     [](Reader& reader, const Node& value, CauseDraft& cause) {
         constexpr std::array<std::string_view, 4> actions = {"reject", "tempfail", "monitor",
                                                              "off"};
         if (const auto action = reader.choice(value, "`action`", actions)) {
             cause.cause.action = *action_from(actions[*action]);
         }
     }},
    {{"reply", ValueType::string, ""},
     [](Reader& reader, const Node& value, CauseDraft& cause) {
         cause.reply = &value;
         if (auto reply = ReplyCode::parse(value.text())) {
             cause.cause.reply = *std::move(reply);
         } else {
             reader.error(value.position, quoted(value.text()) + " is not a reply",
                          "a code and an enhanced code of its class, as in \"550 5.7.1\"");
         }
     }},
    {{"text", ValueType::string, ""},
     [](Reader& reader, const Node& value, CauseDraft& cause) {
         if (check_reply_text(reader, value, cause.draft.source.help_url)) {
             cause.cause.text = value.text();
             cause.cause.text_is_default = false;
         }
     }},
};

}  // namespace

void read_causes(Reader& reader, const Node& table, Draft& draft) {
    for (const Entry& entry : table.entries()) {
        const auto id = cause_from(entry.key);
        if (!id) {
            std::vector<std::string_view> ids;
            for (const Cause cause : all_causes) ids.push_back(to_string(cause));
            const std::string near = did_you_mean(entry.key, ids);
            reader.error(entry.position, "unknown cause " + quoted(entry.key),
                         near.empty() ? "" : "did you mean `" + near + "`?");
            continue;
        }
        const std::string header = "cause." + entry.key;
        if (!reader.is_table(entry, header)) continue;
        CausePolicy& target = draft.source.causes[static_cast<std::size_t>(*id)];
        CauseDraft cause{draft, target};
        read_table(reader, entry.value, "in [" + header + "]", cause_rows, cause);
        target = std::move(cause.cause);
    }
}

std::vector<TableInfo> cause_tables() {
    return {{"cause.<id>", "[cause.<id>]", infos_of(cause_rows)}};
}

}  // namespace relaypermit
