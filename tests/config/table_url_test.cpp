#include "config/table_url.h"

#include <gtest/gtest.h>

#include <array>

namespace relaypermit::testing {
namespace {

constexpr std::array<std::string_view, 2> schemes = {"redis", "rediss"};

std::string fault_of(std::string_view text) {
    const auto url = parse_table_url(text, schemes);
    return url ? "none" : std::to_string(url.error().offset) + ": " + url.error().why;
}

TEST(TableUrl, ReadsItsParts) {
    const auto url = parse_table_url("rediss://mail%40x@db.example.com:6380/0", schemes);
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "rediss");
    EXPECT_EQ(url->user, "mail@x");
    EXPECT_EQ(url->host, "db.example.com");
    EXPECT_EQ(url->port, 6380);
    EXPECT_EQ(url->path, "0");
    EXPECT_TRUE(travels(*url));
}

TEST(TableUrl, TakesAnEncodedPathForASocket) {
    const auto url = parse_table_url("redis://%2Frun%2Fredis.sock/1", schemes);
    ASSERT_TRUE(url);
    EXPECT_EQ(url->socket, "/run/redis.sock");
    EXPECT_EQ(url->host, "");
    EXPECT_FALSE(travels(*url));
}

TEST(TableUrl, KnowsWhatStaysOnThisMachine) {
    for (const char* text : {"redis://localhost", "redis://127.9.0.1:1", "redis://[::1]:1"})
        EXPECT_FALSE(travels(parse_table_url(text, schemes).value())) << text;
    for (const char* text :
         {"redis://127.example.com", "redis://[2001:db8::1]", "redis://10.0.0.1"})
        EXPECT_TRUE(travels(parse_table_url(text, schemes).value())) << text;
}

TEST(TableUrl, NeverRepeatsAPassword) {
    EXPECT_EQ(fault_of("redis://mail:secret@localhost/0"), "8: a password in the url");
    EXPECT_EQ(fault_of("redis://:secret@localhost/0"), "8: a password in the url");
    EXPECT_EQ(fault_of("redis://mail:sec/ret@localhost/0"), "8: the port of the url is none");
}

TEST(TableUrl, NamesWhatItCannotRead) {
    EXPECT_EQ(fault_of("ldap://localhost"), "0: the url does not begin with redis:// or rediss://");
    EXPECT_EQ(fault_of("localhost"), "0: the url does not begin with redis:// or rediss://");
    EXPECT_EQ(fault_of("redis://localhost/0?x=1"), "19: options in the url");
    EXPECT_EQ(fault_of("redis:///0"), "8: the url has no host");
    EXPECT_EQ(fault_of("redis://a:70000"), "8: the port of the url is none");
    EXPECT_EQ(fault_of("redis://a:"), "8: the port of the url is none");
    EXPECT_EQ(fault_of("redis://[::1"), "8: a bracket that is not closed");
    EXPECT_EQ(fault_of("redis://%00"), "8: the host of the url cannot be read");
    EXPECT_EQ(fault_of("redis://a/%0"), "10: the path of the url cannot be read");
}

}  // namespace
}  // namespace relaypermit::testing
