#include "policy/restricted_login.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policy/folding.h"
#include "policy/policy_source.h"
#include "policy/utf8.h"
#include "tests/support/naive_folding.h"

namespace relaypermit {
namespace {

std::string utf8(std::uint32_t code) {
    std::string out;
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80 | ((code >> shift) & 0x3F));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | (code >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | (code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
    return out;
}

TEST(Folding, TakesNamesForOneAsTheLaxestOfDirectoriesDoes) {
    for (const std::string_view name :
         {"mallory", "MALLORY", "m\u00e1llory", "ma\u0301llory", "\uff4d\uff41llory",
          "M\u00c1LLORY", "mallory ", " mallory", "m\u00e1llory  ", "ma\u0142\u0141ory",
          "mall\u00f8ry", "\U0001D426allory", "mal\u00adlory"})
        EXPECT_EQ(folded(name), "mallory") << name;
    EXPECT_EQ(folded("Stra\u00dfe"), "strasse");
    EXPECT_EQ(folded("a   b"), "a b");
    EXPECT_NE(folded("m\u0430llory"), "mallory") << "a Cyrillic letter is another one";
}

TEST(Folding, KnowsLettersThatNoDecompositionTakesApart) {
    for (const std::string_view o : {"\u00f8", "\u00d8", "\u01ff", "\u0275", "\u2c7a"})
        EXPECT_EQ(folded(o), "o") << o;
    EXPECT_EQ(folded("\u0111\u0142\u0127\u0167\u0180\u01e5\u0268\u01b6\u023c\u024d"), "dlhtbgizcr");
    EXPECT_EQ(folded("\ua77a\ua77c\u1d79\ua783\ua785\ua787"), "dfgrst") << "insular";
    EXPECT_EQ(folded("mal\u1806lory"), "mallory") << "RFC 4518 passes over it";
    EXPECT_EQ(folded("mal\ufffclory"), "mallory") << "RFC 4518 passes over it";
    EXPECT_EQ(folded("user\u0661\u0968\uff13"), "user123") << "digits of other scripts";
}

TEST(Folding, TakesKanaForOneInEitherScriptSizeAndWidth) {
    const std::string ga = folded("\u304c");
    for (const std::string_view kana :
         {"\u304b", "\u30ab", "\u30ac", "\uff76", "\uff76\uff9e", "\u30f5"})
        EXPECT_EQ(folded(kana), ga) << kana;
    EXPECT_EQ(folded("\u3063"), folded("\uff82"));
}

// Whether a keyboard, a word processor or a password manager has put it there.
TEST(Folding, TakesEveryHyphenAndDashForOne) {
    for (const std::string_view hyphen :
         {"-", "\u058a", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2043",
          "\u2212", "\ufe58", "\ufe63", "\uff0d"})
        for (const Folding folding : {Folding::by_marks, Folding::by_letters})
            EXPECT_EQ(folded("Mary" + std::string(hyphen) + "ann", folding), "mary-ann") << hyphen;
    EXPECT_NE(folded("mary-ann"), folded("maryann"));
    EXPECT_EQ(folded("mallory\u2295x"), "mallory+x") << "Windows' weights are those of a plus";
    EXPECT_EQ(folded("mary\u203c", Folding::by_letters), "mary!") << "the same";
}

TEST(Folding, ReadsInBothWaysWhatDirectoriesReadInTwo) {
    EXPECT_EQ(folded("ma\u0363llory"), "mallory") << "a mark";
    EXPECT_EQ(folded("m\u0363llory", Folding::by_letters), "mallory") << "a letter";
    EXPECT_EQ(folded("stra\u00dfe", Folding::by_letters), "strase");
    EXPECT_EQ(folded("\U0001F600x", Folding::by_letters),
              folded("\U0001F601x", Folding::by_letters));
}

// Of the ideographs, the syllables of Hangul and the planes without letters, which are all alike,
// one in so many is enough.
std::uint32_t step_behind(std::uint32_t code) {
    const bool alike = (code >= 0x3400 && code < 0x9FF0) || (code >= 0xAC00 && code < 0xF8F0) ||
                       (code >= 0x20000 && code < 0x10FF00);
    return alike ? 61 : 1;
}

TEST(Folding, ChangesNothingOnceMoreAndIsTheSameLetterByLetter) {
    for (std::uint32_t code = 0x20; code <= 0x10FFFF; code += step_behind(code)) {
        if (code >= 0xD800 && code <= 0xDFFF) continue;
        const std::string text = "x" + utf8(code) + "y";
        if (!text_fault(text).empty() || has_invisible(text)) continue;
        // The iota below a Greek vowel is a letter to Unicode's case folding, a mark before it.
        const bool has_iota = code >= 0x1F80 && code <= 0x1FFF;
        for (const Folding folding : {Folding::by_marks, Folding::by_letters}) {
            const std::string once = folded(text, folding);
            ASSERT_EQ(folded(once, folding), once) << std::hex << code;
            if (!has_iota) {
                ASSERT_EQ(naive::folded_text(text, folding == Folding::by_letters), once)
                    << std::hex << code;
            }
        }
    }
}

std::vector<std::string> names_of(const Login& login, const std::string& delimiter = "+") {
    PolicySource source;
    source.subaddress_delimiter = delimiter;
    EXPECT_TRUE(source.hosted_domains.add("b\u00fccher.example"));
    EXPECT_TRUE(source.hosted_domains.add("example.com"));
    std::vector<std::string> names;
    const RestrictedLogin known(source, login);
    for (const Login& name : known.names()) names.push_back(to_string(name));
    return names;
}

using Names = std::vector<std::string>;

TEST(RestrictedLogin, IsOneLoginAloneInPlainAscii) {
    EXPECT_EQ(names_of({"mallory", "example.com"}), (Names{"mallory@example.com"}));
    EXPECT_EQ(names_of({"mallory+x", "example.com"}),
              (Names{"mallory+x@example.com", "mallory@example.com"}));
}

TEST(RestrictedLogin, IsWhateverADirectoryTakesItFor) {
    EXPECT_EQ(
        names_of({"m\u00e1llory\uff0bx", "example.com"}),
        (Names{"m\u00e1llory\uff0bx@example.com", "mallory+x@example.com", "mallory@example.com"}));
    EXPECT_EQ(names_of({"mallory\uff20example.com", "example.com"}),
              (Names{"mallory\uff20example.com@example.com", "mallory@example.com"}));
    EXPECT_EQ(names_of({"mallory +x", "example.com"}),
              (Names{"mallory +x@example.com", "mallory @example.com", "mallory@example.com"}));
}

TEST(RestrictedLogin, IsEachAccountWhoseSubaddressItMayBe) {
    EXPECT_EQ(names_of({"bob+x+y+x", "example.com"}),
              (Names{"bob+x+y+x@example.com", "bob@example.com", "bob+x@example.com",
                     "bob+x+y@example.com"}));
    EXPECT_EQ(names_of({"+bob+x", "example.com"}),
              (Names{"+bob+x@example.com", "+bob@example.com"}))
        << "a delimiter at the start begins a name";
    EXPECT_EQ(names_of({"++", "example.com"}), (Names{"++@example.com"}));
    EXPECT_EQ(names_of({"Owner-list-x", "example.com"}, "+-"),
              (Names{"Owner-list-x@example.com", "Owner-list@example.com"}));
    EXPECT_EQ(names_of({"list-request", "example.com"}, "-"), (Names{"list-request@example.com"}));
}

// Of what is before the 17th delimiter, too, and before the last that is taken.
TEST(RestrictedLogin, IsEachOfThoseHoweverManyDelimitersThereAre) {
    Login login{"bob", "example.com"};
    Names accounts;
    for (std::size_t number = 1; number <= most_delimiters; ++number) {
        accounts.push_back(to_string(login));
        login.user += "+" + std::to_string(number);
    }
    const Names names = names_of(login);
    EXPECT_EQ(names.size(), most_delimiters + 1);
    for (const std::string& account : accounts)
        EXPECT_NE(std::find(names.begin(), names.end(), account), names.end()) << account;
}

TEST(RestrictedLogin, IsOneThatCannotBeUsedWhereNotAllOfThemAreLookedAt) {
    PolicySource source;
    source.subaddress_delimiter = "+";
    const auto login_with = [&](std::string_view delimiter, std::size_t count) {
        std::string text = "bob";
        for (std::size_t number = 0; number < count; ++number) text += delimiter;
        return read_login(source, text + "x@example.com", Mta::postfix);
    };
    EXPECT_TRUE(login_with("+", most_delimiters));
    EXPECT_FALSE(login_with("+", most_delimiters + 1));
    EXPECT_FALSE(login_with("\uff0b", most_delimiters + 1)) << "in full width";
    EXPECT_EQ(login_with("+", most_delimiters + 1).error().why,
              "the login holds more than 64 delimiters of subaddresses");
    EXPECT_TRUE(login_with("-", most_delimiters + 1)) << "which is no delimiter here";
}

TEST(RestrictedLogin, FoldsNoRealmThatIsSomebodysOwn) {
    EXPECT_EQ(names_of({"eve", "xn--xample-9ua.com"}),
              (Names{"eve@xn--xample-9ua.com", "eve@example.com"}));
    EXPECT_EQ(names_of({"eve", "xn--bcher-kva.example"}), (Names{"eve@xn--bcher-kva.example"}));
}

}  // namespace
}  // namespace relaypermit
