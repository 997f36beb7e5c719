#include "config/kept_policy.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <ctime>

#include "config/checksum.h"
#include "config/policy_file.h"

namespace relaypermit {
namespace {

constexpr std::size_t checksum_bytes = 64;

// A number and a line feed, off the front.
std::optional<std::size_t> take_number(std::string_view& text) {
    std::size_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end == text.data() + text.size() || *end != '\n')
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return number;
}

std::optional<std::string> take_text(std::string_view& text) {
    const auto size = take_number(text);
    if (!size || *size > text.size()) return std::nullopt;
    std::string taken(text.substr(0, *size));
    text.remove_prefix(*size);
    return taken;
}

std::string read_whole(int descriptor) {
    struct stat status {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) return {};
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        // The offset is shared with other processes.
        const ssize_t got = ::pread(descriptor, bytes.data() + filled, bytes.size() - filled,
                                    static_cast<off_t>(filled));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return {};
        filled += static_cast<std::size_t>(got);
    }
    return bytes;
}

// A limit of file sizes holds for memory too, and must cost what is kept and not the process.
class WithoutFileSizeSignal {
  public:
    WithoutFileSizeSignal() {
        ::sigemptyset(&limit_);
        ::sigaddset(&limit_, SIGXFSZ);
        ::pthread_sigmask(SIG_BLOCK, &limit_, &before_);
    }
    WithoutFileSizeSignal(const WithoutFileSizeSignal&) = delete;
    WithoutFileSizeSignal& operator=(const WithoutFileSizeSignal&) = delete;
    ~WithoutFileSizeSignal() {
        const timespec none{};
        if (::sigismember(&before_, SIGXFSZ) == 0)
            while (::sigtimedwait(&limit_, nullptr, &none) == SIGXFSZ) {
            }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

  private:
    sigset_t limit_{};
    sigset_t before_{};
};

bool write_whole(int descriptor, std::string_view bytes) {
    const WithoutFileSizeSignal guard;
    off_t at = 0;
    while (!bytes.empty()) {
        const ssize_t wrote = ::pwrite(descriptor, bytes.data(), bytes.size(), at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return false;
        at += wrote;
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
}

std::optional<std::vector<PolicyText>> texts_of(const std::string& bytes) {
    if (bytes.size() <= checksum_bytes) return std::nullopt;
    std::string_view rest = std::string_view(bytes).substr(checksum_bytes);
    if (sha256(rest) != bytes.substr(0, checksum_bytes)) return std::nullopt;
    std::vector<PolicyText> texts;
    while (!rest.empty()) {
        auto name = take_text(rest);
        auto text = take_text(rest);
        if (!name || !text) return std::nullopt;
        texts.push_back({*std::move(name), *std::move(text)});
    }
    return texts;
}

}  // namespace

KeptPolicy::KeptPolicy()
    : descriptors_{::memfd_create("relaypermit-policy", MFD_CLOEXEC),
                   ::memfd_create("relaypermit-policy", MFD_CLOEXEC)} {}

KeptPolicy::~KeptPolicy() {
    for (const int descriptor : descriptors_)
        if (descriptor >= 0) ::close(descriptor);
}

tl::expected<void, std::string> KeptPolicy::keep(const std::vector<PolicyText>& texts) const {
    std::string body;
    for (const PolicyText& one : texts)
        for (const std::string* part : {&one.name, &one.text})
            body += std::to_string(part->size()) + "\n" + *part;
    // Into the one of the two that is empty; the other goes once this one is whole.
    const bool second = !texts_of(read_whole(descriptors_[1])).has_value();
    const int to = descriptors_[second ? 1 : 0];
    const int old = descriptors_[second ? 0 : 1];
    if (::ftruncate(to, 0) != 0 || !write_whole(to, sha256(body) + body)) {
        const std::string why = reason_of(errno);
        (void)!::ftruncate(to, 0);
        return tl::make_unexpected(why);
    }
    (void)!::ftruncate(old, 0);
    return {};
}

std::optional<std::vector<PolicyText>> KeptPolicy::read() const {
    for (const int descriptor : descriptors_)
        if (auto texts = texts_of(read_whole(descriptor))) return texts;
    return std::nullopt;
}

}  // namespace relaypermit
