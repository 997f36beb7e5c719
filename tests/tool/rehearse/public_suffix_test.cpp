#include "tool/rehearse/public_suffix.h"

#include <gtest/gtest.h>

namespace relaypermit {

TEST(PublicSuffix, IsATopLevelDomainOrACountrysStandInForOne) {
    for (const auto suffix :
         {"com", "de", "museum", "co.uk", "com.au", "ac.at", "nom.br", "github.io"})
        EXPECT_TRUE(is_public_suffix(suffix)) << suffix;
    for (const auto own : {"example.com", "uni.ac.at", "co.example", "mail.uk", "lan", "internal",
                           "example.github.io"})
        EXPECT_FALSE(is_public_suffix(own)) << own;
}

TEST(PublicSuffix, IsWhatARegistrableDomainStandsBelow) {
    for (const auto one : {"example.com", "example.co.uk", "host.lan", "example.github.io"})
        EXPECT_TRUE(is_registrable(one)) << one;
    for (const auto other : {"www.example.com", "www.example.co.uk", "com"})
        EXPECT_FALSE(is_registrable(other)) << other;
}

}  // namespace relaypermit
