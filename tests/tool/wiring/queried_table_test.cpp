// Tables of Postfix that ask a server, as alias tables: their queries with bound parameters.
#include "tool/wiring/queried_table.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

tl::expected<QueriedTable, std::string> read(std::string_view type, std::string_view text) {
    return queried_table(type, "/etc/postfix/owners.cf", logical_lines(text));
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
    const auto table = read(type, "dbpath = /x\ndbname = mail\nquery = " + query + "\n");
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
                      "hosts = unix:/run/postgresql\ndbname = mail\ntable = alias\n"
                      "select_field = goto\nwhere_field = address\n"
                      "additional_conditions = AND active\n"),
              "postgresql\nurl = \"postgresql://%2Frun%2Fpostgresql/mail\"\n"
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
              "(an alias table has no word for its %1)");
    EXPECT_EQ(query_of("mysql", "SELECT l FROM t WHERE a = '%s"),
              "(a quote of its query is not closed)");
    EXPECT_EQ(query_of("mysql", "SELECT l FROM t WHERE a = '%"), "(a % stands at its end)");
    EXPECT_EQ(query_of("sqlite", "SELECT l FROM t WHERE a = '%s'; DELETE FROM t"),
              "(its query is none for an alias table: a second statement behind a semicolon)");
    EXPECT_EQ(keys_of("mysql", "domain = example.com\nquery = SELECT '%s'\n"),
              "(it is asked for some domains alone (`domain`))");
    EXPECT_EQ(keys_of("mysql", "result_format = %u\nquery = SELECT '%s'\n"),
              "(it changes its results by result_format = %u)");
    EXPECT_EQ(keys_of("mysql", "expansion_limit = 1\nquery = SELECT '%s'\n"),
              "(it fails above an expansion_limit of 1)");
    EXPECT_EQ(keys_of("mysql", "query = SELECT '%s'\n"), "(it names no database)");
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
    EXPECT_EQ(keys_of("ldap", "search_base = dc=%d\n"), "(its search_base depends on the sender)");
    EXPECT_EQ(keys_of("ldap", "scope = one\nsearch_base = dc=x\n"),
              "(it searches with the scope one, and an alias table at all depths)");
    EXPECT_EQ(keys_of("ldap", "special_result_attribute = member\nsearch_base = dc=x\n"),
              "(it follows entries to others by special_result_attribute)");
}

}  // namespace
}  // namespace relaypermit
