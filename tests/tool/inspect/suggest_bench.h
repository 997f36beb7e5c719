// What the tests of suggest share: refusals, and whether replay says what the suggestions announce.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/load.h"
#include "tests/support/sample_record.h"
#include "tool/inspect/replay.h"
#include "tool/inspect/suggest.h"
#include "tool/inspect/suggest_page.h"

namespace relaypermit {

inline constexpr const char* base =
    "[relay]\nhosted_domains = [\"example.com\", \"shop.example.com\"]\n"
    "[login]\ndefault_realm = \"example.com\"\n";

// Whatever this machine is called.
inline const std::string named = std::string("server.name = \"mx\"\n") + base;

inline std::shared_ptr<const Policy> policy_of(const std::string& text) {
    const Loaded loaded = load_policy_text(text, "p.toml", "mail.example.com");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error) << "\n" << text;
    return loaded.policy;
}

inline Record at_mail(const std::string& login, const std::string& sender) {
    Record record = sample_refusal_at_mail();
    record.login = login;
    record.sender = sender;
    record.cause =
        sender.ends_with("example.com") ? Cause::sender_not_owned : Cause::sender_not_hosted;
    return record;
}

inline Record at_from(const std::string& login, const std::vector<std::string>& from,
                      const std::string& sender_field = {}) {
    Record record = at_mail(login, login);
    record.cause = Cause::from_not_owned;
    record.stage = Stage::headers;
    record.from = from;
    record.header_sender = sender_field;
    record.recipients = {"x@remote.example"};
    record.recipient_count = 1;
    record.mailer = "smtp";
    return record;
}

class Bench {
  public:
    explicit Bench(const std::string& policy_text = base)
        : text(policy_text), policy(policy_of(policy_text)) {}

    void add(const Record& record, int second = 0, std::uint64_t count = 1) {
        Decision decision;
        decision.stored = {.id = 1,
                           .time = sample_time(second),
                           .last = sample_time(second),
                           .count = count,
                           .record = record};
        decisions.push_back(decision);
    }
    [[nodiscard]] Suggestions suggest() const {
        Suggester suggester{*policy, sample_time(86400), ask};
        for (const Decision& decision : decisions) suggester.add(decision);
        return suggester.finish();
    }
    // Reads the output behind the policy, and checks what `replay` then says of it.
    void check_announcement(const Suggestions& suggestions) const {
        const std::string toml =
            suggestions_as_toml(suggestions, sample_time(0), sample_time(86400));
        const auto changed = policy_of(text + toml);
        ASSERT_TRUE(changed);
        // The settings stand in a comment: they belong into the policy file itself.
        const Policy with_all{with_settings(changed->source(), suggestions.settings)};
        Replay replay{with_all};
        for (const Decision& decision : decisions) replay.add(decision);
        EXPECT_EQ(replay.changed(), suggestions.prevented + suggestions.permitted_by_now) << toml;
        std::map<std::string, std::uint64_t> by_rule;
        for (const ChangeGroup& group : replay.groups()) {
            EXPECT_TRUE(group.change == Change::passes_stage ||
                        group.change == Change::newly_permitted ||
                        group.change == Change::no_longer_objected);
            for (const std::string& rule : group.rules) by_rule[rule] += group.count;
        }
        for (const Suggestion& entry : suggestions.entries)
            EXPECT_EQ(by_rule[entry.grant.id], entry.refusals) << toml;
    }

    std::string text;
    std::shared_ptr<const Policy> policy;
    Ask ask{};
    std::vector<Decision> decisions{};
};

// "logins | senders | fields" of each entry.
inline std::vector<std::string> entries_of(const Suggestions& suggestions) {
    std::vector<std::string> texts;
    for (const Suggestion& entry : suggestions.entries) {
        std::string text;
        for (const LoginPattern& login : entry.grant.logins) text += login.pattern.text() + " ";
        for (const PlacedNetwork& client : entry.grant.rare->clients)
            text += to_string(client.network) + " ";
        text += "|";
        for (const PlacedPattern& sender : entry.grant.senders) text += " " + sender.pattern.text();
        const GrantFields& fields = entry.grant.fields;
        text += fields.envelope ? "" : " |";
        text += !fields.envelope && fields.from ? " from" : "";
        text += !fields.envelope && fields.sender ? " sender" : "";
        texts.push_back(text);
    }
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace relaypermit
