#include "tool/rehearse/open_relay_view.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>

namespace relaypermit {
namespace {

constexpr TimePoint november{std::chrono::seconds{1'795'291'200}};

Loaded loaded_from(const std::string& rest) {
    Loaded loaded = load_policy_text(
        "server.name = \"mail.example.com\"\nrelay.hosted_domains = [\"example.com\"]\n" + rest,
        "policy.toml", "host.example");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded;
}

// The settings that would add their lines, closed.
constexpr const char* closed =
    "[cause.hosted-sender-needs-login]\naction = \"reject\"\n"
    "[cause.hosted-from-needs-login]\naction = \"reject\"\n"
    "[cause.null-sender-refused]\naction = \"reject\"\n";

std::string statement_of(const std::string& rest, std::size_t width = 200) {
    const Loaded loaded = loaded_from(rest + closed);
    return loaded.policy ? open_relay_statement(loaded, november, {.width = width}) : "";
}

const std::string closing =
    "everyone else is refused, but for sendmail(1) on this server and mailers\n"
    "  outside remote_mailers\n";

constexpr const char* five_senders = R"(relay.trusted_networks = []
[[alias]]
id = "devices"
clients = ["192.0.2.16/28"]
senders = ["printer@example.com", "scanner@example.com", "*@example.com", "ups@example.com", "alarm@example.com"]
networks = ["192.0.2.16/30", "192.0.2.20/30", "192.0.2.24/30"]
)";

TEST(OpenRelayStatement, CutsNoSenderAndNoConditionAtEightyColumns) {
    EXPECT_EQ(statement_of(five_senders, 80),
              "may relay without logging in:\n"
              "  192.0.2.16/28  devices  policy.toml:4:1\n"
              "      as printer@example.com, scanner@example.com, *@example.com,\n"
              "      ups@example.com, alarm@example.com; only from 192.0.2.16/30,\n"
              "      192.0.2.20/30, 192.0.2.24/30; on submission ports only with TLS\n" +
                  closing);
}

TEST(OpenRelayStatement, TellsWhatAllGrantsOfAClientPermitTogether) {
    const std::string first =
        "relay.trusted_networks = []\nsubmission.require_tls = false\n[[alias]]\nid = "
        "\"envelope\"\nclients = [\"192.0.2.0/24\"]\nsenders = "
        "[\"bounces@example.com\"]\nfields = [\"envelope\"]\n";
    const auto second = [](const std::string& clients, const std::string& rest) {
        return "[[alias]]\nid = \"from\"\nclients = [\"" + clients +
               "\"]\nsenders = [\"*@example.com\"]\nfields = [\"from\"]\n" + rest;
    };
    const std::string heading =
        "may relay without logging in:\n  192.0.2.0/24  envelope  policy.toml:5:1  as "
        "bounces@example.com; ";
    const std::string rest =
        "\n"
        "everyone else is refused, but for sendmail(1) on this server and mailers outside "
        "remote_mailers\n";
    EXPECT_EQ(statement_of(first), heading + "From is not granted" + rest);
    EXPECT_EQ(statement_of(first + second("192.0.2.0/24", "")),
              heading + "From as *@example.com by from" + rest);
    EXPECT_EQ(statement_of(first + second("192.0.2.7", "until = 2099-01-01\n")),
              heading + "From as *@example.com by from for 192.0.2.7/32 until 2099-01-01" + rest);
    EXPECT_EQ(statement_of(first + second("192.0.2.0/24", "until = 2020-01-01\n")),
              heading + "From is not granted" + rest);
    EXPECT_EQ(statement_of(first + second("198.51.100.0/24", "")),
              heading + "From is not granted" + rest);
}

TEST(OpenRelayStatement, NamesTheDomainsToWhichAnyoneMayRelay) {
    EXPECT_EQ(statement_of("relay.trusted_networks = []\n"
                           "relay.relay_domains = [\"*.com\", \"backup.example\"]\n"),
              "may relay without logging in:\n  anyone  relay.relay_domains  policy.toml:4:7  as "
              "any sender; to *.com, backup.example; not on a submission port\n"
              "everyone else is refused, but for sendmail(1) on this server and mailers outside "
              "remote_mailers\n");
}

TEST(OpenRelayStatement, DoesNotSayNobodyWhereNoMailerIsARemoteOne) {
    for (const std::string_view mailers : {"[]", "[\"lmtp\"]"})
        EXPECT_EQ(
            statement_of("relay.trusted_networks = []\nrelay.remote_mailers = " +
                         std::string(mailers) + "\n"),
            "may relay without logging in:\n  anyone  relay.remote_mailers  policy.toml:4:7  as "
            "any sender; to what is delivered by a mailer outside remote_mailers; not on a "
            "submission port\neveryone else is refused, but for sendmail(1) on this server\n");
}

TEST(OpenRelayStatement, SaysWhichActionLetsStrangersThrough) {
    EXPECT_EQ(
        statement_of("relay.trusted_networks = []\n"
                     "[cause.relay-not-permitted]\naction = \"monitor\"\n"),
        "may relay without logging in:\n  anyone  cause.relay-not-permitted  policy.toml:5:1  as "
        "any sender of a domain not hosted here; not on a submission port\n"
        "everyone else is refused, but for sendmail(1) on this server and mailers outside "
        "remote_mailers\n");
}

TEST(OpenRelayStatement, EndsWithWhatIsOpenBesideRelayingAndWhatClosingItBreaks) {
    const Loaded loaded = loaded_from(
        "relay.trusted_networks = []\n[cause]\nhosted-sender-needs-login.action = \"monitor\"\n"
        "hosted-from-needs-login.action = \"reject\"\n");
    ASSERT_TRUE(loaded.policy);
    const std::string shown = open_relay_statement(loaded, november, {.width = 80});
    EXPECT_EQ(shown.substr(shown.find("anyone")),
              "anyone, without a login, to hosted recipients on port 25:\n"
              "  as a hosted sender    cause.hosted-sender-needs-login is monitor; reject stops\n"
              "                        lists, forwards and outside services that send as a\n"
              "                        hosted domain\n"
              "every login, with the null sender:\n"
              "  From mailer-daemon@x  from.bounces is accept; refuse loses the reports of\n"
              "                        servers that log in\n");
    JsonWriter json;
    write_open_settings(json, loaded);
    EXPECT_EQ(json.take(),
              R"([{"who":"anyone","what":"as a hosted sender","without_login":true,)"
              R"("where":"to hosted recipients on port 25",)"
              R"("setting":"cause.hosted-sender-needs-login","value":"monitor",)"
              R"("place":"policy.toml:5:27","closing_it":"reject stops lists, forwards and )"
              R"(outside services that send as a hosted domain"},)"
              R"({"who":"every login","what":"From mailer-daemon@x","without_login":false,)"
              R"("where":"with the null sender","setting":"from.bounces","value":"accept",)"
              R"("place":"built in",)"
              R"("closing_it":"refuse loses the reports of servers that log in"}])");
}

