// What web servers tell mail programs, read as they read it.
#include "tool/guide/published_setup.h"

#include <gtest/gtest.h>

#include "tool/guide/xml_elements.h"

namespace relaypermit {
namespace {

TEST(PublishedSetup, OfAutoconfigIsWhatAProgramTakesFromIt) {
    const auto setup = read_autoconfig(R"(<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="x"><domain> Hoster.test </domain>
<incomingServer type="imap"><hostname>IMAP.hoster.test</hostname><port>993</port>
<socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer>
<outgoingServer type="smtp"><hostname>mail.hoster.test</hostname><port>25</port>
<socketType>plain</socketType></outgoingServer>
<documentation url="x"><descr>port</descr></documentation></emailProvider></clientConfig>)");
    ASSERT_TRUE(setup) << setup.error();
    EXPECT_EQ(setup->servers,
              (std::vector<std::string>{"IMAP imap.hoster.test port 993 with TLS from the first "
                                        "byte, user name %EMAILADDRESS%",
                                        "SMTP mail.hoster.test port 25 without encryption"}));
    EXPECT_EQ(setup->domains, (std::vector<std::string>{"hoster.test"}));
}

TEST(PublishedSetup, OfAutodiscoverGoesByEncryptionBeforeSsl) {
    const auto security = [](const std::string& fields) {
        const auto setup = read_autodiscover(
            "<Autodiscover xmlns='a'><Response xmlns='b'><Account><Protocol><Type>SMTP</Type>"
            "<Server>m</Server><Port>1</Port>" +
            fields + "</Protocol></Account></Response></Autodiscover>");
        return setup && setup->servers.size() == 1 ? setup->servers[0].substr(14) : "";
    };
    EXPECT_EQ(security(""), "with TLS from the first byte");
    EXPECT_EQ(security("<SSL>on</SSL><Encryption>TLS</Encryption>"), "with STARTTLS");
    EXPECT_EQ(security("<SSL>off</SSL>"), "without encryption");
    EXPECT_EQ(security("<SSL>off</SSL><Encryption>SSL</Encryption>"),
              "with TLS from the first byte");
    EXPECT_EQ(security("<SSL>on</SSL><Encryption>None</Encryption>"), "without encryption");
}

TEST(PublishedSetup, OfSomethingElseIsSaidToBeSo) {
    EXPECT_EQ(read_autoconfig("<html/>").error(), "is no <clientConfig>");
    EXPECT_EQ(read_autoconfig("<p>hello").error(), "is not XML");
    EXPECT_EQ(read_autodiscover("").error(), "is not XML");
    EXPECT_EQ(read_autodiscover("<clientConfig/>").error(), "is no <Autodiscover>");
    EXPECT_EQ(
        read_autodiscover("<!DOCTYPE a [<!ENTITY b 'c'>]><Autodiscover>&b;</Autodiscover>").error(),
        "has a DOCTYPE");
    EXPECT_EQ(read_autodiscover("<Autodiscover><Response><Error><ErrorCode>500</ErrorCode>"
                                "<Message>no</Message></Error></Response></Autodiscover>")
                  .error(),
              "answers `no` (error 500)");
    EXPECT_EQ(read_autoconfig("<clientConfig/>"), PublishedSetup());
}

TEST(XmlElements, StandInTheirOrderWithTheirOwnTextAlone) {
    const auto elements = xml_elements("<a xmlns='n'>1<b type='t'>2<c/></b>3<b>&amp;</b></a>");
    ASSERT_TRUE(elements);
    std::string all;
    for (const XmlElement& element : *elements)
        all += std::to_string(element.depth) + element.name + "/" + element.type + "/" +
               element.text + " ";
    EXPECT_EQ(all, "0a//13 1b/t/2 2c// 1b//& ");
}

}  // namespace
}  // namespace relaypermit
