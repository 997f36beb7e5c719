// Opens the tables of a policy and asks the first of them what standard input says, one JSON object
// a line: {"login": hex, "sender": hex}, {"domain": hex} of a domain table, or {"threads": N,
// "seconds": S, "login": hex} to ask by several threads for a while. Answers each by a line of
// JSON. The process that conftest.py runs.
//
// usage: table_program POLICY
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "config/load.h"
#include "tables/open_table.h"

namespace {

using nlohmann::json;
using namespace relaypermit;
using Clock = std::chrono::steady_clock;

std::string bytes_of(std::string_view hex) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16));
    return bytes;
}

TableKey key_from(const json& asked) {
    if (asked.contains("domain")) {
        const std::string domain = bytes_of(asked.value("domain", ""));
        return {{}, domain, {}, domain};
    }
    const std::string login = bytes_of(asked.value("login", ""));
    const std::size_t at = login.rfind('@');
    TableKey key =
        key_of(at == std::string::npos ? Login{login, {}}
                                       : Login{login.substr(0, at), login.substr(at + 1)});
    key.sender = bytes_of(asked.value("sender", ""));
    return key;
}

double milliseconds_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

json answer(AliasTable& table, const json& asked) {
    const auto begin = Clock::now();
    const TableResult result = table.look_up(key_from(asked));
    return {{"known", result.known},
            {"values", result.values},
            {"why", result.why},
            {"ms", milliseconds_since(begin)}};
}

// What was answered, how often, and how long the slowest took.
json answers_of_many(AliasTable& table, const json& asked) {
    const TableKey key = key_from(asked);
    const auto end = Clock::now() + std::chrono::duration<double>(asked.value("seconds", 1.0));
    std::mutex mutex;
    std::map<std::string, int> counts;
    double slowest = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < asked.value("threads", 8); ++i)
        threads.emplace_back([&] {
            while (Clock::now() < end) {
                const auto begin = Clock::now();
                const TableResult result = table.look_up(key);
                std::string said = result.known ? "" : "unknown";
                for (const std::string& value : result.values) said += value + " ";
                const std::lock_guard lock(mutex);
                ++counts[said];
                slowest = std::max(slowest, milliseconds_since(begin));
            }
        });
    for (std::thread& thread : threads) thread.join();
    return {{"counts", counts}, {"slowest", slowest}};
}

void say(const json& line) {
    std::cout << line.dump(-1, ' ', true, json::error_handler_t::replace) << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::signal(SIGPIPE, SIG_IGN);  // as both programs do
    const Loaded loaded = load_policy(argv[1], "mail.example.com");
    for (const Diagnostic& error : loaded.errors) std::cerr << to_string(error) << "\n";
    if (!loaded.policy) return 1;
    const OpenedTable table = open_table(loaded.settings.tables.at(0));
    if (!table) {
        say({{"error", table.error()}});
        return 0;
    }
    say({{"uses_login", (*table)->uses().login},
         {"uses_sender", (*table)->uses().sender},
         {"for_whole_addresses", (*table)->is_for_whole_addresses()}});
    for (std::string line; std::getline(std::cin, line);) {
        const json asked = json::parse(line);
        say(asked.contains("threads") ? answers_of_many(**table, asked) : answer(**table, asked));
    }
}
