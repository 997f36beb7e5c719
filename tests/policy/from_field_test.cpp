#include "policy/from_field.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "tests/support/source_directory.h"

using namespace std::string_view_literals;

namespace relaypermit {
namespace {

// The addresses with a space between, or the fault.
std::string from(std::string_view value) {
    const auto addresses = parse_from(value);
    if (!addresses) return "fault: " + addresses.error().why;
    std::string joined;
    for (const Address& address : *addresses) {
        if (!joined.empty()) joined += ' ';
        joined += to_string(address);
    }
    return joined;
}

std::string sender(std::string_view value) {
    const auto address = parse_sender(value);
    return address ? to_string(*address) : "fault: " + address.error().why;
}

}  // namespace

TEST(FromField, TakesEverydayMail) {
    for (const auto value : {
             "a@b.example",
             " a@b.example",
             "<a@b.example>",
             "Jo <a@b.example>",
             "Jo Bloggs <a@b.example> ",
             "Jo<a@b.example>",
             "\"Jo\"<a@b.example>",
             "\"Doe, John\" <a@b.example>",
             "\"John \\\"Jo\\\" Doe\" <a@b.example>",
             "\"\" <a@b.example>",
             "John Q. Public <a@b.example>",
             "J.R.R. Tolkien <a@b.example>",
             "Foo Inc.<a@b.example>",
             "O'Neil & Sons #1 <a@b.example>",
             "J\u00f6rg <a@b.example>",
             "\u5c71\u7530 \u592a\u90ce <a@b.example>",
             "a@b.example (Jo Bloggs)",
             "a@b.example (John Q. Public)",
             "<a@b.example> (Jo)",
             "Jo (home) <a@b.example>",
             "Jo (home) <a@b.example> (work)",
             "=?utf-8?q?Doe=2C_J=C3=B6hn?= <a@b.example>",
             "=?utf-8?q?x?=<a@b.example>",
             "=?utf-8?q?=C3=89mile_Dupont?=\r\n <a@b.example>",
             "=?utf-8?q?=D0=98=D0=B2=D0=B0=D0=BD?=\n\t=?utf-8?q?=D0=98=D0=B2?=\n <a@b.example>",
             "=?utf-8?q?Jos=C3=A9_Dupont?=\n <a@b.example>",
             "=?UTF-8?Q?John Doe?= <a@b.example>",
             "=?iso-2022-jp?B?GyRCOzNFRBsoQg==?= <a@b.example>",
             "=?shift_jis?q?=8E=52=81=40=93=63?= <a@b.example>",
             "\"=?utf-8?q?J=C3=B6rg?=\" <a@b.example>",
             "a@b.example (=?utf-8?q?J=C3=B6rg?=)",
         }) {
        EXPECT_EQ(from(value), "a@b.example") << value;
    }
}

TEST(FromField, TakesNamesOfEastAsia) {
    std::ifstream file(testing::source_directory() / "tests" / "from_names.txt");
    std::map<std::string, int> of_charset;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        EXPECT_EQ(from(line), "a@b.example") << line;
        ++of_charset[ascii_lower(line.substr(2, line.find('?', 2) - 2))];
    }
    EXPECT_EQ(of_charset.size(), 10U);
    for (const auto& [charset, names] : of_charset) EXPECT_GE(names, 100) << charset;
}

TEST(FromField, TakesTheAddressAsItsOwnName) {
    for (const auto value : {
             "a@b.example <a@b.example>",
             "A@B.example <a@b.example>",
             "a@b.example<a@b.example>",
             "\"a@b.example\" <a@b.example>",
             "\"'a@b.example'\" <a@b.example>",
             "=?utf-8?q?a=40b=2Eexample?= <a@b.example>",
             "=?utf-8?q?'a=40b=2Eexample'?= <a@b.example>",
             "=?utf-8?q?=22a=40b=2Eexample=22?= <a@b.example>",
             "=?utf-8?q?_a=40?= =?utf-8?q?B=2Eexample_?= <a@b.example>",
         }) {
        EXPECT_EQ(ascii_lower(from(value)), "a@b.example") << value;
    }
}

TEST(FromField, TakesFolds) {
    EXPECT_EQ(from("\n a@b.example"), "a@b.example");
    EXPECT_EQ(from("A very long name\n of many lines\r\n\t<a@b.example>"), "a@b.example");
    EXPECT_EQ(from("\"A long\r\n name\" <a@b.example>"), "a@b.example");
    EXPECT_EQ(from("=?utf-8?B?SsO2?=\n =?utf-8?B?cmc=?=\n <a@b.example>,\n\tc@d.example"),
              "a@b.example c@d.example");
}

TEST(FromField, TakesAListAndKeepsTheSameAddressOnce) {
    EXPECT_EQ(from("a@b.example,\"Jo, Jim\" <c@d.example> , e@f.example (Jo)"),
              "a@b.example c@d.example e@f.example");
    EXPECT_EQ(from("a@b.example, Jo <A@B.EXAMPLE>, c@d.example"), "a@b.example c@d.example");
}

