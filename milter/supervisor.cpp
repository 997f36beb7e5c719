#include "milter/supervisor.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <optional>
#include <system_error>

#include "milter/backoff.h"
#include "milter/signals.h"
#include "milter/watchdog.h"

namespace relaypermit {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Below the 10 s that mail servers wait for a connection that nobody has accepted: a session that
// comes in between is late, and not put off.
constexpr milliseconds longest_wait{8000};
constexpr milliseconds second_wait{1000};
constexpr milliseconds calm{60'000};
// An end takes 5 s at the most; systemd itself gives it ten.
constexpr milliseconds end_takes{8000};

// What a message of the serving process is, as its first byte.
constexpr char for_systemd = 'S';
constexpr char of_loss = 'L';
constexpr std::string_view ready_line = "READY=1\n";

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

class Supervisor {
  public:
    Supervisor(const Service& service, Log& log);
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
    ~Supervisor();

    int run();

  private:
    // How a serving process ended, as waitpid(2) says it.
    using Ending = int;

    // False where the system has no process to give.
    [[nodiscard]] bool start();
    [[noreturn]] void serve();
    [[nodiscard]] Ending watch();
    // Waits for a signal or a message, and takes what has come. False after `limit`.
    bool take_what_comes(std::optional<milliseconds> limit);
    void take_signals();
    void take_messages();
    // When something is to be done though nothing comes.
    [[nodiscard]] std::optional<milliseconds> time_left() const;
    void end_what_hangs();
    // False where the end is asked for meanwhile.
    [[nodiscard]] bool pause(milliseconds wait);
    [[nodiscard]] bool worth_another(Ending ending) const;
    void report(const std::string& what, milliseconds wait);

    const Service& service_;
    Log& log_;
    const ServiceManager systemd_{ServiceManager::from_environment()};
    const pid_t self_{::getpid()};
    int signals_{-1};
    int near_{-1};  // of the pair by which the serving process sends its messages
    int far_{-1};
    Patience patience_;
    Backoff backoff_{second_wait, longest_wait, calm};
    pid_t child_{-1};
    bool again_{};
    bool ready_{};
    bool child_changed_{};
    std::optional<Clock::time_point> asked_to_end_{};
    std::string loss_{};
};

Supervisor::Supervisor(const Service& service, Log& log)
    : service_(service), log_(log), patience_(service.watchdog.value_or(milliseconds{0})) {
    sigset_t taken;
    ::sigemptyset(&taken);
    for (const int number : {SIGHUP, SIGUSR1, SIGTERM, SIGINT, SIGCHLD})
        ::sigaddset(&taken, number);
    // The serving process begins with them blocked too, and so loses none.
    block_signals();
    signals_ = ::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals_ < 0) fail("signalfd");
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0)
        fail("socketpair");
    near_ = pair[0];
    far_ = pair[1];
}

Supervisor::~Supervisor() {
    for (const int fd : {signals_, near_, far_})
        if (fd >= 0) ::close(fd);
}

int Supervisor::run() {
    if (!start()) fail("fork");
    for (;;) {
        const auto since = Clock::now();
        const Ending ending = watch();
        if (!worth_another(ending)) {
            if (WIFEXITED(ending)) return WEXITSTATUS(ending);
            log_.write(LogLevel::error, std::string("ended by signal ") +
                                            std::to_string(WTERMSIG(ending)) + " (" +
                                            ::strsignal(WTERMSIG(ending)) + ") while it ended");
            return EX_SOFTWARE;
        }
        auto wait =
            backoff_.failed_after(std::chrono::duration_cast<milliseconds>(Clock::now() - since));
        std::string what = "process " + std::to_string(child_) + ", which served, ";
        if (WIFEXITED(ending))
            what += "has ended with exit code " + std::to_string(WEXITSTATUS(ending));
        else
            what += "was ended by signal " + std::to_string(WTERMSIG(ending)) + " (" +
                    ::strsignal(WTERMSIG(ending)) + ")" +
                    (WCOREDUMP(ending) ? ", core dumped" : "");
        again_ = true;
        for (;;) {
            report(what, wait);
            if (!pause(wait)) {
                log_.write(LogLevel::info, "ended");
                return EX_OK;
            }
            if (start()) break;
            what = std::string("cannot start a process that serves: ") + std::strerror(errno);
            wait = backoff_.failed_after(milliseconds{0});
        }
    }
}

bool Supervisor::start() {
    ready_ = false;
    child_changed_ = false;
    loss_.clear();
    patience_.begin();
    child_ = ::fork();
    if (child_ == 0) serve();
    if (child_ > 0) log_.leave_losses();
    if (child_ > 0 && !again_ && service_.forget) service_.forget();
    return child_ > 0;
}

void Supervisor::serve() {
    // Not TERM: what hangs must not outlive the kill -9 of who watches it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != self_) std::_Exit(EX_OSERR);
    ::close(signals_);
    ::close(near_);
    int code = EX_OSERR;
    try {
        code = service_.serve(Watcher(far_), again_);
    } catch (const std::exception& error) {
        std::cerr << "relaypermitd: " << error.what() << "\n";
        if (again_) log_.write(LogLevel::error, error.what());
    }
    // The files of the sockets are the watching process's to remove.
    std::_Exit(code);
}

