// Who signs profiles in tests.
#pragma once

#include <string_view>

namespace relaypermit {

// Made for tests, and of nobody: P-256, valid until 2126.
inline constexpr std::string_view signer_certificate = R"(-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUW3E29EStNluyvQi3pW6W3Ow+DrswCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUcHJvZmlsZXMuaG9zdGVyLnRlc3QwIBcNMjYxMTI4MTkxMjQ4
WhgPMjEyNjExMDQxOTEyNDhaMB8xHTAbBgNVBAMMFHByb2ZpbGVzLmhvc3Rlci50
ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEm3FjI05WNCH906qlUVYSqVyU
1YDQ564TTATh0eCaSMpUwNb2CZIz1Yp1Y1wxtfuJPzEAqVIidPCkze1QuRrPv6NT
MFEwHQYDVR0OBBYEFEf+cfSBfHhuhz9KSgsbzB/497JcMB8GA1UdIwQYMBaAFEf+
cfSBfHhuhz9KSgsbzB/497JcMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
SAAwRQIgfJ5kd0kYwMLvr1TiPwvLyVNEJ+TV+8knCy7vPavX6hICIQCyPTuQgPKE
TdpT+TDBvPMG8FDzly22I//fbINPlebgUQ==
-----END CERTIFICATE-----
)";
inline constexpr std::string_view signer_key = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgR2dCdbnsdNVrdhW/
lyV4UyYQ7W9BNNwlIm2ALYuZyZGhRANCAASbcWMjTlY0If3TqqVRVhKpXJTVgNDn
rhNMBOHR4JpIylTA1vYJkjPVinVjXDG1+4k/MQCpUiJ08KTN7VC5Gs+/
-----END PRIVATE KEY-----
)";

}  // namespace relaypermit
