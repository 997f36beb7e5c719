#include "config/kept_policy.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/policy_file.h"
#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

std::string all(const std::optional<KeptTexts>& texts) {
    if (!texts) return "none";
    std::string out;
    for (const PolicyText& one : texts->policy) out += "<" + one.name + ">" + one.text;
    if (texts->suspensions) out += " with " + *texts->suspensions;
    return out;
}

TEST(KeptPolicy, IsWhatWasKeptLast) {
    const KeptPolicy kept;
    EXPECT_EQ(all(kept.read()), "none");
    ASSERT_TRUE(kept.keep({{"a", "1\n2"}, {"policy.d/b", ""}}));
    EXPECT_EQ(all(kept.read()), "<a>1\n2<policy.d/b>");
    ASSERT_TRUE(kept.keep({{"a", std::string(100'000, 'x')}}));
    ASSERT_TRUE(kept.keep({{"a", "3"}}));
    EXPECT_EQ(all(kept.read()), "<a>3");
}

TEST(KeptPolicy, IsThereForWhoComesAfterAProcessThatKeptIt) {
    const KeptPolicy kept;
    ASSERT_TRUE(kept.keep({{"a", "old"}}));
    const pid_t child = ::fork();
    if (child == 0) ::_exit(kept.keep({{"a", "new"}}) ? 0 : 1);
    int ending = 0;
    ASSERT_EQ(::waitpid(child, &ending, 0), child);
    EXPECT_EQ(ending, 0);
    EXPECT_EQ(all(kept.read()), "<a>new");
}

// A limit of file sizes stands for whatever keeps memory from being had.
TEST(KeptPolicy, KeepsTheOneBeforeWhereTheNextDoesNotFit) {
    const KeptPolicy kept;
    ASSERT_TRUE(kept.keep({{"a", "old"}}));
    const pid_t child = ::fork();
    if (child == 0) {
        const rlimit small{1000, 1000};
        ::setrlimit(RLIMIT_FSIZE, &small);
        const auto done = kept.keep({{"a", std::string(100'000, 'x')}});
        ::_exit(done ? 1 : done.error() == reason_of(EFBIG) ? 0 : 2);
    }
    int ending = 0;
    ASSERT_EQ(::waitpid(child, &ending, 0), child);
    ASSERT_TRUE(WIFEXITED(ending)) << "the signal of the limit must not end it";
    EXPECT_NE(WEXITSTATUS(ending), 1) << "it said that it did";
    EXPECT_EQ(WEXITSTATUS(ending), 0) << "it gave another reason";
    EXPECT_EQ(all(kept.read()), "<a>old");
}

// The two files in memory that one of these has, as it made them.
std::vector<std::filesystem::path> memory_files() {
    std::set<int> numbers;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const auto target = std::filesystem::read_symlink(entry.path(), gone);
        if (target.string().starts_with("/memfd:relaypermit-policy"))
            numbers.insert(std::stoi(entry.path().filename().string()));
    }
    std::vector<std::filesystem::path> files;
    for (const int number : numbers) files.push_back("/proc/self/fd/" + std::to_string(number));
    return files;
}

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

// It dies once the next is whole, and before the one before it is gone.
TEST(KeptPolicy, IsTheNewerWhereAProcessDiedBetweenTheTwo) {
    const KeptPolicy kept;
    const auto files = memory_files();
    ASSERT_EQ(files.size(), 2U);
    std::string expected;
    for (int round = 0; round < 4; ++round) {
        const std::vector<std::string> before = {text_of(files[0]), text_of(files[1])};
        expected = "<a>" + std::to_string(round);
        ASSERT_TRUE(kept.keep({{"a", std::to_string(round)}}));
        for (std::size_t i = 0; i < files.size(); ++i)
            if (text_of(files[i]).empty()) std::ofstream(files[i], std::ios::binary) << before[i];
        EXPECT_EQ(all(kept.read()), expected);
    }
    ASSERT_TRUE(kept.keep({{"a", "last"}}));
    EXPECT_EQ(all(kept.read()), "<a>last");
}

TEST(KeptPolicy, IsKeptWithTheSuspensionsThatTookThePlaceOfItsOwn) {
    const KeptPolicy kept;
    EXPECT_FALSE(kept.keep_suspensions("x"));
    ASSERT_TRUE(kept.keep({{"a", "1"}}));
    ASSERT_TRUE(kept.keep_suspensions("first"));
    ASSERT_TRUE(kept.keep_suspensions("second\n"));
    EXPECT_EQ(all(kept.read()), "<a>1 with second\n");
    ASSERT_TRUE(kept.keep_suspensions(""));
    EXPECT_EQ(all(kept.read()), "<a>1 with ");
    ASSERT_TRUE(kept.keep({{"a", "2"}}));
    EXPECT_EQ(all(kept.read()), "<a>2");
}

TEST(KeptPolicy, LoadsAsItsFilesDid) {
    ScratchTool tool;
    tool.write("policy.toml", "relay.hosted_domains = [\"example.com\"]\n");
    tool.write("policy.d/00-suspended.toml",
               "[[restrict]]\nid = \"x\"\nlogins = [\"a@example.com\"]\nsuspended = true\n");
    std::vector<PolicyText> texts;
    const Loaded first = load_policy(tool.path("policy.toml"), "mail.example.com", texts);
    ASSERT_TRUE(first.policy);
    const Loaded again = load_kept_policy(texts, "mail.example.com");
    ASSERT_TRUE(again.policy);
    EXPECT_EQ(again.read, first.read);
    ASSERT_EQ(again.policy->source().restrictions.size(), 1U);
    EXPECT_EQ(to_string(again.policy->source().restrictions.at(0).place),
              tool.path("policy.d/00-suspended.toml") + ":1:1");
}

}  // namespace
}  // namespace relaypermit
