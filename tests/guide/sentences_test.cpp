// The sentences on the page of causes: those that this policy can answer, and nothing made up.
#include "tool/guide/sentences.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "tests/guide/guide_pages.h"

namespace relaypermit {
namespace {

// With marks in braces.
std::vector<std::string> sentences_of(const std::string& policy, Cause cause) {
    const Loaded loaded = guide_policy(policy);
    std::vector<std::string> texts;
    for (const ShownSentence& sentence : shown_sentences(*loaded.policy, cause)) {
        std::string text;
        for (const SentencePiece& piece : sentence)
            text += piece.mark ? "{" + piece.text + "}" : piece.text;
        texts.push_back(text);
    }
    return texts;
}

bool one_has(const std::vector<std::string>& texts, std::string_view part) {
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
        return text.find(part) != std::string::npos;
    });
}

TEST(GuideSentences, OfAMessageAloneAreMarksAndNoMadeUpValues) {
    const auto sentences = sentences_of(
        "[cause.use-submission]\n"
        "text = \"Not sent from {client} at {port} as {login} by {sender} to {recipient}\"\n",
        Cause::use_submission);
    ASSERT_EQ(sentences.size(), 1U);
    EXPECT_EQ(sentences[0],
              "550 5.7.1 Not sent from {client} at {port} as {session} by {sender} to {recipient} "
              "- https://help.hoster.test/relay#use-submission - ref {ref}");
}

TEST(GuideSentences, SayWhatTheReplySaysOfWhatACauseDoesNotKnow) {
    const auto sentences = sentences_of(
        "[cause.sender-not-owned]\ntext = \"Not sent to {recipient} from {from} by {rule}\"\n",
        Cause::sender_not_owned);
    EXPECT_TRUE(
        one_has(sentences, "Not sent to the recipient from an unreadable address by none "));
}

TEST(GuideSentences, OfASuspensionDoNotContradictIt) {
    const std::string suspended =
        "[[restrict]]\nid = \"cracked\"\nlogins = [\"mallory@hoster.test\"]\nsuspended = true\n";
    EXPECT_EQ(sentences_of(suspended, Cause::account_suspended),
              (std::vector<std::string>{
                  "550 5.7.1 Not sent - ask helpdesk@hoster.test to unblock {login}. Ask from "
                  "another account - no setting helps - "
                  "https://help.hoster.test/relay#account-suspended - ref {ref}"}));
    const auto network = sentences_of(
        suspended + "[[restrict]]\nid = \"net\"\nclients = [\"192.0.2.0/24\"]\nsuspended = true\n",
        Cause::account_suspended);
    ASSERT_EQ(network.size(), 2U);
    EXPECT_EQ(network[1],
              "Not sent - ask helpdesk@hoster.test to unblock this computer or network. Its "
              "address is {client}");
    // Only where the senders are not checked comes such a login as far.
    const auto unreadable = sentences_of(suspended + "[cause.sender-not-owned]\naction = \"off\"\n",
                                         Cause::account_suspended);
    EXPECT_EQ(unreadable.size(), 3U);
    EXPECT_TRUE(one_has(unreadable, "remove the space from user name '{login}'"));
}

TEST(GuideSentences, OfASuspensionAreNotWhatIsSaidOfOnePerson) {
    const auto sentences = sentences_of(
        "[[restrict]]\nid = \"cracked\"\nlogins = [\"mallory@hoster.test\"]\nsuspended = true\n"
        "text = \"Mallory call me\"\n",
        Cause::account_suspended);
    EXPECT_FALSE(one_has(sentences, "Mallory"));
    EXPECT_EQ(sentences.size(), 1U);
}

TEST(GuideSentences, StandThereOnceEach) {
    for (const std::string_view more :
         {"", "[login]\nowns_own_address = false\n", "[login]\ndefault_realm = \"hoster.test\"\n"})
        for (const Cause cause : all_causes) {
            const auto sentences = sentences_of(std::string(more), cause);
            EXPECT_EQ(std::set<std::string>(sentences.begin(), sentences.end()).size(),
                      sentences.size())
                << to_string(cause);
        }
}