TEST(FromField, TakesAddressesOfEveryForm) {
    EXPECT_EQ(from("<\"a..b\"@c.example>"), "\"a..b\"@c.example");
    EXPECT_EQ(from("\"a\"@c.example"), "a@c.example");
    EXPECT_EQ(from("a@[192.0.2.1]"), "a@[192.0.2.1]");
    EXPECT_EQ(from("Jo <a@[IPv6:2001:DB8::1]>"), "a@[ipv6:2001:db8::1]");
    EXPECT_EQ(from("j\u00f6rg@b\u00fccher.example"), "j\u00f6rg@xn--bcher-kva.example");
    EXPECT_EQ(from("a.b+c%d!e=f'g@h_i.example"), "a.b+c%d!e=f'g@h_i.example");
    EXPECT_EQ(from("!#$%&*/?^`{|}~@x"), "!#$%&*/?^`{|}~@x");
}

TEST(FromField, SeesEveryAddressOfAHidingList) {
    EXPECT_EQ(from("<victim@x>, <me@y>"), "victim@x me@y");
    EXPECT_EQ(from("victim@x,<me@y>"), "victim@x me@y");
    EXPECT_EQ(from("Jo <me@y>,\n\n"), "fault: a line break that is no fold");
}

// The ways to show one address to one program and another one to the next, as published:
// "Composition Kills" (USENIX Security 2020) figure 8, "Weak Links in Authentication Chains"
// (USENIX Security 2021), Mailsploit (2017), CERT VU#517845 (2025), CVE-2019-16056,
// CVE-2023-27043.
TEST(FromField, RefusesWhatIsPublishedAsAnAttack) {
    const auto two = "fault: two addresses without a comma between them";
    EXPECT_EQ(from("<@attack.example,@any.example:victim@x>"), "fault: a source route");
    EXPECT_EQ(from("<victim@x>\\,<me@y>"), "fault: text behind an address");
    EXPECT_EQ(from("<me@y>victim@x"), "fault: text behind an address");
    EXPECT_EQ(from("<me@y> victim@x"), "fault: text behind an address");
    EXPECT_EQ(from("<me@y> <victim@x>"), two);
    EXPECT_EQ(from("victim@x <me@y>"), two);
    EXPECT_EQ(from("<me@y>:<victim@x>"), "fault: text behind an address");
    EXPECT_EQ(from("team: <me@y>, <victim@x>;"), "fault: a group, or a list with semicolons");
    EXPECT_EQ(from("team:;"), "fault: a group, or a list with semicolons");
    EXPECT_EQ(from("me@y; victim@x"), "fault: a group, or a list with semicolons");
    EXPECT_EQ(from("Jo me@y <victim@x>"), "fault: an unquoted @ in a display name");
    EXPECT_EQ(from("\"Jo\"me@y <victim@x>"), "fault: an unquoted @ in a display name");
    EXPECT_EQ(from("Jo \"me\"@y <victim@x>"), "fault: an unquoted @ in a display name");
    EXPECT_EQ(from("'me@y' <me@y>"), "fault: not a domain in an address");
    EXPECT_EQ(from("victim@x(<me@y>)"), "fault: a comment with more than words in it");
    EXPECT_EQ(from("<me@y>(<victim@x>"), "fault: a comment with more than words in it");
    EXPECT_EQ(from("victim@x(<me@y>"), "fault: a comment with more than words in it");
    EXPECT_EQ(from("me@malicious.example@victim.example"), "fault: a misplaced @");
    EXPECT_EQ(from("<me@y@x>"), "fault: a misplaced @");
    EXPECT_EQ(from("PGFkbWluQHg+,<me@y>"), "fault: a name without an address");
    EXPECT_EQ(from("=?utf-8?b?PGFkbWluQHg+?=,<me@y>"), "fault: a name without an address");
    EXPECT_EQ(from("=?utf-8?b?PGFkbWluQHg+?= <me@y>"),
              "fault: an encoded word that hides an angle bracket");
    EXPECT_EQ(from("=?utf-8?b?cG90dXNAeA==?==?utf-8?Q?=00?=@y"),
              "fault: an encoded word in an address");
    EXPECT_EQ(from("=?utf-8?Q?=00?= <me@y>"),
              "fault: an encoded word with control characters or bytes that its charset does not "
              "have");
    EXPECT_EQ(from("=?utf-8?Q?=0A?= <me@y>").substr(0, 23), "fault: an encoded word ");
    EXPECT_EQ(from("victim@x\0 <me@y>"sv), "fault: NUL");
    EXPECT_EQ(from("victim@x,\x0b <me@y>"), "fault: a control character");
}

