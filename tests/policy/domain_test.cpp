#include "policy/domain.h"

#include <gtest/gtest.h>

#include <string>

using namespace std::string_view_literals;

namespace relaypermit {
namespace {

std::string normalized(std::string_view name) {
    return normalize_domain(name).value_or("(none)");
}

}  // namespace

TEST(Domain, ComparesInLowerCaseWithoutTheTrailingDot) {
    EXPECT_EQ(normalized("Example.COM"), "example.com");
    EXPECT_EQ(normalized("example.com."), "example.com");
    EXPECT_EQ(normalized("localhost"), "localhost");
    EXPECT_EQ(normalized("192.0.2.1"), "192.0.2.1");
}

TEST(Domain, ComparesAsALabels) {
    EXPECT_EQ(normalized("b\u00fccher.example"), "xn--bcher-kva.example");
    EXPECT_EQ(normalized("B\u00dcCHER.example"), "xn--bcher-kva.example");
    EXPECT_EQ(normalized("XN--BCHER-KVA.Example"), "xn--bcher-kva.example");
    EXPECT_EQ(normalized("bu\u0308cher.example"), "xn--bcher-kva.example") << "decomposed form";
    EXPECT_EQ(normalized("a\u3002example"), "a.example") << "ideographic full stop";
    EXPECT_EQ(normalized("\uff45xample.com"), "example.com") << "fullwidth letter";
}

TEST(Domain, KeepsSharpSApartFromSs) {
    EXPECT_EQ(normalized("fa\u00df.de"), "xn--fa-hia.de");
    EXPECT_EQ(normalized("fass.de"), "fass.de");
}

TEST(Domain, TakesNamesThatExistThoughIdnaFrowns) {
    EXPECT_EQ(normalized("_dmarc.Example.com"), "_dmarc.example.com");
    EXPECT_EQ(normalized("a_b.example.com"), "a_b.example.com");
    EXPECT_EQ(normalized("b\u00fc_x.example.com"), "xn--b_x-hoa.example.com");
    EXPECT_EQ(normalized("r3--sn-4g5e.example.com"), "r3--sn-4g5e.example.com");
    EXPECT_EQ(normalized("xn--ls8h.la"), "xn--ls8h.la") << "an A-label of a symbol";
}

TEST(Domain, RefusesWhatIsNoDomain) {
    for (const auto name : {""sv,
                            "."sv,
                            ".."sv,
                            "a..b"sv,
                            ".a"sv,
                            "a.."sv,
                            "a\u3002\u3002b"sv,
                            "a\u3002"sv,
                            "-a.com"sv,
                            "a-.com"sv,
                            "a b.com"sv,
                            "a@b.com"sv,
                            "a\uff20b.com"sv,
                            "a/b"sv,
                            "\u2100.com"sv,
                            "a<b"sv,
                            "*.example.com"sv,
                            "a\0b.com"sv,
                            "a\nb.com"sv,
                            "a\x7F.com"sv,
                            "a\\b"sv,
                            "a\"b"sv,
                            "a%b"sv,
                            "a!b"sv,
                            "a,b"sv,
                            "\xFF.com"sv,
                            "b\xFC.com"sv,
                            "\u0080.com"sv}) {
        EXPECT_EQ(normalized(name), "(none)") << name;
    }
}

TEST(Domain, RefusesALabelsThatAreNoneOrHideAscii) {
    for (const auto name : {"xn--", "xn--.com", "xn--a.example", "xn--example-.com", "xn--ab-.com",
                            "a.xn--\u00fc.com", "1\u05d0.com", "a\u200db.com"}) {
        EXPECT_EQ(normalized(name), "(none)") << name;
    }
}

TEST(Domain, RefusesAnALabelOfNoNameBesideALabelInUnicode) {
    EXPECT_EQ(normalized("xn--bcher-kn--bchsjiser-ksa.e-am\u0245lva.example"), "(none)");
    EXPECT_EQ(normalized("xn--bcher-kva.b\u00fccher.example"),
              "xn--bcher-kva.xn--bcher-kva.example");
}

TEST(Domain, HoldsTheLimitsOfDnsOnTheALabels) {
    const std::string label(63, 'a');
    EXPECT_EQ(normalized(label + ".com"), label + ".com");
    EXPECT_EQ(normalized(label + "a.com"), "(none)");
    const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
    ASSERT_EQ(longest.size(), 253U);
    EXPECT_EQ(normalized(longest + "."), longest);
    EXPECT_EQ(normalized(longest + "b"), "(none)");

    std::string umlauts;
    for (int i = 0; i < 50; ++i) umlauts += "\u00fc";  // 100 bytes of UTF-8, 57 as an A-label
    EXPECT_EQ(normalized(umlauts).substr(0, 4), "xn--");
    EXPECT_EQ(normalized(umlauts + umlauts), "(none)");
    EXPECT_EQ(normalized(std::string(100000, 'a')), "(none)");
}

TEST(Domain, KeepsAddressLiterals) {
    EXPECT_EQ(normalized("[192.0.2.1]"), "[192.0.2.1]");
    EXPECT_EQ(normalized("[IPv6:2001:DB8::1]"), "[ipv6:2001:db8::1]");
    for (const auto name : {"[", "[]", "[192.0.2.1", "192.0.2.1]", "[192.0.2]", "[example.com]",
                            "[fe80::1%eth0]", "[192.0.2.1].com", "[[192.0.2.1]]", "[192.0.2.1 ]"}) {
        EXPECT_EQ(normalized(name), "(none)") << name;
    }
}

TEST(Domain, IsStableOnceNormalized) {
    for (const auto name : {"b\u00fccher.example", "fa\u00df.de", "[IPv6:2001:DB8::1]", "A_b.C."})
        EXPECT_EQ(normalized(normalized(name)), normalized(name));
}

TEST(DomainSet, HoldsADomainAloneOrAllBelowIt) {
    DomainSet set;
    EXPECT_TRUE(set.empty());
    ASSERT_TRUE(set.add("Example.com"));
    ASSERT_TRUE(set.add("*.Shops.example.com."));
    EXPECT_FALSE(set.empty());
    EXPECT_TRUE(set.contains("example.com"));
    EXPECT_FALSE(set.contains("www.example.com"));
    EXPECT_FALSE(set.contains("notexample.com"));
    EXPECT_FALSE(set.contains("shops.example.com"));
    EXPECT_TRUE(set.contains("a.shops.example.com"));
    EXPECT_TRUE(set.contains("c.b.a.shops.example.com"));
    EXPECT_FALSE(set.contains("xshops.example.com"));
    EXPECT_FALSE(set.contains("com"));
    EXPECT_FALSE(set.contains(""));
    EXPECT_EQ(set.patterns(), (std::vector<std::string>{"example.com", "*.shops.example.com"}));
}

TEST(DomainSet, HoldsNothingBelowADomainThatStandsAlone) {
    DomainSet set;
    ASSERT_TRUE(set.add("example.com"));
    EXPECT_FALSE(set.contains("a.example.com"));
}

TEST(DomainSet, MatchesAnIdnInEitherSpelling) {
    DomainSet set;
    ASSERT_TRUE(set.add("*.b\u00fccher.example"));
    EXPECT_TRUE(set.contains("a.xn--bcher-kva.example"));
}

TEST(DomainSet, RefusesWhatIsNoDomainPattern) {
    DomainSet set;
    for (const auto pattern : {"", "*", "*.", "*.*.example.com", "a.*.com", "user@example.com",
                               "*example.com", "*.[192.0.2.1]", "bad domain"}) {
        EXPECT_FALSE(set.add(pattern)) << pattern;
    }
    EXPECT_TRUE(set.empty());
    EXPECT_TRUE(set.patterns().empty());
}

}  // namespace relaypermit
