// The default texts as people read them: tests/texts.md is made from them, and each keeps to what
// mail programs show.
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "policy/reply.h"
#include "tests/support/source_directory.h"

namespace relaypermit {
namespace {

// Sylpheed cuts a reply there, its code included; mutt shows so much of a text on 80 columns.
constexpr std::size_t most_bytes = 213;
constexpr std::size_t seen_by_mutt = 49;

struct Shown {
    Cause cause{};
    Reason reason{};
    Reply reply{};

    [[nodiscard]] std::string title() const {
        std::string text(to_string(cause));
        if (reason != Reason::none) text += ", " + std::string(to_string(reason));
        return text;
    }
};

// Such as leads to the reason.
std::string login_of(Reason reason) {
    switch (reason) {
        case Reason::login_unreadable:
            return "maximiliane.mu?ter@example.com";
        case Reason::login_blank:
            return "maximilian.muster@example.com ";
        case Reason::login_no_realm:
            return "maximiliane.muster-obermueller";
        default:
            return "maximiliane.muster@example.com";
    }
}

std::string sender_of(Cause cause, Reason reason) {
    if (reason == Reason::sender_misspelt) return "maximiliane.muster@exmaple.com";
    if (cause == Cause::from_not_aligned) return "maximiliane.muster@example.com";
    if (cause == Cause::sender_not_hosted || cause == Cause::relay_not_permitted)
        return "max.muster@private.example.net";
    return "product-newsletter@example.com";
}

std::string from_of(Reason reason) {
    return reason == Reason::redirect ? "max.muster@private.example.net"
                                      : "product-newsletter@example.com";
}

// Values of 30 bytes, a help address of 30 and a contact of 22.
Reply reply_of(Cause cause, Reason reason, std::string instead) {
    PolicySource source;
    source.causes = default_causes();
    source.server_name = "mail.example.com";
    source.contact = "postmaster@example.com";
    source.help_url = "https://help.example.com/relay";
    Verdict verdict;
    verdict.outcome =
        default_action(cause) == Action::tempfail ? Outcome::tempfail : Outcome::reject;
    verdict.cause = cause;
    verdict.reason = reason;
    verdict.login = login_of(reason);
    verdict.sender = sender_of(cause, reason);
    verdict.from = from_of(reason);
    verdict.recipient = "first.last@department.example";
    verdict.instead = std::move(instead);
    if (cause == Cause::weak_login) verdict.instead = "Normal password";
    Facts facts;
    facts.client = IpAddress::parse("198.51.100.207");
    facts.port = 587;
    return render_reply(Policy(source), facts, verdict, "7F3K2Q9D");
}

std::vector<Shown> every_text(const std::string& instead) {
    std::vector<Shown> all;
    for (const Cause cause : all_causes)
        for (std::size_t i = 0; i < reason_count; ++i) {
            const auto reason = static_cast<Reason>(i);
            if (fits(reason, cause))
                all.push_back({cause, reason, reply_of(cause, reason, instead)});
        }
    return all;
}
std::vector<Shown> every_text() {
    return every_text("maximiliane.muster@example.com");
}

std::string page() {
    std::ostringstream out;
    out << "# What people read\n\n"
           "Each default text with values of everyday length: the whole reply, what Thunderbird "
           "makes of it, and\nthe 49 bytes that mutt shows on 80 columns. Made by "
           "`WRITE_TEXTS=1 unit_tests\n--gtest_filter=DefaultTexts.*`; a test compares.\n";
    std::set<std::string> shown;
    for (const Shown& one : every_text()) {
        // A reason of several causes reads the same in each.
        if (one.reason != Reason::none && !shown.insert(std::string(to_string(one.reason))).second)
            continue;
        out << "\n## " << one.title() << "\n\n"
            << to_string(one.reply) << "\n\n"
            << "> An error occurred while sending mail. The mail server responded: "
            << one.reply.text << ".\n\n"
            << "`" << one.reply.text.substr(0, seen_by_mutt) << "`\n";
    }
    return out.str();
}

TEST(DefaultTexts, StandInTextsMdAsPeopleReadThem) {
    const auto file = testing::source_directory() / "tests" / "texts.md";
    if (std::getenv("WRITE_TEXTS") != nullptr) std::ofstream(file) << page();
    std::ostringstream kept;
    kept << std::ifstream(file).rdbuf();
    EXPECT_EQ(kept.str(), page());
}

TEST(DefaultTexts, FitWhereProgramsCut) {
    for (const std::string instead : {"maximiliane.muster@example.com", ""})
        for (const Shown& one : every_text(instead)) {
            EXPECT_LE(to_string(one.reply).size(), most_bytes) << one.title() << "\n"
                                                               << to_string(one.reply);
            EXPECT_EQ(one.reply.text.find("..."), std::string::npos) << one.reply.text;
        }
}

// In the first 49 bytes stands what to do: a verb, and what it is done to.
TEST(DefaultTexts, NameTheRemedyFirst) {
    const RE2 remedy(
        "Not sent - (?:set connection security to STARTTLS|ask (?:postmaster@example.com to "
        "|whoever gave you )|"
        "connect to your office network or VPN|choose authentication method '|"
        "enter (?:your mail address as sender|your user name and password for |only one mail "
        "address as|a whole mail address as 'From'|\\S+ )|use \\S+|"
        "set (?:'From' to \\S+|outgoing (?:server port to 587|user name to your))|"
        "remove the space from user name|correct (?:user name|'From' to)|"
        "press Forward instead of Redirect|write (?:only one 'From' line|the sender name in plain "
        "letters|one mail address as 'Sender')|take (?:the (?:@ sign|comma) out of your sender|"
        "\\S+@\\S+ out)|wait five minutes and send again)");
    for (const Shown& one : every_text())
        EXPECT_TRUE(RE2::PartialMatch(one.reply.text.substr(0, seen_by_mutt), remedy))
            << one.title() << ": " << one.reply.text.substr(0, seen_by_mutt);
}

TEST(DefaultTexts, SayWhomToAsk) {
    for (const Shown& one : every_text())
        EXPECT_TRUE(one.reply.text.find("ask postmaster@example.com") != std::string::npos ||
                    one.reply.text.find("ask whoever gave you") != std::string::npos ||
                    one.reply.text.find("its provider's outgoing server") != std::string::npos)
            << one.title() << ": " << one.reply.text;
}

TEST(DefaultTexts, UseNoWordOfTheTrade) {
    const RE2 jargon(R"((?i)\b(relay\w*|smtp|sasl|envelope|permitted|mta|helo|ehlo|auth)\b)");
    for (const Shown& one : every_text()) {
        std::string text = one.reply.text;
        text.resize(text.find(" - https"));
        EXPECT_FALSE(RE2::PartialMatch(text, jargon)) << text;
    }
}

TEST(DefaultTexts, UseNoCharacterThatALogOrSendmailTakesForItsOwn) {
    const RE2 plain(R"((?:[A-Za-z0-9 .'@/_-]|\{[a-z_]+\})+)");
    for (const Cause cause : all_causes) {
        EXPECT_TRUE(RE2::FullMatch(std::string(default_text(cause)), plain)) << default_text(cause);
        EXPECT_TRUE(default_text(cause).starts_with("Not sent"));
    }
    for (std::size_t i = 1; i < reason_count; ++i) {
        const ReasonRow& row = row_of(static_cast<Reason>(i));
        EXPECT_TRUE(RE2::FullMatch(std::string(row.text), plain)) << row.text;
        EXPECT_TRUE(row.text.starts_with("Not sent"));
        EXPECT_FALSE(row.id.empty() || row.in_words.empty() || row.what_to_change.empty());
    }
}

TEST(DefaultTexts, AreKnownAgainInTheRecord) {
    for (const Shown& one : every_text()) {
        const Reason found = reason_of_reply(one.cause, to_string(one.reply));
        // Two reasons that ask for the same thing share a text.
        EXPECT_EQ(row_of(found).text, row_of(one.reason).text) << one.title();
    }
    EXPECT_EQ(reason_of_reply(Cause::from_unusable, "550 5.7.1 Ask the office - ref 7F3K2Q9D"),
              Reason::none);
    EXPECT_EQ(reason_of_reply(Cause::from_unusable, ""), Reason::none);
}

}  // namespace
}  // namespace relaypermit
