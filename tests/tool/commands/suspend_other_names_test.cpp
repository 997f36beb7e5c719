// Whom a suspension stops besides the login as it was typed, and who goes on.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/control_daemon.h"
#include "tests/support/listening_policy.h"
#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

constexpr std::string_view file = "policy.d/00-suspended.toml";

TEST(SuspendCommand, StopsALoginThatIsTypedWithASubaddress) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    EXPECT_TRUE(daemon.suspended("mallory+news@example.com"));
    EXPECT_EQ(tool.run({"explain", "--login", "mallory+news@example.com"}), Exit::finding);
    EXPECT_NE(tool.out().find("account-suspended at MAIL"), std::string::npos) << tool.out();
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine) << tool.err();
    EXPECT_FALSE(daemon.suspended("mallory+news@example.com"));
    // The account may be that without it.
    EXPECT_EQ(tool.run({"suspend", "mallory+news"}), Exit::fine);
    EXPECT_EQ(tool.err(),
              "warning: `mallory@example.com` is not suspended: if `mallory+news@example.com` is a "
              "subaddress of that account, suspend it\n");
    EXPECT_FALSE(daemon.suspended("mallory@example.com"));
    EXPECT_EQ(tool.run({"resume", "mallory+news"}), Exit::fine) << tool.err();
}

TEST(SuspendCommand, StopsALoginWhoseNameMeansSomethingElseInAPolicy) {
    ScratchTool tool;
    tool.write("policy.toml", "relay.hosted_domains = [\"example.com\"]\nlisten.milter = \"unix:" +
                                  tool.path("milter.sock") +
                                  "\"\nlisten.control = \"unix:" + tool.path("control.sock") +
                                  "\"\ngroups.mallory = [\"bob@example.com\"]\n");
    const ControlDaemon daemon(tool.path("policy.toml"));
    for (const std::string login : {"mallory", "!mallory", "{user}"}) {
        EXPECT_EQ(tool.run({"suspend", login}), Exit::fine) << tool.err();
        for (const std::string& form : {login, login + "@example.com"}) {
            EXPECT_EQ(tool.run({"explain", "--login", form}), Exit::finding);
            EXPECT_NE(tool.out().find("account-suspended at MAIL"), std::string::npos)
                << form << "\n"
                << tool.out();
        }
        EXPECT_EQ(tool.run({"resume", login}), Exit::fine) << tool.err();
    }
}

TEST(SuspendCommand, StopsALoginWhicheverSpellingNamesIt) {
    ScratchTool tool;
    tool.write("policy.toml",
               policy_of(tool) + "login.forms = ['EXAMPLE\\{user}', '{user}%{domain}']\n");
    const ControlDaemon daemon(tool.path("policy.toml"));
    for (const std::string spelling : {R"(example\mallory)", "mallory%example.com"}) {
        EXPECT_EQ(tool.run({"suspend", spelling}), Exit::fine) << tool.err();
        EXPECT_EQ(tool.err(), "");
        EXPECT_TRUE(std::filesystem::exists(tool.path(file)));
        for (const std::string login :
             {"mallory", R"(EXAMPLE\mallory)", "Mallory%EXAMPLE.com", "mallory@example.com"}) {
            EXPECT_EQ(tool.run({"explain", "--login", login}), Exit::finding);
            EXPECT_NE(tool.out().find("account-suspended at MAIL"), std::string::npos) << login;
            EXPECT_EQ(tool.run({"who", "--login", login}), Exit::fine);
            EXPECT_TRUE(tool.out().starts_with(login.starts_with('M') ? "Mallory@example.com"
                                                                      : "mallory@example.com"))
                << tool.out();
        }
        EXPECT_EQ(tool.run({"resume", R"(EXAMPLE\Mallory)"}), Exit::fine) << tool.err();
    }
}

