// What a help desk pastes into its answer, and from what it knows the program.
#include "tool/guide/help_desk_answer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "policy/cause.h"
#include "record/line.h"
#include "tests/support/sample_record.h"
#include "tests/support/scratch_tool.h"
#include "tool/base/terminal.h"
#include "tool/guide/agents.h"
#include "tool/guide/program_file.h"

namespace relaypermit {
namespace {

constexpr std::string_view policy = R"([server]
name = "mail.hoster.test"
contact = "helpdesk@hoster.test"
help_url = "https://help.hoster.test/relay"
[relay]
hosted_domains = ["hoster.test"]
[[alias]]
id = "secret-team"
logins = ["somebody.else@hoster.test"]
senders = ["ceo@hoster.test"]
)";

const GuideData& data() {
    static const GuideData built_in = built_in_guide().value();
    return built_in;
}

UserAnswer answer(std::string_view cause, std::string_view program = {},
                  std::string_view language = "en", std::string_view more = {}) {
    const Loaded loaded =
        load_policy_text(std::string(policy) + std::string(more), "policy.toml", "host.test");
    auto made = answer_for_user(loaded, data(), cause, "7F3K2Q9D", "", program, language);
    if (!made) ADD_FAILURE() << made.error();
    return made.value_or(UserAnswer());
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

TEST(AnswerForAUser, SaysTheCauseAndTheStepsOfTheProgramWithTheValuesOfThePolicy) {
    EXPECT_EQ(to_text(answer("sender-not-owned", "iphone")),
              "The sender is not your address\n"
              "\n"
              "What happened\n"
              "You are logged in, but the message was to be sent as an address that\n"
              "your account may not use.\n"
              "\n"
              "What to do\n"
              "1. In the message, choose your own address at From. If there is no\n"
              "   choice, correct the mail address in the account settings.\n"
              "2. Send the message again.\n"
              "\n"
              "- Should you be able to send as that address? Ask helpdesk@hoster.test\n"
              "  to allow it for your account.\n"
              "\n"
              "iPhone and iPad: Choose the From address\n"
              "\n"
              "- In a new message, tap From and choose the address. It must be one that\n"
              "  your login may send as.\n"
              "\n"
              "https://help.hoster.test/relay#sender-not-owned\n"
              "ref 7F3K2Q9D\n");
    const std::string text = to_text(answer("use-submission", "thunderbird"));
    EXPECT_TRUE(has(text, "Thunderbird: Correct the outgoing server")) << text;
    EXPECT_TRUE(has(text, "mail.hoster.test")) << text;
    EXPECT_TRUE(has(text, "587\n")) << text;
}

TEST(AnswerForAUser, SaysWhereThePageIsWhereTheProgramIsNotKnown) {
    const std::string text = to_text(answer("login-required"));
    EXPECT_TRUE(has(text,
                    "The settings for sending: These values are right for every program and\n"
                    "device.\n\n"
                    "   Outgoing server: mail.hoster.test\n"))
        << text;
    EXPECT_TRUE(
        has(text, "\nSteps for your program\nhttps://help.hoster.test/relay#login-required\nref "))
        << text;
    const auto unknown = answer("login-required", "no-such-program").program;
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->id, "");
    EXPECT_TRUE(has(to_json_line(answer("login-required")), "\"program\":{\"id\":null,"));
    // Where From is to be chosen, the steps of the cause are those for any program.
    EXPECT_FALSE(answer("sender-not-owned").program);
    // No setting of a program mends these.
    EXPECT_FALSE(answer("account-suspended", "thunderbird").program);
    EXPECT_FALSE(answer("lookup-failed", "thunderbird").program);
}

UserAnswer answer_to(std::string_view cause, std::string_view reply, std::string_view program = {},
                     std::string_view language = "en") {
    auto made = answer_for_user(load_policy_text(policy, "policy.toml", "host.test"), data(), cause,
                                "7F3K2Q9D", reply, program, language);
    if (!made) ADD_FAILURE() << made.error();
    return made.value_or(UserAnswer());
}

// Whoever has a blank behind the user name is not told to choose another From.
TEST(AnswerForAUser, HasTheStepsOfTheReasonThatThePersonWasTold) {
    const UserAnswer made =
        answer_to("sender-not-owned",
                  "550 5.7.1 Not sent - remove the space from user name 'alice@hoster.test ' in "
                  "your mail settings. For help ask helpdesk@hoster.test - ref 7F3K2Q9D",
                  "thunderbird");
    EXPECT_TRUE(to_text(made).starts_with(
        "A space at one end of the user name\n"
        "\n"
        "What was shown\n"
        "550 5.7.1 Not sent - remove the space from user name 'alice@hoster.test\n"
        "' in your mail settings. For help ask helpdesk@hoster.test - ref\n"
        "7F3K2Q9D\n"
        "\n"
        "What to do\n"
        "1. In the settings of the outgoing server, take the space in front of\n"
        "   the user name or behind it away.\n"
        "\n"
        "Thunderbird: Correct the outgoing server\n"))
        << to_text(made);
    EXPECT_FALSE(has(to_text(made), "From")) << to_text(made);
    EXPECT_TRUE(has(to_json_line(made), "\"reply\":\"550 5.7.1 Not sent - remove"));
    EXPECT_TRUE(has(to_json_line(made), "\"happened\":[]"));
}

TEST(AnswerForAUser, OfAReplyOfTheAdminsOwnHasTheStepsOfTheCause) {
    const UserAnswer made = answer_to("sender-not-owned", "550 5.7.1 Call Bob - ref 7F3K2Q9D");
    EXPECT_EQ(made.title, "The sender is not your address");
    EXPECT_TRUE(has(to_text(made), "choose your own address at From"));
}

TEST(AnswerForAUser, NamesNoStepsForAProgramWhereNoSettingHelps) {
    for (const std::string_view cause :
         {"account-suspended", "lookup-failed", "client-not-allowed", "recipient-not-allowed"})
        EXPECT_FALSE(has(to_text(answer(cause)), "Steps for your program")) << cause;
    const UserAnswer owns_nothing = answer_to(
        "sender-not-owned",
        "550 5.7.1 Not sent - ask helpdesk@hoster.test to let alice@hoster.test send mail. Your "
        "settings need no change - ref 7F3K2Q9D",
        "thunderbird");
    EXPECT_EQ(owns_nothing.title, "The account may not send yet");
    EXPECT_FALSE(owns_nothing.program);
    EXPECT_FALSE(has(to_text(owns_nothing), "Steps for your program"));
}

TEST(AnswerForAUser, IsInTheLanguageAskedForAndSaysWhereAProgramIsNot) {
    const UserAnswer german = answer("sender-not-owned", "thunderbird", "de");
    ASSERT_TRUE(german.program);
    EXPECT_EQ(german.program->language, "de");
    EXPECT_EQ(german.program->only_there, "");
    EXPECT_NE(german.title, answer("sender-not-owned").title);
    EXPECT_FALSE(answer_for_user(load_policy_text(policy, "policy.toml", "host.test"), data(),
                                 "sender-not-owned", "7F3K2Q9D", "", "", "tlh"));
}

TEST(AnswerForAUser, OfEveryCauseProgramAndLanguageKeepsItsColumnsAndFillsEverythingIn) {
    std::vector<std::string> causes{std::string(wrong_password)};
    for (const Cause cause : all_causes) causes.emplace_back(to_string(cause));
    for (const auto& [language, texts] : data().texts) {
        for (const std::string& cause : causes) {
            for (const std::string program : {"", "thunderbird", "iphone", "msmtp", "printer"}) {
                const UserAnswer made = answer(cause, program, language);
                std::string text = to_text(made);
                EXPECT_FALSE(has(text, "**")) << text;
                EXPECT_FALSE(has(text, "secret-team") || has(text, "somebody.else")) << text;
                EXPECT_FALSE(has(text, "ceo@")) << text;
                if (program == "msmtp") continue;  // whose files have lines of their own
                std::istringstream lines(text);
                for (std::string line; std::getline(lines, line);)
                    EXPECT_TRUE(columns(line) <= 72 || !has(line, " ") || has(line, "   ")) << line;
            }
        }
    }
}

// --- Which program -----------------------------------------------------------------------------

TEST(ProgramOfAnAgent, IsTheOneOfWhichTheLongestPartStandsInIt) {
    const auto of = [](std::string_view agent) { return program_of_agent(data().programs, agent); };
    EXPECT_EQ(of("Mozilla Thunderbird"), "thunderbird");
    EXPECT_EQ(of("Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Thunderbird/102.9"),
              "thunderbird");
    EXPECT_EQ(of("Thunderbird for Android"), "thunderbird-android");
    EXPECT_EQ(of("K-9 Mail for Android"), "thunderbird-android");
    EXPECT_EQ(of("Apple Mail (2.3774.600.62)"), "apple-mail");
    EXPECT_EQ(of("iPhone Mail (21G93)"), "iphone");
    EXPECT_EQ(of("iPad Mail (21G93)"), "iphone");
    EXPECT_EQ(of("Microsoft Outlook 16.0"), "outlook-windows");
    EXPECT_EQ(of("Microsoft Office Outlook 12.0"), "outlook-windows");
    EXPECT_EQ(of("Microsoft Office Outlook 11"), "outlook-xp");
    EXPECT_EQ(of("Microsoft Outlook, Build 10.0.2616"), "outlook-xp");
    EXPECT_EQ(of("Microsoft Outlook Express 6.00.2900.5931"), "outlook-express");
    EXPECT_EQ(of("Microsoft-MacOutlook/16.75.23071400"), "outlook-mac");
    EXPECT_EQ(of("WPMailSMTP/Mailer/smtp 4.7.1"), "wordpress");
    EXPECT_EQ(of("PHPMailer 6.9.1 (https://github.com/PHPMailer/PHPMailer)"), "php");
    EXPECT_EQ(of("SOGoMail 5.8.4"), "sogo");
    EXPECT_EQ(of("Roundcube Webmail/1.6.5"), "roundcube");
    EXPECT_EQ(of("mutt 2.2"), "");
    EXPECT_EQ(of(""), "");
}

// User-Agent and X-Mailer as they stand in messages of public mailing lists.
TEST(ProgramOfAnAgent, IsKnownByWhatMessagesHaveAndByNothingElse) {
    const std::vector<std::string_view> seen = {
        "Apple Mail (2.3776.700.51)",
        "eM_Client/10.0.3530.0",
        "iPhone Mail (23A355)",
        "iPad Mail (22D82)",
        "Microsoft Outlook Express 6.00.2900.5931",
        "Microsoft-MacOutlook/16.96.25042021",
        "Microsoft Outlook 16.0",
        "Microsoft Office Outlook 12.0",
        "Microsoft Office Outlook 11",
        "Microsoft Office Outlook, Build 11.0.6353",
        "Microsoft Outlook, Build 10.0.6626",
        "PHPMailer 6.1.7 (https://github.com/PHPMailer/PHPMailer)",
        "PHP/8.2.7",  // as the manual of mail() has it
        "Roundcube Webmail/1.4.13",
        "SOGoMail 5.12.3",
        "Thunderbird for Android",
        "K-9 Mail for Android",
        "Mozilla Thunderbird",
        "Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Thunderbird/102.9",
        "Microsoft Windows Live Mail 16.4.3528.331",
        "Microsoft Windows Mail 6.0.6002.18197",
        "WPMailSMTP/Mailer/smtp 4.7.1"};
    for (const GuideProgram& program : data().programs)
        for (const std::string& part : program.agents)
            EXPECT_TRUE(std::any_of(seen.begin(), seen.end(),
                                    [&](std::string_view agent) {
                                        return has(agent, part) &&
                                               program_of_agent(data().programs, agent) ==
                                                   program.id;
                                    }))
                << program.id << ": nothing that was seen has `" << part << "`";
}

TEST(ProgramOfAnAgent, IsSoundInTheDataAndItsMistakesAreSaid) {
    EXPECT_EQ(agent_of_two(data().programs), std::nullopt);
    std::vector<GuideProgram> two(2);
    two[0].id = "post";
    two[1].id = "mail";
    two[0].agents = two[1].agents = {"Post/"};
    EXPECT_EQ(agent_of_two(two), "the agent `Post/` is claimed by post and mail");
    const auto errors = [](std::string_view name, std::string_view line) {
        std::string all;
        for (const Diagnostic& error : read_program(name, line).errors)
            if (has(to_string(error), "agent")) all += to_string(error) + "\n";
        return all;
    };
    EXPECT_EQ(errors("programs/post.en.toml", "agents = [\"Post/\"]"), "");
    EXPECT_TRUE(has(errors("programs/post.en.toml", "agents = [\"Po\"]"), "4 to 64 characters"));
    EXPECT_TRUE(has(errors("programs/post.en.toml", "agents = [\"P\\u00f6st\"]"), "ASCII"));
    EXPECT_TRUE(has(errors("programs/post.de.toml", "agents = [\"Post/\"]"), "English file alone"));
}

// --- The command -------------------------------------------------------------------------------

class ExplainForAUser : public ::testing::Test {
  protected:
    void SetUp() override { tool.write("policy.toml", policy); }
    Exit run(const std::vector<Record>& records, const std::vector<std::string>& more = {}) {
        tool.write("mail.log", sample_log(records));
        std::vector<std::string> arguments = {"explain", "--maillog", tool.path("mail.log"),
                                              records.front().reference, "--for-user"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return tool.run(arguments);
    }
    static Record refusal(std::string_view agent = {}) {
        Record record = agent.empty() ? sample_refusal_at_mail(1) : sample_record(1);
        record.agent = agent;
        return record;
    }
    static Record sent_with(std::string_view agent, unsigned number) {
        Record record = sample_accept(number);
        record.agent = agent;
        return record;
    }

    ScratchTool tool{};
};

TEST_F(ExplainForAUser, ReadsTheProgramFromTheMessage) {
    ASSERT_EQ(run({refusal("Mozilla Thunderbird")}), Exit::fine) << tool.err();
    EXPECT_TRUE(has(tool.out(), "Thunderbird: Choose the From address")) << tool.out();
    EXPECT_FALSE(has(tool.out(), "bob@")) << tool.out();
}

TEST_F(ExplainForAUser, LooksAtWhatTheSameLoginSentFromThereWhereTheMessageCameNotSoFar) {
    ASSERT_EQ(run({refusal(), sent_with("iPhone Mail (21G93)", 2)}), Exit::fine) << tool.err();
    EXPECT_TRUE(has(tool.out(), "iPhone and iPad: ")) << tool.out();
    ASSERT_EQ(
        run({refusal(), sent_with("iPhone Mail (21G93)", 2), sent_with("Mozilla Thunderbird", 3)}),
        Exit::fine);
    EXPECT_FALSE(has(tool.out(), "iPhone") || has(tool.out(), "Thunderbird")) << tool.out();
    Record other = sent_with("iPhone Mail (21G93)", 2);
    other.login = "carol@example.com";
    ASSERT_EQ(run({refusal(), other}), Exit::fine);
    EXPECT_FALSE(has(tool.out(), "iPhone")) << tool.out();
    other = sent_with("iPhone Mail (21G93)", 2);
    other.client = "192.0.2.1";
    ASSERT_EQ(run({refusal(), other}), Exit::fine);
    EXPECT_FALSE(has(tool.out(), "iPhone")) << tool.out();
}

TEST_F(ExplainForAUser, OfAProgramThatHasNoPageSaysSoBesideTheAnswer) {
    Record odd = refusal("Blorp/1.0 (`\x1b[31m)");
    odd.cause = Cause::tls_required;
    ASSERT_EQ(run({odd}), Exit::fine) << tool.err();
    EXPECT_TRUE(has(tool.err(), "The program calls itself `Blorp/1.0")) << tool.err();
    EXPECT_FALSE(has(tool.err(), "\x1b")) << tool.err();
    EXPECT_FALSE(has(tool.out(), "Blorp")) << tool.out();
    EXPECT_TRUE(has(tool.out(), "The settings for sending: ")) << tool.out();
    ASSERT_EQ(run({refusal("Mozilla Thunderbird")}), Exit::fine);
    EXPECT_EQ(tool.err(), "");
}

TEST_F(ExplainForAUser, OfAReferenceTakesNothingOfARehearsal) {
    for (const std::vector<std::string>& option :
         {std::vector<std::string>{"--login", "bob@example.com"},
          {"--mta", "postfix"},
          {"--sender", "a@b.test"},
          {"--tls"},
          {"--header", "From: a@b.test"}}) {
        EXPECT_EQ(run({refusal()}, option), Exit::failed) << option.front();
        EXPECT_TRUE(has(tool.err(), option.front() + " is of a rehearsal")) << tool.err();
        EXPECT_EQ(tool.out(), "");
    }
}

TEST_F(ExplainForAUser, PrintsJson) {
    ASSERT_EQ(run({refusal("iPad Mail (21G93)")}, {"--json", "--lang", "de"}), Exit::fine);
    EXPECT_TRUE(tool.out().starts_with(
        R"({"ref":"00000001","cause":"sender-not-owned","language":"de","title":")"))
        << tool.out();
    EXPECT_TRUE(has(tool.out(), R"("program":{"id":"iphone",)")) << tool.out();
    EXPECT_TRUE(has(tool.out(), R"("page":"https://help.hoster.test/relay#sender-not-owned")"));
}

TEST_F(ExplainForAUser, SaysWhatItCannotAnswer) {
    EXPECT_EQ(run({refusal()}, {"--lang", "tlh"}), Exit::failed);
    EXPECT_TRUE(has(tool.err(), "there are no help pages in `tlh`, but in de, en,")) << tool.err();
    Record monitored = refusal();
    monitored.verdict = Outcome::monitor;
    EXPECT_EQ(run({monitored}), Exit::failed);
    EXPECT_TRUE(has(tool.err(), "nobody was refused under ")) << tool.err();
    EXPECT_EQ(tool.run({"explain", "--for-user"}), Exit::failed);
    EXPECT_EQ(tool.run({"explain", "--lang", "de", "7F3K2Q9D"}), Exit::failed);
}

}  // namespace
}  // namespace relaypermit
