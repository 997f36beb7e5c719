// What an access table of senders says; against a real Postfix: mta/test_import.py.
#include "tool/wiring/access_table.h"

#include <gtest/gtest.h>

#include "tool/wiring/access_rules.h"

namespace relaypermit {
namespace {

struct World {
    PostfixSettings settings{};
    PostfixService service{};
    AccessSources sources{};
};

World world_with(const std::vector<std::pair<std::string, std::string>>& entries,
                 const std::string& parents = "smtpd_access_maps") {
    World world;
    world.settings.parameters["parent_domain_matches_subdomains"].value = parents;
    world.settings.parameters["recipient_delimiter"].value = "+";
    world.settings.parameters["smtpd_restriction_classes"].value = "mine";
    world.settings.parameters["mine"].value = "reject_authenticated_sender_login_mismatch";
    LookupTable table;
    for (const auto& [key, value] : entries) table.entries.push_back({key, value, {"t", 1}});
    world.sources.emplace("hash:t", table);
    return world;
}

AccessTable read(const World& world) {
    return access_table(world.settings, world.service, "hash:t", world.sources);
}

AccessAnswer answer_to(const std::string& value) {
    return read(world_with({{"a.test", value}})).keys.front().answer;
}

std::string key_for(const World& world, const std::string& sender) {
    const AccessTable table = read(world);
    const AccessKey* key = answer_for(table, sender);
    return key == nullptr ? "" : key->key;
}

TEST(AccessTable, KnowsWhatItsAnswersMean) {
    for (const char* value : {"DUNNO", "dunno"})
        EXPECT_EQ(answer_to(value), AccessAnswer::nothing) << value;
    for (const char* value : {"OK", "permit", "550", "1"})
        EXPECT_EQ(answer_to(value), AccessAnswer::permits) << value;
    for (const char* value : {"REJECT", "reject no", "550 no", "450 4.7.1 later", "DEFER"})
        EXPECT_EQ(answer_to(value), AccessAnswer::refuses) << value;
    for (const char* value : {"mine", "reject_sender_login_mismatch", "mine, mine"})
        EXPECT_EQ(answer_to(value), AccessAnswer::checks) << value;
    for (const char* value : {"PREPEND X: y", "mine, permit_mynetworks", "permit_mynetworks, mine",
                              "HOLD", "DEFER_IF_PERMIT", "warn_if_reject mine", "BCC x@a.test",
                              "OK whatever", "dunno, mine", "permit_sasl_authenticated"})
        EXPECT_EQ(answer_to(value), AccessAnswer::other) << value;
}

// Whom it checks, a policy says where DUNNO, OK and one check are all of its answers.
TEST(AccessTable, OnlyChecksWhereItHasOneCheckAndNothingElse) {
    const auto check = [](const std::string& a, const std::string& b) {
        return read(world_with({{"a.test", a}, {"b.test", b}}));
    };
    EXPECT_TRUE(check("mine", "mine").only_checks());
    EXPECT_TRUE(check("mine", "OK").only_checks());
    EXPECT_TRUE(check("DUNNO", "mine").only_checks());
    EXPECT_FALSE(check("OK", "DUNNO").only_checks());
    for (const char* other :
         {"reject_known_sender_login_mismatch", "reject_sender_login_mismatch",
          "mine, reject_unlisted_sender", "REJECT", "HOLD", "DEFER_IF_PERMIT"}) {
        EXPECT_FALSE(check("mine", other).only_checks()) << other;
        EXPECT_EQ(check("mine", other).check, SenderCheck::all) << other;
    }
    EXPECT_EQ(check("permit_mynetworks, mine", "OK").check, SenderCheck::all);
    // What the table within it answers, nobody has read.
    EXPECT_EQ(check("check_recipient_access hash:x", "OK").check, SenderCheck::all);
}

TEST(AccessTable, MayCheckWhereItCannotBeListed) {
    World world;
    EXPECT_TRUE(read(world).may_check);
    LookupTable table;
    table.kind = LookupTable::Kind::patterns;
    table.patterns = {{{}, {}, "REJECT $1", "", {}}};
    world.sources["hash:t"] = table;
    EXPECT_FALSE(read(world).may_check);
    world.sources["hash:t"].patterns.push_back({{}, {}, "$1", "", {}});
    EXPECT_TRUE(read(world).may_check);
    table.patterns.push_back({{}, {}, "reject_known_sender_login_mismatch", "", {}});
    world.sources["hash:t"] = table;
    EXPECT_EQ(read(world).check, SenderCheck::known);
    EXPECT_FALSE(read(world).only_checks());
}

TEST(AccessTable, AsksInTheOrderOfPostfix) {
    const std::vector<std::pair<std::string, std::string>> entries = {
        {"ann+x@a.test", "OK"}, {"ann@a.test", "OK"}, {"a.test", "OK"},  {".a.test", "OK"},
        {"bob+x@", "OK"},       {"bob@", "OK"},       {"@a.test", "OK"}, {"<>", "OK"}};
    const World parents = world_with(entries);
    EXPECT_EQ(key_for(parents, "ann+x@a.test"), "ann+x@a.test");
    EXPECT_EQ(key_for(parents, "ann+y@a.test"), "ann@a.test");
    EXPECT_EQ(key_for(parents, "bob@a.test"), "a.test");
    EXPECT_EQ(key_for(parents, "bob@x.y.a.test"), "a.test");
    EXPECT_EQ(key_for(parents, "bob+x@b.test"), "bob+x@");
    EXPECT_EQ(key_for(parents, "bob+y@b.test"), "bob@");
    EXPECT_EQ(key_for(parents, "ann@b.test"), "");
    const World dotted = world_with(entries, "");
    EXPECT_EQ(key_for(dotted, "bob@x.y.a.test"), ".a.test");
    EXPECT_EQ(key_for(dotted, "eve@a.test"), "a.test");
}

TEST(AccessTable, GrantsWhatIsNotChecked) {
    const World world = world_with({{"a.test", "mine"},
                                    {"ann@a.test", "DUNNO"},
                                    {"ann+x@a.test", "mine"},
                                    {"below.a.test", "OK"},
                                    {"eve@b.test", "DUNNO"}});
    const auto grants = unchecked_grants(read(world), false);
    ASSERT_EQ(grants.size(), 3U);
    EXPECT_EQ(grants[0].except,
              (std::vector<std::string>{"*@a.test", "*@*.a.test", "ann+x@a.test"}));
    EXPECT_EQ(grants[1].senders, (std::vector<std::string>{"ann@a.test"}));
    EXPECT_EQ(grants[1].except, (std::vector<std::string>{"ann+x@a.test"}));
    EXPECT_EQ(grants[2].senders, (std::vector<std::string>{"*@below.a.test", "*@*.below.a.test"}));
}

std::string why_not(bool spares_networks, bool spares_logins,
                    const std::vector<std::string>& hosted, bool all_listed = true) {
    const World world = world_with({{"a.test", "REJECT"}});
    const RefusedOutsiders found =
        refused_outsiders({read(world), {"main.cf", 3}, spares_networks, spares_logins, false},
                          hosted, all_listed, false);
    return found.is_cause || found.left_out.empty() || found.left_out.front().inert
               ? ""
               : found.left_out.front().why;
}

TEST(AccessTable, IsNoCauseWhereItRefusesOthersToo) {
    EXPECT_EQ(why_not(true, true, {"a.test"}), "");
    EXPECT_NE(why_not(false, true, {"a.test"}).find("mynetworks"), std::string::npos);
    EXPECT_NE(why_not(true, false, {"a.test"}).find("logged in, too"), std::string::npos);
    EXPECT_NE(why_not(true, true, {"a.test"}, false).find("is not listed"), std::string::npos);
    EXPECT_EQ(why_not(true, true, {"b.test"}, false), "");
    // Other people's senders are no matter of a policy.
    EXPECT_EQ(why_not(true, true, {"b.test"}), "");
}

}  // namespace
}  // namespace relaypermit
