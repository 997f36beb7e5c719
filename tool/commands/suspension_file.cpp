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
#include <system_error>
#include <thread>

#include "policy/address.h"
#include "policy/pattern.h"
#include "tool/base/exact_pattern.h"
#include "tool/base/toml_text.h"
#include "tool/commands/policy_processes.h"

namespace relaypermit {
namespace {

constexpr std::string_view first_words = "# Written by relaypermit suspend on ";

// What a policy file takes for something else, such as the name of a group, needs a regex.
std::string logins_line(const std::vector<Login>& forms, const std::vector<std::string>& groups) {
    std::vector<std::string> names;
    for (const Login& form : forms) {
        const std::string name = to_string(form);
        names.push_back(
            reads_as_itself(name, PatternRole::login, groups) ? name : as_regex(ascii_lower(name)));
    }
    return "logins    = " + toml_list(names) + "\n";
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

tl::unexpected<std::string> fault(const std::string& what) {
    return tl::make_unexpected(what + ": " + std::strerror(errno));
}

// FNV-1a: the same login has the same id tomorrow.
std::string hash_of(std::string_view text) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (int shift = 60; shift >= 0; shift -= 4)
        out += digits[(hash >> static_cast<unsigned>(shift)) & 15U];
    return out;
}

std::string in_shell_words(const std::string& text) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
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

std::filesystem::path own_suspension_file(const std::filesystem::path& policy, const Login& login) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const std::string key = login_key(login);
    std::string name;
    for (const char c : key) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_letter_or_digit(c) || std::string_view("@.-_+").find(c) != std::string_view::npos)
            name += c;
        else
            name += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    constexpr std::size_t most_bytes = 200;  // of the 255 that a file name may have
    if (name.size() > most_bytes) name = hash_of(key);
    return policy.parent_path() / "policy.d" / ("suspended-" + name + ".toml");
}

std::string suspension_id(const Login& login) {
    const std::string key = login_key(login);
    constexpr std::size_t most_bytes = 54;
    bool usable = key.size() <= most_bytes;
    for (const char c : key)
        usable = usable && (is_letter_or_digit(c) ||
                            std::string_view("._-+@:/").find(c) != std::string_view::npos);
    return "suspended:" + (usable ? key : hash_of(key));
}

tl::expected<std::string, std::string> suspension_text(const std::vector<Login>& forms,
                                                       std::string_view note, std::string_view when,
                                                       const std::vector<std::string>& groups,
                                                       std::string_view until) {
    for (const Login& login : forms) {
        const std::string name = to_string(login);
        const auto pattern = Pattern::parse(name, PatternRole::login);
        if (!pattern || pattern->kind() != Pattern::Kind::exact || !pattern->matches(login) ||
            name.starts_with("group:"))
            return tl::make_unexpected("no pattern means the login `" + name + "` alone");
    }
    std::string text = std::string(first_words) + std::string(when) +
                       "; relaypermit resume removes it.\n[[restrict]]\n";
    text += "id        = " + toml_string(suspension_id(forms.front())) + "\n";
    text += logins_line(forms, groups);
    text += "suspended = true\n";
    if (!until.empty()) text += "until     = " + std::string(until) + "\n";
    if (!note.empty()) text += "note      = " + toml_string(note) + "\n";
    return text;
}

bool is_suspension_of(const Login& login, std::string_view text) {
    const auto take = [&](std::string_view line) {
        if (!text.starts_with(line)) return false;
        text.remove_prefix(line.size());
        return true;
    };
    const auto take_line = [&](std::string_view begin) {
        const std::size_t end = text.find('\n');
        if (!text.starts_with(begin) || end == std::string_view::npos) return false;
        text.remove_prefix(end + 1);
        return true;
    };
    if (!take_line(first_words) || !take("[[restrict]]\n") ||
        !take("id        = " + toml_string(suspension_id(login)) + "\n"))
        return false;
    // The login as it was typed then: in any case, and with or without a default realm.
    const auto take_logins = [&](const std::vector<Login>& forms) {
        for (const auto& groups : {std::vector<std::string>{}, {login.user}}) {
            const std::string line = logins_line(forms, groups);
            if (ascii_lower(text.substr(0, line.size())) != ascii_lower(line)) continue;
            text.remove_prefix(line.size());
            return true;
        }
        return false;
    };
    if (!take_logins({login}) && !take_logins({login, Login{login.user, {}}})) return false;
    if (!take("suspended = true\n")) return false;
    (void)take_line("until     = ");
    return text.empty() || (take_line("note      = \"") && text.empty());
}

std::optional<std::string> without_suspension(std::string_view text, const Login& login) {
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t next = text.find("\n" + std::string(first_words), begin);
        const std::size_t end = next == std::string_view::npos ? text.size() : next + 1;
        if (is_suspension_of(login, text.substr(begin, end - begin)))
            return std::string(text.substr(0, begin)) + std::string(text.substr(end));
        begin = end;
    }
    return std::nullopt;
}

bool names_suspension(std::string_view text, const Login& login) {
    return text.find(toml_string(suspension_id(login))) != std::string_view::npos;
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
