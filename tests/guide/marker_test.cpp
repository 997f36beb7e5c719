// Where a guide that was written before contradicts the policy of today.
#include "tool/guide/marker.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/guide/signer.h"
#include "tests/support/scratch_tool.h"
#include "tool/guide/site.h"

namespace relaypermit {
namespace {

constexpr std::string_view server = R"([server]
name = "mail.hoster.test"
help_url = "https://help.hoster.test/relay"
)";
constexpr std::string_view domains =
    "[relay]\nhosted_domains = [\"hoster.test\", \"other.test\"]\n";

Loaded loaded_from(const std::string& text) {
    Loaded loaded = load_policy_text(text, "policy.toml", "host.test");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded;
}

std::string usual(std::string_view more = {}) {
    return std::string(server) + std::string(domains) + std::string(more);
}

std::string marker_of(const std::string& policy) {
    return guide_site(loaded_from(policy), *built_in_guide())->at(std::string(guide_marker));
}

std::vector<std::string> between(const std::string& then, const std::string& now) {
    std::vector<std::string> sentences;
    const auto found = contradictions(marker_of(then), loaded_from(now));
    if (!found) ADD_FAILURE() << found.error();
    for (const GuideFinding& finding : found.value_or(std::vector<GuideFinding>()))
        sentences.push_back(finding.about + ": " + finding.sentence);
    return sentences;
}

using Sentences = std::vector<std::string>;

TEST(GuideContradictions, ThereAreNoneWhereThePolicyIsAsItWas) {
    EXPECT_EQ(between(usual(), usual()), Sentences());
    EXPECT_EQ(between(usual(), usual("[log]\nkeep_days = 3\n")), Sentences());
}

TEST(GuideContradictions, NameAClosedPortAndTheOneThatIsLeft) {
    const std::string only_587 = usual("[submission]\nports = [587]\n");
    const std::string only_465 = usual("[submission]\nports = [465]\n");
    EXPECT_EQ(between(only_587, only_465),
              (Sentences{"sending: the guide says to send at submission://mail.hoster.test:587, "
                         "which the policy has not",
                         "sending: the policy has submissions://mail.hoster.test:465 to send, "
                         "which the guide does not say"}));
    EXPECT_EQ(between(usual("[submission]\nports = [587, 465]\n"),
                      usual("[submission]\nports = [465, 587]\n")),
              (Sentences{"sending: the guide says first to send at "
                         "submission://mail.hoster.test:587, the policy first at "
                         "submissions://mail.hoster.test:465"}));
    const std::string by_hand = usual(
        "[submission]\nports = [465]\n[guide]\n"
        "outgoing = [\"submission://mail.hoster.test:587\"]\n");
    EXPECT_EQ(between(by_hand, by_hand),
              (Sentences{"policy: outgoing of [guide] says to send at "
                         "submission://mail.hoster.test:587 (policy.toml:9:1), and ports of "
                         "[submission] allows 465 alone (policy.toml:7:1): name port 587 in one or "
                         "take it from the other"}));
    // What the policy does not say has no line.
    const std::string usual_ports =
        usual("[guide]\noutgoing = [\"submission://mail.hoster.test:2587\"]\n");
    EXPECT_EQ(between(usual_ports, usual_ports),
              (Sentences{"policy: outgoing of [guide] says to send at "
                         "submission://mail.hoster.test:2587 (policy.toml:7:1), and ports of "
                         "[submission] allows 587, 465 alone: name port 2587 in one or take it "
                         "from the other"}));
}

TEST(GuideContradictions, NameADomainThatIsNoLongerHosted) {
    const std::string less = std::string(server) + "[relay]\nhosted_domains = [\"hoster.test\"]\n";
    EXPECT_EQ(between(usual(), less),
              (Sentences{"domain: the guide is for addresses at `other.test`, which the policy "
                         "leaves out"}));
    EXPECT_EQ(between(less, usual()),
              (Sentences{"domain: the guide says nothing of addresses at `other.test`, which the "
                         "policy has"}));
    const std::string named = less + "[guide]\ndomains = [\"hoster.test\", \"gone.test\"]\n";
    EXPECT_EQ(between(named, named),
              (Sentences{"policy: [guide] names the domain `gone.test`, which the policy does not "
                         "host (policy.toml:7:1): put it into hosted_domains of [relay] "
                         "(policy.toml:5:1), or take it away there"}));
}

TEST(GuideContradictions, NameACauseThatCameOrWent) {
    const std::string on = usual("[cause.helo-forged]\naction = \"reject\"\n");
    EXPECT_EQ(between(usual(), on), (Sentences{"cause: the policy refuses for `helo-forged`, which "
                                               "the guide does not explain"}));
    EXPECT_EQ(between(on, usual()), (Sentences{"cause: the guide explains `helo-forged`, for which "
                                               "the policy refuses nothing"}));
}

TEST(GuideContradictions, NameAServerAUserNameAndAnAddressThatChanged) {
    const std::string renamed = "[server]\nname = \"smtp.hoster.test\"\n" + std::string(domains);
    const auto sentences = between(usual(), renamed);
    ASSERT_GE(sentences.size(), 2U);
    EXPECT_EQ(sentences[0],
              "server: the guide says that the server is `mail.hoster.test`, the policy "
              "`smtp.hoster.test`");
    EXPECT_EQ(sentences[1],
              "help-url: the guide says that the address of the help pages is "
              "`https://help.hoster.test/relay`, the policy none");
    EXPECT_EQ(between(usual(), usual("[guide]\nuser_name = \"local-part\"\n"
                                     "webmail = \"https://webmail.hoster.test\"\n"
                                     "languages = [\"en\", \"de\"]\n")),
              (Sentences{"user-name: the guide says that the user name is the whole mail address, "
                         "the policy the part of the address before the @",
                         "webmail: the guide says that the webmail is none, the policy "
                         "`https://webmail.hoster.test`",
                         "language: the guide has no pages in `de`, which [guide] names"}));
}

TEST(GuideContradictions, AreNotMadeOfWhatAnOlderGuideDoesNotSay) {
    auto marker = nlohmann::json::parse(marker_of(usual()));
    for (const char* key : {"contact", "organisation", "user_name", "webmail", "password_url"})
        marker.erase(key);
    const auto found = contradictions(
        marker.dump(), loaded_from(usual("[guide]\nwebmail = \"https://webmail.hoster.test\"\n")));
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->empty());
}

