// The log lines of one mail log, plain or gzip-compressed, a file or standard input, with what went
// wrong on the way. One thread.
#pragma once

#include <cstdint>
#include <fstream>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tool/inspect/syslog_line.h"

namespace relaypermit {

// A line longer than this is no log line; the rest of it is passed over.
inline constexpr std::size_t max_log_line_bytes = 65536;

// Where bytes come from.
class ByteSource {
  public:
    virtual ~ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    // Puts the next bytes, one or more, into `block`; false at the end or at a fault.
    [[nodiscard]] virtual bool fill(std::string& block) = 0;
    [[nodiscard]] const std::string& fault() const { return fault_; }

  protected:
    ByteSource() = default;
    std::string fault_{};
};

class LogLines {
  public:
    // Opens it ("-": `in`) and reads up to its first log line. `now` dates what has no year and no
    // file. Errors are whole sentences: it cannot be read, or holds lines and none of a mail log.
    [[nodiscard]] static tl::expected<std::unique_ptr<LogLines>, std::string> open(
        const std::string& path, std::istream& in, TimePoint now);
    LogLines(const LogLines&) = delete;
    LogLines& operator=(const LogLines&) = delete;

    // The line that is there, nullptr behind the last. Valid until advance().
    [[nodiscard]] const SyslogLine* line() const { return line_ ? &*line_ : nullptr; }
    void advance();

    // What ended it before its end (a whole sentence), empty where nothing did.
    [[nodiscard]] const std::string& fault() const { return fault_; }
    // Lines passed over because they were too long.
    [[nodiscard]] std::uint64_t overlong() const { return overlong_; }

  private:
    LogLines(std::string name, TimePoint not_after) : name_(std::move(name)), reader_(not_after) {}
    [[nodiscard]] std::optional<std::string_view> next_text();

    std::string name_;  // as sentences have it
    std::ifstream file_{};
    std::unique_ptr<ByteSource> source_{};
    SyslogReader reader_;
    std::string beginning_{};  // the first bytes
    std::string block_{};
    std::size_t at_{};    // what of block_ is consumed
    std::string held_{};  // a line that began in an earlier block
    bool too_long_{};
    bool ended_{};
    std::optional<SyslogLine> line_{};
    std::string fault_{};
    std::uint64_t overlong_{};
    std::uint64_t other_{};  // lines that are no log lines, before the first that is one
};

// The version of zlib in use, for --version.
[[nodiscard]] std::string libz_version();

}  // namespace relaypermit
