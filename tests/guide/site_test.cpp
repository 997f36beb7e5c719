// The help pages as a policy makes them: what stands on them, and what does not.
#include "tool/guide/site.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "policy/reply.h"
#include "tests/guide/guide_pages.h"
#include "tool/guide/client_setup.h"
#include "tool/guide/data.h"
#include "tool/guide/sort_key.h"

namespace relaypermit {
namespace {

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::vector<std::string> matches(const std::string& text, const char* pattern) {
    const std::regex expression(pattern);
    std::vector<std::string> found;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), expression);
         at != std::sregex_iterator(); ++at)
        found.push_back((*at)[1]);
    return found;
}

constexpr std::string_view everything = R"([guide]
organisation = "Hoster Ltd"
incoming = ["imaps://imap.hoster.test"]
webmail = "https://webmail.hoster.test"
password_url = "https://account.hoster.test"
)";

TEST(GuideSite, EveryCauseThatThePolicyCanGiveIsAnAnchorOfTheFirstPage) {
    const Loaded loaded = guide_policy();
    const SiteFiles site = guide_pages(loaded);
    const std::string& page = site.at("index.html");
    for (const std::string& anchor : guide_anchors(loaded))
        EXPECT_TRUE(has(page, " id=\"" + anchor + "\"")) << anchor;
    EXPECT_TRUE(has(page, " id=\"wrong-password\""));
    EXPECT_TRUE(has(page, " id=\"sender-not-owned\""));
}

TEST(GuideSite, TheHelpAddressOfAReplyLeadsToItsCause) {
    const Loaded loaded = guide_policy();
    const std::string page = guide_pages(loaded).at("index.html");
    for (const Cause cause : {Cause::login_required, Cause::use_submission, Cause::from_not_owned,
                              Cause::lookup_failed}) {
        Verdict verdict;
        verdict.outcome = cause == Cause::lookup_failed ? Outcome::tempfail : Outcome::reject;
        verdict.cause = cause;
        const std::string reply =
            to_string(render_reply(*loaded.policy, Facts{}, verdict, "7F3K2Q9D"));
        const auto anchors = matches(reply, "https://help.hoster.test/relay#([^ ]+)");
        ASSERT_EQ(anchors.size(), 1U) << reply;
        EXPECT_TRUE(has(page, " id=\"" + anchors.front() + "\"")) << reply;
    }
}

TEST(GuideSite, ACauseThatIsOffIsNotOnThePage) {
    const SiteFiles site = guide_pages(
        "[cause.sender-not-owned]\naction = \"off\"\n"
        "[cause.from-not-owned]\naction = \"monitor\"\n");
    EXPECT_FALSE(has(site.at("index.html"), "sender-not-owned"));
    EXPECT_FALSE(has(site.at("index.html"), "from-not-owned"));
    EXPECT_FALSE(has(site.at("index.html"), "helo-forged"));
}

TEST(GuideSite, ACauseThatNothingInThePolicyCanGiveIsNotOnThePage) {
    const std::string plain = guide_pages().at("index.html");
    EXPECT_FALSE(has(plain, "recipient-not-allowed"));
    EXPECT_FALSE(has(plain, "weak-login"));
    EXPECT_FALSE(has(plain, "from-not-aligned"));
    const std::string restricted = guide_pages(R"([from]
alignment = "domain"
[[restrict]]
id = "inside"
logins = ["scanner@hoster.test"]
recipients = ["hosted"]
mechanisms = ["PLAIN"]
)")
                                       .at("index.html");
    EXPECT_TRUE(has(restricted, " id=\"recipient-not-allowed\""));
    EXPECT_TRUE(has(restricted, " id=\"weak-login\""));
    EXPECT_TRUE(has(restricted, " id=\"from-not-aligned\""));
    EXPECT_FALSE(has(restricted, " id=\"client-not-allowed\""));
}

