// What the tests of the store's faults run, kill and measure: a process that does with the store
// what the daemon does.
//
//   store_program offer PATH SECONDS RATE   offers RATE decisions a second; says "offered N stored
//                                           M" all the time, and at the end what became of them
//   store_program import PATH < mail.log    stores the decisions of a mail log
//   store_program fill PATH COUNT           stores COUNT decisions as a busy server makes them
#include <chrono>
#include <cstdint>
#include <iostream>
#include <thread>

#include "policy/reference.h"
#include "record/store_writer.h"
#include "tests/support/sample_record.h"
#include "tool/inspect/maillog.h"

namespace {

using namespace relaypermit;
using Steady = std::chrono::steady_clock;

TimePoint wall_clock() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

void say(const std::string& line) {
    std::cerr << line + "\n";
}

// Most mail is accepted; many people, many recipients, a few who are refused.
Record busy_record(unsigned number) {
    const unsigned mixed = number * 2654435761U;
    const std::string person = "user" + std::to_string(mixed % 5003) + "@example.com";
    Record record = sample_accept(number);
    record.login = record.sender = person;
    record.from = {person};
    record.recipients = {"x" + std::to_string(mixed % 7919) + "@remote" +
                         std::to_string(mixed % 997) + ".example"};
    record.recipient_count = 1;
    record.client = "198.51." + std::to_string(mixed % 100) + "." + std::to_string(mixed % 251);
    record.helo = "laptop-" + std::to_string(mixed % 5003);
    if (number % 10 == 9) {
        record.verdict = Outcome::reject;
        record.cause = Cause::sender_not_owned;
        record.stage = Stage::mail;
        record.sender = "alias" + std::to_string(mixed % 61) + "@example.com";
        record.from.clear();
        record.recipients.clear();
        record.recipient_count = 0;
        record.rules.clear();
        record.reference = format_reference(number);
        record.reply = "550 5.7.1 Not sent - ref " + record.reference;
    }
    return record;
}

void print(const StoreCounts& counts) {
    std::cout << "in all: offered " << counts.offered << " stored " << counts.stored << " dropped "
              << counts.dropped << " waiting " << counts.waiting << std::endl;
}

int offer(const std::string& path, int seconds, int rate) {
    StoreWriter writer{{.path = path,
                        .flush_after = std::chrono::milliseconds{100},
                        .lock_wait = std::chrono::milliseconds{200},
                        .retry_after = std::chrono::milliseconds{200}},
                       wall_clock,
                       say};
    unsigned number = 0;
    const auto begun = Steady::now();
    for (auto next = begun; next < begun + std::chrono::seconds{seconds};
         next += std::chrono::milliseconds{10}) {
        std::this_thread::sleep_until(next);
        for (int i = 0; i < rate / 100; ++i) writer.offer(busy_record(++number), wall_clock());
        const StoreCounts counts = writer.counts();
        std::cout << "offered " << counts.offered << " stored " << counts.stored << std::endl;
    }
    const auto deadline = Steady::now() + std::chrono::seconds{20};
    while (!writer.flush() && Steady::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    print(writer.counts());
    return 0;
}

// As fast as the disk takes them.
class Patient {
  public:
    explicit Patient(const std::string& path)
        : writer_({.path = path, .keep_days = 0, .max_mb = 0, .queue_capacity = 100000}, wall_clock,
                  say) {}
    void put(Record record, TimePoint time) {
        writer_.offer(std::move(record), time);
        if (++since_flush_ == 20000) {
            writer_.flush();
            since_flush_ = 0;
        }
    }
    StoreCounts end() {
        writer_.flush();
        return writer_.counts();
    }

  private:
    StoreWriter writer_;
    int since_flush_{};
};

int import(const std::string& path) {
    Patient patient{path};
    const auto done = read_maillogs({"-"}, std::cin, wall_clock(), [&](Decision&& decision) {
        patient.put(decision.record(), decision.stored.time);
        return true;
    });
    print(patient.end());
    return done ? 0 : 1;
}

int fill(const std::string& path, unsigned count) {
    Patient patient{path};
    const TimePoint begun = wall_clock() - std::chrono::hours{24 * 6};
    for (unsigned i = 0; i < count; ++i) {
        // Spread over six days.
        patient.put(busy_record(i),
                    begun + std::chrono::seconds{std::uint64_t{i} * 518400 / count});
    }
    print(patient.end());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv, argv + argc);
    if (argc == 5 && arguments[1] == "offer")
        return offer(arguments[2], std::stoi(arguments[3]), std::stoi(arguments[4]));
    if (argc == 3 && arguments[1] == "import") return import(arguments[2]);
    if (argc == 4 && arguments[1] == "fill")
        return fill(arguments[2], static_cast<unsigned>(std::stoul(arguments[3])));
    std::cerr << "usage: see the head of store_program.cpp\n";
    return 64;
}
