#include "tool/commands/status_view.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

Daemon daemon_in_trouble() {
    Daemon daemon;
    DaemonStatus& status = daemon.status;
    status.policy = "/etc/relaypermit/policy.toml";
    status.summary = "enforce mode, 1 alias, 1 restriction";
    status.kept_over_a_crash = true;
    status.reload.loaded = false;
    status.reload.mistake_count = 2;
    return daemon;
}

TEST(StatusView, SaysThatWhatServesWasKeptOverACrash) {
    Daemon daemon = daemon_in_trouble();
    const auto text = [&] { return status_as_text(daemon, Terminal()); };
    EXPECT_NE(text().find("            an older policy, kept in memory over a crash of the "
                          "daemon\n"),
              std::string::npos)
        << text();
    daemon.status.suspensions_on_top = true;
    EXPECT_NE(text().find("kept in memory over a crash of the daemon, with the suspensions of "
                          "policy.d as they are now\n"),
              std::string::npos)
        << text();
    daemon.status.reload.suspensions_in_force = false;
    EXPECT_NE(text().find(", with the suspensions of policy.d as they last could be read\n"),
              std::string::npos)
        << text();
    EXPECT_EQ(troubles_of(daemon.status).front(),
              "the daemon has crashed, and its files have mistakes: the policy that it kept in "
              "memory is in force");
}

TEST(StatusView, SaysHowManySuspensionsItLeavesOut) {
    Daemon daemon;
    daemon.status.suspensions = {{"", "all", "policy.toml:3:1", "2027-01-01", "", false, ""}};
    daemon.status.suspension_count = 1;
    const auto text = [&] { return status_as_text(daemon, Terminal()); };
    EXPECT_NE(text().find("  suspended all at policy.toml:3:1 from 2027-01-01, without an end\n"
                          "  sessions"),
              std::string::npos)
        << text();
    daemon.status.suspension_count = 1201;
    EXPECT_NE(text().find("without an end\n            1,200 more\n  sessions"), std::string::npos)
        << text();
}

}  // namespace
}  // namespace relaypermit
