// A connection of bytes to a server, every step of which ends at a deadline. Used by one thread at
// a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tables/connector.h"

namespace relaypermit {

class Stream {
  public:
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    virtual ~Stream() = default;

    // All of it. No signal where the other end is gone.
    [[nodiscard]] virtual ConnectorResult<void> send(std::string_view bytes,
                                                     const Deadline& deadline) = 0;
    // At least one byte; the end is a fault.
    [[nodiscard]] virtual ConnectorResult<std::size_t> receive(char* buffer, std::size_t size,
                                                               const Deadline& deadline) = 0;
    // Neither said anything unasked nor ended, as far as is known.
    [[nodiscard]] virtual bool is_quiet() = 0;
};

using OpenedStream = ConnectorResult<std::unique_ptr<Stream>>;

// Tries each address of the host, each for its share of the time. The resolver's own time counts,
// but cannot be cut off.
[[nodiscard]] OpenedStream connect_tcp(const std::string& host, std::uint16_t port,
                                       const Deadline& deadline);
[[nodiscard]] OpenedStream connect_unix(const std::string& path, const Deadline& deadline);

// Takes an answer apart: lines and pieces of a known length, from as few calls as there are.
class StreamReader {
  public:
    explicit StreamReader(Stream& stream) : stream_(stream) {}

    // Up to `end`, which is taken and not returned. A fault where it is longer than `most`.
    [[nodiscard]] ConnectorResult<std::string> until(std::string_view end, std::size_t most,
                                                     const Deadline& deadline);
    [[nodiscard]] ConnectorResult<std::string> bytes(std::size_t count, const Deadline& deadline);
    // Whether more came than was taken.
    [[nodiscard]] bool is_empty() const { return at_ == buffer_.size(); }

  private:
    [[nodiscard]] ConnectorResult<void> fill(const Deadline& deadline);
    [[nodiscard]] std::string take(std::size_t count);

    Stream& stream_;
    std::string buffer_{};
    std::size_t at_{};  // what is before it was taken
};

}  // namespace relaypermit
