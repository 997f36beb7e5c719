#include "milter/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

class ListenerTest : public testing::Test {
  protected:
    [[nodiscard]] tl::expected<Listener, ListenFault> open(
        const ListenOptions& options = {}, const std::vector<InheritedSocket>& inherited = {}) {
        return Listener::open(UnixAddress{path_.string()}, options, inherited);
    }
    [[nodiscard]] bool answers() const {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
        const int result =
            ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        ::close(fd);
        return result == 0;
    }

    ScratchDirectory scratch_{};
    const fs::path directory_{scratch_.path()};
    fs::path path_{directory_ / "x.sock"};
};

std::string text_of(const tl::expected<Listener, ListenFault>& listener) {
    return listener ? "opened" : listener.error().text;
}

int code_of(const tl::expected<Listener, ListenFault>& listener) {
    return listener ? 0 : listener.error().exit_code;
}

TEST_F(ListenerTest, ListensWithTheModeThatWasAskedFor) {
    const auto listener = open({0640, ""});
    ASSERT_TRUE(listener) << text_of(listener);
    EXPECT_TRUE(listener->is_unix());
    EXPECT_TRUE(answers());
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(ListenerTest, KeepsASecondInstanceOffALivingSocket) {
    const auto first = open();
    ASSERT_TRUE(first);
    const auto second = open();
    EXPECT_EQ(code_of(second), EX_UNAVAILABLE);
    EXPECT_EQ(text_of(second), "another relaypermitd (process " + std::to_string(::getpid()) +
                                   ") is already listening on unix:" + path_.string());
    EXPECT_TRUE(answers());
}

TEST_F(ListenerTest, RemovesWhatADeadInstanceLeft) {
    {
        auto dead = open();
        ASSERT_TRUE(dead);
        // As kill -9 leaves it: the file is there, nobody answers, the lock is free.
        fs::create_hard_link(path_, directory_ / "kept");
    }
    fs::rename(directory_ / "kept", path_);
    ASSERT_FALSE(answers());
    const auto listener = open();
    ASSERT_TRUE(listener) << text_of(listener);
    EXPECT_TRUE(answers());
}

TEST_F(ListenerTest, LeavesAFileThatIsNoSocket) {
    std::ofstream(path_) << "precious";
    const auto listener = open();
    EXPECT_EQ(code_of(listener), EX_CANTCREAT);
    EXPECT_EQ(text_of(listener),
              path_.string() + " exists and is not a socket: it was left as it is");
    EXPECT_EQ(fs::file_size(path_), 8U);
}

TEST_F(ListenerTest, LeavesTheSocketOfAnotherProgram) {
    const int other = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(other, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(other, 5), 0);
    const auto listener = open();
    EXPECT_EQ(code_of(listener), EX_UNAVAILABLE);
    EXPECT_NE(text_of(listener).find("another program is already listening"), std::string::npos);
    EXPECT_TRUE(answers());
    ::close(other);
}

TEST_F(ListenerTest, SaysHowToMakeAMissingDirectory) {
    path_ = directory_ / "missing" / "x.sock";
    const auto listener = open();
    EXPECT_EQ(code_of(listener), EX_CANTCREAT);
    EXPECT_NE(text_of(listener).find("install -d -o relaypermit -g postfix -m 2750 " +
                                     (directory_ / "missing").string()),
              std::string::npos)
        << text_of(listener);
}

TEST_F(ListenerTest, SaysThatAGroupIsUnknown) {
    const auto listener = open({0660, "no-such-group"});
    EXPECT_EQ(code_of(listener), EX_CONFIG);
    EXPECT_EQ(text_of(listener),
              "there is no group `no-such-group` ([listen] socket_group) on this system");
    EXPECT_FALSE(fs::exists(path_));
}

TEST_F(ListenerTest, RemovesItsSocketAndKeepsItsLock) {
    {
        const auto listener = open();
        ASSERT_TRUE(listener);
    }
    EXPECT_FALSE(fs::exists(path_));
    EXPECT_TRUE(fs::exists(path_.string() + ".lock"));
    EXPECT_TRUE(open());
}

TEST_F(ListenerTest, TakesOverASocketThatSystemdOpenedForTheAddress) {
    auto systemd = open();
    ASSERT_TRUE(systemd);
    const int handed_over = ::dup(systemd->fd());
    const auto listener = open({}, {{handed_over, "unix:" + path_.string()}});
    ASSERT_TRUE(listener) << text_of(listener);
    EXPECT_EQ(listener->fd(), handed_over);
    EXPECT_TRUE(listener->is_unix());
    EXPECT_EQ(listener->name(), "unix:" + path_.string() + " (handed over by systemd)");
}

TEST_F(ListenerTest, LeavesTheFileOfASocketThatItDidNotMake) {
    auto systemd = open();
    ASSERT_TRUE(systemd);
    { ASSERT_TRUE(open({}, {{::dup(systemd->fd()), "unix:" + path_.string()}})); }
    EXPECT_TRUE(answers());
}

TEST_F(ListenerTest, LeavesWhoConnectsAtTheEndToTheNextProcess) {
    auto systemd = open();
    ASSERT_TRUE(systemd);
    auto ours = open({}, {{::dup(systemd->fd()), "unix:" + path_.string()}});
    ASSERT_TRUE(ours);
    const int number = ours->fd();
    EXPECT_TRUE(ours->leave_to_next());
    EXPECT_EQ(ours->fd(), number);
    ASSERT_TRUE(answers());
    EXPECT_LT(::accept(number, nullptr, nullptr), 0) << "nobody knows that socket";
    const int waited = ::accept(systemd->fd(), nullptr, nullptr);
    EXPECT_GE(waited, 0);
    ::close(waited);
    EXPECT_FALSE(systemd->leave_to_next()) << "a socket of our own goes with us";
}

TEST_F(ListenerTest, TakesADescriptorOnlyWhereItListens) {
    const auto closed = Listener::open(InheritedAddress{987}, {});
    EXPECT_EQ(code_of(closed), EX_CONFIG);
    EXPECT_NE(text_of(closed).find("fd:987 is not a socket"), std::string::npos);

    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(text_of(Listener::open(InheritedAddress{fd}, {})),
              "fd:" + std::to_string(fd) + " is not a listening socket");
    ::close(fd);

    auto other = open();
    ASSERT_TRUE(other);
    const auto taken = Listener::open(InheritedAddress{::dup(other->fd())}, {});
    ASSERT_TRUE(taken) << text_of(taken);
    EXPECT_TRUE(taken->is_unix());
}

TEST_F(ListenerTest, RefusesATcpPortThatIsTaken) {
    // The kernel's choice of a free port.
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ASSERT_EQ(::bind(probe, reinterpret_cast<const sockaddr*>(&address), length), 0);
    ASSERT_EQ(::listen(probe, 5), 0);
    ASSERT_EQ(::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length), 0);
    const std::uint16_t port = ntohs(address.sin_port);

    const auto listener = Listener::open(InetAddress{"127.0.0.1", port, false}, {});
    EXPECT_EQ(code_of(listener), EX_UNAVAILABLE);
    EXPECT_EQ(text_of(listener), "cannot listen on inet:" + std::to_string(port) +
                                     "@127.0.0.1: another program (or another relaypermitd) "
                                     "already listens there");
    ::close(probe);
    const auto free = Listener::open(InetAddress{"127.0.0.1", port, false}, {});
    ASSERT_TRUE(free) << text_of(free);
    EXPECT_FALSE(free->is_unix());
}

}  // namespace
}  // namespace relaypermit
