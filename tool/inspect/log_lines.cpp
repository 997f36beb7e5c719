#include "tool/inspect/log_lines.h"

#include <sys/stat.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "tool/base/visible.h"

namespace relaypermit {
namespace {

constexpr std::size_t block_bytes = 1U << 16U;

// A line at a time: `tail -F log | relaypermit log --maillog -` shows each at once.
class PlainStream final : public ByteSource {
  public:
    explicit PlainStream(std::istream& in) : in_(in) {}
    bool fill(std::string& block) override {
        in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
        const auto got = static_cast<std::size_t>(in_.gcount());
        if (got == 0) return false;
        if (in_.eof() || in_.fail()) {
            // The last line, or a part of one that is longer than the buffer.
            block.assign(buffer_.data(), got);
            if (!in_.eof()) in_.clear();
        } else {
            block.assign(buffer_.data(), got - 1);
            block += '\n';
        }
        return true;
    }

  private:
    std::istream& in_;
    std::array<char, block_bytes> buffer_{};
};

// gzip on a stream: one or several members one after the other (RFC 1952 2.2).
class GzipStream final : public ByteSource {
  public:
    explicit GzipStream(std::istream& in) : in_(in) {
        constexpr int with_gzip_header = 16;
        ready_ = inflateInit2(&stream_, MAX_WBITS + with_gzip_header) == Z_OK;
    }
    ~GzipStream() override { inflateEnd(&stream_); }
    GzipStream(const GzipStream&) = delete;
    GzipStream& operator=(const GzipStream&) = delete;

    bool fill(std::string& block) override {
        block.resize(block_bytes);
        stream_.next_out = reinterpret_cast<Bytef*>(block.data());
        stream_.avail_out = static_cast<uInt>(block.size());
        while (ready_ && stream_.avail_out == block.size()) {
            if (stream_.avail_in == 0 && !read()) {
                fault_ = within_member_ ? "it ends in the middle of its compression" : fault_;
                break;
            }
            within_member_ = true;
            const int code = inflate(&stream_, Z_NO_FLUSH);
            if (code == Z_STREAM_END) {
                within_member_ = false;
                ready_ = inflateReset(&stream_) == Z_OK;
            } else if (code != Z_OK) {
                fault_ = stream_.msg == nullptr ? "damaged compression" : stream_.msg;
                ready_ = false;
            }
        }
        block.resize(block.size() - stream_.avail_out);
        return !block.empty();
    }

  private:
    bool read() {
        in_.read(reinterpret_cast<char*>(input_.data()),
                 static_cast<std::streamsize>(input_.size()));
        stream_.next_in = input_.data();
        stream_.avail_in = static_cast<uInt>(in_.gcount());
        return stream_.avail_in > 0;
    }

    std::istream& in_;
    z_stream stream_{};
    std::array<Bytef, block_bytes> input_{};
    bool ready_{};
    bool within_member_{};
};

// A plain file.
class BlockStream final : public ByteSource {
  public:
    explicit BlockStream(std::istream& in) : in_(in) {}
    bool fill(std::string& block) override {
        block.resize(block_bytes);
        in_.read(block.data(), static_cast<std::streamsize>(block.size()));
        block.resize(static_cast<std::size_t>(in_.gcount()));
        return !block.empty();
    }

  private:
    std::istream& in_;
};

// What reads a compressed file that zlib does not, by the bytes that the file begins with.
std::string_view unpacker_of(std::string_view beginning) {
    return beginning.starts_with(
               "\xFD"
               "7zXZ")
               ? "xz -dc"
           : beginning.starts_with("\x28\xB5\x2F\xFD") ? "zstd -dc"
           : beginning.starts_with("BZh")              ? "bzip2 -dc"
                                                       : "";
}

}  // namespace

tl::expected<std::unique_ptr<LogLines>, std::string> LogLines::open(const std::string& path,
                                                                    std::istream& in,
                                                                    TimePoint now) {
    const bool is_stream = path == "-";
    std::unique_ptr<LogLines> lines{
        new LogLines(is_stream ? "standard input" : "`" + visible(path) + "`", now)};
    const auto fault = [&](const std::string& why) { return tl::unexpected(lines->name_ + why); };
    if (!is_stream) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0)
            return fault(std::string(": ") + std::strerror(errno));
        if (S_ISDIR(status.st_mode)) return fault(" is a directory");
        if (S_ISREG(status.st_mode))
            lines->reader_ = SyslogReader{TimePoint{std::chrono::seconds{status.st_mtime}}};
        lines->file_.open(path, std::ios::binary);
        if (!lines->file_) return fault(std::string(": ") + std::strerror(errno));
    }
    std::istream& from = is_stream ? in : lines->file_;
    constexpr int gzip = 0x1F;  // the first byte of its magic number; no line begins with it
    if (from.peek() == gzip)
        lines->source_ = std::make_unique<GzipStream>(from);
    else if (is_stream)
        lines->source_ = std::make_unique<PlainStream>(from);
    else
        lines->source_ = std::make_unique<BlockStream>(from);
    lines->advance();
    if (lines->line() != nullptr) return lines;
    if (!lines->fault_.empty()) return tl::unexpected(lines->fault_);
    if (const auto unpacker = unpacker_of(lines->beginning_); !unpacker.empty()) {
        return fault(" is compressed in a way that is not read here; unpack it into a pipe: `" +
                     std::string(unpacker) + " FILE | relaypermit ... --maillog -`");
    }
    if (lines->other_ + lines->overlong_ > 0) {
        return tl::unexpected(
            "no line of " + lines->name_ +
            " is a log line (stamps that are read: traditional, RFC 3339, RFC 5424, and what "
            "journalctl prints, with -o json too; plain or gzip)");
    }
    return lines;
}

std::optional<std::string_view> LogLines::next_text() {
    held_.clear();
    for (;;) {
        if (at_ == block_.size()) {
            if (ended_ || !source_->fill(block_)) {
                ended_ = true;
                at_ = block_.size();
                overlong_ += std::exchange(too_long_, false) ? 1U : 0U;
                // The last line of a file may lack its end.
                return held_.empty() ? std::nullopt : std::optional{std::string_view{held_}};
            }
            at_ = 0;
            if (beginning_.empty()) beginning_ = block_.substr(0, 8);
        }
        const std::string_view rest = std::string_view{block_}.substr(at_);
        const std::size_t end = rest.find('\n');
        const std::string_view part = rest.substr(0, end);
        at_ += end == std::string_view::npos ? rest.size() : end + 1;
        if (too_long_ || held_.size() + part.size() > max_log_line_bytes) {
            held_.clear();
            too_long_ = end == std::string_view::npos;
            overlong_ += too_long_ ? 0U : 1U;
            continue;
        }
        if (end != std::string_view::npos && held_.empty()) return part;
        held_ += part;
        if (end != std::string_view::npos) return held_;
    }
}

void LogLines::advance() {
    line_.reset();
    while (const auto text = next_text()) {
        line_ = reader_.read(*text);
        if (line_) {
            other_ = 0;
            return;
        }
        // journalctl's own remarks begin like that: "-- Boot ...", "-- No entries --".
        other_ += text->empty() || text->starts_with("-- ") ? 0U : 1U;
    }
    if (!source_->fault().empty()) fault_ = name_ + ": " + source_->fault();
}

std::string libz_version() {
    return ::zlibVersion();
}

}  // namespace relaypermit
