#include "milter/signals.h"

#include <time.h>
#include <unistd.h>

#include <initializer_list>

// libmilter's signal thread sleeps here for ever; nobody else calls it.
extern "C" int sigwait(const sigset_t* /*set*/, int* /*number*/) {
    for (;;) ::pause();
}

namespace relaypermit {

void block_signals() {
    sigset_t all;
    ::sigfillset(&all);
    // What a fault of ours raises must still end the process, and a terminal keep its keys.
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGQUIT, SIGTSTP})
        ::sigdelset(&all, number);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    // Libraries of databases write to sockets whose other end may be gone.
    std::signal(SIGPIPE, SIG_IGN);  // NOLINT: no threads yet
    // Also for whoever unblocks it: behind a limit of file sizes a write then fails with EFBIG.
    std::signal(SIGXFSZ, SIG_IGN);  // NOLINT: no threads yet
}

void hold_back_reloads() {
    sigset_t reloads;
    ::sigemptyset(&reloads);
    for (const int number : {SIGHUP, SIGUSR1}) ::sigaddset(&reloads, number);
    ::pthread_sigmask(SIG_BLOCK, &reloads, nullptr);
}

Signals::Signals() : waiting_(::pthread_self()) {
    block_signals();
    ::sigemptyset(&waited_for_);
    for (const int number : {SIGHUP, SIGUSR1, SIGTERM, SIGINT, SIGUSR2})
        ::sigaddset(&waited_for_, number);
}

Wish Signals::wait(std::chrono::steady_clock::time_point until) {
    for (;;) {
        const auto left = until - std::chrono::steady_clock::now();
        if (left <= left.zero()) return Wish::nothing;
        const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
        timespec limit{};
        limit.tv_sec = static_cast<time_t>(seconds.count());
        limit.tv_nsec = static_cast<long>((left - seconds).count());
        // sigwait() without its name; -1 where it is time, or a debugger or a stop interrupted it.
        switch (::sigtimedwait(&waited_for_, nullptr, &limit)) {
            case SIGHUP:
            case SIGUSR1:
                return Wish::reload;
            case SIGTERM:
            case SIGINT:
                return Wish::end;
            case SIGUSR2:
                if (milter_ended_) return Wish::milter_ended;
                break;
            default:
                break;
        }
    }
}

void Signals::tell_milter_ended() noexcept {
    milter_ended_ = true;
    ::pthread_kill(waiting_, SIGUSR2);
}

}  // namespace relaypermit
