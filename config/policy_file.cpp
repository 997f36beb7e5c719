#include "config/policy_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "config/checksum.h"
#include "config/load.h"

namespace relaypermit {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

struct OpenFile {
    Descriptor descriptor;
    off_t size{};
};

tl::unexpected<std::string> too_large() {
    return tl::unexpected("it is larger than " + std::to_string(max_policy_bytes / 1024 / 1024) +
                          " MiB");
}

tl::expected<OpenFile, std::string> open_policy_file(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a pipe without a writer would wait for one.
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) return tl::unexpected(reason_of(errno));
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return tl::unexpected(reason_of(errno));
    if (S_ISDIR(status.st_mode)) return tl::unexpected(reason_of(EISDIR));
    if (!S_ISREG(status.st_mode)) return tl::unexpected(std::string("it is not a regular file"));
    if (static_cast<std::uintmax_t>(status.st_size) > max_policy_bytes) return too_large();
    return OpenFile{std::move(file), status.st_size};
}

// 0: the end of the file.
tl::expected<std::size_t, std::string> read_some(const OpenFile& file, char* to, std::size_t most) {
    for (;;) {
        const ssize_t got = ::read(file.descriptor.get(), to, most);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return tl::unexpected(reason_of(errno));
    }
}

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
            if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a')
                text[0] = static_cast<char>(text[0] - 'A' + 'a');
            return text;
        }
    }
}

tl::expected<std::string, std::string> read_policy_file(const std::filesystem::path& path) {
    const auto file = open_policy_file(path);
    if (!file) return tl::unexpected(file.error());
    std::string bytes(static_cast<std::size_t>(file->size) + 1, '\0');
    std::size_t filled = 0;
    for (;;) {
        // The file may have grown since.
        if (filled == bytes.size()) bytes.resize(bytes.size() * 2);
        const auto got = read_some(*file, bytes.data() + filled, bytes.size() - filled);
        if (!got) return tl::unexpected(got.error());
        if (*got == 0) break;
        filled += *got;
        if (filled > max_policy_bytes) return too_large();
    }
    bytes.resize(filled);
    return bytes;
}

tl::expected<std::string, std::string> checksum_of_policy_file(const std::filesystem::path& path) {
    const auto file = open_policy_file(path);
    if (!file) return tl::unexpected(file.error());
    std::vector<char> block(std::size_t{64} * 1024);
    std::size_t filled = 0;
    std::optional<std::string> fault;
    std::string checksum = sha256([&] {
        const auto got = read_some(*file, block.data(), block.size());
        if (!got) fault = got.error();
        filled += got.value_or(0);
        if (filled > max_policy_bytes) fault = too_large().value();
        return fault ? std::string_view() : std::string_view(block.data(), *got);
    });
    if (fault) return tl::unexpected(*std::move(fault));
    return checksum;
}

}  // namespace relaypermit
