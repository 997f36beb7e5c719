#include "tool/inspect/login_failure.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

std::string failure(std::string_view program, std::string_view message) {
    const auto found = login_failure({.time = {}, .program = program, .message = message});
    return found ? found->client + " " + std::string(to_string(found->trouble)) +
                       (found->user.empty() ? "" : " " + found->user)
                 : "none";
}

TEST(LoginFailure, UnderstandsPostfixWithCyrusSasl) {
    EXPECT_EQ(failure("postfix/submission/smtpd",
                      "warning: unknown[198.51.100.7]: SASL PLAIN authentication failed: "
                      "authentication failure"),
              "198.51.100.7 wrong-password");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: mail.example.net[2001:db8::1]: SASL LOGIN authentication failed: "
                      "user not found, sasl_username=alice@example.com"),
              "2001:db8::1 wrong-password alice@example.com");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[198.51.100.7]: SASL PLAIN authentication "
                      "failed: generic failure"),
              "198.51.100.7 login-unavailable");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[198.51.100.7]: SASL NTLM authentication "
                      "failed: no mechanism available"),
              "198.51.100.7 mechanism-not-offered");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[198.51.100.7]: SASL LOGIN authentication "
                      "failed: bad protocol / cancel"),
              "none");
}

TEST(LoginFailure, UnderstandsPostfixWithDovecot) {
    EXPECT_EQ(failure("postfix/smtps/smtpd",
                      "warning: unknown[198.51.100.7]: SASL PLAIN authentication failed: "),
              "198.51.100.7 wrong-password");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[198.51.100.7]: SASL LOGIN authentication "
                      "failed: UGFzc3dvcmQ6"),
              "198.51.100.7 wrong-password");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[198.51.100.7]: SASL PLAIN authentication failed: "
                      "(reason unavailable), sasl_username=bob"),
              "198.51.100.7 wrong-password bob");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[198.51.100.7]: SASL PLAIN authentication failed: "
                      "Connection lost to authentication server"),
              "198.51.100.7 login-unavailable");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[198.51.100.7]: SASL NTLM authentication "
                      "failed: Invalid authentication mechanism"),
              "198.51.100.7 mechanism-not-offered");
}

// smtpd_client_port_logging = yes
TEST(LoginFailure, PassesOverTheClientsPort) {
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[203.0.113.5]:51234: SASL PLAIN authentication failed: x"),
              "203.0.113.5 wrong-password");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[203.0.113.5]:: SASL PLAIN authentication failed: x"),
              "none");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[203.0.113.5] x: SASL PLAIN authentication failed: x"),
              "none");
}

TEST(LoginFailure, UnderstandsSendmail) {
    EXPECT_EQ(failure("sm-mta",
                      "6ALGfVs3007535: AUTH failure (PLAIN): user not found (-20) "
                      "SASL(-13): user not found: Password verification failed, "
                      "user=alice, relay=client.example [198.51.100.7]"),
              "198.51.100.7 wrong-password alice");
    EXPECT_EQ(failure("sendmail",
                      "AUTH failure (LOGIN): authentication failure (-13) SASL(-13): "
                      "authentication failure: checkpass failed, relay=[IPv6:2001:db8:"
                      "0:0:0:0:0:1]"),
              "2001:db8::1 wrong-password");
    EXPECT_EQ(failure("sendmail", "x: AUTH failure (PLAIN): generic failure (-1), relay=[1.2.3.4]"),
              "1.2.3.4 login-unavailable");
}

TEST(LoginFailure, IsNotMisledByWhatTheClientWrote) {
    // The mechanism is the client's word.
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: unknown[198.51.100.7]: SASL X[203.0.113.5]:SASL "
                      "authentication failed: x"),
              "198.51.100.7 wrong-password");
    // So is the user.
    EXPECT_EQ(failure("sendmail",
                      "AUTH failure (PLAIN): user not found (-20), user=x, "
                      "relay=[203.0.113.5], relay=h [198.51.100.7]"),
              "198.51.100.7 wrong-password x, relay=[203.0.113.5]");
    EXPECT_EQ(failure("sendmail", "from=<AUTH failure (PLAIN): x, relay=[203.0.113.5]>"), "none");
    EXPECT_EQ(failure("postfix/smtpd",
                      "reject: helo=<x> warning: unknown[198.51.100.7]: SASL PLAIN "
                      "authentication failed: x"),
              "none");
    EXPECT_EQ(failure("postfix/cleanup",
                      "warning: unknown[198.51.100.7]: SASL PLAIN "
                      "authentication failed: x"),
              "none");
    EXPECT_EQ(failure("postfix/smtpd",
                      "warning: a b[198.51.100.7]: SASL PLAIN authentication "
                      "failed: x"),
              "none");
}

}  // namespace
}  // namespace relaypermit
