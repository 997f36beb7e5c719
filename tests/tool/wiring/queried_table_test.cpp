// Tables of Postfix that ask a server, as alias tables: their queries with bound parameters.
#include "tool/wiring/queried_table.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

tl::expected<QueriedTable, std::string> read(std::string_view type, std::string_view text) {
    return queried_table(type, "/etc/postfix/owners.cf", logical_lines(text), QueryOf::alias_table);
}

// The keys as they stand in a policy; an error in brackets.
std::string keys_of(std::string_view type, std::string_view text) {
    const auto table = read(type, text);
    if (!table) return "(" + table.error() + ")";
    std::string keys = table->type + "\n";
    for (const auto& [key, value] : table->keys) keys += key + " = " + value + "\n";
    return keys;
}

std::string query_of(std::string_view type, const std::string& query) {
    const auto table = read(type, "dbpath = /x\ndbname = mail\nuser = u\nquery = " + query + "\n");
    return table ? table->keys.back().second : "(" + table.error() + ")";
}

TEST(QueriedTable, ReadsWhereAMysqlTableIsAndKeepsItsPasswordApart) {
    const std::string text =
        "hosts = inet:db.example.com:3307 db2.example.com\nuser = post fix\npassword = hunter2\n"
        "dbname = mail\nquery = SELECT goto FROM alias\n  WHERE address = '%s' AND active = '1'\n";
    EXPECT_EQ(keys_of("mysql", text),
              "mysql\nurl = \"mysql://post%20fix@db.example.com:3307/mail\"\n"
              "password_file = \"/etc/relaypermit/owners.password\"\n"
              "query = \"SELECT goto FROM alias WHERE address = :sender AND active = '1'\"\n");
    const auto table = read("mysql", text);
    ASSERT_TRUE(table);
    ASSERT_EQ(table->remarks.size(), 2U);
    EXPECT_EQ(table->remarks[0], "Of its 2 servers, only the first is asked here.");
    EXPECT_EQ(table->remarks[1],
              "Put the password of /etc/postfix/owners.cf into /etc/relaypermit/owners.password, "
              "alone, chmod 640 and chown root:relaypermit.");
}

TEST(QueriedTable, ReadsTheOlderFormOfAQuery) {
    EXPECT_EQ(keys_of("pgsql",
                      "hosts = unix:/run/postgresql\ndbname = mail\nuser = u\ntable = alias\n"
                      "select_field = goto\nwhere_field = address\n"
                      "additional_conditions = AND active\n"),
              "postgresql\nurl = \"postgresql://u@%2Frun%2Fpostgresql/mail\"\n"
              "query = \"SELECT goto FROM alias WHERE address = :sender AND active\"\n");
}

TEST(QueriedTable, JoinsAnExpansionToTheRestOfItsString) {
    const std::string query = "SELECT l FROM t WHERE a = '%u@%d' OR b = 'x%%y' OR c = ''";
    EXPECT_EQ(query_of("mysql", query),
              "\"SELECT l FROM t WHERE a = CONCAT(:user, '@', :domain) OR b = 'x%y' OR c = ''\"");
    EXPECT_EQ(query_of("sqlite", query),
              "\"SELECT l FROM t WHERE a = (:user || '@' || :domain) OR b = 'x%y' OR c = ''\"");
    EXPECT_EQ(query_of("pgsql", query),
              "\"SELECT l FROM t WHERE a = (CAST(:user AS text) || '@' || CAST(:domain AS text)) "
              "OR b = 'x%y' OR c = ''\"");
    EXPECT_EQ(query_of("mysql", "SELECT l FROM t WHERE a = \"%s\" AND b = 'it\\'s' AND c = 'o''k'"),
              "\"SELECT l FROM t WHERE a = :sender AND b = 'it\\\\'s' AND c = 'o''k'\"");
}

