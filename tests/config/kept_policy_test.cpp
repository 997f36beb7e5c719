#include "config/kept_policy.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/scratch_tool.h"

namespace relaypermit {
namespace {

std::string all(const std::optional<std::vector<PolicyText>>& texts) {
    if (!texts) return "none";
    std::string out;
    for (const PolicyText& one : *texts) out += "<" + one.name + ">" + one.text;
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
        ::_exit(kept.keep({{"a", std::string(100'000, 'x')}}) ? 1 : 0);
    }
    int ending = 0;
    ASSERT_EQ(::waitpid(child, &ending, 0), child);
    EXPECT_EQ(ending, 0) << "the signal of the limit must not end it, nor may it say that it did";
    EXPECT_EQ(all(kept.read()), "<a>old");
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
