#include "policy/login.h"

#include <gtest/gtest.h>

#include <vector>

using namespace std::string_view_literals;

namespace relaypermit {
namespace {

std::string canonical(std::string_view raw, Mta mta = Mta::postfix,
                      std::string_view default_realm = "example.com") {
    const auto login = canonical_login(raw, mta, default_realm);
    return login ? to_string(*login) : "fault: " + login.error().why;
}

}  // namespace

TEST(Login, AppendsTheDefaultRealmToABareName) {
    EXPECT_EQ(canonical("alice"), "alice@example.com");
    EXPECT_EQ(canonical("alice", Mta::postfix, "Example.COM"), "alice@example.com");
    EXPECT_EQ(canonical("alice", Mta::postfix, ""), "alice");
}

TEST(Login, SplitsAtTheLastAt) {
    const auto login = canonical_login("a@b@Example.org", Mta::postfix, "example.com");
    ASSERT_TRUE(login);
    EXPECT_EQ(login->user, "a@b");
    EXPECT_EQ(login->realm, "example.org");
}

TEST(Login, LowersTheRealmAndKeepsTheUser) {
    EXPECT_EQ(canonical("Alice@EXAMPLE.com"), "Alice@example.com");
    EXPECT_EQ(canonical("alice@B\u00dcCHER.example"), "alice@xn--bcher-kva.example");
    EXPECT_EQ(canonical("alice@Realm with Spaces"), "alice@realm with spaces");
    EXPECT_EQ(login_key({.user = "Alice", .realm = "example.com"}), "alice@example.com");
    EXPECT_EQ(login_key({.user = "Alice", .realm = ""}), "alice");
}

TEST(Login, DecodesXtextForSendmailOnly) {
    EXPECT_EQ(canonical("a+2Bb", Mta::sendmail), "a+b@example.com");
    EXPECT_EQ(canonical("p+3Dq+20r@example.org", Mta::sendmail), "p=q r@example.org");
    EXPECT_EQ(canonical("a+2Bb", Mta::postfix), "a+2Bb@example.com");
    EXPECT_EQ(canonical("a+b", Mta::postfix), "a+b@example.com");
    EXPECT_EQ(canonical("a=b", Mta::postfix), "a=b@example.com");
}

TEST(Login, RefusesBadXtext) {
    for (const auto raw : {"a+b", "a+", "a+2", "a+2b", "a+GG", "a+:0", "a+0@", "a+2G", "a=b", "a b",
                           "a\x7F", "\u00fc"}) {
        EXPECT_EQ(canonical(raw, Mta::sendmail), "fault: the login is not valid xtext") << raw;
    }
}

TEST(Login, RefusesWhatXtextHides) {
    EXPECT_EQ(canonical("a+00b", Mta::sendmail), "fault: the login holds NUL");
    EXPECT_EQ(canonical("a+0Ab", Mta::sendmail), "fault: the login holds a control character");
    EXPECT_EQ(canonical("a+FFb", Mta::sendmail), "fault: the login holds invalid UTF-8");
    EXPECT_EQ(canonical("a+40example.org", Mta::sendmail), "a@example.org");
}

TEST(Login, RefusesNamesThatCouldBeTwo) {
    EXPECT_EQ(canonical("a?b"),
              "fault: the login holds `?`, which stands for any byte that Postfix does not print");
    EXPECT_EQ(canonical("alice@b?"),
              "fault: the login holds `?`, which stands for any byte that Postfix does not print");
    EXPECT_EQ(canonical("a\0b"sv), "fault: the login holds NUL");
    EXPECT_EQ(canonical("a\tb"), "fault: the login holds a control character");
    EXPECT_EQ(canonical("a\xFF"), "fault: the login holds invalid UTF-8");
    for (const auto unseen : {"mal\u00adlory", "mal\u200blory", "mallory\u00a0", "m@a\u200b.b"})
        EXPECT_EQ(canonical(unseen), "fault: the login holds a character that does not show");
    EXPECT_EQ(canonical(""), "fault: the login has no user part");
    EXPECT_EQ(canonical("@example.com"), "fault: the login has no user part");
    EXPECT_EQ(canonical("alice@"), "fault: the login ends with @");
}

TEST(Login, IsStableOnceCanonical) {
    for (const auto raw :
         {"alice", "A@b@C.example", "x@B\u00dcCHER.example", "o'neil@[IPv6:2001:DB8::1]"}) {
        EXPECT_EQ(canonical(canonical(raw)), canonical(raw)) << raw;
    }
}

TEST(Mta, HasAName) {
    EXPECT_EQ(to_string(Mta::postfix), "postfix");
    EXPECT_EQ(to_string(Mta::sendmail), "sendmail");
}

namespace {

std::vector<LoginForm> forms_of(const std::vector<std::string_view>& texts) {
    std::vector<LoginForm> forms;
    for (const std::string_view text : texts) forms.push_back(LoginForm::parse(text).value());
    return forms;
}

std::string spelled(std::string_view raw, const std::vector<std::string_view>& forms,
                    std::string_view default_realm = "example.com", Mta mta = Mta::postfix) {
    const auto login = canonical_login(raw, mta, default_realm, forms_of(forms));
    return login ? to_string(*login) : "fault: " + login.error().why;
}

const std::vector<std::string_view> usual = {R"(EXAMPLE\{user})", "{user}%{domain}",
                                             "{user}*{any}"};

}  // namespace

TEST(LoginForms, MakeOneLoginOfItsSpellings) {
    for (const std::string_view raw :
         {"mallory", "mallory@example.com", R"(EXAMPLE\mallory)", R"(example\mallory)",
          "mallory%example.com", "mallory%EXAMPLE.com", "mallory*admin", "mallory*a*b", "mallory*",
          "mallory*admin@example.com", R"(EXAMPLE\mallory@example.com)",
          "mallory%example.com@example.com", "mallory@example.com"})
        EXPECT_EQ(spelled(raw, usual), "mallory@example.com") << raw;
    EXPECT_EQ(spelled("mallory%example.org", usual), "mallory@example.org");
    EXPECT_EQ(spelled("mallory%B\u00fccher.example", usual), "mallory@xn--bcher-kva.example");
    EXPECT_EQ(spelled("a%b%example.org", usual), "a%b@example.org");
    EXPECT_EQ(spelled("a%b%example.com", usual),
              "fault: the login is `a%b@example.com` by one of the `forms`, and that is another "
              "login by another");
}

TEST(LoginForms, LetNobodyIntoTheDefaultRealmFromAnother) {
    EXPECT_EQ(spelled("ceo*x@example.org", usual), "ceo*x@example.org");
    EXPECT_EQ(spelled(R"(x@example.org\ceo)", {R"({any}\{user})"}), R"(x@example.org\ceo)");
    EXPECT_EQ(spelled("ceo*x%example.org", {"{user}*{any}%{domain}"}), "ceo@example.org");
}

// What Cyrus SASL and Dovecot put behind a login without an @ names nobody's domain.
TEST(LoginForms, ApplyBehindTheServersOwnName) {
    const auto appended = [](std::string_view raw, std::string_view default_realm = "example.com") {
        const auto login =
            canonical_login(raw, Mta::postfix, default_realm, forms_of(usual), "Mail.Example.com");
        return login ? to_string(*login) : "fault: " + login.error().why;
    };
    for (const std::string_view raw :
         {R"(EXAMPLE\mallory@mail.example.com)", "mallory%example.com@MAIL.example.com",
          "mallory*admin@mail.example.com", R"(EXAMPLE\mallory@example.com)"})
        EXPECT_EQ(appended(raw), "mallory@example.com") << raw;
    EXPECT_EQ(appended("mallory%example.com@mail.example.com", ""), "mallory@example.com");
    EXPECT_EQ(appended("mallory%example.com@example.org"), "mallory%example.com@example.org");
    EXPECT_EQ(appended("mallory@mail.example.com"), "mallory@mail.example.com");
    EXPECT_EQ(appended(R"(EXAMPLE\a%example.com@mail.example.com)"),
              "fault: the login is `a%example.com@example.com` by one of the `forms`, and that is "
              "another login by another");
}

TEST(Login, WithABlankAtAnEndIsNobodys) {
    for (const std::string_view raw : {"alice@example.com ", " alice@example.com",
                                       "alice @example.com", "alice@ example.com", "alice "}) {
        const auto login = canonical_login(raw, Mta::postfix, "example.com");
        ASSERT_FALSE(login) << raw;
        EXPECT_TRUE(login.error().blank);
        EXPECT_EQ(login.error().typed, raw);
    }
    EXPECT_FALSE(canonical_login("al?ce", Mta::postfix, "example.com").error().blank);
    EXPECT_EQ(canonical_login("alice+20", Mta::sendmail, "example.com").error().typed, "alice ");
    EXPECT_TRUE(canonical_login("alice b@example.com", Mta::postfix, "example.com"));
}

TEST(LoginForms, AreReadAfterTheXtextOfSendmail) {
    EXPECT_EQ(spelled("EXAMPLE\\mallory", usual, "example.com", Mta::sendmail),
              "mallory@example.com");
    EXPECT_EQ(spelled("mallory+2Aadmin", usual, "example.com", Mta::sendmail),
              "mallory@example.com");
    EXPECT_EQ(spelled("mallory+2Aadmin", usual), "mallory+2Aadmin@example.com");
}

TEST(LoginForms, LeaveOtherLoginsAsTheyAre) {
    EXPECT_EQ(spelled("alice@example.org", usual), "alice@example.org");
    EXPECT_EQ(spelled(R"(OTHER\alice)", usual), R"(OTHER\alice@example.com)");
    EXPECT_EQ(spelled("alice%exam_ple..com", usual), "alice%exam_ple..com@example.com");
    EXPECT_EQ(spelled(R"(EXAMPLE\alice@example.org)", usual), R"(EXAMPLE\alice@example.org)");
    // RE2 would fold the Kelvin sign and the long s onto letters.
    EXPECT_EQ(spelled("\u212aK\\alice", {R"(KK\{user})"}), "\u212aK\\alice@example.com");
}

TEST(LoginForms, WithoutADomainGiveTheDefaultRealmOrNone) {
    EXPECT_EQ(spelled(R"(EXAMPLE\alice)", usual, ""), "alice");
    EXPECT_EQ(spelled("alice@CORP", {"{user}@CORP"}), "alice@example.com");
}

TEST(LoginForms, ComeInTheirOrder) {
    EXPECT_EQ(spelled("a%b.example*x", {"{user}*{any}", "{user}%{domain}"}),
              "fault: the login is `a%b.example@example.com` by one of the `forms`, and that is "
              "another login by another");
    EXPECT_EQ(spelled("x#a#b", {"{any}#{user}", "{user}#{any}"}),
              "fault: the login is `a#b@example.com` by one of the `forms`, and that is another "
              "login by another");
    EXPECT_EQ(spelled("a~b.example", {"{user}~{domain}", "{user}~{any}"}), "a@b.example");
    EXPECT_EQ(spelled("a~b.example", {"{user}~{any}", "{user}~{domain}"}), "a@example.com");
}

TEST(LoginForms, ArePutToTheTestsOfATypedLogin) {
    EXPECT_EQ(spelled("EXAMPLE\\a?b", usual),
              "fault: the login holds `?`, which stands for any byte that Postfix does not print");
    EXPECT_EQ(spelled("EXAMPLE\\a\tb", usual), "fault: the login holds a control character");
    EXPECT_EQ(spelled("EXAMPLE\\", usual), "EXAMPLE\\@example.com");
}

}  // namespace relaypermit