TEST(GuideSite, TheSentenceIsTheOneThatIsShown) {
    const std::string page = guide_pages().at("index.html");
    EXPECT_TRUE(has(
        page,
        "530 5.7.0 Not sent - enter your user name and password for the "
        "outgoing server and turn on authentication. For help ask helpdesk@hoster.test - "
        "https://help.hoster.test/relay#login-required - ref <var lang=\"en\">reference</var>"));
    EXPECT_TRUE(has(page, "set outgoing server port to 587 and STARTTLS with user name"));
    EXPECT_TRUE(has(page, "To send as <var lang=\"en\">sender</var> ask helpdesk@hoster.test"));
}

TEST(GuideSite, ASentenceOfAReasonStandsWithoutWhatTheOthersSayToo) {
    const std::string page = guide_pages().at("index.html");
    EXPECT_TRUE(
        has(page,
            ">Not sent - correct 'From' to <var lang=\"en\">the right one</var>. It says <var "
            "lang=\"en\">sender</var>. "
            "For help ask helpdesk@hoster.test</blockquote>") ||
        has(page,
            ">Not sent - correct &apos;From&apos; to <var lang=\"en\">the right one</var>. It says "
            "<var lang=\"en\">sender</var>. For help ask helpdesk@hoster.test</blockquote>"));
}

TEST(GuideSite, ATextOfTheAdminsIsShownAsItIsAnswered) {
    const std::string page = guide_pages(R"([cause.sender-not-owned]
text = "You are {login} and may not send as {sender}"
)")
                                 .at("index.html");
    EXPECT_TRUE(has(page,
                    "550 5.7.1 You are <var lang=\"en\">user name</var> and may not send as <var "
                    "lang=\"en\">sender</var> -"));
    EXPECT_TRUE(has(page, "<dd>your user name</dd>"));
    // In whatever language that is: those who read pages aloud are told of English alone.
    EXPECT_TRUE(has(page, "<blockquote lang=\"\" translate=\"no\">550 5.7.1 You are"));
    EXPECT_TRUE(has(page, "<blockquote lang=\"en\" translate=\"no\">550 5.7.1 Not sent"));
}

TEST(GuideSite, IsFoundByTheSentencesOfOtherServers) {
    const std::string page = guide_pages().at("index.html");
    const std::size_t head = page.find("</head>");
    for (const std::string_view words :
         {"550 relay not permitted", "Relay access denied", "Relaying denied", "Unable to relay"}) {
        EXPECT_LT(page.find(words), head) << words;
        EXPECT_NE(page.find(words, head), std::string::npos) << words;
    }
}

TEST(GuideSite, EveryLinkAndAnchorResolves) {
    const Loaded loaded = guide_policy(
        std::string(everything) + "languages = [\"de\", \"en\", \"fr\", \"es\", \"nl\", \"it\"]\n");
    SiteFiles site = guide_pages(loaded);
    const auto setup = client_setup(loaded, {"/srv/help", "/usr/bin/relaypermit"});
    ASSERT_TRUE(setup.has_value());
    add_files(site, setup->files);
    std::size_t links = 0;
    for (const auto& [name, text] : site) {
        if (!name.ends_with(".html")) continue;
        const auto ids = matches(text, " id=\"([^\"]*)\"");
        EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size())
            << name << " has an id twice";
        const std::string folder =
            name.substr(0, name.find('/') == std::string::npos ? 0 : name.find('/') + 1);
        for (std::string link : matches(text, " href=\"([^\"]*)\"")) {
            ++links;
            if (link.starts_with("https://") || link.starts_with("mailto:")) continue;
            const std::size_t hash = link.find('#');
            const std::string anchor = hash == std::string::npos ? "" : link.substr(hash + 1);
            link = link.substr(0, hash);
            std::string file = link.empty()              ? name
                               : link.starts_with("../") ? link.substr(3)
                                                         : folder + link;
            ASSERT_TRUE(site.contains(file)) << name << " leads to " << file;
            EXPECT_TRUE(anchor.empty() || has(site.at(file), " id=\"" + anchor + "\""))
                << name << " #" << anchor;
        }
        for (const std::string& id : matches(text, "aria-labelledby=\"([^\"]*)\""))
            EXPECT_TRUE(has(text, " id=\"" + id + "\"")) << name << " " << id;
    }
    EXPECT_GT(links, 50U);
}