TEST(QueriedTable, SaysWhatAnAliasTableCannotDo) {
    EXPECT_EQ(query_of("mysql", "SELECT l FROM t WHERE a = %s"),
              "(an expansion stands outside quotes in its query)");
    EXPECT_EQ(query_of("mysql", "SELECT l FROM t WHERE a = '%s' AND b = '%1'"),
              "(a policy has no word for its %1)");
    EXPECT_EQ(query_of("mysql", "SELECT l FROM t WHERE a = '%s"),
              "(a quote of its query is not closed)");
    EXPECT_EQ(query_of("mysql", "SELECT l FROM t WHERE a = '%"), "(a % stands at its end)");
    EXPECT_EQ(query_of("sqlite", "SELECT l FROM t WHERE a = '%s'; DELETE FROM t"),
              "(its query is none for a policy: a second statement behind a semicolon)");
    EXPECT_EQ(keys_of("mysql", "domain = example.com\nquery = SELECT '%s'\n"),
              "(it is asked for some domains alone (`domain`))");
    EXPECT_EQ(keys_of("mysql", "result_format = %u\nquery = SELECT '%s'\n"),
              "(it changes its results by result_format = %u)");
    EXPECT_EQ(keys_of("mysql", "expansion_limit = 1\nquery = SELECT '%s'\n"),
              "(it fails above an expansion_limit of 1)");
    EXPECT_EQ(keys_of("mysql", "query = SELECT '%s'\n"), "(it names no database)");
    EXPECT_EQ(keys_of("mysql", "dbname = x\nquery = SELECT '%s'\n"), "(it names no user)");
    EXPECT_EQ(keys_of("pgsql", "dbname = x\nhosts = postgresql:///mail\nquery = SELECT '%s'\n"),
              "(its hosts are connection strings)");
}

TEST(QueriedTable, ReadsADirectory) {
    EXPECT_EQ(keys_of("ldap",
                      "server_host = ldap.example.com\nserver_port = 1389\nversion = 3\n"
                      "start_tls = yes\ntls_ca_cert_file = /etc/ssl/ca.pem\n"
                      "bind = yes\nbind_dn = cn=postfix,dc=example,dc=com\nbind_pw = x\n"
                      "search_base = ou=people,dc=example,dc=com\n"
                      "query_filter = (&(objectClass=person)(|(mail=%s)(alias=%u@%d)))\n"
                      "result_attribute = uid, mail\n"),
              "ldap\nurl = \"ldap://ldap.example.com:1389\"\nstart_tls = true\n"
              "ca_file = \"/etc/ssl/ca.pem\"\nbind_dn = \"cn=postfix,dc=example,dc=com\"\n"
              "password_file = \"/etc/relaypermit/owners.password\"\n"
              "base = \"ou=people,dc=example,dc=com\"\n"
              "filter = \"(&(objectClass=person)(|(mail={sender})(alias={user}@{domain})))\"\n"
              "attributes = [\"uid\", \"mail\"]\n");
    EXPECT_EQ(keys_of("ldap", "search_base = dc=%d\n"),
              "(its search_base depends on what it is asked)");
    EXPECT_EQ(keys_of("ldap", "scope = one\nsearch_base = dc=x\n"),
              "(it searches with the scope one, and a table of a policy at all depths)");
    EXPECT_EQ(keys_of("ldap", "special_result_attribute = member\nsearch_base = dc=x\n"),
              "(it follows entries to others by special_result_attribute)");
}

// What a table that is asked for domains becomes; an error in brackets, a table that has none in
// angle brackets.
std::string for_domains(std::string_view type, const std::string& text) {
    const auto table = queried_table(type, "/etc/postfix/domains.cf",
                                     logical_lines("dbname = mail\ndbpath = /x\nuser = u\n" + text),
                                     QueryOf::domain_table);
    if (!table) return "(" + table.error() + ")";
    if (!table->never.empty()) return "<" + table->never + ">";
    return std::string(table->all_say_yes ? "" : "? ") + table->keys.back().second;
}

std::string domains_by(const std::string& query) {
    return for_domains("mysql", "query = " + query + "\n");
}

TEST(QueriedTable, AsksForADomainByItsWholeName) {
    EXPECT_EQ(domains_by("SELECT domain FROM d WHERE domain = '%s' AND active = '1'"),
              "\"SELECT domain FROM d WHERE domain = :domain AND active = '1'\"");
    EXPECT_EQ(domains_by("SELECT 1 FROM d WHERE name = '%u'"),
              "\"SELECT 1 FROM d WHERE name = :domain\"");
    EXPECT_EQ(domains_by("SELECT 1 FROM d WHERE name = '%S'"),
              "\"SELECT 1 FROM d WHERE name = :domain\"");
}

