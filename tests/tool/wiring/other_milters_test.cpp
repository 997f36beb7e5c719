#include "tool/wiring/other_milters.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

TEST(OtherMiltersTest, TheFewThatMatterAreKnownByTheirSocketsOrNames) {
    for (const std::string_view written :
         {"unix:/run/clamav/clamav-milter.ctl", "inet:clamav-milter:7357", "clmilter",
          "unix:/var/spool/MIMEDefang/mimedefang.sock", "unix:/run/mailfromd/mailfrom",
          "inet:milter-manager.example.com:10025"}) {
        const KnownMilter* const known = known_milter(written);
        ASSERT_NE(known, nullptr) << written;
        EXPECT_NE(known->holds, known->rewrites) << written;
    }
    for (const std::string_view written :
         {"", "unix:opendkim/opendkim.sock", "inet:127.0.0.1:8891", "unix:/run/rspamd/milter.sock",
          "unix:spamass/spamass.sock", "unix:milter-greylist/milter-greylist.sock"})
        EXPECT_EQ(known_milter(written), nullptr) << written;
}

}  // namespace
}  // namespace relaypermit
