#include "tool/wiring/postfix_server.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

TEST(PostfixServerTest, AnEntryInBracesHasItsOptions) {
    const auto servers = read_postfix_servers(
        "inet:localhost:11332, { unix:relaypermit/milter.sock, connect_timeout=10s, "
        "default_action = tempfail }");
    ASSERT_EQ(servers.size(), 2U);
    EXPECT_EQ(servers[0].endpoint, "inet:localhost:11332");
    EXPECT_EQ(servers[0].option("default_action", "none"), "none");
    EXPECT_EQ(servers[1].endpoint, "unix:relaypermit/milter.sock");
    EXPECT_EQ(servers[1].option("connect_timeout", ""), "10s");
    EXPECT_EQ(servers[1].option("default_action", ""), "tempfail");
}

TEST(PostfixServerTest, AnAbsolutePathBeginsAtTheQueueInAChroot) {
    const PostfixServer relative = read_postfix_server("unix:a/b.sock");
    const PostfixServer absolute = read_postfix_server("unix:/run/b.sock");
    EXPECT_EQ(address_of(relative, "/queue", true), "unix:/queue/a/b.sock");
    EXPECT_EQ(address_of(relative, "/queue/", false), "unix:/queue/a/b.sock");
    EXPECT_EQ(address_of(absolute, "/queue", true), "unix:/queue/run/b.sock");
    EXPECT_EQ(address_of(absolute, "/queue", false), "unix:/run/b.sock");
}

TEST(PostfixServerTest, APortIsWrittenAsThePolicyHasIt) {
    EXPECT_EQ(address_of(read_postfix_server("inet:mail.example:8891"), "/q", true),
              "inet:8891@mail.example");
    EXPECT_EQ(address_of(read_postfix_server("inet:[::1]:8891"), "/q", true), "inet6:8891@::1");
    EXPECT_EQ(address_of(read_postfix_server("nonsense"), "/q", true), "");
    EXPECT_EQ(address_of(read_postfix_server("inet:8891"), "/q", true), "");
    EXPECT_EQ(address_of(read_postfix_server("unix:"), "/q", true), "");
    EXPECT_EQ(address_of(read_postfix_server(""), "/q", true), "");
    EXPECT_EQ(read_postfix_server("{}").endpoint, "");
}

TEST(PostfixServerTest, TheWayBackIsRelativeBelowTheQueue) {
    EXPECT_EQ(endpoint_of("unix:/var/spool/postfix/relaypermit/milter.sock", "/var/spool/postfix"),
              "unix:relaypermit/milter.sock");
    EXPECT_EQ(endpoint_of("unix:/run/x.sock", "/var/spool/postfix"), "unix:/run/x.sock");
    EXPECT_EQ(endpoint_of("inet:8891@localhost", "/q"), "inet:localhost:8891");
}

TEST(PostfixServerTest, NamesOfThisMachineCompareEqual) {
    EXPECT_EQ(comparable_address("inet:8891@127.0.0.1"), comparable_address("inet:8891@localhost"));
    EXPECT_EQ(comparable_address("local:/run/x"), comparable_address("unix:/run/x"));
    EXPECT_EQ(comparable_address("fd:3"), "");
    EXPECT_EQ(comparable_address(""), "");
}

TEST(PostfixServerTest, ADurationHasAUnitOrThatOfItsParameter) {
    using std::chrono::seconds;
    EXPECT_EQ(postfix_duration("30s"), seconds{30});
    EXPECT_EQ(postfix_duration("2m"), seconds{120});
    EXPECT_EQ(postfix_duration("1h"), seconds{3600});
    EXPECT_EQ(postfix_duration("5"), seconds{5});
    EXPECT_EQ(postfix_duration("5", 60), seconds{300});
    EXPECT_EQ(postfix_duration("fast"), std::nullopt);
    EXPECT_EQ(postfix_duration("-1s"), std::nullopt);
    EXPECT_EQ(postfix_duration(""), std::nullopt);
}

}  // namespace
}  // namespace relaypermit
