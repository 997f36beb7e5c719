#include "policy/domain_relations.h"

#include <gtest/gtest.h>

namespace relaypermit {

TEST(DomainRelations, CoverAPatternAllOfWhoseDomainsItHolds) {
    DomainSet set;
    ASSERT_TRUE(set.add("example.com"));
    ASSERT_TRUE(set.add("*.shops.example.com"));
    for (const auto inside :
         {"example.com", "a.shops.example.com", "*.shops.example.com", "*.b.a.shops.example.com"})
        EXPECT_TRUE(covers(set, inside)) << inside;
    for (const auto outside :
         {"*.example.com", "shops.example.com", "*.com", "*.xshops.example.com"})
        EXPECT_FALSE(covers(set, outside)) << outside;
}

TEST(DomainRelations, PutNothingBelowButBehindADot) {
    EXPECT_TRUE(is_below("a.b.example", "b.example"));
    EXPECT_TRUE(is_below("x.a.b.example", "b.example"));
    EXPECT_FALSE(is_below("b.example", "b.example"));
    EXPECT_FALSE(is_below("ab.example", "b.example"));
    EXPECT_FALSE(is_below(".b.example", "b.example"));
}

}  // namespace relaypermit
