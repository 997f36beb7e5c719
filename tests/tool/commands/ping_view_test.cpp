#include "tool/commands/ping_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace relaypermit {
namespace {

Probe answer_after(double seconds, Protocol protocol = Protocol::milter) {
    return {protocol,
            "unix:/run/m.sock",
            ProbeEnd::answered,
            {},
            std::chrono::duration<double>(seconds)};
}
Probe no_answer(ProbeEnd end, const std::string& why) {
    return {Protocol::policy, "unix:/run/p.sock", end, why, std::chrono::duration<double>(0)};
}

TEST(PingView, SaysHowLongTheSlowestTook) {
    const PingFindings findings{
        {answer_after(0.0003), answer_after(0.0012, Protocol::policy)}, {}, {"enforce mode"}};
    EXPECT_EQ(ping_line(findings),
              "RELAYPERMIT OK - milter, policy answer in 1.2 ms; enforce mode | "
              "time=0.001200s;1;5;0");
}

TEST(PingView, ASlowAnswerIsAWarningAndASlowerOneCritical) {
    PingFindings findings{{answer_after(1.5)}, {}, {}};
    EXPECT_EQ(ping_line(findings),
              "RELAYPERMIT WARNING - milter answers in 1500.0 ms, more than 1 s | "
              "time=1.500000s;1;5;0");
    findings.critical_s = 1.25;
    EXPECT_EQ(ping_line(findings),
              "RELAYPERMIT CRITICAL - milter answers in 1500.0 ms, more than 1.25 s | "
              "time=1.500000s;1;1.25;0");
}

TEST(PingView, WhatDoesNotAnswerIsCriticalAndStandsFirst) {
    PingFindings findings{{answer_after(0.001), no_answer(ProbeEnd::denied, "permission denied")},
                          {"the store is in trouble: full"},
                          {}};
    EXPECT_EQ(state_of(findings), PingState::unknown) << "it may be down";
    findings.probes.push_back(no_answer(ProbeEnd::nobody, "nobody listens there"));
    EXPECT_EQ(ping_line(findings),
              "RELAYPERMIT CRITICAL - policy on unix:/run/p.sock: nobody listens there; policy on "
              "unix:/run/p.sock: permission denied; the store is in trouble: full | "
              "time=0.001000s;1;5;0");
    for (const ProbeEnd end : {ProbeEnd::silent, ProbeEnd::another})
        EXPECT_EQ(state_of({{no_answer(end, "x")}, {}, {}}), PingState::critical);
    for (const ProbeEnd end : {ProbeEnd::denied, ProbeEnd::no_address})
        EXPECT_EQ(state_of({{no_answer(end, "x")}, {}, {}}), PingState::unknown);
}

TEST(PingView, ATroubleOfADaemonThatAnswersIsAWarning) {
    EXPECT_EQ(ping_line({{answer_after(0.001)}, {"an older policy is in force"}, {"x"}}),
              "RELAYPERMIT WARNING - milter answers in 1.0 ms; an older policy is in force; x | "
              "time=0.001000s;1;5;0");
}

TEST(PingView, NoTextLooksLikeFiguresOrLikeALineMore) {
    const std::string line =
        ping_line({{answer_after(0.001)}, {"a | time=9s\nRELAYPERMIT OK"}, {}});
    EXPECT_EQ(line.find('|'), line.rfind('|')) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
}

TEST(PingView, WithNobodyToAskItKnowsNothing) {
    EXPECT_EQ(state_of({}), PingState::unknown);
    EXPECT_EQ(ping_line({{}, {}, {"no such file"}}),
              "RELAYPERMIT UNKNOWN - no such file | time=0.000000s;1;5;0");
}

TEST(PingView, JsonHasTheSameStateAndEachSocket) {
    const auto json = nlohmann::json::parse(ping_as_json(
        {{answer_after(0.25), no_answer(ProbeEnd::nobody, "gone")}, {"trouble"}, {"remark"}}));
    EXPECT_EQ(json["state"], "CRITICAL");
    EXPECT_EQ(json["seconds"], 0.25);
    EXPECT_EQ(json["sockets"][0]["protocol"], "milter");
    EXPECT_TRUE(json["sockets"][0]["why"].is_null());
    EXPECT_EQ(json["sockets"][1]["answered"], false);
    EXPECT_EQ(json["sockets"][1]["why"], "gone");
    EXPECT_EQ(json["troubles"][0], "trouble");
}

}  // namespace
}  // namespace relaypermit
