#include "config/foreign_wildcard.h"

#include <gtest/gtest.h>

#include <string>

#include "policy/address.h"
#include "policy/domain.h"
#include "policy/login.h"
#include "policy/pattern.h"

namespace relaypermit {
namespace {

// What is written in the words of other programs stands in tests/mistakes.md.
TEST(ForeignWildcard, IsNothingThatIsAPatternOrAnAddress) {
    for (const std::string_view text : {"bob@example.com",
                                        "*@example.com",
                                        "*@*.example.com",
                                        "bounce-*@example.com",
                                        "*-bounces@example.com",
                                        "anon.*@example.com",
                                        "*",
                                        "<>",
                                        "{user}@example.com",
                                        "{user}@{domain}",
                                        "bob+tag@example.com",
                                        "SRS0=*@example.com",
                                        "o'hara@example.com",
                                        "a%b@example.com",
                                        "user%example.org",
                                        "EXAMPLE\\bob",
                                        "bob@[192.0.2.1]",
                                        "\"a|b\"@example.com",
                                        "/^(a|b)@example\\.com$/",
                                        "Alice (Sales)",
                                        "uid=bob,ou=people",
                                        "*@hosted",
                                        "info@hosted"})
        EXPECT_FALSE(foreign_wildcard(text, {PatternRole::sender, "example.com", {}})) << text;
}

TEST(ForeignWildcard, IsNotSaidToBeAPatternThatSaysLess) {
    EXPECT_EQ(
        foreign_wildcard("^b.*b@example\\.com$", {PatternRole::sender, "example.com", {}})->help,
        "write `/^b.*b@example\\.com$/`");
    EXPECT_EQ(foreign_wildcard("^bob", {PatternRole::sender, "example.com", {}})->help,
              "write `/^bob/`");
    EXPECT_EQ(
        foreign_wildcard("^bob.*@example.com$", {PatternRole::sender, "example.com", {}})->help,
        "did you mean `bob*@example.com`?");
    EXPECT_EQ(foreign_wildcard(".*", {PatternRole::sender, "example.org", {}})->help,
              "did you mean `*@example.org`?");
}

// What is between the last two backticks of a hint that is for one name alone; as TOML has it.
std::string exact_in(const std::string& help) {
    const std::size_t end = help.rfind('`');
    const std::size_t begin = help.rfind('`', end - 1) + 1;
    std::string text = help.substr(begin, end - begin);
    if (text.starts_with('\'')) text = text.substr(1, text.size() - 2);
    return text;
}

TEST(ForeignWildcard, OffersAWayToWriteThatAddressAlone) {
    for (const std::string text :
         {"100%@example.com", "%100@example.com", "why?@example.com", "bob(sales)@example.com",
          "a[b]@example.com", "(bob)@example.com", "sales+?@b\u00fccher.example"}) {
        const auto found = foreign_wildcard(text, {PatternRole::sender, "example.com", {}});
        ASSERT_TRUE(found) << text;
        const auto pattern = Pattern::parse(exact_in(found->help), PatternRole::sender);
        ASSERT_TRUE(pattern) << found->help;
        const std::size_t at = text.rfind('@');
        const auto address = [](const std::string& local, const std::string& domain) {
            return Address{local, normalize_domain(domain).value_or("none")};
        };
        const std::string local = text.substr(0, at);
        const std::string domain = text.substr(at + 1);
        EXPECT_TRUE(pattern->matches(address(local, domain))) << found->help;
        EXPECT_FALSE(pattern->matches(address(local + "x", domain))) << found->help;
        EXPECT_FALSE(pattern->matches(address("x" + local, domain))) << found->help;
        EXPECT_FALSE(pattern->matches(address(local, "x." + domain))) << found->help;
        for (std::size_t i = 0; i < local.size(); ++i) {
            std::string other = local;
            other.erase(i, 1);
            EXPECT_FALSE(pattern->matches(address(other, domain))) << found->help << other;
            other.insert(i, 1, '~');
            EXPECT_FALSE(pattern->matches(address(other, domain))) << found->help << other;
        }
    }
}

TEST(ForeignWildcard, OffersAWayToWriteThatLoginAlone) {
    for (const std::string text : {"100%@example.com", "bob(sales)@example.com", "a[b]", "(x)y"}) {
        const auto found =
            foreign_wildcard(text, {PatternRole::login, "example.com", "example.org"});
        ASSERT_TRUE(found) << text;
        const auto pattern = Pattern::parse(exact_in(found->help), PatternRole::login);
        ASSERT_TRUE(pattern) << found->help;
        const auto matches = [&](const std::string& login) {
            return pattern->matches(canonical_login(login, Mta::postfix, "example.org").value());
        };
        EXPECT_TRUE(matches(text)) << found->help;
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::string other = text;
            other.erase(i, 1);
            EXPECT_FALSE(matches(other)) << found->help << other;
        }
    }
    // Postfix writes ? for what it does not print, so nobody's login has one.
    EXPECT_EQ(foreign_wildcard("why?@example.com", {PatternRole::login, "example.com", {}})->help,
              "did you mean `why*@example.com`?");
    EXPECT_FALSE(foreign_wildcard("HOST$", {PatternRole::login, "example.com", {}}));
    EXPECT_FALSE(foreign_wildcard("EXAMPLE\\HOST$", {PatternRole::login, "example.com", {}}));
}

}  // namespace
}  // namespace relaypermit
