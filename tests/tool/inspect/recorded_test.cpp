#include "tool/inspect/recorded.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policy/reference.h"
#include "policy/reply.h"
#include "record/store_file.h"
#include "tests/support/sample_record.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/scratch_tool.h"
#include "tests/support/time_zone.h"
#include "tool/base/when.h"

namespace relaypermit {
namespace {

constexpr const char* base =
    "[server]\nname = \"mail.example.com\"\n[relay]\nhosted_domains = [\"example.com\"]\n"
    "[login]\ndefault_realm = \"example.com\"\n";
constexpr const char* orders =
    "[[alias]]\nid = \"orders\"\nlogins = [\"alice\"]\nsenders = [\"orders@example.com\"]\n";

Record refused(unsigned number) {
    Record record = sample_refusal_at_mail(number);
    record.sender = "orders@example.com";
    return record;
}

class Bench {
  public:
    Bench() {
        static_cast<void>(scratch.write("same.toml", base));
        static_cast<void>(scratch.write("new.toml", std::string(base) + orders));
    }
    void log(const Record& record) { text += sample_log({record}); }
    [[nodiscard]] ToolRun explain(const std::string& reference, const std::string& policy,
                                  bool json = false) const {
        std::vector<std::string> arguments = {"explain",   reference, "-c", scratch.file(policy),
                                              "--maillog", "-"};
        if (json) arguments.emplace_back("--json");
        return run_relaypermit(arguments, text);
    }
    TimeZone zone{"UTC"};
    ScratchDirectory scratch{};
    std::string text{};
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(ExplainReference, SaysWhoFromWhereAsWhomAndTheSmallestGrant) {
    Bench bench;
    bench.log(refused(77));
    const auto ran = bench.explain(format_reference(77), "same.toml");
    EXPECT_EQ(ran.exit, Exit::finding) << ran.err;
    EXPECT_TRUE(
        ran.out.starts_with("Recorded 2026-06-01 12:00:00\n"
                            "reject  sender-not-owned at MAIL\n"
                            "550 5.7.1 Relay not permitted - ref 0000002D\n"
                            "\n"
                            "  reference  0000002D\n"
                            "  client     198.51.100.7 to port 587 with TLSv1.3, ORIGINATING\n"
                            "  HELO       lap\\x09top \\xff\n"
                            "  login      alice@example.com (PLAIN)\n"
                            "  sender     orders@example.com\n"
                            "\n"
                            "Under the policy now\n"
                            "reject  sender-not-owned at MAIL\n"))
        << ran.out;
    EXPECT_TRUE(has(ran.out, "ref 0000002D\n")) << ran.out;
    EXPECT_TRUE(has(ran.out,
                    "    logins  = [\"alice@example.com\"]\n"
                    "    senders = [\"orders@example.com\"]\n"))
        << ran.out;
}

TEST(ExplainReference, TakesAReferenceAsAPersonTypesIt) {
    Bench bench;
    bench.log(refused(1));
    EXPECT_EQ(bench.explain("ooooooi1", "same.toml").exit, Exit::failed);
    EXPECT_EQ(bench.explain("ooooooo1", "same.toml").exit, Exit::finding);
    EXPECT_EQ(bench.explain("OOOOOOOl", "same.toml").exit, Exit::finding);
}

TEST(ExplainReference, SaysWhatIsNoLongerRefusedAndNoMore) {
    Bench bench;
    bench.log(refused(1));
    const auto ran = bench.explain("00000001", "new.toml");
    EXPECT_EQ(ran.exit, Exit::fine);
    EXPECT_TRUE(has(ran.out,
                    "Under the policy now\nno longer refused at MAIL, by orders  (what "
                    "would have come next is not on record)\n"))
        << ran.out;
    EXPECT_FALSE(has(ran.out, "accept")) << ran.out;
    const auto json = bench.explain("00000001", "new.toml", true);
    EXPECT_TRUE(has(json.out,
                    "\"now\":{\"verdict\":\"passes\",\"stage\":\"mail\",\"rule\":"
                    "[\"orders\"]}}\n"))
        << json.out;
}

TEST(ExplainReference, SaysWhatIsNotOnRecordOfAnUnusableFrom) {
    Bench bench;
    Record record = refused(1);
    record.stage = Stage::headers;
    record.cause = Cause::from_unusable;
    record.also = {};
    record.sender = "alice@example.com";
    record.from = {"alice@example.com"};
    record.header_sender.clear();
    bench.log(record);
    EXPECT_TRUE(has(bench.explain("00000001", "same.toml").out,
                    "\nwhat is on record of From can be read: a line or a mailbox was too long, a "
                    "header field held a line break that is no fold, or Sender was at fault\n"));
    record = refused(2);
    record.stage = Stage::headers;
    record.cause = Cause::from_unusable;
    record.sender = "alice@example.com";
    record.from = {'"' + std::string(900, 'x') + "\" <alice@example.com>"};
    bench.log(within_limits(record));
    EXPECT_TRUE(has(bench.explain("00000002", "same.toml").out,
                    "\ncannot be decided again: a value was too long to be kept whole\n"));
}

TEST(ExplainReference, SaysThatAMessageWouldBeAccepted) {
    Bench bench;
    Record record = refused(1);
    record.stage = Stage::headers;
    record.cause = Cause::from_not_owned;
    record.sender = "alice@example.com";
    record.from = {"orders@example.com"};
    record.recipients = {"x@remote.example"};
    record.recipient_count = 1;
    record.queue_id = "4cABC";
    bench.log(record);
    const auto ran = bench.explain("00000001", "new.toml");
    EXPECT_EQ(ran.exit, Exit::fine);
    EXPECT_TRUE(has(ran.out, "  From       orders@example.com\n")) << ran.out;
    EXPECT_TRUE(has(ran.out, "Under the policy now\naccept  by own-address, orders\n")) << ran.out;
    const auto before = bench.explain("00000001", "same.toml", true);
    EXPECT_EQ(before.exit, Exit::finding);
    EXPECT_TRUE(before.out.starts_with("{\"recorded\":{\"time\":\"2026-06-01T12:00:00Z\","));
    EXPECT_TRUE(has(before.out,
                    "\"now\":{\"queue\":null,\"verdict\":\"reject\",\"cause\":"
                    "\"from-not-owned\""))
        << before.out;
}

TEST(ExplainReference, ShowsEachDecisionOfAReference) {
    Bench bench;
    bench.log(refused(1));
    Record other = refused(1);
    other.login = "bob@example.com";
    bench.log(other);
    const auto ran = bench.explain("00000001", "same.toml", true);
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
}

TEST(ExplainReference, SaysWhatCannotBeToldAgain) {
    Bench bench;
    Record record = refused(1);
    record.cause = Cause::lookup_failed;
    record.verdict = Outcome::tempfail;
    bench.log(record);
    const auto ran = bench.explain("00000001", "same.toml");
    EXPECT_EQ(ran.exit, Exit::fine);
    EXPECT_TRUE(has(ran.out,
                    "cannot be decided again: what could not be looked up then is not on "
                    "record\n"))
        << ran.out;
}

TEST(ExplainReference, TakesTheReferenceBehindTheFileToo) {
    Bench bench;
    bench.log(refused(1));
    const std::string policy = bench.scratch.file("same.toml");
    const std::string log = bench.scratch.write("mail.log", bench.text);
    const auto ran = run_relaypermit({"explain", "-c", policy, "--maillog", log, "00000001"});
    EXPECT_EQ(ran.exit, Exit::finding) << ran.err;
    EXPECT_TRUE(has(ran.out, "Recorded ")) << ran.out;
    // No made-up message in its place.
    const auto without = run_relaypermit({"explain", "-c", policy, "--maillog", log});
    EXPECT_EQ(without.exit, Exit::failed);
    EXPECT_EQ(without.out, "");
    EXPECT_TRUE(has(without.err, "there is none (relaypermit explain --maillog FILE REF)"))
        << without.err;
    EXPECT_EQ(run_relaypermit({"explain", "-c", policy, "--store", "x"}).exit, Exit::failed);
}

// Where logs are collected there need be no policy.
TEST(ExplainReference, ShowsWhatIsRecordedWithoutAPolicy) {
    Bench bench;
    bench.log(refused(1));
    const auto ran = bench.explain("00000001", "none.toml");
    EXPECT_EQ(ran.exit, Exit::fine) << ran.err;
    EXPECT_TRUE(has(ran.out, "Recorded ")) << ran.out;
    EXPECT_TRUE(has(ran.out, "cannot be decided again: there is no policy here, `" +
                                 bench.scratch.file("none.toml") + "`\n"))
        << ran.out;
    EXPECT_TRUE(has(bench.explain("00000001", "none.toml", true).out,
                    "\"now\":{\"cannot\":\"there is no policy here"));
    bench.scratch.write("broken.toml", "mood = 1\n");
    EXPECT_EQ(bench.explain("00000001", "broken.toml").exit, Exit::failed);
}

TEST(ExplainReference, TellsAWrongPassword) {
    Bench bench;
    bench.text = rfc3339(sample_time(0)) +
                 " mx1 postfix/smtpd[9]: warning: unknown[198.51.100.7]: SASL PLAIN "
                 "authentication failed: x, sasl_username=alice\n";
    Record record = refused(1);
    record.cause = Cause::login_required;
    record.login.clear();
    record.mechanism.clear();
    bench.log(record);
    const auto ran = bench.explain("00000001", "same.toml");
    EXPECT_TRUE(has(ran.out, "  login      none: it tried as alice with a wrong password\n"))
        << ran.out;
    EXPECT_TRUE(has(ran.out, "to change: enter the password anew")) << ran.out;
}

TEST(ExplainReference, ExplainsWhatTheMailServerRefusedByItself) {
    Bench bench;
    Record record = refused(1);
    record.verdict = Outcome::mta_reject;
    record.cause = Cause::use_submission;
    record.stage = Stage::rcpt;
    record.login.clear();
    record.port = 25;
    record.daemon.clear();
    record.recipients = {"x@remote.example"};
    record.recipient_count = 1;
    bench.log(record);
    const auto ran = bench.explain("00000001", "same.toml");
    EXPECT_EQ(ran.exit, Exit::finding);
    EXPECT_TRUE(has(ran.out, "mta-reject  use-submission at RCPT\n")) << ran.out;
    EXPECT_TRUE(has(ran.out, "to change: log in, on port 587 or 465 instead of 25")) << ran.out;
}

// What would permit it is nothing to say of one who tries every address there is.
TEST(ExplainReference, WarnsOfAStolenAccountInPlaceOfAGrant) {
    Bench bench;
    std::string lines;
    for (unsigned i = 0; i < 12; ++i) {
        Record record = refused(100 + i);
        record.sender = "x" + std::to_string(i) + "@bank.example";
        record.cause = Cause::sender_not_hosted;
        record.client = "198.51." + std::to_string(i % 4) + ".7";
        lines += sample_log({record});
    }
    const std::string file = bench.scratch.write("mail.log", lines);
    const std::vector<std::string> arguments = {
        "explain", format_reference(105), "-c", bench.scratch.file("same.toml"), "--maillog", file};
    const auto ran = run_relaypermit(arguments);
    EXPECT_EQ(ran.exit, Exit::finding) << ran.err;
    EXPECT_TRUE(has(ran.out,
                    "\nlooks like a stolen account: 12 unlike senders in the hour from 2026-06-01 "
                    "12:00, 12 of 12 in all of other domains than its own, from 4 networks; 12 "
                    "refusals from 4 addresses"))
        << ran.out;
    EXPECT_FALSE(has(ran.out, "[[alias]]")) << ran.out;
}

TEST(ExplainReference, SendsAWebFormToReplyToInPlaceOfAGrant) {
    Bench bench;
    std::string lines;
    for (unsigned i = 0; i < 3; ++i) {
        Record record = refused(100 + i);
        record.stage = Stage::headers;
        record.cause = Cause::from_not_owned;
        record.sender = record.login;
        record.from = {"v" + std::to_string(i) + "@gmail.example"};
        lines += sample_log({record});
    }
    const auto ran =
        run_relaypermit({"explain", format_reference(101), "-c", bench.scratch.file("same.toml"),
                         "--maillog", bench.scratch.write("mail.log", lines)});
    EXPECT_TRUE(has(ran.out, "puts strangers into From: 3 strangers' addresses")) << ran.out;
    EXPECT_TRUE(has(ran.out, "Reply-To")) << ran.out;
    EXPECT_FALSE(has(ran.out, "[[alias]]")) << ran.out;
}

TEST(ExplainReference, FindsACollapsedRefusalInTheStore) {
    Bench bench;
    const std::string path = bench.scratch.file("d.db");
    auto file = *StoreFile::open(path, 0, sample_time(), false);
    ASSERT_TRUE(file->write({{refused(1), sample_time(0)}, {refused(2), sample_time(9)}}, {}));
    const auto ran = run_relaypermit(
        {"explain", "00000002", "-c", bench.scratch.file("same.toml"), "--store", path});
    EXPECT_EQ(ran.exit, Exit::finding) << ran.err;
    EXPECT_TRUE(
        ran.out.starts_with("Recorded 2026-06-01 12:00:00, 2 times until 2026-06-01 12:00:09\n"))
        << ran.out;
}

TEST(ExplainReference, SaysWhatIsNoReferenceOrNotOnRecord) {
    Bench bench;
    EXPECT_EQ(bench.explain("12345", "same.toml").err,
              "relaypermit: `12345` is not a reference: the eight letters and digits behind `ref` "
              "in the reply\n");
    EXPECT_EQ(bench.explain("ZZZZZZZZ", "same.toml").err,
              "relaypermit: nothing on record has the reference ZZZZZZZZ\n");
    EXPECT_EQ(bench.explain("ZZZZZZZZ", "same.toml").exit, Exit::failed);
}

}  // namespace
}  // namespace relaypermit