TEST(SuspendCommand, WarnsOfAGrantThatReachesTheAccountUnderAnotherSpelling) {
    ScratchTool tool;
    const std::string grant =
        "[[alias]]\nid = \"old-clients\"\nlogins = ['/^mallory%example\\.com@.*$/']\n"
        "senders = [\"orders@example.com\"]\n";
    tool.write("policy.toml", policy_of(tool) + grant);
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine);
    EXPECT_EQ(tool.err(),
              "warning: old-clients at " + tool.path("policy.toml") +
                  ":5:1 is for the login `mallory%example.com` too, which is not suspended: if it "
                  "is the same account, `forms` in [login] makes them one\n");
    EXPECT_EQ(tool.run({"resume", "mallory"}), Exit::fine);
    tool.write("policy.toml", policy_of(tool) + "login.forms = ['{user}%{domain}']\n" + grant);
    ASSERT_EQ(tool.run({"reload"}), Exit::fine);
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine);
    EXPECT_EQ(tool.err(), "");
}

// By a daemon that reads the policy as it now is.
void suspend(ScratchTool& tool, const std::string& login) {
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", login}), Exit::fine);
}

void start_over(const ScratchTool& tool) {
    std::filesystem::remove(tool.path(file));
}

// However many grants are wide enough: one line, which a reader may pass over.
TEST(SuspendCommand, SaysInOneLineWhatNoRuleSpeaksFor) {
    ScratchTool tool;
    std::string policy = policy_of(tool);
    policy.insert(policy.find("\"example.com\""), "\"example.org\", \"xn--bcher-kva.example\", ");
    for (const std::string id : {"team", "desk", "press"})
        policy += "[[alias]]\nid = \"" + id + "\"\nlogins = [\"*@example.com\"]\nsenders = [\"" +
                  id + "@example.com\"]\n";
    tool.write("policy.toml", policy);
    suspend(tool, "mallory");
    EXPECT_EQ(tool.err(),
              "note: `mallory%example.com`, `mallory@example.org` and "
              "`mallory@xn--bcher-kva.example` are not suspended and may send: suspend those too "
              "by which the mail server lets this account in\n");
    start_over(tool);
    // By its password nobody but the master gets in.
    tool.write("policy.toml", policy_of(tool) +
                                  "[[alias]]\nid = \"master\"\nlogins = ['/.*\\*master@.*/']\n"
                                  "senders = [\"*\"]\n");
    suspend(tool, "mallory");
    EXPECT_EQ(tool.err(), "");
}

TEST(SuspendCommand, WarnsOfTheSameUserInAnotherRealmThatARuleNames) {
    ScratchTool tool;
    std::string policy = policy_of(tool);
    policy.insert(policy.find("\"example.com\""), "\"example.org\", ");
    tool.write("policy.toml", policy +
                                  "groups.staff = [\"Mallory@example.org\"]\n[[alias]]\n"
                                  "id = \"desk\"\nlogins = [\"group:staff\"]\n"
                                  "senders = [\"desk@example.org\"]\n");
    suspend(tool, "mallory");
    EXPECT_EQ(tool.err(),
              "warning: `mallory@example.org` is not suspended and may send: if it is the same "
              "account, suspend it too\n");
}

TEST(SuspendCommand, NotesAGrantToAWholeDomainUnderAnotherSpelling) {
    ScratchTool tool;
    const std::string begin = "[[alias]]\nid = \"team\"\nlogins = [\"*@example.com\"]\nsenders = ";
    tool.write("policy.toml", policy_of(tool) + begin + "[\"team@example.com\"]\n");
    suspend(tool, "mallory");
    EXPECT_EQ(tool.err(),
              "note: `mallory%example.com` is not suspended and may send: suspend it too if the "
              "mail server lets this account in by it\n");
    start_over(tool);
    // Names that nobody has, a grant that is over, spellings that are suspended.
    for (const std::string& silent :
         {begin + "[\"{user}.lists@example.com\", \"{login}\"]\n",
          begin + "[\"team@example.com\"]\nuntil = 2020-01-31\n",
          begin + "[\"team@example.com\"]\n[[restrict]]\nid = \"odd\"\nsuspended = true\n"
                  "logins = ['/.*[\\\\%\\/!*].*/', \"*@example\"]\n"}) {
        tool.write("policy.toml", policy_of(tool) + silent);
        suspend(tool, "mallory");
        EXPECT_EQ(tool.err(), "") << silent;
        start_over(tool);
    }
}

