#include "policy/place.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

TEST(Place, IsWrittenAsCompilersWriteIt) {
    EXPECT_EQ(to_string(Place{"policy.toml", 12, 9}), "policy.toml:12:9");
}

TEST(Place, NamesTheFileAloneWhereThereIsNoLine) {
    EXPECT_EQ(to_string(Place{"policy.toml", 0, 0}), "policy.toml");
}

TEST(Place, SaysOfADefaultThatItIsBuiltIn) {
    EXPECT_EQ(to_string(Place{}), "built in");
}

TEST(Place, StandsInTheOrderOfTheFile) {
    EXPECT_LT((Place{"policy.toml", 2, 40}), (Place{"policy.toml", 10, 1}));
    EXPECT_LT((Place{"policy.toml", 10, 1}), (Place{"policy.toml", 10, 2}));
}

}  // namespace
}  // namespace relaypermit
