#include "tool/commands/suspension_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <system_error>
#include <thread>

#include "tool/commands/policy_processes.h"

namespace relaypermit {
namespace {

tl::unexpected<std::string> fault(const std::string& what) {
    return tl::make_unexpected(what + ": " + std::strerror(errno));
}

// In words for whoever has waited in vain.
std::string held_by_another(int descriptor, const std::filesystem::path& file) {
    std::string who;
    for (const std::int64_t process : lock_holders(descriptor))
        who += (who.empty() ? "" : ", ") + process_named(process);
    return (who.empty() ? "another process" : who) + " holds " + file.string() +
           " and does not let go of it: end that, and try again";
}

// The daemon's user reads what it reads already; a folder is entered where files are read.
mode_t folder_mode_for(const struct stat& model) {
    const mode_t file_mode = model.st_mode & 0666U;
    return file_mode | 0700U | ((file_mode & 0444U) >> 2U);
}

}  // namespace

std::string in_shell_words(const std::string& text) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

tl::expected<SuspensionLock, std::string> SuspensionLock::take(const std::filesystem::path& like,
                                                               std::chrono::milliseconds wait) {
    const std::filesystem::path folder = like.parent_path() / "policy.d";
    struct stat model {};
    if (::stat(like.c_str(), &model) != 0) return fault("cannot look at " + like.string());
    const mode_t folder_mode = folder_mode_for(model);
    if (::mkdir(folder.c_str(), folder_mode) == 0) {
        if (::chmod(folder.c_str(), folder_mode) != 0)
            return fault("cannot set the permissions of " + folder.string());
        // Without the right to give files away they stay the caller's.
        (void)!::chown(folder.c_str(), model.st_uid, model.st_gid);
    } else if (errno != EEXIST) {
        return fault("cannot make " + folder.string());
    }
    // A name with a dot in front is never read as policy.
    const std::filesystem::path file = folder / ".suspended.lock";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return fault("cannot write " + file.string());
    SuspensionLock lock(descriptor);
    const auto deadline = std::chrono::steady_clock::now() + wait;
    while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return fault("cannot lock " + file.string());
        if (std::chrono::steady_clock::now() >= deadline)
            return tl::make_unexpected(held_by_another(descriptor, file));
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return lock;
}

SuspensionLock::~SuspensionLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string mend_folder(const std::filesystem::path& file, const std::filesystem::path& like) {
    struct stat model {};
    if (::stat(like.c_str(), &model) != 0) return {};
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", folder_mode_for(model));
    const std::string folder = in_shell_words(file.parent_path().string());
    const std::string as_policy = " --reference=" + in_shell_words(like.string()) + " ";
    std::string remedy = "chown" + as_policy + folder + " && chmod " + mode.data() + " " + folder;
    if (std::error_code none; is_regular_file(symlink_status(file, none))) {
        const std::string name = in_shell_words(file.string());
        remedy += " && chown" + as_policy + name + " && chmod" + as_policy + name;
    }
    return remedy + " && relaypermit reload -c " + in_shell_words(like.string());
}

}  // namespace relaypermit