TEST(FromField, RefusesEncodedWordsThatHideAnAddress) {
    const auto hides = "fault: an encoded word that hides an address";
    EXPECT_EQ(from("=?utf-8?q?victim=40x?= <me@y>"), hides);
    EXPECT_EQ(from("=?utf-8?q?victim?= =?utf-8?q?=40?= x <me@y>"), hides);
    EXPECT_EQ(from("=?utf-8?q?me=40y?= =?utf-8?q?=2Ez?= <me@y>"), hides);
    EXPECT_EQ(from("=?utf-8?q?me=40y,_victim=40x?= <me@y>"), "fault: a name without an address");
    EXPECT_EQ(from("=?utf-8?q?me=40y=2Cvictim=40x?= <me@y>"), hides);
    EXPECT_EQ(from("\"=?utf-8?q?victim=40x?=\" <me@y>"), hides);
    EXPECT_EQ(from("\"=?utf-8?q?victim\"=?utf-8?q?=40x?= <me@y>"),
              "fault: a malformed encoded word");
    EXPECT_EQ(from("\"=\\?utf-8?q?victim=40x?=\" <me@y>"), hides);
    EXPECT_EQ(from("Jo (=?utf-8?q?victim=40x?=) <me@y>"), hides);
    EXPECT_EQ(from("me@y (=?utf-8?q?victim=40x?=)"), hides);
    EXPECT_EQ(from("me@y <me@y> (=?utf-8?q?victim=40x?=)"), hides);
    EXPECT_EQ(from("=?gb2312?q?victim=81=40x?= <me@y>"), hides);
    EXPECT_EQ(from("=?utf-7?q?+ADw-?= <me@y>"),
              "fault: an encoded word in a charset that hides what it says");
    EXPECT_EQ(from("=?utf-8?q?x <me@y>"), "fault: a malformed encoded word");
    EXPECT_EQ(from("=?utf-8?q?x <me@y>?="), "fault: text behind an address");
    EXPECT_EQ(from("a=?b@y"), "fault: an encoded word in an address");
    EXPECT_EQ(from("\"=?utf-8?q?x?=\"@y"), "fault: an encoded word in an address");
    EXPECT_EQ(from("\"=?b\"@y"), "fault: an encoded word in an address");
}

TEST(FromField, LetsAQuotedNameAloneSayWhatItLikes) {
    for (const auto value : {R"("victim@x" <me@y>)", R"("victim@x, " <me@y>)", R"("a\\" <me@y>)",
                             R"("victim@x via Lists" <me@y>)", R"("Jo (jo@x) via Lists" <me@y>)",
                             R"( "Jo @ Work" <me@y>)"}) {
        EXPECT_EQ(from(value), "me@y") << value;
    }
    EXPECT_EQ(from("\"a\\\" <me@y>\""), "fault: a name without an address");
}

// What each of them fools: readers that decode before they parse (encoded words that become
// quotes), that end a quoted string at a backslash or a fold, that strip comments first, libetpan,
// SpamAssassin 4, rspamd 3.4.
TEST(FromField, RefusesAQuotedAtInAnyButThePlainestField) {
    for (const std::string value : {
             R"(=?utf-8?q?=22?= "<victim@x>" <me@y>)",
             R"("=?utf-8?q?=22?=, <victim@x>, " <me@y>)",
             R"("=?utf-8?q?x?=<victim@x>" <me@y>)",
             R"(=?utf-8?q?=5C?= "victim@x" <me@y>)",
             R"("victim@x" <me@y> (=?utf-8?q?J?=))",
             R"("victim@x" <me@y> )",
             R"("\" <victim@x>, \"" <me@y>)",
             R"("\\" <me@y>, "<victim@x>" <me@y>)",
             R"("\victim@x" <me@y>)",
             "\"victim@x\" (a\r\n b) <me@y>",
             "\"victim@x\r\n \" <me@y>",
             "\"a\n b\" <me@y>, \"<victim@x>\" <me@y>",
             R"("victim@x"<me@y>,<me@y>)",
             R"(Al()()()<me@y>(),"<victim@x>"<me@y>)",
             R"("victim@x"<me@y>)",
             R"("victim@x"  <me@y>)",
             "\"victim\t@x\" <me@y>",
             R"("victim@x" <me@y> (Me))",
             R"("victim@x" <me@y>, me@y)",
             R"(me@y, "victim@x" <me@y>)",
             R"("victim@x" "me" <me@y>)",
             R"(Me "victim@x" <me@y>)",
             R"("victim@x" <"m.e"@y>)",
             R"("victim@x (" <me@y>)",
             R"("victim@x ) (" <me@y>)",
             "\"me@\u00fd\u200b.example\" <me@\u00fd.example>, \"a\" <me@\u00fd.example>",
         }) {
        const auto addresses = parse_from(value);
        ASSERT_FALSE(addresses) << value;
        EXPECT_EQ(addresses.error().why, "a quoted @ in a field that is not of the plainest form")
            << value;
        EXPECT_EQ(addresses.error().reason, Reason::at_in_name) << value;
        EXPECT_FALSE(parse_sender(value)) << value;
    }
}

