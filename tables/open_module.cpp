#include "tables/open_module.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

namespace relaypermit {

namespace {

struct Package {
    std::string_view kind{};
    std::string_view debian{};
    std::string_view fedora{};
};
// Of the libraries that modules link to.
constexpr std::array packages = {
    Package{"postgresql", "libpq5", "libpq"},
    Package{"mysql", "libmariadb3", "mariadb-connector-c"},
    Package{"redis", "libssl3 or libssl3t64", "openssl-libs"},
    Package{"ldap", "libldap-2.5-0 or libldap2", "openldap"},
};

std::string module_folder() {
    if (const char* const chosen = ::secure_getenv("RELAYPERMIT_MODULES"); chosen != nullptr)
        return chosen;
    // An installation may have been moved as a whole (cmake --install --prefix).
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error) {
        std::filesystem::path beside =
            program.parent_path().parent_path() / RELAYPERMIT_LIBDIR / "relaypermit";
        if (std::filesystem::is_directory(beside, error)) return beside;
    }
    return RELAYPERMIT_MODULE_FOLDER;
}

std::string advice(std::string_view kind) {
    const auto* const found =
        std::find_if(packages.begin(), packages.end(),
                     [&](const Package& package) { return package.kind == kind; });
    if (found == packages.end()) return {};
    return "; install " + std::string(found->debian) + " (Debian) or " +
           std::string(found->fedora) + " (Fedora)";
}

}  // namespace

tl::expected<const TableModule*, std::string> open_module(std::string_view kind) {
    const std::string path = module_folder() + "/" + std::string(kind) + ".so";
    if (std::error_code error; !std::filesystem::exists(path, error))
        return tl::make_unexpected("this build of relaypermit has no tables of type `" +
                                   std::string(kind) + "`: there is no " + path);
    void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* const why = ::dlerror();
        return tl::make_unexpected("tables of type `" + std::string(kind) + "` need a library: " +
                                   (why == nullptr ? path : why) + advice(kind));
    }
    const auto* const module =
        static_cast<const TableModule*>(::dlsym(handle, "relaypermit_table_module"));
    if (module == nullptr) return tl::make_unexpected(path + " is no module of relaypermit");
    if (std::string_view(module->version) != RELAYPERMIT_MODULE_VERSION)
        return tl::make_unexpected(path + " is of version " + module->version +
                                   ", this program of " RELAYPERMIT_MODULE_VERSION ": restart it");
    return module;
}

}  // namespace relaypermit
