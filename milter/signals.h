// The signals of the daemon as values that one thread waits for.
//
// libmilter starts a thread that sigwait()s for HUP, TERM and INT and takes each for the end, and
// which of two waiting threads gets a signal is the kernel's choice. So signals.cpp defines
// sigwait() itself: the definition of a program takes the place of the C library's, for libmilter
// too, and this one never returns.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>

namespace relaypermit {

// Holds back what asks for a reload until somebody waits for it: a daemon that still reads its
// policy would end by it. TERM and INT go on ending that. In the main thread, before any other.
void hold_back_reloads();

enum class Wish : std::uint8_t { reload, end, milter_ended, nothing };

// Blocks what would end the process by itself, in this thread and in all threads and processes made
// later: all signals but those that a fault of ours raises and the keys of a terminal.
void block_signals();

class Signals {
  public:
    // In the main thread, before any other starts: block_signals(). From here on none is lost.
    Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals() = default;

    // Waits for the next wish: HUP and USR1 are to reload, TERM and INT to end. In the thread that
    // made this. Wish::nothing once it is `until`.
    [[nodiscard]] Wish wait(std::chrono::steady_clock::time_point until);
    // From any thread.
    void tell_milter_ended() noexcept;

  private:
    sigset_t waited_for_{};
    const pthread_t waiting_;
    std::atomic<bool> milter_ended_{false};
};

}  // namespace relaypermit
