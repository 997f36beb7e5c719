#include "tool/wiring/postfix_settings.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

constexpr const char* main_cf = R"(compatibility_level = 3.6
# mydestination = commented.example
mydestination = $myhostname,
  # a comment within
  localhost
myhostname = mail.example.com
mynetworks = 192.0.2.0/24
mynetworks = 198.51.100.0/24
)";

constexpr const char* master_cf = R"(# service type
smtp      inet  n       -       y       -       -       smtpd
submission inet n - - - - smtpd
  -o syslog_name=postfix/submission
# -o smtpd_milters=commented
  -o { smtpd_relay_restrictions = permit_sasl_authenticated, reject }
  -o smtpd_client_restrictions=$mua_client_restrictions
127.0.0.1:10025 inet n - n - - smtpd
  -o receive_override_options=no_milters -o smtpd_milters=
)";

class PostfixSettingsOfFiles : public testing::Test {
  protected:
    PostfixSettingsOfFiles() {
        write("main.cf", main_cf);
        write("master.cf", master_cf);
    }
    // Postfix waits seconds for a young file to settle.
    void write(std::string_view name, std::string_view text) const {
        const std::filesystem::path path = folder_.write(name, text);
        std::filesystem::last_write_time(
            path, std::filesystem::file_time_type::clock::now() - std::chrono::minutes{1});
    }
    [[nodiscard]] PostfixSettings settings() const {
        const auto read = read_postfix_settings(folder_.path());
        EXPECT_TRUE(read) << read.error();
        return read.value_or(PostfixSettings{});
    }

    ScratchDirectory folder_{};
};

TEST_F(PostfixSettingsOfFiles, AValueIsExpandedAndItsLineIsItsFirst) {
    const PostfixSettings read = settings();
    const PostfixSetting& found = read["mydestination"];
    EXPECT_EQ(found.value, "mail.example.com, localhost");
    EXPECT_EQ(found.written, "$myhostname, localhost");
    EXPECT_EQ(to_string(found.origin), folder_.file("main.cf") + ":3");
    EXPECT_FALSE(found.is_default());
}

TEST_F(PostfixSettingsOfFiles, OfAParameterThatStandsTwiceTheLastCounts) {
    const PostfixSettings read = settings();
    EXPECT_EQ(read["mynetworks"].value, "198.51.100.0/24");
    EXPECT_EQ(read["mynetworks"].origin.line, 8U);
    ASSERT_FALSE(read.warnings.empty());
    EXPECT_NE(read.warnings.front().find("overriding earlier entry"), std::string::npos);
}

TEST_F(PostfixSettingsOfFiles, WhatIsNotWrittenIsADefault) {
    const PostfixSettings read = settings();
    EXPECT_TRUE(is_yes(read["smtpd_delay_reject"]));
    EXPECT_TRUE(read["smtpd_delay_reject"].is_default());
    EXPECT_TRUE(read["of_no_version"].is_default());
    EXPECT_EQ(read["of_no_version"].value, "");
}

TEST_F(PostfixSettingsOfFiles, WhatNothingUsesIsThereAsItIsWritten) {
    write("main.cf", "myhostname = mail.example.com\nour_milters = unix:a, $myhostname\n");
    const PostfixSettings read = settings();
    EXPECT_EQ(read["our_milters"].value, "unix:a, $myhostname");
    EXPECT_EQ(read["our_milters"].origin.line, 2U);
}

TEST_F(PostfixSettingsOfFiles, AServiceHasItsOverridesEachWithItsLine) {
    const PostfixSettings read = settings();
    ASSERT_EQ(read.services.size(), 3U);
    const PostfixService& submission = read.services[1];
    EXPECT_EQ(submission.title(), "submission/inet");
    EXPECT_EQ(submission.program, "smtpd");
    EXPECT_EQ(submission.origin.line, 3U);
    const PostfixSetting& relay = read.of(submission, "smtpd_relay_restrictions");
    EXPECT_EQ(relay.value, "permit_sasl_authenticated, reject");
    EXPECT_EQ(to_string(relay.origin), folder_.file("master.cf") + ":6");
    EXPECT_EQ(read.of(submission, "smtpd_client_restrictions").value, "");
    EXPECT_EQ(read.of(submission, "smtpd_client_restrictions").origin.line, 7U);
    EXPECT_EQ(read.of(submission, "mynetworks").origin.line, 8U) << "of main.cf";
    const PostfixService& back = read.services[2];
    EXPECT_EQ(back.name, "127.0.0.1:10025");
    EXPECT_EQ(read.of(back, "receive_override_options").value, "no_milters");
    EXPECT_EQ(read.of(back, "smtpd_milters").value, "");
    EXPECT_EQ(read.of(back, "smtpd_milters").origin.line, 9U);
}

TEST_F(PostfixSettingsOfFiles, ADashForTheChrootMeansNoSinceCompatibilityLevelOne) {
    EXPECT_TRUE(settings().services[0].chroot);
    EXPECT_FALSE(settings().services[1].chroot);
    write("main.cf", "compatibility_level = 0\nmyhostname = mail.example.com\n");
    EXPECT_TRUE(settings().services[1].chroot);
    EXPECT_FALSE(settings().services[2].chroot);
}

TEST_F(PostfixSettingsOfFiles, ASlashBehindTheFolderIsNotInTheNamesOfFiles) {
    const auto read = read_postfix_settings(folder_.path().string() + "/");
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->main_cf(), folder_.file("main.cf"));
}

TEST_F(PostfixSettingsOfFiles, AMistakeOfPostfixIsSaid) {
    const auto none = read_postfix_settings(folder_.file("nowhere"));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error(), folder_.file("nowhere") + "/main.cf cannot be read");
    write("master.cf", "smtp inet n\n");
    const auto broken = read_postfix_settings(folder_.path());
    ASSERT_FALSE(broken);
    EXPECT_NE(broken.error().find("master.cf: line 1: bad field count"), std::string::npos)
        << broken.error();
}

}  // namespace
}  // namespace relaypermit
