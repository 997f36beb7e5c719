// How long a look at the servers of many domains may take. (What is found out: tests/tool.)
#include "tool/guide/live.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "config/load.h"

namespace relaypermit {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Domains of which nothing is asked but the DNS, at a port where none is; each takes a minute by
// `clock`.
std::vector<std::string> found_within(seconds most) {
    WrittenGuide guide;
    guide.domains = {"a.test", "b.test", "c.test"};
    LiveOptions options{.name_server = parse_name_server("127.0.0.1:9"), .most = most};
    options.clock = [now = std::chrono::steady_clock::time_point{}]() mutable {
        return std::exchange(now, now + minutes(1));
    };
    const Loaded policy =
        load_policy_text("[server]\nname = \"mail.hoster.test\"\n", "policy.toml", "host.test");
    std::vector<std::string> about;
    for (const GuideFinding& finding : live_findings(guide, policy, {}, options))
        about.push_back(finding.about == "time" ? finding.sentence : finding.about);
    return about;
}

TEST(LiveGuide, LooksAtNoFurtherDomainOnceItHasTakenTooLong) {
    EXPECT_EQ(found_within(seconds(150)),
              (std::vector<std::string>{"records", "records",
                                        "1 of 3 domains were not looked at: the others took more "
                                        "than 150 seconds"}));
    EXPECT_EQ(found_within(seconds(0)),
              (std::vector<std::string>{"3 of 3 domains were not looked at: the others took "
                                        "more than 0 seconds"}));
    EXPECT_EQ(found_within(minutes(5)),
              (std::vector<std::string>{"records", "records", "records"}));
}

}  // namespace
}  // namespace relaypermit
