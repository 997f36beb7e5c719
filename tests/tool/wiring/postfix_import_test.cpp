// What of a Postfix' settings an imported policy says; a real one: mta/test_import.py.
#include "tool/wiring/postfix_import.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "config/load.h"
#include "tests/support/scratch_directory.h"
#include "tool/wiring/csv_import.h"
#include "tool/wiring/postfix_lists.h"
#include "tool/wiring/sendmail_import.h"

namespace relaypermit {
namespace {

class ImportOfPostfix : public testing::Test {
  protected:
    void write(std::string_view name, std::string_view text) const {
        const std::filesystem::path path = folder_.write(name, text);
        std::filesystem::last_write_time(
            path, std::filesystem::file_time_type::clock::now() - std::chrono::minutes{1});
    }
    [[nodiscard]] PostfixSettings settings(const std::string& main_cf,
                                           const std::string& master_cf) const {
        write("main.cf", "compatibility_level = 3.6\nmyhostname = mail.a.test\n" + main_cf);
        write("master.cf", "smtp inet n - y - - smtpd\n" + master_cf);
        const auto read = read_postfix_settings(folder_.path());
        EXPECT_TRUE(read) << read.error();
        return read ? *read : PostfixSettings();
    }
    [[nodiscard]] std::string text(const std::string& main_cf, const std::string& master_cf) const {
        const PostfixSettings all = settings(main_cf, master_cf);
        const std::string made = imported_policy_text(import_postfix(all, {}).policy);
        for (const Diagnostic& error : load_policy_text(made, "p", "host.test").errors)
            ADD_FAILURE() << to_string(error) << "\n" << made;
        return made;
    }
    [[nodiscard]] std::string path(std::string_view name) const { return folder_.file(name); }

