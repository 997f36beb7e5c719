#include "config/foreign_network.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <array>
#include <random>

#include "policy/network.h"

namespace relaypermit {
namespace {

std::string help_for(const std::string& written) {
    const auto found = foreign_network(written);
    return found ? found->help : "-";
}

TEST(ForeignNetwork, IsReadAsOtherProgramsWriteIt) {
    EXPECT_EQ(help_for("192.0.2.*"), "did you mean `192.0.2.0/24`?");
    EXPECT_EQ(help_for("192.0.*.*"), "did you mean `192.0.0.0/16`?");
    EXPECT_EQ(help_for("192.0.2.x"), "did you mean `192.0.2.0/24`?");
    EXPECT_EQ(help_for("192.0.2."), "did you mean `192.0.2.0/24`?");
    EXPECT_EQ(help_for("192.168.1/24"), "did you mean `192.168.1.0/24`?");
    EXPECT_EQ(help_for("192.0.2.7/255.255.255.0"), "did you mean `192.0.2.0/24`?");
    EXPECT_EQ(help_for("192.0.2.0 255.255.255.0"), "did you mean `192.0.2.0/24`?");
    EXPECT_EQ(help_for("192.0.2.0/0.0.0.255"), "did you mean `192.0.2.0/24`?");
    EXPECT_EQ(help_for("192.0.2.0/255.0.255.0"), "write the prefix length instead, as in /24");
    EXPECT_EQ(help_for("192.0.2.0 / 24"), "did you mean `192.0.2.0/24`?");
    EXPECT_EQ(help_for("192.0.2.0/24/"), "did you mean `192.0.2.0/24`?");
    EXPECT_EQ(help_for("2001:db8::/32/"), "did you mean `2001:db8::/32`?");
    EXPECT_EQ(help_for("fe80::1%eth0"), "did you mean `fe80::1`?");
    for (const char* table : {"hash:/etc/postfix/mynetworks", "/etc/postfix/mynetworks",
                              "tcp:localhost:9999", "inet:localhost:9999"})
        EXPECT_EQ(help_for(table), "write out the networks that it lists") << table;
    EXPECT_EQ(help_for("192.0.2.7:25"), "did you mean `192.0.2.7`?");
    EXPECT_EQ(help_for("[2001:db8::1]:25"), "did you mean `[2001:db8::1]`?");
    EXPECT_EQ(help_for("[2001:db8::/32]"), "did you mean `2001:db8::/32`?");
    EXPECT_EQ(help_for("192.0.2.1, 192.0.2.7"), "write `\"192.0.2.1\", \"192.0.2.7\"`");
    EXPECT_EQ(help_for("2001:db8::1-2001:db8::9"),
              "write the networks that make it up, as in `2001:db8::/64`");
}

TEST(ForeignNetwork, IsARangeThatIsANetworkButForItsEnds) {
    for (const char* range : {"192.0.2.0-192.0.2.255", "192.0.2.1-192.0.2.254", "192.0.2.1 - 255"})
        EXPECT_EQ(help_for(range), "did you mean `192.0.2.0/24`?") << range;
    EXPECT_EQ(help_for("192.0.2.9-192.0.2.2"), "");
    EXPECT_EQ(help_for("192.0.2.3-192.0.2.252"), "the network around it is `192.0.2.0/24`");
    EXPECT_EQ(help_for("0.0.0.0-255.255.255.255"), "did you mean `0.0.0.0/0`?");
}

TEST(ForeignNetwork, IsNoWordThatCannotBeRead) {
    for (const char* text : {"x", "2001:db8:1", "2026", "1.2.3.4.5", "192.0.2.300", "..", "-", "/",
                             "1-2", "192.0.2.1-x", "*.*.*.*.*"})
        EXPECT_EQ(help_for(text), "-") << text;
}

// The networks of a hint are the range, no address more and none less.
TEST(ForeignNetwork, IsMadeUpOfWhatTheHintLists) {
    std::mt19937 random(7);
    std::size_t listed = 0;
    for (int round = 0; round < 500; ++round) {
        const auto first = static_cast<unsigned>(random() % 256);
        const auto last = static_cast<unsigned>(first + random() % (256 - first));
        const std::string hint =
            help_for("198.51.100." + std::to_string(first) + "-198.51.100." + std::to_string(last));
        if (!hint.starts_with("write ")) continue;
        ++listed;
        std::array<unsigned, 256> covered{};
        re2::StringPiece rest(hint);
        static const RE2 item("\"([0-9./]+)\"");
        for (std::string text; RE2::FindAndConsume(&rest, item, &text);) {
            const auto network = Network::parse(text);
            ASSERT_TRUE(network) << text;
            for (unsigned i = 0; i < covered.size(); ++i)
                if (network->contains(*IpAddress::parse("198.51.100." + std::to_string(i))))
                    ++covered[i];
        }
        for (unsigned i = 0; i < covered.size(); ++i)
            EXPECT_EQ(covered[i], i >= first && i <= last ? 1U : 0U) << hint << " " << i;
    }
    EXPECT_GT(listed, 200U);
}

}  // namespace
}  // namespace relaypermit
