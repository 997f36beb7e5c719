// The yes/no path for those who come from elsewhere: who answers truly comes to the reason.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "config/guide_settings.h"
#include "tests/guide/guide_pages.h"
#include "tool/guide/site.h"

namespace relaypermit {
namespace {

// What is so for somebody whose settings are all right.
const std::map<std::string, bool> all_is_right = {
    {"account", true}, {"server", true},   {"port", false},    {"encryption", true},
    {"login", true},   {"password", true}, {"foreign", false}, {"own", true}};

struct Person {
    std::string_view who{};
    std::map<std::string, bool> differs{};
    std::string_view anchor{};
};

// The six reasons of help desks, and what often comes with them.
const Person people[] = {
    {"does not log in", {{"login", false}}, "login-required"},
    {"does not log in, and knows no password",
     {{"login", false}, {"password", false}},
     "login-required"},
    {"has a wrong password", {{"password", false}}, "wrong-password"},
    {"uses port 25", {{"port", true}}, "use-submission"},
    {"uses port 25 and nothing else of it",
     {{"port", true}, {"login", false}, {"encryption", false}},
     "use-submission"},
    {"has no encryption", {{"encryption", false}}, "tls-required"},
    {"writes as another provider's address",
     {{"foreign", true}, {"own", false}},
     "sender-not-hosted"},
    {"writes as a colleague", {{"own", false}}, "sender-not-owned"},
    {"has no account here",
     {{"account", false}, {"login", false}, {"foreign", true}, {"own", false}},
     "relay-not-permitted"},
    {"has the server of somebody else in the program", {{"server", false}}, "settings"},
    {"has all right", {}, ""},
};

std::string where(const GuideTexts& texts, const Person& person) {
    for (const PathQuestion& question : texts.path) {
        const auto differs = person.differs.find(question.about);
        const bool yes =
            differs != person.differs.end() ? differs->second : all_is_right.at(question.about);
        const std::string& answer = yes ? question.yes : question.no;
        if (!answer.empty()) return answer;
    }
    return {};
}

TEST(GuidePath, LeadsEverybodyToTheirReasonInEveryLanguage) {
    const auto data = built_in_guide();
    ASSERT_TRUE(data.has_value());
    for (const std::string_view language : guide_languages)
        for (const Person& person : people)
            EXPECT_EQ(where(data->texts.find(language)->second, person), person.anchor)
                << language << ": who " << person.who;
}

TEST(GuidePath, LeadsToAnchorsThatAreThere) {
    const std::string page = guide_first_pages().at("index.html");
    const std::string path = section_of(page, "which");
    for (const Person& person : people) {
        if (person.anchor.empty()) continue;
        const std::string anchor(person.anchor);
        EXPECT_NE(path.find("<a href=\"#" + anchor + "\">"), std::string::npos) << anchor;
        EXPECT_NE(page.find(" id=\"" + anchor + "\""), std::string::npos) << anchor;
    }
}

TEST(GuidePath, AsksNothingThatThePolicyDoesNotAnswer) {
    const std::string no_tls = section_of(
        guide_first_pages("[submission]\nrequire_tls = false\n").at("index.html"), "which");
    EXPECT_EQ(no_tls.find("#tls-required"), std::string::npos);
    const std::string port_25 =
        section_of(guide_first_pages("[guide]\noutgoing = [\"submission://mail.hoster.test:25\"]\n")
                       .at("index.html"),
                   "which");
    EXPECT_EQ(port_25.find("#use-submission"), std::string::npos);
}

TEST(GuidePath, StillSaysWhatIsWrongWithFromWhereSendersAreNotLookedAt) {
    const std::string path = section_of(
        guide_first_pages("[cause.sender-not-owned]\naction = \"off\"\n").at("index.html"),
        "which");
    EXPECT_NE(path.find("href=\"#from-not-owned\""), std::string::npos);
    EXPECT_NE(path.find("href=\"#sender-not-hosted\""), std::string::npos);
}

TEST(GuidePath, EndsWithWhomToAsk) {
    const std::string path = section_of(guide_first_pages().at("index.html"), "which");
    EXPECT_TRUE(page_says(path, "Does none of them fit? Ask helpdesk@hoster.test"));
}

}  // namespace
}  // namespace relaypermit
