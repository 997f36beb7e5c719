// What suggest generalises, and what it never grants: as somebody would who knows the people and
// the machines behind the refusals.
#include <gtest/gtest.h>

#include "tests/support/scratch_directory.h"
#include "tests/support/scratch_tool.h"
#include "tests/support/time_zone.h"
#include "tests/tool/inspect/suggest_bench.h"

namespace relaypermit {
namespace {

std::string number(int i) {
    return std::to_string(i);
}

Texts settings_of(const Suggestions& suggestions) {
    Texts texts;
    for (const ForgottenSetting& setting : suggestions.settings)
        for (const std::string& line : lines_to_add(setting.forgotten)) texts.push_back(line);
    return texts;
}

Record at_port_25(const std::string& client, const std::string& sender,
                  Outcome verdict = Outcome::reject) {
    Record record = sample_refusal_at_mail();
    record.login.clear();
    record.mechanism.clear();
    record.client = client;
    record.port = 25;
    record.daemon = "smtpd";
    record.sender = sender;
    record.verdict = verdict;
    record.cause = Cause::use_submission;
    record.stage = Stage::rcpt;
    record.recipients = {"x@remote.example"};
    record.recipient_count = 1;
    record.mailer = "smtp";
    return record;
}

TEST(SuggestGeneral, TakesSixtyBouncesOfOneListForOneRightAndNoTheft) {
    for (const char* sign : {"+u", "-u"}) {
        Bench bench;
        for (int i = 0; i < 60; ++i) {
            bench.add(at_mail("list@example.com", std::string("dev-bounces") + sign + number(i) +
                                                      "=gmail.com@shop.example.com"),
                      i * 60);
        }
        const Suggestions found = bench.suggest();
        EXPECT_TRUE(found.suspects.empty()) << sign;
        ASSERT_EQ(entries_of(found), (Texts{std::string("list@example.com | dev-bounces") +
                                            (*sign == '+' ? "" : "-*") + "@shop.example.com"}));
        ASSERT_EQ(found.entries[0].also_permits.size(), 1U);
        EXPECT_EQ(found.prevented, 60U);
        bench.check_announcement(found);
    }
}

TEST(SuggestGeneral, TakesWhatAForwarderRewritesForOneRight) {
    Bench bench;
    for (int i = 0; i < 40; ++i) {
        bench.add(at_mail("fwd@example.com", "SRS0=H" + number(i) + "=TT=a" + number(i) +
                                                 ".example=joe@shop.example.com"),
                  i);
        bench.add(
            at_mail("fwd@example.com",
                    "SRS1=H" + number(i) + "=b.example==HHH=TT=a.example=joe@shop.example.com"),
            i);
    }
    bench.add(at_mail("alice@example.com", "prvs=2945abcdef=orders@shop.example.com"));
    const Suggestions found = bench.suggest();
    EXPECT_TRUE(found.suspects.empty());
    ASSERT_EQ(entries_of(found),
              (Texts{"fwd@example.com | SRS0=*@shop.example.com SRS1=*@shop.example.com",
                     "alice@example.com | *=orders@shop.example.com"}));
    bench.check_announcement(found);
}

TEST(SuggestGeneral, OffersADomainThatThePolicyForgotAsOneLine) {
    Bench bench;
    for (int i = 0; i < 25; ++i) {
        const std::string login = "user" + number(i) + "@new.example";
        bench.add(at_mail(login, login), i);
    }
    bench.add(at_mail("user1@new.example", "user1+tag@new.example"));
    const Suggestions found = bench.suggest();
    ASSERT_EQ(settings_of(found), (Texts{"add \"new.example\" to `hosted_domains` in [relay]"}));
    ASSERT_EQ(entries_of(found), Texts{});
    EXPECT_EQ(found.settings[0].refusals, 26U);
    EXPECT_EQ(found.settings[0].people.size(), 25U);
    EXPECT_EQ(found.prevented, 26U);
    EXPECT_EQ(found.settings[0].also_permits.size(), 2U);
    bench.check_announcement(found);
}

TEST(SuggestGeneral, OffersARealmThatThePolicyForgotAsOneLine) {
    Bench bench{std::string(base) + "realms = [\"example.com\"]\n"};
    for (int i = 0; i < 25; ++i) {
        const std::string login = "user" + number(i) + "@shop.example.com";
        bench.add(at_mail(login, login), i);
        bench.add(
            at_mail("user" + number(i) + "@new.example", "user" + number(i) + "@new.example"));
    }
    const Suggestions found = bench.suggest();
    ASSERT_EQ(settings_of(found), (Texts{"add \"new.example\" to `hosted_domains` in [relay]",
                                         "add \"new.example\" to `realms` in [login]",
                                         "add \"shop.example.com\" to `realms` in [login]"}));
    ASSERT_EQ(entries_of(found), Texts{});
    EXPECT_EQ(found.prevented, 50U);
    bench.check_announcement(found);
}

TEST(SuggestGeneral, OffersARealmThatIsAHostNameAsOneLine) {
    Bench bench;
    for (int i = 0; i < 25; ++i) {
        const std::string user = "user" + number(i);
        bench.add(at_mail(user + "@mail.example.net", user + "@example.com"), i);
    }
    const Suggestions found = bench.suggest();
    ASSERT_EQ(entries_of(found), (Texts{"*@mail.example.net | {user}@example.com"}));
    EXPECT_EQ(found.entries[0].grant.id, "mail-example-net-as-exam");
    EXPECT_EQ(found.entries[0].also_permits,
              (Texts{"every other login of mail.example.net to send under its own name at "
                     "example.com"}));
    EXPECT_EQ(found.entries[0].refusals, 25U);
    bench.check_announcement(found);
}

TEST(SuggestGeneral, OffersAnAliasDomainAsOneLine) {
    Bench bench;
    for (int i = 0; i < 25; ++i) {
        const std::string user = "user" + number(i);
        bench.add(at_mail(user + "@example.com", user + "@shop.example.com"), i);
        bench.add(at_from(user + "@example.com", {user + "@alias.example"}), i);
    }
    const Suggestions found = bench.suggest();
    ASSERT_EQ(entries_of(found), (Texts{"*@example.com | {user}@alias.example | from",
                                        "*@example.com | {user}@shop.example.com"}));
    EXPECT_EQ(found.prevented, 50U);
    bench.check_announcement(found);
}

// The same name in two places may be two people's.
TEST(SuggestGeneral, GrantsNobodyTheNamesOfAnotherDomainsPeople) {
    Bench bench;
    bench.add(at_mail("kim@shop.example.com", "x@shop.example.com"));
    for (int i = 0; i < 8; ++i) {
        const std::string user = "user" + number(i);
        bench.add(at_mail(user + "@example.com", user + "@shop.example.com"), i * 86400);
        bench.add(at_mail(user + "@example.com", user + "@gmail.com"), i * 86400);
        // Of a domain that is not hosted some names are others'.
        bench.add(at_mail(user + "@example.com", user + "@club.example"), i * 86400);
    }
    bench.add(at_mail("user1@example.com", "boss@club.example"));
    for (const Suggestion& entry : bench.suggest().entries)
        for (const PlacedPattern& sender : entry.grant.senders)
            EXPECT_EQ(sender.pattern.kind(), Pattern::Kind::exact) << sender.pattern.text();
    EXPECT_TRUE(bench.suggest().settings.empty());
}

TEST(SuggestGeneral, NeverTakesAMailProviderForADomainOfThisServer) {
    Bench bench;
    for (int i = 0; i < 8; ++i) {
        const std::string login = "user" + number(i) + "@gmail.com";
        bench.add(at_mail(login, login), i);
    }
    EXPECT_TRUE(bench.suggest().settings.empty());
}

TEST(SuggestGeneral, GrantsThePrintersOfANetworkAtOnce) {
    Bench bench;
    for (int i = 1; i <= 8; ++i)
        for (int scan = 0; scan < 5; ++scan)
            bench.add(at_port_25("10.1.5." + number(i), "scanner-" + number(i) + "@example.com"),
                      scan);
    const Suggestions found = bench.suggest();
    ASSERT_EQ(entries_of(found), (Texts{"10.1.5.0/24 | scanner-*@example.com"}));
    EXPECT_EQ(found.entries[0].grant.id, "devices-as-scanner");
    EXPECT_EQ(found.entries[0].also_permits, (Texts{"every other client in 10.1.5.0/24",
                                                    "every other address scanner-*@example.com"}));
    EXPECT_EQ(found.entries[0].refusals, 40U);
    EXPECT_EQ(found.entries[0].people.size(), 8U);
    bench.check_announcement(found);
}

TEST(SuggestGeneral, GrantsOneDeviceByItsAddress) {
    Bench bench;
    bench.add(at_port_25("10.1.5.9", "scanner@example.com"));
    bench.add(at_port_25("10.1.6.9", "scanner@example.com"));
    EXPECT_EQ(entries_of(bench.suggest()),
              (Texts{"10.1.5.9/32 10.1.6.9/32 | scanner@example.com"}));
    bench.check_announcement(bench.suggest());
}

// Strangers try hosted senders on port 25 all day, and the mail server turns them away by itself;
// and whose address is a login has a mail program that can log in.
TEST(SuggestGeneral, GrantsPort25NeitherToStrangersNorToPeople) {
    Bench bench;
    bench.add(at_mail("alice@example.com", "info@example.com"));
    for (int i = 1; i <= 8; ++i) {
        bench.add(at_port_25("203.0.113." + number(i), "scanner@example.com", Outcome::mta_reject));
        bench.add(at_port_25("10.1.5." + number(i), "alice+x@example.com"));
    }
    const Suggestions found = bench.suggest();
    ASSERT_EQ(entries_of(found), (Texts{"alice@example.com | info@example.com"}));
    ASSERT_EQ(found.left_out.size(), 9U);
    EXPECT_EQ(found.left_out[8].login, "203.0.113.0/24");
    EXPECT_EQ(found.left_out[8].refusals, 8U);
    EXPECT_TRUE(found.left_out[8].why.starts_with(
        "the mail server itself turned 8 clients of this public network away; if they are devices "
        "of yours"));
    EXPECT_EQ(found.left_out[0].why, "that is somebody's login: their program should log in");
}

TEST(SuggestGeneral, TellsAWebFormToUseReplyToAndGrantsItNoVisitor) {
    const TimeZone zone{"UTC"};
    for (const int visitors : {1, 2, 40}) {
        Bench bench;
        for (int i = 0; i < visitors; ++i)
            bench.add(at_from("wp@example.com", {"visitor" + number(i) + "@gmail.example"}), i);
        bench.add(at_from("wp@example.com", {"orders@example.com"}), 7);
        const Suggestions found = bench.suggest();
        ASSERT_EQ(entries_of(found), (Texts{"wp@example.com | orders@example.com | from"}));
        ASSERT_EQ(found.forms.size(), 1U) << visitors;
        EXPECT_EQ(found.forms[0].strangers, static_cast<std::size_t>(visitors));
        EXPECT_TRUE(found.suspects.empty());
        EXPECT_TRUE(found.left_out.empty());
        const std::string text = suggestions_as_toml(found, sample_time(0), sample_time(1));
        EXPECT_NE(text.find("Reply-To"), std::string::npos) << text;
        bench.check_announcement(found);
    }
}

TEST(SuggestGeneral, SaysWhatTheftLookedLike) {
    const TimeZone zone{"UTC"};
    Bench bench;
    for (int i = 0; i < 40; ++i) {
        Record record = at_mail("mallory@example.com", "x" + number(i) + "@spam.example");
        record.client = "198.51." + number(i % 4) + ".7";
        bench.add(record, i);
        bench.add(at_mail("relay@example.com", "y" + number(i) + "@friend.example"), i);
    }
    const Suggestions found = bench.suggest();
    ASSERT_EQ(entries_of(found), Texts{});
    ASSERT_EQ(found.suspects.size(), 2U);
    EXPECT_EQ(found.suspects[0].kind, Suspect::Kind::theft);
    EXPECT_EQ(found.suspects[1].login, "relay@example.com");
    EXPECT_EQ(found.suspects[1].kind, Suspect::Kind::crowd);
    EXPECT_EQ(what_was_seen(found.suspects[0]),
              "40 unlike senders in the hour from 2026-06-01 12:00, 40 of 40 in all of other "
              "domains than its own, from 4 networks; 40 refusals from 4 addresses, as "
              "x0@spam.example, x1@spam.example, x2@spam.example");
}

TEST(SuggestGeneral, SaysWhatOneRefusalAskedForOnBehalfOfSomebodyElse) {
    Bench bench;
    bench.add(at_mail("lars@example.com", "info@example.com"));
    bench.add(at_from("jan@example.com", {"lars@example.com"}));
    bench.add(at_from("kim@example.com", {"boss@example.com"}), 0, 3);
    bench.add(at_mail("tom@example.com", "lars@example.com"));
    bench.add(at_mail("uwe@example.com", "bernd@example.com"));
    std::map<std::string, Texts> doubts;
    for (const Suggestion& entry : bench.suggest().entries)
        doubts[entry.grant.logins.begin()->pattern.text()] = entry.doubts;
    EXPECT_EQ(doubts["jan@example.com"],
              (Texts{"one refusal alone asked to write on behalf of lars@example.com, which is "
                     "somebody's login: ask its owner first"}));
    EXPECT_EQ(doubts["kim@example.com"],
              (Texts{"3 refusals asked to write on behalf of boss@example.com: ask its owner "
                     "first"}));
    EXPECT_EQ(doubts["tom@example.com"],
              (Texts{"lars@example.com is somebody's login, and one refusal alone asked to send as "
                     "it: ask its owner first"}));
    EXPECT_EQ(doubts["uwe@example.com"],
              (Texts{"one refusal alone asked to send as bernd@example.com: if it is somebody's, "
                     "ask them first"}));
    EXPECT_EQ(doubts["lars@example.com"], Texts{});
}

TEST(SuggestGeneral, PutsSettingsIntoCommentsAsTheyStandInAnotherFile) {
    const TimeZone zone{"UTC"};
    const ScratchDirectory scratch;
    const auto ran =
        run_relaypermit({"suggest", "-c", scratch.write("policy.toml", named), "--maillog", "-"},
                        sample_log({at_mail("carl@new.example", "carl@new.example")}));
    EXPECT_EQ(
        ran.out,
        "# relaypermit suggest on mx, 2026-05-26 12:00 to 2026-06-02 12:00: 1 setting and 0\n"
        "#   entries would have prevented 1 of 1 refusal for want of a grant\n"
        "# Take what is right into a file of policy.d; then relaypermit check, and relaypermit\n"
        "#   replay --policy, before the daemon is reloaded.\n"
        "\n"
        "# 1 refusal of 1 login since 2026-06-01 12:00, the last 2026-06-01 12:00:\n"
        "#   carl@new.example (1)\n"
        "# one line for all of them, in the policy file itself: add \"new.example\" to\n"
        "#   `hosted_domains` in [relay]\n"
        "# ALSO PERMITS every other login of new.example to send as itself\n"
        "# ALSO PERMITS anybody to send to new.example, as to every domain of this server\n"
        "# MIND: only a domain whose mail this server delivers belongs there\n");
    const auto json = run_relaypermit(
        {"suggest", "--json", "-c", scratch.write("policy.toml", named), "--maillog", "-"},
        sample_log({at_mail("carl@new.example", "carl@new.example")}));
    EXPECT_NE(json.out.find("\"domain\": \"new.example\""), std::string::npos) << json.out;
}

}  // namespace
}  // namespace relaypermit
