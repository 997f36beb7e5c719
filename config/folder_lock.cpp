#include "config/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "config/policy_file.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

// A tool that looks whether anybody holds it has it for an instant. Whoever else does must not keep
// a daemon from starting.
constexpr int tries = 50;
constexpr std::chrono::milliseconds between_tries{20};

bool share(int descriptor) {
    for (int left = tries; ::flock(descriptor, LOCK_SH | LOCK_NB) != 0; --left) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || left == 0) return false;
        std::this_thread::sleep_for(between_tries);
    }
    return true;
}

}  // namespace

fs::path policy_folder_of(const fs::path& policy) {
    std::error_code fault;
    const fs::path whole = fs::absolute(policy, fault);
    const fs::path folder = (fault ? policy : whole).parent_path() / "policy.d";
    fs::path resolved = fs::weakly_canonical(folder, fault);
    return fault ? folder : resolved;
}

std::vector<fs::path> locked_folders(const fs::path& policy) {
    std::error_code fault;
    const fs::path whole = fs::absolute(policy, fault);
    const fs::path parent = (fault ? policy : whole).parent_path();
    const fs::path resolved = fs::weakly_canonical(parent, fault);
    std::vector<fs::path> folders = {fault ? parent : resolved};
    if (fs::path other = policy_folder_of(policy).parent_path(); other != folders.front())
        folders.push_back(std::move(other));
    return folders;
}

tl::expected<FolderLock, std::string> FolderLock::take(const fs::path& policy) {
    FolderLock lock;
    for (const fs::path& folder : locked_folders(policy)) {
        const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor >= 0) lock.descriptors_.push_back(descriptor);
        if (descriptor < 0 || !share(descriptor))
            return tl::make_unexpected("cannot lock " + folder.string() + ": " + reason_of(errno));
    }
    return lock;
}

FolderLock::~FolderLock() {
    for (const int descriptor : descriptors_) ::close(descriptor);
}

}  // namespace relaypermit