TEST(GuideSite, AProgramThatIsNotTranslatedSaysSo) {
    auto data = built_in_guide();
    ASSERT_TRUE(data.has_value());
    std::erase_if(data->programs,
                  [](const GuideProgram& program) { return program.language != "en"; });
    const SiteFiles site =
        guide_site(guide_policy("[guide]\nlanguages = [\"it\", \"en\"]\n"), *data)
            .value_or(SiteFiles());
    ASSERT_TRUE(site.contains("en/thunderbird.html"));
    EXPECT_TRUE(has(site.at("thunderbird.html"), "non è ancora tradotta"));
    EXPECT_TRUE(has(site.at("thunderbird.html"), "<main id=\"content\" lang=\"en\">"));
    EXPECT_FALSE(has(site.at("en/thunderbird.html"), "not translated"));
    EXPECT_TRUE(has(site.at("index.html"), "<html lang=\"it\">"));
    EXPECT_TRUE(has(site.at("en/index.html"), "href=\"../style.css\""));
}

TEST(GuideSite, NothingIsShownThatThePolicyDoesNotSay) {
    for (const std::string_view more : {std::string_view(), everything}) {
        for (const auto& [name, text] : guide_pages(more)) {
            EXPECT_TRUE(matches(text, "(example\\.(?:com|org|net)|\\.example\\b)").empty()) << name;
            EXPECT_FALSE(has(text, "<script")) << name;
            EXPECT_FALSE(has(text, "@import")) << name;
            EXPECT_FALSE(has(text, "{{")) << name;
            for (const std::string& link : matches(text, "(?:href|src)=\"(https?://[^\"]*)\""))
                EXPECT_TRUE(has(link, ".hoster.test")) << name << " leads to " << link;
        }
    }
}

TEST(GuideSite, APolicyWithoutPort465ShowsNone) {
    const SiteFiles site = guide_pages("[submission]\nports = [587]\n");
    for (const auto& [name, text] : site) EXPECT_FALSE(has(text, "465")) << name;
    EXPECT_FALSE(has(site.at("index.html"), "SSL/TLS"));
    const SiteFiles other = guide_pages("[submission]\nports = [465]\n");
    EXPECT_FALSE(has(other.at("index.html"), "587"));
    EXPECT_TRUE(has(other.at("thunderbird.html"), "SSL/TLS"));
}

TEST(GuideSite, TheServersOfTheGuideGoBeforeThoseOfThePolicy) {
    const SiteFiles site =
        guide_pages("[guide]\noutgoing = [\"submissions://smtp.hoster.test:2465\"]\n");
    EXPECT_TRUE(has(site.at("thunderbird.html"), ">smtp.hoster.test<"));
    EXPECT_TRUE(has(site.at("thunderbird.html"), ">2465<"));
    EXPECT_FALSE(has(site.at("thunderbird.html"), ">587<"));
}

TEST(GuideSite, WithoutAnIncomingServerNothingIsSaidOfAddingAnAccount) {
    EXPECT_FALSE(has(guide_pages().at("thunderbird.html"), "id=\"add-account\""));
    EXPECT_TRUE(has(guide_pages(everything).at("thunderbird.html"), "id=\"add-account\""));
    EXPECT_TRUE(has(guide_pages(everything).at("thunderbird.html"), ">imap.hoster.test<"));
}

TEST(GuideSite, ThePagesOfApplesProgramsLinkToTheProfileOfEachDomain) {
    const Loaded loaded = guide_policy(std::string(everything) +
                                       "domains = [\"hoster.test\", \"b\u00fccher.test\"]\n"
                                       "languages = [\"en\", \"de\"]\n");
    const SiteFiles site = guide_pages(loaded);
    EXPECT_TRUE(has(
        site.at("iphone.html"),
        "<a href=\"setup/xn--bcher-kva.test.mobileconfig\" translate=\"no\">b\u00fccher.test<"));
    EXPECT_TRUE(
        has(site.at("de/apple-mail.html"), "<a href=\"../setup/hoster.test.mobileconfig\""));
    EXPECT_FALSE(has(site.at("thunderbird.html"), ".mobileconfig"));
    EXPECT_FALSE(has(guide_pages().at("iphone.html"), ".mobileconfig"));
}

