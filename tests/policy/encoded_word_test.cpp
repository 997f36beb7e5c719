#include "policy/encoded_word.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

constexpr auto malformed = "fault: a malformed encoded word";
constexpr auto hidden = "fault: an encoded word in a charset that hides what it says";
constexpr auto unreadable =
    "fault: an encoded word with control characters or bytes that its charset does not have";

// The runs with | between them.
std::string decoded(std::string_view text) {
    const auto runs = decode_encoded_words(text);
    if (!runs) return "fault: " + runs.error();
    std::string joined;
    for (const auto& run : *runs) {
        if (&run != &runs->front()) joined += '|';
        joined += run;
    }
    return joined;
}

std::string in_charset(std::string_view charset, std::string_view q_payload) {
    return decoded("=?" + std::string(charset) + "?q?" + std::string(q_payload) + "?=");
}

}  // namespace

TEST(EncodedWord, DecodesBothEncodings) {
    EXPECT_EQ(decoded("=?utf-8?q?Doe=2C_J=C3=B6hn?="), "Doe, J\u00f6hn");
    EXPECT_EQ(decoded("=?UTF-8?B?SsO2cmc=?="), "J\u00f6rg");
    EXPECT_EQ(decoded("=?utf-8?b?SsO2cmc?="), "J\u00f6rg") << "padding left out";
    EXPECT_EQ(decoded("=?utf-8?b?YQ==?="), "a");
    EXPECT_EQ(decoded("=?utf-8?Q?=c3=b6?="), "\u00f6") << "lower case hexadecimal";
    EXPECT_EQ(decoded("=?utf-8?Q?John Doe?="), "John Doe")
        << "a space, as broken programs write it";
    EXPECT_EQ(decoded("=?utf-8*en?q?Jo?="), "Jo") << "RFC 2231 language";
    EXPECT_EQ(decoded("=?UTF8?q?=C3=B6?="), "\u00f6");
    EXPECT_EQ(decoded("=?utf-8?q?"
                      "?="),
              "");
}

TEST(EncodedWord, LeavesOutWhatIsNotEncoded) {
    EXPECT_EQ(decoded("Jo Bloggs"), "");
    EXPECT_EQ(decoded("Jo =?utf-8?q?x?= Bloggs"), "x");
    EXPECT_EQ(decoded("a=?utf-8?q?x?=b"), "x") << "in the middle of a word too";
}

TEST(EncodedWord, JoinsWordsThatOnlyWhiteSpaceSeparates) {
    EXPECT_EQ(decoded("=?utf-8?q?vic?= =?utf-8?q?tim?="), "victim");
    EXPECT_EQ(decoded("=?utf-8?q?vic?==?iso-8859-1?q?tim?="), "victim");
    EXPECT_EQ(decoded("=?utf-8?q?a?= b =?utf-8?q?c?="), "a|c");
    EXPECT_EQ(decoded("=?utf-8?q?=C3?= =?utf-8?q?=B6?="), "\u00f6") << "a character cut in two";
    EXPECT_EQ(decoded("=?utf-8?q?=C3?= x =?utf-8?q?=B6?="), unreadable);
    EXPECT_EQ(decoded("=?utf-8?q?=C3?= =?iso-8859-1?q?x?="), unreadable);
}

TEST(EncodedWord, RefusesWhatBeginsNoWord) {
    for (const auto text :
         {"=?", "=?x", "=?utf-8", "=?utf-8?", "=?utf-8?q", "=?utf-8?q?", "=?utf-8?q?x",
          "=?utf-8?q?x?", "=?utf-8?q?x?y", "=?utf-8?x?y?=", "=?utf-8?qq?y?=", "=?utf-8?q?a?b?=",
          "=?=?utf-8?q?x?=", "=?utf-8?q?=?utf-8?q?x?="}) {
        EXPECT_EQ(decoded(text), malformed) << text;
    }
}

