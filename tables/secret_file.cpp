#include "tables/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace relaypermit {

namespace {

constexpr std::string_view credential_prefix = "credential:";
constexpr std::size_t max_secret_bytes = 4096;

tl::unexpected<std::string> no_secret(const std::string& name, const std::string& why) {
    return tl::make_unexpected("password_file `" + name + "`: " + why);
}

}  // namespace

tl::expected<std::string, std::string> read_secret(const std::string& name) {
    std::string path = name;
    if (name.starts_with(credential_prefix)) {
        const char* const directory = ::secure_getenv("CREDENTIALS_DIRECTORY");
        if (directory == nullptr)
            return no_secret(name, "systemd gave this process no credentials (LoadCredential=)");
        path = std::string(directory) + "/" + name.substr(credential_prefix.size());
    }
    // A pipe would hold up the lookup.
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) return no_secret(name, std::strerror(errno));
    std::string text(max_secret_bytes + 1, '\0');
    struct stat state {};
    const bool known = ::fstat(file, &state) == 0;
    const ssize_t got = ::read(file, text.data(), text.size());
    const int error = errno;
    ::close(file);
    if (known && !S_ISREG(state.st_mode)) return no_secret(name, "not a regular file");
    if (!known || got < 0) return no_secret(name, std::strerror(error));
    if ((state.st_mode & S_IRWXO) != 0)
        return no_secret(name, "others may read or change it (chmod o= takes that away)");
    if (static_cast<std::size_t>(got) > max_secret_bytes)
        return no_secret(name, "larger than a password");
    text.resize(static_cast<std::size_t>(got));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty()) return no_secret(name, "empty");
    if (text.find_first_of(std::string_view("\0\n\r", 3)) != std::string::npos)
        return no_secret(name, "more than one line");
    return text;
}

}  // namespace relaypermit
