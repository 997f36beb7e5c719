// Outlook's POST, and what else comes to an address that anybody can post to.
#include "tool/guide/autodiscover.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tool/guide/autodiscover_request.h"

namespace relaypermit {
namespace {

constexpr TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 6 / 2} +
                          std::chrono::hours{13} + std::chrono::seconds{5};
constexpr std::string_view policy = R"([server]
name = "mail.hoster.test"
[relay]
hosted_domains = ["hoster.test", "bücher.test", "*.shops.test"]
[guide]
incoming = ["imaps://imap.hoster.test"]
)";

Loaded loaded_from(std::string_view text) {
    Loaded loaded = load_policy_text(std::string(text), "policy.toml", "host.test");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded;
}

std::string request_for(std::string_view address, std::string_view more = {}) {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover "
           "xmlns=\"http://schemas.microsoft"
           ".com/exchange/autodiscover/outlook/requestschema/2006\"><Request><EMailAddress>" +
           std::string(address) + "</EMailAddress>" + std::string(more) +
           "</Request></Autodiscover>";
}

std::string posted(std::string_view body, std::string_view text = policy) {
    std::istringstream in{std::string(body)};
    return answer_autodiscover(loaded_from(text), {"POST", std::to_string(body.size())}, in, now);
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(Autodiscover, EchoesTheAddressAsTheUserName) {
    const std::string answer = posted(request_for("Alice@Hoster.test"));
    EXPECT_TRUE(answer.starts_with("Status: 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n"));
    EXPECT_TRUE(has(answer,
                    "<Type>IMAP</Type>\n        <Server>imap.hoster.test</Server>\n        "
                    "<Port>993</Port>\n        <LoginName>Alice@Hoster.test</LoginName>"));
    EXPECT_TRUE(has(answer,
                    "<Type>SMTP</Type>\n        <Server>mail.hoster.test</Server>\n        "
                    "<Port>465</Port>"));
    EXPECT_TRUE(has(answer, "<SPA>off</SPA>")) << "it is on where nothing is said";
    EXPECT_FALSE(has(answer, "Encryption"));
}

TEST(Autodiscover, TheLengthIsThatOfTheBody) {
    const std::string answer = posted(request_for("alice@hoster.test"));
    const std::size_t end = answer.find("\r\n\r\n");
    ASSERT_NE(end, std::string::npos);
    EXPECT_TRUE(has(answer, "\r\nContent-Length: " + std::to_string(answer.size() - end - 4)));
}

TEST(Autodiscover, SaysTheLocalPartWhereThePolicyLogsInWithIt) {
    const std::string answer = posted(request_for("alice@hoster.test"),
                                      std::string(policy) + "user_name = \"local-part\"");
    EXPECT_TRUE(has(answer, "<LoginName>alice</LoginName>"));
}

TEST(Autodiscover, SaysStarttlsWhereThereIsNothingElse) {
    const std::string answer = posted(request_for("alice@hoster.test"),
                                      std::string(policy) + "[submission]\nports = [587]\n");
    EXPECT_TRUE(has(answer, "<Port>587</Port>"));
    EXPECT_TRUE(has(answer, "<Encryption>TLS</Encryption>"));
}

TEST(Autodiscover, AnswersForDomainsOfThePolicyAlone) {
    for (const std::string_view address :
         {"a@x.shops.test", "a@bücher.test", "a@xn--bcher-kva.test"})
        EXPECT_TRUE(has(posted(request_for(address)), "<Action>settings</Action>")) << address;
    for (const std::string_view address :
         {"a@elsewhere.test", "a@shops.test", "a", "@hoster.test", "a@b@hoster.test",
          "a@hoster.test.elsewhere.test", "&lt;a@hoster.test&gt;"}) {
        const std::string answer = posted(request_for(address));
        EXPECT_TRUE(has(answer, "<ErrorCode>500</ErrorCode>")) << address;
        EXPECT_TRUE(has(answer, "<Error Time=\"13:00:05\"")) << address;
        EXPECT_FALSE(has(answer, "mail.hoster.test")) << address;
    }
    const std::string named = std::string(policy) + "domains = [\"a.shops.test\"]\n";
    EXPECT_TRUE(has(posted(request_for("a@a.shops.test"), named), "<Action>settings</Action>"));
    EXPECT_TRUE(has(posted(request_for("a@hoster.test"), named), "<ErrorCode>500</ErrorCode>"));
}

TEST(Autodiscover, AnswersAlikeWhetherAnAccountExists) {
    std::string one = posted(request_for("alice@hoster.test"));
    const std::string other = posted(request_for("nobod@hoster.test"));
    for (std::size_t at = one.find("alice"); at != std::string::npos; at = one.find("alice"))
        one.replace(at, 5, "nobod");
    EXPECT_EQ(one, other);
}

TEST(Autodiscover, WithoutAnIncomingServerOrAUserNameThereIsNothingToSay) {
    const std::string bare = "[relay]\nhosted_domains = [\"hoster.test\"]\n";
    EXPECT_TRUE(has(posted(request_for("a@hoster.test"), bare), "<ErrorCode>500</ErrorCode>"));
    EXPECT_TRUE(has(posted(request_for("a@hoster.test"),
                           std::string(policy) + "user_name = \"your staff number\"\n"),
                    "<ErrorCode>500</ErrorCode>"));
}

TEST(Autodiscover, ALaterSchemaIsAnsweredAndThatOfPhonesIsNot) {
    const auto schema = [](std::string_view name) {
        return "<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/" +
               std::string(name) + "</AcceptableResponseSchema>";
    };
    EXPECT_TRUE(has(posted(request_for("a@hoster.test", schema("outlook/responseschema/2006a"))),
                    "<Action>settings</Action>"));
    EXPECT_TRUE(has(posted(request_for("a@hoster.test", schema("outlook/responseschema/2010"))),
                    "<Action>settings</Action>"));
    EXPECT_TRUE(has(posted(request_for("a@hoster.test", schema("mobilesync/responseschema/2006"))),
                    "<ErrorCode>601</ErrorCode>"));
}

TEST(Autodiscover, AHostileAddressStaysText) {
    const std::string answer = posted(request_for("&quot;&lt;x/&gt;&amp;'{{y}}&quot;@hoster.test"));
    EXPECT_TRUE(has(answer, "<LoginName>&quot;&lt;x/&gt;&amp;&apos;{{y}}&quot;@hoster.test<"))
        << answer;
    EXPECT_FALSE(has(answer, "<x/>"));
}

TEST(Autodiscover, HostileXmlIsAnsweredAsAMistake) {
    const std::string deep = [] {
        std::string text;
        for (int depth = 0; depth < 5000; ++depth) text += "<a>";
        return text;
    }();
    for (const std::string& body :
         {std::string(), std::string("x"), std::string("<"), std::string("\0\xff\xfe", 3), deep,
          std::string("<Autodiscover><Request/></Autodiscover>"),
          std::string("<Request><EMailAddress>a@hoster.test</EMailAddress></Request>"),
          request_for("a@hoster.test</EMailAddress><EMailAddress>b@hoster.test"),
          request_for("&undefined;@hoster.test"), request_for("\xff@hoster.test"),
          "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>" +
              request_for("a@hoster.test").substr(38),
          std::string(
              "<!DOCTYPE lolz [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>"
              "<Autodiscover><Request><EMailAddress>&b;</EMailAddress></Request></Autodiscover>"),
          std::string("<?xml version=\"1.0\" encoding=\"ebcdic\"?><Autodiscover/>"),
          request_for("   ")}) {
        const std::string answer = posted(body);
        EXPECT_TRUE(answer.starts_with("Status: 400 ")) << body;
        EXPECT_TRUE(has(answer, "<ErrorCode>600</ErrorCode>")) << body;
        EXPECT_FALSE(has(answer, "root:")) << body;
    }
}

TEST(Autodiscover, ReadsNoMoreThanARequestCanBe) {
    const Loaded loaded = loaded_from(policy);
    const std::string body = request_for("a@hoster.test");
    const auto answer = [&](const CgiRequest& request) {
        std::istringstream in(body);
        return answer_autodiscover(loaded, request, in, now);
    };
    EXPECT_TRUE(answer({"POST", "16385"}).starts_with("Status: 413 "));
    EXPECT_TRUE(answer({"POST", "99999999999999999999999"}).starts_with("Status: 413 "));
    EXPECT_TRUE(answer({"POST", "-1"}).starts_with("Status: 400 "));
    EXPECT_TRUE(answer({"POST", "12x"}).starts_with("Status: 400 "));
    EXPECT_TRUE(answer({"POST", "16384"}).starts_with("Status: 400 ")) << "it ends before";
    EXPECT_TRUE(answer({"POST", ""}).starts_with("Status: 411 "));
    EXPECT_TRUE(answer({"GET", ""}).starts_with("Status: 405 "));
    EXPECT_TRUE(has(answer({"GET", ""}), "\r\nAllow: POST\r\n"));
    EXPECT_TRUE(answer({"", ""}).starts_with("Status: 405 "));
    EXPECT_TRUE(answer({"POST", std::to_string(body.size())}).starts_with("Status: 200 "));
}

TEST(Autodiscover, AFaultOfOursReadsWhatWasPostedAndNoMore) {
    const auto left = [](const std::string& length) {
        std::istringstream in("12345678");
        EXPECT_TRUE(autodiscover_fault({"POST", length}, in).starts_with("Status: 500 "));
        std::string rest;
        std::getline(in, rest);
        return rest;
    };
    EXPECT_EQ(left("6"), "78");
    EXPECT_EQ(left("9"), "");
    for (const std::string length : {"", "x", "-1", "16385", "99999999999999999999999"})
        EXPECT_EQ(left(length), "12345678") << length;
}

TEST(Autodiscover, AnswersAlikeFromThePolicyThatIsWrittenForIt) {
    for (const std::string_view more :
         {"", "domains = [\"bücher.test\"]\n", "user_name = \"local-part\"\n",
          "[submission]\nports = [587]\n",
          "outgoing = [\"submissions://smtp.hoster.test:2465\"]\n"}) {
        const Loaded whole = loaded_from(std::string(policy) + std::string(more));
        const std::string written = autodiscover_policy(whole);
        for (const std::string_view address : {"a@hoster.test", "a@bücher.test", "a@x.shops.test"})
            EXPECT_EQ(posted(request_for(address), written),
                      posted(request_for(address), std::string(policy) + std::string(more)))
                << written;
    }
}

TEST(Autodiscover, ThePolicyThatIsWrittenForItHoldsNothingElse) {
    const std::string written =
        autodiscover_policy(loaded_from(std::string(policy) + R"([[restrict]]
id = "cracked"
logins = ["mallory@hoster.test"]
suspended = true
)"));
    EXPECT_FALSE(has(written, "mallory"));
    EXPECT_FALSE(has(written, "restrict"));
}

}  // namespace
}  // namespace relaypermit
