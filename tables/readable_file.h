// A file that is read while others may replace, rewrite or truncate it: by read(2) at an offset and
// never by a mapping, because a mapped page that a file has lost kills the process (SIGBUS), and
// `cp new.cdb senders.cdb` begins by truncating. What is read often stays in the kernel's cache and
// costs the process nothing. Any thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

namespace relaypermit {

// By which a file is known as the same: replaced or rewritten, something of it differs.
struct FileStamp {
    dev_t device{};
    ino_t inode{};
    std::uint64_t size{};
    std::chrono::nanoseconds modified{};  // since the epoch of the system's clock
    std::chrono::nanoseconds changed{};   // of the inode: also by a rename over it

    friend bool operator==(const FileStamp&, const FileStamp&) = default;
    [[nodiscard]] bool has_contents_of(const FileStamp& other) const {
        return size == other.size && modified == other.modified;
    }
};

// Of what the path leads to. The error is a clause that names it.
[[nodiscard]] tl::expected<FileStamp, std::string> stamp_of(const std::string& path);

class ReadableFile {
  public:
    // The error, a clause that names the path: missing, no right, no regular file (a pipe would
    // never open, and a device never end).
    [[nodiscard]] static tl::expected<ReadableFile, std::string> open(const std::string& path);
    ReadableFile(ReadableFile&& other) noexcept;
    ReadableFile& operator=(ReadableFile&&) = delete;
    ReadableFile(const ReadableFile&) = delete;
    ReadableFile& operator=(const ReadableFile&) = delete;
    ~ReadableFile();

    // As it is now, whatever its path leads to by now.
    [[nodiscard]] FileStamp stamp() const;
    // False where the file ends before, or the system cannot read it.
    [[nodiscard]] bool read(void* into, std::size_t bytes, std::uint64_t offset) const;

  private:
    explicit ReadableFile(int descriptor) : descriptor_(descriptor) {}
    int descriptor_{-1};
};

}  // namespace relaypermit
