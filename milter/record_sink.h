// Where decisions go. A new kind of sink is a RecordSink of its own and its row in
// record_sinks.cpp.
#pragma once

#include <cstdint>
#include <string>

#include "config/control_protocol.h"
#include "config/settings.h"
#include "record/record.h"
#include "record/store_writer.h"

namespace relaypermit {

// Since the process began, whatever reloads there were.
struct SinkCounts {
    std::uint64_t store_waiting{};  // now
    std::uint64_t store_dropped{};
};

class RecordSink {
  public:
    RecordSink() = default;
    RecordSink(const RecordSink&) = delete;
    RecordSink& operator=(const RecordSink&) = delete;
    virtual ~RecordSink() = default;

    // Called once for each decision, by the thread that decides and before the client is
    // answered: a sink must not wait for a disk or a network.
    virtual void write(const Record& record) = 0;

    // What the policy says of it from now on, and where the lines of decisions go, which a sink
    // that loses one has to say. By the thread that reloads; write() goes on meanwhile.
    virtual void apply(const LogSettings& /*settings*/, LogCopy /*lines*/) {}
    // What a crash of this process would cost, as a sentence without its end; empty: nothing. Of
    // the applying thread alone.
    [[nodiscard]] virtual std::string lost_in_a_crash() const { return {}; }
    // Its part of the daemon's status under the policy in force. Any thread.
    virtual void tell(const LogSettings& /*settings*/, DaemonStatus& /*status*/) const {}
    // What it has to add to the counts. Any thread.
    virtual void count(SinkCounts& /*counts*/) const {}
    // Ends what it has begun; for the end of the process.
    virtual void close() {}
};

}  // namespace relaypermit
