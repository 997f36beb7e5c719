#include "tool/commands/daemons.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>
#include <thread>

#include "config/control_address.h"
#include "config/folder_lock.h"
#include "config/load.h"
#include "tool/base/control_client.h"
#include "tool/base/visible.h"
#include "tool/commands/policy_processes.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

fs::path resolved(const fs::path& path) {
    std::error_code fault;
    const fs::path whole = fs::weakly_canonical(fs::absolute(path), fault);
    return fault ? path : whole;
}

// Policy files beside `config`, itself left out: another daemon may have one of them.
std::vector<fs::path> neighbours(const fs::path& config) {
    std::vector<fs::path> files;
    std::error_code fault;
    for (fs::directory_iterator entry(config.parent_path(), fault), end; !fault && entry != end;
         entry.increment(fault)) {
        std::error_code ignored;
        const std::string name = entry->path().filename().string();
        if (name.ends_with(".toml") && !name.starts_with('.') && entry->path() != config &&
            entry->is_regular_file(ignored))
            files.push_back(entry->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

// The process that holds a lock file; 0: nobody, or it does not say.
std::int64_t holder_of(const std::string& lock_path) {
    const int lock = ::open(lock_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0) return 0;
    const bool held = ::flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    std::array<char, 16> text{};
    const ssize_t length = ::pread(lock, text.data(), text.size(), 0);
    ::close(lock);  // releases the shared lock, too
    std::int64_t process = 0;
    std::from_chars(text.data(), text.data() + std::max<ssize_t>(length, 0), process);
    return held ? process : 0;
}

class Search {
  public:
    // policy.d lies beside the file as it is named, wherever a link leads to from there. `users`:
    // as whom daemons run.
    Search(const std::string& config, const std::set<uid_t>& users)
        : named_(config),
          config_(resolved(config)),
          folder_(policy_folder_of(config).string()),
          in_use_(policy_processes(config, users)) {}

    void ask_all_of(const ListenSettings& listen) {
        for (const std::string& path : control_paths(listen))
            for (int number = 1; number <= most_daemons_of_a_path; ++number)
                if (!ask(numbered_control_path(path, number))) break;
    }
    // Daemons that hold one of these sockets and have not been found.
    void look_for_silent(const ListenSettings& listen, bool also_the_default) {
        for (const ProtocolInfo& row : protocols) {
            if (!row.of_mail_servers) continue;
            const std::string& address = listen[row.protocol];
            const std::string path = unix_path_of(address);
            if (path.empty() || (!also_the_default && address == row.usual)) continue;
            note_holder_of(path);
        }
        // The file of a control socket may be gone, or another one's, while its daemon lives.
        for (const std::string& path : control_paths(listen))
            for (int number = 1; number <= most_daemons_of_a_path; ++number)
                note_holder_of(numbered_control_path(path, number));
    }
    // Daemons that hold the folder and were not found by a socket.
    void look_for_strangers() {
        std::error_code none;
        // Its socket is named there, and a restart would end it for good.
        const bool gone = !exists(fs::status(named_, none));
        for (const std::int64_t process : in_use_.processes) {
            if (!processes_.insert(process).second) continue;
            note_stranger(
                process_and_user(process) +
                (gone ? " uses a policy of this folder and was not reached: there is no " +
                            visible(named_.string()) +
                            ", which says where its control socket is. Put that file back first: "
                            "without it the daemon would not start again"
                      : " uses this policy and answers on no control socket: restart it, or "
                        "`kill -HUP " +
                            std::to_string(process) + "` and look into its log for the reload"));
        }
        if (in_use_.unseen && found_.of_folder.empty())
            note_stranger(
                "a process that is not seen from here (in another container?) uses this policy "
                "and answers on no control socket: restart it");
        for (const std::int64_t process : in_use_.passed_over)
            if (!processes_.contains(process))
                found_.passed_over.push_back(
                    process_and_user(process) +
                    " has locked the folder of this policy as a daemon does and is passed over: by "
                    "its user it is none. Find out what it is for; a daemon of another container "
                    "would not be seen beside it");
    }
    [[nodiscard]] bool met_strangers() const { return strangers_; }
    [[nodiscard]] Daemons take() { return std::move(found_); }

  private:
    void note_stranger(std::string why) {
        strangers_ = true;
        found_.unreached.push_back({std::move(why), false});
    }
    [[nodiscard]] bool elsewhere(std::int64_t process) const {
        return process != 0 && in_use_.known &&
               std::find(in_use_.processes.begin(), in_use_.processes.end(), process) ==
                   in_use_.processes.end() &&
               !was_started_with(process, named_) && holds_another_folder(process, named_);
    }
    void note_holder_of(const std::string& socket) {
        const std::int64_t process = holder_of(socket + ".lock");
        if (process == 0 || !processes_.insert(process).second) return;
        found_.unreached.push_back(
            {"process " + std::to_string(process) + ", which holds " + visible(socket) +
                 ".lock, answers on no control socket: restart it, or `kill -HUP " +
                 std::to_string(process) + "` and look into its log for the reload",
             elsewhere(process)});
    }
    // False: nothing in that directory can be reached.
    bool ask(const std::string& path) {
        struct stat status {};
        const bool hidden = ::lstat(path.c_str(), &status) != 0;
        if (hidden && errno != EACCES) return true;
        if (!asked_.insert(path).second) return !hidden;
        auto answer = ask_daemon(path, {ControlRequest::Ask::status, {}}, control_wait);
        if (!answer) {
            if (answer.error().nobody) return !hidden;
            const std::int64_t peer = answer.error().peer;
            if (peer != 0) processes_.insert(peer);
            found_.unreached.push_back({"the daemon on " + visible(path) +
                                            (peer == 0 ? "" : ", " + process_named(peer) + ",") +
                                            " was not reached: " + visible(answer.error().why),
                                        elsewhere(peer)});
            return !hidden;
        }
        if (!answer->status) return true;
        processes_.insert({answer->status->process, answer->peer});
        Daemon daemon{path, *std::move(answer->status), false};
        daemon.same_file = resolved(daemon.status.policy) == config_;
        (daemon.status.folder == folder_ ? found_.of_folder : found_.others)
            .push_back(std::move(daemon));
        return true;
    }

    const fs::path named_;
    const fs::path config_;
    const std::string folder_;
    // As it was before any daemon was asked: one that has gone meanwhile is looked for once more.
    const PolicyProcesses in_use_;
    bool strangers_{};
    Daemons found_{};
    std::set<std::string> asked_{};
    std::set<std::int64_t> processes_{};
};

// As whom daemons run: the owners of the locks beside their sockets, and the account of the units.
std::set<uid_t> users_of(const ListenSettings& own, const std::vector<ListenSettings>& beside) {
    std::set<uid_t> users;
    const auto add = [&](const std::string& socket) {
        struct stat lock {};
        if (!socket.empty() && ::lstat((socket + ".lock").c_str(), &lock) == 0)
            users.insert(lock.st_uid);
    };
    const auto add_all = [&](const ListenSettings& listen) {
        for (const ProtocolInfo& row : protocols)
            if (row.of_mail_servers) add(unix_path_of(listen[row.protocol]));
        for (const std::string& path : control_paths(listen))
            for (int number = 1; number <= most_daemons_of_a_path; ++number)
                add(numbered_control_path(path, number));
    };
    add_all(own);
    std::for_each(beside.begin(), beside.end(), add_all);
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r("relaypermit", &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr)
        users.insert(found->pw_uid);
    return users;
}

}  // namespace

Daemons find_daemons(const std::string& config, const ListenSettings& listen) {
    // One that has just started, or is about to end, holds the folder and does not answer.
    constexpr std::chrono::milliseconds between_looks{100};
    constexpr std::chrono::milliseconds long_enough{1500};
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
        std::vector<ListenSettings> beside;
        for (const fs::path& file : neighbours(fs::absolute(config)))
            beside.push_back(load_listen(file));
        Search search(config, users_of(listen, beside));
        search.ask_all_of(listen);
        for (const ListenSettings& other : beside) search.ask_all_of(other);
        search.look_for_silent(listen, true);
        for (const ListenSettings& other : beside) search.look_for_silent(other, false);
        search.look_for_strangers();
        if (!search.met_strangers() || std::chrono::steady_clock::now() - begin > long_enough)
            return search.take();
        std::this_thread::sleep_for(between_looks);
    }
}

std::string nobody_reads(const std::string& config, const Daemons& daemons) {
    bool by_another_name = false;
    std::string others;
    for (const Daemon& other : daemons.others) {
        const std::string policy = visible(other.status.policy);
        others += (others.empty() ? " (" : ", ") + ("the daemon on " + visible(other.socket));
        if (other.same_file)
            others += " was given the same file as " + policy + " and reads policy.d beside that";
        else
            others += " reads " + policy;
        by_another_name = by_another_name || other.same_file;
    }
    // As it is named: policy.d lies beside that, wherever a link leads to.
    std::error_code fault;
    const fs::path whole = fs::absolute(config, fault);
    const bool gone = !exists(fs::status(whole, fault));
    return std::string(gone ? "there is no such file, and " : "") +
           "no running relaypermitd reads " +
           std::string(by_another_name ? "policy.d beside " : "") +
           visible((fault ? fs::path(config) : whole).lexically_normal().string()) +
           (others.empty() ? "" : others + ": name it with -c)");
}

}  // namespace relaypermit
