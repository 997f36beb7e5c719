// The sentences on the page of causes: those that this policy can answer, and nothing made up.
#include "tool/guide/sentences.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "policy/reason.h"
#include "tests/guide/guide_pages.h"
#include "tool/guide/page_data.h"

namespace relaypermit {
namespace {

// With marks in braces.
std::vector<std::string> sentences_of(const std::string& policy, Cause cause) {
    const Loaded loaded = guide_policy(policy);
    std::vector<std::string> texts;
    for (const ShownSentence& sentence : shown_sentences(*loaded.policy, cause)) {
        std::string text;
        for (const SentencePiece& piece : sentence.pieces)
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

// Policies that between them can give every reason under every cause that it fits.
const std::string suspending =
    "[[restrict]]\nid = \"cracked\"\nlogins = [\"mallory@hoster.test\"]\nsuspended = true\n"
    "[[restrict]]\nid = \"net\"\nclients = [\"192.0.2.0/24\"]\nsuspended = true\n";
const std::vector<std::string> every_reason = {
    "", "[login]\nowns_own_address = false\n", "[cause.sender-not-owned]\naction = \"off\"\n",
    "[cause.sender-not-owned]\naction = \"off\"\n" + suspending};

// What is said in other words than the cause's has its own remedy beside it; nothing else has.
TEST(GuideSentences, OfAReasonHaveTheirOwnStepBesideThem) {
    const auto data = built_in_guide();
    ASSERT_TRUE(data.has_value());
    std::set<std::pair<Cause, Reason>> given;
    for (const std::string& policy : every_reason) {
        const Loaded loaded = guide_policy(policy);
        const auto files = guide_site(loaded, *data);
        ASSERT_TRUE(files.has_value()) << files.error();
        for (const Cause cause : possible_causes(loaded.policy->source())) {
            std::size_t steps = 0;
            const std::string section =
                section_of(files->at("index.html"), std::string(to_string(cause)));
            const auto sentences = shown_sentences(*loaded.policy, cause);
            EXPECT_EQ(sentences.front().reason, Reason::none) << to_string(cause);
            for (const ShownSentence& sentence : sentences) {
                if (sentence.reason == Reason::none) continue;
                ++steps;
                given.emplace(cause, sentence.reason);
                const ReasonHelp& own =
                    data->texts.at("en").reasons.at(std::string(to_string(sentence.reason)));
                const std::size_t at = section.find("<b>" + own.title + ".</b>");
                ASSERT_NE(at, std::string::npos) << own.title;
                EXPECT_TRUE(section.substr(0, at).ends_with("</blockquote>\n<p class=\"own\">"));
            }
            std::size_t shown = 0;
            for (std::size_t at = section.find("class=\"own\""); at != std::string::npos;
                 at = section.find("class=\"own\"", at + 1))
                ++shown;
            EXPECT_EQ(shown, steps) << to_string(cause);
            EXPECT_EQ(section.find("-other\">Does your error") != std::string::npos, steps > 0);
        }
    }
    for (const Cause cause : all_causes)
        for (std::size_t i = 1; i < reason_count; ++i) {
            const auto reason = static_cast<Reason>(i);
            if (!fits(reason, cause) || reason == Reason::realm_not_served) continue;
            EXPECT_TRUE(given.contains({cause, reason}) ||
                        (reason == Reason::login_owns_nothing &&
                         given.contains({cause, Reason::realm_not_served})))
                << to_string(cause) << " " << to_string(reason);
        }
}

TEST(GuideSentences, ThatAreTheSameHaveTheSameStep) {
    const auto data = built_in_guide();
    ASSERT_TRUE(data.has_value());
    for (const auto& [language, texts] : data->texts)
        for (std::size_t i = 1; i < reason_count; ++i)
            for (std::size_t j = 1; j < i; ++j) {
                const auto one = static_cast<Reason>(i);
                const auto other = static_cast<Reason>(j);
                if (row_of(one).text != row_of(other).text) continue;
                const ReasonHelp& help = texts.reasons.find(to_string(one))->second;
                const ReasonHelp& same = texts.reasons.find(to_string(other))->second;
                EXPECT_EQ(help.title, same.title) << language;
                EXPECT_EQ(help.step, same.step) << language;
                EXPECT_EQ(help.section, same.section) << language;
            }
}

TEST(GuideSentences, OfCausesThatNoSettingMendsLeadToNoStepsForAProgram) {
    const std::string page = guide_first_pages(suspending).at("index.html");
    for (const std::string cause : {"account-suspended", "lookup-failed"})
        EXPECT_EQ(section_of(page, cause).find("class=\"onward\""), std::string::npos) << cause;
    EXPECT_NE(section_of(page, "login-required").find("class=\"onward\""), std::string::npos);
}

TEST(GuideSentences, OfProgramsLeadToTheCauseTheyHide) {
    for (const std::string language : {"en", "de", "fr", "es", "nl", "it"}) {
        const std::string page =
            guide_first_pages("[guide]\nlanguages = [\"" + language + "\"]\n").at("index.html");
        const std::string list = section_of(page, "elsewhere");
        for (const std::string_view words :
             {"does not allow relaying", "535 5.7.8 Error: authentication failed"})
            EXPECT_NE(list.find(words), std::string::npos) << language << " " << words;
        EXPECT_NE(list.find("href=\"#wrong-password\""), std::string::npos) << language;
        EXPECT_NE(section_of(page, "wrong-password").find(" (535)"), std::string::npos);
        EXPECT_NE(section_of(page, "login-required").find("allow relaying"), std::string::npos);
    }
    // A cause that the policy cannot give is not led to.
    const std::string off =
        guide_first_pages("[submission]\nrequire_tls = false\n").at("index.html");
    EXPECT_EQ(section_of(off, "elsewhere").find("#tls-required"), std::string::npos);
}

TEST(GuideSentences, OfProgramsAreInTheLanguageOfThePageWhereTheProgramHasIt) {
    const auto said = [](const std::string& language, const std::string& by) {
        const std::string page =
            guide_first_pages("[guide]\nlanguages = [\"" + language + "\"]\n").at("index.html");
        const std::string list = section_of(page, "elsewhere");
        const std::size_t at = list.find("<q", list.find(">" + by));
        return list.substr(at, list.find("</q>", at) - at);
    };
    const auto in = [](const std::string& language, const std::string& words) {
        return "<q lang=\"" + language + "\" translate=\"no\">" + words;
    };
    EXPECT_EQ(said("en", "Thunderbird"),
              in("en", "Login to server mail.hoster.test with username … failed."));
    EXPECT_EQ(said("de", "Thunderbird"), in("de",
                                            "Anmeldung auf dem Server mail.hoster.test mit "
                                            "Benutzernamen &quot;…&quot; fehlgeschlagen"));
    EXPECT_EQ(said("it", "Roundcube"), in("it", "Errore SMTP (535): autenticazione non riuscita."));
    EXPECT_TRUE(said("nl", "iPhone, iPad (in het Engels)").starts_with(in("en", "Cannot Send")));
    for (const std::string_view language : guide_languages)
        EXPECT_EQ(said(std::string(language), "Alpine"),
                  in("en", "Mail not sent: Error: need MAIL command"));
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