TEST(SuspendCommand, NotesTheSameUserInAnotherRealmThatMaySend) {
    ScratchTool tool;
    const auto policy = [&](const std::string& more) {
        std::string text = policy_of(tool);
        text.insert(text.find("\"example.com\""), "\"example.org\", ");
        return text + more;
    };
    tool.write("policy.toml", policy(""));
    suspend(tool, "mallory");
    EXPECT_EQ(tool.err(),
              "note: `mallory@example.org` is not suspended and may send: suspend it too if the "
              "mail server lets this account in by it\n");
    suspend(tool, "mallory@example.org");
    EXPECT_EQ(tool.err(), "");
    start_over(tool);
    for (const std::string silent :
         {"login.realms = [\"example.com\"]\n", "login.owns_own_address = false\n"}) {
        tool.write("policy.toml", policy(silent));
        suspend(tool, "mallory");
        EXPECT_EQ(tool.err(), "") << silent;
        start_over(tool);
    }
}

// Whoever hosts many domains hosts many people of one name.
TEST(SuspendCommand, TakesTheSameUserOfManyDomainsForOtherPeople) {
    ScratchTool tool;
    std::string domains = "\"example.org\", ";
    for (char c = 'a'; c <= 'z'; ++c) domains += std::string("\"") + c + ".example\", ";
    std::string policy = policy_of(tool);
    policy.insert(policy.find("\"example.com\""), domains);
    tool.write("policy.toml", policy);
    suspend(tool, "mallory");
    EXPECT_EQ(tool.err(), "");
    start_over(tool);
    tool.write("policy.toml", policy +
                                  "[[alias]]\nid = \"both\"\nlogins = [\"*@example.com\"]\n"
                                  "senders = [\"{user}@example.org\"]\n");
    suspend(tool, "mallory");
    EXPECT_EQ(tool.err(),
              "warning: `mallory@example.org` is not suspended and may send: if it is the same "
              "account, suspend it too\n");
}

TEST(SuspendCommand, WarnsOfTheOwnAddressOfASpellingThatRulesNameLoginsBy) {
    ScratchTool tool;
    const std::string grant =
        "[[alias]]\nid = \"old\"\nlogins = [\"carol%example.com\"]\n"
        "senders = [\"carol@example.com\"]\n";
    tool.write("policy.toml", policy_of(tool) + grant);
    suspend(tool, "mallory");
    EXPECT_EQ(
        tool.err(),
        "warning: the login `mallory%example.com` is not suspended and owns an address: if it "
        "is the same account, `forms` in [login] makes them one\n");
    start_over(tool);
    tool.write("policy.toml", policy_of(tool));
    suspend(tool, "mallory");
    EXPECT_EQ(tool.err(), "");
}

TEST(SuspendCommand, StopsWhateverADirectoryCouldTakeForTheLogin) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "mallory"}), Exit::fine) << tool.err();
    EXPECT_EQ(tool.err(), "");
    for (const std::string login : {"m\u00c1llory@example.com", "\uff4dallory", "mallory\uff0bx"}) {
        EXPECT_EQ(tool.run({"explain", "--login", login}), Exit::finding);
        EXPECT_NE(tool.out().find("account-suspended at MAIL"), std::string::npos) << tool.out();
        EXPECT_NE(tool.out().find("may be let in as `mallory"), std::string::npos) << tool.out();
        EXPECT_EQ(tool.run({"who", "--login", login}), Exit::fine);
        EXPECT_NE(tool.out().find("suspended"), std::string::npos) << tool.out();
    }
    EXPECT_EQ(tool.run({"suspend", "m\u00fcller"}), Exit::fine);
    EXPECT_EQ(tool.err(),
              "warning: this stops `muller@example.com` too, which a directory may take "
              "`m\u00fcller@example.com` for\n");
    EXPECT_TRUE(daemon.suspended("M\u00dcLLER@example.com"));
    EXPECT_TRUE(daemon.suspended("muller@example.com"));
}

