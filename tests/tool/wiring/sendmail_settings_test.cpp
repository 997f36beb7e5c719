#include "tool/wiring/sendmail_settings.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

constexpr std::string_view cf =
    R"(#####  $Id: promiscuous_relay.m4,v 8.13 2013-11-22 20:51:11 ca Exp $  #####
Cwlocalhost example.COM
C{w}example.org
Fw/etc/mail/local-host-names
FR-o /etc/mail/relay-domains
Djmail.example.com
Krelaypermit socket -f -q -d5s -a<OK> -T<TMPF> local:/run/relaypermit/map.sock
Kmailertable hash -o /etc/mail/mailertable
O DaemonPortOptions=Family=inet, Name=MSA-v4, Port=submission, M=E
O DaemonPortOptions=Port=smtp
O InputMailFilters=relaypermit
O AuthOptions=A p
Xrelaypermit, S=local:/run/relaypermit/milter.sock, F=T,
	T=C:10s;S:5s;R:15s;E:1m
X
O
K
C
F
D
)";

TEST(SendmailSettingsTest, WhatDoctorAsksOfIsReadWithItsLine) {
    const SendmailSettings read = parse_sendmail_settings(
        "/etc/mail/sendmail.cf", cf, {{"/etc/mail/local-host-names", "# ours\nexample.net\n"}});
    EXPECT_EQ(read.features.at("promiscuous_relay").line, 1U);
    EXPECT_EQ(read.host_name, "mail.example.com");
    EXPECT_EQ(read.classes.at("w"),
              (std::set<std::string>{"localhost", "example.com", "example.org", "example.net"}));
    EXPECT_TRUE(read.unread.empty()) << "-o: a file that may be missing";
    ASSERT_EQ(read.milters.size(), 1U);
    EXPECT_EQ(read.milters[0].name, "relaypermit");
    EXPECT_EQ(read.milters[0].equate('S'), "local:/run/relaypermit/milter.sock");
    EXPECT_EQ(read.milters[0].timeout('R'), "15s");
    EXPECT_EQ(read.milters[0].timeout('X'), "");
    EXPECT_EQ(read.milters[0].place.line, 13U);
    ASSERT_EQ(read.daemons.size(), 2U);
    EXPECT_EQ(read.daemons[0].name, "MSA-v4");
    EXPECT_EQ(read.daemons[0].modifiers, "E");
    EXPECT_EQ(read.daemons[1].port, "smtp");
    EXPECT_EQ(read.option("InputMailFilters").value, "relaypermit");
    EXPECT_EQ(read.option("authoptions").value, "A p");
    EXPECT_EQ(read.option("None").value, "");
    ASSERT_EQ(read.socket_maps.size(), 1U);
    EXPECT_EQ(read.socket_maps[0].value, "local:/run/relaypermit/map.sock");
    EXPECT_EQ(read.table_maps, std::vector<std::string>{"mailertable"});
}

TEST(SendmailSettingsTest, AFileThatHasToBeThereAndIsNotIsSaid) {
    const SendmailSettings read =
        parse_sendmail_settings("sendmail.cf", "Fw/etc/mail/names\nFw@ldap:x\n");
    EXPECT_EQ(read.unread, (std::vector<std::string>{"/etc/mail/names", "@ldap:x"}));
}

}  // namespace
}  // namespace relaypermit
