#include "tool/base/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace relaypermit {
namespace {

tl::unexpected<std::string> fault() {
    return tl::make_unexpected(std::string(std::strerror(errno)));
}

// After a crash of the machine the folder has the new name, too.
void synchronize(const std::filesystem::path& folder) {
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    ::fsync(directory);
    ::close(directory);
}

// `give` sets owner and permissions of the draft, which is 0600 before.
template <typename Give>
tl::expected<void, std::string> replace(const std::filesystem::path& file, std::string_view text,
                                        Give give) {
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    std::string draft = folder / ("." + file.filename().string() + ".XXXXXX");
    const int descriptor = ::mkostemp(draft.data(), O_CLOEXEC);
    if (descriptor < 0) return fault();
    const bool written =
        give(descriptor) && write_all(descriptor, text) && ::fsync(descriptor) == 0;
    const int why = errno;
    const bool closed = ::close(descriptor) == 0;
    if (!written) errno = why;
    if (!written || !closed || ::rename(draft.c_str(), file.c_str()) != 0) {
        const auto failed = fault();
        ::unlink(draft.c_str());
        return failed;
    }
    synchronize(folder);
    return {};
}

}  // namespace

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t wrote = ::write(descriptor, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
}

tl::expected<void, std::string> replace_file(const std::filesystem::path& file,
                                             std::string_view text,
                                             const std::optional<std::filesystem::path>& like) {
    struct stat model {};
    if (like && ::stat(like->c_str(), &model) != 0) return fault();
    return replace(file, text, [&](int descriptor) {
        if (!like) return true;
        (void)!::fchown(descriptor, model.st_uid, model.st_gid);
        return ::fchmod(descriptor, model.st_mode & 0666U) == 0;
    });
}

tl::expected<void, std::string> replace_file(const std::filesystem::path& file,
                                             std::string_view text, const Readers& readers) {
    return replace(file, text, [&](int descriptor) {
        // The group first: the other way round a wrong one could read it for a moment.
        return (!readers.group ||
                ::fchown(descriptor, static_cast<uid_t>(-1), *readers.group) == 0) &&
               ::fchmod(descriptor, readers.mode) == 0;
    });
}

tl::expected<void, std::string> write_into(const std::filesystem::path& file,
                                           std::string_view text) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return fault();
    const bool written = write_all(descriptor, text);
    const int why = errno;
    const bool closed = ::close(descriptor) == 0;
    if (!written) errno = why;
    if (!written || !closed) return fault();
    return {};
}

}  // namespace relaypermit
