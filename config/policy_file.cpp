#include "config/policy_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "config/load.h"

namespace relaypermit {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

}  // namespace

std::string reason_of(int error) {
    switch (error) {
        case ENOENT:
            return "no such file";
        case EACCES:
            return "permission denied";
        case EISDIR:
            return "it is a directory";
        case ENOTDIR:
            return "it is not a directory";
        default: {
            std::string text = std::strerror(error);
            if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a') {
                text[0] = static_cast<char>(text[0] - 'A' + 'a');
            }
            return text;
        }
    }
}

tl::expected<std::string, std::string> read_policy_file(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a pipe without a writer would wait for one.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) return tl::unexpected(reason_of(errno));
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return tl::unexpected(reason_of(errno));
    if (S_ISDIR(status.st_mode)) return tl::unexpected(reason_of(EISDIR));
    if (!S_ISREG(status.st_mode)) return tl::unexpected(std::string("it is not a regular file"));
    const auto too_large = [] {
        return tl::unexpected("it is larger than " +
                              std::to_string(max_policy_bytes / 1024 / 1024) + " MiB");
    };
    if (static_cast<std::uintmax_t>(status.st_size) > max_policy_bytes) return too_large();

    std::string bytes(static_cast<std::size_t>(status.st_size) + 1, '\0');
    std::size_t filled = 0;
    for (;;) {
        // The file may have grown since.
        if (filled == bytes.size()) bytes.resize(bytes.size() * 2);
        const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return tl::unexpected(reason_of(errno));
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
        if (filled > max_policy_bytes) return too_large();
    }
    bytes.resize(filled);
    return bytes;
}

}  // namespace relaypermit
