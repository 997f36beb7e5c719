#include "config/kept_policy.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <ctime>
#include <utility>

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

// 0, or the errno: the guard makes system calls of its own before a caller could look at that.
int write_whole(int descriptor, std::string_view bytes) {
    const WithoutFileSizeSignal guard;
    off_t at = 0;
    while (!bytes.empty()) {
        const ssize_t wrote = ::pwrite(descriptor, bytes.data(), bytes.size(), at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return errno;
        if (wrote == 0) return ENOSPC;
        at += wrote;
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return 0;
}

void add_text(std::string& body, std::string_view text) {
    body.append(std::to_string(text.size())).append("\n").append(text);
}

}  // namespace

KeptPolicy::KeptPolicy() : descriptors_{-1, -1} {
    for (int& descriptor : descriptors_)
        if ((descriptor = ::memfd_create("relaypermit-policy", MFD_CLOEXEC)) < 0) fault_ = errno;
}

KeptPolicy::~KeptPolicy() {
    for (const int descriptor : descriptors_)
        if (descriptor >= 0) ::close(descriptor);
}

std::optional<KeptPolicy::Whole> KeptPolicy::whole_of(int descriptor) {
    const std::string bytes = read_whole(descriptor);
    if (bytes.size() <= checksum_bytes) return std::nullopt;
    std::string_view rest = std::string_view(bytes).substr(checksum_bytes);
    if (sha256(rest) != bytes.substr(0, checksum_bytes)) return std::nullopt;
    Whole whole;
    const auto number = take_number(rest);
    const auto with_suspensions = take_number(rest);
    if (!number || !with_suspensions) return std::nullopt;
    whole.number = *number;
    if (*with_suspensions != 0) {
        whole.texts.suspensions = take_text(rest);
        if (!whole.texts.suspensions) return std::nullopt;
    }
    while (!rest.empty()) {
        auto name = take_text(rest);
        auto text = take_text(rest);
        if (!name || !text) return std::nullopt;
        whole.texts.policy.push_back({*std::move(name), *std::move(text)});
    }
    return whole;
}

tl::expected<void, std::string> KeptPolicy::write(const KeptTexts& texts) const {
    if (fault_ != 0) return tl::make_unexpected(reason_of(fault_));
    const auto first = whole_of(descriptors_[0]);
    const auto second = whole_of(descriptors_[1]);
    // Never into the newest of the two. The other one goes once this one is whole: a process that
    // dies in between leaves both.
    const bool to_first = !first || (second && second->number > first->number);
    const std::uint64_t newest = std::max(first ? first->number : 0, second ? second->number : 0);
    std::string body = std::to_string(newest + 1) + "\n" + (texts.suspensions ? "1\n" : "0\n");
    if (texts.suspensions) add_text(body, *texts.suspensions);
    for (const PolicyText& one : texts.policy)
        for (const std::string* part : {&one.name, &one.text}) add_text(body, *part);
    const int to = descriptors_[to_first ? 0 : 1];
    const int old = descriptors_[to_first ? 1 : 0];
    const int fault = ::ftruncate(to, 0) != 0 ? errno : write_whole(to, sha256(body) + body);
    if (fault != 0) {
        (void)!::ftruncate(to, 0);
        return tl::make_unexpected(reason_of(fault));
    }
    (void)!::ftruncate(old, 0);
    return {};
}

tl::expected<void, std::string> KeptPolicy::keep(const std::vector<PolicyText>& texts) const {
    return write({texts, std::nullopt});
}

tl::expected<void, std::string> KeptPolicy::keep_suspensions(std::string text) const {
    auto texts = read();
    if (!texts) return tl::make_unexpected("there is no policy to keep them with");
    texts->suspensions = std::move(text);
    return write(*texts);
}

std::optional<KeptTexts> KeptPolicy::read() const {
    auto first = whole_of(descriptors_[0]);
    auto second = whole_of(descriptors_[1]);
    // Both where a process died between the writing of the newer and the end of the older one.
    if (first && (!second || first->number > second->number)) return std::move(first->texts);
    if (second) return std::move(second->texts);
    return std::nullopt;
}

}  // namespace relaypermit