TEST(GuideSite, HostileValuesStayText) {
    constexpr std::string_view hostile = R"toml([guide]
organisation = '<script>alert(1)</script>"&{{{x}}}'
user_name = '<img src=x onerror="alert(2)">'
webmail = 'https://webmail.hoster.test/"onmouseover="alert(3)'
password_url = 'https://a.hoster.test/<b>'
[cause.login-required]
text = 'Say <i>{login}</i> & "go"'
)toml";
    const SiteFiles site = guide_pages(hostile);
    for (const auto& [name, text] : site) {
        if (!name.ends_with(".html")) continue;
        EXPECT_FALSE(has(text, "<script")) << name;
        EXPECT_FALSE(has(text, "<img")) << name;
        EXPECT_FALSE(has(text, "<i>")) << name;
        EXPECT_FALSE(has(text, "\"onmouseover")) << name;
        EXPECT_FALSE(has(text, "test/<b>")) << name;
        EXPECT_TRUE(has(text, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;{{{x}}}")) << name;
    }
    EXPECT_TRUE(has(site.at("thunderbird.html"), "&lt;img src=x onerror="));
}

TEST(GuideSite, TheSamePolicyGivesTheSameBytes) {
    EXPECT_EQ(guide_pages(everything), guide_pages(everything));
}

TEST(GuideSite, TheMarkerSaysWhatTheFolderWasMadeFrom) {
    const SiteFiles site = guide_pages(everything);
    const auto marker = nlohmann::json::parse(site.at("guide.json"));
    EXPECT_EQ(marker["made_by"], "relaypermit guide");
    EXPECT_EQ(marker["outgoing"][0], "submission://mail.hoster.test:587");
    EXPECT_EQ(marker["incoming"][0], "imaps://imap.hoster.test:993");
    EXPECT_EQ(marker["anchors"].size(), guide_anchors(guide_policy(everything)).size());
    EXPECT_EQ(marker["files"].size(), site.size() - 1);
}

TEST(GuideSite, EveryWordThatATemplateAsksForIsThereAndUsed) {
    const auto data = built_in_guide();
    ASSERT_TRUE(data.has_value());
    const GuideStrings& frame = data->texts.at("en").frame;
    // By name from code: the label of a row or list, of a section, of a language.
    std::set<std::string> used = {"language",      "server",         "port",
                                  "security",      "authentication", "user_name",
                                  "password",      "incoming",       "also",
                                  "password_auth", "mail_password",  "still_text",
                                  "works_in",      "server_kind",    "add-account",
                                  "lead",          "lead_plain",     "also_server",
                                  "also_incoming", "path_end",       "outgoing-server",
                                  "from-address",  "hidden-answer",  "any_cause"};
    for (const std::string_view kind : guide_kinds)
        if (kind != "server") used.insert(std::string(kind));
    for (const GuideFile& file : guide_files())
        if (file.name.ends_with(".mustache"))
            for (const std::string& word :
                 matches(std::string(file.text), "\\{\\{f\\.([a-z_]+)\\}\\}"))
                used.insert(word);
    for (const std::string& word : used) EXPECT_TRUE(frame.contains(word)) << word;
    for (const auto& [word, text] : frame) EXPECT_TRUE(used.contains(word)) << word << " is unused";
}

// As people look for a name: iPhone before Outlook.
TEST(GuideSite, ListsProgramsWithoutRegardToCaseAndAccents) {
    const std::string page = guide_pages().at("index.html");
    std::size_t at = page.find("id=\"programs\"");
    for (const std::string_view name : {"Apple Mail", "eM Client", "Outlook", "Thunderbird"}) {
        const std::size_t found = page.find("<span class=\"name\">" + std::string(name), at);
        ASSERT_NE(found, std::string::npos) << name;
        at = found;
    }
    EXPECT_EQ(sort_key("\u00c9diteur"), "editeur");
    EXPECT_EQ(sort_key("stra\u00dfe \u0141\u00f3d\u017a"), "strasse lodz");
    EXPECT_EQ(sort_key("\u041f\u043e\u0447\u0442\u0430"), "\u041f\u043e\u0447\u0442\u0430");
    EXPECT_EQ(sort_key("\xc3"), "\xc3");
}

}  // namespace
}  // namespace relaypermit
