// The sentence that a refused client gets: its exact default wordings, and what holds for any text
// with any values.
#include "policy/reply.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "policy/policy.h"

namespace relaypermit {
namespace {

constexpr std::string_view reference = "7F3K2Q9D";

PolicySource everyday_source() {
    PolicySource source;
    source.causes = default_causes();
    source.server_name = "mail.example.com";
    source.contact = "helpdesk@example.com";
    source.help_url = "https://help.example.com/relay";
    return source;
}

Facts everyday_facts() {
    Facts facts;
    facts.client = IpAddress::parse("2001:db8:1234:5678::1");
    facts.port = 587;
    return facts;
}

Verdict refusal(Cause cause) {
    Verdict verdict;
    verdict.outcome =
        default_action(cause) == Action::tempfail ? Outcome::tempfail : Outcome::reject;
    verdict.cause = cause;
    verdict.stage = stage_of(cause);
    verdict.login = "alexandra.lee@example.com";
    verdict.sender = "orders@shop.example.com";
    verdict.from = "orders@shop.example.com";
    verdict.recipient = "someone.else@remote.example";
    return verdict;
}

std::string rendered(const PolicySource& source, const Verdict& verdict,
                     const Facts& facts = everyday_facts()) {
    return to_string(render_reply(Policy(source), facts, verdict, reference));
}

// The reply of a cause with a text of one's own, without help address.
std::string rendered_text(std::string_view text, const Verdict& verdict,
                          const Facts& facts = everyday_facts()) {
    auto source = everyday_source();
    source.help_url.clear();
    auto& cause = source.causes[static_cast<std::size_t>(*verdict.cause)];
    cause.text = text;
    cause.text_is_default = false;
    return rendered(source, verdict, facts);
}

std::string rendered_text(std::string_view text) {
    return rendered_text(text, refusal(Cause::sender_not_owned));
}

// mdre-normal with exre-user, from filter.d/postfix.conf of fail2ban 1.0.2, behind its prefix.
const RE2& fail2ban_filter() {
    static const RE2 filter(
        R"((?:\w+: (?:milter-)?reject:) [A-Z]{4} from [^[]*\[[0-9a-fA-F:.]+\](?::\d+)?: )"
        R"([45][50][04] [45]\.\d\.\d+ (?:(?:<[^>]*>)?: )?)"
        R"((?:(?:Helo command|(?:Sender|Recipient) address) rejected: )?)"
        R"((?:Service unavailable|(?:Client host|Command|Data command) rejected|)"
        R"(Relay access denied|(?:Host|Domain) not found|need fully-qualified hostname|)"
        R"(match|[Uu](?:ser unknown|ndeliverable address))\b)");
    return filter;
}

bool fail2ban_bans(const std::string& reply) {
    return RE2::PartialMatch("NOQUEUE: milter-reject: RCPT from unknown[198.51.100.7]: " + reply +
                                 "; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>",
                             fail2ban_filter()) ||
           RE2::PartialMatch(
               "NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 550 5.7.1 "
               "<c@d.example>: Recipient address rejected: " +
                   reply.substr(reply.find(' ', 4) + 1) + "; from=<a@b.example>",
               fail2ban_filter());
}

TEST(Reply, HasATextForEachReasonUnlessThePolicyHasOne) {
    auto verdict = refusal(Cause::from_not_owned);
    verdict.instead = "alexandra.lee@example.com";
    EXPECT_EQ(rendered(everyday_source(), verdict),
              "550 5.7.1 Not sent - use alexandra.lee@example.com as 'From'. To send as "
              "orders@shop.example.com ask helpdesk@example.com - "
              "https://help.example.com/relay#from-not-owned - ref 7F3K2Q9D");
    verdict.reason = Reason::on_behalf;
    EXPECT_EQ(rendered(everyday_source(), verdict),
              "550 5.7.1 Not sent - use alexandra.lee@example.com as 'From'. To write for "
              "orders@shop.example.com ask helpdesk@example.com - "
              "https://help.example.com/relay#from-not-owned - ref 7F3K2Q9D");
    EXPECT_EQ(rendered_text("Ask the office", verdict), "550 5.7.1 Ask the office - ref 7F3K2Q9D");
}

TEST(Reply, FillsInEveryPlaceholder) {
    auto verdict = refusal(Cause::recipient_not_allowed);
    verdict.rules = {"devices-stay-inside"};
    EXPECT_EQ(rendered_text("{login} {sender} {from} {recipient} {port} {server} {cause} {rule} "
                            "{client}",
                            verdict),
              "550 5.7.1 alexandra.lee@example.com orders@shop.example.com "
              "orders@shop.example.com someone.else@remote.example 587 mail.example.com "
              "recipient-not-allowed devices-stay-inside 2001:db8:1234:5678::1 - ref 7F3K2Q9D");
}

TEST(Reply, SaysInWordsWhatIsNotThere) {
    Verdict verdict;
    verdict.outcome = Outcome::reject;
    verdict.cause = Cause::account_suspended;
    auto source = everyday_source();
    source.help_url.clear();
    source.server_name.clear();
    auto& cause = source.causes[static_cast<std::size_t>(Cause::account_suspended)];
    cause.text = "{login}/{sender}/{from}/{recipient}/{client}/{port}/{server}/{rule}";
    EXPECT_EQ(rendered(source, verdict, Facts{}),
              "550 5.7.1 this device/an unreadable address/an unreadable address/the recipient/"
              "this computer/0/this server/none - ref 7F3K2Q9D");
    Facts facts;
    facts.mta_host = "mx1.example.com";
    cause.text = "{server}";
    EXPECT_EQ(rendered(source, verdict, facts), "550 5.7.1 mx1.example.com - ref 7F3K2Q9D");
}

TEST(Reply, ShowsTheNullSenderAsItIsWritten) {
    auto verdict = refusal(Cause::relay_not_permitted);
    verdict.sender = "<>";
    EXPECT_EQ(rendered_text("not for {sender}", verdict), "550 5.7.1 not for <> - ref 7F3K2Q9D");
}

TEST(Reply, LeavesBracesThatAreNoPlaceholder) {
    EXPECT_EQ(rendered_text("{nobody} { {port} {login"),
              "550 5.7.1 {nobody} { 587 {login - ref 7F3K2Q9D");
}

TEST(Reply, NeverFillsInWhatAClientWroteTwice) {
    auto verdict = refusal(Cause::sender_not_owned);
    verdict.sender = "{login}@x.example";
    EXPECT_EQ(rendered_text("as {sender}", verdict),
              "550 5.7.1 as {login}@x.example - ref 7F3K2Q9D");
}

TEST(Reply, TakesTheRestrictionsOwnText) {
    auto verdict = refusal(Cause::recipient_not_allowed);
    verdict.text = "This device may only write to staff, not to {recipient}.";
    EXPECT_EQ(rendered(everyday_source(), verdict),
              "550 5.7.1 This device may only write to staff - not to someone.else@remote.example "
              "- https://help.example.com/relay#recipient-not-allowed - ref 7F3K2Q9D");
}

TEST(Reply, TurnsTheCodeToTheClassOfTheOutcome) {
    auto source = everyday_source();
    auto verdict = refusal(Cause::login_required);
    verdict.outcome = Outcome::tempfail;
    EXPECT_TRUE(rendered(source, verdict).starts_with("450 4.7.0 Not sent"));

    auto& lookup = source.causes[static_cast<std::size_t>(Cause::lookup_failed)];
    lookup.action = Action::reject;
    verdict = refusal(Cause::lookup_failed);
    verdict.outcome = Outcome::reject;
    EXPECT_TRUE(rendered(source, verdict).starts_with("550 5.3.0 Not sent"));

    lookup.reply = {"554", "5.3.5"};
    EXPECT_TRUE(rendered(source, verdict).starts_with("554 5.3.5 Not sent"));
    lookup.action = Action::tempfail;
    lookup.reply = {"450", "4.4.3"};
    verdict.outcome = Outcome::tempfail;
    EXPECT_TRUE(rendered(source, verdict).starts_with("450 4.4.3 Not sent"));
}

TEST(Reply, OfAMonitoredCauseIsTheOneThatWouldHaveBeenGiven) {
    auto source = everyday_source();
    auto verdict = refusal(Cause::sender_not_owned);
    verdict.outcome = Outcome::monitor;
    auto& cause = source.causes[static_cast<std::size_t>(Cause::sender_not_owned)];
    for (const auto action : {Action::reject, Action::monitor}) {
        cause.action = action;
        EXPECT_TRUE(rendered(source, verdict).starts_with("550 5.7.1 ")) << to_string(action);
    }
    cause.action = Action::tempfail;
    EXPECT_TRUE(rendered(source, verdict).starts_with("450 4.7.1 "));
    verdict.cause = Cause::lookup_failed;
    EXPECT_TRUE(rendered(source, verdict).starts_with("450 4.3.0 "));
}

TEST(Reply, OfACodeThatCannotBeReadIsTheDefaultOne) {
    auto source = everyday_source();
    source.causes[static_cast<std::size_t>(Cause::login_required)].reply = {"5\r\n", "x"};
    EXPECT_TRUE(rendered(source, refusal(Cause::login_required)).starts_with("530 5.7.0 Not sent"));
}

TEST(Reply, OfNoCauseIsEmpty) {
    EXPECT_EQ(render_reply(Policy(everyday_source()), everyday_facts(), Verdict{}, reference).text,
              "");
}

TEST(Reply, ReplacesPunctuationAtWhichLogSummarisersCut) {
    const std::array<std::pair<std::string_view, std::string_view>, 12> texts = {{
        {"Sorry, not you: ask us; soon.", "Sorry - not you - ask us - soon"},
        {"one,two;three", "one-two-three"},
        {"a , b ,, c ; ", "a - b - c"},
        {", : ; begins badly", "begins badly"},
        {"- begins with a dash -", "begins with a dash"},
        {"see https://help.example.com/a;b,c:d, please",
         "see https://help.example.com/a;b,c:d - please"},
        {"port 587:tcp at 12:30", "port 587:tcp at 12:30"},
        {"at {client}:{port}: no", "at 2001:db8:1234:5678::1:587 - no"},
        {"for {login}: no", "for alexandra.lee@example.com - no"},
        {"two  spaces   and a tab\there", "two spaces and a tab?here"},
        {"wait...", "wait..."},
        {"", "Refused"},
    }};
    for (const auto& [text, expected] : texts)
        EXPECT_EQ(rendered_text(text), "550 5.7.1 " + std::string(expected) + " - ref 7F3K2Q9D");
}

TEST(Reply, LeavesTheCharactersOfAnAddressAlone) {
    auto verdict = refusal(Cause::sender_not_owned);
    verdict.sender = R"("a,b;c:d"@example.com)";
    EXPECT_EQ(rendered_text("as {sender}", verdict),
              R"(550 5.7.1 as "a,b;c:d"@example.com - ref 7F3K2Q9D)");
}

TEST(Reply, WritesOneQuestionMarkForWhatIsNotPrintableAscii) {
    auto verdict = refusal(Cause::sender_not_owned);
    verdict.sender = "b\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80r\r\n250 ok\x7F\x80\xFF@x";
    EXPECT_EQ(rendered_text("f\xC3\xBCr {sender}", verdict),
              "550 5.7.1 f?r b???r??250 ok???@x - ref 7F3K2Q9D");
    verdict.sender = " \r ";
    EXPECT_EQ(rendered_text("{sender}", verdict), "550 5.7.1 ? - ref 7F3K2Q9D");
    verdict.sender = "  ";
    EXPECT_EQ(rendered_text("{sender}", verdict), "550 5.7.1 ? - ref 7F3K2Q9D");
}

TEST(Reply, CutsTheLongestValuesInTheirMiddle) {
    auto verdict = refusal(Cause::sender_not_owned);
    verdict.instead = "alexandra.lee@example.com";
    verdict.sender = std::string(500, 's') + "@example.org";
    const auto reply = rendered(everyday_source(), verdict);
    EXPECT_GE(reply.size(), max_reply_bytes - 2);
    EXPECT_LE(reply.size(), max_reply_bytes);
    EXPECT_NE(reply.find("sss...sss"), std::string::npos) << reply;
    EXPECT_NE(reply.find("@example.org"), std::string::npos) << reply;
    EXPECT_NE(reply.find("alexandra.lee@example.com"), std::string::npos) << reply;
    EXPECT_TRUE(
        reply.ends_with(" ask helpdesk@example.com - "
                        "https://help.example.com/relay#sender-not-owned - ref 7F3K2Q9D"))
        << reply;
}

TEST(Reply, CutsATextThatIsTooLongByItself) {
    const auto reply = rendered_text(std::string(600, 'x') + " {login}");
    EXPECT_EQ(reply.size(), max_reply_bytes);
    EXPECT_TRUE(reply.starts_with("550 5.7.1 xxx"));
    EXPECT_TRUE(reply.ends_with("xxx... - ref 7F3K2Q9D"));
}

TEST(Reply, LeavesOutAHelpAddressThatIsTooLongToBeOne) {
    auto source = everyday_source();
    source.help_url = "https://help.example.com/" + std::string(max_help_url_bytes - 25, 'h');
    const auto whole = rendered(source, refusal(Cause::login_required));
    EXPECT_NE(whole.find(source.help_url + "#login-required - ref 7F3K2Q9D"), std::string::npos);
    source.help_url += "h";
    const auto without = rendered(source, refusal(Cause::login_required));
    EXPECT_EQ(without.find("http"), std::string::npos);
    EXPECT_TRUE(without.ends_with("ask helpdesk@example.com - ref 7F3K2Q9D"));
}

TEST(Reply, FitsIntoWhatSendmailsCheckRcptCarries) {
    const Policy policy(everyday_source());
    for (const auto cause : all_causes) {
        const Reply reply =
            render_reply(policy, everyday_facts(), refusal(cause), reference, 10 + 248);
        EXPECT_LE(reply.text.size(), 248U);
        EXPECT_EQ(to_string(reply), rendered(everyday_source(), refusal(cause)));
    }
}

TEST(Reply, SaysWhereItGoesTheOnePortAndWhatGoesWithIt) {
    auto source = everyday_source();
    const auto text = [&] {
        return rendered(source, refusal(Cause::use_submission)).substr(10, 73);
    };
    EXPECT_EQ(text(), "Not sent - set outgoing server port to 587 and STARTTLS with user name an");
    source.submission_ports = {465, 587};
    EXPECT_EQ(text(), "Not sent - set outgoing server port to 465 and SSL/TLS with user name and");
    source.submission_ports = {25, 465};
    EXPECT_EQ(text(), "Not sent - set outgoing server port to 465 and SSL/TLS with user name and");
    source.submission_ports.clear();
    EXPECT_EQ(text(), "Not sent - set outgoing server port to 587 and STARTTLS with user name an");
}

TEST(Reply, NeverCutsWhomToAsk) {
    auto source = everyday_source();
    source.contact = "the help desk, second floor, phone 1234 or 5678";
    auto verdict = refusal(Cause::sender_not_owned);
    verdict.sender = std::string(500, 's') + "@example.org";
    const auto reply = rendered(source, verdict);
    EXPECT_NE(reply.find("ask the help desk - second floor - phone 1234 or 5678 - https"),
              std::string::npos)
        << reply;
}

TEST(Reply, LeavesTheHelpAddressOutWhereItWouldLeaveNoRoomForTheText) {
    auto source = everyday_source();
    source.help_url = "https://help.example.com/" + std::string(max_help_url_bytes - 25, 'h');
    const auto reply = render_reply(Policy(source), everyday_facts(),
                                    refusal(Cause::use_submission), reference, 258);
    EXPECT_TRUE(reply.text.ends_with("ask helpdesk@example.com - ref 7F3K2Q9D")) << reply.text;
}

TEST(Reply, DoesNotGetACustomerBannedByFail2ban) {
    ASSERT_TRUE(fail2ban_bans("554 5.7.1 Relay access denied"));
    ASSERT_TRUE(fail2ban_bans("550 5.7.1 <a@b>: Recipient address rejected: User unknown in x"));
    ASSERT_FALSE(fail2ban_bans("550 5.7.1 Refused - Relay access denied"));
    for (const auto* text :
         {"Relay access denied", "relay access denied to {sender}", "Access denied - go away",
          "Service unavailable", "Client host rejected", "Command rejected",
          "Data command rejected", "Host not found", "Domain not found",
          "need fully-qualified hostname", "match", "User unknown", "undeliverable address"}) {
        const auto reply = rendered_text(text);
        EXPECT_TRUE(reply.starts_with("550 5.7.1 Refused - ")) << reply;
        EXPECT_FALSE(fail2ban_bans(reply)) << reply;
    }
    auto verdict = refusal(Cause::sender_not_owned);
    for (const auto* sender :
         {"Relay access denied", ": Relay access denied", "<x>: Relay access denied",
          "<>: Recipient address rejected: user unknown", "Helo command rejected: match"}) {
        verdict.sender = sender;
        EXPECT_FALSE(fail2ban_bans(rendered_text("{sender} is not yours", verdict))) << sender;
    }
    EXPECT_TRUE(rendered_text("Unknown user").starts_with("550 5.7.1 Unknown user"));
    for (const auto cause : all_causes)
        EXPECT_FALSE(fail2ban_bans(rendered(everyday_source(), refusal(cause))));
}

// --- Any text, any values ------------------------------------------------------------------------

class Junk {
  public:
    explicit Junk(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

    std::string text() {
        static const std::array<std::string_view, 26> words = {"{login}",
                                                               "{sender}",
                                                               "{client}",
                                                               "{",
                                                               "}",
                                                               "{from}",
                                                               "{recipient}",
                                                               "{rule}",
                                                               ",",
                                                               ":",
                                                               ";",
                                                               " ",
                                                               "-",
                                                               "%",
                                                               "\r\n",
                                                               "\0x",
                                                               "Relay access denied",
                                                               "Access denied",
                                                               "<a@b>: ",
                                                               "Recipient address rejected: ",
                                                               "match",
                                                               "https://x.example/",
                                                               "b\xC3\xBC",
                                                               "\xFF",
                                                               ".",
                                                               "250 2.0.0 ok"};
        std::string out;
        for (auto left = below(6); left > 0; --left) {
            const auto choice = below(4);
            if (choice == 0)
                out.append(below(300), static_cast<char>(random_() & 0xFFU));
            else if (choice == 1)
                out += static_cast<char>(random_() & 0xFFU);
            else
                out += words[below(words.size())];
        }
        return out;
    }

  private:
    std::mt19937_64 random_;
};

TEST(Reply, StaysOneSafeLineWhateverItsTextAndValuesAre) {
    Junk junk(20260729);
    for (int round = 0; round < 3000; ++round) {
        PolicySource source;
        source.causes = default_causes();
        source.server_name = junk.text();
        source.help_url = junk.text();
        Verdict verdict;
        const auto cause = all_causes[junk.below(cause_count)];
        verdict.cause = cause;
        verdict.outcome = static_cast<Outcome>(1 + junk.below(4));
        verdict.login = junk.text();
        verdict.sender = junk.text();
        verdict.from = junk.text();
        verdict.recipient = junk.text();
        verdict.rules = {junk.text(), junk.text()};
        verdict.instead = junk.text();
        verdict.reason = static_cast<Reason>(junk.below(reason_count));
        auto& policy = source.causes[static_cast<std::size_t>(cause)];
        policy.action = static_cast<Action>(junk.below(4));
        if (junk.below(2) == 0) policy.text = junk.text();
        if (junk.below(4) == 0) policy.reply = {junk.text(), junk.text()};
        if (junk.below(4) == 0) verdict.text = junk.text();
        Facts facts = everyday_facts();
        facts.mta_host = junk.text();

        const std::size_t max_bytes = junk.below(3) == 0 ? 258 : max_reply_bytes;
        const auto reply =
            to_string(render_reply(Policy(source), facts, verdict, reference, max_bytes));
        ASSERT_LE(reply.size(), max_bytes) << reply;
        ASSERT_TRUE(RE2::FullMatch(
            reply, R"((?:4[0-5]\d 4|5[0-5]\d 5)\.\d{1,3}\.\d{1,3} [!-~][ -~]* - ref 7F3K2Q9D)"))
            << reply;
        if (verdict.refused())
            ASSERT_EQ(reply[0], verdict.outcome == Outcome::reject ? '5' : '4') << reply;
        ASSERT_FALSE(fail2ban_bans(reply)) << reply;
    }
}

TEST(EscapePercent, DoublesEachSign) {
    EXPECT_EQ(escape_percent("100% sure %%"), "100%% sure %%%%");
    EXPECT_EQ(escape_percent(""), "");
}

TEST(Placeholder, IsKnownByItsExactName) {
    for (const auto* name :
         {"login", "sender", "from", "recipient", "client", "port", "server", "contact", "cause",
          "rule", "instead", "submission_port", "encryption"}) {
        EXPECT_TRUE(is_placeholder(name)) << name;
    }
    for (const auto* name : {"", "Login", "user", "helo", "{login}"})
        EXPECT_FALSE(is_placeholder(name)) << name;
}

}  // namespace
}  // namespace relaypermit