TEST(GuideSentences, AreThoseThatThePolicyCanGive) {
    EXPECT_TRUE(one_has(sentences_of("", Cause::sender_not_owned), "to your mail address instead"));
    EXPECT_FALSE(
        one_has(sentences_of("[login]\ndefault_realm = \"hoster.test\"\n", Cause::sender_not_owned),
                "to your mail address instead"));
    EXPECT_TRUE(one_has(sentences_of("", Cause::from_unusable), "It names no sender"));
    EXPECT_FALSE(one_has(sentences_of("[from]\nmissing = \"envelope\"\n", Cause::from_unusable),
                         "It names no sender"));
    const std::string no_sender_field = "[from]\nrequire_owned_sender_field = false\n";
    EXPECT_TRUE(one_has(sentences_of("", Cause::from_not_owned), "'Sender' field"));
    EXPECT_FALSE(one_has(sentences_of(no_sender_field, Cause::from_not_owned), "'Sender' field"));
    EXPECT_FALSE(one_has(sentences_of(no_sender_field, Cause::from_unusable), "as 'Sender'"));
    EXPECT_FALSE(one_has(sentences_of("", Cause::from_not_owned), "remove the space"));
}

TEST(GuideSentences, OfARestrictionAreItsOwn) {
    const std::string rules =
        "[[restrict]]\nid = \"a\"\nlogins = [\"a@hoster.test\"]\nmechanisms = [\"PLAIN\"]\n"
        "[[restrict]]\nid = \"b\"\nlogins = [\"b@hoster.test\"]\nmechanisms = [\"XOAUTH2\"]\n"
        "[[restrict]]\nid = \"c\"\nlogins = [\"c@hoster.test\"]\nmechanisms = [\"LOGIN\"]\n"
        "[[restrict]]\nid = \"d\"\nlogins = [\"d@hoster.test\"]\nnetworks = [\"192.0.2.0/24\"]\n"
        "text = \"Scanners stay in the office, not at {client} ({rule})\"\n";
    const auto methods = sentences_of(rules, Cause::weak_login);
    ASSERT_EQ(methods.size(), 2U);
    EXPECT_TRUE(one_has(methods, "authentication method 'Normal password'"));
    EXPECT_TRUE(one_has(methods, "authentication method 'OAuth2'"));
    const auto networks = sentences_of(rules, Cause::client_not_allowed);
    ASSERT_EQ(networks.size(), 1U) << "no rule has the text of the cause";
    EXPECT_TRUE(one_has(
        networks, "550 5.7.1 Scanners stay in the office - not at {client} ({rule}) - https"));
}

TEST(GuideSentences, HaveEachMarkNamedAndExplainedInTheLanguageOfThePage) {
    const auto data = built_in_guide();
    ASSERT_TRUE(data.has_value());
    const std::string policy =
        "[cause.use-submission]\n"
        "text = \"Not sent from {client} at {port} as {login}\"\n";
    for (const auto& [language, texts] : data->texts) {
        const std::string page =
            guide_first_pages(policy + "[guide]\nlanguages = [\"" + language + "\"]\n")
                .at("index.html");
        const std::string section = section_of(page, "use-submission");
        for (const std::string mark : {"client", "port", "session", "ref"}) {
            const std::string shown =
                "<var lang=\"" + language + "\">" + texts.mark_names.at(mark) + "</var>";
            EXPECT_NE(section.find(shown), std::string::npos) << language << " " << mark;
            EXPECT_NE(section.find("<dd>" + texts.marks.at(mark) + "</dd>"), std::string::npos)
                << language << " " << mark;
        }
        // 0 and "this computer" would be values of nobody.
        EXPECT_EQ(section.find("at 0"), std::string::npos);
        EXPECT_EQ(section.find("this computer"), std::string::npos);
    }
}

TEST(GuideSentences, LeaveNoMarkUnnamed) {
    const std::string all =
        "{client} {port} {login} {sender} {from} {recipient} {instead} {rule} {contact} {server} "
        "{cause}";
    for (const Cause cause : all_causes) {
        const std::string id(to_string(cause));
        const auto sentences =
            sentences_of("[cause." + id + "]\ntext = \"Not sent " + all + "\"\n", cause);
        for (const std::string& sentence : sentences) {
            EXPECT_EQ(sentence.find("{="), std::string::npos) << sentence;
            EXPECT_EQ(sentence.find("{contact}"), std::string::npos) << sentence;
            EXPECT_NE(sentence.find("{client}"), std::string::npos) << sentence;
            EXPECT_NE(sentence.find("{port}"), std::string::npos) << sentence;
        }
    }
}

}  // namespace
}  // namespace relaypermit
