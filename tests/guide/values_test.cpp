// The values on the help pages are those of the policy: servers, ports, domains.
#include "tool/guide/values.h"

#include <gtest/gtest.h>

#include "tests/guide/guide_pages.h"

namespace relaypermit {
namespace {

std::string first_page(std::string_view more) {
    return guide_first_pages(more).at("index.html");
}

TEST(GuideValues, NameNoPort25WhereAnotherOneIsThere) {
    const Loaded loaded = guide_policy("[submission]\nports = [25, 2525]\n");
    const auto services = outgoing_services(loaded);
    ASSERT_EQ(services.size(), 1U);
    EXPECT_EQ(services[0].port, 2525);
    const std::string page = first_page("[submission]\nports = [25, 2525]\n");
    EXPECT_FALSE(page_says(page, "25 instead of 25"));
    EXPECT_TRUE(page_says(section_of(page, "use-submission"), "the port to 2525 "));
}

TEST(GuideValues, WithoutAPortThePageSaysWhomToAsk) {
    for (const std::string ports : {"", "25"}) {
        const std::string more = "[submission]\nports = [" + ports + "]\n";
        EXPECT_TRUE(outgoing_services(guide_policy(more)).empty());
        const std::string page = first_page(more);
        EXPECT_TRUE(page_says(page, "Port(ask helpdesk@hoster.test)")) << ports;
        EXPECT_TRUE(page_says(page, "Encryption(ask helpdesk@hoster.test)")) << ports;
        EXPECT_TRUE(page_says(section_of(page, "use-submission"),
                              "the port to (ask helpdesk@hoster.test) and the encryption to"))
            << ports;
        const std::size_t sentences = page.find("<blockquote");
        EXPECT_EQ(page.substr(0, sentences).find("587"), std::string::npos) << ports;
        const SiteFiles pages = guide_pages(more);
        EXPECT_TRUE(page_says(pages.at("msmtp.html"), "port PORT")) << ports;
        EXPECT_FALSE(page_says(pages.at("msmtp.html"), "587")) << ports;
    }
}

TEST(GuideValues, NameEveryServerOfThePolicy) {
    const std::string page = first_page(R"([guide]
outgoing = ["submission://mail.hoster.test", "submissions://mail.hoster.test",
            "submissions://backup.hoster.test:2465"]
incoming = ["imaps://imap.hoster.test", "pop3s://pop.hoster.test"]
)");
    EXPECT_TRUE(page_says(page, "or, if your network blocks that port465 · SSL/TLS"));
    EXPECT_TRUE(page_says(page, "or, by another serverbackup.hoster.test · 2465 · SSL/TLS"));
    EXPECT_TRUE(page_says(page, "Incoming serverimap.hoster.test · IMAP · 993 · SSL/TLS"));
    EXPECT_TRUE(page_says(page, "orpop.hoster.test · POP3 · 995 · SSL/TLS"));
}

TEST(GuideValues, ShowADomainAsItIsTypedAndAsItIsRead) {
    constexpr std::string_view international = R"([guide]
outgoing = ["submission://mail.bücher.test"]
incoming = ["imaps://imap.bücher.test"]
domains = ["bücher.test"]
)";
    const std::string page = first_page(international);
    EXPECT_TRUE(page_says(page, "Outgoing servermail.xn--bcher-kva.test (mail.bücher.test)"));
    EXPECT_TRUE(page_says(page, "imap.xn--bcher-kva.test (imap.bücher.test) · IMAP"));
    EXPECT_NE(page.find("<code class=\"value\" translate=\"no\">mail.xn--bcher-kva.test</code>"),
              std::string::npos)
        << "what is copied is what is typed";
    const std::string code = guide_pages(international).at("msmtp.html");
    EXPECT_TRUE(page_says(code, "host mail.xn--bcher-kva.test\n"));
    EXPECT_TRUE(page_says(code, "from you@xn--bcher-kva.test\n"));
    EXPECT_FALSE(page_says(first_page(""), "mail.hoster.test (")) << "not twice where it is one";
}

TEST(GuideValues, PromiseNoHelpAddressThatRepliesDoNotHave) {
    EXPECT_TRUE(page_says(first_page(""), "ends in an address that leads here"));
    const Loaded without = load_policy_text(
        "[server]\nname = \"mail.hoster.test\"\n[relay]\nhosted_domains = [\"hoster.test\"]\n",
        "policy.toml", "host.test");
    const std::string page = guide_pages(without).at("index.html");
    EXPECT_FALSE(page_says(page, "address that leads here"));
    EXPECT_TRUE(page_says(page, "Find your error below"));
    EXPECT_TRUE(page_says(page, "Ask postmaster@hoster.test."));
}

TEST(GuideValues, SayWhatElseAProgramIsCalled) {
    EXPECT_TRUE(
        page_says(guide_pages().at("thunderbird.html"), "Also called: Mozilla Thunderbird"));
}

}  // namespace
}  // namespace relaypermit