TEST(GuideContradictions, AreNotLookedForInAnotherProgramsFile) {
    const Loaded loaded = loaded_from(usual());
    for (const std::string_view text : {"", "{", "[]", "{}", R"({"made_by":"somebody"})"})
        EXPECT_FALSE(contradictions(text, loaded)) << text;
    EXPECT_TRUE(contradictions(R"({"made_by":"relaypermit guide","domains":7,"outgoing":[1,"x"]})",
                               loaded));
}

// --- The command -------------------------------------------------------------------------------

class GuideCheckCommand : public ::testing::Test {
  protected:
    void SetUp() override {
        tool.write("policy.toml", usual());
        ASSERT_EQ(tool.run({"guide", "--out", tool.path("help")}), Exit::fine) << tool.err();
    }
    ScratchTool tool{};
};

TEST_F(GuideCheckCommand, SaysThatAllIsWell) {
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help")}), Exit::fine);
    EXPECT_EQ(tool.out(), tool.path("help") + " says what the policy says\n");
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help"), "--json"}), Exit::fine);
    EXPECT_EQ(tool.out(), "{\"guide\":\"" + tool.path("help") + "\",\"findings\":[]}\n");
}

TEST_F(GuideCheckCommand, SaysWhatThePolicyContradictsAndWhichPagesAreOld) {
    tool.write("policy.toml", usual("[cause.helo-forged]\naction = \"reject\"\n"));
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help")}), Exit::finding);
    EXPECT_EQ(tool.out(),
              "the policy refuses for `helo-forged`, which the guide does not explain\n"
              "would be written otherwise now: index.html\n"
              "write it anew with relaypermit guide --out " +
                  tool.path("help") + "\n");
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help"), "--json"}), Exit::finding);
    EXPECT_NE(tool.out().find(R"("findings":[{"about":"cause","sentence":"the policy refuses )"),
              std::string::npos)
        << tool.out();
}

