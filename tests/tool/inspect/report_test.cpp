#include "tool/inspect/report.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <regex>

#include "record/store_file.h"
#include "tests/support/sample_record.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/scratch_tool.h"
#include "tests/support/time_zone.h"
#include "tool/base/visible.h"
#include "tool/base/when.h"
#include "tool/inspect/report_html.h"
#include "tool/inspect/report_page.h"

namespace relaypermit {
namespace {

Decision decision_of(const Record& record, int second, std::uint64_t count = 1) {
    Decision decision;
    decision.stored.time = decision.stored.last = sample_time(second);
    decision.stored.count = count;
    decision.stored.record = record;
    return decision;
}

Record refusal(const std::string& login, const std::string& sender, Cause cause) {
    Record record = sample_record();
    record.login = login;
    record.sender = sender;
    record.cause = cause;
    return record;
}

constexpr int hour = 3600;
constexpr int day = 24 * hour;

// Two days up to sample_time().
Report two_days() {
    return Report{{sample_time(-2 * day), std::nullopt}, sample_time(0)};
}

TEST(Report, CountsByCauseAgainstTheTimeBefore) {
    Report report = two_days();
    report.add(decision_of(refusal("alice@example.com", "o@x", Cause::sender_not_owned), -hour, 5));
    report.add(decision_of(refusal("bob@example.com", "o@x", Cause::sender_not_owned), -2 * hour));
    report.add(decision_of(refusal("bob@example.com", "g@y", Cause::sender_not_hosted), -2 * hour));
    report.add(
        decision_of(refusal("bob@example.com", "o@x", Cause::sender_not_owned), -3 * day, 4));
    report.add(
        decision_of(refusal("bob@example.com", "o@x", Cause::sender_not_owned), -5 * day, 9));
    report.add(decision_of(sample_accept(), -hour));
    report.add(decision_of(sample_accept(), -3 * day));
    const ReportTotals totals = report.totals();
    EXPECT_EQ(totals.refused, 7U);
    EXPECT_EQ(totals.refused_before, 4U);
    EXPECT_EQ(totals.accepted, 1U);
    EXPECT_EQ(totals.people, 2U);
    const auto causes = report.causes();
    ASSERT_EQ(causes.size(), 2U);
    EXPECT_EQ(causes[0].name, "sender-not-owned");
    EXPECT_EQ(causes[0].count, 6U);
    EXPECT_EQ(causes[0].before, 4U);
    EXPECT_EQ(causes[0].people, 2U);
    EXPECT_EQ(causes[1].before, 0U);
}

TEST(Report, CutsSubaddressesWhereThePolicyCuts) {
    Report report{{sample_time(-2 * day), std::nullopt}, sample_time(0), "-"};
    for (const char* sender : {"info-a@example.com", "info-b@example.com", "info+c@example.com"})
        report.add(
            decision_of(refusal("alice@example.com", sender, Cause::sender_not_owned), -hour));
    std::vector<std::string> names;
    for (const ReportRow& row : report.senders(10)) names.push_back(row.name);
    EXPECT_EQ(names, (std::vector<std::string>{"info@example.com", "info+c@example.com"}));
}

TEST(Report, CountsWhatAListWritesAsOneSender) {
    Report report = two_days();
    for (int i = 0; i < 60; ++i) {
        const std::string tag = "u" + std::to_string(i) + "=gmail.com";
        for (const std::string& sender :
             {"dev-bounces+" + tag + "@lists.example",
              "SRS0=H" + std::to_string(i) + "=T=x.example=a@f.example"})
            report.add(
                decision_of(refusal("l@example.com", sender, Cause::sender_not_hosted), -hour));
    }
    const auto senders = report.senders(10);
    ASSERT_EQ(senders.size(), 2U);
    EXPECT_EQ(senders[0].name, "SRS0=*@f.example");
    EXPECT_EQ(senders[1].name, "dev-bounces@lists.example");
    EXPECT_EQ(senders[1].count, 60U);
    EXPECT_EQ(report.logins(10).at(0).senders,
              (std::vector<std::string>{"SRS0=*@f.example", "dev-bounces@lists.example"}));
    EXPECT_TRUE(report.suspects().empty());
}

TEST(Report, TellsOfARealmThatWasForgottenInOneLine) {
    Report report = two_days();
    for (int i = 0; i < 25; ++i) {
        const std::string user = "user" + std::to_string(i);
        report.add(decision_of(
            refusal(user + "@new.example", user + "@new.example", Cause::sender_not_hosted),
            -hour));
        report.add(decision_of(
            refusal(user + "@example.com", user + "@alias.example", Cause::sender_not_hosted),
            -hour));
    }
    // One who was refused something else too stands by herself as well.
    report.add(decision_of(
        refusal("user1@example.com", "boss@example.com", Cause::sender_not_owned), -hour));
    ASSERT_EQ(report.realms().size(), 2U);
    EXPECT_EQ(report.logins(10).size(), 1U);
    EXPECT_EQ(report.logins(10).at(0).name, "user1@example.com");
    const std::string text = report_as_text(report, Terminal{.width = 200});
    EXPECT_NE(text.find("One line for many"), std::string::npos) << text;
    EXPECT_NE(text.find("add new.example to `hosted_domains` in [relay]"), std::string::npos);
    EXPECT_NE(text.find("senders = [\"{user}@alias.example\"]"), std::string::npos);
    EXPECT_NE(report_as_html(report, "x").find("One line for many"), std::string::npos);
    EXPECT_NE(report_as_json(report).find("\"realm\": \"new.example\""), std::string::npos);
}

TEST(Report, TellsAWebFormToUseReplyTo) {
    Report report = two_days();
    for (int i = 0; i < 40; ++i) {
        Record record = refusal("wp@example.com", "wp@example.com", Cause::from_not_owned);
        record.from = {"visitor" + std::to_string(i) + "@gmail.example"};
        report.add(decision_of(record, -hour));
    }
    EXPECT_TRUE(report.suspects().empty());
    ASSERT_EQ(report.forms().size(), 1U);
    EXPECT_EQ(remedy_of(report, report.logins(10).at(0)), form_advice);
    const std::string text = report_as_text(report, Terminal{.width = 80});
    EXPECT_NE(text.find("Strangers in From"), std::string::npos) << text;
    EXPECT_EQ(text.find("stolen"), std::string::npos) << text;
}

TEST(Report, SaysOfALoginWhatItTriedMost) {
    Report report = two_days();
    for (int i = 0; i < 6; ++i) {
        const std::string sender = "s" + std::to_string(i % 5) + "@x";
        report.add(
            decision_of(refusal("alice@example.com", sender, Cause::sender_not_owned), -hour));
    }
    report.add(decision_of(refusal("alice@example.com", "s3@x", Cause::sender_not_owned), -hour));
    Record from = refusal("alice@example.com", "alice@example.com", Cause::from_not_owned);
    from.from = {"boss@example.com"};
    report.add(decision_of(from, -hour, 3));
    const auto logins = report.logins(10);
    ASSERT_EQ(logins.size(), 1U);
    EXPECT_EQ(logins[0].count, 10U);
    EXPECT_EQ(logins[0].cause, Cause::sender_not_owned);
    // Of that cause alone.
    EXPECT_EQ(logins[0].senders, (std::vector<std::string>{"s0@x", "s3@x", "s1@x"}));
    EXPECT_EQ(logins[0].other_senders, 2U);
    EXPECT_EQ(what_it_tried(logins[0]), "sender-not-owned as s0@x, s3@x, s1@x and 2 more");
}

TEST(Report, SaysOfAClientWithoutALoginWhatItShouldChange) {
    Report report = two_days();
    Record printer = refusal("", "printer@example.com", Cause::login_required);
    printer.client = "192.0.2.50";
    report.add(decision_of(printer, -hour, 600));
    report.add(decision_of(refusal("a@example.com", "o@x", Cause::sender_not_owned), -hour));
    const auto clients = report.clients(10);
    ASSERT_EQ(clients.size(), 1U);
    EXPECT_EQ(clients[0].name, "192.0.2.50");
    EXPECT_EQ(clients[0].count, 600U);
    EXPECT_EQ(what_it_tried(clients[0]), "login-required as printer@example.com");
    EXPECT_EQ(remedy_of(report, clients[0]),
              "turn on authentication for the outgoing server in the mail program");
}

TEST(Report, TellsWhoIsNew) {
    Report report = two_days();
    report.add(decision_of(refusal("old@example.com", "o@x", Cause::sender_not_owned), -3 * day));
    report.add(decision_of(refusal("old@example.com", "o@x", Cause::sender_not_owned), -hour));
    report.add(decision_of(refusal("new@example.com", "o@x", Cause::sender_not_owned), -hour));
    Record client = refusal("", "x@y", Cause::login_required);
    client.client = "203.0.113.9";
    report.add(decision_of(client, -hour));
    const auto names = [](const std::vector<ReportRow>& rows) {
        std::vector<std::string> all;
        for (const ReportRow& row : rows) all.push_back(row.name);
        return all;
    };
    EXPECT_EQ(names(report.fresh_logins(10)), std::vector<std::string>{"new@example.com"});
    EXPECT_EQ(names(report.fresh_clients(10)), std::vector<std::string>{"203.0.113.9"});
    EXPECT_EQ(names(report.fresh_causes()), std::vector<std::string>{"login-required"});
}

TEST(Report, ComparesWithNothingWhereTheRecordBeginsLater) {
    Report report = two_days();
    report.add(decision_of(refusal("new@example.com", "o@x", Cause::sender_not_owned), -hour, 3));
    report.set_beginning(sample_time(-4 * day));
    EXPECT_EQ(report.causes().at(0).before, 0U);
    report.set_beginning(sample_time(-4 * day + 1));
    EXPECT_EQ(report.causes().at(0).before, std::nullopt);
    EXPECT_EQ(report.totals().refused_before, std::nullopt);
    EXPECT_TRUE(report.fresh_logins(10).empty());
    const TimeZone zone{"UTC"};
    const std::string text = report_as_text(report, Terminal{.width = 120});
    EXPECT_NE(text.find("the record begins 2026-05-28 12:00, too late to compare\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("\nNew"), std::string::npos) << text;
    EXPECT_NE(report_as_json(report).find("\"before\": null"), std::string::npos);
    EXPECT_NE(report_as_html(report, "h").find("<b>2026-05-28</b><span>the record begins"),
              std::string::npos);
}

TEST(Report, GathersTheSendersOfFloodsInOneRow) {
    Report report = two_days();
    Decision flood =
        decision_of(refusal("alice@example.com", "a@x", Cause::sender_not_owned), -hour, 400);
    flood.stored.varied = true;
    report.add(flood);
    report.add(decision_of(refusal("alice@example.com", "a@x", Cause::sender_not_owned), -hour));
    const auto senders = report.senders(10);
    ASSERT_EQ(senders.size(), 2U);
    EXPECT_EQ(senders[0].name, "(various)");
    EXPECT_EQ(senders[0].count, 400U);
    EXPECT_EQ(senders[1].name, "a@x");
    EXPECT_EQ(senders[1].count, 1U);
    EXPECT_EQ(report.logins(1).at(0).senders, (std::vector<std::string>{"(various)", "a@x"}));
}

TEST(Report, CountsByHourDayOrWeek) {
    const TimeZone zone{"Europe/Berlin"};
    EXPECT_EQ(two_days().over_time().size(), 48U);
    Report week{{sample_time(-7 * day), std::nullopt}, sample_time(0)};
    ASSERT_EQ(week.over_time().size(), 8U);
    EXPECT_EQ(week.over_time()[0].label, "Mon 25 May");
    EXPECT_EQ(week.over_time()[1].label, "Tue 26 May");
    // Midnight in Berlin is 22:00 UTC of the day before.
    week.add(decision_of(sample_record(), -7 * day + 10 * hour - 1));
    week.add(decision_of(sample_record(), -7 * day + 10 * hour, 5));
    EXPECT_EQ(week.over_time()[0].count, 1U);
    EXPECT_EQ(week.over_time()[1].count, 5U);
    // From where the record begins, and as wide as leaves a page that can be read.
    Report ages{{sample_time(-4000 * day), std::nullopt}, sample_time(0)};
    EXPECT_EQ(ages.over_time().size(), 12U);
    EXPECT_EQ(ages.over_time()[1].label, "2016");
    ages.set_beginning(sample_time(-1000 * day));
    EXPECT_EQ(ages.over_time().size(), 34U);
    EXPECT_EQ(ages.over_time()[0].label, "Sep 2023");
    EXPECT_EQ(ages.over_time()[33].label, "Jun 2026");
    ages.set_beginning(sample_time(-hour - 60));
    ages.add(decision_of(sample_record(), -hour - 60, 3));
    EXPECT_EQ(ages.over_time().size(), 2U);
    EXPECT_EQ(ages.over_time()[0].count, 3U);
    const Report year{{sample_time(-365 * day), std::nullopt}, sample_time(0)};
    EXPECT_EQ(year.over_time().size(), 53U);
    // A clock that is set forward and back has its days all the same.
    const Report spring{{*parse_when("2026-03-28", {}), *parse_when("2026-03-31", {})}, {}};
    EXPECT_EQ(spring.over_time().size(), 3U);
    const Report autumn{{*parse_when("2026-10-24", {}), *parse_when("2026-10-27", {})}, {}};
    EXPECT_EQ(autumn.over_time().size(), 3U);
}

TEST(Report, GathersClientsByNetwork) {
    EXPECT_EQ(report_network("198.51.100.77"), "198.51.100.0/24");
    EXPECT_EQ(report_network("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
    EXPECT_EQ(report_network(""), "");
}

TEST(Report, PutsChangesInWords) {
    EXPECT_EQ(against_before(5, 0), "new");
    EXPECT_EQ(against_before(5, 5), "as before");
    EXPECT_EQ(against_before(15, 10), "+50 %");
    EXPECT_EQ(against_before(5, 10), "-50 %");
    EXPECT_EQ(against_before(200, 10), "20 times");
    EXPECT_EQ(against_before(0, 10), "-100 %");
}

TEST(ReportCommand, FitsItsPageOnATerminal) {
    const TimeZone zone{"UTC"};
    std::vector<Record> records = {sample_accept(1)};
    for (unsigned i = 0; i < 30; ++i) {
        records.push_back(refusal(std::string(40, 'a') + std::to_string(i % 3) + "@example.com",
                                  "s" + std::to_string(i) + "@example.com",
                                  all_causes[i % cause_count]));
    }
    for (const std::size_t width : {80U, 120U}) {
        const auto ran = run_relaypermit({"report", "--maillog", "-"}, sample_log(records), width);
        EXPECT_EQ(ran.exit, Exit::fine) << ran.err;
        EXPECT_TRUE(
            ran.out.starts_with("Refusals from 2026-05-26 12:00 to 2026-06-02 12:00\n\n"
                                "  30 refused (97 % of 31 messages)\n"))
            << ran.out;
        std::istringstream lines{ran.out};
        for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), width) << line;
    }
}

TEST(ReportCommand, CountsTheStoreAsTheMailLog) {
    const TimeZone zone{"UTC"};
    const ScratchDirectory scratch;
    const std::string path = scratch.file("d.db");
    auto file = *StoreFile::open(path, 0, sample_time(), false);
    ASSERT_TRUE(file->write({{sample_accept(1), sample_time(0)},
                             {sample_accept(2), sample_time(1)},
                             {sample_record(3), sample_time(2)},
                             {sample_record(4), sample_time(3)}},
                            {}));
    const auto stored = run_relaypermit({"report", "--store", path, "--json"});
    const auto logged = run_relaypermit(
        {"report", "--maillog", "-", "--json"},
        sample_log({sample_accept(1), sample_accept(2), sample_record(3), sample_record(4)}));
    EXPECT_EQ(stored.out, logged.out);
    EXPECT_NE(stored.out.find("\"accepted\": 2,\n  \"refused\": 2,"), std::string::npos)
        << stored.out;
}

// What is written into every field that a client can write.
Record attack(const std::string& text) {
    Record record = sample_record();
    record.cause = Cause::from_not_owned;
    record.login = record.sender = record.header_sender = record.helo = record.client = text;
    record.from = record.recipients = record.rules = {text};
    record.recipient_count = 1;
    return record;
}

TEST(ReportHtml, LetsNoMarkupOfAClientThrough) {
    const std::string script = "<script>alert(1)</script>";
    for (const std::string& text : std::vector<std::string>{
             script, "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
             "</title>" + script, "</style>" + script, "&lt;script&gt;", "]]>" + script, "<!-- ",
             std::string("\xff<b>\0", 5), "javascript:alert(1)", "</svg><a href=//evil.example>"}) {
        const auto ran = run_relaypermit({"report", "--maillog", "-", "--html", "-"},
                                         sample_log({attack(text), attack(text)}));
        ASSERT_EQ(ran.exit, Exit::fine) << ran.err;
        // What is left of the page without the elements that it is made of has no markup.
        const std::string style_gone =
            std::regex_replace(ran.out, std::regex("<style>[^<]*</style>"), "");
        const std::string rest = std::regex_replace(
            style_gone,
            std::regex("<!DOCTYPE html>|</?(html|head|body|main|title|h1|h2|small|p|div|b|span|"
                       "section|ul|li|svg|rect|line|footer)( (lang|class|viewBox|role|aria-hidden|"
                       "aria-label|preserveAspectRatio|width|height|rx|x|y|x1|x2|y1|y2|style)="
                       "\"[-a-zA-Z0-9 .,:()/]*\")*/?>|<meta (charset|name|http-equiv)=\"[-\\w]*\""
                       "( content=\"[-\\w=,;' ]*\")?>"),
            "");
        EXPECT_EQ(rest.find_first_of("<>"), std::string::npos)
            << rest.substr(rest.find_first_of("<>"), 200);
        EXPECT_EQ(ran.out.find("http://"), std::string::npos);
        EXPECT_EQ(ran.out.find("https://"), std::string::npos);
        EXPECT_EQ(valid_utf8(ran.out), ran.out);
    }
}

TEST(ReportHtml, WritesAFileThatOnlyItsOwnerReads) {
    const ScratchDirectory scratch;
    // Whatever was there before.
    const std::string path = scratch.write("r.html", "old");
    std::filesystem::permissions(path, std::filesystem::perms(0644));
    const auto ran = run_relaypermit({"report", "--maillog", "-", "--html", path},
                                     sample_log({sample_record()}));
    EXPECT_EQ(ran.exit, Exit::fine);
    EXPECT_EQ(ran.out, "");
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(path).permissions(), perms::owner_read | perms::owner_write);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.file("")), {}), 1);
    std::ifstream file{path};
    std::string first;
    std::getline(file, first);
    EXPECT_EQ(first, "<!DOCTYPE html>");
    const auto failed = run_relaypermit({"report", "--maillog", "-", "--html", "/nowhere/r.html"},
                                        sample_log({sample_record()}));
    EXPECT_EQ(failed.exit, Exit::failed);
    EXPECT_EQ(failed.err, "relaypermit: `/nowhere/r.html`: No such file or directory\n");
}