TEST(FromField, TakesTheOwnAddressInQuotesInEveryForm) {
    EXPECT_EQ(from(R"("me@y"<me@y>)"), "me@y");
    EXPECT_EQ(from("\"me@y\"\r\n <me@y>,\r\n \"you@y\" <you@y>"), "me@y you@y");
    EXPECT_EQ(from(R"("me@y" <me@y> (Me))"), "me@y");
    EXPECT_EQ(from("\"a\n b\" <me@y>,\n \"c\" <me2@y>"), "me@y me2@y");
    EXPECT_EQ(from("\"a\n b\" <me@y>, \"you@y\" <you@y>"),
              "fault: a line break in quotes beside a quoted @");
    EXPECT_EQ(from("\"a\n b\"@y"), "fault: a quoted local part with special characters");
}

// As mailing lists write a long one.
TEST(FromField, TakesAFoldBetweenAQuotedNameWithAnAtAndItsAddress) {
    for (const std::string_view gap : {" ", "\t", "\r\n ", "\n ", "\r\n\t"})
        EXPECT_EQ(from("\"victim@x via Lists\"" + std::string(gap) + "<me@y>"), "me@y") << gap;
    for (const std::string_view gap : {"", "  ", " \r\n ", "\r\n  ", "\t\r\n "})
        EXPECT_EQ(from("\"victim@x via Lists\"" + std::string(gap) + "<me@y>"),
                  "fault: a quoted @ in a field that is not of the plainest form")
            << gap;
}

TEST(FromField, SaysWhereTheLettersOfTheNameAloneAreAtFault) {
    for (const std::string_view value :
         {"=?unknown-8bit?q?J=F6rg?= <me@y>", "=?utf-7?q?J+APY-rg?= <me@y>",
          "=?utf-8?q?J=F6rg?= <me@y>", "=?utf-8?q?J=C3?=", "=?utf-8?q?=3D=3Futf-8=3F?= <me@y>"}) {
        const auto addresses = parse_from(value);
        ASSERT_FALSE(addresses) << value;
        const bool whole = value.ends_with('>');
        EXPECT_EQ(addresses.error().reason, whole ? Reason::letters_in_name : Reason::bare_word)
            << value;
    }
}

TEST(FromField, SaysWhereTheAtOfTheNameAloneIsAtFault) {
    const auto at_in_name = [](std::string_view value) {
        const auto addresses = parse_from(value);
        return !addresses && addresses.error().reason == Reason::at_in_name;
    };
    EXPECT_TRUE(at_in_name("=?utf-8?q?J=C3=B6rg_=40_Work?= <joerg@example.com>"));
    // In full width it is one to c-client, which decodes before it parses.
    EXPECT_TRUE(at_in_name("=?utf-8?q?J=C3=B6rg_=EF=BC=A0_Work?= <joerg@example.com>"));
    EXPECT_TRUE(at_in_name("Jo x@Work <me@y>"));
    EXPECT_TRUE(at_in_name("J\u00f6rg @ Work <joerg@example.com>"));
    EXPECT_TRUE(at_in_name("Joerg @ Work <me@y>, \"Jo\" @Home <you@y>"));
    EXPECT_FALSE(at_in_name("<me@y> <victim@x>"));
    EXPECT_FALSE(at_in_name("me@y;"));
    // Without the @ they would be no better.
    EXPECT_FALSE(at_in_name("Joerg @ Work <me>"));
    EXPECT_FALSE(at_in_name("Joerg @ Work <me@y"));
    EXPECT_EQ(from("me @ y"), "fault: a misplaced @");
}

TEST(FromField, NamesTheCulprit) {
    const auto reason = [](std::string_view value) {
        const auto addresses = parse_from(value);
        return addresses ? Reason::none : addresses.error().reason;
    };
    EXPECT_EQ(reason("Acme, Inc. <john@example.com>"), Reason::comma_in_name);
    EXPECT_EQ(reason("Doe, John <j@x>"), Reason::comma_in_name);
    for (const auto* bare : {"root", "root (Cron Daemon)", "Support <support>", "Acme, Inc."})
        EXPECT_EQ(reason(bare), Reason::bare_word) << bare;
    for (const auto* two : {"<a@x> <b@y>", "a@x b@y", "a@x; b@y", "a@x <b@y>", "<a@x> b@y"})
        EXPECT_EQ(reason(two), Reason::several_addresses) << two;
    for (const auto* none : {"", " ", "<>", "Jo <>"})
        EXPECT_EQ(reason(none), Reason::from_missing) << none;
    EXPECT_EQ(reason("[Shop] <shop@x>"), Reason::none);
}

