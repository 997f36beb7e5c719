#include "config/socket_address.h"

#include <gtest/gtest.h>

#include "config/diagnostic.h"

namespace relaypermit {
namespace {

std::string read(std::string_view text) {
    const auto address = parse_socket_address(text);
    return address ? to_string(*address) : "fault: " + address.error();
}

TEST(SocketAddress, ReadsWhatLibmilterReads) {
    EXPECT_EQ(read("unix:/run/x.sock"), "unix:/run/x.sock");
    EXPECT_EQ(read("local:/run/x.sock"), "unix:/run/x.sock");
    EXPECT_EQ(read("/run/x.sock"), "unix:/run/x.sock");
    EXPECT_EQ(read("inet:8891@127.0.0.1"), "inet:8891@127.0.0.1");
    EXPECT_EQ(read("inet:8891@localhost"), "inet:8891@localhost");
    EXPECT_EQ(read("inet6:8891@::1"), "inet6:8891@::1");
    EXPECT_EQ(read("inet6:8891@[::1]"), "inet6:8891@::1");
    EXPECT_EQ(read("fd:3"), "fd:3");
}

TEST(SocketAddress, SaysWhatIsWrongAndWhatToWrite) {
    EXPECT_EQ(read(""), "fault: the socket's address is empty");
    EXPECT_EQ(read("unix:milter.sock"), "fault: the path `milter.sock` must begin with /");
    EXPECT_EQ(read("unix:"), "fault: the address has no path");
    EXPECT_EQ(read("milter.sock"),
              "fault: `milter.sock` is not a socket (write unix:/path, inet:port@host, "
              "inet6:port@host or fd:3)");
    EXPECT_EQ(read("tcp:8891@127.0.0.1"),
              "fault: `tcp:8891@127.0.0.1` is not a socket (write unix:/path, inet:port@host, "
              "inet6:port@host or fd:3)");
    EXPECT_EQ(read("fd:x"), "fault: `x` is not the number of a file descriptor");
    EXPECT_EQ(read("fd:-1"), "fault: `-1` is not the number of a file descriptor");
    EXPECT_EQ(read("inet:127.0.0.1:8891"),
              "fault: the port comes first (write `inet:8891@127.0.0.1`)");
    for (const char* port : {"", "0", "65536", "smtp", "88x", "-1", "+1"})
        EXPECT_EQ(read("inet:" + std::string(port) + "@127.0.0.1"),
                  "fault: " + in_backticks(port) + " is not a port (1 to 65535)");
}

TEST(SocketAddress, DoesNotListenOnEveryInterfaceUnasked) {
    EXPECT_EQ(read("inet:8891"),
              "fault: `inet:8891` names no address to listen on (write `inet:8891@127.0.0.1`, or "
              "`@0.0.0.0` for every interface)");
    EXPECT_EQ(read("inet6:8891@"),
              "fault: `inet6:8891@` names no address to listen on (write `inet6:8891@::1`, or "
              "`@::` for every interface)");
}

TEST(SocketAddress, RefusesAPathThatNoSocketCanHave) {
    EXPECT_EQ(read("unix:/" + std::string(106, 'x')), "unix:/" + std::string(106, 'x'));
    EXPECT_NE(read("unix:/" + std::string(107, 'x')).find("longer than 107 bytes"),
              std::string::npos);
}

}  // namespace
}  // namespace relaypermit
