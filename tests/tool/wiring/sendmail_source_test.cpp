#include "tool/wiring/sendmail_source.h"

#include <gtest/gtest.h>

#include "tests/support/scratch_directory.h"

namespace relaypermit {
namespace {

TEST(SendmailSourceTest, TheLastLineWithTheTextCountsAndWhatDnlTakesAwayDoesNot) {
    const ScratchDirectory folder;
    folder.write("sendmail.mc",
                 "FEATURE(`promiscuous_relay')dnl\n"
                 "dnl FEATURE(`relay_local_from')\n"
                 "sinclude(`more.m4')dnl\n"
                 "sinclude(`missing.m4')dnl\n"
                 "FEATURE(`promiscuous_relay')\n");
    folder.write("more.m4",
                 "\nMAIL_FILTER(`x', `S=local:/x')dnl MAIL_FILTER(`y')\ninclude(`more.m4')\n");
    SendmailSettings settings;
    settings.file = folder.file("sendmail.cf");
    const SendmailSource source = read_sendmail_source(settings);
    EXPECT_EQ(source.file, folder.file("sendmail.mc"));
    ASSERT_NE(source.find("FEATURE(`promiscuous_relay'"), nullptr);
    EXPECT_EQ(source.find("FEATURE(`promiscuous_relay'")->line, 5U);
    EXPECT_EQ(source.find("FEATURE(`relay_local_from'"), nullptr);
    EXPECT_EQ(source.find("MAIL_FILTER(`y'"), nullptr);
    ASSERT_NE(source.find("MAIL_FILTER(`x'"), nullptr);
    EXPECT_EQ(*source.find("MAIL_FILTER(`x'"), (FileLine{folder.file("more.m4"), 2}));
}

TEST(SendmailSourceTest, ItsHeadSaysWhereItWasMadeOfWhat) {
    const SendmailSettings read = parse_sendmail_settings(
        "sendmail.cf",
        "##### built by root@vm on Sun Nov 29 08:34:28 UTC 2026\n##### in /etc/mail\n"
        "##### using /usr/share/sendmail/cf/ as configuration include directory\n"
        "#####  $Id: cfhead.m4,v 8.122 2013-11-22 20:51:13 ca Exp $  #####\n"
        "#####  $Id: mail.mc, v 8.17.1.9-2 2024-06-16 21:07:57 cowboy Exp $  #####\n"
        "#####  $Id: other.m4, of x.mc $  #####\n");
    EXPECT_EQ(read.built_in, "/etc/mail");
    EXPECT_EQ(read.source_name, "mail.mc");
}

TEST(SendmailSourceTest, WhereThereIsNoneNothingIsFound) {
    const ScratchDirectory folder;
    SendmailSettings settings;
    settings.file = folder.file("sendmail.cf");
    settings.built_in = "/nowhere";
    const SendmailSource source = read_sendmail_source(settings);
    EXPECT_TRUE(source.file.empty());
    EXPECT_EQ(source.find("x"), nullptr);
}

}  // namespace
}  // namespace relaypermit
