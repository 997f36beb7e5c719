#include "milter/supervisor.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <stdexcept>

#include "milter/signals.h"

namespace relaypermit {
namespace {

class NoLog final : public Log {
  public:
    void write(LogLevel, std::string_view) override {}
};

using Serve = std::function<int(const Watcher&, bool again)>;

// What supervise() returns, in a process of its own: it changes how signals are taken.
int supervised(const Serve& serve) {
    const pid_t child = ::fork();
    if (child == 0) {
        NoLog log;
        std::_Exit(supervise({serve, {}}, log));
    }
    int ending = 0;
    ::waitpid(child, &ending, 0);
    return WIFEXITED(ending) ? WEXITSTATUS(ending) : -1;
}

TEST(Supervisor, HandsOnTheExitCodeOfWhatEndsByItself) {
    EXPECT_EQ(supervised([](const Watcher&, bool) { return EX_OK; }), EX_OK);
    EXPECT_EQ(supervised([](const Watcher&, bool) { return EX_CONFIG; }), EX_CONFIG);
}

TEST(Supervisor, HasAnotherProcessServeWhereASignalEndsOne) {
    EXPECT_EQ(supervised([](const Watcher&, bool again) {
                  if (!again) ::raise(SIGKILL);
                  return EX_OK;
              }),
              EX_OK);
}

TEST(Supervisor, HasAnotherProcessServeWhereOneFailsThatWasReady) {
    for (const int code : {EX_OSERR, EX_SOFTWARE})
        EXPECT_EQ(supervised([&](const Watcher& watcher, bool again) {
                      watcher.service_manager().ready("served");
                      return again ? EX_OK : code;
                  }),
                  EX_OK);
}

TEST(Supervisor, DoesNotTryAgainWhatFailsInItsStart) {
    for (const int code : {EX_OSERR, EX_SOFTWARE})
        EXPECT_EQ(supervised([&](const Watcher&, bool again) { return again ? 7 : code; }), code);
}

// Without end where it were not done: the whole test would hang.
TEST(Supervisor, HasAnotherProcessServeWhereAWatchedOneFallsSilent) {
    for (const bool stopped : {false, true}) {
        const pid_t child = ::fork();
        if (child == 0) {
            NoLog log;
            const Serve serve = [&](const Watcher& watcher, bool again) {
                if (again) return EX_OK;
                watcher.service_manager().watched();
                if (stopped) ::raise(SIGSTOP);
                for (;;) ::pause();
            };
            std::_Exit(supervise({serve, {}, std::chrono::milliseconds{200}}, log));
        }
        int ending = 0;
        ::waitpid(child, &ending, 0);
        EXPECT_TRUE(WIFEXITED(ending) && WEXITSTATUS(ending) == EX_OK) << stopped;
    }
}

// A daemon that reads a large policy at its start is none that a HUP may end.
TEST(Supervisor, HandsOnWhatAskedForAReloadBeforeItWatched) {
    for (const int number : {SIGHUP, SIGUSR1}) {
        const pid_t child = ::fork();
        if (child == 0) {
            hold_back_reloads();
            ::raise(number);
            NoLog log;
            const Serve serve = [&](const Watcher&, bool) {
                Signals signals;
                return signals.wait(std::chrono::steady_clock::now() + std::chrono::hours(1)) ==
                               Wish::reload
                           ? 7
                           : 1;
            };
            std::_Exit(supervise({serve, {}}, log));
        }
        int ending = 0;
        ::waitpid(child, &ending, 0);
        EXPECT_TRUE(WIFEXITED(ending)) << "ended by signal " << WTERMSIG(ending);
        EXPECT_EQ(WEXITSTATUS(ending), 7);
    }
}

// Somebody is editing the policy, or there is no thread to be had just now.
TEST(Supervisor, GoesOnTryingAfterACrashWhateverKeepsTheNextProcessFromServing) {
    void* shared =
        ::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    int& starts = *static_cast<int*>(shared);
    EXPECT_EQ(supervised([&](const Watcher& watcher, bool) {
                  switch (++starts) {
                      case 1:
                          watcher.service_manager().ready("served");
                          ::raise(SIGKILL);
                          break;
                      case 2:
                          return EX_CONFIG;
                      default:
                          break;
                  }
                  return EX_OK;
              }),
              EX_OK);
    EXPECT_EQ(starts, 3);
    ::munmap(shared, sizeof(int));
}

TEST(Supervisor, TakesAnExceptionForAFailureOfTheSystem) {
    EXPECT_EQ(supervised([](const Watcher&, bool) -> int { throw std::runtime_error("no more"); }),
              EX_OSERR);
}

TEST(Supervisor, LosesNoSignalThatComesBeforeTheOtherProcessListens) {
    EXPECT_EQ(supervised([](const Watcher&, bool) {
                  ::kill(::getppid(), SIGTERM);
                  sigset_t wanted;
                  ::sigemptyset(&wanted);
                  ::sigaddset(&wanted, SIGTERM);
                  int number = 0;
                  while (number != SIGTERM) number = ::sigwaitinfo(&wanted, nullptr);
                  return 7;
              }),
              7);
}

}  // namespace
}  // namespace relaypermit
