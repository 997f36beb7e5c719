#include "policy/rule_list.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "policy/one_or_many.h"
#include "policy/shared_text.h"
#include "tests/support/policy_builder.h"

namespace relaypermit {
namespace {

std::string joined(const RuleList<std::string>& rules) {
    return std::accumulate(rules.begin(), rules.end(), std::string());
}

TEST(RuleList, ReadsAsOneListWhateverIsShared) {
    RuleList<std::string> rules = std::vector<std::string>{"a", "b", "c"};
    rules.edit(1) = "B";
    rules.share();
    EXPECT_EQ(joined(rules), "aBc");
    rules.push_back("d");
    rules.edit(0) = "A";
    rules.edit(3) += "!";
    EXPECT_EQ(joined(rules), "ABcd!");
    EXPECT_EQ(rules.size(), 4U);
    EXPECT_EQ(rules.back(), "d!");
    EXPECT_EQ(rules.at(2), "c");
    EXPECT_THROW((void)rules.at(4), std::out_of_range);
}

TEST(RuleList, SharesWithItsCopiesAndNeverWritesToWhatIsShared) {
    RuleList<std::string> rules = std::vector<std::string>{"a", "b"};
    rules.share();
    RuleList<std::string> copy = rules;
    EXPECT_EQ(&copy[0], &rules[0]);
    copy.edit(0) = "A";
    copy.push_back("c");
    copy.share();  // there is something shared already: nothing changes
    EXPECT_EQ(copy.shared(), rules.shared());
    EXPECT_EQ(joined(copy), "Abc");
    EXPECT_EQ(joined(rules), "ab");
    EXPECT_EQ(copy.changed().size(), 1U);
    copy.clear();
    EXPECT_TRUE(copy.empty());
    EXPECT_EQ(joined(rules), "ab");
}

TEST(OneOrMany, IsAListOfAnyLength) {
    OneOrMany<std::string> list;
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.begin(), list.end());
    std::vector<std::string> same;
    for (const char* item : {"one", "two", "three"}) {
        list.push_back(item);
        same.emplace_back(item);
        EXPECT_EQ(std::vector<std::string>(list.begin(), list.end()), same);
        const OneOrMany<std::string> copy = same;
        EXPECT_EQ(copy.size(), same.size());
        EXPECT_EQ(copy.back(), item);
    }
    OneOrMany<std::string> copy = list;
    copy.push_back("four");
    EXPECT_EQ(list.size(), 3U);
    EXPECT_EQ(copy[3], "four");
}

TEST(SharedText, IsHeldOnce) {
    const SharedText text = "policy.toml";
    SharedText copy = text;
    EXPECT_EQ(copy.view().data(), text.view().data());
    EXPECT_EQ(copy, "policy.toml");
    EXPECT_EQ(copy, SharedText("policy.toml"));
    copy = {};
    EXPECT_TRUE(copy.empty());
    EXPECT_EQ(text.str(), "policy.toml");
    EXPECT_TRUE(SharedText("").empty());
}

LoginPattern login(std::string_view text) {
    return {testing::pattern(text, PatternRole::login), {}, {}};
}

TEST(LoginPatterns, ReadAsOneListInTheOrderOfTheFile) {
    const auto group = [](std::vector<LoginPattern> members) {
        return std::make_shared<const LoginGroup>(LoginGroup{"g", std::move(members)});
    };
    const auto texts = [](const LoginPatterns& logins) {
        std::string all;
        for (const LoginPattern& one : logins) all += one.pattern.text() + " ";
        return all;
    };
    LoginPatterns logins;
    EXPECT_TRUE(logins.empty());
    logins.push_back(login("a"));
    EXPECT_EQ(texts(logins), "a ");
    logins.add(group({}));
    EXPECT_EQ(texts(logins), "a ");
    logins.add(group({login("b"), login("c")}));
    logins.push_back(login("d"));
    logins.push_back(login("e"));
    logins.add(group({}));
    EXPECT_EQ(texts(logins), "a b c d e ");
    EXPECT_EQ(logins.size(), 5U);
    EXPECT_EQ(logins[2].pattern.text(), "c");

    LoginPatterns of_groups;
    of_groups.add(group({}));
    EXPECT_TRUE(of_groups.empty());
    of_groups.add(group({login("b")}));
    EXPECT_EQ(texts(of_groups), "b ");
    EXPECT_EQ(of_groups.front().pattern.text(), "b");
}

// A million of them are a gigabyte at 1,000 bytes each. tests/bench/memory measures what is live.
TEST(Grant, OfOneLoginAndOneSenderIsSmall) {
    EXPECT_LE(sizeof(Grant), 176U);
    EXPECT_LE(sizeof(Pattern), 24U);
    EXPECT_LE(sizeof(Place), 16U);
}

}  // namespace
}  // namespace relaypermit
