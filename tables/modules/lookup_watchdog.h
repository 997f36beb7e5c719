// Ends lookups that a library does not come back from: at their deadline it shuts their socket
// down, at which every library gives up. libldap waits for ever for the rest of an answer, and over
// GnuTLS spins in the handshake with a silent server (2.5.13). Any thread.
#pragma once

#include <atomic>
#include <memory>

#include "tables/deadline.h"

namespace relaypermit {

// One lookup that is watched, from watch() until it goes.
class WatchedLookup {
  public:
    explicit WatchedLookup(const Deadline& deadline);
    ~WatchedLookup();
    WatchedLookup(const WatchedLookup&) = delete;
    WatchedLookup& operator=(const WatchedLookup&) = delete;

    // The socket to shut down, besides those that were named before. A copy is kept, so that a
    // descriptor that the library closes and the system gives out again is nobody else's.
    void watch(int descriptor);
    [[nodiscard]] bool was_ended() const;

  private:
    friend class LookupWatchdog;
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace relaypermit