TEST(EncodedWord, RefusesBadEncodings) {
    for (const auto text :
         {"=?utf-8?q?=4?=", "=?utf-8?q?=4g?=", "=?utf-8?q?=g4?=", "=?utf-8?q?\u00f6?=",
          "=?utf-8?q?\t?=", "=?utf-8?b?A?=", "=?utf-8?b?AAAAA?=", "=?utf-8?b?QQ===?=",
          "=?utf-8?b?QQ==QQ==?=", "=?utf-8?b?Q Q?=", "=?utf-8?b?Q-Q_?=", "=?utf-8?b?====?="}) {
        EXPECT_EQ(decoded(text), malformed) << text;
    }
}

TEST(EncodedWord, RefusesControlCharactersAndInvalidText) {
    for (const auto payload : {"=00", "a=0Ab", "=0D", "=09", "=1B", "=7F", "=C2=85", "=E2=80=A8",
                               "=FF", "=C0=80", "=C1=80", "=ED=A0=80", "=C3"}) {
        EXPECT_EQ(in_charset("utf-8", payload), unreadable) << payload;
    }
    EXPECT_EQ(in_charset("us-ascii", "=00"), unreadable);
    EXPECT_EQ(in_charset("us-ascii", "=7F"), unreadable);
    EXPECT_EQ(in_charset("iso-8859-1", "=0A"), unreadable);
}

TEST(EncodedWord, KnowsCharsetsThatShowAscii) {
    for (const auto charset :
         {"us-ascii", "US-ASCII", "iso-8859-1", "ISO-8859-15", "iso-8859-8-i", "iso8859-2",
          "windows-1252", "cp1251", "koi8-r", "cp866", "IBM850", "macintosh", "tis-620", "euc-jp",
          "euc-kr", "ks_c_5601-1987", "gb2312", "windows-874"}) {
        EXPECT_EQ(in_charset(charset, "a=40=3Cb=F6"), "a@<b\uFFFD") << charset;
    }
}

TEST(EncodedWord, RefusesCharsetsThatHideAscii) {
    for (const auto charset : {"utf-7",
                               "UTF7",
                               "unicode-1-1-utf-7",
                               "utf-16",
                               "utf-16le",
                               "utf-32",
                               "ucs-2",
                               "hz-gb-2312",
                               "iso-2022-kr",
                               "iso-2022-cn",
                               "cp037",
                               "ibm875",
                               "cp875",
                               "johab",
                               "x-unknown",
                               "",
                               "*en",
                               "iso-8859-",
                               "iso-8859-evil",
                               "iso-8859-12345",
                               "windows-125",
                               "windows-125x",
                               "windows-12599"}) {
        EXPECT_EQ(in_charset(charset, "a"), hidden) << charset;
    }
}

TEST(EncodedWord, TakesTheSecondByteOfACharacterForNoAt) {
    EXPECT_EQ(in_charset("shift_jis", "=8E=52=81=40x"), "\uFFFD\uFFFDx");
    EXPECT_EQ(in_charset("cp932", "=E0@=FB=FC"), unreadable);
    EXPECT_EQ(in_charset("cp932", "=FB=FC=8B=B4"), "\uFFFD\uFFFD");
    EXPECT_EQ(in_charset("shift_jis", "=B1@"), "\uFFFD@") << "half-width kana is one byte";
    EXPECT_EQ(in_charset("gbk", "=81=40=B0=A1"), "\uFFFD\uFFFD");
    EXPECT_EQ(in_charset("gb18030", "=81=30=81=30x"), "\uFFFD0\uFFFD0x");
    EXPECT_EQ(in_charset("big5", "=A4=40=A4=A4@"), "\uFFFD\uFFFD@");
    EXPECT_EQ(decoded("=?Big5?B?pEA=?="), "\uFFFD");
    EXPECT_EQ(in_charset("gb2312", "=81=40"), "\uFFFD@") << "not everybody reads GBK there";
}

