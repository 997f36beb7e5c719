// Serves a protocol of requests and answers over one listening socket: the front ends beside the
// milter (Postfix's policy delegation, Sendmail's socketmap). One thread polls all connections;
// whatever a peer does, it holds bounded memory and nobody else up: connections take turns, and a
// turn is one request, however many the peer has sent ahead.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/listener.h"

namespace relaypermit {

// The protocol, one object for each connection.
class Conversation {
  public:
    Conversation() = default;
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;
    virtual ~Conversation() = default;

    // What stood at the front of the input. After junk, which is whatever the protocol does not
    // know, what is in the output is still sent, and then the connection is closed.
    enum class Turn { request, part_of_a_request, junk };

    // Takes the first request off `input`, where it is complete, and appends the answer to
    // `output`. Must not block.
    [[nodiscard]] virtual Turn take_turn(std::string& input, std::string& output) = 0;
};

struct RequestServerLimits {
    std::size_t connections{1000};        // more are closed at once: an MTA connects again
    std::size_t reserved{0};              // beside these, for whom `has_reserve` is true of
    std::size_t request_bytes{65536};     // of one request, unfinished
    std::size_t answer_bytes{262144};     // that a peer has not read yet
    std::chrono::seconds idle{1800};      // MTAs keep connections open between requests
    std::chrono::seconds unfinished{30};  // a request begun, or an answer not read
    // Of a connection; none: true of nobody.
    std::function<bool(int fd)> has_reserve{};
    // What becomes of those that are closed at once, for the admin.
    std::string_view turned_away{"the mail server then refuses in its own words"};
};

// Whether root, or this process's own user, is at the other end of a unix socket.
[[nodiscard]] bool is_of_root_or_self(int fd);

class RequestServer {
  public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;
    using MakeConversation = std::function<std::unique_ptr<Conversation>()>;
    // For the admin: peers are turned away, and why. At most once a minute for each reason.
    using Complain = std::function<void(std::string_view)>;

    // Borrows the listener's descriptor.
    RequestServer(const Listener& listener, RequestServerLimits limits, Clock clock,
                  MakeConversation make, Complain complain);
    ~RequestServer();
    RequestServer(const RequestServer&) = delete;
    RequestServer& operator=(const RequestServer&) = delete;

    // Serves until stop(). Out of descriptors or memory, it goes on with the connections it has; an
    // exception that is about one of them ends that one. Any other closes them all and is thrown.
    void run();
    // From any thread, any number of times.
    void stop();

  private:
    struct Connection;
    // When it was last complained of.
    using Complaint = std::optional<std::chrono::steady_clock::time_point>;

    void serve_until_stopped();
    void accept_one();
    void complain_once_a_minute(Complaint& last, const std::string& what);
    void serve_or_break(Connection& connection, bool readable) noexcept;
    // Whether a turn is due without waiting for the peer.
    [[nodiscard]] bool due(const Connection& connection) const;
    void serve(Connection& connection, bool readable);
    void read_from(Connection& connection);
    void take_turn(Connection& connection);
    void write_to(Connection& connection);
    [[nodiscard]] bool has_place(bool reserve) const;
    [[nodiscard]] bool overdue(const Connection& connection,
                               std::chrono::steady_clock::time_point now) const;

    const int listen_fd_;
    const RequestServerLimits limits_;
    const Clock clock_;
    const MakeConversation make_;
    const Complain complain_;
    int stop_read_{-1};
    int stop_write_{-1};
    bool accept_paused_{};  // the last accept() ran out of something
    Complaint said_full_{};
    Complaint said_out_of_resources_{};
    std::vector<std::unique_ptr<Connection>> connections_{};
    std::vector<pollfd> polled_{};  // never smaller than what is to be polled
};

}  // namespace relaypermit
