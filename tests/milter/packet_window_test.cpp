#include "milter/packet_window.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace relaypermit {
namespace {

std::string packet(char command, std::string_view data = {}) {
    const std::uint32_t length = htonl(static_cast<std::uint32_t>(data.size() + 1));
    std::string text(reinterpret_cast<const char*>(&length), sizeof length);
    return text.append(1, command).append(data);
}

// A mail server and the window on what it sends.
class PacketWindowTest : public testing::Test {
  protected:
    PacketWindowTest() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0); }
    ~PacketWindowTest() override {
        hang_up();
        ::close(ends_[0]);
    }

    void send(const std::string& bytes) {
        ASSERT_EQ(::send(ends_[1], bytes.data(), bytes.size(), 0),
                  static_cast<ssize_t>(bytes.size()));
    }
    void hang_up() {
        if (ends_[1] >= 0) ::close(ends_[1]);
        ends_[1] = -1;
    }
    // "M<a@x>"; "-" where the window has none.
    std::string next() {
        const auto taken = window_.next(ends_[0]);
        return taken ? std::string(1, taken->command).append(taken->data) : "-";
    }
    // What another reader of the socket, poll() among them, sees there.
    [[nodiscard]] std::size_t waiting() const {
        int bytes = 0;
        EXPECT_EQ(::ioctl(ends_[0], FIONREAD, &bytes), 0);
        return static_cast<std::size_t>(bytes);
    }
    std::string read_past_the_window() {
        std::string text(100, '\0');
        const ssize_t got = ::recv(ends_[0], text.data(), text.size(), MSG_DONTWAIT);
        text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return text;
    }

    int ends_[2] = {-1, -1};
    PacketWindow window_{};
};

TEST_F(PacketWindowTest, HandsOutPacketsInTheirOrder) {
    send(packet('D', "Mi") + packet('M', "<a@x>"));
    EXPECT_EQ(next(), "DMi");
    EXPECT_EQ(next(), "M<a@x>");
    EXPECT_EQ(next(), "-");
    send(packet('R', "<b@x>"));
    EXPECT_EQ(next(), "R<b@x>");
}

TEST_F(PacketWindowTest, LeavesTheSocketReadableWhileItHoldsAPacket) {
    send(packet('D', "E") + packet('L', "From") + packet('L', "To") + packet('E'));
    const std::size_t all = waiting();
    for (const char* expected : {"DE", "LFrom", "LTo"}) {
        EXPECT_EQ(next(), expected);
        EXPECT_EQ(waiting(), all) << expected;
    }
    EXPECT_EQ(next(), "E");
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(PacketWindowTest, HasReadAllUpToACommandBeforeItIsAnswered) {
    send(packet('D', "M") + packet('M', "<a@x>") + packet('R', "<b@x>"));
    EXPECT_EQ(next(), "DM");
    EXPECT_EQ(next(), "M<a@x>");
    EXPECT_EQ(waiting(), packet('R', "<b@x>").size());
    EXPECT_EQ(next(), "R<b@x>");
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(PacketWindowTest, LeavesAPacketThatIsNotWhollyThere) {
    const std::string rest = packet('M', "<a@x>");
    send(packet('D', "M") + rest.substr(0, 7));
    EXPECT_EQ(next(), "DM");
    EXPECT_EQ(waiting(), 7U);
    EXPECT_EQ(next(), "-");
    EXPECT_EQ(waiting(), 7U);
    send(rest.substr(7));
    EXPECT_EQ(next(), "M<a@x>");
    send(rest.substr(0, 4));
    EXPECT_EQ(next(), "-") << "a length alone";
    EXPECT_EQ(read_past_the_window(), rest.substr(0, 4));
}

TEST_F(PacketWindowTest, LeavesAPacketThatIsLargerThanItself) {
    const std::string large = packet('L', std::string(20000, 'x'));
    send(packet('L', "a") + large + packet('E'));
    EXPECT_EQ(next(), "La");
    EXPECT_EQ(next(), "-");
    EXPECT_EQ(waiting(), large.size() + packet('E').size());
}

TEST_F(PacketWindowTest, LeavesALengthThatIsNone) {
    send(std::string(4, '\0') + "M");
    EXPECT_EQ(next(), "-");
    send(std::string(4, '\xff') + "M");
    EXPECT_EQ(next(), "-");
    EXPECT_EQ(waiting(), 10U);
}

TEST_F(PacketWindowTest, HasNothingOfASilentOrClosedPeer) {
    EXPECT_EQ(next(), "-");
    send(packet('Q'));
    hang_up();
    EXPECT_EQ(next(), "Q");
    EXPECT_EQ(next(), "-");
    EXPECT_EQ(window_.next(-1), std::nullopt);
}

TEST_F(PacketWindowTest, KnowsNothingOfAConnectionThatItWasToldToForget) {
    send(packet('D', "M") + packet('M', "<a@x>"));
    EXPECT_EQ(next(), "DM");
    window_.forget();
    EXPECT_FALSE(read_past_the_window().empty());
    send(packet('O', "hello"));
    EXPECT_EQ(next(), "Ohello");
}

TEST_F(PacketWindowTest, ServesConnectionsInTurn) {
    int other[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, other), 0);
    send(packet('D', "M") + packet('M', "<a@x>"));
    const std::string hello = packet('O', "other");
    ASSERT_EQ(::send(other[1], hello.data(), hello.size(), 0), static_cast<ssize_t>(hello.size()));
    EXPECT_EQ(next(), "DM");
    EXPECT_EQ(next(), "M<a@x>");
    const auto taken = window_.next(other[0]);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->data, "other");
    send(packet('R', "<b@x>"));
    EXPECT_EQ(next(), "R<b@x>");
    ::close(other[0]);
    ::close(other[1]);
}

}  // namespace
}  // namespace relaypermit
