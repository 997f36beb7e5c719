#include "inspect/maillog.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <sstream>

#include "tests/sample_record.h"
#include "tests/time_zone.h"

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

std::vector<Decision> read(const std::string& text, MaillogJoiner& joiner) {
    std::istringstream in{text};
    std::vector<Decision> found;
    const auto done = read_maillog("-", in, sample_time(), joiner, [&](Decision&& decision) {
        found.push_back(std::move(decision));
        return true;
    });
    EXPECT_TRUE(done);
    return found;
}
std::vector<Decision> read(const std::string& text) {
    MaillogJoiner joiner;
    return read(text, joiner);
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
    const std::string failed = std::string(stamp) +
                               "postfix/submission/smtpd[9]: warning: unknown[198.51.100.7]: SASL "
                               "PLAIN authentication failed: x, sasl_username=alice\n";
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

TEST(Maillog, CountsItsOwnLinesThatItCannotRead) {
    MaillogJoiner joiner;
    const std::string whole = our_line(sample_record());
    EXPECT_EQ(read(whole.substr(0, whole.size() - 30) + "\n" + whole, joiner).size(), 1U);
    EXPECT_EQ(read(std::string(stamp) + "relaypermitd[812]: started\n", joiner).size(), 0U);
    EXPECT_EQ(joiner.unreadable(), 1U);
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
    EXPECT_EQ(read(endless + "\n" + our_line(sample_record())).size(), 1U);
    EXPECT_EQ(read(endless).size(), 0U);
    // The last line of a file may lack its end.
    std::string last = our_line(sample_record());
    last.pop_back();
    EXPECT_EQ(read(last).size(), 1U);
}

TEST(Maillog, ReadsPlainAndCompressedFiles) {
    const ScratchDirectory scratch;
    std::string text;
    for (unsigned i = 0; i < 3000; ++i) {
        text += our_line(sample_record(i));
    }
    const std::string plain = scratch.write("mail.log", text);
    const std::string packed = scratch.file("mail.log.1.gz");
    gzFile file = gzopen(packed.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    for (const std::string& path : {plain, packed}) {
        MaillogJoiner joiner;
        std::istringstream in;
        int count = 0;
        const auto done = read_maillog(path, in, sample_time(), joiner, [&](Decision&&) {
            ++count;
            return true;
        });
        EXPECT_TRUE(done && *done) << path;
        EXPECT_EQ(count, 3000);
        const auto stopped =
            read_maillog(path, in, sample_time(), joiner, [&](Decision&&) { return false; });
        EXPECT_FALSE(*stopped);
    }
    // Cut off in the middle.
    std::filesystem::resize_file(packed, std::filesystem::file_size(packed) / 2);
    MaillogJoiner joiner;
    std::istringstream in;
    int count = 0;
    const auto cut = read_maillog(packed, in, sample_time(), joiner, [&](Decision&&) {
        ++count;
        return true;
    });
    EXPECT_FALSE(cut);
    EXPECT_GT(count, 100);
    EXPECT_FALSE(read_maillog(scratch.file("none"), in, {}, joiner, {}));
    EXPECT_FALSE(read_maillog(scratch.file(""), in, {}, joiner, {}));
}

}  // namespace
}  // namespace relaypermit
