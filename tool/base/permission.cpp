#include "tool/base/permission.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "tool/base/visible.h"

namespace relaypermit {

std::string permission_help(const std::string& path) {
    // By the ids that count, as open(2) does.
    if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0 || errno != EACCES) return {};
    // The file, or the folder that does not let one see it.
    std::filesystem::path shut = path;
    struct stat status {};
    while (::stat(shut.c_str(), &status) != 0) {
        if (!shut.has_parent_path() || shut == shut.parent_path()) return {};
        shut = shut.parent_path();
    }
    const group* const entry = status.st_gid == 0 ? nullptr : ::getgrgid(status.st_gid);
    const bool group_may = entry != nullptr && (status.st_mode & S_IRGRP) != 0;
    if (!group_may) return " (root may read it: run this by sudo)";
    const std::string name = visible(entry->gr_name);
    return " (the group `" + name +
           "` may read it: add whoever answers users to it, `adduser USER " + name +
           "`, who then logs in anew; or run this by sudo)";
}

}  // namespace relaypermit