// Sendmail's mailers break what is longer, Postfix's smtp(8) what is longer than 998.
TEST(FromField, RefusesALongLine) {
    const auto why = "fault: a line longer than 990 bytes";
    EXPECT_EQ(from(std::string(987, ' ') + "alice+ceo@example.com"), why);
    // "From: " and the bracketed address are the rest.
    EXPECT_EQ(from(std::string(990 - 6 - 7, 'a') + " <me@y>"), "me@y");
    EXPECT_EQ(from(std::string(990 - 5 - 7, 'a') + " <me@y>"), why);
    EXPECT_EQ(from(" " + std::string(990 - 6 - 7, 'a') + " <me@y>"), "me@y")
        << "the blank is given";
    EXPECT_EQ(from(" " + std::string(990 - 5 - 7, 'a') + " <me@y>"), why);
    EXPECT_EQ(from("a\r\n " + std::string(989 - 7, 'a') + " <me@y>"), "me@y");
    EXPECT_EQ(from("a\n " + std::string(990 - 7, 'a') + " <me@y>"), why);
    EXPECT_EQ(from("a\n " + std::string(989, 'a') + "\n <me@y>"), "me@y");
    EXPECT_EQ(from("a\n " + std::string(990, 'a') + "\n <me@y>"), why);
    EXPECT_FALSE(parse_from(std::string(990 - 6 - 7, 'a') + " <me@y>", "From "));
    EXPECT_FALSE(parse_sender(std::string(990 - 7 - 7, 'a') + " <me@y>"));
}

// It may put quotes round the name before it looks at the length.
TEST(FromField, RefusesALineThatSendmailMayMakeTooLong) {
    const auto line = [](std::size_t bytes) {
        return std::string(bytes - 5 - 11, ' ') + "me@y <me@y>";
    };
    EXPECT_TRUE(parse_from(line(900), "From", Mta::sendmail));
    EXPECT_FALSE(parse_from(line(901), "From", Mta::sendmail));
    EXPECT_TRUE(parse_from(line(901), "From", Mta::postfix));
}

// It puts a DEL ahead of each of the bytes 80 to 9F when it writes an address anew; names it keeps.
TEST(FromField, RefusesAnAddressThatSendmailMangles) {
    for (const char* value :
         {"me+\u00DC@y", "<me+\uFF0C@y>", "\"me\u00DF\"@y", "me@stra\u00DFe.example"}) {
        EXPECT_TRUE(parse_from(value)) << value;
        const auto there = parse_from(value, "From", Mta::sendmail);
        ASSERT_FALSE(there) << value;
        EXPECT_EQ(there.error().why, "an address that Sendmail mangles");
        EXPECT_FALSE(parse_sender(value, "Sender", Mta::sendmail)) << value;
    }
    for (const char* value : {"me+\u00FC@y", "\u00DCrsel <me@y>", "\"\u5C71\" <me@y> (\u00DC)",
                              "me@b\u00FCcher.example"}) {
        EXPECT_TRUE(parse_from(value, "From", Mta::sendmail)) << value;
    }
}

// Sendmail makes two members of a longer one, or cuts the address off.
TEST(FromField, RefusesALongMailboxWhereTheMtaDoes) {
    const auto from_there = [](const std::string& value) {
        return parse_from(value, "From", Mta::sendmail).has_value();
    };
    const auto named = [](std::size_t bytes, const std::string& start = "victim@x") {
        const std::string head = "\"" + start;
        const std::string tail = "\" <me@y>";
        return head + std::string(bytes - head.size() - tail.size(), ' ') + tail;
    };
    EXPECT_TRUE(from_there(named(240)));
    EXPECT_FALSE(from_there(named(241)));
    EXPECT_TRUE(parse_from(named(241)));
    EXPECT_FALSE(parse_sender(named(241), "Sender", Mta::sendmail));
    // What Sendmail may count twice.
    EXPECT_TRUE(from_there(named(238, "J\u00fc")));
    EXPECT_FALSE(from_there(named(239, "J\u00fc")));
    // Each by itself, whatever stands before it.
    EXPECT_TRUE(
        from_there(std::string(600, ' ') + "a <me@y>, " + std::string(230, 'b') + " <me@y>"));
    EXPECT_FALSE(from_there("a <me@y>, " + std::string(240, 'b') + " <me@y>"));
}

TEST(FromField, TakesADomainInUnicodeInItsMappedFormAlone) {
    const auto why = "fault: a domain that is not written as it is shown";
    for (const auto value :
         {"me@ex\u200bample.com", "me@ex\u00adample.com", "me@ex\ufe0fample.com",
          "me@\uff45xample.com", "me@example\u3002com", "me@B\u00dcCHER.example",
          "me@bu\u0308cher.example", "<me@ex\u00adample.com>", "me@\u2460.example"}) {
        EXPECT_EQ(from(value), why) << value;
        EXPECT_EQ(sender(value), why) << value;
    }
    EXPECT_EQ(from("me@B\u00fcCHER.Example"), "me@xn--bcher-kva.example");
    EXPECT_EQ(from("me@XN--BCHER-KVA.b\u00fccher.example"),
              "me@xn--bcher-kva.xn--bcher-kva.example");
    EXPECT_EQ(from("me@stra\u00dfe.example"), "me@xn--strae-oqa.example");
}