    ScratchDirectory folder_{};
};

constexpr const char* submission =
    "submission inet n - y - - smtpd\n -o smtpd_sasl_auth_enable=yes\n"
    " -o smtpd_tls_security_level=encrypt\n";

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_F(ImportOfPostfix, SaysWhereDomainsNetworksAndPortsCameFrom) {
    const std::string made = text(
        "mydestination = a.test, b.test\nrelay_domains = c.test\n"
        "mynetworks = 127.0.0.0/8 [::1]/128 192.0.2.1\n",
        std::string(submission) + " -o milter_macro_daemon_name=ORIGINATING\n");
    EXPECT_TRUE(has(made, "main.cf:3\nhosted_domains = [\"a.test\", \"b.test\"]")) << made;
    EXPECT_TRUE(has(made, "relay_domains = [\"c.test\", \"*.c.test\"]")) << made;
    EXPECT_TRUE(has(made, "[\"127.0.0.0/8\", \"::1/128\", \"192.0.2.1/32\"]")) << made;
    EXPECT_TRUE(has(made, "master.cf:2\nports = [587]\n")) << made;
    EXPECT_TRUE(has(made, "daemon_names = [\"ORIGINATING\"]\nrequire_tls = true")) << made;
}

TEST_F(ImportOfPostfix, RefusesNobodyForWhatPostfixDoesNotCheck) {
    write("o", "ann@a.test ann@a.test\n");
    const std::string maps = "smtpd_sender_login_maps = texthash:" + path("o") + "\n";
    EXPECT_TRUE(has(text("", submission), "[cause.sender-not-owned]\n# This Postfix knows no"));
    EXPECT_TRUE(has(text(maps, submission), "is in force"));
    const std::string warned =
        " -o smtpd_sender_restrictions=warn_if_reject,reject_sender_login_mismatch\n";
    EXPECT_TRUE(has(text(maps, submission + warned), "warn_if_reject: recorded"));
    const std::string late =
        " -o "
        "smtpd_sender_restrictions=permit_sasl_authenticated,reject_sender_login_mismatch\n";
    EXPECT_TRUE(has(text(maps, submission + late), "permit_sasl_authenticated before it"));
    const std::string checked =
        " -o smtpd_sender_restrictions=reject_authenticated_sender_login_mismatch\n";
    EXPECT_FALSE(has(text(maps, submission + checked), "[cause.sender-not-owned]"));
}

TEST_F(ImportOfPostfix, KnowsRestrictionClassesAndWhatStandsBeforeTheCheck) {
    write("o", "ann@a.test ann@a.test\n");
    const std::string main = "smtpd_sender_login_maps = texthash:" + path("o") +
                             "\nmynetworks = 192.0.2.0/24\nsmtpd_restriction_classes = mine\n"
                             "mine = permit_mynetworks, check_sender_access inline:{x=OK}, "
                             "reject_authenticated_sender_login_mismatch\n";
    const std::string made =
        text(main, std::string(submission) + " -o smtpd_sender_restrictions=mine\n");
    EXPECT_TRUE(has(made, "except_clients = [\"192.0.2.0/24\"]")) << made;
    EXPECT_TRUE(has(made, "check_sender_access inline:{x=OK}")) << made;
}

// In main.cf it stands for port 25 too, where nobody logs in.
TEST_F(ImportOfPostfix, SaysThatAllSendersAreCheckedWhereAServiceWithoutLoginsComesFirst) {
    write("o", "ann@a.test ann@a.test\n");
    write("a", "a.test reject_authenticated_sender_login_mismatch\nb@b.test REJECT\n");
    const std::string made = text("smtpd_sender_login_maps = texthash:" + path("o") +
                                      "\nsmtpd_sender_restrictions = check_sender_access "
                                      "texthash:" +
                                      path("a") + "\n",
                                  std::string(submission) + "\n");
    EXPECT_TRUE(has(made, "the policy checks all senders")) << made;
    EXPECT_FALSE(has(made, "[cause.sender-not-owned]")) << made;
}

TEST_F(ImportOfPostfix, ListsAccessTablesThatSayMoreThanCanBeTold) {
    write("o", "ann@a.test ann@a.test\n");
    write("p", "/@a.test$/ reject_sender_login_mismatch\n");
    const std::string main = "smtpd_sender_login_maps = texthash:" + path("o") + "\n";
    const auto with = [&](const std::string& restrictions) {
        return text(main, std::string(submission) +
                              " -o { smtpd_sender_restrictions = " + restrictions + " }\n");
    };
    const std::string patterns = with("check_sender_access regexp:" + path("p"));
    EXPECT_TRUE(has(patterns, "the policy checks all senders")) << patterns;
    EXPECT_FALSE(has(patterns, "[cause.sender-not-owned]")) << patterns;
    write("p", "/@a.test$/ REJECT\n");
    EXPECT_TRUE(has(with("check_sender_access regexp:" + path("p")), "if it is about your own"));
    // Before an access table that refuses, another that may let somebody past.
    const std::string white = with(
        "permit_mynetworks, permit_sasl_authenticated, check_client_access inline:{x=OK}, "
        "check_sender_access inline:{mail.a.test=REJECT}");
    EXPECT_TRUE(has(white, "what stands before it in the same list")) << white;
    EXPECT_FALSE(has(white, "[cause.hosted-sender-needs-login]")) << white;
    // What refuses besides, or answers what no policy says, is no ground for a grant.
    for (const char* other : {"REJECT", "HOLD", "reject_known_sender_login_mismatch",
                              "{reject_sender_login_mismatch, reject_unlisted_sender}"}) {
        const std::string made =
            with("check_sender_access inline:{{a.test=reject_sender_login_mismatch},{b@a.test=" +
                 std::string(other) + "}}");
        EXPECT_FALSE(has(made, "\"unchecked")) << made;
        EXPECT_FALSE(has(made, "[cause.sender-not-owned]")) << made;
        EXPECT_TRUE(has(made, "the policy checks all senders")) << made;
    }
    EXPECT_TRUE(has(with("check_sender_access static:reject_sender_login_mismatch"),
                    "the policy checks all senders"));
    // Nothing is known of it: it may check.
    const std::string unknown = with("check_sender_access tcp:127.0.0.1:1");
    EXPECT_TRUE(has(unknown, "it may check senders")) << unknown;
    EXPECT_FALSE(has(unknown, "[cause.sender-not-owned]")) << unknown;
    const std::string late = with("permit_sasl_authenticated, check_sender_access tcp:127.0.0.1:1");
    EXPECT_TRUE(has(late, "[cause.sender-not-owned]")) << late;
    EXPECT_TRUE(has(with("check_sender_access inline:{a.test=HOLD}"), "leave it in Postfix"));
    const std::string both = with(
        "check_sender_access inline:{a.test=reject_authenticated_sender_login_mismatch},"
        "reject_known_sender_login_mismatch");
    EXPECT_TRUE(has(both, "beside it other senders are checked otherwise")) << both;
    EXPECT_FALSE(has(both, "unchecked-senders")) << both;
    const std::string one =
        with("check_sender_access inline:{a.test=reject_authenticated_sender_login_mismatch}");
    EXPECT_TRUE(has(one, "id      = \"unchecked-senders\"")) << one;
    EXPECT_TRUE(has(one, "fields  = [\"envelope\"]\nexcept  = [\"*@a.test\"")) << one;
    EXPECT_TRUE(has(one, "All of it was carried over")) << one;
}

TEST_F(ImportOfPostfix, SaysWhichServiceIsCheckedLess) {
    write("o", "ann@a.test ann@a.test\n");
    const std::string made = text("smtpd_sender_login_maps = texthash:" + path("o") + "\n",
                                  std::string(submission) +
                                      " -o smtpd_sender_restrictions=reject_sender_login_mismatch\n"
                                      "465 inet n - y - - smtpd\n -o smtpd_sasl_auth_enable=yes\n");
    EXPECT_TRUE(has(made, "465/inet")) << made;
    EXPECT_TRUE(has(made, "ports = [587, 465]")) << made;
    EXPECT_TRUE(has(made, "require_tls = false")) << made;
    EXPECT_TRUE(has(made, "[cause.hosted-sender-needs-login]")) << made;
}

// One service checks more senders, or others, than another: all are checked for both.
TEST_F(ImportOfPostfix, GrantsNothingUncheckedThatAnotherServiceChecks) {
    write("o", "ann@a.test ann@a.test\n");
    const std::string main =
        "mynetworks = 192.0.2.0/24\nsmtpd_sender_login_maps = texthash:" + path("o") + "\n";
    const auto with = [&](const std::string& first, const std::string& second) {
        return text(main, std::string(submission) + " -o { smtpd_sender_restrictions = " + first +
                              " }\n465 inet n - y - - smtpd\n -o smtpd_sasl_auth_enable=yes\n" +
                              " -o { smtpd_sender_restrictions = " + second + " }\n");
    };
    const auto table = [](const std::string& domain) {
        return "check_sender_access inline:{" + domain +
               "=reject_authenticated_sender_login_mismatch}";
    };
    for (const std::string& first :
         {std::string("reject_known_sender_login_mismatch"),
          std::string("reject_sender_login_mismatch"), table("a.test")}) {
        const std::string made = with(first, table("b.test"));
        EXPECT_FALSE(has(made, "\"unchecked")) << made;
        EXPECT_FALSE(has(made, "[cause.sender-not-owned]")) << made;
        EXPECT_TRUE(has(made, "checks these senders alone, and another service others")) << made;
    }
    EXPECT_TRUE(has(with(table("a.test"), table("a.test")), "\"unchecked-senders\""));
    EXPECT_TRUE(has(with(table("a.test"), "permit"), "\"unchecked-senders\""));
    // Networks are spared where each of them does.
    const std::string known = "reject_known_sender_login_mismatch";
    const std::string spared = "permit_mynetworks, reject_authenticated_sender_login_mismatch";
    EXPECT_TRUE(has(with(spared, spared), "except_clients"));
    EXPECT_FALSE(has(with(spared, known), "except_clients"));
    EXPECT_FALSE(has(with(known + ", " + spared, "permit"), "except_clients"));
}

TEST_F(ImportOfPostfix, RefusesOutsidersForAllServicesOrNone) {
    const std::string list =
        "permit_mynetworks, permit_sasl_authenticated, "
        "check_sender_access inline:{mail.a.test=REJECT}";
    const std::string made =
        text("", std::string(submission) + " -o { smtpd_sender_restrictions = " + list + " }\n");
    EXPECT_FALSE(has(made, "[cause.hosted-sender-needs-login]")) << made;
    EXPECT_TRUE(has(made, "smtp/inet does not refuse them")) << made;
    EXPECT_TRUE(has(made, "# What Postfix refuses beyond this policy")) << made;
    EXPECT_FALSE(has(made, "Where it permitted something")) << made;
    // A service that takes no mail of strangers needs no such list.
    EXPECT_TRUE(has(text("smtpd_sender_restrictions = " + list + "\n",
                         std::string(submission) + " -o { smtpd_sender_restrictions = "
                                                   "permit_sasl_authenticated, reject }\n"),
                    "[cause.hosted-sender-needs-login]"));
    // Of one domain alone, to Postfix.
    write("o", "ann@a.test ann@a.test\n");
    const std::string one =
        text("smtpd_sender_login_maps = texthash:" + path("o") +
                 "\nsmtpd_sender_restrictions = check_sender_access "
                 "inline:{mail.a.test=reject_unauthenticated_sender_login_mismatch}, " +
                 list + "\n",
             submission);
    EXPECT_TRUE(has(one, "it asks for a login for some senders")) << one;
    EXPECT_TRUE(has(one, "says already what ")) << one;
}

TEST_F(ImportOfPostfix, GivesLoginsWithoutARealmTheOneOfTheirAddresses) {
    write("o", "ann@a.test ann\nbob@a.test bob\n");
    const std::string checked =
        " -o smtpd_sender_restrictions=reject_authenticated_sender_login_mismatch\n";
    const std::string made =
        text("smtpd_sender_login_maps = texthash:" + path("o") + "\n", submission + checked);
    EXPECT_TRUE(has(made, "default_realm = \"a.test\"")) << made;
    EXPECT_TRUE(has(made, "logins  = [\"ann@a.test\"]")) << made;
    const std::string with_realm = text(
        "smtpd_sender_login_maps = texthash:" + path("o") + "\nsmtpd_sasl_local_domain = a.test\n",
        submission + checked);
    EXPECT_TRUE(has(with_realm, "so that this one never logs in")) << with_realm;
}

TEST_F(ImportOfPostfix, MakesAnAliasTableOfOneThatAsksAServer) {
    write("q.cf",
          "user = mail\npassword = hunter2\ndbname = mail\n"
          "query = SELECT login FROM s WHERE a = '%s'\n");
    const std::string submitted = std::string(submission) + " -o smtpd_sender_restrictions=" +
                                  "reject_authenticated_sender_login_mismatch\n";
    const std::string made =
        text("smtpd_sender_login_maps = mysql:" + path("q.cf") + "\n", submitted);
    EXPECT_TRUE(has(made, "by = \"sender\"\nurl = \"mysql://mail@localhost/mail\"\n")) << made;
    EXPECT_TRUE(has(made, "query = \"SELECT login FROM s WHERE a = :sender\"")) << made;
    EXPECT_FALSE(has(made, "hunter2")) << made;
    EXPECT_FALSE(has(made, "[[alias]]")) << made;
    EXPECT_TRUE(has(made, "All of it was carried over")) << made;
}

// An alias table only ever adds, and in Postfix the first answer hides the others.
TEST_F(ImportOfPostfix, LeavesOutATableThatAsksAServerBesideOthers) {
    write("q.cf",
          "user = u\npassword = hunter2\ndbname = mail\nquery = SELECT l FROM s WHERE a = '%s'\n");
    write("owners", "bob@example.com bob@example.com\n");
    const std::string made = text(
        "smtpd_sender_login_maps = texthash:" + path("owners") + ", mysql:" + path("q.cf") + "\n",
        std::string(submission) +
            " -o smtpd_sender_restrictions="
            "reject_authenticated_sender_login_mismatch\n");
    EXPECT_FALSE(has(made, "[[alias_table]]\n")) << made;
    EXPECT_TRUE(has(made, "the first answer hides the others")) << made;
    EXPECT_TRUE(has(made, "query = SELECT l FROM s WHERE a = '%s'")) << made;
    EXPECT_FALSE(has(made, "hunter2")) << made;
}

TEST_F(ImportOfPostfix, MakesADomainTableOfAListThatAsksAServer) {
    write("d.cf", "user = u\ndbname = mail\nquery = SELECT domain FROM d WHERE domain = '%s'\n");
    const std::string table = "pgsql:" + path("d.cf");
    const std::string made =
        text("mydestination = a.test\nvirtual_mailbox_domains = proxy:" + table +
                 "\nvirtual_alias_domains = " + table + "\n",
             submission);
    EXPECT_TRUE(has(made, "# " + path("d.cf") +
                              ":3\n[[domain_table]]\nid = \"virtual-mailbox-domains\"\n"
                              "type = \"postgresql\"\nrole = \"hosted\"\n"
                              "url = \"postgresql://u@localhost/mail\"\n"
                              "query = \"SELECT domain FROM d WHERE domain = :domain\"\n"))
        << made;
    EXPECT_FALSE(has(made, "virtual-alias-domains")) << made;
    EXPECT_TRUE(has(made, "All of it was carried over")) << made;
}

TEST_F(ImportOfPostfix, SaysWhatADomainTableHasNotThatPostfixHas) {
    write("d.cf", "user = u\ndbname = mail\nquery = SELECT active FROM d WHERE domain = '%s'\n");
    write("s.cf", "dbpath = /d\nquery = SELECT 1 FROM d WHERE domain = '%d'\n");
    const std::string main = "virtual_mailbox_domains = unionmap:{mysql:" + path("d.cf") +
                             ",sqlite:" + path("s.cf") +
                             "}\nrelay_domains = pgsql:" + path("d.cf") + "\n";
    const std::string made = text(main, submission);
    EXPECT_TRUE(has(made, "type = \"mysql\"\nrole = \"hosted\"")) << made;
    EXPECT_FALSE(has(made, "type = \"sqlite\"")) << made;
    EXPECT_TRUE(has(made, "a domain alone has nothing for its %d")) << made;
    EXPECT_TRUE(has(made, "have the query give 1")) << made;
    EXPECT_TRUE(has(made, "id = \"relay-domains\"\ntype = \"postgresql\"\nrole = \"relay\""))
        << made;
    EXPECT_TRUE(has(made, "parent_domain_matches_subdomains")) << made;
    EXPECT_TRUE(has(text(main + "parent_domain_matches_subdomains =\n", submission),
                    "a row `.example.com` stands for all below it in Postfix"));
}

// Postfix looks for a whole name in all of these but relay_domains.
TEST_F(ImportOfPostfix, TakesNoMoreFromAListOfDomainsThanPostfixFindsInIt) {
    const std::string lists =
        "mydestination = a.test .b.test\nvirtual_mailbox_domains = !x.c.test c.test\n"
        "relay_domains = .d.test\n";
    const std::string parents = text(lists, "");
    EXPECT_TRUE(has(parents, "hosted_domains = [\"a.test\"]")) << parents;
    EXPECT_FALSE(has(parents, "\nrelay_domains")) << parents;
    EXPECT_TRUE(has(text(lists + "parent_domain_matches_subdomains =\n", ""),
                    "relay_domains = [\"*.d.test\"]"));
}

// Without a list of the server's own domains, which keys Postfix asks for is not known.
TEST_F(ImportOfPostfix, LeavesOutATableOfSendersWhereTheLocalDomainsAreInAnother) {
    write("q.cf", "user = u\ndbname = mail\nquery = SELECT l FROM s WHERE a = '%s'\n");
    const std::string made =
        text("mydestination = pgsql:" + path("q.cf") +
                 "\nsmtpd_sender_login_maps = mysql:" + path("q.cf") + "\n",
             std::string(submission) +
                 " -o smtpd_sender_restrictions=reject_authenticated_sender_login_mismatch\n");
    EXPECT_FALSE(has(made, "[[alias_table]]")) << made;
    EXPECT_TRUE(has(made, "by the local part alone is not known")) << made;
}

TEST_F(ImportOfPostfix, TrustsNoNetworkBehindAnExclusion) {
    const PostfixSettings all =
        settings("mynetworks = 192.0.2.0/28, !192.0.2.77, 192.0.2.0/24, cidr:/x\n", "");
    const ImportedList list = import_networks(all, "mynetworks");
    ASSERT_EQ(list.items.size(), 1U);
    EXPECT_EQ(list.items[0].text, "192.0.2.0/28");
    EXPECT_EQ(list.left_out.size(), 3U);
}

TEST(ImportOfSendmail, ReadsWhomItDeliversAndRelaysFor) {
    const ScratchDirectory folder;
    folder.write("names", "a.test\nb.test\n");
    folder.write("relay", "c.test\n192.0.2\n");
    folder.write("access",
                 "Connect:198.51.100.7 RELAY\nTo:d.test\tRELAY\nspam.test REJECT\n"
                 "From:x@a.test RELAY\n10.1 RELAY\n");
    folder.write("sendmail.cf", "Djmail.a.test\nCwlocalhost\nFw" + folder.file("names") +
                                    " %[^\\#]\nFR-o " + folder.file("relay") +
                                    "\nKaccess hash -T<TMPF> -o " + folder.file("access") +
                                    "\nO DaemonPortOptions=Name=MTA-v4, Port=smtp\n"
                                    "O DaemonPortOptions=Name=MSA-v4, Port=submission, M=Ea\n"
                                    "O AuthOptions=A p y\n");
    const auto policy = import_sendmail(folder.file("sendmail.cf"));
    ASSERT_TRUE(policy) << policy.error();
    const std::string made = imported_policy_text(*policy);
    for (const Diagnostic& error : load_policy_text(made, "p", "host.test").errors)
        ADD_FAILURE() << to_string(error) << "\n" << made;
    EXPECT_TRUE(has(made, "hosted_domains = [\"localhost\", \"a.test\", \"b.test\"]")) << made;
    EXPECT_TRUE(has(made, "relay_domains = [\"c.test\", \"*.c.test\", \"d.test\", \"*.d.test\"]"))
        << made;
    EXPECT_TRUE(has(made, "\"192.0.2.0/24\"")) << made;
    EXPECT_TRUE(has(made, "\"198.51.100.7/32\"")) << made;
    EXPECT_TRUE(has(made, "\"10.1.0.0/16\"")) << made;
    EXPECT_TRUE(has(made, "ports = [587]")) << made;
    EXPECT_TRUE(has(made, "[\"MSA-v4\"]\nrequire_tls = true")) << made;
    EXPECT_EQ(all_left_out(*policy).size(), 2U) << made;
}

TEST(ImportOfCsv, GrantsWhatIsListedAndNothingElse) {
    const ImportedPolicy policy = import_csv(
        "login,sender\nann@a.test,ann@a.test\n\"bob@a.test\";info@a.test\nann@a.test,info@a.test\n"
        "bob@a.test,@b.test\nbob,x@a.test\nonly\n",
        "list.csv");
    const std::string made = imported_policy_text(policy);
    for (const Diagnostic& error : load_policy_text(made, "p", "host.test").errors)
        ADD_FAILURE() << to_string(error) << "\n" << made;
    EXPECT_TRUE(
        has(made, "logins  = [\"ann@a.test\", \"bob@a.test\"]\nsenders = [\"info@a.test\"]"))
        << made;
    EXPECT_TRUE(has(made, "# list.csv:5\n[[alias]]\nid      = \"all-of-b.test\"")) << made;
    EXPECT_EQ(all_left_out(policy).size(), 2U) << made;
}

}  // namespace
}  // namespace relaypermit