TEST(SuspendCommand, NamesWhoIsStoppedBecauseADirectoryCouldTakeThemForTheLogin) {
    ScratchTool tool;
    tool.write("policy.toml",
               policy_of(tool) +
                   "groups.staff = [\"m\u00fcller\", \"M\u00dcLLER\"]\n[[alias]]\nid = \"desk\"\n"
                   "logins = [\"group:staff\", \"m\u00fcller\"]\n"
                   "senders = [\"desk@example.com\"]\n");
    const ControlDaemon daemon(tool.path("policy.toml"));
    EXPECT_EQ(tool.run({"suspend", "muller"}), Exit::fine);
    EXPECT_EQ(tool.err(),
              "warning: this stops `m\u00fcller@example.com` and `M\u00dcLLER@example.com` too, "
              "which a directory may take `muller@example.com` for\n");
    EXPECT_TRUE(daemon.suspended("m\u00fcller"));
    EXPECT_EQ(tool.run({"resume", "muller"}), Exit::fine);
    EXPECT_EQ(tool.run({"suspend", "bob"}), Exit::fine);
    EXPECT_EQ(tool.err(), "");
}

TEST(SuspendCommand, NamesTheSuspensionOfTheNameThatIsFoldedAlike) {
    ScratchTool tool;
    tool.write("policy.toml", policy_of(tool));
    const ControlDaemon daemon(tool.path("policy.toml"));
    ASSERT_EQ(tool.run({"suspend", "m\u00fcller", "--note", "4711"}), Exit::fine);
    EXPECT_EQ(tool.run({"resume", "muller"}), Exit::finding);
    const std::string command = "run `relaypermit resume 'm\u00fcller@example.com'` to lift that\n";
    EXPECT_EQ(
        tool.err(),
        "muller@example.com is stopped by the suspension of `m\u00fcller@example.com`: " + command);
    // That of its own goes, and the other one still stops it.
    EXPECT_EQ(tool.run({"suspend", "muller", "--note", "4712"}), Exit::fine);
    EXPECT_EQ(tool.err(),
              "relaypermit: the note is that of `muller@example.com`; `m\u00fcller@example.com`, "
              "which a directory may take it for, is suspended with a note of its own: "
              "`relaypermit suspend 'm\u00fcller@example.com' --note TEXT` replaces that\n");
    EXPECT_EQ(tool.run({"resume", "muller"}), Exit::finding);
    EXPECT_TRUE(tool.err().ends_with(command)) << tool.err();
    tool.write("policy.toml", policy_of(tool) + "mood = \"bad\"\n");
    EXPECT_EQ(tool.run({"resume", "muller"}), Exit::finding) << "by the file alone";
    EXPECT_TRUE(tool.err().ends_with(command)) << tool.err();
    tool.write("policy.toml", policy_of(tool));
    EXPECT_EQ(tool.run({"resume", "m\u00fcller"}), Exit::fine) << tool.err();
    EXPECT_FALSE(daemon.suspended("muller"));
    // A subaddress of one that is suspended is stopped by its name.
    ASSERT_EQ(tool.run({"suspend", "mallory"}), Exit::fine);
    EXPECT_EQ(tool.run({"suspend", "mallory+x", "--note", "4713"}), Exit::fine);
    EXPECT_EQ(tool.err(),
              "relaypermit: the note is not written: it is the suspension of "
              "`mallory@example.com` that stops it; run `relaypermit suspend mallory@example.com "
              "--note TEXT`\n");
}

}  // namespace
}  // namespace relaypermit
