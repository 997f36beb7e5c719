#include "milter/request_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <thread>

#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

using namespace std::chrono_literals;

// Answers each line with itself; "bye" hangs up, "throw" fails, "slow" does something first.
class Echo final : public Conversation {
  public:
    // `taken`: every line of every conversation, in the order in which they were answered.
    Echo(std::vector<std::string>& taken, const std::function<void()>& slowly)
        : taken_(taken), slowly_(slowly) {}

    Turn take_turn(std::string& input, std::string& output) override {
        const std::size_t end = input.find('\n');
        if (end == std::string::npos) return Turn::part_of_a_request;
        const std::string line = input.substr(0, end + 1);
        input.erase(0, end + 1);
        if (line == "throw\n") throw std::bad_alloc();
        if (line == "slow\n") slowly_();
        output += line;
        taken_.push_back(line);
        return line == "bye\n" ? Turn::junk : Turn::request;
    }

  private:
    std::vector<std::string>& taken_;
    const std::function<void()>& slowly_;
};

class Client {
  public:
    explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { ::close(fd_); }

    // Sends no more; still reads.
    void finish() const { ::shutdown(fd_, SHUT_WR); }
    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] bool is_served() const {
        [[maybe_unused]] const auto sent = ::send(fd_, "x\n", 2, MSG_NOSIGNAL);
        return receive(2) == "x\n";
    }
    void send(std::string_view text) const {
        ASSERT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }
    // Until `bytes` have come, or the end: "" then.
    [[nodiscard]] std::string receive(std::size_t bytes) const {
        std::string got(bytes, '\0');
        const ssize_t read = ::recv(fd_, got.data(), bytes, MSG_WAITALL);
        got.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
        return got;
    }

  private:
    int fd_;
    bool connected_{};
};

class RequestServerTest : public ::testing::Test {
  protected:
    void start(RequestServerLimits limits) {
        listen(limits);
        run();
    }
    // From here on clients may connect and send; they are served from run() on.
    void listen(RequestServerLimits limits) {
        auto opened = Listener::open(UnixAddress{path_}, {});
        ASSERT_TRUE(opened) << opened.error().text;
        listener_.emplace(std::move(*opened));
        server_ = std::make_unique<RequestServer>(
            *listener_, limits,
            [this] {
                if (clock_stands_) throw std::runtime_error("the clock stands");
                return std::chrono::steady_clock::time_point(now_.load());
            },
            [this]() -> std::unique_ptr<Conversation> {
                if (out_of_memory_.exchange(false)) throw std::bad_alloc();
                return std::make_unique<Echo>(taken_, slowly_);
            },
            [this](std::string_view what) { complaints_.emplace_back(what); });
    }
    void run() {
        thread_ = std::thread([this] {
            try {
                server_->run();
            } catch (const std::exception& error) {
                ended_by_ = error.what();
            }
        });
    }
    void stop() {
        if (server_) server_->stop();
        if (thread_.joinable()) thread_.join();
    }
    void TearDown() override {
        stop();
        listener_.reset();
    }

    ScratchDirectory directory_{};
    const std::string path_{directory_.file("socket")};
    std::atomic<std::chrono::seconds> now_{1000s};
    std::optional<Listener> listener_{};
    std::unique_ptr<RequestServer> server_{};
    std::thread thread_{};
    std::function<void()> slowly_{};  // what "slow" does
    std::atomic<bool> clock_stands_{};
    std::atomic<bool> out_of_memory_{};  // for the next connection
    // To be read after stop().
    std::vector<std::string> taken_{};  // of all connections
    std::vector<std::string> complaints_{};
    std::string ended_by_{};
};

TEST_F(RequestServerTest, AnswersManyConnectionsThatStayOpen) {
    start({});
    std::vector<std::unique_ptr<Client>> clients;
    for (int n = 0; n < 300; ++n) clients.push_back(std::make_unique<Client>(path_));
    for (int round = 0; round < 3; ++round)
        for (const auto& client : clients) {
            client->send("hello\n");
            EXPECT_EQ(client->receive(6), "hello\n");
        }
}

TEST_F(RequestServerTest, SendsTheLastAnswerBeforeItHangsUp) {
    start({});
    const Client client(path_);
    client.send("one\nbye\nthree\n");
    EXPECT_EQ(client.receive(8), "one\nbye\n");
    EXPECT_EQ(client.receive(1), "");
}

TEST_F(RequestServerTest, HangsUpOnARequestWithoutEnd) {
    start({.request_bytes = 1000});
    const Client client(path_);
    client.send(std::string(2000, 'x'));
    EXPECT_EQ(client.receive(1), "");
}

TEST_F(RequestServerTest, ClosesAPeerThatBeginsARequestAndFallsSilent) {
    start({});
    const Client silent(path_);
    const Client idle(path_);
    silent.send("hel");
    idle.send("hello\n");
    ASSERT_EQ(idle.receive(6), "hello\n");
    now_ = 1031s;
    EXPECT_EQ(silent.receive(1), "");
    idle.send("again\n");
    EXPECT_EQ(idle.receive(6), "again\n");
    now_ = 1000s + 31s + 1801s;
    EXPECT_EQ(idle.receive(1), "");
}

