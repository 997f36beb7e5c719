// [guide]: where mail programs connect, as it is written and read.
#include "config/guide_settings.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace relaypermit {
namespace {

TEST(GuideSettings, AServiceHasTheUsualPortWhereNoneIsWritten) {
    const std::pair<std::string_view, std::string_view> written[] = {
        {"imaps://mail.example.com", "imaps://mail.example.com:993"},
        {"imap://mail.example.com", "imap://mail.example.com:143"},
        {"pop3s://mail.example.com", "pop3s://mail.example.com:995"},
        {"pop3://mail.example.com/", "pop3://mail.example.com:110"},
        {"submission://mail.example.com", "submission://mail.example.com:587"},
        {"submissions://MAIL.example.com.", "submissions://mail.example.com:465"},
        {"imaps://mail.example.com:10993", "imaps://mail.example.com:10993"},
    };
    for (const auto& [text, read] : written) {
        const auto service = parse_mail_service(text);
        ASSERT_TRUE(service.has_value()) << text;
        EXPECT_EQ(to_string(*service), read);
    }
    EXPECT_TRUE(parse_mail_service("imaps://mail.example.com")->implicit_tls);
    EXPECT_FALSE(parse_mail_service("imap://mail.example.com")->implicit_tls);
}

TEST(GuideSettings, WhatIsNoServiceIsNotOne) {
    for (const std::string_view text :
         {"", "imaps", "imaps://", "IMAPS//x", "https://mail.example.com", "imaps://a b",
          "imaps://mail.example.com:", "imaps://mail.example.com:65536",
          "imaps://mail.example.com:-1", "imaps://[2001:db8::1]:993", "imaps://192.0.2.1:993",
          "imaps://user@mail.example.com"})
        EXPECT_FALSE(parse_mail_service(text).has_value()) << text;
}

TEST(GuideSettings, AreReadWhole) {
    const Loaded loaded = load_policy_text(R"([relay]
hosted_domains = ["example.com"]
[guide]
organisation = "Müller & Söhne"
domains = ["Bücher.example"]
incoming = ["imaps://mail.example.com", "pop3s://mail.example.com"]
outgoing = ["submissions://mail.example.com"]
user_name = "your staff number"
webmail = "https://webmail.example.com/"
password_url = ""
languages = ["de", "en"]
)",
                                           "policy.toml", "host.example");
    ASSERT_TRUE(loaded.policy);
    const GuideSettings& guide = loaded.settings.guide;
    EXPECT_EQ(guide.organisation, "Müller & Söhne");
    EXPECT_EQ(guide.domains, (std::vector<std::string>{"xn--bcher-kva.example"}));
    ASSERT_EQ(guide.incoming.size(), 2U);
    EXPECT_EQ(guide.incoming[1].protocol, MailProtocol::pop3);
    ASSERT_EQ(guide.outgoing.size(), 1U);
    EXPECT_EQ(guide.user_name, "your staff number");
    EXPECT_EQ(guide.webmail, "https://webmail.example.com/");
    EXPECT_EQ(guide.languages, (std::vector<std::string>{"de", "en"}));
}

// U+200C stands between letters of Persian words, and nowhere else.
TEST(GuideSettings, TakeTheSpellingOfPersian) {
    const auto sound = [](std::string_view name) {
        return load_policy_text(
                   "[relay]\nhosted_domains = [\"example.com\"]\n[guide]\n"
                   "organisation = \"" +
                       std::string(name) + "\"\n",
                   "policy.toml", "host.example")
            .errors.empty();
    };
    EXPECT_TRUE(sound("\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645"));
    EXPECT_FALSE(sound("ex\u200Cample"));
    EXPECT_FALSE(sound("\u0645\u200C"));
    EXPECT_FALSE(sound("\u200C\u0645"));
    EXPECT_FALSE(sound("\u0645\u200C\u200C\u062E"));
}

TEST(GuideSettings, TakeAServerWithoutANameForAWebAddress) {
    const auto sound = [](std::string_view address) {
        return load_policy_text(
                   "[relay]\nhosted_domains = [\"example.com\"]\n[guide]\n"
                   "webmail = \"" +
                       std::string(address) + "\"\n",
                   "policy.toml", "host.example")
            .errors.empty();
    };
    EXPECT_TRUE(sound("https://[2001:db8::1]:8443/mail"));
    EXPECT_TRUE(sound("https://[2001:db8::1]"));
    EXPECT_TRUE(sound("http://192.0.2.1/mail"));
    EXPECT_FALSE(sound("https://[2001:db8::1"));
    EXPECT_FALSE(sound("https://[2001:db8::1]:"));
}

}  // namespace
}  // namespace relaypermit
