#include "policy/address.h"

#include <gtest/gtest.h>

using namespace std::string_view_literals;

namespace relaypermit {
namespace {

std::string path(std::string_view argument) {
    const auto parsed = parse_path(argument);
    return parsed ? to_string(parsed->address) : "fault: " + parsed.error().why;
}

std::string address(std::string_view text, Quoting quoting = Quoting::rfc5321) {
    const auto parsed = parse_address(text, quoting);
    return parsed ? to_string(*parsed) : "fault: " + parsed.error().why;
}

}  // namespace

TEST(Address, ReadsAPath) {
    const auto parsed = parse_path("<Alice@Example.COM>");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->address, (Address{.local = "Alice", .domain = "example.com"}));
    EXPECT_FALSE(parsed->null);
    EXPECT_FALSE(parsed->had_route);
    EXPECT_TRUE(parsed->had_brackets);
    EXPECT_FALSE(parsed->quoted_local);
}

TEST(Address, ReadsTheNullSender) {
    const auto parsed = parse_path("<>");
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->null);
    EXPECT_TRUE(parsed->had_brackets);
    EXPECT_EQ(parsed->address, Address{});
    EXPECT_EQ(path(""), "fault: empty local part");
}

TEST(Address, ReadsWhatMtasLetThrough) {
    EXPECT_EQ(path("a@example.com"), "a@example.com");
    EXPECT_FALSE(parse_path("a@example.com")->had_brackets);
    EXPECT_EQ(path("<a@example.com.>"), "a@example.com");
    EXPECT_EQ(path("<postmaster>"), "postmaster");
    EXPECT_EQ(path("<a@[192.0.2.1]>"), "a@[192.0.2.1]");
    EXPECT_EQ(path("<a@[IPv6:2001:db8::1]>"), "a@[ipv6:2001:db8::1]");
    EXPECT_EQ(path("<j\u00f6rg@b\u00fccher.example>"), "j\u00f6rg@xn--bcher-kva.example");
    EXPECT_EQ(path("<a%b!c@example.com>"), "a%b!c@example.com");
    EXPECT_EQ(path("<o'neil/x=y@example.com>"), "o'neil/x=y@example.com");
}

TEST(Address, WritesQuotesWhereDotsNeedThem) {
    EXPECT_EQ(path("<a..b@example.com>"), "\"a..b\"@example.com");
    EXPECT_EQ(path("<a.@example.com>"), "\"a.\"@example.com");
    EXPECT_EQ(path("<.a@example.com>"), "\".a\"@example.com");
}

TEST(Address, TakesQuotesOffTheLocalPart) {
    const auto parsed = parse_path(R"(<"a b\"c\\d@e"@example.com>)");
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->quoted_local);
    EXPECT_EQ(parsed->address.local, R"(a b"c\d@e)");
    EXPECT_EQ(to_string(parsed->address), R"("a b\"c\\d@e"@example.com)");
    EXPECT_EQ(path(R"(<"alice"@example.com>)"), "alice@example.com");
    EXPECT_EQ(path(R"(<"<x>"@example.com>)"), R"("<x>"@example.com)");
}

TEST(Address, DropsASourceRoute) {
    const auto parsed = parse_path("<@a.example,@[IPv6:2001:db8::1],@b.example:user@c.example>");
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->had_route);
    EXPECT_EQ(to_string(parsed->address), "user@c.example");
    EXPECT_EQ(path("@a.example:user@c.example"), "user@c.example");
}

TEST(Address, RefusesARouteThatIsNone) {
    for (const auto argument : {"<@a.example>", "<@a.example,user@c>", "<@a.example,b:user@c>",
                                "<@:user@c>", "<@a b:user@c>", "<@[192.0.2.1:user@c>", "<@>"}) {
        EXPECT_EQ(path(argument), "fault: a malformed source route") << argument;
    }
    EXPECT_EQ(path("<@a.example:@b.example:user@c>"), "fault: empty local part");
    EXPECT_EQ(path("<@a.example:>"), "fault: empty local part");
}

