#include "milter/packet_guard.h"

#include <gtest/gtest.h>

#include <string>

namespace relaypermit {
namespace {

using namespace std::string_literals;

bool in_pairs(const std::string& packet) {
    return macros_in_pairs(packet.data(), packet.size());
}

TEST(PacketGuard, TakesNamesWithTheirValues) {
    EXPECT_TRUE(in_pairs("M{auth_type}\0PLAIN\0"s));
    EXPECT_TRUE(in_pairs("Cj\0mail.example.com\0{daemon_name}\0ORIGINATING\0"s));
    EXPECT_TRUE(in_pairs("Mi\0\0{mail_addr}\0\0"s)) << "values may be empty";
}

TEST(PacketGuard, TakesAPacketWithoutMacros) {
    EXPECT_TRUE(in_pairs("M"s));
    EXPECT_TRUE(in_pairs(""s));
}

TEST(PacketGuard, RefusesANameWithoutAValue) {
    EXPECT_FALSE(in_pairs("Mi\0"s));
    EXPECT_FALSE(in_pairs("Mi\0004c1X2b3d\0{auth_type}\0"s));
    EXPECT_FALSE(in_pairs("M\0"s)) << "an empty one too";
}

TEST(PacketGuard, CountsAsLibmilterDoesWhatEndsInNoNul) {
    EXPECT_FALSE(in_pairs("Mi\0004c1X2b3d"s)) << "one string: the rest is none";
    EXPECT_TRUE(in_pairs("Mi\0004c1X2b3d\0{auth_type}"s));
    EXPECT_TRUE(in_pairs("Mi"s));
}

TEST(PacketGuard, DoesNotCountTheCommandThatTheMacrosAreFor) {
    EXPECT_TRUE(in_pairs("\0"s));
    EXPECT_TRUE(in_pairs("\0i\0x\0"s));
}

// Linked into the program it would have crashed at the first packet of the first session.
TEST(PacketGuard, SaysAtTheStartThatThereIsNoLibmilterBehindIt) {
    EXPECT_EQ(packet_guard_fault("malloc"), "") << "one that there is, whatever these tests link";
    const std::string fault = packet_guard_fault("mi_no_such_function");
    EXPECT_TRUE(fault.starts_with("there is no mi_no_such_function() in the shared libraries"))
        << fault;
}

}  // namespace
}  // namespace relaypermit
