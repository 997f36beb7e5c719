#include "milter/macros.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace relaypermit {
namespace {

class GivenMacros final : public Macros {
  public:
    using Values = std::map<std::string, std::string>;
    explicit GivenMacros(std::initializer_list<Values::value_type> values) : values_(values) {}
    [[nodiscard]] std::optional<std::string> get(const std::string& name) const override {
        const auto found = values_.find(name);
        if (found == values_.end()) return std::nullopt;
        return found->second;
    }

  private:
    Values values_;
};

constexpr std::array<MacroStage, 6> stages = {MacroStage::connect, MacroStage::helo,
                                              MacroStage::mail,    MacroStage::rcpt,
                                              MacroStage::data,    MacroStage::end_of_message};

std::set<std::string> names(MacroStage stage) {
    std::istringstream list{macro_list(stage)};
    return {std::istream_iterator<std::string>(list), {}};
}

TEST(MacroList, HasAMailMacroThatBothMtasAlwaysSend) {
    // Without one, a login that STARTTLS ended would live on in libmilter's copy.
    EXPECT_EQ(names(MacroStage::mail).count("{mail_addr}"), 1U);
}

TEST(MacroList, AsksForWhatChangesWithinASessionAtOneStageOnly) {
    for (const char* name : {"{auth_type}", "{auth_authen}", "{tls_version}", "{mail_addr}", "f",
                             "{rcpt_mailer}", "{rcpt_addr}", "{rcpt_host}"}) {
        std::size_t found = 0;
        for (const MacroStage stage : stages) found += names(stage).count(name);
        EXPECT_EQ(found, 1U) << name;
    }
}

TEST(MacroList, NeverAsksForTheIdentityThatAClientMakesUp) {
    for (const MacroStage stage : stages) EXPECT_EQ(names(stage).count("{auth_author}"), 0U);
}

TEST(MacroList, StaysBelowSendmailsSilentLimit) {
    for (const MacroStage stage : stages) EXPECT_LE(names(stage).size(), 50U);
}

TEST(ConnectEvent, TakesPostfixForPostfix) {
    const GivenMacros macros({{"v", "Postfix 3.7.11"},
                              {"j", "mail.example.com"},
                              {"{daemon_name}", "ORIGINATING"},
                              {"{daemon_addr}", "192.0.2.25"},
                              {"{daemon_port}", "587"}});
    const ConnectEvent event =
        connect_event(macros, {"unknown", IpAddress::parse("198.51.100.7"), 40123, true});
    EXPECT_EQ(event.mta, Mta::postfix);
    EXPECT_EQ(event.mta_host, "mail.example.com");
    EXPECT_EQ(event.daemon_name, "ORIGINATING");
    EXPECT_EQ(event.port, 587);
    EXPECT_EQ(event.client, IpAddress::parse("198.51.100.7"));
    EXPECT_EQ(event.server_address, IpAddress::parse("192.0.2.25"));
    EXPECT_FALSE(event.may_be_local);
}

TEST(ConnectEvent, TakesSendmailForSendmailOnlyWithItsModeOfOperation) {
    EXPECT_EQ(connect_event(GivenMacros({{"v", "8.17.1.9"}, {"{opMode}", "d"}}), {}).mta,
              Mta::sendmail);
    // A Postfix whose milter_macro_v pretends: its logins must not be decoded.
    EXPECT_EQ(connect_event(GivenMacros({{"v", "8.17.1.9"}}), {}).mta, Mta::postfix);
    EXPECT_EQ(connect_event(GivenMacros({}), {}).mta, Mta::postfix);
}

TEST(ConnectEvent, PrefersTheInterfaceOfSendmailToWhatItListensOn) {
    const GivenMacros with({{"{daemon_addr}", "0.0.0.0"}, {"{if_addr}", "192.0.2.25"}});
    EXPECT_EQ(connect_event(with, {}).server_address, IpAddress::parse("192.0.2.25"));
    const GivenMacros without({{"{daemon_addr}", "0.0.0.0"}});
    EXPECT_EQ(connect_event(without, {}).server_address, std::nullopt);
    const GivenMacros v6({{"{daemon_addr}", "IPv6:2001:db8::25"}});
    EXPECT_EQ(connect_event(v6, {}).server_address, IpAddress::parse("2001:db8::25"));
}

TEST(ConnectEvent, ReadsAPortOnlyWhereItIsOne) {
    for (const char* text : {"", "0", "-1", "65536", "587x", " 587", "smtp"})
        EXPECT_EQ(connect_event(GivenMacros({{"{daemon_port}", text}}), {}).port, 0) << text;
}

TEST(ConnectEvent, KnowsMailThatPostfixPicksUpByItsMissingPort) {
    const auto loopback = IpAddress::parse("127.0.0.1");
    const GivenMacros postfix({{"v", "Postfix 3.7.11"}});
    EXPECT_TRUE(connect_event(postfix, {"localhost", loopback, 0, true}).may_be_local);
    EXPECT_FALSE(connect_event(postfix, {"localhost", loopback, 40000, true}).may_be_local);
    EXPECT_FALSE(
        connect_event(postfix, {"localhost", IpAddress::parse("192.0.2.1"), 0, true}).may_be_local);
    EXPECT_FALSE(connect_event(postfix, {"localhost", {}, 0, false}).may_be_local);
    const GivenMacros sendmail({{"v", "8.17.1.9"}, {"{opMode}", "s"}});
    EXPECT_TRUE(connect_event(sendmail, {"localhost", {}, 0, false}).may_be_local);
    EXPECT_FALSE(connect_event(sendmail, {"localhost", loopback, 0, true}).may_be_local);
}

TEST(MailEvent, TakesTheSenderMacroOfTheMta) {
    const GivenMacros macros({{"{mail_addr}", "root"}, {"f", "root@mail.example.com"}});
    EXPECT_EQ(mail_event(macros, Mta::postfix, "<root>").by_mta, "root");
    EXPECT_EQ(mail_event(macros, Mta::sendmail, "<root>").by_mta, "root@mail.example.com");
    EXPECT_EQ(mail_event(GivenMacros({}), Mta::postfix, "<root>").by_mta, std::nullopt);
    EXPECT_EQ(mail_event(GivenMacros({{"{mail_addr}", ""}}), Mta::postfix, "<>").by_mta, "");
}

RcptEvent rcpt(const std::string& mailer, const std::string& host, const std::string& address) {
    return rcpt_event(
        GivenMacros({{"{rcpt_mailer}", mailer}, {"{rcpt_host}", host}, {"{rcpt_addr}", address}}),
        "<x@y.example>");
}

TEST(RcptEvent, TellsRefusalsOfTheMtaFromAcceptedRecipients) {
    EXPECT_EQ(rcpt("smtp", "y.example", "x@y.example").taken, TakenByMta::accepted);
    EXPECT_EQ(rcpt("error", "5.7.1", "Relay access denied").taken, TakenByMta::relay_denied);
    // soft_bounce = yes
    EXPECT_EQ(rcpt("error", "4.7.1", "Relay access denied").taken, TakenByMta::relay_denied);
    EXPECT_EQ(rcpt("error", "5.7.1", "Recipient address rejected: Access denied").taken,
              TakenByMta::refused);
    EXPECT_EQ(rcpt("error", "5.1.1", "Recipient address rejected: User unknown").taken,
              TakenByMta::refused);
    // Sendmail
    EXPECT_EQ(rcpt("error", "5.1.1", "550 5.1.1 <x@y.example>... User unknown").taken,
              TakenByMta::refused);
}

TEST(RcptEvent, TakesNoAcceptedRecipientForARefusedOne) {
    // An accepted virtual alias of Postfix.
    EXPECT_EQ(rcpt("error", "5.1.1 User unknown in virtual alias table", "x@y.example").taken,
              TakenByMta::accepted);
    // A transport `error:5.7.1`, and a local part that would like to be a refusal.
    EXPECT_EQ(rcpt("error", "5.7.1", "x@y.example").taken, TakenByMta::accepted);
    EXPECT_EQ(rcpt("error", "5.7.1", "\"Relay access denied\"@y.example").taken,
              TakenByMta::accepted);
    EXPECT_EQ(rcpt("error", "", "").taken, TakenByMta::accepted);
}

TEST(RcptEvent, IsNotFooledByARecipientThatSpellsTheText) {
    // 550 5.1.1 <"x> Relay access denied"@y.example>: Recipient address rejected: User unknown
    EXPECT_EQ(rcpt("error", "5.1.1",
                   "Relay access denied\"@y.example>: Recipient address rejected: User unknown")
                  .taken,
              TakenByMta::refused);
}

TEST(RcptEvent, KeepsWhatTheClientWasTold) {
    EXPECT_EQ(rcpt("error", "5.7.1", "Relay access denied").told, "5.7.1 Relay access denied");
}

TEST(RcptEvent, KeepsNoRestOfAnAddressWithBlanks) {
    // 554 5.7.1 <a ref 7F3K2Q9D@y.example>: Relay access denied; Postfix cuts at the blanks.
    for (const char* text :
         {"ref 7F3K2Q9D@y.example>: Relay access denied", " b@y.example>: Relay access denied",
          "> b@y.example>: Relay access denied",
          // <a "b@y.example>, <a "b"@y.example>, <a "@y.example>
          "\"b@y.example>: Relay access denied", "\"b\"@y.example>: Relay access denied",
          "\"@y.example>: Relay access denied"}) {
        const RcptEvent event = rcpt("error", "5.7.1", text);
        EXPECT_EQ(event.taken, TakenByMta::relay_denied) << text;
        EXPECT_EQ(event.told, "5.7.1 Relay access denied") << text;
    }
    EXPECT_EQ(
        rcpt("error", "5.1.1", "\"b\"@y.example>: Recipient address rejected: User unknown").taken,
        TakenByMta::refused);
    EXPECT_EQ(rcpt("error", "5.7.1", "\"a \\\"b>: Relay access denied\"@y.example").taken,
              TakenByMta::accepted);
}

}  // namespace
}  // namespace relaypermit
