// Tables by sender, and by both: which keys are asked, whose answers are kept for whom.
#include <gtest/gtest.h>

#include <atomic>

#include "policy/table_questions.h"
#include "tables/table_lookups.h"
#include "tests/tables/fake_rows.h"

namespace relaypermit::testing {
namespace {

using namespace std::chrono_literals;
using Keys = std::vector<std::string>;

const Login bob{"bob", "example.com"};
const Login carol{"carol", "example.com"};

struct SenderBench {
    explicit SenderBench(TableBy by, AliasTable::Uses uses = {}, bool whole = false)
        : table(std::make_shared<FakeRows>(uses, whole)),
          lookups(
              {{settings(by), table}},
              [this] { return std::chrono::steady_clock::time_point(now.load()); },
              [this](const std::string& line) { reported.push_back(line); }, {},
              {"example.com", {}, "mail.example.com", "+"}) {}
    static TableSettings settings(TableBy by) {
        TableSettings settings{"t", 600'000, 30, {}};
        settings.by = by;
        return settings;
    }
    TableAnswer ask(const std::string& address, const Login& login = bob) {
        return lookups.ask({Question::Kind::table, "t", parse_address(address).value()}, login);
    }

    std::shared_ptr<FakeRows> table;
    std::atomic<std::chrono::seconds> now{1000s};
    Keys reported{};
    TableLookups lookups;
};

TEST(SenderLookups, TakeTheFirstKeyWithAnAnswerAlone) {
    SenderBench bench(TableBy::sender);
    bench.table->set("@example.com", "bob@example.com");
    bench.table->set("info@example.com", "carol@example.com, dave");
    TableAnswer answer = bench.ask("info+x@example.com");
    EXPECT_TRUE(answer.known);
    EXPECT_EQ(answer.key, "info@example.com");
    EXPECT_TRUE(login_in(answer, carol));
    EXPECT_TRUE(login_in(answer, {"dave", "example.com"}));
    EXPECT_FALSE(login_in(answer, bob)) << "the address hides its domain";
    EXPECT_EQ(bench.table->asked(), (Keys{"info+x@example.com", "info@example.com"}));
    ASSERT_EQ(answer.lookups.size(), 2U);
    EXPECT_EQ(answer.lookups[0].values, 0U);
    EXPECT_EQ(answer.lookups[1].key, "info@example.com");
    EXPECT_EQ(answer.lookups[1].values, 2U);

    answer = bench.ask("other@example.com");
    EXPECT_EQ(answer.key, "@example.com");
    EXPECT_TRUE(login_in(answer, bob));
    EXPECT_EQ(bench.table->asked(), (Keys{"other@example.com", "other", "@example.com"}));
}

TEST(SenderLookups, HaveOneTimeoutForAllQuestionsOfAMessage) {
    SenderBench bench(TableBy::sender);
    TableLookups::Deadlines deadlines;
    const Question info{Question::Kind::table, "t", {"info", "example.com"}};
    EXPECT_TRUE(bench.lookups.ask(info, bob, &deadlines).known);
    ASSERT_TRUE(deadlines.contains("t"));
    // It is over: the table has been waited for, and hangs.
    deadlines["t"] = std::chrono::steady_clock::now();
    bench.table->hang(true);
    const Question other{Question::Kind::table, "t", {"other", "example.com"}};
    EXPECT_FALSE(bench.lookups.ask(other, bob, &deadlines).known);
    EXPECT_TRUE(bench.lookups.ask(info, bob, &deadlines).known) << "what is cached needs no time";
    bench.table->hang(false);
}

TEST(DomainLookups, AskForTheDomainWhoeverTheLoginIs) {
    SenderBench bench(TableBy::domain);
    bench.table->set("example.org", "this is no pattern");
    const auto ask = [&](const std::string& domain, const Login& login) {
        return bench.lookups.ask({Question::Kind::hosted_domain, "t", {.domain = domain}}, login);
    };
    TableAnswer answer = ask("example.org", {});
    EXPECT_TRUE(answer.known);
    EXPECT_EQ(answer.key, "example.org");
    EXPECT_EQ(ask("example.org", bob).key, "example.org");
    EXPECT_EQ(bench.table->asked(), Keys{"example.org"}) << "one answer for all logins";
    ASSERT_EQ(answer.lookups.size(), 1U);
    EXPECT_EQ(answer.lookups[0].values, 1U);
    EXPECT_EQ(bench.reported, Keys{}) << "its values are nobody's business";
    answer = ask("example.net", {});
    EXPECT_TRUE(answer.known);
    EXPECT_EQ(answer.key, "");
    // As SELECT EXISTS(...) and a column `active` say it.
    for (const char* no : {"0", "f", "False", "no"}) {
        bench.table->set("off.example", no);
        bench.now = bench.now.load() + 1000s;
        EXPECT_EQ(ask("off.example", {}).key, "") << no;
    }
    bench.table->fail("example.edu");
    EXPECT_FALSE(ask("example.edu", {}).known);
    // While a reload puts another table in the place of this one.
    EXPECT_FALSE(
        bench.lookups.ask({Question::Kind::relay_domain, "t", {.domain = "example.org"}}, {})
            .known);
    EXPECT_FALSE(bench.ask("bob@example.org").known);
    EXPECT_FALSE(bench.lookups.ask("t", bob).known);
}

TEST(SenderLookups, KnowThatThereIsNoKey) {
    SenderBench bench(TableBy::sender);
    const TableAnswer answer = bench.ask("info@example.org");
    EXPECT_TRUE(answer.known);
    EXPECT_TRUE(answer.key.empty());
    EXPECT_TRUE(answer.logins.empty());
    EXPECT_EQ(to_string(answer.address), "info@example.org");
}

TEST(SenderLookups, AreForTheWholeAddressAloneWhereTheTableMatchesIt) {
    SenderBench bench(TableBy::sender, {}, true);
    bench.table->set("@example.com", "bob@example.com");
    EXPECT_TRUE(bench.ask("info+x@example.com").logins.empty());
    EXPECT_EQ(bench.table->asked(), (Keys{"info+x@example.com"}));
}

TEST(SenderLookups, EndAtAKeyThatFails) {
    SenderBench bench(TableBy::sender);
    bench.table->set("@example.org", "bob@example.com");
    bench.table->fail("away");
    const TableAnswer answer = bench.ask("info@example.org");
    EXPECT_FALSE(answer.known);
    EXPECT_EQ(answer.why, "away");
    EXPECT_TRUE(answer.logins.empty());
    EXPECT_EQ(bench.table->asked(), (Keys{"info@example.org"}));
}

TEST(SenderLookups, CountAKeyWithoutAnyPatternAsAnAnswer) {
    SenderBench bench(TableBy::sender);
    bench.table->set("info@example.org", "no@pattern@");
    bench.table->set("@example.org", "bob@example.com");
    const TableAnswer answer = bench.ask("info@example.org");
    EXPECT_TRUE(answer.known);
    EXPECT_EQ(answer.key, "info@example.org");
    EXPECT_TRUE(answer.logins.empty());
    EXPECT_EQ(bench.reported,
              (Keys{"alias table t: entry `no@pattern@` of `info@example.org` is no login pattern "
                    "and is ignored: `no@pattern@` is not a login: the login ends with @"}));
}

TEST(SenderLookups, KeepAnAnswerForAllLoginsWhereTheQueryHasNone) {
    SenderBench bench(TableBy::sender);
    (void)bench.ask("info@example.org");
    (void)bench.ask("info@example.org", carol);
    EXPECT_EQ(bench.table->asked().size(), 2U);
    (void)bench.ask("sales@example.org");
    EXPECT_EQ(bench.table->asked(), (Keys{"sales@example.org"})) << "@example.org is kept";

    SenderBench both(TableBy::sender, {.login = true, .sender = true});
    (void)both.ask("info@example.org");
    (void)both.ask("info@example.org", carol);
    EXPECT_EQ(both.table->asked().size(), 4U);
}

TEST(LoginLookups, KeepAnAnswerForOneSenderWhereTheQueryHasIt) {
    SenderBench bench(TableBy::login, {.login = true, .sender = true});
    (void)bench.ask("info@example.org");
    (void)bench.ask("info@example.org");
    (void)bench.ask("sales@example.org");
    EXPECT_EQ(bench.table->asked(), (Keys{"info@example.org", "sales@example.org"}));

    SenderBench without(TableBy::login);
    (void)without.lookups.ask("t", bob);
    (void)without.lookups.ask("t", bob);
    EXPECT_EQ(without.table->asked().size(), 1U);
}

// As a policy asks that a reload has put in force before its tables.
TEST(SenderLookups, AreNotKnownWhereTheTableIsAskedByTheOther) {
    SenderBench by_sender(TableBy::sender);
    TableAnswer answer = by_sender.lookups.ask("t", bob);
    EXPECT_FALSE(answer.known);
    EXPECT_EQ(answer.why, "the table is still that of the policy before");
    EXPECT_TRUE(by_sender.table->asked().empty());
    SenderBench by_login(TableBy::login);
    EXPECT_FALSE(by_login.ask("info@example.org").known);
    EXPECT_TRUE(by_login.table->asked().empty());
}

TEST(SenderLookups, TakeARowOfCommasAloneForAnAnswer) {
    SenderBench bench(TableBy::sender);
    bench.table->set("ceo@example.org", ",");
    bench.table->set("@example.org", "bob@example.com");
    EXPECT_TRUE(bench.ask("ceo@example.org").logins.empty()) << "it hides its domain";
    EXPECT_EQ(bench.ask("info@example.org").logins.size(), 1U);
}

TEST(LoginLookups, TakeNothingWideOfAValueThatIsNotSoundAsAWhole) {
    SenderBench bench(TableBy::login);
    bench.table->set("bob@example.com", "orders@example.org  # not @example.net");
    const TableAnswer answer = bench.lookups.ask("t", bob);
    ASSERT_EQ(answer.senders.size(), 1U);
    EXPECT_EQ(answer.senders[0].text(), "orders@example.org");
}

}  // namespace
}  // namespace relaypermit::testing