TEST(ReportHtml, HasAPageForNothing) {
    const auto ran = run_relaypermit({"report", "--maillog", "-", "--html", "-"});
    EXPECT_NE(ran.out.find("Nothing was refused"), std::string::npos);
}

std::string mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%03o", status.st_mode & 07777U);
    return text.data();
}

// Whoever publishes the page says who may read it; whatever was there before.
TEST(ReportCommand, GivesItsFileTheModeAndGroupThatItIsToldTo) {
    const ScratchDirectory scratch;
    const std::string page = scratch.write("page.html", "before");
    const std::string policy = scratch.write("policy.toml", "server.name = \"mx.example.net\"\n");
    const group* const own = ::getgrgid(::getegid());
    ASSERT_NE(own, nullptr);
    const std::vector<std::string> report = {"report", "-c", policy, "--maillog", "-", "--html"};
    const auto run = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments = report;
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_relaypermit(arguments);
    };
    EXPECT_EQ(run({page}).exit, Exit::fine);
    EXPECT_EQ(mode_of(page), "600");
    EXPECT_EQ(run({page, "--mode", "0640", "--group", own->gr_name}).exit, Exit::fine);
    EXPECT_EQ(mode_of(page), "640");
    EXPECT_EQ(run({page}).exit, Exit::fine);
    EXPECT_EQ(mode_of(page), "600");
    for (const char* wrong : {"rw-r-----", "0755", "4640", "", "999"}) {
        const auto ran = run({page, "--mode", wrong});
        EXPECT_EQ(ran.exit, Exit::failed) << wrong;
        EXPECT_NE(ran.err.find("is no mode of a page"), std::string::npos) << ran.err;
    }
    EXPECT_NE(run({page, "--group", "no such"}).err.find("there is no group `no such`"),
              std::string::npos);
    EXPECT_EQ(run({"-", "--mode", "0640"}).err,
              "relaypermit: --mode and --group are for the file of --html\n");
}

TEST(ReportCommand, NamesTheServerOfThePolicyInItsTitles) {
    const ScratchDirectory scratch;
    const std::string policy = scratch.write("policy.toml", "server.name = \"mx.example.net\"\n");
    const auto text = run_relaypermit({"report", "-c", policy, "--maillog", "-"});
    EXPECT_TRUE(text.out.starts_with("Refusals on mx.example.net from ")) << text.out;
    const auto page = run_relaypermit({"report", "-c", policy, "--maillog", "-", "--html", "-"});
    EXPECT_NE(page.out.find("<h1>Refused mail on mx.example.net</h1>"), std::string::npos);
    const auto json = run_relaypermit({"report", "-c", policy, "--maillog", "-", "--json"});
    EXPECT_NE(json.out.find("\"server\": \"mx.example.net\""), std::string::npos) << json.out;
}

}  // namespace
}  // namespace relaypermit
