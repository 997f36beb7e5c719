// The table of causes against what is promised of it in public: ids, order, codes and actions.
#include "policy/cause.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "policy/policy_source.h"

namespace relaypermit {
namespace {

TEST(Cause, HasTheIdsThatLogsAndHelpAddressesUse) {
    std::string ids;
    for (const auto cause : all_causes) ids += std::string(to_string(cause)) + "\n";
    EXPECT_EQ(ids,
              "tls-required\nlogin-required\naccount-suspended\nclient-not-allowed\nweak-login\n"
              "helo-forged\nnull-sender-refused\nsender-not-owned\nsender-not-hosted\n"
              "recipient-not-allowed\nuse-submission\nrelay-not-permitted\n"
              "hosted-sender-needs-login\nfrom-unusable\nfrom-not-owned\nfrom-not-aligned\nhosted-"
              "from-needs-login\n"
              "lookup-failed\n");
}

TEST(Cause, IsFoundByItsIdAndByNothingElse) {
    for (const auto cause : all_causes) EXPECT_EQ(cause_from(to_string(cause)), cause);
    for (const auto* id : {"", "login_required", "Login-Required", "login-required ", "login"})
        EXPECT_EQ(cause_from(id), std::nullopt) << id;
}

TEST(Cause, IsOffByDefaultWhereOnlySomeSitesCanWantIt) {
    const std::set<Cause> off = {Cause::null_sender_refused, Cause::helo_forged,
                                 Cause::hosted_sender_needs_login, Cause::hosted_from_needs_login};
    for (const auto cause : all_causes) {
        const auto expected = off.contains(cause)             ? Action::off
                              : cause == Cause::lookup_failed ? Action::tempfail
                                                              : Action::reject;
        EXPECT_EQ(default_action(cause), expected) << to_string(cause);
    }
}

TEST(Cause, AnswersWithTheCodeOfItsKindOfRefusal) {
    for (const auto cause : all_causes) {
        const bool submission = cause == Cause::login_required || cause == Cause::tls_required;
        const auto* expected = submission                      ? "530 5.7.0"
                               : cause == Cause::lookup_failed ? "450 4.3.0"
                                                               : "550 5.7.1";
        EXPECT_EQ(to_string(default_reply(cause)), expected) << to_string(cause);
        EXPECT_EQ(ReplyCode::parse(expected), default_reply(cause));
    }
}

TEST(Cause, BelongsToTheStageThatAsksForIt) {
    std::string stages;
    for (const auto cause : all_causes) stages += std::string(to_string(stage_of(cause))) + " ";
    EXPECT_EQ(
        stages,
        "mail mail mail mail mail mail mail mail mail rcpt rcpt rcpt rcpt eom eom eom eom mail ");
}

TEST(Cause, DefaultsFillEveryRowOfAPolicy) {
    const auto causes = default_causes();
    for (const auto cause : all_causes) {
        const auto& row = causes[static_cast<std::size_t>(cause)];
        EXPECT_EQ(row.action, default_action(cause));
        EXPECT_EQ(row.reply, default_reply(cause));
        EXPECT_EQ(row.text, default_text(cause));
        EXPECT_TRUE(row.text_is_default);
    }
}

TEST(Action, IsReadAsItIsWritten) {
    for (const auto action : {Action::reject, Action::tempfail, Action::monitor, Action::off})
        EXPECT_EQ(action_from(to_string(action)), action);
    EXPECT_EQ(to_string(Action::tempfail), "tempfail");
    EXPECT_EQ(action_from("Reject"), std::nullopt);
    EXPECT_EQ(action_from(""), std::nullopt);
}

TEST(ReplyCode, ReadsACodeAndAnEnhancedCodeOfOneClass) {
    const auto code = ReplyCode::parse("553 5.111.0");
    ASSERT_TRUE(code);
    EXPECT_EQ(code->code, "553");
    EXPECT_EQ(code->enhanced, "5.111.0");
    EXPECT_TRUE(ReplyCode::parse("451 4.3.0"));
}

TEST(ReplyCode, RefusesWhatAnMtaWouldNotSend) {
    for (const auto* text :
         {"",           "550",       "550 ",       "550 5",       "550 5.",       "550 5.7",
          "550 5.7.",   "550 5..1",  "550 5.7.1 ", "550 5.7.1.1", "550 5.7.1234", "550 5.7777.1",
          "550  5.7.1", "550-5.7.1", " 550 5.7.1", "55 5.7.1",    "5500 5.7.1",   "550 4.7.1",
          "450 5.7.1",  "250 2.0.0", "354 3.0.0",  "421 4.3.0",   "521 5.7.1",    "5a0 5.7.1",
          "560 5.7.1",  "550 5.7.x", "550 5,7,1",  "550 5.-7.1"}) {
        EXPECT_FALSE(ReplyCode::parse(text)) << "`" << text << "`";
    }
}

}  // namespace
}  // namespace relaypermit
