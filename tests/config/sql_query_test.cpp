#include "config/sql_query.h"

#include <gtest/gtest.h>

namespace relaypermit::testing {
namespace {

std::string text_of(std::string_view query, SqlDialect dialect) {
    const auto read = parse_sql_query(query, dialect, QueryOf::alias_table);
    return read ? read->text : "error: " + read.error().why;
}

std::string fault_of(std::string_view query, SqlDialect dialect = SqlDialect::sqlite) {
    const auto read = parse_sql_query(query, dialect, QueryOf::alias_table);
    return read ? "none: " + read->text
                : std::to_string(read.error().offset) + ": " + read.error().why;
}

TEST(SqlQuery, MakesParametersOfPlaceholders) {
    const auto read =
        parse_sql_query("SELECT a FROM t WHERE l = :login AND d=:domain OR (u=:user) OR l=:login;",
                        SqlDialect::postgresql, QueryOf::alias_table);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text, "SELECT a FROM t WHERE l = $1 AND d=$2 OR (u=$3) OR l=$4");
    EXPECT_EQ(read->parameters, (std::vector<Placeholder>{Placeholder::login, Placeholder::domain,
                                                          Placeholder::user, Placeholder::login}));
    EXPECT_EQ(text_of("SELECT :sender", SqlDialect::mysql), "SELECT ?");
    EXPECT_EQ(text_of("SELECT :sender ; -- all\n ; ", SqlDialect::sqlite), "SELECT ?");
}

TEST(SqlQuery, LeavesWhatOnlyLooksLikeOne) {
    EXPECT_EQ(text_of("SELECT :login::text, a[1:2], '::x' FROM t", SqlDialect::postgresql),
              "SELECT $1::text, a[1:2], '::x' FROM t");
    EXPECT_EQ(text_of("SELECT @a := :login", SqlDialect::mysql), "SELECT @a := ?");
    EXPECT_EQ(text_of("SELECT ';', \"a;b\", `c;d`, [e;f], :login", SqlDialect::sqlite),
              "SELECT ';', \"a;b\", `c;d`, [e;f], ?");
    EXPECT_EQ(text_of("SELECT $$;$$, $x$ $$ ; $x$, :login", SqlDialect::postgresql),
              "SELECT $$;$$, $x$ $$ ; $x$, $1");
    EXPECT_EQ(text_of("SELECT j ? 'a' FROM t WHERE l=:login", SqlDialect::postgresql),
              "SELECT j ? 'a' FROM t WHERE l=$1");
}

TEST(SqlQuery, KnowsWhereQuotesEndInEachDialect) {
    EXPECT_EQ(text_of(R"(SELECT 'it''s', '\', :login)", SqlDialect::sqlite),
              R"(SELECT 'it''s', '\', ?)");
    EXPECT_EQ(text_of(R"(SELECT '\'', :login)", SqlDialect::mysql), R"(SELECT '\'', ?)");
    EXPECT_EQ(text_of(R"(SELECT E'\'', '\', :login)", SqlDialect::postgresql),
              R"(SELECT E'\'', '\', $1)");
    EXPECT_EQ(fault_of(R"(SELECT '\', :login)", SqlDialect::mysql),
              "7: a quote that is not closed");
}

TEST(SqlQuery, RefusesAPlaceholderThatWouldBeText) {
    for (const SqlDialect dialect :
         {SqlDialect::sqlite, SqlDialect::postgresql, SqlDialect::mysql}) {
        EXPECT_EQ(fault_of("SELECT a FROM t WHERE l = ':login'", dialect),
                  "27: the placeholder `:login` stands between quotes, where it is only text");
        EXPECT_EQ(fault_of("SELECT a FROM t WHERE l LIKE '%@:domain' OR l=:login", dialect),
                  "32: the placeholder `:domain` stands between quotes, where it is only text");
        EXPECT_EQ(fault_of("SELECT \":login\"", dialect),
                  "8: the placeholder `:login` stands between quotes, where it is only text");
        EXPECT_EQ(fault_of("SELECT 1 -- :login", dialect),
                  "12: the placeholder `:login` stands in a comment, where it is only text");
        EXPECT_EQ(fault_of("SELECT /* :login */ 1", dialect),
                  "10: the placeholder `:login` stands in a comment, where it is only text");
    }
    EXPECT_EQ(fault_of("SELECT $$:login$$", SqlDialect::postgresql),
              "9: the placeholder `:login` stands between quotes, where it is only text");
}

TEST(SqlQuery, RefusesWhatIsNotOneStatementWithPlaceholders) {
    EXPECT_EQ(fault_of("SELECT :login; DELETE FROM t"),
              "15: a second statement behind a semicolon");
    EXPECT_EQ(fault_of("SELECT :logn"), "7: unknown placeholder `:logn`");
    EXPECT_EQ(fault_of("SELECT a FROM t"),
              "0: the query has no placeholder, and so one answer for everybody");
    EXPECT_EQ(
        parse_sql_query("SELECT a FROM t WHERE b = '%s'", SqlDialect::sqlite, QueryOf::alias_table)
            .error()
            .help,
        "what is `%s` in a map of Postfix is `:sender` here, without quotes");
    EXPECT_EQ(fault_of(" ; "), "0: the query is empty");
    EXPECT_EQ(fault_of("SELECT ?"), "7: a parameter of SQL's own");
    EXPECT_EQ(fault_of("SELECT @login"), "7: a parameter of SQL's own");
    EXPECT_EQ(fault_of("SELECT $1", SqlDialect::postgresql), "7: a parameter of SQL's own");
    EXPECT_EQ(fault_of("SELECT /*! :login */ 1", SqlDialect::mysql),
              "7: a comment that MySQL executes");
    EXPECT_EQ(fault_of("SELECT /* /* */ :login", SqlDialect::postgresql),
              "7: a comment that is not closed");
}

}  // namespace
}  // namespace relaypermit::testing