TEST_F(GuideCheckCommand, DoesNotSayToWriteAnewWhatThePolicySaysAgainstItself) {
    tool.write("policy.toml", usual("[submission]\nports = [465]\n[guide]\n"
                                    "outgoing = [\"submission://mail.hoster.test:587\"]\n"));
    ASSERT_EQ(tool.run({"guide", "--out", tool.path("help")}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help")}), Exit::finding);
    EXPECT_EQ(tool.out().find("write it anew"), std::string::npos) << tool.out();
    EXPECT_NE(tool.out().find("policy.toml:9:1), and ports of [submission] allows 465 alone"),
              std::string::npos)
        << tool.out();
}

TEST_F(GuideCheckCommand, NoticesAPageThatSomebodyChangedOrTookAway) {
    tool.write("help/thunderbird.html", "mine");
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help")}), Exit::finding);
    EXPECT_EQ(tool.out().substr(0, tool.out().find('\n')),
              "would be written otherwise now: thunderbird.html");
}

TEST_F(GuideCheckCommand, KnowsTheFolderThatThePolicyNames) {
    const std::string folder = "[guide]\nfolder = \"" + tool.path("there") + "\"\n";
    tool.write("policy.toml", usual(folder));
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::finding);
    EXPECT_NE(tool.err().find("holds no guide of `relaypermit guide`"), std::string::npos);
    EXPECT_EQ(tool.run({"guide"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.run({"guide", "--check"}), Exit::fine) << tool.out();
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::fine) << tool.err();
    tool.write("policy.toml", usual(folder + "[cause.helo-forged]\naction = \"reject\"\n"));
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::finding);
    EXPECT_NE(tool.err().find("help_url leads to #helo-forged"), std::string::npos) << tool.err();
    // No reply leads there.
    tool.write("policy.toml",
               "[server]\nname = \"mail.hoster.test\"\n" + std::string(domains) + folder);
    EXPECT_EQ(tool.run({"check", "--strict"}), Exit::fine) << tool.err();
}

TEST_F(GuideCheckCommand, LooksAtTheFilesOfSetUpToo) {
    tool.write("policy.toml", usual("[guide]\nincoming = [\"imaps://mail.hoster.test:993\"]\n"));
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help")}), Exit::finding);
    ASSERT_EQ(tool.run({"guide", "--out", tool.path("help")}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help")}), Exit::fine) << tool.out();
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help/")}), Exit::fine) << tool.out();
    tool.write("help/setup/config-v1.1.xml", "mine");
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help")}), Exit::finding);
    EXPECT_EQ(tool.out().substr(0, tool.out().find('\n')),
              "would be written otherwise now: setup/config-v1.1.xml");
}

TEST_F(GuideCheckCommand, TakesASignedProfileForTheOneThatWasSigned) {
    const std::string incoming = "[guide]\nincoming = [\"imaps://mail.hoster.test:993\"]\n";
    tool.write("policy.toml", usual(incoming));
    tool.write("signer.pem", std::string(signer_certificate));
    tool.write("signer.key", std::string(signer_key));
    ASSERT_EQ(tool.run({"guide", "--out", tool.path("help"), "--sign", tool.path("signer.pem"),
                        tool.path("signer.key")}),
              Exit::fine)
        << tool.err();
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help")}), Exit::fine) << tool.out();
    tool.write("policy.toml", usual(incoming + "organisation = \"Hoster\"\n"));
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help"), "--json"}), Exit::finding);
    const std::string more = tool.out();
    EXPECT_NE(more.find("would be written otherwise now"), std::string::npos) << more;
}

TEST_F(GuideCheckCommand, SaysWhereThereIsNoGuide) {
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("nowhere")}), Exit::failed);
    EXPECT_NE(tool.err().find("holds no guide.json that can be read"), std::string::npos);
    tool.write("help/guide.json", "{}");
    EXPECT_EQ(tool.run({"guide", "--check", tool.path("help")}), Exit::failed);
    EXPECT_NE(tool.err().find("guide.json is none of `relaypermit guide`"), std::string::npos);
    EXPECT_EQ(tool.run({"guide", "--check", "a", "--out", "b"}), Exit::failed);
    EXPECT_EQ(tool.run({"guide", "--live"}), Exit::failed);
    EXPECT_EQ(tool.run({"guide", tool.path("help")}), Exit::failed);
    EXPECT_EQ(tool.run({"guide", "--check"}), Exit::failed);
    EXPECT_NE(tool.err().find("--check needs a DIR, or a folder in [guide]"), std::string::npos);
}

TEST_F(GuideCheckCommand, IsWhatCheckAsksAboutItsAnchors) {
    EXPECT_EQ(tool.run({"check", "--strict", "--guide", tool.path("help")}), Exit::fine)
        << tool.err();
    tool.write("policy.toml", usual("[cause.helo-forged]\naction = \"reject\"\n"));
    EXPECT_EQ(tool.run({"check", "--strict", "--guide", tool.path("help")}), Exit::finding);
    EXPECT_NE(tool.err().find("policy.toml:3:1: warning: help_url leads to #helo-forged, and the "
                              "guide in `" +
                              tool.path("help") + "` has nothing there"),
              std::string::npos)
        << tool.err();
    EXPECT_EQ(tool.run({"check", "--strict", "--guide", tool.path("nowhere")}), Exit::finding);
    EXPECT_NE(tool.err().find("holds no guide"), std::string::npos) << tool.err();
}

}  // namespace
}  // namespace relaypermit
