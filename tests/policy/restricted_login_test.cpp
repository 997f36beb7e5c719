#include "policy/restricted_login.h"

#include <gtest/gtest.h>

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

TEST(Folding, ChangesNothingOnceMoreAndIsTheSameLetterByLetter) {
    for (std::uint32_t code = 0x20; code <= 0x10FFFF; ++code) {
        if (code >= 0xD800 && code <= 0xDFFF) continue;
        const std::string text = "x" + utf8(code) + "y";
        if (!text_fault(text).empty() || has_invisible(text)) continue;
        const std::string once = folded(text);
        ASSERT_EQ(folded(once), once) << std::hex << code;
        // The iota below a Greek vowel is a letter to Unicode's case folding, a mark before it.
        const bool has_iota = code >= 0x1F80 && code <= 0x1FFF;
        if (!has_iota) {
            ASSERT_EQ(naive::folded_text(text), once) << std::hex << code;
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

TEST(RestrictedLogin, FoldsNoRealmThatIsSomebodysOwn) {
    EXPECT_EQ(names_of({"eve", "xn--xample-9ua.com"}),
              (Names{"eve@xn--xample-9ua.com", "eve@example.com"}));
    EXPECT_EQ(names_of({"eve", "xn--bcher-kva.example"}), (Names{"eve@xn--bcher-kva.example"}));
}

}  // namespace
}  // namespace relaypermit
