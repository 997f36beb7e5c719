#include "policy/regex_walk.h"

#include <gtest/gtest.h>

#include <string>

namespace relaypermit {
namespace {

std::string pieces_of(const std::string& text) {
    std::string pieces;
    for (std::size_t at = 0; at < text.size();) {
        const RegexPiece piece = regex_piece(text, at);
        EXPECT_EQ(piece.begin, at);
        EXPECT_GT(piece.end, at);
        EXPECT_LE(piece.end, text.size());
        pieces += (pieces.empty() ? "" : " ") + text.substr(at, piece.end - at);
        at = piece.end;
    }
    return pieces;
}

TEST(RegexWalk, TakesEscapesAndClassesAsAWhole) {
    EXPECT_EQ(pieces_of(R"(a\.b[^]x\]y]+)"), R"(a \. b [^]x\]y] +)");
    EXPECT_EQ(pieces_of(R"(\p{Greek}\x{41}\pLx)"), R"(\p{Greek} \x{41} \p L x)");
    EXPECT_EQ(pieces_of(R"(\Q[a\Eb)"), R"(\Q[a\E b)");
    EXPECT_EQ(pieces_of("[[:alpha:]_]x"), "[[:alpha:]_] x");
    EXPECT_EQ(pieces_of("(?P<u>[)]*)"), "( ? P < u > [)] * )");
}

TEST(RegexWalk, EndsWithTheTextWhereAPieceDoesNot) {
    for (const std::string text :
         {"[", "[^", "[^]", "[]", "[a\\", "\\", "\\Q", "\\Qa", "\\p{", "\\x{4", "[[:", "[[:a"})
        EXPECT_EQ(pieces_of(text), text);
}

}  // namespace
}  // namespace relaypermit
