#include "tables/readable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace relaypermit {
namespace {

std::chrono::nanoseconds since_epoch(const timespec& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

FileStamp stamp_from(const struct stat& of) {
    return {of.st_dev, of.st_ino, static_cast<std::uint64_t>(of.st_size), since_epoch(of.st_mtim),
            since_epoch(of.st_ctim)};
}

tl::unexpected<std::string> fault(const std::string& path) {
    if (errno == ENOENT) return tl::make_unexpected("`" + path + "` is missing");
    return tl::make_unexpected("`" + path + "` cannot be read: " + std::strerror(errno));
}

}  // namespace

tl::expected<FileStamp, std::string> stamp_of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return fault(path);
    return stamp_from(found);
}

tl::expected<ReadableFile, std::string> ReadableFile::open(const std::string& path) {
    // Without O_NONBLOCK a pipe waits here for its writer.
    ReadableFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.descriptor_ < 0) return fault(path);
    struct stat found {};
    if (::fstat(file.descriptor_, &found) != 0) return fault(path);
    if (!S_ISREG(found.st_mode)) return tl::make_unexpected("`" + path + "` is no file");
    return file;
}

ReadableFile::ReadableFile(ReadableFile&& other) noexcept : descriptor_(other.descriptor_) {
    other.descriptor_ = -1;
}

ReadableFile::~ReadableFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

FileStamp ReadableFile::stamp() const {
    struct stat found {};
    if (::fstat(descriptor_, &found) != 0) return {};
    return stamp_from(found);
}

bool ReadableFile::read(void* into, std::size_t bytes, std::uint64_t offset) const {
    char* to = static_cast<char*>(into);
    while (bytes > 0) {
        const ssize_t got = ::pread(descriptor_, to, bytes, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to += got;
        bytes -= static_cast<std::size_t>(got);
        offset += static_cast<std::uint64_t>(got);
    }
    return true;
}

}  // namespace relaypermit