TEST(OpenRelayStatement, GivesScriptsListsAndFields) {
    const Loaded loaded = loaded_from(std::string(five_senders) +
                                      "until = 2027-01-31\nfields = [\"envelope\"]\n"
                                      "[[restrict]]\nid = \"hours\"\nclients = [\"192.0.2.17\"]\n"
                                      "suspended = true\n");
    ASSERT_TRUE(loaded.policy);
    JsonWriter json;
    write_open_relay(json, loaded, november);
    EXPECT_EQ(
        json.take(),
        R"([{"client":"192.0.2.16/28","sendmail_command":false,"senders_are":"listed",)"
        R"("senders":["printer@example.com","scanner@example.com","*@example.com",)"
        R"("ups@example.com","alarm@example.com"],"except":[],"recipients_are":"any","recipients":[],)"
        R"("ports":"any","networks":["192.0.2.16/30","192.0.2.20/30","192.0.2.24/30"],)"
        R"("needs_tls":true,"needs_honest_helo":false,"since":null,"until":"2027-01-31",)"
        R"("from_granted":false,"more_from":[],"restrictions":["hours"],"ordinary":false,)"
        R"("rule":"devices","place":"policy.toml:4:1"},)"
        R"({"client":null,"sendmail_command":false,"senders_are":"any","senders":[],"except":[],)"
        R"("recipients_are":"other-mailers","recipients":[],"ports":"not-submission",)"
        R"("networks":[],"needs_tls":false,"needs_honest_helo":false,"since":null,"until":null,)"
        R"("from_granted":true,"more_from":[],"restrictions":["hours"],"ordinary":true,)"
        R"("rule":"relay.remote_mailers","place":"built in"},)"
        R"({"client":null,"sendmail_command":true,"senders_are":"any","senders":[],"except":[],)"
        R"("recipients_are":"any","recipients":[],"ports":"not-submission",)"
        R"("networks":[],"needs_tls":false,"needs_honest_helo":false,"since":null,"until":null,)"
        R"("from_granted":true,"more_from":[],"restrictions":["hours"],"ordinary":true,)"
        R"("rule":"sendmail","place":"built in"}])");
}

}  // namespace
}  // namespace relaypermit