TEST(StrayBreak, IsABreakThatIsNoFoldOrANul) {
    for (const auto text : {"a\rb"sv, "a\r"sv, "\ra"sv, "a\nb"sv, "a\n"sv, "a\r\nb"sv,
                            "a\r\r\n b"sv, "a\0b"sv, "\0"sv}) {
        EXPECT_TRUE(has_stray_break(text)) << text;
    }
    for (const auto text : {""sv, "a b\t"sv, "a\n b"sv, "a\r\n\tb"sv, "a\n\n"sv.substr(0, 1)})
        EXPECT_FALSE(has_stray_break(text)) << text;
}

TEST(FromField, RefusesUnusualPlacesForComments) {
    const auto why = "fault: a comment in an unusual place";
    EXPECT_EQ(from("(Jo) me@y"), why);
    EXPECT_EQ(from("(Jo) <me@y>"), why);
    EXPECT_EQ(from("me(Jo)@y"), "fault: an unquoted @ in a display name");
    EXPECT_EQ(from("me@(Jo)y"), "fault: not a domain in an address");
    EXPECT_EQ(from("<(Jo)me@y>"), why);
    EXPECT_EQ(from("<me(Jo)@y>"), why);
    EXPECT_EQ(from("<me@y(Jo)>"), why);
    EXPECT_EQ(from("me@y (Jo) (Jim)"), "fault: text behind an address");
    EXPECT_EQ(from("me@y (Jo) <me@y>"), "fault: two addresses without a comma between them");
    for (const auto value : {"me@y (a(b)c)", "me@y (a\\)b)", "me@y (a, b)", "me@y (\"a\")",
                             "me@y (a", "me@y (a@b)", "Jo (a;b) <me@y>"}) {
        EXPECT_EQ(from(value), "fault: a comment with more than words in it") << value;
    }
}

TEST(FromField, RefusesBadQuotesBracketsAndSpecials) {
    EXPECT_EQ(from("\"Jo <me@y>"), "fault: an unbalanced quote");
    EXPECT_EQ(from("\"Jo\\"), "fault: an unbalanced quote");
    EXPECT_EQ(from("<\"a@y>"), "fault: an unbalanced quote");
    EXPECT_EQ(from("\"\\\u00e9\" <me@y>"), "fault: a backslash before a character outside ASCII");
    EXPECT_EQ(from("<<me@y>>"), "fault: unbalanced angle brackets");
    EXPECT_EQ(from("Jo me@y>"), "fault: an unquoted @ in a display name");
    EXPECT_EQ(from("me@y>"), "fault: unbalanced angle brackets");
    EXPECT_EQ(from("> <me@y>"), "fault: unbalanced angle brackets");
    EXPECT_EQ(from("<me@y"), "fault: the field ends in the middle of an address");
    EXPECT_EQ(from("<me"), "fault: the field ends in the middle of an address");
    EXPECT_EQ(from("<me@y,c@d>"), "fault: a comma in an address");
    EXPECT_EQ(from("<me\"x\"@y>"), "fault: a quote in an unusual place");
    EXPECT_EQ(from("[x] <me@y>"), "fault: `[` outside quotes");
    EXPECT_EQ(from("x] <me@y>"), "fault: `]` outside quotes");
    EXPECT_EQ(from("a\\b <me@y>"), "fault: `\\` outside quotes");
    EXPECT_EQ(from("<a\\b@y>"), "fault: `\\` outside quotes");
    EXPECT_EQ(from("@ <me@y>"), "fault: a misplaced @");
    EXPECT_EQ(from("Jo @ <me@y>"), "fault: an unquoted @ in a display name");
    EXPECT_EQ(from(". <me@y>"), "fault: a display name that begins with a dot");
    EXPECT_EQ(from("<a@[::1]\u00e9>"), "fault: text behind an address");
}

