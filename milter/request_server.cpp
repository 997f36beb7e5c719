#include "milter/request_server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace relaypermit {

namespace {

// How often deadlines are looked at, and how long a pause after running out of descriptors.
constexpr int sweep_ms = 1000;
constexpr std::chrono::seconds between_complaints{60};

void set_nonblocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

}  // namespace

struct RequestServer::Connection {
    Connection(int descriptor, std::unique_ptr<Conversation> with,
               std::chrono::steady_clock::time_point now)
        : fd(descriptor), conversation(std::move(with)), since(now) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(fd); }

    int fd;
    bool reserve{};  // has one of the reserved places
    std::unique_ptr<Conversation> conversation;
    std::string input{};
    std::string output{};
    std::chrono::steady_clock::time_point since;  // the state below began
    bool busy{};                                  // a request unfinished, or an answer unread
    bool has_more{};                              // `input` may begin with a whole request
    bool closing{};                               // once output is written
    bool broken{};
};

RequestServer::RequestServer(const Listener& listener, RequestServerLimits limits, Clock clock,
                             MakeConversation make, Complain complain)
    : listen_fd_(listener.fd()),
      limits_(limits),
      clock_(std::move(clock)),
      make_(std::move(make)),
      complain_(std::move(complain)) {
    polled_.reserve(2);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    stop_read_ = ends[0];
    stop_write_ = ends[1];
    set_nonblocking(listen_fd_);
}

RequestServer::~RequestServer() {
    connections_.clear();
    ::close(stop_read_);
    ::close(stop_write_);
}

void RequestServer::stop() {
    // A full pipe has said it already.
    [[maybe_unused]] const auto written = ::write(stop_write_, "x", 1);
}

void RequestServer::run() {
    try {
        serve_until_stopped();
    } catch (...) {
        // Nobody may wait for an answer that will not come.
        connections_.clear();
        throw;
    }
}

void RequestServer::serve_until_stopped() {
    for (;;) {
        polled_.clear();
        polled_.push_back({stop_read_, POLLIN, 0});
        polled_.push_back({listen_fd_, static_cast<short>(accept_paused_ ? 0 : POLLIN), 0});
        bool anything_due = false;
        for (const auto& connection : connections_) {
            short events = 0;
            if (!connection->output.empty()) events |= POLLOUT;
            // A peer is read from when all that it has sent is answered, and the answers are read.
            if (!connection->closing && !connection->has_more &&
                connection->output.size() < limits_.answer_bytes)
                events |= POLLIN;
            polled_.push_back({connection->fd, events, 0});
            anything_due = anything_due || due(*connection);
        }
        const int ready = ::poll(polled_.data(), polled_.size(), anything_due ? 0 : sweep_ms);
        accept_paused_ = false;
        // Before a turn that takes long: whoever has sent something meanwhile is not idle.
        const auto now = clock_();
        if (ready < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "poll");
        if (ready > 0 || anything_due) {
            if (polled_[0].revents != 0) return;
            for (std::size_t i = 0; i < connections_.size(); ++i)
                serve_or_break(*connections_[i],
                               (polled_[i + 2].revents & (POLLIN | POLLHUP | POLLERR)) != 0);
            if ((polled_[1].revents & POLLIN) != 0) accept_one();
        }
        std::erase_if(connections_, [&](const auto& connection) {
            return connection->broken || (connection->closing && connection->output.empty()) ||
                   overdue(*connection, now);
        });
    }
}

