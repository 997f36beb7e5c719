#include "policy/network.h"

#include <gtest/gtest.h>

#include <cstdint>

using namespace std::string_view_literals;

namespace relaypermit {
namespace {

std::string address(std::string_view text) {
    const auto parsed = IpAddress::parse(text);
    return parsed ? to_string(*parsed) : "(none)";
}

Network network(std::string_view text) {
    return Network::parse(text).value();
}

std::string network_error(std::string_view text) {
    const auto parsed = Network::parse(text);
    return parsed ? "parsed as " + to_string(*parsed) : parsed.error();
}

}  // namespace

TEST(IpAddress, ReadsTheFormsThatMtasWrite) {
    EXPECT_EQ(address("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(address("[192.0.2.1]"), "192.0.2.1");
    EXPECT_EQ(address("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
    EXPECT_EQ(address("IPv6:2001:db8::1"), "2001:db8::1");
    EXPECT_EQ(address("[ipv6:::1]"), "::1");
    EXPECT_EQ(address("[::1]"), "::1");
    EXPECT_EQ(address("fe80::1%eth0"), "fe80::1");
}

TEST(IpAddress, TakesAMappedAddressAsTheIpv4AddressThatItIs) {
    EXPECT_EQ(address("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(address("IPv6:::FFFF:c000:201"), "192.0.2.1");
    EXPECT_TRUE(IpAddress::parse("::ffff:192.0.2.1")->is_v4());
    EXPECT_EQ(address("::192.0.2.1"), "::192.0.2.1") << "compatible is not mapped";
    EXPECT_EQ(IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1}),
              IpAddress::v4({192, 0, 2, 1}));
}

TEST(IpAddress, RefusesAnythingElse) {
    for (const auto text :
         {""sv, "[]"sv, "0"sv, "192.0.2"sv, "192.0.2.256"sv, "192.0.2.01"sv, "0x7f.0.0.1"sv,
          " 192.0.2.1"sv, "192.0.2.1 "sv, "192.0.2.1%eth0"sv, "IPv6:192.0.2.1"sv, "[192.0.2.1"sv,
          "1:2:3"sv, "::1::"sv, "%eth0"sv, "unknown"sv, "192.0.2.1\0"sv, "192.0.2.1/24"sv,
          "::ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"sv}) {
        EXPECT_EQ(address(text), "(none)") << text;
    }
}

TEST(IpAddress, ClearsTheBitsBehindAPrefix) {
    const auto v4 = *IpAddress::parse("203.0.113.255");
    EXPECT_EQ(to_string(v4.masked(32)), "203.0.113.255");
    EXPECT_EQ(to_string(v4.masked(25)), "203.0.113.128");
    EXPECT_EQ(to_string(v4.masked(24)), "203.0.113.0");
    EXPECT_EQ(to_string(v4.masked(0)), "0.0.0.0");
    EXPECT_EQ(to_string(IpAddress::parse("2001:db8:ffff::1")->masked(33)), "2001:db8:8000::");
}

TEST(Network, ReadsPrefixesAndBareAddresses) {
    EXPECT_EQ(to_string(network("192.0.2.0/24")), "192.0.2.0/24");
    EXPECT_EQ(to_string(network("192.0.2.1")), "192.0.2.1/32");
    EXPECT_EQ(to_string(network("0.0.0.0/0")), "0.0.0.0/0");
    EXPECT_EQ(to_string(network("2001:DB8::/32")), "2001:db8::/32");
    EXPECT_EQ(to_string(network("[::1]")), "::1/128");
    EXPECT_EQ(to_string(network("::/0")), "::/0");
}

TEST(Network, ReadsAMappedNetworkAsIpv4) {
    EXPECT_EQ(to_string(network("::ffff:192.0.2.0/120")), "192.0.2.0/24");
    EXPECT_EQ(to_string(network("::ffff:0:0/96")), "0.0.0.0/0");
    EXPECT_EQ(network_error("::ffff:192.0.2.0/24"),
              "the prefix length of an IPv4-mapped network is below 96");
}

TEST(Network, SaysWhatIsWrong) {
    EXPECT_EQ(network_error("192.0.2.1/24"), "host bits are set; did you mean `192.0.2.0/24`?");
    EXPECT_EQ(network_error("2001:db8::1/64"), "host bits are set; did you mean `2001:db8::/64`?");
    EXPECT_EQ(network_error("192.0.2.0/33"), "the prefix length is above 32");
    EXPECT_EQ(network_error("::/129"), "the prefix length is above 128");
    EXPECT_EQ(network_error("192.0.2.0/255.255.255.0"),
              "a netmask; write the prefix length instead, as in /24");
    for (const auto text : {"192.0.2.0/", "192.0.2.0/x", "192.0.2.0/-1", "192.0.2.0/24x",
                            "192.0.2.0/ 24", "192.0.2.0/99999999999"}) {
        EXPECT_EQ(network_error(text), "the prefix length is not a number") << text;
    }
    for (const auto text : {"", "/24", "example.com", "192.0.2/24", "fe80::%eth0/64"})
        EXPECT_EQ(network_error(text), "not an IPv4 or IPv6 network") << text;
}

TEST(Network, ContainsItsOwnFamilyOnly) {
    EXPECT_TRUE(network("192.0.2.0/25").contains(*IpAddress::parse("192.0.2.127")));
    EXPECT_FALSE(network("192.0.2.0/25").contains(*IpAddress::parse("192.0.2.128")));
    EXPECT_TRUE(network("192.0.2.0/25").contains(*IpAddress::parse("::ffff:192.0.2.1")));
    EXPECT_FALSE(network("::/0").contains(*IpAddress::parse("192.0.2.1")));
    EXPECT_FALSE(network("0.0.0.0/0").contains(*IpAddress::parse("::1")));
    EXPECT_TRUE(network("10.0.0.0/8").contains(network("10.1.0.0/16")));
    EXPECT_TRUE(network("10.0.0.0/8").contains(network("10.0.0.0/8")));
    EXPECT_FALSE(network("10.1.0.0/16").contains(network("10.0.0.0/8")));
    EXPECT_FALSE(network("10.0.0.0/8").contains(network("11.0.0.0/16")));
}

TEST(Network, HoldsNoLocalSession) {
    const std::vector<Network> networks = {network("127.0.0.0/8"), network("::/0")};
    EXPECT_TRUE(contains(networks, IpAddress::parse("127.1.2.3")));
    EXPECT_TRUE(contains(networks, IpAddress::parse("2001:db8::1")));
    EXPECT_FALSE(contains(networks, IpAddress::parse("192.0.2.1")));
    EXPECT_FALSE(contains(networks, std::nullopt));
    EXPECT_FALSE(contains({}, IpAddress::parse("127.0.0.1")));
}

TEST(NetworkIndex, FindsEveryRuleOnceInOrder) {
    NetworkIndex index;
    index.add(network("10.0.0.0/8"), 7);
    index.add(network("10.1.0.0/16"), 3);
    index.add(network("10.1.2.3"), 7);
    index.add(network("10.1.2.3"), 5);
    index.add(network("0.0.0.0/0"), 9);
    index.add(network("2001:db8::/32"), 1);
    const auto find = [&](std::string_view text) { return index.find(*IpAddress::parse(text)); };
    EXPECT_EQ(find("10.1.2.3"), (std::vector<std::uint32_t>{3, 5, 7, 9}));
    EXPECT_EQ(find("10.1.9.9"), (std::vector<std::uint32_t>{3, 7, 9}));
    EXPECT_EQ(find("192.0.2.1"), (std::vector<std::uint32_t>{9}));
    EXPECT_EQ(find("::ffff:10.2.0.1"), (std::vector<std::uint32_t>{7, 9}));
    EXPECT_EQ(find("2001:db8::5"), (std::vector<std::uint32_t>{1}));
    EXPECT_TRUE(find("2001:db9::5").empty());
    EXPECT_TRUE(NetworkIndex().find(*IpAddress::parse("::1")).empty());
}

}  // namespace relaypermit
