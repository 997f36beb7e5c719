#include "tool/guide/site_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <system_error>
#include <thread>

#include "tool/base/replace_file.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

// As a web server needs them, whatever the umask of root is.
constexpr mode_t folder_mode = 0755;
constexpr mode_t file_mode = 0644;

tl::unexpected<std::string> because(int error) {
    return tl::make_unexpected(std::string(std::strerror(error)));
}

// What no folder can be swapped under: its name is another file system's.
tl::unexpected<std::string> is_mounted() {
    return tl::make_unexpected(
        std::string("is a mount point, which cannot be swapped: name a folder in it"));
}

tl::expected<void, std::string> write_file(const fs::path& file, std::string_view text) {
    const int descriptor =
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) return because(errno);
    // A web server starts it.
    const mode_t mode = text.starts_with("#!") ? folder_mode : file_mode;
    const bool written = write_all(descriptor, text) && ::fchmod(descriptor, mode) == 0;
    const int why = errno;
    // Some file systems find only here that they are full.
    const bool closed = ::close(descriptor) == 0;
    if (!written) return because(why);
    if (!closed) return because(errno);
    return {};
}

tl::expected<void, std::string> write_files(const fs::path& folder, const SiteFiles& files) {
    // First, so that what is left of a run that was stopped can be told from what others keep.
    const auto marker = files.find(std::string(guide_marker));
    if (marker != files.end())
        if (auto written = write_file(folder / guide_marker, marker->second); !written)
            return written;
    std::error_code error;
    for (const auto& [name, text] : files) {
        if (name == guide_marker) continue;
        const fs::path file = folder / name;
        for (fs::path part = file.parent_path(); part != folder; part = part.parent_path()) {
            fs::create_directories(part, error);
            if (!error && ::chmod(part.c_str(), folder_mode) != 0) return because(errno);
            if (error) return because(error.value());
        }
        if (auto written = write_file(file, text); !written) return written;
    }
    return {};
}

// The draft gets owner and mode of the folder that it takes the place of.
tl::expected<void, std::string> make_like(const fs::path& draft, const fs::path& target) {
    struct stat model {};
    struct stat own {};
    if (::lstat(target.c_str(), &model) != 0) {
        if (errno != ENOENT || ::chmod(draft.c_str(), folder_mode) != 0) return because(errno);
        return {};
    }
    if (::lstat(draft.c_str(), &own) != 0) return because(errno);
    const bool another = own.st_uid != model.st_uid || own.st_gid != model.st_gid;
    if (another && ::lchown(draft.c_str(), model.st_uid, model.st_gid) != 0)
        return tl::make_unexpected(std::string("its owner cannot be kept: ") +
                                   std::strerror(errno));
    if (::chmod(draft.c_str(), model.st_mode & 07777U) != 0) return because(errno);
    return {};
}

// Null where it is none of ours.
nlohmann::json marker_of_ours(const fs::path& folder) {
    std::ifstream in(folder / guide_marker, std::ios::binary);
    auto marker = nlohmann::json::parse(in, nullptr, false);
    const bool ours =
        marker.is_object() && marker.value("made_by", nlohmann::json()) == "relaypermit guide";
    return ours ? marker : nlohmann::json();
}

// The marker goes last: a removal that was stopped is ended by the next run.
std::error_code remove_ours(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        if (at->path().filename() != guide_marker) entries.push_back(at->path());
    for (const fs::path& entry : entries)
        if (!error) fs::remove_all(entry, error);
    if (!error) fs::remove(folder / guide_marker, error);
    if (!error) fs::remove(folder, error);
    return error;
}

constexpr std::string_view of_draft = ".new.";
constexpr std::string_view of_old = ".old";

std::string beside(const fs::path& target, std::string_view ending) {
    return target.parent_path() / ("." + target.filename().string() + std::string(ending));
}