void RequestServer::accept_one() {
    const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        // Without a descriptor to take it the connection stays in the queue, and poll() would
        // report it at once again.
        accept_paused_ = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (accept_paused_)
            complain_once_a_minute(
                said_out_of_resources_,
                "cannot accept a connection: " + std::generic_category().message(errno) +
                    ": it waits (LimitNOFILE= in the unit)");
        return;
    }
    const bool reserve = limits_.has_reserve && limits_.has_reserve(fd);
    if (!has_place(reserve)) {
        ::close(fd);
        complain_once_a_minute(said_full_,
                               std::to_string(limits_.connections) +
                                   " connections are open, as many as it serves: more are closed "
                                   "at once, and " +
                                   std::string(limits_.turned_away));
        return;
    }
    std::unique_ptr<Connection> connection;
    try {
        connection = std::make_unique<Connection>(fd, nullptr, clock_());
        connection->reserve = reserve;
    } catch (const std::exception&) {
        ::close(fd);
        return;
    }
    try {
        connection->conversation = make_();
        polled_.reserve(connections_.size() + 3);
        connections_.push_back(std::move(connection));
    } catch (const std::exception& error) {
        complain_once_a_minute(said_out_of_resources_,
                               std::string("cannot serve a connection: ") + error.what());
    }
}

void RequestServer::complain_once_a_minute(Complaint& last, const std::string& what) {
    const auto now = clock_();
    if (last && now - *last < between_complaints) return;
    last = now;
    complain_(what);
}

// What goes wrong with one peer, for want of memory or in its conversation, is its loss alone.
void RequestServer::serve_or_break(Connection& connection, bool readable) noexcept {
    try {
        serve(connection, readable);
    } catch (...) {
        connection.broken = true;
    }
}

bool RequestServer::due(const Connection& connection) const {
    return connection.has_more && !connection.closing &&
           connection.output.size() < limits_.answer_bytes;
}

// One turn: at most one read, one request and one write.
void RequestServer::serve(Connection& connection, bool readable) {
    if (readable && connection.closing)
        connection.broken = true;  // it is gone, and what was left to say with it
    else if (readable && !connection.has_more)
        read_from(connection);
    if (connection.broken) return;
    if (due(connection)) take_turn(connection);
    if (!connection.output.empty()) write_to(connection);
}

void RequestServer::read_from(Connection& connection) {
    std::array<char, 16384> buffer;
    const ssize_t got = ::read(connection.fd, buffer.data(), buffer.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        // A peer that has only stopped sending still reads its answers.
        connection.closing = got == 0;
        connection.broken = got < 0;
        return;
    }
    if (connection.input.empty() && connection.output.empty()) connection.since = clock_();
    connection.input.append(buffer.data(), static_cast<std::size_t>(got));
    connection.has_more = true;
}

void RequestServer::take_turn(Connection& connection) {
    const auto turn = connection.conversation->take_turn(connection.input, connection.output);
    connection.has_more = turn == Conversation::Turn::request && !connection.input.empty();
    if (turn == Conversation::Turn::junk ||
        (!connection.has_more && connection.input.size() > limits_.request_bytes)) {
        connection.closing = true;
        connection.has_more = false;
        connection.input.clear();
    }
    if (!connection.output.empty()) connection.since = clock_();
    connection.busy = !connection.input.empty() || !connection.output.empty();
}

void RequestServer::write_to(Connection& connection) {
    const auto now = clock_();
    const ssize_t put =
        ::send(connection.fd, connection.output.data(), connection.output.size(), MSG_NOSIGNAL);
    if (put < 0) {
        if (errno != EAGAIN && errno != EINTR) connection.broken = true;
        return;
    }
    connection.output.erase(0, static_cast<std::size_t>(put));
    if (connection.output.empty()) connection.since = now;
    connection.busy = !connection.input.empty() || !connection.output.empty();
}

bool RequestServer::has_place(bool reserve) const {
    const auto taken = std::count_if(connections_.begin(), connections_.end(),
                                     [&](const auto& one) { return one->reserve == reserve; });
    return static_cast<std::size_t>(taken) < (reserve ? limits_.reserved : limits_.connections);
}

bool RequestServer::overdue(const Connection& connection,
                            std::chrono::steady_clock::time_point now) const {
    return now - connection.since > (connection.busy ? limits_.unfinished : limits_.idle);
}

bool is_of_root_or_self(int fd) {
    ucred peer{};
    socklen_t length = sizeof peer;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           (peer.uid == 0 || peer.uid == ::geteuid());
}

}  // namespace relaypermit
