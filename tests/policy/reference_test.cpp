#include <gtest/gtest.h>

#include <random>

#include "policy/reference.h"
#include "policy/reply.h"

namespace relaypermit {
namespace {

TEST(Reference, IsEightDigitsOfTheLowFortyBits) {
    EXPECT_EQ(format_reference(0), "00000000");
    EXPECT_EQ(format_reference(31), "0000000Z");
    EXPECT_EQ(format_reference(0xFFFFFFFFFFU), "ZZZZZZZZ");
    EXPECT_EQ(format_reference(0xABC0000000000020U), "00000010");
}

TEST(Reference, IsReadAsAPersonTypesIt) {
    for (const auto* typed :
         {"7F3K2Q9D", "7f3k2q9d", " 7f3k-2q9d ", "ref 7F3K2Q9D", "Ref  7f3k2q9d."}) {
        EXPECT_EQ(normalize_reference(typed), "7F3K2Q9D") << typed;
    }
    EXPECT_EQ(normalize_reference("oOiIlL00"), "00111100");
}

TEST(Reference, IsNotReadFromAnythingElse) {
    for (const auto* typed : {"", " ", "ref", "ref ", "7F3K2Q9", "7F3K2Q9DD", "7F3K2Q9U",
                              "7F3K2Q9\xC3\xBC", "7F3K2Q9*", "reference 7F3K2Q9D", "--------"}) {
        EXPECT_EQ(normalize_reference(typed), "") << typed;
    }
}

TEST(Reference, ReadsBackWhatItWrote) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 1000; ++round) {
        const auto reference = format_reference(random());
        ASSERT_EQ(normalize_reference(reference), reference);
    }
}

}  // namespace
}  // namespace relaypermit
