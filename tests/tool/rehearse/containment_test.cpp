// Containment against what it means: every address of a world that is small, but has one for each
// way in which two patterns of it can differ.
#include "tool/rehearse/containment.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {
namespace {

constexpr std::array<std::string_view, 3> domains = {"d.example", "x.d.example", "y.x.d.example"};

constexpr std::string_view below_them = "z.y.x.d.example";

// Of three characters, at most four long: an affix of at most two leaves room to differ on either
// side of it, and for a subaddress.
std::vector<std::string> locals() {
    std::vector<std::string> all = {""};
    for (std::size_t i = 0; i < all.size(); ++i)
        for (const char c : {'a', 'b', '+'})
            if (all[i].size() < 4) all.push_back(all[i] + c);
    all.erase(all.begin());
    return all;
}

std::vector<std::string> affixes() {
    return {"a", "b", "aa", "ab", "ba", "bb", "a+", "+a", "b+", "+", "a+b"};
}

std::vector<std::string> pattern_texts() {
    std::vector<std::string> texts = {"*"};
    for (const std::string_view domain : domains) {
        const std::string at = "@" + std::string(domain);
        texts.insert(texts.end(), {"*" + at, "*@*." + std::string(domain)});
        for (const std::string& affix : affixes())
            texts.insert(texts.end(), {affix + at, affix + "*" + at, "*" + affix + at});
    }
    return texts;
}

std::vector<Pattern> patterns(PatternRole role) {
    std::vector<Pattern> all;
    for (const std::string& text : pattern_texts()) {
        auto pattern = Pattern::parse(text, role);
        if (!pattern) {
            ADD_FAILURE() << text << ": " << pattern.error().why;
            continue;
        }
        all.push_back(*std::move(pattern));
    }
    return all;
}

// Bit for bit what a pattern matches.
template <typename Matches>
std::vector<bool> extent(Matches matches) {
    std::vector<bool> bits;
    for (const std::string_view domain : {domains[0], domains[1], domains[2], below_them})
        for (const std::string& local : locals())
            bits.push_back(matches(local, std::string(domain)));
    // A domain of no pattern, for `*`.
    bits.push_back(matches("a", "elsewhere.example"));
    return bits;
}

bool is_within(const std::vector<bool>& inner, const std::vector<bool>& outer) {
    for (std::size_t i = 0; i < inner.size(); ++i)
        if (inner[i] && !outer[i]) return false;
    return true;
}

TEST(Containment, IsExactForLoginPatternsWithoutRegexes) {
    const std::vector<Pattern> all = patterns(PatternRole::login);
    std::vector<std::vector<bool>> extents;
    for (const Pattern& pattern : all)
        extents.push_back(extent([&](const std::string& user, const std::string& realm) {
            return pattern.matches(Login{user, realm});
        }));
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = 0; j < all.size(); ++j)
            EXPECT_EQ(login_contains(all[i], all[j]), is_within(extents[j], extents[i]))
                << all[i].text() << " of " << all[j].text();
}

TEST(Containment, IsExactForSenderPatternsWithoutRegexes) {
    const std::vector<Pattern> all = patterns(PatternRole::sender);
    for (const std::string delimiter : {"", "+"}) {
        std::vector<std::vector<bool>> extents;
        for (const Pattern& pattern : all)
            extents.push_back(extent([&](const std::string& local, const std::string& domain) {
                const Address address{local, domain};
                return pattern.matches(address) ||
                       pattern.matches(without_subaddress(address, delimiter));
            }));
        for (std::size_t i = 0; i < all.size(); ++i)
            for (std::size_t j = 0; j < all.size(); ++j)
                EXPECT_EQ(sender_contains(all[i], all[j], delimiter),
                          is_within(extents[j], extents[i]))
                    << all[i].text() << " of " << all[j].text() << " with `" << delimiter << "`";
    }
}

// A restriction holds for a login by its base, too.
TEST(Containment, IsExactForRestrictionsWithoutRegexes) {
    const std::vector<Pattern> all = patterns(PatternRole::login);
    for (const std::string delimiter : {"", "+"}) {
        std::vector<std::vector<bool>> matched;
        std::vector<std::vector<bool>> restricted;
        for (const Pattern& pattern : all) {
            matched.push_back(extent([&](const std::string& user, const std::string& realm) {
                return pattern.matches(Login{user, realm});
            }));
            restricted.push_back(extent([&](const std::string& user, const std::string& realm) {
                const Login login{user, realm};
                return pattern.matches(login) ||
                       pattern.matches(without_subaddress(login, delimiter));
            }));
        }
        for (std::size_t i = 0; i < all.size(); ++i)
            for (std::size_t j = 0; j < all.size(); ++j)
                EXPECT_EQ(restriction_contains(all[i], all[j], delimiter),
                          is_within(matched[j], restricted[i]))
                    << all[i].text() << " of " << all[j].text() << " with `" << delimiter << "`";
    }
}

TEST(Containment, TakesNamesThatAreNeverSplitForThemselves) {
    const auto sender = [](std::string_view text) {
        return *Pattern::parse(text, PatternRole::sender);
    };
    // alice-list-request@ is nobody's subaddress.
    EXPECT_FALSE(sender_contains(sender("alice@d.example"), sender("alice-*@d.example"), "-"));
    EXPECT_TRUE(sender_contains(sender("alice@d.example"), sender("alice-x@d.example"), "-"));
    EXPECT_TRUE(sender_contains(sender("alice@d.example"), sender("alice=*@d.example"), "="));
}

TEST(Containment, IsSilentAboutRegexesThatItCannotDecide) {
    const auto sender = [](std::string_view text) {
        return *Pattern::parse(text, PatternRole::sender);
    };
    EXPECT_TRUE(sender_contains(sender("/a.*@d\\.example/"), sender("ab@d.example"), "+"));
    EXPECT_FALSE(sender_contains(sender("/b.*@d\\.example/"), sender("ab@d.example"), "+"));
    EXPECT_FALSE(sender_contains(sender("/.*@d\\.example/"), sender("*@d.example"), "+"));
    EXPECT_FALSE(sender_contains(sender("*@d.example"), sender("/a@d\\.example/"), "+"));
}

}  // namespace
}  // namespace relaypermit
