#include "milter/configured_tables.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/support/daemon_fakes.h"
#include "tests/support/sasl_directory.h"
#include "tests/support/scratch_directory.h"

namespace relaypermit::testing {
namespace {

using Lines = std::vector<std::string>;

const AddressRules rules;

std::vector<TableSettings> two_tables(const std::string& directory) {
    return {{"one", 500, 30, SaslSettings{directory, "sendAs"}},
            {"two", 500, 30, SaslSettings{directory, "maySend"}}};
}

// relaypermit.conf of the tests' directory with a line more, until the end of the test.
class Edited {
  public:
    Edited() {
        std::ifstream file(path_, std::ios::binary);
        before_.assign(std::istreambuf_iterator<char>(file), {});
        std::ofstream(path_, std::ios::binary) << before_ << "sql_engine: sqlite3\n";
    }
    ~Edited() { std::ofstream(path_, std::ios::binary) << before_; }
    Edited(const Edited&) = delete;
    Edited& operator=(const Edited&) = delete;

  private:
    const std::string path_{SaslDirectory::instance().path() + "/relaypermit.conf"};
    std::string before_{};
};

TEST(ConfiguredTables, SaysOnceAtEachReloadThatOnlyARestartTakesUpANewSaslConfiguration) {
    const std::string directory = SaslDirectory::instance().path();
    KeptLog log;
    Metrics metrics;
    ConfiguredTables tables(log, metrics);
    EXPECT_EQ(tables.apply(two_tables(directory), rules), Lines{});
    EXPECT_EQ(tables.apply(two_tables(directory), rules), Lines{});
    EXPECT_EQ(log.at(LogLevel::warning), Lines{});
    const std::string warning =
        "restart to use the new `" + directory + "/relaypermit.conf`: libsasl2 reads it once";
    {
        const Edited edited;
        EXPECT_EQ(tables.apply(two_tables(directory), rules), Lines{});
        EXPECT_EQ(log.at(LogLevel::warning), Lines{warning});
        auto changed = two_tables(directory);
        changed[0].cache_s = 1;
        EXPECT_EQ(tables.apply(changed, rules), Lines{});
        EXPECT_EQ(log.at(LogLevel::warning), (Lines{warning, warning}));
    }
    EXPECT_EQ(tables.apply(two_tables(directory), rules), Lines{});
    EXPECT_EQ(log.at(LogLevel::warning), (Lines{warning, warning}));
}

TEST(ConfiguredTables, SaysWhichTableCannotBeOpenedAndWhy) {
    KeptLog log;
    Metrics metrics;
    ConfiguredTables tables(log, metrics);
    EXPECT_EQ(tables.apply(two_tables(SaslDirectory::instance().path()), rules), Lines{});
    const Lines failed =
        tables.apply({{"other", 500, 30, SaslSettings{"/nonexistent", "userPassword"}}}, rules);
    EXPECT_EQ(failed, Lines{"alias table other: `userPassword` is where SASL keeps passwords, not "
                            "senders"});
    EXPECT_EQ(log.at(LogLevel::error), failed);
}

// As with a policy that has mistakes: what cannot be taken up leaves what there is.
TEST(ConfiguredTables, KeepATableOfWhichTheNewSettingsCannotBeOpened) {
    SaslDirectory& sasl = SaslDirectory::instance();
    sasl.set_password("ivan", "example.com", "secret");
    KeptLog log;
    Metrics metrics;
    ConfiguredTables tables(log, metrics);
    EXPECT_EQ(tables.apply(two_tables(sasl.path()), rules), Lines{});
    auto changed = two_tables("/nonexistent");
    changed.pop_back();
    const Lines failed = tables.apply(changed, rules);
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_TRUE(failed[0].ends_with("; it stays as it was")) << failed[0];
    EXPECT_FALSE(tables.is_complete());
    EXPECT_EQ("alias table one: " + tables.faults().at("one"), failed[0]);

    const Policy policy{PolicySource{}};
    Facts facts;
    facts.auth_authen = "ivan@example.com";
    const auto answers =
        tables.ask(policy, {{Question::Kind::table, "one"}, {Question::Kind::table, "two"}}, facts);
    EXPECT_TRUE(answers.at(0).known) << answers.at(0).why;
    EXPECT_FALSE(answers.at(1).known);
}

TEST(ConfiguredTables, SayUntilAFileIsThereThatItIsNot) {
    const ScratchDirectory folder;
    KeptLog log;
    Metrics metrics;
    ConfiguredTables tables(log, metrics);
    TableSettings settings{"senders", 600'000, 0, FileSettings{folder.file("senders")}};
    EXPECT_EQ(tables.apply({settings}, rules).size(), 1U);
    ASSERT_EQ(tables.faults().size(), 1U);
    EXPECT_TRUE(tables.faults().at("senders").ends_with("; it is tried again"))
        << tables.faults().at("senders");
    folder.write("senders", "ivan@example.com info@example.com\n");
    Facts facts;
    facts.auth_authen = "ivan@example.com";
    const auto answers =
        tables.ask(Policy{PolicySource{}}, {{Question::Kind::table, "senders"}}, facts);
    EXPECT_TRUE(answers.at(0).known) << answers.at(0).why;
    EXPECT_TRUE(tables.faults().empty());
}

// Partners' domains must not become hosted ones, because the new list is not there yet.
TEST(ConfiguredTables, LeaveNoTableOfTheOtherRoleInPlace) {
    const ScratchDirectory folder;
    KeptLog log;
    Metrics metrics;
    ConfiguredTables tables(log, metrics);
    TableSettings settings{"domains", 600'000, 0,
                           FileSettings{folder.write("partners", "partner.example\n")}};
    settings.by = TableBy::domain;
    settings.role = DomainRole::relay;
    EXPECT_EQ(tables.apply({settings}, rules), Lines{});
    const auto ask = [&](Question::Kind kind) {
        return tables
            .ask(Policy{PolicySource{}}, {{kind, "domains", {.domain = "partner.example"}}}, {})
            .at(0);
    };
    EXPECT_EQ(ask(Question::Kind::relay_domain).key, "partner.example");
    EXPECT_FALSE(ask(Question::Kind::hosted_domain).known);

    settings.role = DomainRole::hosted;
    settings.of_kind = FileSettings{folder.file("missing")};
    const Lines failed = tables.apply({settings}, rules);
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_TRUE(failed[0].starts_with("domain table domains: ")) << failed[0];
    EXPECT_TRUE(failed[0].ends_with("until then whoever needs it is put off")) << failed[0];
    EXPECT_FALSE(ask(Question::Kind::hosted_domain).known);
}

}  // namespace
}  // namespace relaypermit::testing
