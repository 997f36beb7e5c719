// The milter front end: libmilter's callbacks, translated to and from Session. mfapi.h is included
// by milter_server.cpp alone.
//
// libmilter (Debian builds it with a pool of workers) moves a session from thread to thread
// between two callbacks, one at a time; a callback that blocks can hold up other sessions.
#pragma once

#include <cstddef>

#include "milter/decider.h"
#include "milter/listener.h"
#include "milter/metrics.h"

namespace relaypermit {

struct MilterOptions {
    // Sessions above this number are turned away at their start, so that the MTA answers 4xx
    // instead of everybody waiting for descriptors.
    std::size_t max_sessions{};
    // Over TCP, leaving out DATA makes Postfix send two small packets in a row, which Nagle's
    // algorithm and delayed acknowledgements hold up by 40 ms for each message.
    bool over_tcp{};
};

// Serves milter sessions on the listener's socket until the process ends. libmilter has one state
// for the whole process: call once, in a thread that has all signals blocked (signals.h). Returns
// only where libmilter gives up; false where it could not even start. `decider`, `metrics` and
// `log` must live as long as the process.
[[nodiscard]] bool run_milter(const Listener& listener, const MilterOptions& options,
                              Decider& decider, Metrics& metrics, Log& log);

// Messages between MAIL and their end, at this moment. Any thread.
[[nodiscard]] std::size_t milter_messages_open();

// Sessions at this moment. Any thread.
[[nodiscard]] std::size_t milter_sessions_open();

// "1.0.1": libmilter counts its versions apart from Sendmail's. For -V.
[[nodiscard]] std::string libmilter_version();

}  // namespace relaypermit
