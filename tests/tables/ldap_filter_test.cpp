#include "tables/modules/ldap_filter.h"

#include <gtest/gtest.h>

namespace relaypermit::testing {
namespace {

std::string filled(std::string_view filter, const std::string& login) {
    return filled_filter(parse_placeholder_text(filter, QueryOf::alias_table).value(),
                         {login, "", "", ""});
}

TEST(LdapFilter, EscapesEveryByteThatCouldMeanSomething) {
    EXPECT_EQ(filled("(uid={login})", "Bob-1.x@example.com"), "(uid=Bob-1.x@example.com)");
    EXPECT_EQ(filled("(uid={login})", "*)(uid=*"), "(uid=\\2a\\29\\28uid\\3d\\2a)");
    EXPECT_EQ(filled("(uid={login})", std::string("\\\0 ", 3)), "(uid=\\5c\\00\\20)");
    EXPECT_EQ(filled("(uid={login})", "\xC3\xA4"), "(uid=\\c3\\a4)");
}

TEST(LdapFilter, LeavesWhatThePolicyHas) {
    EXPECT_EQ(filled("(&(a=*)(b={{x}})(|(u={login})(v={login})))", "x"),
              "(&(a=*)(b={x})(|(u=x)(v=x)))");
}

}  // namespace
}  // namespace relaypermit::testing