TEST_F(RequestServerTest, ServesWhoeverSendsOneRequestBetweenThoseOfAPeerThatSendsThousands) {
    listen({});
    std::string flood;
    for (int n = 0; n < 5000; ++n) flood += "more\n";
    const Client first(path_);
    const Client second(path_);
    const Client modest(path_);
    first.send(flood);
    second.send(flood);
    modest.send("one\n");
    run();
    ASSERT_EQ(modest.receive(4), "one\n");
    modest.send("two\n");
    ASSERT_EQ(first.receive(flood.size()), flood);
    ASSERT_EQ(second.receive(flood.size()), flood);
    ASSERT_EQ(modest.receive(4), "two\n");
    stop();
    // It is the third to be accepted; a turn accepts one, and gives each of the others one request.
    const auto one = std::find(taken_.begin(), taken_.end(), "one\n");
    EXPECT_LE(one - taken_.begin(), 6);
    EXPECT_EQ(taken_.size(), 10'002U);
}

TEST_F(RequestServerTest, AnswersAllThatAPeerSentBeforeItStoppedSending) {
    start({});
    const Client client(path_);
    std::string requests;
    for (int n = 0; n < 5000; ++n) requests += "hello\n";
    client.send(requests);
    client.finish();
    EXPECT_EQ(client.receive(requests.size()), requests);
    EXPECT_EQ(client.receive(1), "");
}

TEST_F(RequestServerTest, WaitsForAPeerThatDoesNotReadItsAnswersAndForgetsNothing) {
    start({.answer_bytes = 1000});
    const Client lazy(path_);
    const Client other(path_);
    std::string requests;
    for (int n = 0; n < 20'000; ++n) requests += "hello hello\n";
    std::thread sender([&] { lazy.send(requests); });
    other.send("hello\n");
    EXPECT_EQ(other.receive(6), "hello\n");
    EXPECT_EQ(lazy.receive(requests.size()), requests);
    sender.join();
}

TEST_F(RequestServerTest, TurnsAwayWhoComesAfterTheLastPlace) {
    start({.connections = 2});
    const Client first(path_);
    first.send("a\n");
    ASSERT_EQ(first.receive(2), "a\n");
    const Client second(path_);
    second.send("b\n");
    ASSERT_EQ(second.receive(2), "b\n");
    const Client third(path_);
    EXPECT_EQ(third.receive(1), "");
    first.send("a\n");
    EXPECT_EQ(first.receive(2), "a\n");
}

TEST_F(RequestServerTest, KeepsPlacesForWhomTheyAreReserved) {
    std::atomic<bool> of_root{false};
    start({.connections = 2, .reserved = 1, .has_reserve = [&](int) { return of_root.load(); }});
    const Client first(path_);
    EXPECT_TRUE(first.is_served());
    const Client second(path_);
    EXPECT_TRUE(second.is_served());
    EXPECT_FALSE(Client(path_).is_served());
    of_root = true;
    const Client third(path_);
    EXPECT_TRUE(third.is_served());
    EXPECT_FALSE(Client(path_).is_served()) << "there is one reserved place";
    of_root = false;
    EXPECT_FALSE(Client(path_).is_served());
}

// A reload takes as long as it takes.
TEST_F(RequestServerTest, DoesNotTakeForIdleWhoseRequestWaitedForThatOfAnother) {
    listen({.idle = 10s});
    const Client first(path_);
    const Client second(path_);
    slowly_ = [&] {
        now_ = now_.load() + 20s;
        second.send("y\n");
    };
    run();
    EXPECT_TRUE(first.is_served());
    EXPECT_TRUE(second.is_served());
    first.send("slow\n");
    EXPECT_EQ(first.receive(5), "slow\n");
    EXPECT_EQ(second.receive(2), "y\n");
}

TEST_F(RequestServerTest, SaysOnceAMinuteThatItTurnsPeersAway) {
    start({.connections = 1});
    const Client first(path_);
    first.send("a\n");
    ASSERT_EQ(first.receive(2), "a\n");
    const auto turned_away = [&] { return Client(path_).receive(1).empty(); };
    for (int n = 0; n < 3; ++n) EXPECT_TRUE(turned_away());
    now_ = 1059s;
    EXPECT_TRUE(turned_away());
    now_ = 1060s;
    EXPECT_TRUE(turned_away());
    stop();
    ASSERT_EQ(complaints_.size(), 2U);
    EXPECT_EQ(complaints_[0], complaints_[1]);
    EXPECT_TRUE(complaints_[0].starts_with("1 connections are open")) << complaints_[0];
}

TEST_F(RequestServerTest, EndsTheConnectionWhoseConversationFailsAndNoOther) {
    start({});
    const Client first(path_);
    const Client second(path_);
    first.send("a\nthrow\na\n");
    EXPECT_EQ(first.receive(4), "a\n");
    second.send("b\n");
    EXPECT_EQ(second.receive(2), "b\n");
    stop();
    EXPECT_EQ(ended_by_, "");
}

TEST_F(RequestServerTest, ClosesAConnectionThatThereIsNoMemoryForAndSaysSo) {
    start({});
    out_of_memory_ = true;
    const Client unlucky(path_);
    EXPECT_EQ(unlucky.receive(1), "");
    const Client later(path_);
    later.send("a\n");
    EXPECT_EQ(later.receive(2), "a\n");
    stop();
    EXPECT_EQ(complaints_, std::vector<std::string>{"cannot serve a connection: " +
                                                    std::string(std::bad_alloc().what())});
}

TEST_F(RequestServerTest, LeavesNoPeerWaitingWhereItEndsByAnException) {
    start({});
    const Client client(path_);
    client.send("a\n");
    ASSERT_EQ(client.receive(2), "a\n");
    clock_stands_ = true;
    // It ends at the next sweep, or with what another connection begins: maybe before.
    const Client other(path_);
    EXPECT_EQ(client.receive(1), "");
    stop();
    EXPECT_EQ(ended_by_, "the clock stands");
}

}  // namespace
}  // namespace relaypermit