TEST(EncodedWord, RefusesHalfACharacter) {
    EXPECT_EQ(in_charset("shift_jis", "=81"), unreadable);
    EXPECT_EQ(in_charset("shift_jis", "=81="), malformed);
    EXPECT_EQ(in_charset("shift_jis", "=81=3C"), unreadable);
    EXPECT_EQ(in_charset("shift_jis", "=FD@"), unreadable);
    EXPECT_EQ(in_charset("shift_jis", "=80"), unreadable);
    EXPECT_EQ(in_charset("gbk", "=80@"), unreadable);
    EXPECT_EQ(in_charset("gbk", "=81=7F"), unreadable);
    EXPECT_EQ(in_charset("big5", "=A4=80"), unreadable);
    EXPECT_EQ(in_charset("big5", "=A4=0A"), unreadable);
    EXPECT_EQ(decoded("=?gbk?q?=81?= =?gbk?q?=40?="), unreadable) << "each word for itself";
}

TEST(EncodedWord, FollowsTheEscapesOfIso2022Jp) {
    EXPECT_EQ(decoded("=?iso-2022-jp?B?GyRCOzNFRBsoQg==?="), "\uFFFD\uFFFD");
    EXPECT_EQ(in_charset("ISO-2022-JP", "a=1B$B@<@>=1B(B@"), "a\uFFFD\uFFFD@");
    EXPECT_EQ(in_charset("iso-2022-jp", "=1B(J@=1B$@!!=1B(J"), "@\uFFFD");
    EXPECT_EQ(in_charset("iso-2022-jp", "=1B(I@=1B(B@"), "\uFFFD@");
    EXPECT_EQ(in_charset("iso-2022-jp", "=1B(B<victim@x>"), "<victim@x>");
}

// Python, glibc, WHATWG: one of them has no such pair, or no such escape, so that an @ comes out.
TEST(EncodedWord, RefusesWhatSomeDecoderReadsAsAscii) {
    for (const auto payload :
         {"=1B$AO<ceo@x>=1B(B", "=1B$(COx=1B(B", "=1B$(DOx=1B(B", "=1B$(OOx=1B(B", "=1B$(POx=1B(B",
          "=1B$(QOx=1B(B", "=1B$B-@=1B(B", "=1B$B-jxx=1B(B@", "=1B$B@@-j=1B(B"}) {
        EXPECT_EQ(in_charset("iso-2022-jp", payload), unreadable) << payload;
        EXPECT_EQ(in_charset("iso-2022-jp-2", payload), unreadable) << payload;
    }
    EXPECT_EQ(in_charset("big5", "=81@"), unreadable);
    EXPECT_EQ(in_charset("big5", "=A0@"), unreadable);
    EXPECT_EQ(in_charset("big5", "=C7@"), unreadable);
    EXPECT_EQ(in_charset("shift_jis", "=85@"), unreadable);
    EXPECT_EQ(in_charset("shift_jis", "=F0@"), unreadable);
    EXPECT_EQ(in_charset("shift_jis", "=81=5F=81@"), unreadable);
    EXPECT_EQ(in_charset("gbk", "=A2@"), unreadable);
    EXPECT_EQ(in_charset("gb18030", "=81=30=81@"), "\uFFFD0\uFFFD@") << "an @ to some";
    EXPECT_EQ(in_charset("big5-hkscs", "=A4@"), "\uFFFD@") << "an @ to some";
    EXPECT_EQ(decoded("=?big5?B?gUBjZW8=?="), unreadable);
}

TEST(EncodedWord, TakesKoreanInItsCharsets) {
    for (const auto charset :
         {"euc-kr", "EUCKR", "ks_c_5601-1987", "KSC_5601", "cp949", "uhc", "windows-949"}) {
        EXPECT_EQ(in_charset(charset, "=B1=E8=C3=B6=BC=F6"), "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD")
            << charset;
        EXPECT_EQ(in_charset(charset, "=8CA@"), "\uFFFDA@") << charset;
    }
}

TEST(EncodedWord, RefusesIso2022JpThatLosesItsWay) {
    for (const auto payload :
         {"=1B$B!!", "=1B$B!", "=1B$B!=1B(B", "=1B$B!!!=1B(B", "=1B", "=1B(", "=1B(Z", "=1B$)C",
          "=0E!!=0F", "=80", "=1B$B=21=A1=1B(B", "=1B$B!_=1B(B", "=1B(I"}) {
        EXPECT_EQ(in_charset("iso-2022-jp", payload), unreadable) << payload;
    }
}

}  // namespace relaypermit
