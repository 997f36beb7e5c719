#include "milter/resources.h"

#include <sys/resource.h>

#include <algorithm>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace relaypermit {

namespace {

// Descriptors for everything but sessions: log, sockets, files of a reload.
constexpr std::size_t reserved_files = 32;
constexpr rlim_t wanted_files = 65536;

}  // namespace

void prepare_memory() {
#ifdef __GLIBC__
    ::mallopt(M_MXFAST, 0);
    ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

void give_back_memory() {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

std::size_t session_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024 - reserved_files;
    const rlim_t target = std::min(limit.rlim_max, wanted_files);
    if (limit.rlim_cur < target) {
        const rlimit raised{target, limit.rlim_max};
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit.rlim_cur = target;
    }
    const auto files = static_cast<std::size_t>(std::min(limit.rlim_cur, wanted_files));
    return files > 2 * reserved_files ? files - reserved_files : files / 2;
}

}  // namespace relaypermit
