#include "config/metrics_address.h"

#include <gtest/gtest.h>

#include <string>

namespace relaypermit {
namespace {

std::string read(std::string_view text) {
    const auto address = parse_metrics_address(text);
    return address ? to_string(*address) : address.error();
}

TEST(MetricsAddress, IsOfTheLoopbackOrAUnixSocket) {
    EXPECT_EQ(read("127.0.0.1:9797"), "inet:9797@127.0.0.1");
    EXPECT_EQ(read("127.1.2.3:9797"), "inet:9797@127.1.2.3");
    EXPECT_EQ(read("localhost:9797"), "inet:9797@127.0.0.1");
    EXPECT_EQ(read("[::1]:9797"), "inet6:9797@::1");
    EXPECT_EQ(read("inet:9797@127.0.0.1"), "inet:9797@127.0.0.1");
    EXPECT_EQ(read("inet6:9797@localhost"), "inet6:9797@::1");
    EXPECT_EQ(read("unix:/run/m.sock"), "unix:/run/m.sock");
    EXPECT_EQ(read("/run/m.sock"), "unix:/run/m.sock");
}

TEST(MetricsAddress, IsNoOther) {
    for (const std::string_view text :
         {"0.0.0.0:9797", "192.0.2.1:9797", "[::]:9797", "[2001:db8::1]:9797", ":9797", "9797",
          "*:9797", "::1:9797", "[127.0.0.1]:9797", "inet6:9797@127.0.0.1", "inet:9797@::1",
          "inet6:9797@::ffff:127.0.0.1", "metrics.example.com:9797", "inet:9797@example.com",
          "fd:3", "http://127.0.0.1:9797", "tcp:9797@127.0.0.1", "128.0.0.1:9797"}) {
        const auto address = parse_metrics_address(text);
        ASSERT_FALSE(address) << text;
    }
    EXPECT_EQ(read("0.0.0.0:9797"),
              "`listen` in [metrics] must be a loopback address or a unix socket, not "
              "`0.0.0.0:9797`: whoever reaches it reads it");
    EXPECT_EQ(read("127.0.0.1:0"), "`0` is not a port (1 to 65535)");
    EXPECT_EQ(read("127.0.0.1:65536"), "`65536` is not a port (1 to 65535)");
    EXPECT_EQ(read("unix:m.sock"), "the path `m.sock` must begin with /");
}

}  // namespace
}  // namespace relaypermit
