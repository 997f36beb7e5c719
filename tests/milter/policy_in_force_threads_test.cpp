// Reloads while sessions decide: each message has one policy from its beginning to its end, and no
// thread sees half of one. Run under ThreadSanitizer too.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "milter/policy_in_force.h"
#include "tests/support/daemon_fakes.h"
#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

// Two policies that agree on nothing: by the one alice may send as a@, by the other as b@.
std::string policy_for(char sender) {
    return std::string(
               "[relay]\nhosted_domains = [\"example.com\"]\n[login]\n"
               "owns_own_address = false\n[[alias]]\nid = \"only-") +
           sender + "\"\nlogins = [\"alice@example.com\"]\nsenders = [\"" + sender +
           "@example.com\"]\n";
}

TEST(PolicyInForceThreads, NeverSplitAMessageBetweenTwoPolicies) {
    const ScratchDirectory directory;
    const fs::path path = directory.path() / "policy.toml";
    std::ofstream(path) << policy_for('a');

    KeptLog log;
    KeptRecords records;
    NoTables tables;
    PolicyInForce policies(path, "mail.example.com", load_policy(path, "mail.example.com"), log);
    std::atomic<std::uint64_t> references{0};
    Decider decider({policies, tables, records, log, [] { return TimePoint{}; },
                     [&references] { return ++references; }});

    std::atomic<bool> ending{false};
    std::atomic<int> split{0};
    std::atomic<int> accepted{0};
    std::vector<std::thread> sessions;
    for (int thread = 0; thread < 4; ++thread)
        sessions.emplace_back([&] {
            Session session(decider, HeaderEvents::reported);
            ConnectEvent event;
            event.client = IpAddress::parse("198.51.100.1");
            event.port = 587;
            session.connect(event);
            session.helo("client.example");
            const auto mail = [&](const char* sender) {
                return session.mail({"<" + std::string(sender) + "@example.com>",
                                     std::string(sender) + "@example.com", "PLAIN",
                                     "alice@example.com", "TLSv1.3", ""});
            };
            while (!ending) {
                const char* sender = "a";
                if (mail(sender)) {
                    sender = "b";
                    if (mail(sender)) continue;  // reloaded in between
                }
                session.header("From", std::string(sender) + "@example.com");
                if (session.rcpt({"<x@remote.example>", "smtp", TakenByMta::accepted, "", "Q1"}) ||
                    session.end_of_message("Q1"))
                    ++split;
                ++accepted;
            }
        });
    for (int reload = 0; reload < 40; ++reload) {
        const bool broken = reload % 2 == 1;
        std::ofstream(path) << (broken ? "mode = 7" : policy_for(reload % 4 == 0 ? 'b' : 'a'));
        EXPECT_EQ(policies.reload(), !broken);
        // The sessions get a turn even where one core has everything to do.
        const int before = accepted;
        while (accepted < before + 4) std::this_thread::yield();
    }
    ending = true;
    for (std::thread& session : sessions) session.join();
    EXPECT_EQ(split, 0);
}

}  // namespace
}  // namespace relaypermit
