#include "policy/conditions.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

Network network(std::string_view text) {
    return Network::parse(text).value();
}

Restriction from_the_office() {
    Restriction restriction;
    restriction.networks = {network("192.0.2.0/24"), network("2001:db8::/32")};
    return restriction;
}

TEST(Conditions, AClientIsInANetworkOrNot) {
    const std::vector<Network> office = {network("192.0.2.0/24"), network("2001:db8::/32")};
    EXPECT_EQ(within(office, only(IpAddress::parse("192.0.2.7"))), Match::yes);
    EXPECT_EQ(within(office, only(IpAddress::parse("2001:db8::7"))), Match::yes);
    EXPECT_EQ(within(office, only(IpAddress::parse("198.51.100.7"))), Match::no);
    EXPECT_EQ(within(office, only(std::nullopt)), Match::no);
    EXPECT_EQ(within(std::vector<Network>(), only(IpAddress::parse("192.0.2.7"))), Match::no);
}

TEST(Conditions, ANetworkIsInAnotherWhollyOrInPartOrNot) {
    const std::vector<PlacedNetwork> halves = {{network("192.0.2.0/25"), {}},
                                               {network("192.0.2.128/25"), {}}};
    EXPECT_EQ(within(halves, network("192.0.2.128/26")), Match::yes);
    EXPECT_EQ(within(halves, network("192.0.2.0/24")), Match::unknown);
    EXPECT_EQ(within(halves, network("198.51.100.0/24")), Match::no);
}

TEST(Conditions, OfANetworkSomeClientsMayBeRefusedForWhereTheyAre) {
    const Restriction office = from_the_office();
    const auto refused = [&](const Clients& clients) {
        return objects(office, Cause::client_not_allowed, clients);
    };
    EXPECT_EQ(refused(network("192.0.2.0/28")), Match::no);
    EXPECT_EQ(refused(network("192.0.0.0/16")), Match::unknown);
    EXPECT_EQ(refused(network("198.51.100.0/24")), Match::yes);
    EXPECT_EQ(refused(std::nullopt), Match::yes);
    EXPECT_EQ(objects(Restriction(), Cause::client_not_allowed, network("192.0.2.0/28")),
              Match::no);
}

TEST(Conditions, ASuspensionHoldsAgainstAllClients) {
    Restriction suspended;
    suspended.suspended = true;
    EXPECT_EQ(objects(suspended, Cause::account_suspended, network("0.0.0.0/0")), Match::yes);
    EXPECT_EQ(objects(suspended, Cause::weak_login, network("0.0.0.0/0")), Match::no);
}

}  // namespace
}  // namespace relaypermit
