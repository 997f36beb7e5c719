#include "tool/guide/site_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

// As a web server needs them, whatever the umask of root is.
constexpr fs::perms folder_mode = fs::perms::owner_all | fs::perms::group_read |
                                  fs::perms::group_exec | fs::perms::others_read |
                                  fs::perms::others_exec;
constexpr fs::perms file_mode =
    fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read;

tl::unexpected<std::string> because(int error) {
    return tl::make_unexpected(std::string(std::strerror(error)));
}

tl::expected<void, std::string> write_files(const fs::path& folder, const SiteFiles& files) {
    std::error_code error;
    for (const auto& [name, text] : files) {
        const fs::path file = folder / name;
        for (fs::path part = file.parent_path(); part != folder; part = part.parent_path()) {
            fs::create_directories(part, error);
            if (!error) fs::permissions(part, folder_mode, error);
            if (error) return because(error.value());
        }
        std::ofstream out(file, std::ios::binary);
        out << text;
        out.close();
        if (!out) return because(errno);
        fs::permissions(file, file_mode, error);
        if (error) return because(error.value());
    }
    fs::permissions(folder, folder_mode, error);
    if (error) return because(error.value());
    return {};
}

bool is_marker_of_ours(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    const auto marker = nlohmann::json::parse(in, nullptr, false);
    return marker.is_object() && marker.value("made_by", nlohmann::json()) == "relaypermit guide";
}

}  // namespace

tl::expected<FolderOwner, std::string> owner_of(const fs::path& folder) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(folder, error);
    if (status.type() == fs::file_type::not_found) return FolderOwner::nobody;
    if (error) return because(error.value());
    if (fs::is_symlink(status))
        return tl::make_unexpected(std::string("is a symbolic link: name the folder itself"));
    if (!fs::is_directory(status)) return tl::make_unexpected(std::string("is not a folder"));
    if (is_marker_of_ours(folder / guide_marker)) return FolderOwner::ours;
    const bool empty = fs::is_empty(folder, error);
    if (error) return because(error.value());
    return empty ? FolderOwner::empty : FolderOwner::another;
}

tl::expected<void, std::string> replace_folder(const fs::path& folder, const SiteFiles& files) {
    // Without a slash at its end a path has the name that is swapped.
    fs::path target = fs::absolute(folder).lexically_normal();
    if (!target.has_filename()) target = target.parent_path();
    std::string draft = target.parent_path() / ("." + target.filename().string() + ".new.XXXXXX");
    if (::mkdtemp(draft.data()) == nullptr) return because(errno);
    std::error_code ignored;
    if (auto written = write_files(draft, files); !written) {
        fs::remove_all(draft, ignored);
        return written;
    }
    if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
        fs::remove_all(draft, ignored);  // now the old one
        return {};
    }
    int why = errno;
    std::string old;
    if (why != ENOENT) {  // there is one, and the file system cannot exchange
        old = draft + ".old";
        if (::rename(target.c_str(), old.c_str()) != 0) {
            why = errno;
            fs::remove_all(draft, ignored);
            return because(why);
        }
    }
    if (::rename(draft.c_str(), target.c_str()) != 0) {
        why = errno;
        if (!old.empty()) (void)::rename(old.c_str(), target.c_str());
        fs::remove_all(draft, ignored);
        return because(why);
    }
    if (!old.empty()) fs::remove_all(old, ignored);
    return {};
}

}  // namespace relaypermit