TEST(Address, RefusesWhatReadersTakeDifferently) {
    EXPECT_EQ(path("<<a@b>>"), "fault: unbalanced angle bracket");
    EXPECT_EQ(path("<a@b"), "fault: unbalanced angle bracket");
    EXPECT_EQ(path("<"), "fault: unbalanced angle bracket");
    EXPECT_EQ(path("a>@b"), "fault: unbalanced angle bracket");
    EXPECT_EQ(path("<(c)a@b>"), "fault: a comment");
    EXPECT_EQ(path("<a@b@c>"), "fault: more than one @");
    EXPECT_EQ(path("<a b@c>"), "fault: white space");
    EXPECT_EQ(path("< a@c>"), "fault: white space");
    EXPECT_EQ(path(R"(<a\b@c>)"), "fault: a backslash outside quotes");
    EXPECT_EQ(path(R"(<a"b"@c>)"), "fault: a quote in the middle of a local part");
    EXPECT_EQ(path(R"(<"a"b@c>)"), "fault: `b` outside quotes");
    EXPECT_EQ(path(R"(<"a".b@c>)"), "fault: `.` outside quotes");
    EXPECT_EQ(path(R"(<"a@c>)"), "fault: unbalanced quote");
    EXPECT_EQ(path(R"(<"a\>)"), "fault: unbalanced quote");
    EXPECT_EQ(path("<\"\\\u00fc\"@c>"), "fault: a backslash before a character outside ASCII");
    EXPECT_EQ(path("<a,b@c>"), "fault: `,` outside quotes");
    EXPECT_EQ(path("<a:b@c>"), "fault: `:` outside quotes");
    EXPECT_EQ(path("<@a:b,c@d>"), "fault: `,` outside quotes");
    EXPECT_EQ(path("<a@>"), "fault: not a domain: ``");
    EXPECT_EQ(path("<a@b c>"), "fault: not a domain: `b c`");
    EXPECT_EQ(path("<a@-b>"), "fault: not a domain: `-b`");
    EXPECT_EQ(path(R"(<""@c>)"), "fault: empty local part");
    EXPECT_EQ(path("<\"a@b.example\">"), "fault: a quoted @ without a domain behind it");
}

TEST(Address, RefusesBytesThatAreNoText) {
    EXPECT_EQ(path("<a\0@b>"sv), "fault: NUL");
    EXPECT_EQ(path("<\"a\n\"@b>"), "fault: a control character");
    EXPECT_EQ(path("<\"a\tb\"@b>"), "fault: a control character");
    EXPECT_EQ(path("<j\xF6rg@b>"), "fault: invalid UTF-8");
    EXPECT_EQ(address("a\0@b"sv), "fault: NUL");
    EXPECT_EQ(address("a\r@b", Quoting::unquoted), "fault: a control character");
}

TEST(Address, BoundsTheLocalPart) {
    const std::string longest(256, 'a');
    EXPECT_EQ(path("<" + longest + "@b>"), longest + "@b");
    EXPECT_EQ(path("<" + longest + "a@b>"), "fault: over-long local part");
}

TEST(Address, ReadsAPolicysAddress) {
    EXPECT_EQ(address("Alice@Example.com"), "Alice@example.com");
    EXPECT_EQ(address("\"a b\"@example.com"), "\"a b\"@example.com");
    EXPECT_EQ(address("alice"), "alice");
    EXPECT_EQ(address("<a@b>"), "fault: unbalanced angle bracket");
    EXPECT_EQ(address("@a:b@c"), "fault: empty local part");
    EXPECT_EQ(address(""), "fault: empty local part");
}

TEST(Address, ReadsAnMtasUnquotedForm) {
    EXPECT_EQ(address("a b@example.com", Quoting::unquoted), "\"a b\"@example.com");
    EXPECT_EQ(address("a@b@Example.com.", Quoting::unquoted), "\"a@b\"@example.com");
    EXPECT_EQ(address("\"a\"@example.com", Quoting::unquoted), R"("\"a\""@example.com)");
    EXPECT_EQ(address("root", Quoting::unquoted), "root");
    EXPECT_EQ(address("", Quoting::unquoted), "fault: empty local part");
    EXPECT_EQ(address("@b", Quoting::unquoted), "fault: empty local part");
    EXPECT_EQ(address("a@b c", Quoting::unquoted), "fault: not a domain: `b c`");
}

TEST(Address, ComparesInAsciiWithoutCase) {
    const Address a{.local = "Alice", .domain = "example.com"};
    EXPECT_EQ(address_key(a), "alice@example.com");
    EXPECT_TRUE(same_address(a, {.local = "aLICE", .domain = "example.com"}));
    EXPECT_FALSE(same_address(a, {.local = "alicf", .domain = "example.com"}));
    EXPECT_FALSE(same_address(a, {.local = "alice2", .domain = "example.com"}));
    EXPECT_FALSE(same_address(a, {.local = "alice", .domain = "example.org"}));
    EXPECT_FALSE(
        same_address({.local = "\u00c4", .domain = "x"}, {.local = "\u00e4", .domain = "x"}))
        << "ASCII only";
    EXPECT_EQ(ascii_lower("AZ\u00c4[`"), "az\u00c4[`");
    EXPECT_EQ(to_string(Address{}), "");
}

TEST(Address, CutsASubaddressAsPostfixDoes) {
    const auto cut = [](std::string_view local, std::string_view delimiter) {
        return without_subaddress({.local = std::string(local), .domain = "x"}, delimiter).local;
    };
    EXPECT_EQ(cut("alice+news", "+"), "alice");
    EXPECT_EQ(cut("alice+a+b", "+"), "alice");
    EXPECT_EQ(cut("alice+", "+"), "alice");
    EXPECT_EQ(cut("alice-a+b", "+-"), "alice") << "a set of characters";
    EXPECT_EQ(cut("+news", "+"), "+news");
    EXPECT_EQ(cut("alice", "+"), "alice");
    EXPECT_EQ(cut("alice+news", ""), "alice+news");
    EXPECT_EQ(without_subaddress({.local = "a+b", .domain = "x"}, "+").domain, "x");
}

TEST(Address, LeavesWholeWhatPostfixNeverSplits) {
    const auto cut = [](std::string_view local) {
        return without_subaddress({.local = std::string(local), .domain = "x"}, "-").local;
    };
    EXPECT_EQ(cut("Mailer-Daemon"), "Mailer-Daemon");
    EXPECT_EQ(cut("double-bounce"), "double-bounce");
    EXPECT_EQ(cut("Owner-list"), "Owner-list");
    EXPECT_EQ(cut("list-Request"), "list-Request");
    EXPECT_EQ(cut("-request"), "-request");
    EXPECT_EQ(cut("alice-news"), "alice");
    EXPECT_EQ(without_subaddress({.local = "owner-a+b", .domain = "x"}, "+").local, "owner-a");
}

}  // namespace relaypermit
