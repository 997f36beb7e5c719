// What suggest makes of rights and domains that are kept in tables.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "tests/tool/inspect/suggest_bench.h"

namespace relaypermit {
namespace {

const std::string domain_table =
    "[[domain_table]]\nid = \"customers\"\nrole = \"hosted\"\ntype = \"file\"\npath = "
    "\"/domains\"\n";

// By their ids; one that is not here gives no answer.
struct Tables {
    std::map<std::string, std::set<std::string>> domains{};
    // By login its senders; by sender, whose it is.
    std::map<std::string, std::map<std::string, std::string>> rights{};
    std::map<std::string, int> asked{};  // for each domain

    void operator()(const std::vector<Question>& questions, Facts& facts) {
        for (const Question& question : questions) {
            TableAnswer answer{.table = question.key, .address = question.address};
            if (const auto table = domains.find(question.key); table != domains.end()) {
                ++asked[question.address.domain];
                answer.known = true;
                if (table->second.contains(question.address.domain))
                    answer.key = question.address.domain;
            } else if (const auto rows = rights.find(question.key); rows != rights.end()) {
                answer.known = true;
                const bool by_sender = !question.address.domain.empty();
                const auto row =
                    rows->second.find(by_sender ? to_string(question.address) : facts.auth_authen);
                if (row != rows->second.end() && by_sender) {
                    answer.key = row->first;
                    answer.logins.push_back(*Pattern::parse(row->second, PatternRole::login));
                } else if (row != rows->second.end()) {
                    answer.senders.push_back(*Pattern::parse(row->second, PatternRole::sender));
                }
            }
            facts.table_answers.push_back(std::move(answer));
        }
    }
};

bool has_doubt(const Suggestion& suggestion, const std::string& text) {
    return std::any_of(
        suggestion.doubts.begin(), suggestion.doubts.end(),
        [&](const std::string& doubt) { return doubt.find(text) != std::string::npos; });
}

std::string doubts_in(const Suggestions& suggestions) {
    return suggestions_as_toml(suggestions, sample_time(0), sample_time(86400));
}

Record as_hosted(Record record) {
    record.cause = Cause::sender_not_owned;
    return record;
}

TEST(SuggestTables, TakesADomainOfATableForOneOfThisServers) {
    Tables tables{.domains = {{"customers", {"shop.example"}}}};
    Bench bench(base + domain_table);
    bench.ask = std::ref(tables);
    for (const char* name : {"a", "b", "c"})
        bench.add(as_hosted(at_mail("bob@example.com", name + std::string("@shop.example"))));
    bench.add(at_from("bob@example.com", {"eve@shop.example"}));
    const Suggestions found = bench.suggest();
    ASSERT_FALSE(found.entries.empty());
    EXPECT_EQ(entries_of(found)[0], "bob@example.com | *@shop.example") << doubts_in(found);
    for (const Suggestion& entry : found.entries)
        EXPECT_FALSE(has_doubt(entry, "not hosted here")) << doubts_in(found);
    EXPECT_TRUE(found.forms.empty());
    EXPECT_LE(tables.asked["shop.example"], 40);
}

TEST(SuggestTables, TakesNobodyOfATablesDomainForAWebFormsVisitor) {
    Tables tables{.domains = {{"customers", {"shop.example"}}}};
    Bench bench(base + domain_table);
    bench.ask = std::ref(tables);
    bench.add(at_from("web@example.com", {"gustav@shop.example"}));
    bench.add(at_from("web@example.com", {"hanna@shop.example"}));
    EXPECT_TRUE(bench.suggest().forms.empty());
    tables.domains["customers"].clear();
    EXPECT_EQ(bench.suggest().forms.size(), 1U) << "these are strangers";
}

TEST(SuggestTables, ClaimsNothingOfADomainThatNobodyCanTellOf) {
    Tables silent;
    Bench bench(base + domain_table);
    bench.ask = std::ref(silent);
    bench.add(at_mail("bob@example.com", "eve@shop.example"));
    bench.add(at_from("web@example.com", {"gustav@shop.example"}));
    bench.add(at_from("web@example.com", {"hanna@shop.example"}));
    const Suggestions found = bench.suggest();
    EXPECT_TRUE(found.forms.empty());
    ASSERT_EQ(found.entries.size(), 2U) << doubts_in(found);
    for (const Suggestion& entry : found.entries) {
        EXPECT_TRUE(has_doubt(entry,
                              "whether shop.example is hosted here is not known: no answer from "
                              "the domain table customers"))
            << doubts_in(found);
        EXPECT_FALSE(has_doubt(entry, "shop.example is not hosted here")) << doubts_in(found);
    }
    EXPECT_TRUE(
        has_doubt(found.entries[0].grant.fields.envelope ? found.entries[1] : found.entries[0],
                  "ask its owner first"))
        << doubts_in(found);
}

TEST(SuggestTables, BelievesARecordWhereATableIsSilent) {
    Tables silent;
    Bench bench(base + domain_table);
    bench.ask = std::ref(silent);
    for (const char* name : {"a", "b", "c"})
        bench.add(as_hosted(at_mail("bob@example.com", name + std::string("@shop.example"))));
    const Suggestions found = bench.suggest();
    EXPECT_EQ(entries_of(found), Texts{"bob@example.com | *@shop.example"}) << doubts_in(found);
    EXPECT_FALSE(has_doubt(found.entries[0], "hosted here")) << doubts_in(found);
}

TEST(SuggestTables, NamesTheTableThatCouldHaveADomainWhichWasForgotten) {
    Tables tables{.domains = {{"customers", {"shop.example"}}}};
    Bench bench(base + domain_table);
    bench.ask = std::ref(tables);
    bench.add(at_mail("carl@new.example", "carl@new.example"));
    const Suggestions found = bench.suggest();
    ASSERT_EQ(found.settings.size(), 1U) << doubts_in(found);
    EXPECT_EQ(lines_to_add(found.settings[0].forgotten),
              Texts{"add \"new.example\" to `hosted_domains` in [relay] or to the domain table "
                    "customers"});
    EXPECT_EQ(found.prevented, 1U);

    Tables silent;
    bench.ask = std::ref(silent);
    EXPECT_TRUE(bench.suggest().settings.empty()) << "it may have it";
}

TEST(SuggestTables, AsksForNoRightToTheOwnAddressOfATablesDomain) {
    Tables tables{.domains = {{"customers", {"shop.example"}}}};
    Bench bench(base + domain_table);
    bench.ask = std::ref(tables);
    bench.add(at_from("eve@shop.example", {"eve@shop.example", "orders@example.com"}));
    EXPECT_EQ(entries_of(bench.suggest()), Texts{"eve@shop.example | orders@example.com | from"});
}

TEST(SuggestTables, NamesTheAliasTableThatShouldHaveHeldTheRight) {
    const std::string by_login =
        "[[alias_table]]\nid = \"staff\"\ntype = \"file\"\npath = \"/senders\"\n";
    const std::string by_sender =
        "[[alias_table]]\nid = \"owners\"\nby = \"sender\"\ntype = \"file\"\npath = "
        "\"/owners\"\n";
    const std::string narrow =
        "[[alias_table]]\nid = \"headers\"\ntype = \"file\"\npath = \"/headers\"\nfields = "
        "[\"from\"]\n";
    const auto says = [](const std::string& id) {
        return "the alias table " + id + " was asked and does not have it: should it stand there?";
    };
    Tables tables{.rights = {{"staff", {{"bob@example.com", "info@example.com"}}},
                             {"owners", {{"info@example.com", "bob@example.com"}}},
                             {"headers", {}}}};
    for (const bool sender : {false, true}) {
        Bench bench(base + (sender ? by_sender : by_login) + narrow);
        bench.ask = std::ref(tables);
        bench.add(at_mail("bob@example.com", "info@example.com"));
        bench.add(at_mail("bob@example.com", "orders@example.com"));
        const Suggestions found = bench.suggest();
        ASSERT_EQ(entries_of(found), Texts{"bob@example.com | orders@example.com"});
        EXPECT_EQ(found.permitted_by_now, 1U) << "what the table has";
        EXPECT_TRUE(has_doubt(found.entries[0], says(sender ? "owners" : "staff")))
            << doubts_in(found);
        EXPECT_FALSE(has_doubt(found.entries[0], says("headers")))
            << "which grants no envelope sender";
    }
    // One that gives no answer is not said to lack it.
    Tables silent;
    Bench bench(base + by_sender);
    bench.ask = std::ref(silent);
    bench.add(at_mail("bob@example.com", "orders@example.com"));
    const Suggestions found = bench.suggest();
    EXPECT_TRUE(found.entries.empty());
    ASSERT_EQ(found.left_out.size(), 1U);
    EXPECT_EQ(found.left_out[0].why, "it turns on a table that gives no answer now");
}

}  // namespace
}  // namespace relaypermit
