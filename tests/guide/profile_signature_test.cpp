// Signed profiles: what is signed with, and what cannot be. (tests/web checks the signature by
// openssl(1).)
#include "tool/guide/profile_signature.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/guide/signer.h"

namespace relaypermit {
namespace {

constexpr std::string_view another_key = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSePaKwNN7saazx0S
PK/Z9NUc3gek37I0ij2CpwTiJMKhRANCAAQ1C2iS7pUCiIlmvIKAPGhxrJbkGGkR
MJlVCieShcM8+LRgzHFwj1ooSCuFWc1RBdTF9IIZQ0GSZJP7emVhAREy
-----END PRIVATE KEY-----
)";
constexpr std::string_view locked_key = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjOjpTyOm5+1AICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEELB8BkaZokt81SR1IDkRlkMEgZAM
lVlqK7UWxWkajlc2FfT9y3Dfmns1mYoOhgEXNjzI5ZZCxp5EO2qJSDfFx4l16VtD
5M/sTLtBJXIkGADHHIrjIvPNw2liMwjcwM8PxfxWFVpFFEL7D/5BQHjE8UVQ7kYf
PmTNLVpkk0hxNoItmNbZkEEfNN75P3VP3lJ09RmCLRpJhz2EizVvgFtPIpmX5nY=
-----END ENCRYPTED PRIVATE KEY-----
)";

std::string fault_of(std::string_view certificates, std::string_view private_key) {
    const auto done = signed_profile("<plist/>", certificates, private_key);
    return done ? "" : done.error();
}

TEST(ProfileSignature, HoldsTheProfileAsItIs) {
    const auto done = signed_profile("<plist>\n</plist>\n", signer_certificate, signer_key);
    ASSERT_TRUE(done.has_value()) << done.error();
    EXPECT_EQ(done->front(), '\x30') << "DER";
    EXPECT_NE(done->find("<plist>\n</plist>\n"), std::string::npos) << "no line end is changed";
}

TEST(ProfileSignature, TakesACertificateThatStandsTwiceOnce) {
    const std::string pem(signer_certificate);
    EXPECT_EQ(fault_of(pem + pem + pem, signer_key), "");
}

TEST(ProfileSignature, SaysWhatCannotBeUsed) {
    EXPECT_EQ(fault_of("", signer_key), "the certificate is not PEM");
    EXPECT_EQ(fault_of(signer_key, signer_key), "the certificate is not PEM");
    EXPECT_EQ(fault_of(signer_certificate, signer_certificate),
              "the key is not PEM, or has a passphrase");
    EXPECT_EQ(fault_of(signer_certificate, locked_key), "the key is not PEM, or has a passphrase");
    EXPECT_EQ(fault_of(signer_certificate, another_key), "the key is not that of the certificate");
}

std::string fault_at(std::string_view profile, int year) {
    return signature_fault(profile, std::chrono::sys_days{std::chrono::year{year} / 11 / 29});
}

TEST(ProfileSignature, IsFoundBrokenAndLapsed) {
    std::string profile = signed_profile("<plist/>", signer_certificate, signer_key).value();
    EXPECT_EQ(fault_at(profile, 2026), "");
    EXPECT_EQ(fault_at(profile, 2127),
              "is signed by a certificate that was valid until 2126-11-04");
    EXPECT_EQ(fault_at("<plist/>", 2127), "") << "is not signed";
    EXPECT_EQ(fault_at(std::string_view(profile).substr(0, 300), 2026),
              "has a signature that is broken");
    profile.back() = static_cast<char>(profile.back() ^ 1);
    EXPECT_EQ(fault_at(profile, 2026), "has a signature that is broken");
}

}  // namespace
}  // namespace relaypermit