TEST(FromField, RefusesAddressesThatReadersSpellDifferently) {
    EXPECT_EQ(from("< me@y >"), "fault: white space in an address");
    EXPECT_EQ(from("<me @y>"), "fault: white space in an address");
    EXPECT_EQ(from("<me@y\t>"), "fault: white space in an address");
    EXPECT_EQ(from("me @y"), "fault: a misplaced @");
    EXPECT_EQ(from("me@ y"), "fault: not a domain in an address");
    EXPECT_EQ(from("me@y."), "fault: not a domain in an address");
    EXPECT_EQ(from("me@y..z"), "fault: not a domain in an address");
    EXPECT_EQ(from("me@[192.0.2.1"), "fault: not a domain in an address");
    EXPECT_EQ(from("me@[example.com]"), "fault: not a domain in an address");
    EXPECT_EQ(from("me@"), "fault: not a domain in an address");
    EXPECT_EQ(from("<me@>"), "fault: not a domain in an address");
    EXPECT_EQ(from("a..b@y"), "fault: misplaced dots in an address");
    EXPECT_EQ(from("<a.@y>"), "fault: misplaced dots in an address");
    EXPECT_EQ(from("<.a@y>"), "fault: misplaced dots in an address");
    EXPECT_EQ(from(".a@y"), "fault: a display name that begins with a dot");
    for (const auto value : {"\"a@b\"@y", "\"<a>\"@y", "\"a,b\"@y", "<\"a\\\"b\"@y>", "\"a\tb\"@y"})
        EXPECT_EQ(from(value), "fault: a quoted local part with special characters") << value;
    EXPECT_EQ(from("\"\"@y"), "fault: an address without a local part");
    EXPECT_EQ(from("me\u200b@y"), "fault: an invisible character in an address");
    EXPECT_EQ(from("\u202eme@y"), "fault: an invisible character in an address");
    EXPECT_EQ(from("me\u00a0@y"), "fault: an invisible character in an address");
}

TEST(FromField, RefusesEmptyAndBareThings) {
    EXPECT_EQ(from(""), "fault: an empty field");
    EXPECT_EQ(from(" \t"), "fault: an empty field");
    EXPECT_EQ(from("<>"), "fault: an empty address");
    EXPECT_EQ(from("Jo <>"), "fault: an empty address");
    EXPECT_EQ(from("Jo"), "fault: a name without an address");
    EXPECT_EQ(from("\"me@y\""), "fault: a name without an address");
    EXPECT_EQ(from("<me>"), "fault: an address without a domain");
    EXPECT_EQ(from("Doe, John <me@y>"), "fault: a name without an address");
    EXPECT_EQ(from(",me@y"), "fault: an empty list member");
    EXPECT_EQ(from("me@y,"), "fault: an empty list member");
    EXPECT_EQ(from("me@y, ,c@d"), "fault: an empty list member");
}

TEST(FromField, RefusesBadLineBreaksAndBytes) {
    EXPECT_EQ(from("me@y\n"), "fault: a line break that is no fold");
    EXPECT_EQ(from("Jo\n<me@y>"), "fault: a line break that is no fold");
    EXPECT_EQ(from("Jo\r <me@y>"), "fault: a control character");
    EXPECT_EQ(from("Jo\n \n <me@y>"), "fault: a blank line in the field");
    EXPECT_EQ(from("Jo <me@y>\n "), "fault: a blank line in the field");
    EXPECT_EQ(from("J\xF6rg <me@y>"), "fault: invalid UTF-8");
    EXPECT_EQ(from("Jo\u0085 <me@y>"), "fault: a control character");
    EXPECT_EQ(from("Jo\u2028 <me@y>"), "fault: a control character");
}

TEST(FromField, RefusesALongField) {
    const std::string end = "\n <me@y>";
    std::string longest;
    while (longest.size() + 900 + end.size() <= max_from_bytes)
        longest += std::string(898, 'a') + "\n ";
    longest += std::string(max_from_bytes - end.size() - longest.size(), 'a') + end;
    EXPECT_EQ(from(longest), "me@y");
    EXPECT_EQ(from("a" + longest), "fault: longer than 16384 bytes");
    EXPECT_EQ(from(std::string(256, 'a') + "@y"), std::string(256, 'a') + "@y");
    EXPECT_EQ(from(std::string(257, 'a') + "@y"), "fault: an over-long local part");
}

