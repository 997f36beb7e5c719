// Eight threads ask a file while it is replaced: each answer is of one version, whole.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tables/cdb_rows.h"
#include "tables/file_table.h"
#include "tables/lmdb_rows.h"
#include "tables/text_rows.h"
#include "tests/support/postmap.h"

namespace relaypermit::testing {
namespace {

using namespace std::chrono_literals;

constexpr int readers = 8;
constexpr int reads = 60'000 / readers;
constexpr int rows = 200;
constexpr int versions = 5;  // at least

// Every row says which version it is of.
std::string text_of(int version) {
    std::string text;
    for (int n = 0; n < rows; ++n)
        text += "user" + std::to_string(n) + "@example.com v" + std::to_string(version) + "\n";
    return text;
}

// A clock that never stands still, so that every look is due.
FileClock restless(std::atomic<std::int64_t>& seconds) {
    return {[&] { return std::chrono::steady_clock::time_point(std::chrono::seconds(++seconds)); },
            [] { return std::chrono::system_clock::now() + 1h; }};
}

// Calls `replace` with one version after the other while the table is asked.
void ask_while(FileTable& table, const std::function<void(int version)>& replace) {
    std::atomic<int> newest{1};  // that may be read
    std::atomic<bool> done{};
    std::atomic<int> wrong{};
    std::atomic<int> unknown{};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < readers; ++thread)
        threads.emplace_back([&, thread] {
            for (int round = 0; round < reads || newest < versions; ++round) {
                const TableResult result = table.look_up(
                    key_of({"user" + std::to_string((thread * 31 + round) % rows), "example.com"}));
                if (!result.known) {
                    ++unknown;
                } else if (result.values.size() != 1 || result.values[0].empty() ||
                           result.values[0][0] != 'v' ||
                           std::stoi(result.values[0].substr(1)) > newest) {
                    ++wrong;
                }
            }
        });
    std::thread writer([&] {
        for (int version = 2; !done; ++version) {
            newest = version;
            replace(version);
        }
    });
    for (std::thread& thread : threads) thread.join();
    done = true;
    writer.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(unknown, 0);
    (void)table.outdated();
    EXPECT_EQ(table.look_up(key_of({"user7", "example.com"})).values,
              std::vector<std::string>{"v" + std::to_string(newest)});
}

TEST(FileTableThreads, AnswersFromWholeTexts) {
    const ScratchDirectory folder;
    const std::string path = folder.write("senders", text_of(1));
    std::atomic<std::int64_t> seconds{};
    const auto table = FileTable::open(path, open_text_rows, 0s, restless(seconds));
    ASSERT_TRUE(table);
    ask_while(**table, [&](int version) {
        folder.write("draft", text_of(version));
        std::filesystem::rename(folder.file("draft"), path);
    });
}

TEST(FileTableThreads, AnswersFromWholeCdbFiles) {
    const ScratchDirectory folder;
    const auto text = [](int version) {
        CdbText made;
        for (int n = 0; n < rows; ++n)
            made.add("user" + std::to_string(n) + "@example.com", "v" + std::to_string(version));
        return *std::move(made).take();
    };
    const std::string path = folder.write("senders.cdb", text(1));
    std::atomic<std::int64_t> seconds{};
    const auto table = FileTable::open(path, open_cdb_rows, 0s, restless(seconds));
    ASSERT_TRUE(table);
    ask_while(**table, [&](int version) {
        folder.write("draft", text(version));
        std::filesystem::rename(folder.file("draft"), path);
    });
}

// Which postmap rewrites in place.
TEST(FileTableThreads, AnswersFromLmdbWhilePostmapWrites) {
    const ScratchDirectory folder;
    folder.write("senders", text_of(1));
    const std::string path = postmap(folder, "lmdb", "senders");
    std::atomic<std::int64_t> seconds{};
    const auto table = FileTable::open(path, open_lmdb_rows, 0s, restless(seconds));
    ASSERT_TRUE(table);
    ask_while(**table, [&](int version) {
        folder.write("senders", text_of(version));
        (void)postmap(folder, "lmdb", "senders");
    });
}

}  // namespace
}  // namespace relaypermit::testing
