// Where TOML statements begin and end, in sound text and in broken text.
#include "config/toml_statements.h"

#include <gtest/gtest.h>

#include <string>

namespace relaypermit {
namespace {

// The statements, each in brackets, line breaks as /.
std::string split(std::string_view text) {
    std::string out;
    for (const TomlStatement& statement : statements_of(text)) {
        std::string body(text.substr(statement.begin, statement.end - statement.begin));
        for (char& c : body) c = c == '\n' ? '/' : c;
        out += (statement.header ? "{" : "(") + body + (statement.header ? "}" : ")");
    }
    return out;
}

TEST(TomlStatements, AreHeadersAndKeysWithTheirValues) {
    EXPECT_EQ(split("# c\n\na = 1 # x\n [t] # y\r\n  b.c = 'd'\n[[u]]\n"),
              "(a = 1 # x/){[t] # y\r/}(b.c = 'd'/){[[u]]/}");
    EXPECT_EQ(split(""), "");
    EXPECT_EQ(split(" \t\r\n"), "");
    EXPECT_EQ(split("a = 1"), "(a = 1)");
}

TEST(TomlStatements, HaveTheirNames) {
    const auto statements = statements_of("[[alias]] # who\n id  = \"x\"\n\"a = b\" = 1\n");
    ASSERT_EQ(statements.size(), 3U);
    EXPECT_EQ(statements[0].name, "[[alias]]");
    EXPECT_EQ(statements[1].name, "id");
}

TEST(TomlStatements, GoOnInListsAndLongStrings) {
    EXPECT_EQ(split("a = [\n  'x', # ]\n  [1],\n]\nb = 1\n"),
              "(a = [/  'x', # ]/  [1],/]/)(b = 1/)");
    EXPECT_EQ(split("a = '''\n[t]\nb = 1'''\nc = 1\n"), "(a = '''/[t]/b = 1'''/)(c = 1/)");
    EXPECT_EQ(split("a = \"\"\"x\\\"\"\"y\n\"\"\"\"\"\nb = 1\n"),
              "(a = \"\"\"x\\\"\"\"y/\"\"\"\"\"/)(b = 1/)");
    EXPECT_EQ(split("a = \"[\"\nb = '['\nc = 1\n"), "(a = \"[\"/)(b = '['/)(c = 1/)");
}

TEST(TomlStatements, EndBeforeTheNextWhereAListIsOpen) {
    EXPECT_EQ(split("a = [1,\nb = 2\n"), "(a = [1,/)(b = 2/)");
    EXPECT_EQ(split("a = ['x'\n[t]\n"), "(a = ['x'/){[t]/}");
    EXPECT_EQ(split("a = {\n[[t]]\n"), "(a = {/){[[t]]/}");
    // These could still be items of the list.
    EXPECT_EQ(split("a = [\n[1], [2],\n['b'],\n"), "(a = [/[1], [2],/['b'],/)");
}

TEST(TomlStatements, EndWithTheLineWhereAStringIsOpen) {
    EXPECT_EQ(split("a = \"x\nb = 1\n"), "(a = \"x/)(b = 1/)");
    EXPECT_EQ(split("a = 'x\nb = 1\n"), "(a = 'x/)(b = 1/)");
    EXPECT_EQ(split("a = '''x\nb = 1\n"), "(a = '''x/b = 1/)");
}

TEST(StatementsAbout, AreThoseOfOneTable) {
    EXPECT_EQ(
        statements_about("log.store = \"/a\" # b\nmode = \"monitor\"\n[log]\nx = 1\n"
                         "[relay]\nlog.y = 1\n[[alias]]\nid = \"log\"\n  [ \"log\" . z ]\nw = 1",
                         "log"),
        "log.store = \"/a\" # b\n[log]\nx = 1\n[ \"log\" . z ]\nw = 1");
    EXPECT_EQ(statements_about("log = { store = \"/a\" }\n[logs]\nx = 1\n[log", "log"),
              "log = { store = \"/a\" }\n[log");
    EXPECT_EQ(statements_about("note = \"\"\"\n[log]\nx = 1\n\"\"\"\n# [log]\ny = 1\n", "log"), "");
    EXPECT_EQ(statements_about("[\n[]\n[\"\n=\n\"\n'", "log"), "");
}

TEST(DeepKeys, AreFoundWhereverAKeyCanStand) {
    const auto dotted = [](std::size_t parts) {
        std::string key = "k";
        for (std::size_t i = 1; i < parts; ++i) key += ".k";
        return key;
    };
    const std::string sound = dotted(max_key_parts);
    const std::string deep = dotted(max_key_parts + 1);
    EXPECT_EQ(find_deep_key(sound + " = 1\n[" + sound + "]\nx = {" + sound + " = 1}\n"),
              std::nullopt);
    EXPECT_EQ(find_deep_key("x = 1\n" + deep + " = 1\n"), 6U);
    EXPECT_EQ(find_deep_key("[" + deep + "]\n"), 1U);
    EXPECT_EQ(find_deep_key("x = { " + deep + " = 1 }\n"), 6U);
    EXPECT_EQ(find_deep_key("x = [{a = 1, " + deep + " = 1 }]\n"), 13U);
    EXPECT_EQ(find_deep_key("x = '" + deep + "' # " + deep + "\n"), std::nullopt);
    EXPECT_EQ(find_deep_key("x = '''\n" + deep + " = 1\n'''\n"), std::nullopt);
}

}  // namespace
}  // namespace relaypermit
