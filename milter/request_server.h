// Serves a protocol of requests and answers over one listening socket: the front ends beside the
// milter (Postfix's policy delegation, Sendmail's socketmap). One thread polls all connections;
// whatever a peer does, it holds bounded memory and nobody else up: connections take turns, and a
// turn is one request, however many the peer has sent ahead.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
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
    std::size_t request_bytes{65536};     // of one request, unfinished
    std::size_t answer_bytes{262144};     // that a peer has not read yet
    std::chrono::seconds idle{1800};      // MTAs keep connections open between requests
    std::chrono::seconds unfinished{30};  // a request begun, or an answer not read
};

class RequestServer {
  public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;
    using MakeConversation = std::function<std::unique_ptr<Conversation>()>;

    // Borrows the listener's descriptor.
    RequestServer(const Listener& listener, RequestServerLimits limits, Clock clock,
                  MakeConversation make);
    ~RequestServer();
    RequestServer(const RequestServer&) = delete;
    RequestServer& operator=(const RequestServer&) = delete;

    // Serves until stop(). Out of descriptors or memory, it goes on with the connections it has.
    void run();
    // From any thread, any number of times.
    void stop();

  private:
    struct Connection;

    void accept_one();
    // Whether a turn is due without waiting for the peer.
    [[nodiscard]] bool due(const Connection& connection) const;
    void serve(Connection& connection, bool readable);
    void read_from(Connection& connection);
    void take_turn(Connection& connection);
    void write_to(Connection& connection);
    [[nodiscard]] bool overdue(const Connection& connection) const;

    const int listen_fd_;
    const RequestServerLimits limits_;
    const Clock clock_;
    const MakeConversation make_;
    int stop_read_{-1};
    int stop_write_{-1};
    bool accept_paused_{};  // the last accept() ran out of something
    std::vector<std::unique_ptr<Connection>> connections_{};
};

}  // namespace relaypermit
