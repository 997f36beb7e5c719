// Imported rules against what Postfix decides: a second, naive reading of mail_addr_find(3) over
// the same tables, for every pair of login and sender of small worlds made at random.
#include "tool/wiring/owner_rules.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <sstream>

#include "config/load.h"
#include "policy/address.h"
#include "policy/ascii.h"
#include "policy/decide.h"
#include "tool/wiring/import_text.h"
#include "tool/wiring/logical_lines.h"

namespace relaypermit {
namespace {

LookupTable entries(const std::string& name, const std::string& text) {
    LookupTable table;
    table.name = "hash:" + name;
    table.origin = {name, 0};
    for (const LogicalLine& line : logical_lines(text)) {
        const std::size_t blank = line.text.find(' ');
        table.entries.push_back({ascii_lower(line.text.substr(0, blank)),
                                 std::string(without_blanks(line.text.substr(blank))),
                                 {name, line.number}});
    }
    return table;
}

LookupTable patterns(const std::string& name, const std::string& text,
                     PatternSyntax syntax = PatternSyntax::regexp) {
    LookupTable table;
    table.name = "regexp:" + name;
    table.kind = LookupTable::Kind::patterns;
    table.origin = {name, 0};
    table.patterns = read_pattern_table(text, name, syntax).lines;
    return table;
}

LookupTable every_key(const std::string& logins) {
    LookupTable table;
    table.kind = LookupTable::Kind::every_key;
    table.name = "static:" + logins;
    table.value = logins;
    return table;
}

LookupTable unknown_table() {
    LookupTable table;
    table.kind = LookupTable::Kind::unknown;
    table.name = "mysql:/etc/postfix/owners.cf";
    table.why = "it is not carried over";
    return table;
}

std::string policy_text(const OwnerTables& tables, const std::set<std::string>& logins = {}) {
    ImportedPolicy policy;
    policy.source = "a test";
    policy.hosted_domains = {{"a.test", {}}, {"b.test", {}}};
    policy.default_realm = tables.default_realm;
    policy.delimiters = tables.delimiters;
    policy.owners = owner_rules(tables, logins);
    policy.causes = {{"from-not-owned", "monitor", {}, {}}, {"from-unusable", "monitor", {}, {}}};
    return imported_policy_text(policy);
}

// As a session that logged in; at MAIL.
bool permits(const Policy& policy, const std::string& login, const std::string& sender) {
    Facts facts;
    facts.port = 587;
    facts.tls = "TLSv1.3";
    facts.client = IpAddress::parse("198.51.100.1");
    facts.auth_type = "PLAIN";
    facts.auth_authen = login;
    facts.sender_argument = "<" + sender + ">";
    facts.sender_by_mta = sender;
    Reading reading;
    return decide(policy, facts, reading, Stage::mail, {}).outcome != Outcome::reject;
}

// -- Postfix, naively -------------------------------------------------------------------------

std::optional<std::string> answer(const LookupTable& table, const std::string& key, bool whole) {
    switch (table.kind) {
        case LookupTable::Kind::entries:
            for (const TableEntry& entry : table.entries)
                if (entry.key == key) return entry.value;
            return std::nullopt;
        case LookupTable::Kind::every_key:
            return table.value;
        case LookupTable::Kind::patterns:
            if (!whole) return std::nullopt;
            for (const PatternLine& line : table.patterns) {
                // The test's own patterns mean the same to both.
                static std::map<std::string, std::unique_ptr<RE2>> known;
                std::unique_ptr<RE2>& compiled = known[line.pattern.inside];
                if (!compiled) compiled = std::make_unique<RE2>("(?i)" + line.pattern.inside);
                const RE2& regex = *compiled;
                std::vector<re2::StringPiece> groups(
                    static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
                const bool found = regex.Match(key, 0, key.size(), RE2::UNANCHORED, groups.data(),
                                               static_cast<int>(groups.size()));
                if (found == line.pattern.negated) continue;
                std::vector<std::string> texts;
                for (std::size_t i = 1; i < groups.size(); ++i) texts.emplace_back(groups[i]);
                return fill_result(line.result, texts);
            }
            return std::nullopt;
        case LookupTable::Kind::unknown:
            return std::nullopt;
    }
    return std::nullopt;
}

std::optional<std::string> first(const OwnerTables& tables, const std::string& key, bool whole) {
    for (const LookupTable& table : tables.tables)
        if (auto found = answer(table, key, whole)) return found;
    return std::nullopt;
}

std::optional<std::string> owners(const OwnerTables& tables, const std::string& sender) {
    const std::string key = ascii_lower(sender);
    const std::size_t at = key.rfind('@');
    const std::string local = key.substr(0, at);
    const std::string domain = key.substr(at + 1);
    const std::size_t cut =
        tables.delimiters.empty() ? std::string::npos : local.find_first_of(tables.delimiters);
    const bool extended = cut != std::string::npos && cut > 0;
    const std::string base = extended ? local.substr(0, cut) : local;
    if (auto found = first(tables, key, true)) return found;
    if (extended)
        if (auto found = first(tables, base + "@" + domain, false)) return found;
    if (std::find(tables.local_domains.begin(), tables.local_domains.end(), domain) !=
        tables.local_domains.end()) {
        if (auto found = first(tables, local, false)) return found;
        if (extended)
            if (auto found = first(tables, base, false)) return found;
    }
    return first(tables, "@" + domain, false);
}

bool postfix_permits(const OwnerTables& tables, const std::string& login,
                     const std::string& sender) {
    const auto found = owners(tables, sender);
    if (!found) return tables.unowned_for_all;
    for (std::string owner : list_items(ascii_lower(*found))) {
        if (owner.find('@') == std::string::npos) owner += "@" + tables.default_realm;
        if (owner == login) return true;
    }
    return false;
}

// Every pair of both; `may_refuse`: the policy may refuse what Postfix permits, never more.
void expect_same(const OwnerTables& tables, bool may_refuse = false) {
    const std::string text = policy_text(tables);
    const Loaded loaded = load_policy_text(text, "p", "host.example");
    for (const Diagnostic& error : loaded.errors) FAIL() << to_string(error) << "\n" << text;
    const std::vector<std::string> logins = {"ann@a.test", "bob@a.test",  "cat@b.test",
                                             "dan@b.test", "boss@a.test", "ann@b.test"};
    std::vector<std::string> senders;
    for (const char* local : {"ann", "bob", "cat", "dan", "boss", "ann+x", "ann+y", "bob+x", "eve",
                              "eve+x", "Ann", "list-x", "ann-z", "owner-x"})
        for (const char* domain : {"a.test", "b.test", "c.test"})
            senders.push_back(std::string(local) + "@" + domain);
    for (const std::string& login : logins)
        for (const std::string& sender : senders) {
            const bool theirs = postfix_permits(tables, login, sender);
            const bool ours = permits(*loaded.policy, login, sender);
            if (ours == theirs || (may_refuse && !ours)) continue;
            FAIL() << login << " as " << sender << ": Postfix " << theirs << ", policy " << ours
                   << "\n"
                   << text;
        }
}

TEST(OwnerRules, GiveAnAddressToItsOwnersAndNobodyElse) {
    OwnerTables tables;
    tables.tables = {entries("o",
                             "ann@a.test ann@a.test\nboss@a.test ann@a.test, bob@a.test\n"
                             "eve@a.test dan@b.test\nAnn@a.test bob@a.test\n")};
    expect_same(tables);
}

TEST(OwnerRules, KeepAnAddressFromTheOwnersOfItsDomain) {
    OwnerTables tables;
    tables.tables = {entries("o",
                             "ann@a.test ann@a.test\n@a.test boss@a.test\nbob@a.test "
                             "bob@a.test\ndan@a.test boss@a.test\n")};
    expect_same(tables);
    tables.delimiters = "+";
    expect_same(tables);
}

TEST(OwnerRules, KnowThatTheFirstTableHidesTheNext) {
    OwnerTables tables;
    tables.tables = {entries("one", "ann@a.test bob@a.test\n@a.test cat@b.test\n"),
                     entries("two", "ann@a.test ann@a.test\n@b.test dan@b.test\n")};
    expect_same(tables);
}

TEST(OwnerRules, KnowExtensions) {
    OwnerTables tables;
    tables.delimiters = "+-";
    tables.tables = {entries("o",
                             "ann@a.test ann@a.test\nann+x@a.test bob@a.test\n"
                             "list@a.test cat@b.test\n@a.test boss@a.test\n")};
    expect_same(tables);
}

TEST(OwnerRules, KnowLocalPartsOfTheServersOwnDomains) {
    OwnerTables tables;
    tables.local_domains = {"a.test", "c.test"};
    tables.delimiters = "+";
    tables.tables = {entries("o",
                             "ann ann@a.test\nbob+x bob@a.test\nbob@a.test cat@b.test\n"
                             "eve dan@b.test\n@c.test boss@a.test\n")};
    expect_same(tables);
}

TEST(OwnerRules, TakePatternsAheadOfKeysThatAreNoWholeAddress) {
    OwnerTables tables;
    for (const char* delimiters : {"", "+", "+-"}) {
        tables.delimiters = delimiters;
        tables.tables = {entries("o", "ann@a.test ann@a.test\n@a.test boss@a.test\n"),
                         patterns("p",
                                  "/^ann\\+/ cat@b.test\n/^bob@/ bob@a.test\n"
                                  "/@b\\.test$/ dan@b.test\n")};
        expect_same(tables);
        std::swap(tables.tables[0], tables.tables[1]);
        expect_same(tables);
    }
}

TEST(OwnerRules, TurnAPatternWithGroupsRound) {
    OwnerTables tables;
    tables.tables = {entries("o", "dan@a.test bob@a.test\ncat@a.test cat@b.test\n"),
                     patterns("p", "/^(.*)@a\\.test$/ $1@b.test\n/^(.+)@c\\.test$/ ${1}@a.test\n")};
    expect_same(tables);
    const std::string text = policy_text(tables);
    EXPECT_NE(text.find("/^(?P<g1>.*)@b\\\\.test$/"), std::string::npos) << text;
    tables.tables = {patterns("p", "/^(.*)$/ $1\n")};
    expect_same(tables);
}

TEST(OwnerRules, KnowNegatedPatternsAndIfs) {
    OwnerTables tables;
    tables.tables = {patterns("p", "/^ann@/ ann@a.test\n!/@a\\.test$/ cat@b.test\n")};
    expect_same(tables);
}

TEST(OwnerRules, KeepLocalPartsFromADomainThatMayBeTheServersOwn) {
    OwnerTables tables;
    tables.knows_local_domains = false;
    tables.tables = {
        entries("o",
                "root ann@a.test\n@b.test bob@a.test\n@[192.0.2.1] bob@a.test\n"
                "a%b@a.test bob@a.test\n[x]@a.test a%b@a.test\n\xff@a.test bob@a.test\n")};
    const std::string text = policy_text(tables);
    const Loaded loaded = load_policy_text(text, "p", "host.example");
    ASSERT_TRUE(loaded.errors.empty()) << text;
    EXPECT_FALSE(permits(*loaded.policy, "bob@a.test", "root@b.test"));
    EXPECT_TRUE(permits(*loaded.policy, "bob@a.test", "a%b@a.test"));
    tables.tables.front().entries.pop_back();
    tables.unowned_for_all = true;
    const Loaded again = load_policy_text(policy_text(tables), "p", "host.example");
    ASSERT_TRUE(again.errors.empty()) << policy_text(tables);
    EXPECT_TRUE(permits(*again.policy, "bob@a.test", "x@b.test"));
    EXPECT_FALSE(permits(*again.policy, "bob@a.test", "root@b.test"));
}

TEST(OwnerRules, StandStillBehindAStaticTable) {
    OwnerTables tables;
    tables.delimiters = "+";
    tables.tables = {entries("o", "ann@a.test ann@a.test\n@a.test boss@a.test\n"),
                     every_key("bob@a.test"), entries("two", "cat@b.test cat@b.test\n")};
    expect_same(tables);
}

TEST(OwnerRules, LetAnybodyUseWhatNobodyOwnsWherePostfixDoes) {
    OwnerTables tables;
    tables.unowned_for_all = true;
    for (const char* delimiters : {"", "+"}) {
        tables.delimiters = delimiters;
        tables.tables = {entries("o", "ann@a.test ann@a.test\n@b.test boss@a.test\n")};
        expect_same(tables);
        tables.tables.push_back(patterns("p", "/^bob@/ bob@a.test\n"));
        expect_same(tables);
    }
}

TEST(OwnerRules, NeverPermitWhatATableThatCouldNotBeReadMayHide) {
    OwnerTables tables;
    tables.delimiters = "+";
    tables.tables = {entries("o", "ann@a.test ann@a.test\n@a.test boss@a.test\n"), unknown_table(),
                     entries("two", "cat@b.test cat@b.test\n")};
    const std::string text = policy_text(tables);
    const Loaded loaded = load_policy_text(text, "p", "host.example");
    ASSERT_TRUE(loaded.errors.empty()) << text;
    EXPECT_TRUE(permits(*loaded.policy, "ann@a.test", "ann@a.test"));
    EXPECT_FALSE(permits(*loaded.policy, "boss@a.test", "x@a.test"));
    EXPECT_FALSE(permits(*loaded.policy, "ann@a.test", "ann+x@a.test"));
    EXPECT_FALSE(permits(*loaded.policy, "cat@b.test", "cat@b.test"));
    EXPECT_NE(text.find("two:1: cat@b.test"), std::string::npos) << text;
    EXPECT_NE(text.find("o:2: @a.test"), std::string::npos) << text;
}

TEST(OwnerRules, NeverPermitWhatALookAroundMayHide) {
    OwnerTables tables;
    tables.tables = {patterns("p",
                              "/^(?!ann)(.*)@a\\.test$/ bob@a.test\n/@(a|b)\\.test$/ cat@b.test\n",
                              PatternSyntax::pcre)};
    const std::string text = policy_text(tables);
    const Loaded loaded = load_policy_text(text, "p", "host.example");
    ASSERT_TRUE(loaded.errors.empty()) << text;
    EXPECT_TRUE(permits(*loaded.policy, "cat@b.test", "eve@b.test"));
    EXPECT_FALSE(permits(*loaded.policy, "cat@b.test", "eve@a.test"));
    EXPECT_FALSE(permits(*loaded.policy, "bob@a.test", "eve@a.test"));
    EXPECT_NE(text.find("RE2 has no look-around such as `(?!`"), std::string::npos) << text;
    EXPECT_NE(text.find("p:1:"), std::string::npos) << text;
}

TEST(OwnerRules, MakeOneRuleOfManyAddressesThatOwnThemselves) {
    std::ostringstream text;
    for (int i = 0; i < 10000; ++i) text << "u" << i << "@a.test u" << i << "@a.test\n";
    OwnerTables tables;
    tables.delimiters = "+";
    tables.tables = {entries("o", text.str() + "@a.test boss@a.test\n")};
    const OwnerRules rules = owner_rules(tables);
    EXPECT_EQ(rules.grants.size(), 2U);
    ASSERT_EQ(rules.groups.size(), 1U);
    EXPECT_EQ(rules.groups.front().members.size(), 10000U);
    EXPECT_FALSE(rules.own_address_rule);
    expect_same(tables);
    // Where all logins are known, and each owns itself, that is the rule.
    const OwnerRules known = owner_rules(tables, {"u1@a.test", "u9999@a.test"});
    EXPECT_TRUE(known.own_address_rule);
    const std::string known_text = policy_text(tables, {"u1@a.test", "u9999@a.test"});
    EXPECT_NE(known_text.find("owns_own_address = true\nrealms = [\"a.test\"]"), std::string::npos);
    EXPECT_EQ(known.grants.size(), 1U);
    EXPECT_FALSE(owner_rules(tables, {"u1@a.test", "boss@a.test"}).own_address_rule);
}

int from_environment(const char* name, int otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::stoi(value);
}
unsigned seed() {
    return static_cast<unsigned>(from_environment("RELAYPERMIT_SEED", 4711));
}
int worlds() {
    return from_environment("RELAYPERMIT_WORLDS", 40);
}

TEST(OwnerRules, DecideAsPostfixInRandomWorlds) {
    std::mt19937 random(seed());
    const auto pick = [&](std::initializer_list<const char*> words) {
        return std::string(words.begin()[random() % words.size()]);
    };
    const auto logins = [&] {
        std::string list = pick({"ann@a.test", "bob@a.test", "cat@b.test", "boss@a.test", "bare"});
        if (list == "bare") list = "ann";
        return random() % 3 == 0 ? list + ", " + pick({"dan@b.test", "ann@b.test", "bob"}) : list;
    };
    for (int world = 0; world < worlds(); ++world) {
        OwnerTables tables;
        tables.default_realm = "b.test";
        tables.delimiters = pick({"", "+", "+-"});
        if (random() % 2 == 0) tables.local_domains = {"a.test"};
        tables.unowned_for_all = random() % 4 == 0;
        const std::size_t count = 1 + random() % 3;
        for (std::size_t number = 0; number < count; ++number) {
            const std::string name = "t" + std::to_string(number);
            std::string text;
            const bool pattern = random() % 3 == 0;
            for (std::size_t line = 0, lines = 1 + random() % 5; line < lines; ++line)
                text += pattern ? pick({"/^ann/ ", "/@a\\.test$/ ", "!/@a\\.test$/ ",
                                        "/^eve@b\\.test$/ ", "/\\+x@/ ", "/^bob@(a|c)\\.test$/ "}) +
                                      logins() + "\n"
                                : pick({"ann@a.test", "bob@a.test", "ann+x@a.test", "@a.test",
                                        "@b.test", "eve@b.test", "ann", "bob+x", "list@a.test",
                                        "cat@b.test", "ann@b.test", "dan@c.test"}) +
                                      " " + logins() + "\n";
            if (random() % 12 == 0)
                tables.tables.push_back(every_key("bob@a.test"));
            else
                tables.tables.push_back(pattern ? patterns(name, text) : entries(name, text));
        }
        // A policy has no "and", for what a pattern with `!` leaves to the lines behind it.
        const bool negated =
            std::any_of(tables.tables.begin(), tables.tables.end(), [](const LookupTable& table) {
                return std::any_of(table.patterns.begin(), table.patterns.end(),
                                   [](const PatternLine& line) { return line.pattern.negated; });
            });
        expect_same(tables, negated);
        if (HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace relaypermit