TEST(QueriedTable, KnowsWhichTablesPostfixFindsNoDomainIn) {
    EXPECT_EQ(domains_by("SELECT 1 FROM d WHERE name = '%d'"),
              "<a domain alone has nothing for its %d, so that Postfix never asks it for one>");
    EXPECT_EQ(domains_by("SELECT 1 FROM d WHERE a = '%%d' AND name = '%2.%1'"),
              "<a domain alone has nothing for its %2, so that Postfix never asks it for one>");
    EXPECT_EQ(for_domains("mysql", "domain = a.test\nquery = SELECT 1 FROM d WHERE n = '%s'\n"),
              "<with `domain` set, Postfix asks it for addresses alone, and never for a domain>");
    EXPECT_EQ(for_domains("ldap", "search_base = dc=%d\nquery_filter = (dc=%s)\n"),
              "<a domain alone has nothing for its %d, so that Postfix never asks it for one>");
    EXPECT_EQ(for_domains("mysql", "result_format = OK\nquery = SELECT 1 FROM d WHERE n = '%s'\n"),
              "\"SELECT 1 FROM d WHERE n = :domain\"");
    EXPECT_EQ(for_domains("mysql", "result_format = x%u\nquery = SELECT 1 FROM d WHERE n = '%s'\n"),
              "(it changes its results by result_format = x%u)");
    // Of the result, and not of what was asked.
    EXPECT_EQ(for_domains("mysql", "result_format = %d\nquery = SELECT m FROM d WHERE n = '%s'\n"),
              "(it changes its results by result_format = %d)");
    EXPECT_EQ(for_domains("mysql", "result_format = %D\nquery = SELECT m FROM d WHERE n = '%s'\n"),
              "<a domain alone has nothing for its %D, so that Postfix never asks it for one>");
}

// To Postfix a row that says 0 has the domain.
TEST(QueriedTable, SaysWhetherEveryRowIsAYes) {
    for (const std::string query : {
             "SELECT name FROM d WHERE name = '%s'",
             "SELECT d.name FROM d JOIN e ON d.i = e.i WHERE '%s' = d.name AND (a = 1 OR b = 2)",
             "select distinct `name` as x from d where `name`='%s' and active",
             "SELECT 'OK' FROM d WHERE lower(name) = '%s' OR alias = '%s'",
             "SELECT n FROM d WHERE n = '%s' UNION ALL SELECT 12 FROM e WHERE m = '%s'",
         })
        EXPECT_TRUE(domains_by(query).starts_with("\"")) << domains_by(query);
    for (const std::string query : {
             "SELECT active FROM d WHERE name = '%s'",
             "SELECT 0 FROM d WHERE name = '%s'",
             "SELECT 'No' FROM d WHERE name = '%s'",
             "SELECT '' FROM d WHERE name = '%s'",
             "SELECT name FROM d WHERE name = '%s' OR active",
             "SELECT name FROM d WHERE name = '%s' AND x = 1 || 2",
             "SELECT name FROM d WHERE x BETWEEN 1 AND name = '%s'",
             "SELECT name, active FROM d WHERE name = '%s'",
             "SELECT name FROM d WHERE name = '%s' AND (SELECT 1) LIMIT 1",
             "SELECT n FROM d WHERE n = '%s' UNION SELECT a FROM e WHERE m = '%s'",
             "SELECT name FROM d WHERE (name = '%s' OR active)",
             "SELECT name FROM d WHERE NOT name = '%s'",
             "SELECT name FROM d WHERE name = '%s' COLLATE x",
             "SELECT a FROM d WHERE b = 'it''s' /* */ AND a = '%s'",
         })
        EXPECT_TRUE(domains_by(query).starts_with("? ")) << domains_by(query);
    EXPECT_EQ(for_domains("ldap",
                          "search_base = dc=x\nresult_attribute = dc\n"
                          "query_filter = (&(objectClass=d)(DC=%s))\n"),
              "[\"dc\"]");
    EXPECT_EQ(for_domains("ldap",
                          "search_base = dc=x\nresult_attribute = mail\n"
                          "query_filter = (|(mail=%s)(dc=%s))\n"),
              "? [\"mail\"]");
    EXPECT_EQ(for_domains("ldap",
                          "search_base = dc=x\nresult_attribute = dc\n"
                          "query_filter = (&(a=b)(|(dc=%s)(o=%s)))\n"),
              "? [\"dc\"]");
}

TEST(QueriedTable, ReadsAFunctionAndSaysWhatHasNoQuery) {
    EXPECT_EQ(keys_of("pgsql", "dbname = x\nuser = u\nselect_function = owners_of\n"),
              "postgresql\nurl = \"postgresql://u@localhost/x\"\n"
              "query = \"SELECT owners_of(:sender)\"\n");
    EXPECT_EQ(keys_of("mysql", "dbname = x\nuser = u\nselect_function = owners_of\n"),
              "(it has no query)");
}

}  // namespace
}  // namespace relaypermit
