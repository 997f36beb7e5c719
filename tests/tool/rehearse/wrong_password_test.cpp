// What a refused password is explained as; that the real Postfix says so: mta/test_footers.py.
#include "tool/rehearse/wrong_password.h"

#include <gtest/gtest.h>

#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy = R"([server]
help_url = "https://help.example.com/relay"
[relay]
hosted_domains = ["example.com"]
)";

TEST(WrongPassword, IsExplainedAsTheMailServersOwnReplyWithOurWordsBehindIt) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"explain", "--login", "alice@example.com", "--wrong-password", "--json"}),
              Exit::finding);
    EXPECT_EQ(tool.out(),
              "{\"verdict\":\"mta-reject\",\"cause\":\"wrong-password\",\"stage\":\"auth\","
              "\"login\":\"alice@example.com\",\"reply\":\"535 5.7.8 Error: authentication failed: "
              "authentication failure - enter your user name and password for the outgoing server "
              "anew. For help ask postmaster@example.com - "
              "https://help.example.com/relay#wrong-password\",\"needs_footers\":true,"
              "\"without_footers\":\"535 5.7.8 Error: authentication failed: authentication "
              "failure\",\"advice\":[\"enter the password "
              "anew in the mail program\",\"or correct the user name `alice@example.com` there\","
              "\"or set a new password for it in the mail server's accounts\"]}\n");
    EXPECT_EQ(tool.run({"explain", "--wrong-password"}), Exit::finding);
    EXPECT_TRUE(tool.out().starts_with("mta-reject  wrong-password at AUTH\n535 5.7.8 "))
        << tool.out();
    EXPECT_NE(tool.out().find("smtpd_reject_footer_maps"), std::string::npos) << tool.out();
}

TEST(WrongPassword, IsSendmailsSentenceAloneThere) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"explain", "--wrong-password", "--mta", "sendmail"}), Exit::finding);
    EXPECT_NE(tool.out().find("\n535 5.7.0 authentication failed\n"), std::string::npos)
        << tool.out();
    EXPECT_EQ(tool.out().find("footer"), std::string::npos) << tool.out();
    EXPECT_EQ(tool.run({"explain", "--wrong-password", "--mta", "sendmail", "--json"}),
              Exit::finding);
    EXPECT_NE(tool.out().find("\"needs_footers\":false,\"without_footers\":\"535 5.7.0 "),
              std::string::npos)
        << tool.out();
}

TEST(WrongPassword, SaysWhichOptionDoesNothingBesideIt) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    const std::vector<std::vector<std::string>> idle = {{"--sender", "bob@example.com"},
                                                        {"--from", "bob@example.com"},
                                                        {"--recipient", "a@b.example"},
                                                        {"--header", "From: bob@example.com"},
                                                        {"--client", "192.0.2.1"},
                                                        {"--port", "465"},
                                                        {"--mechanism", "PLAIN"},
                                                        {"--helo", "h"},
                                                        {"--daemon-name", "x"},
                                                        {"--mailer", "smtp"},
                                                        {"--now", "2026-01-01"},
                                                        {"--tls"},
                                                        {"--no-tls"}};
    for (const auto& option : idle) {
        std::vector<std::string> line = {"explain", "--wrong-password", "--login",
                                         "alice@example.com"};
        line.insert(line.end(), option.begin(), option.end());
        EXPECT_EQ(tool.run(line), Exit::failed) << option.front();
        EXPECT_NE(tool.err().find(option.front() + " does nothing beside --wrong-password"),
                  std::string::npos)
            << tool.err();
        EXPECT_EQ(tool.out(), "");
    }
}

TEST(WrongPassword, IsNoQuestionAboutAReference) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    EXPECT_EQ(tool.run({"explain", "--wrong-password", "7F3K2Q9D"}), Exit::failed);
    EXPECT_NE(tool.err().find("leave out the REF or the option"), std::string::npos) << tool.err();
}

}  // namespace
}  // namespace relaypermit
