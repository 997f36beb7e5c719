// What a policy gives mail programs to set themselves up by, and what it cannot give.
#include "tool/guide/client_setup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tool/guide/apple_profile.h"
#include "tool/guide/client_config.h"
#include "tool/guide/srv_records.h"
#include "tool/guide/web_server_lines.h"

namespace relaypermit {
namespace {

constexpr std::string_view server = R"([server]
name = "mail.hoster.test"
help_url = "https://help.hoster.test/relay"
)";
constexpr std::string_view one_domain = R"([relay]
hosted_domains = ["hoster.test"]
)";
constexpr std::string_view imap = R"([guide]
incoming = ["imaps://imap.hoster.test"]
)";

Loaded loaded_from(std::string_view text) {
    Loaded loaded = load_policy_text(std::string(text), "policy.toml", "host.test");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded;
}

Loaded loaded_with(std::string_view more, std::string_view relay = one_domain) {
    return loaded_from(std::string(server) + std::string(relay) + std::string(more));
}

ClientSetup setup_of(const Loaded& loaded, const std::string& folder = "/var/www/mail-help") {
    auto setup = client_setup(loaded, {folder, "/usr/bin/relaypermit"});
    if (!setup) ADD_FAILURE() << setup.error();
    return setup.value_or(ClientSetup());
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::vector<std::string> names(const ClientSetup& setup) {
    std::vector<std::string> list;
    for (const auto& [name, text] : setup.files) list.push_back(name);
    return list;
}

TEST(ClientSetup, SaysThatNoFileNamesTheDomainsOfATable) {
    const std::string tables =
        "[[domain_table]]\nid = \"partners\"\nrole = \"relay\"\ntype = \"file\"\npath = \"/p\"\n"
        "[[domain_table]]\nid = \"customers\"\nrole = \"hosted\"\ntype = \"file\"\npath = "
        "\"/d\"\n";
    const ClientSetup listed = setup_of(loaded_with(std::string(imap) + tables));
    ASSERT_EQ(listed.notes.size(), 1U);
    EXPECT_TRUE(has(listed.notes[0], "no file names the domains of the domain table customers, "))
        << listed.notes[0];
    EXPECT_TRUE(has(listed.notes[0], "stand in `domains` of [guide]"));
    // Of a table alone there is none to name at all.
    const ClientSetup none = setup_of(loaded_with(std::string(imap) + tables, ""));
    EXPECT_TRUE(none.files.empty());
    ASSERT_EQ(none.notes.size(), 2U);
    EXPECT_TRUE(has(none.notes[1], "there is no domain to name"));
    const ClientSetup named =
        setup_of(loaded_with(std::string(imap) + "domains = [\"shop.test\"]\n" + tables, ""));
    EXPECT_TRUE(named.notes.empty());
    EXPECT_FALSE(named.files.empty());
}

TEST(ClientSetup, WithoutAnIncomingServerNothingIsWrittenAndItIsSaid) {
    const ClientSetup setup = setup_of(loaded_with(""));
    EXPECT_TRUE(setup.files.empty());
    ASSERT_EQ(setup.notes.size(), 1U);
    EXPECT_TRUE(has(setup.notes[0], "no mail program can be set up by a file"));
    EXPECT_TRUE(has(setup.notes[0], "[guide] has no incoming server"));
}

TEST(ClientSetup, WithoutAPortToSendByNothingIsWrittenAndItIsSaid) {
    const ClientSetup setup =
        setup_of(loaded_with(std::string(imap) + "[submission]\nports = [25]\n"));
    EXPECT_TRUE(setup.files.empty());
    ASSERT_EQ(setup.notes.size(), 1U);
    EXPECT_TRUE(has(setup.notes[0], "[submission] has no port but 25"));
}

TEST(ClientSetup, EveryFormatIsWritten) {
    const ClientSetup setup = setup_of(loaded_with(imap));
    EXPECT_EQ(names(setup),
              (std::vector<std::string>{
                  "setup/apache-clients.conf", "setup/apache-pages.conf", "setup/autodiscover.cgi",
                  "setup/autodiscover.toml", "setup/caddy-clients.conf", "setup/caddy-pages.conf",
                  "setup/config-v1.1.xml", "setup/hoster.test.mobileconfig",
                  "setup/nginx-clients.conf", "setup/nginx-pages.conf", "setup/records.zone"}));
    EXPECT_TRUE(setup.notes.empty());
}

TEST(ClientSetup, ThunderbirdIsGivenWhatThePolicySays) {
    const std::string xml =
        setup_of(loaded_with(std::string(imap) + "[submission]\nports = [2465, 587]\n"))
            .files.at("setup/config-v1.1.xml");
    EXPECT_TRUE(has(xml,
                    "<hostname>imap.hoster.test</hostname>\n      <port>993</port>\n      "
                    "<socketType>SSL</socketType>"));
    EXPECT_TRUE(has(xml,
                    "<hostname>mail.hoster.test</hostname>\n      <port>2465</port>\n      "
                    "<socketType>STARTTLS</socketType>"));
    EXPECT_LT(xml.find("<port>2465<"), xml.find("<port>587<")) << "the preferred one first";
    EXPECT_TRUE(has(xml, "<username>%EMAILADDRESS%</username>"));
    EXPECT_TRUE(has(xml, "<documentation url=\"https://help.hoster.test/relay\">"));
    EXPECT_FALSE(has(xml, ">465<"));
    const std::string local =
        setup_of(loaded_with(std::string(imap) + "user_name = \"local-part\"\n"))
            .files.at("setup/config-v1.1.xml");
    EXPECT_TRUE(has(local, "<username>%EMAILLOCALPART%</username>"));
    EXPECT_FALSE(has(local, "%EMAILADDRESS%"));
}

TEST(ClientSetup, AUserNameInWordsIsToldToNoProgram) {
    const ClientSetup setup =
        setup_of(loaded_with(std::string(imap) + "user_name = \"your staff number\"\n"));
    EXPECT_EQ(names(setup),
              (std::vector<std::string>{"setup/apache-pages.conf", "setup/caddy-pages.conf",
                                        "setup/hoster.test.mobileconfig", "setup/nginx-pages.conf",
                                        "setup/records.zone"}));
    ASSERT_EQ(setup.notes.size(), 1U);
    EXPECT_TRUE(has(setup.notes[0], "no file can say a `user_name`"));
    EXPECT_FALSE(has(setup.files.at("setup/records.zone"), "autoconfig."));
}

TEST(ClientSetup, DomainsOfAPatternAreSaidToBeMissing) {
    const ClientSetup setup = setup_of(
        loaded_with(imap, "[relay]\nhosted_domains = [\"hoster.test\", \"*.shops.test\"]\n"));
    ASSERT_EQ(setup.notes.size(), 1U);
    EXPECT_TRUE(has(setup.notes[0], "below *.shops.test"));
    EXPECT_FALSE(has(setup.files.at("setup/config-v1.1.xml"), "shops"));
    const ClientSetup named =
        setup_of(loaded_with(std::string(imap) + "domains = [\"a.shops.test\"]\n",
                             "[relay]\nhosted_domains = [\"hoster.test\", \"*.shops.test\"]\n"));
    EXPECT_TRUE(named.notes.empty());
    EXPECT_TRUE(has(named.files.at("setup/config-v1.1.xml"), "<domain>a.shops.test</domain>"));
    EXPECT_FALSE(has(named.files.at("setup/config-v1.1.xml"), "<domain>hoster.test</domain>"));
    const ClientSetup alone =
        setup_of(loaded_with(imap, "[relay]\nhosted_domains = [\"*.shops.test\"]\n"));
    EXPECT_TRUE(alone.files.empty());
    ASSERT_EQ(alone.notes.size(), 2U);
    EXPECT_TRUE(has(alone.notes[1], "there is no domain to name"));
}

TEST(ClientSetup, AnInternationalDomainIsAskedForByItsALabels) {
    const ClientSetup setup =
        setup_of(loaded_with(imap, "[relay]\nhosted_domains = [\"bücher.test\"]\n"));
    EXPECT_TRUE(
        has(setup.files.at("setup/config-v1.1.xml"), "<domain>xn--bcher-kva.test</domain>"));
    const std::string& profile = setup.files.at("setup/xn--bcher-kva.test.mobileconfig");
    EXPECT_TRUE(has(profile, "<string>test.xn--bcher-kva.relaypermit.mail</string>"));
    EXPECT_TRUE(has(profile, "<string>Mail of bücher.test</string>"));
    EXPECT_TRUE(has(setup.files.at("setup/records.zone"),
                    "\n_imaps._tcp.xn--bcher-kva.test. IN SRV 0 1 993 imap.hoster.test.\n"));
}

TEST(ClientSetup, AProfileHoldsNeitherAddressNorPassword) {
    const std::string profile =
        setup_of(loaded_with(imap)).files.at("setup/hoster.test.mobileconfig");
    EXPECT_FALSE(has(profile, "<key>EmailAddress</key>"));
    EXPECT_FALSE(has(profile, "Username"));
    EXPECT_FALSE(has(profile, "<key>IncomingPassword</key>"));
    EXPECT_FALSE(has(profile, "<key>OutgoingPassword</key>"));
    EXPECT_TRUE(has(profile, "<key>OutgoingMailServerPortNumber</key>\n      <integer>465<"))
        << "Apple's programs cannot be told STARTTLS";
}

TEST(ClientSetup, AProfileSaysWhatToEnterWhereThatIsNotTheAddress) {
    const auto profile = [](const std::string& more) {
        return setup_of(loaded_with(std::string(imap) + more))
            .files.at("setup/hoster.test.mobileconfig");
    };
    EXPECT_FALSE(has(profile(""), "user name"));
    EXPECT_TRUE(has(profile("user_name = \"local-part\"\n"),
                    "If a user name is asked for, it is the part of your address before the @."));
    EXPECT_TRUE(
        has(profile("user_name = \"your <staff> number\"\n"), "it is your &lt;staff&gt; number."));
}

TEST(ClientSetup, AProfileThatCannotDemandWhatThePolicyTakesIsSaid) {
    const ClientSetup setup =
        setup_of(loaded_with(std::string(imap) + "[submission]\nports = [587]\n"));
    ASSERT_EQ(setup.notes.size(), 1U);
    EXPECT_TRUE(has(setup.notes[0], "Apple's profiles cannot demand STARTTLS, which port 587"));
}

TEST(ClientSetup, ProfilesOfTwoDomainsAreTwoAndOfOneTheSame) {
    const std::string_view two = "[relay]\nhosted_domains = [\"hoster.test\", \"other.test\"]\n";
    const ClientSetup setup = setup_of(loaded_with(imap, two));
    EXPECT_EQ(setup.files, setup_of(loaded_with(imap, two)).files);
    const auto uuid = [&](const std::string& name) {
        const std::string& text = setup.files.at(name);
        return text.substr(text.find("<key>PayloadUUID</key>"), 80);
    };
    EXPECT_NE(uuid("setup/hoster.test.mobileconfig"), uuid("setup/other.test.mobileconfig"));
    EXPECT_EQ(setup.files.at("setup/hoster.test.mobileconfig"),
              setup_of(loaded_with(imap)).files.at("setup/hoster.test.mobileconfig"));
}

TEST(ClientSetup, AUuidSaysItsVersionAndVariant) {
    // sha256sum of "", with the bits of RFC 9562 5.8 set.
    EXPECT_EQ(uuid_of(""), "E3B0C442-98FC-8C14-9AFB-F4C8996FB924");
    EXPECT_NE(uuid_of("a"), uuid_of("b"));
}

TEST(ClientSetup, WhatIsNotOfferedIsSaidInTheZone) {
    const std::string zone =
        setup_of(loaded_with(std::string(imap) + "[submission]\nports = [587]\n"))
            .files.at("setup/records.zone");
    EXPECT_TRUE(has(zone, "\n_submission._tcp.hoster.test. IN SRV 0 1 587 mail.hoster.test.\n"));
    EXPECT_TRUE(has(zone, "\n_submissions._tcp.hoster.test. IN SRV 0 0 0 .\n"));
    EXPECT_TRUE(has(zone, "\n_pop3._tcp.hoster.test. IN SRV 0 0 0 .\n"));
    EXPECT_TRUE(has(zone, "\nautoconfig.hoster.test. IN CNAME help.hoster.test.\n"));
}

TEST(ClientSetup, WithoutAHelpAddressTheWebServerIsLeftToFillIn) {
    const ClientSetup setup =
        setup_of(loaded_from(std::string("[server]\nname = \"mail.hoster.test\"\n") +
                             std::string(one_domain) + std::string(imap)));
    EXPECT_TRUE(has(setup.files.at("setup/records.zone"),
                    "\n; autoconfig.hoster.test. IN CNAME WEB-SERVER-OF-THE-GUIDE.\n"));
    EXPECT_TRUE(has(setup.files.at("setup/nginx-pages.conf"), "location /mail-help/ {"));
    EXPECT_FALSE(has(setup.files.at("setup/config-v1.1.xml"), "documentation"));
}

TEST(ClientSetup, OutlookIsLedToTheNameUnderWhichItIsAnswered) {
    const ClientSetup setup = setup_of(loaded_with(imap));
    EXPECT_TRUE(
        has(setup.files.at("setup/records.zone"),
            "\n_autodiscover._tcp.hoster.test. IN SRV 0 1 443 autodiscover.hoster.test.\n"));
}

TEST(ClientSetup, ThatHelpIsAtAPortWhereNoProgramAsksIsSaidInTheZone) {
    const auto zone = [](const std::string& help_url) {
        return setup_of(loaded_from("[server]\nname = \"mail.hoster.test\"\nhelp_url = \"" +
                                    help_url + "\"\n" + std::string(one_domain) +
                                    std::string(imap)))
            .files.at("setup/records.zone");
    };
    for (const std::string url : {"https://help.hoster.test:8443/relay",
                                  "http://help.hoster.test/relay", "http://help.hoster.test:443/"})
        EXPECT_TRUE(has(zone(url), "help_url does not lead: help.hoster.test\n")) << url;
    for (const std::string url :
         {"https://help.hoster.test/relay:1", "https://help.hoster.test:443"})
        EXPECT_FALSE(has(zone(url), "port 443, where")) << url;
}

TEST(ClientSetup, ADomainOfAPatternGetsTheLineThatLeadsOutlookToItsAnswer) {
    const auto zone = [](std::string_view guide) {
        return setup_of(
                   loaded_with(guide,
                               "[relay]\nhosted_domains = [\"hoster.test\", \"*.shops.test\"]\n"))
            .files.at("setup/records.zone");
    };
    EXPECT_TRUE(
        has(zone(imap),
            "; *.shops.test: autodiscover.cgi answers for every domain there, by a line for "
            "each:\n; autodiscover.DOMAIN. IN CNAME help.hoster.test.\n"));
    EXPECT_FALSE(
        has(zone(std::string(imap) + "user_name = \"your staff number\"\n"), "autodiscover."));
}

TEST(ClientSetup, ARecordLeadsToNamesAlone) {
    EXPECT_EQ(host_of_url("https://192.0.2.1/relay"), "");
    EXPECT_EQ(host_of_url("https://help.hoster.test:8443/relay"), "help.hoster.test");
}

TEST(ClientSetup, HostileTextsStayTextInXml) {
    const Loaded loaded = loaded_from(R"toml([server]
name = "mail.hoster.test"
help_url = 'https://help.hoster.test/"><evil/>&x;{{{y}}}'
contact = "x"
[relay]
hosted_domains = ["hoster.test"]
[guide]
organisation = "</displayName><evil a='1' b=\"2\"/>&lol; ]]> {{{name}}} \uFFFE\uFFFF"
incoming = ["imaps://imap.hoster.test"]
webmail = 'https://webmail.hoster.test/"><evil/>'
password_url = 'https://account.hoster.test/"><evil/>'
)toml");
    const ClientSetup setup = setup_of(loaded);
    for (const std::string name :
         {"setup/config-v1.1.xml", "setup/hoster.test.mobileconfig", "setup/records.zone"}) {
        const std::string& text = setup.files.at(name);
        EXPECT_FALSE(has(text, "<evil")) << name;
        EXPECT_FALSE(has(text, "&lol;")) << name;
        EXPECT_FALSE(has(text, "\xef\xbf\xbe")) << name;
        EXPECT_FALSE(has(text, "\xef\xbf\xbf")) << name;
    }
    const std::string& xml = setup.files.at("setup/config-v1.1.xml");
    EXPECT_TRUE(has(xml,
                    "<displayName>&lt;/displayName&gt;&lt;evil a=&apos;1&apos; b=&quot;2"
                    "&quot;/&gt;&amp;lol; ]]&gt; {{{name}}} \xef\xbf\xbd\xef\xbf\xbd<"));
    EXPECT_TRUE(has(xml, "url=\"https://help.hoster.test/&quot;&gt;&lt;evil/&gt;&amp;x;{{{y}}}\""));
    EXPECT_FALSE(setup.files.contains("setup/nginx-pages.conf"));
    ASSERT_EQ(setup.notes.size(), 1U);
    EXPECT_TRUE(has(setup.notes[0], "the path of help_url holds other characters"));
}

TEST(ClientSetup, NoWebServerLineIsWrittenForAFolderThatItWouldMisread) {
    for (const std::string folder : {"/srv/mail help", "/srv/$1", "/srv/a;b", "/srv/a{b",
                                     "relative", "/srv/\"", "/srv/a\nb", "/srv/a+b"}) {
        const ClientSetup setup = setup_of(loaded_with(imap), folder);
        EXPECT_FALSE(setup.files.contains("setup/nginx-clients.conf")) << folder;
        EXPECT_FALSE(setup.files.contains("setup/autodiscover.cgi")) << folder;
        EXPECT_TRUE(setup.files.contains("setup/config-v1.1.xml")) << folder;
        ASSERT_EQ(setup.notes.size(), 1U) << folder;
    }
}

TEST(ClientSetup, ThePagesLieWhereTheHelpAddressLeads) {
    EXPECT_EQ(pages_path("https://h.test"), "/");
    EXPECT_EQ(pages_path("https://h.test/"), "/");
    EXPECT_EQ(pages_path("https://h.test/a/b"), "/a/b/");
    EXPECT_EQ(pages_path("https://h.test/a/index.html"), "/a/");
    EXPECT_EQ(pages_path(""), "/mail-help/");
    for (const std::string url : {"https://h.test/a?b", "https://h.test/%41", "https://h.test?a",
                                  "https://h.test/a;b", "https://h.test/../a", "https://h.test//a"})
        EXPECT_EQ(pages_path(url), "") << url;
    EXPECT_EQ(host_of_url("https://user@Help.hoster.test:8443/x"), "help.hoster.test");
    EXPECT_EQ(host_of_url("https://[::1]/x"), "");
}

TEST(ClientSetup, FilesThatAreAddedStandInTheMarkerToo) {
    SiteFiles site = {
        {"index.html", "x"},
        {"guide.json", R"({"made_by": "relaypermit guide", "files": ["index.html"]})"}};
    add_files(site, {{"setup/a", "y"}});
    const auto marker = nlohmann::json::parse(site.at("guide.json"));
    EXPECT_EQ(marker["files"], (nlohmann::json{"index.html", "setup/a"}));
    EXPECT_EQ(site.at("setup/a"), "y");
}

TEST(ClientConfig, OneServerIsTheOneWithTlsFromTheFirstByte) {
    const MailService starttls{MailProtocol::submission, false, "a.test", 587};
    const MailService tls{MailProtocol::submission, true, "a.test", 465};
    const MailService other{MailProtocol::submission, true, "b.test", 465};
    EXPECT_EQ(one_service({starttls, tls, other}, MailProtocol::submission), tls);
    EXPECT_EQ(one_service({starttls}, MailProtocol::submission), starttls);
    EXPECT_EQ(one_service({starttls}, MailProtocol::imap), std::nullopt);
}

}  // namespace
}  // namespace relaypermit
