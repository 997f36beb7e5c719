// Warnings about a condition of a grant to clients that another grant lifts.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "tool/rehearse/lint.h"

namespace relaypermit {
namespace {

constexpr TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 28}};

// Of two grants to 192.0.2.0/24, each with these lines.
std::string warnings_of(const std::string& first, const std::string& second) {
    const auto grant = [](std::string id, const std::string& lines) {
        return "[[alias]]\nid = \"" + id + "\"\n" +
               (lines.find("clients") == std::string::npos ? "clients = [\"192.0.2.0/24\"]\n"
                                                           : "") +
               lines;
    };
    const std::string policy =
        "server.name = \"mail.example.com\"\nrelay.hosted_domains = [\"example.com\"]\n" +
        grant("first", first) + grant("second", second);
    const Loaded loaded = load_policy_text(policy, "policy.toml", "host.example");
    std::string text;
    for (const Diagnostic& error : loaded.errors) text += to_string(error) + "\n";
    if (!loaded.policy) return text;
    for (const Diagnostic& warning : lint(loaded, now)) text += to_string(warning) + "\n";
    return text;
}

const std::string both = "senders = [\"scanner@example.com\", \"fax@example.com\"]\n";
const std::string one = "senders = [\"scanner@example.com\", \"alarm@example.com\"]\n";
const std::string all = "senders = [\"*@example.com\"]\n";

const std::string begins = "policy.toml:3:1: warning: the grant `first` to `192.0.2.0/24` ";
const std::string but = ", but for `scanner@example.com` `second` at policy.toml:";

TEST(LintLifted, NamesTheGrantThatPermitsItFromOtherNetworks) {
    const std::string networks = "networks = [\"192.0.2.7\", \"192.0.2.8\"]\n";
    const std::string warning = begins + "is limited to its `networks`" + but +
                                "8:1 permits it from elsewhere too (grants add up: give both the "
                                "same `networks`, or take the sender out of one)\n";
    EXPECT_EQ(warnings_of(both + networks, one), warning);
    EXPECT_EQ(warnings_of(both + networks, one + "networks = [\"192.0.2.0/28\"]\n"), warning);
    EXPECT_EQ(warnings_of(both + networks, one + "clients = [\"192.0.0.0/16\"]\n"), warning);
    EXPECT_EQ(warnings_of(both + networks, all + "until = 2027-06-30\n"), warning);
    EXPECT_EQ(warnings_of(both + networks, one + networks), "");
    EXPECT_EQ(warnings_of(both + networks, one + "networks = [\"192.0.2.8/29\"]\n"), "");
    EXPECT_EQ(warnings_of(both + "networks = [\"192.0.0.0/16\"]\n", one), "");
}

TEST(LintLifted, NamesTheGrantThatGoesOn) {
    const std::string until = "until = 2027-06-30\n";
    const std::string warning = begins + "ends on 2027-06-30" + but +
                                "8:1 goes on after that (grants add up: give both the same "
                                "`until`, or take the sender out of one)\n";
    EXPECT_EQ(warnings_of(both + until, one), warning);
    EXPECT_EQ(warnings_of(both + until, one + "until = 2027-07-01\n"), warning);
    EXPECT_EQ(warnings_of(both + until, one + until), "");
}

TEST(LintLifted, NamesTheGrantOfAFrom) {
    const std::string envelope = "fields = [\"envelope\"]\n";
    const std::string warning = begins + "grants no From" + but +
                                "8:1 grants it a From (grants add up: give both the same "
                                "`fields`, or take the sender out of one)\n";
    EXPECT_EQ(warnings_of(both + envelope, one), warning);
    EXPECT_EQ(warnings_of(both + envelope, both + "fields = [\"from\"]\n"), warning);
}

// What an admin means by two grants is nothing to be warned of.
TEST(LintLifted, IsSilentAboutGrantsThatStandBesideEachOther) {
    const std::string other = "senders = [\"alarm@example.com\"]\n";
    const std::string envelope = "fields = [\"envelope\"]\n";
    const std::string from = "fields = [\"from\"]\n";
    const std::string until = "until = 2027-06-30\n";
    const std::string networks = "networks = [\"192.0.2.7\"]\n";
    EXPECT_EQ(warnings_of(both, other), "");
    EXPECT_EQ(warnings_of(both, one), "");
    EXPECT_EQ(warnings_of(both + networks + until, other), "");
    // A return path of its own, and the authors beside it.
    EXPECT_EQ(warnings_of("senders = [\"bounces@example.com\"]\n" + envelope, all + from), "");
    // An exception, narrower in its senders or its clients.
    EXPECT_EQ(warnings_of(all + until, one), "");
    EXPECT_EQ(warnings_of(all + networks, one), "");
    EXPECT_EQ(warnings_of(both + until, one + "clients = [\"192.0.2.9\"]\n"), "");
    EXPECT_EQ(warnings_of(both + networks, one + "until = 2026-01-31\n"),
              "policy.toml:8:1: warning: the grant `second` ended on 2026-01-31 (remove it, or set "
              "a later `until`)\n");
}

}  // namespace
}  // namespace relaypermit
