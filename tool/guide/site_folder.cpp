#include "tool/guide/site_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
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
        // A web server starts it.
        fs::permissions(file, text.starts_with("#!") ? folder_mode : file_mode, error);
        if (error) return because(error.value());
    }
    fs::permissions(folder, folder_mode, error);
    if (error) return because(error.value());
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

tl::expected<void, std::string> replace_folder(const fs::path& folder, const SiteFiles& files) {
    const fs::path target = folder_named(folder);
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