// What runs that were stopped have left beside the folder: ours by the marker, or empty.
std::vector<fs::path> leftovers(const fs::path& target) {
    constexpr std::size_t random_letters = 6;
    const std::string begin = fs::path(beside(target, of_draft)).filename().string();
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator at(target.parent_path(), error), end; !error && at != end;
         at.increment(error)) {
        std::string name = at->path().filename().string();
        if (name.ends_with(of_old)) name.resize(name.size() - of_old.size());
        if (!name.starts_with(begin) || name.size() != begin.size() + random_letters) continue;
        std::error_code unread;
        if (!fs::is_directory(at->symlink_status(unread))) continue;
        if (!marker_of_ours(at->path()).is_null() || fs::is_empty(at->path(), unread))
            found.push_back(at->path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

// Of two runs for one folder neither must take the other's draft for a leftover.
class OneAtATime {
  public:
    explicit OneAtATime(const fs::path& folder)
        : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        constexpr int tries = 50;
        for (int i = 0; descriptor_ >= 0 && i < tries; ++i) {
            alone_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
            busy_ = !alone_ && errno == EWOULDBLOCK;
            if (!busy_) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }
    ~OneAtATime() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    OneAtATime(const OneAtATime&) = delete;
    OneAtATime& operator=(const OneAtATime&) = delete;

    [[nodiscard]] bool busy() const { return busy_; }
    // Not every file system locks a folder.
    [[nodiscard]] bool alone() const { return alone_; }

  private:
    int descriptor_{-1};
    bool alone_{};
    bool busy_{};
};

}  // namespace

fs::path folder_named(const fs::path& path) {
    fs::path folder = fs::absolute(path).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    return folder;
}

tl::expected<FolderOwner, std::string> owner_of(const fs::path& path) {
    const fs::path folder = folder_named(path);
    std::error_code error;
    const fs::file_status status = fs::symlink_status(folder, error);
    if (status.type() == fs::file_type::not_found) return FolderOwner::nobody;
    if (error) return because(error.value());
    if (fs::is_symlink(status))
        return tl::make_unexpected(std::string("is a symbolic link: name the folder itself"));
    if (!fs::is_directory(status)) return tl::make_unexpected(std::string("is not a folder"));
    struct stat own {};
    struct stat above {};
    if (::lstat(folder.c_str(), &own) != 0 || ::lstat(folder.parent_path().c_str(), &above) != 0)
        return because(errno);
    if (own.st_dev != above.st_dev || own.st_ino == above.st_ino) return is_mounted();
    if (!marker_of_ours(folder).is_null()) return FolderOwner::ours;
    const bool empty = fs::is_empty(folder, error);
    if (error) return because(error.value());
    return empty ? FolderOwner::empty : FolderOwner::another;
}

tl::expected<std::vector<std::string>, std::string> others_in(const fs::path& path) {
    const fs::path folder = folder_named(path);
    const auto marker = marker_of_ours(folder);
    std::set<std::string> known = {std::string(guide_marker)};
    const auto listed = marker.find("files");
    if (listed != marker.end() && listed->is_array())
        for (const auto& name : *listed)
            if (name.is_string()) known.insert(name.get<std::string>());
    std::vector<std::string> others;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
        const std::string name = at->path().lexically_relative(folder).string();
        if (!at->is_directory(error) && !known.contains(name)) others.push_back(name);
    }
    if (error) return because(error.value());
    std::sort(others.begin(), others.end());
    return others;
}

std::vector<std::string> setup_files_that_go(const fs::path& path, const SiteFiles& files) {
    std::vector<std::string> gone;
    const auto marker = marker_of_ours(folder_named(path));
    const auto listed = marker.find("files");
    if (listed != marker.end() && listed->is_array())
        for (const auto& name : *listed)
            if (name.is_string() && name.get<std::string>().starts_with("setup/") &&
                !files.contains(name.get<std::string>()))
                gone.push_back(name.get<std::string>());
    std::sort(gone.begin(), gone.end());
    return gone;
}

tl::expected<std::vector<std::string>, std::string> replace_folder(const fs::path& folder,
                                                                   const SiteFiles& files) {
    const fs::path target = folder_named(folder);
    std::vector<std::string> left;
    const auto remove = [&](const fs::path& path) {
        if (const std::error_code error = remove_ours(path))
            left.push_back(path.string() + ": " + error.message());
    };
    const OneAtATime turn(target.parent_path());
    if (turn.busy())
        return tl::make_unexpected(std::string("another process has locked the folder around it"));
    if (turn.alone())
        for (const fs::path& path : leftovers(target))
            if (!path.string().ends_with(of_old)) remove(path);
    std::string draft = beside(target, std::string(of_draft) + "XXXXXX");
    if (::mkdtemp(draft.data()) == nullptr) return because(errno);
    const auto give_up = [&](tl::unexpected<std::string> why) {
        if (const std::error_code error = remove_ours(draft))
            why.value() += " (and " + draft + " cannot be removed: " + error.message() + ")";
        return why;
    };
    auto written = write_files(draft, files);
    if (written) written = make_like(draft, target);
    if (!written) return give_up(tl::make_unexpected(written.error()));
    std::string old;
    if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
        old = draft;
    } else {
        if (errno != ENOENT) {  // there is one, and the file system cannot exchange
            old = draft + std::string(of_old);
            if (::rename(target.c_str(), old.c_str()) != 0)
                return give_up(errno == EBUSY || errno == EXDEV ? is_mounted() : because(errno));
        }
        if (::rename(draft.c_str(), target.c_str()) != 0) {
            const int why = errno;
            if (!old.empty() && ::rename(old.c_str(), target.c_str()) != 0)
                return give_up(tl::make_unexpected(std::string(std::strerror(why)) +
                                                   "; the old one is at " + old));
            return give_up(because(why));
        }
    }
    if (!old.empty()) remove(old);
    // An old one that a run had to move away, and that nothing had taken the place of until now.
    if (turn.alone())
        for (const fs::path& path : leftovers(target))
            if (path.string().ends_with(of_old) && path != fs::path(old)) remove(path);
    return left;
}

}  // namespace relaypermit
