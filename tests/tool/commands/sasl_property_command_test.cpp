#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tables/sasl_table.h"
#include "tests/support/sasl_directory.h"
#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

using testing::SaslDirectory;

ToolRun sasl_property(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "sasl-property");
    arguments.push_back("--directory=" + SaslDirectory::instance().path());
    return run_relaypermit(arguments);
}

TEST(SaslPropertyCommand, SetsAddsTakesAwayAndLists) {
    SaslDirectory::instance().set_password("erin", "example.com", "secret");
    const std::string login = "erin@example.com";
    EXPECT_EQ(sasl_property({login}).out, "");
    EXPECT_EQ(sasl_property({login, "set", "b@example.org", "*@shop.example.org"}).out,
              "*@shop.example.org\nb@example.org\n");
    EXPECT_EQ(sasl_property({login, "add", "a@example.org", "b@example.org"}).out,
              "*@shop.example.org\na@example.org\nb@example.org\n");
    EXPECT_EQ(sasl_property({login, "del", "b@example.org"}).out,
              "*@shop.example.org\na@example.org\n");

    const auto table = SaslTable::open(SaslDirectory::instance().path(), "sendAs");
    ASSERT_TRUE(table) << table.error();
    EXPECT_EQ((*table)->look_up(key_of({"erin", "example.com"})).values,
              (std::vector<std::string>{"*@shop.example.org", "a@example.org"}));

    const ToolRun listed = sasl_property({login, "list", "--json"});
    EXPECT_EQ(listed.exit, Exit::fine);
    EXPECT_EQ(listed.err, "");
    EXPECT_EQ(listed.out,
              "{\"login\":\"erin@example.com\",\"senders\":[\"*@shop.example.org\","
              "\"a@example.org\"]}\n");
    EXPECT_EQ(sasl_property({login, "del", "a@example.org", "*@shop.example.org"}).out, "");
    EXPECT_EQ((*table)->look_up(key_of({"erin", "example.com"})).values,
              std::vector<std::string>{});
}

TEST(SaslPropertyCommand, SaysWhereNothingWasTakenAwayAndWhereTheLoginIsUnknown) {
    const ToolRun ran = sasl_property({"nobody@example.com", "del", "a@example.org"});
    EXPECT_EQ(ran.exit, Exit::finding);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, "relaypermit: SASL does not know the login nobody@example.com\n");
}

TEST(SaslPropertyCommand, RefusesWhatWouldNotBeReadBack) {
    const std::string login = "erin@example.com";
    struct Misuse {
        std::vector<std::string> arguments;
        std::string says;
    };
    for (const Misuse& misuse : {
             Misuse{{}, "needs a LOGIN"},
             Misuse{{login, "grant", "a@example.org"}, "`grant` is none of list, set, add and del"},
             Misuse{{login, "list", "a@example.org"}, "list takes no values"},
             Misuse{{login, "set"}, "set needs at least one VALUE"},
             Misuse{{login, "add", "no address"}, "`no address` is no sender pattern: "},
             Misuse{{login, "add", "/^a{1,2}@example\\.org$/"}, "holds a space or a comma"},
             Misuse{{"a?b", "add", "a@example.org"}, "`a?b`: "},
         }) {
        const ToolRun ran = sasl_property(misuse.arguments);
        EXPECT_EQ(ran.exit, Exit::failed) << misuse.says;
        EXPECT_EQ(ran.out, "");
        EXPECT_NE(ran.err.find(misuse.says), std::string::npos) << ran.err;
    }
}

TEST(SaslPropertyCommand, FindsTheTableInThePolicy) {
    const std::string sasl = SaslDirectory::instance().path();
    SaslDirectory::instance().set_password("frank", "example.com", "secret");
    const std::string policy = sasl + "/policy.toml";
    const auto table = [&](const std::string& id, const std::string& property) {
        return "[[alias_table]]\nid = \"" + id + "\"\ntype = \"sasl\"\nconfig = \"" + sasl +
               "\"\nproperty = \"" + property + "\"\n";
    };
    const auto write = [&](const std::string& tables) {
        std::ofstream(policy) << "[relay]\nhosted_domains = [\"example.com\"]\n"
                              << "[login]\ndefault_realm = \"example.com\"\n"
                              << tables;
    };
    const auto run = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"sasl-property", "-c", policy});
        return run_relaypermit(more);
    };
    write(table("one", "maySend"));
    EXPECT_EQ(run({"frank", "set", "a@example.org"}).out, "a@example.org\n");
    const auto stored = SaslTable::open(sasl, "maySend");
    ASSERT_TRUE(stored);
    EXPECT_EQ((*stored)->look_up(key_of({"frank", "example.com"})).values,
              std::vector<std::string>{"a@example.org"});

    write(table("one", "maySend") + table("two", "sendAs"));
    EXPECT_NE(run({"frank"}).err.find("more than one [[alias_table]] of type sasl in "),
              std::string::npos);
    EXPECT_EQ(run({"frank", "--table", "one"}).out, "a@example.org\n");
    EXPECT_EQ(run({"frank", "--table", "two"}).out, "");
    EXPECT_NE(run({"frank", "--table", "three"}).err.find("no `three` among the [[alias_table]]"),
              std::string::npos);
    write("");
    EXPECT_NE(run({"frank"}).err.find("no [[alias_table]] of type sasl in "), std::string::npos);
    std::filesystem::remove(policy);
}

TEST(SaslPropertyCommand, SaysWhyTheDatabaseCannotBeRead) {
    SaslDirectory& sasl = SaslDirectory::instance();
    (void)sasl_property({"erin@example.com"});  // libsasl2 reads its configuration once
    sasl.hide_database();
    const ToolRun ran = sasl_property({"erin@example.com", "add", "a@example.org"});
    sasl.restore_database();
    EXPECT_EQ(ran.exit, Exit::failed);
    EXPECT_EQ(ran.err, "relaypermit: `" + sasl.database() + "` is missing\n");
}

}  // namespace
}  // namespace relaypermit