TEST(FromField, RefusesWhatOtherProgramsTakeForAnotherAuthor) {
    for (const char* value : {
             "ceo \"(\" <me@y>",                                // VMime: a word and a comment
             "J.R.R. \"<>\" <me@y>",                            // VMime: a bracket
             "CEO \"'me@y'\" <me@y>",                           // VMime: an address CEO
             "\"<victim@x>\" <me@y>",                           // letterparser: a bracket
             "=?utf-8?q?x=5C=EF=BC=A0x?= <me@y>",               // c-client: an @
             "\"a\" victim\uFF20x <me@y>",                      // the same without encoding
             "=?utf-8?q?=EF=BC=9Cx?= <me@y>",                   // a wide bracket
             "=?utf-8?q?ceo_at_victim_=5B?= <me@y>",            // c-client: an @
             "=?utf-8?q?=3D=3Futf=2D8=3Fq=3Fx=3F=3D?= <me@y>",  // decoded twice
             "=?utf-8?q?=28?= <\"me+ ceo\"@y>",                 // nodemailer: ceo@y
             "\"me+ ceo\"@y",
             "=?utf-8?q?=22?= \"a\" <\"me\"@y>",  // Mail::Address
             "\"a\\\\\" <\"me.ceo\"@y>",          // addressparser
             "me\uFF20x@y",
             "=\n <me@y>",  // PHP loses as many bytes at the end of the field as signs stand so
             "a \"x=\r\n\tb\" <me@y>",
             "?=\n x <me@y>",
             "=?utf-8?q?x?= ?=\n <me@y>",
             "=?utf-8?q?x?==\n <me@y>",
             "=?gb18030?q?=EF=BC=A0x?= <me@y>",  // c-client: UTF-8
             "=?gb18030?q?=EF=BC?= =?gb18030?q?=A0x?= <me@y>",
             "=?big5-hkscs?q?=EF=B9=AB?= <me@y>",
             "=?windows-31j?q?=EF=BC=9C?= <me@y>",
             "\"me\"@y <\"me\"@y>",
             "<\"m\\e\"@y>",  // letterparser: the backslash and the quote are of the address
             "\"m\\e\"@y",
             "me@y (=?utf-8?q?x?=?utf-8?q?=28?=)",  // PHP: two encoded words
             "me@y (=?utf-8?q?=28?=)",              // mailparse: a comment that does not end
             "me@y (a=?utf-8?q?=29=28?=b)",
             "Jo (=?utf-8?q?=22?=) <me@y>",
             "\uFF0C=?utf-8?q?me=40y?= <me@y>",  // VMime, GMime: the comma is of the address
             "=?utf-8?q?me=40y?= Jo <me@y>",
             "=?utf-8?q?me=40y?= (=?utf-8?q?Jo?=) <me@y>",
         }) {
        EXPECT_FALSE(parse_from(value)) << value;
    }
    EXPECT_FALSE(parse_from("=?utf-8?q?ceo_at_victim=2C_x?= <me@y>"));  // c-client: an @
    // Their honest relatives.
    EXPECT_EQ(from("\"Jo :-(\" <me@y>"), "me@y");
    EXPECT_EQ(from("\"Jo <Joey>\" <me@y>"), "me@y");
    EXPECT_EQ(from("John \"Jack\" Doe <me@y>"), "me@y");
    EXPECT_EQ(from("=?utf-8?q?J=C3=B6rg_at_Work?= <me@y>"), "me@y");
    EXPECT_EQ(from("=?utf-8?q?=5Blist=5D_J=C3=B6rg?= <me@y>"), "me@y");
    EXPECT_EQ(from("=?utf-8?q?=22J=C3=B6rg=22?= <me@y>"), "me@y");
    EXPECT_EQ(from("=?utf-8?q?J=C3=B6rg?=\r\n =?utf-8?b?Sm8=?=\n\t<me@y>"), "me@y");
    EXPECT_EQ(from("=?utf-8?q?a b?=\n <me@y>"), "me@y");
    EXPECT_EQ(from("E=mc2 = x <me@y>"), "me@y");
    EXPECT_EQ(from("me@y (=?utf-8?q?J=C3=B6rg_=28Home=29?=)"), "me@y");
    EXPECT_EQ(from("=?utf-8?q?me=40?= =?utf-8?q?y?= <me@y>"), "me@y");
    EXPECT_EQ(from("=?utf-8?q?Doe=2C_J=C3=B6rg?= <me@y>"), "me@y");
}

TEST(FromField, RefusesAnEndlessList) {
    std::string value = "a0@b";
    for (std::size_t i = 1; i < max_from_addresses; ++i) value += ",a" + std::to_string(i) + "@b";
    const auto addresses = parse_from(value);
    ASSERT_TRUE(addresses);
    EXPECT_EQ(addresses->size(), max_from_addresses);
    EXPECT_EQ(from(value + ",a0@b"), "fault: more than 50 addresses");
}

TEST(SenderField, HoldsExactlyOneMailbox) {
    EXPECT_EQ(sender("Jo <me@y>"), "me@y");
    EXPECT_EQ(sender("me@y, me@y"), "fault: more than one address");
    EXPECT_EQ(sender("me@y, victim@x"), "fault: more than one address");
    EXPECT_EQ(sender("<me>"), "fault: an address without a domain");
}

TEST(FieldName, IsReadAsEverybodyReadsIt) {
    EXPECT_TRUE(is_field("From", "from"));
    EXPECT_TRUE(is_field("FROM", "from"));
    EXPECT_TRUE(is_field("From ", "from"));
    EXPECT_TRUE(is_field("From\t ", "from"));
    EXPECT_TRUE(is_field("From\r\n ", "from"));
    EXPECT_FALSE(is_field("Resent-From", "from"));
    EXPECT_FALSE(is_field("Fromx", "from"));
    EXPECT_FALSE(is_field("", "from"));
    EXPECT_FALSE(is_field(" ", "from"));
}

}  // namespace relaypermit
