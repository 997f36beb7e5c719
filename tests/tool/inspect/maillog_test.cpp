#include "tool/inspect/maillog.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <sstream>

#include "record/line.h"
#include "tests/support/sample_record.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/time_zone.h"
#include "tool/base/when.h"
#include "tool/inspect/log_lines.h"

namespace relaypermit {
namespace {

constexpr std::string_view stamp = "2026-06-03T10:11:12Z mx1 ";

std::string our_line(const Record& record, std::string_view when = stamp) {
    return std::string(when) + "relaypermitd[812]: " + format_line(record) + "\n";
}

Record no_login(unsigned number = 1) {
    Record record = sample_record(number);
    record.cause = Cause::login_required;
    record.login.clear();
    record.mechanism.clear();
    return record;
}

struct Found {
    std::vector<Decision> decisions{};
    MaillogNotes notes{};
    std::string error{};
};

Found read_files(const std::vector<std::string>& paths, const std::string& standard_input = {}) {
    std::istringstream in{standard_input};
    Found found;
    auto done = read_maillogs(paths, in, sample_time(), [&](Decision&& decision) {
        found.decisions.push_back(std::move(decision));
        return true;
    });
    if (done)
        found.notes = std::move(*done);
    else
        found.error = done.error();
    return found;
}

std::vector<Decision> read(const std::string& text) {
    Found found = read_files({"-"}, text);
    EXPECT_EQ(found.error, "");
    return found.decisions;
}

std::string packed(const std::string& text) {
    const ScratchDirectory scratch;
    const std::string path = scratch.file("x.gz");
    const gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string failed_login(std::string_view when = stamp) {
    return std::string(when) +
           "postfix/submission/smtpd[9]: warning: unknown[198.51.100.7]: SASL PLAIN authentication "
           "failed: x, sasl_username=alice\n";
}

TEST(Maillog, FindsTheDecisionsAmongOtherLines) {
    const auto found =
        read("-- Boot 1 --\n" + our_line(sample_record(1)) + std::string(stamp) +
             "postfix/smtpd[1]: connect from x[1.2.3.4]\n" + our_line(sample_accept(2)));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].record(), sample_record(1));
    EXPECT_EQ(rfc3339(found[0].stored.time), "2026-06-03T10:11:12Z");
    EXPECT_EQ(found[1].record(), sample_accept(2));
}

TEST(Maillog, TellsAWrongPasswordFromNoLogin) {
    const std::string failed = failed_login();
    EXPECT_EQ(read(our_line(no_login())).at(0).login_trouble, LoginTrouble::none);
    const auto found = read(failed + our_line(no_login(), "2026-06-03T10:16:12Z mx1 "));
    EXPECT_EQ(found.at(0).login_trouble, LoginTrouble::wrong_password);
    EXPECT_EQ(found.at(0).tried_login, "alice");
    // Too long ago, of another client, or a refusal that has nothing to do with a login.
    EXPECT_EQ(read(failed + our_line(no_login(), "2026-06-03T10:16:13Z mx1 ")).at(0).login_trouble,
              LoginTrouble::none);
    Record other = no_login();
    other.client = "198.51.100.8";
    EXPECT_EQ(read(failed + our_line(other)).at(0).login_trouble, LoginTrouble::none);
    EXPECT_EQ(read(failed + our_line(sample_record())).at(0).login_trouble, LoginTrouble::none);
}

TEST(Maillog, ForgetsAWrongPasswordOnceTheClientHasLoggedIn) {
    Record logged_in = sample_accept();
    logged_in.client = "198.51.100.7";
    EXPECT_EQ(read(failed_login() + our_line(no_login())).at(0).login_trouble,
              LoginTrouble::wrong_password);
    EXPECT_EQ(read(failed_login() + our_line(logged_in) + our_line(no_login())).at(1).login_trouble,
              LoginTrouble::none);
}

TEST(Maillog, CountsItsOwnLinesThatItCannotRead) {
    const std::string whole = our_line(sample_record());
    const Found found = read_files({"-"}, whole.substr(0, whole.size() - 30) + "\n" + whole +
                                              std::string(stamp) + "relaypermitd[812]: started\n");
    EXPECT_EQ(found.decisions.size(), 1U);
    EXPECT_EQ(found.notes.unreadable_lines, 1U);
}

TEST(Maillog, CannotBeMadeToSeeARecordThatAClientWrote) {
    const std::string forged = format_line(sample_accept(9));
    Record record = sample_record();
    for (std::string* field : {&record.helo, &record.sender, &record.login, &record.header_sender,
                               &record.daemon, &record.mailer, &record.queue_id}) {
        for (const std::string& text : std::vector<std::string>{
                 "\n" + our_line(sample_accept(9)), "x verdict=accept cause=-", "\" verdict=accept",
                 forged, "relaypermitd[1]: " + forged, std::string("\r\x1b[2K") + forged}) {
            const std::string kept = std::exchange(*field, text);
            Record expected = within_limits(record);
            const auto found = read(our_line(record));
            ASSERT_EQ(found.size(), 1U);
            EXPECT_EQ(found[0].record(), expected);
            *field = kept;
        }
    }
    // Within a line of the mail server.
    EXPECT_TRUE(read(std::string(stamp) +
                     "postfix/smtpd[1]: NOQUEUE: reject: helo=<x relaypermitd"
                     "[812]: " +
                     forged + ">\n")
                    .empty());
}

TEST(Maillog, PassesOverALineThatNeverEnds) {
    const std::string endless(5 * max_log_line_bytes, 'x');
    const Found found = read_files({"-"}, endless + "\n" + our_line(sample_record()));
    EXPECT_EQ(found.decisions.size(), 1U);
    EXPECT_EQ(found.notes.overlong_lines, 1U);
    EXPECT_EQ(read_files({"-"}, our_line(sample_record()) + endless).notes.overlong_lines, 1U);
    // The last line of a file may lack its end.
    std::string last = our_line(sample_record());
    last.pop_back();
    EXPECT_EQ(read(last).size(), 1U);
}

TEST(Maillog, ReadsPlainAndCompressedFilesAndStreams) {
    const ScratchDirectory scratch;
    std::string text;
    for (unsigned i = 0; i < 3000; ++i) text += our_line(sample_record(i));
    const std::string plain = scratch.write("mail.log", text);
    const std::string gzip = scratch.write("mail.log.1.gz", packed(text));
    EXPECT_EQ(read_files({plain}).decisions.size(), 3000U);
    EXPECT_EQ(read_files({gzip}).decisions.size(), 3000U);
    EXPECT_EQ(read_files({"-"}, packed(text)).decisions.size(), 3000U);
    // Several members, as of files that were put together.
    EXPECT_EQ(read_files({"-"}, packed(text) + packed(text)).decisions.size(), 6000U);
    std::istringstream in;
    int visited = 0;
    EXPECT_TRUE(read_maillogs({plain}, in, sample_time(), [&](Decision&&) {
        ++visited;
        return false;
    }));
    EXPECT_EQ(visited, 1);
}

TEST(Maillog, GoesOnWhereACompressedFileBreaksOff) {
    const ScratchDirectory scratch;
    std::string text;
    for (unsigned i = 0; i < 3000; ++i) text += our_line(sample_record(i));
    const std::string plain = scratch.write("mail.log", our_line(sample_record(7)));
    const std::string whole = packed(text);
    const std::string cut = scratch.write("cut.gz", whole.substr(0, whole.size() / 2));
    Found found = read_files({cut, plain});
    EXPECT_EQ(found.error, "");
    EXPECT_GT(found.decisions.size(), 100U);
    EXPECT_EQ(found.decisions.back().record().reference, sample_record(7).reference);
    EXPECT_EQ(found.notes.faults,
              std::vector<std::string>{"`" + cut + "`: it ends in the middle of its compression"});
    // A wrong checksum at its end costs no line.
    std::string wrong = whole;
    wrong[wrong.size() - 6] ^= '\x01';
    found = read_files({scratch.write("wrong.gz", wrong)});
    EXPECT_EQ(found.decisions.size(), 3000U);
    EXPECT_EQ(found.notes.faults.size(), 1U);
}

TEST(Maillog, MergesFilesByTheirStamps) {
    const ScratchDirectory scratch;
    const auto at = [](int second) { return rfc3339(sample_time(second)) + " mx1 "; };
    // The mail server's lines and ours in files of their own.
    const std::string postfix = scratch.write("postfix.log", failed_login(at(1)));
    const std::string ours = scratch.write(
        "relaypermit.log", our_line(sample_accept(1), at(0)) + our_line(no_login(2), at(2)) +
                               our_line(sample_record(5), at(9)));
    const std::string other = scratch.write(
        "other.log", our_line(sample_record(3), at(3)) + our_line(sample_record(4), at(3)));
    for (const auto& paths : {std::vector<std::string>{postfix, ours, other},
                              std::vector<std::string>{other, ours, postfix}}) {
        const Found found = read_files(paths);
        std::vector<std::string> order;
        for (const Decision& decision : found.decisions)
            order.push_back(decision.record().queue_id);
        EXPECT_EQ(order, (std::vector<std::string>{"4c1X1", "4c1X2", "4c1X3", "4c1X4", "4c1X5"}));
        EXPECT_EQ(found.decisions.at(1).login_trouble, LoginTrouble::wrong_password);
        EXPECT_EQ(found.notes.begins, sample_time(0));
    }
}

TEST(Maillog, RefusesWhatIsNoMailLog) {
    const ScratchDirectory scratch;
    for (const std::string& text :
         {std::string("to be or not to be\n"), std::string("\0\1\2\3", 4),
          std::string("{\"a\": 1}\n"), std::string(3 * max_log_line_bytes, 'x')}) {
        const std::string path = scratch.write("x", text);
        EXPECT_TRUE(read_files({path}).error.starts_with("no line of `" + path + "` is a log line"))
            << read_files({path}).error;
        EXPECT_TRUE(
            read_files({"-"}, text).error.starts_with("no line of standard input is a log line"));
    }
    const std::string xz = scratch.write("x.xz", std::string("\xFD"
                                                             "7zXZ\0\0",
                                                             7));
    EXPECT_NE(read_files({xz}).error.find("`xz -dc FILE | relaypermit"), std::string::npos);
    // Nothing yet, or nothing there, is a log too.
    EXPECT_EQ(read_files({scratch.write("empty", "")}).error, "");
    EXPECT_EQ(read_files({"-"}, "-- No entries --\n").error, "");
    EXPECT_NE(read_files({scratch.file("none")}).error, "");
    EXPECT_NE(read_files({scratch.file("")}).error, "");
}

TEST(Maillog, ReadsTheJournalAsJson) {
    std::string message = format_line(sample_record());
    std::string escaped;
    for (const char c : message)
        escaped += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    const std::string entry =
        "{\"__REALTIME_TIMESTAMP\":\"1780481472000001\",\"SYSLOG_IDENTIFIER\":\"relaypermitd\","
        "\"_PID\":\"812\",\"MESSAGE\":\"" +
        escaped + "\"}\n";
    const auto found = read(entry);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].record(), sample_record());
    EXPECT_EQ(rfc3339(found[0].stored.time), "2026-06-03T10:11:12Z");
}

}  // namespace
}  // namespace relaypermit