Supervisor::Ending Supervisor::watch() {
    for (;;) {
        if (!take_what_comes(time_left())) end_what_hangs();
        if (!child_changed_) continue;
        child_changed_ = false;
        // As process 1 of a container it gets the orphans of others too.
        Ending ending = 0;
        for (pid_t ended = 0; (ended = ::waitpid(-1, &ending, WNOHANG)) > 0;)
            if (ended == child_) {
                take_messages();
                return ending;
            }
    }
}

std::optional<milliseconds> Supervisor::time_left() const {
    const auto until = asked_to_end_ ? *asked_to_end_ + end_takes : patience_.until();
    if (!until) return std::nullopt;
    return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(*until - Clock::now()));
}

void Supervisor::end_what_hangs() {
    const auto now = Clock::now();
    const std::string process = "process " + std::to_string(child_);
    if (asked_to_end_) {
        ::kill(child_, SIGKILL);
        asked_to_end_ = now;
        log_.write(LogLevel::error, process + " does not end: it is killed");
    } else if (patience_.is_over(now)) {
        log_.write(LogLevel::error, process +
                                        ", which serves, hangs: a front end has not answered for " +
                                        std::to_string(patience_.length().count() / 1000) +
                                        " s. It is ended, so that another one serves");
        ::kill(child_, SIGABRT);
        ::kill(child_, SIGCONT);  // one that is stopped takes no other
        // What was to be done is done: systemd has no reason to end this process as well.
        systemd_.watched();
    }
}

bool Supervisor::take_what_comes(std::optional<milliseconds> limit) {
    std::array<pollfd, 2> polled = {{{signals_, POLLIN, 0}, {near_, POLLIN, 0}}};
    const int ready =
        ::poll(polled.data(), polled.size(), limit ? static_cast<int>(limit->count()) : -1);
    if (ready == 0) return false;
    take_messages();
    take_signals();
    return true;
}

void Supervisor::take_signals() {
    signalfd_siginfo signal{};
    while (::read(signals_, &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
        const int number = static_cast<int>(signal.ssi_signo);
        if (number == SIGCHLD) {
            child_changed_ = true;
            continue;
        }
        if ((number == SIGTERM || number == SIGINT) && !asked_to_end_) asked_to_end_ = Clock::now();
        if (child_ > 0) ::kill(child_, number);
    }
}

void Supervisor::take_messages() {
    std::array<char, 4096> buffer;
    for (ssize_t got = 0; (got = ::recv(near_, buffer.data(), buffer.size(), 0)) > 0;) {
        const std::string_view message(buffer.data() + 1, static_cast<std::size_t>(got - 1));
        if (buffer[0] == of_loss) {
            loss_ = message;
        } else {
            ready_ = ready_ || message.substr(0, ready_line.size()) == ready_line;
            if (message == watchdog_message) patience_.answered(Clock::now());
            systemd_.send(std::string(message));
        }
    }
}

bool Supervisor::pause(milliseconds wait) {
    child_ = -1;
    const auto until = Clock::now() + wait;
    do {
        const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
        (void)take_what_comes(std::max(milliseconds{0}, left));
    } while (!asked_to_end_ && Clock::now() < until);
    return !asked_to_end_;
}

bool Supervisor::worth_another(Ending ending) const {
    if (asked_to_end_) return false;
    if (WIFSIGNALED(ending)) return true;
    const int code = WEXITSTATUS(ending);
    // A start that fails is its admin's to see. Once it has served, whatever keeps another process
    // from it (no thread or memory to be had) may pass.
    if (again_) return code != EX_OK;
    return ready_ && (code == EX_OSERR || code == EX_SOFTWARE);
}

void Supervisor::report(const std::string& what, milliseconds wait) {
    std::string line = what + ": ";
    if (wait == milliseconds{0}) {
        line += "another one serves at once";
    } else {
        line += "another one serves in " + std::to_string(wait.count() / 1000) + " s (failure " +
                std::to_string(backoff_.failures()) + " in a row)";
    }
    line +=
        ". The sockets stay open; the mail server puts the messages that were under way off, "
        "and their clients send again";
    if (!loss_.empty()) line += ". " + loss_;
    log_.write(LogLevel::error, line);
}

}  // namespace

ServiceManager Watcher::service_manager() const {
    return ServiceManager([fd = socket_](const std::string& message) {
        const std::string sent = for_systemd + message;
        [[maybe_unused]] const auto done =
            ::send(fd, sent.data(), sent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    });
}

void Watcher::note_loss(std::string_view text) const {
    const std::string sent = of_loss + std::string(text);
    [[maybe_unused]] const auto done =
        ::send(socket_, sent.data(), sent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

int supervise(const Service& service, Log& log) {
    return Supervisor(service, log).run();
}

}  // namespace relaypermit
