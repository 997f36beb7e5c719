#include "tests/tool/inspect/suggest_bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>

#include "policy/reply.h"
#include "tests/support/sample_record.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/scratch_tool.h"
#include "tests/support/time_zone.h"
#include "tool/base/when.h"
#include "tool/inspect/replay.h"
#include "tool/inspect/suggest_page.h"

namespace relaypermit {
namespace {

TEST(Suggest, PrefersTheExactAddress) {
    Bench bench;
    bench.add(at_mail("alice@example.com", "orders@example.com"), 0, 5);
    bench.add(at_mail("alice@example.com", "Orders@Example.com"), 60, 2);
    bench.add(at_mail("alice@example.com", "info@example.com"), 90);
    const Suggestions found = bench.suggest();
    EXPECT_EQ(entries_of(found),
              (Texts{"alice@example.com | info@example.com orders@example.com"}));
    EXPECT_EQ(found.entries[0].refusals, 8U);
    EXPECT_EQ(found.entries[0].first, sample_time(0));
    EXPECT_EQ(found.entries[0].last, sample_time(90));
    EXPECT_EQ(found.refusals, 8U);
    EXPECT_EQ(found.prevented, 8U);
    EXPECT_TRUE(found.entries[0].also_permits.empty());
    bench.check_announcement(found);
}

TEST(Suggest, MergesLoginsThatNeedTheSame) {
    Bench bench;
    for (const char* login : {"alice@example.com", "bob@example.com", "carol@example.com"}) {
        bench.add(at_mail(login, "orders@example.com"));
        bench.add(at_mail(login, "info@example.com"));
    }
    bench.add(at_mail("dave@example.com", "orders@example.com"));
    const Suggestions found = bench.suggest();
    EXPECT_EQ(entries_of(found),
              (Texts{"alice@example.com bob@example.com carol@example.com | info@example.com "
                     "orders@example.com",
                     "dave@example.com | orders@example.com"}));
    bench.check_announcement(found);
}

TEST(Suggest, MergesSendersWhereThatTakesFewerEntries) {
    Bench bench;
    bench.add(at_mail("alice@example.com", "a@example.com"));
    bench.add(at_mail("alice@example.com", "b@example.com"));
    bench.add(at_mail("bob@example.com", "a@example.com"));
    bench.add(at_mail("carol@example.com", "b@example.com"));
    const Suggestions found = bench.suggest();
    EXPECT_EQ(entries_of(found), (Texts{"alice@example.com bob@example.com | a@example.com",
                                        "alice@example.com carol@example.com | b@example.com"}));
    bench.check_announcement(found);
}

TEST(Suggest, ProposesADomainWhereOneLoginUsesSeveralOfItsAddresses) {
    Bench bench;
    for (const char* sender : {"orders@shop.example.com", "returns@shop.example.com"})
        bench.add(at_mail("carol@example.com", sender));
    EXPECT_EQ(entries_of(bench.suggest()),
              (Texts{"carol@example.com | orders@shop.example.com returns@shop.example.com"}));
    bench.add(at_mail("carol@example.com", "hello@shop.example.com"));
    const Suggestions found = bench.suggest();
    EXPECT_EQ(entries_of(found), (Texts{"carol@example.com | *@shop.example.com"}));
    EXPECT_EQ(found.entries[0].also_permits, (Texts{"every other address at shop.example.com"}));
    bench.check_announcement(found);
}

TEST(Suggest, NeverProposesADomainInWhichPeopleHaveAccounts) {
    Bench bench;
    Record accepted = sample_accept();
    accepted.login = "Kim@Shop.example.com";
    accepted.sender = accepted.login;
    accepted.from = {accepted.login};
    bench.add(accepted);
    for (const char* name : {"a", "b", "c", "d"}) {
        bench.add(at_mail("carol@example.com", std::string(name) + "@shop.example.com"));
        bench.add(at_mail("carol@example.com", std::string(name) + "@example.com"));
    }
    const Suggestions found = bench.suggest();
    ASSERT_EQ(found.entries.size(), 1U);
    EXPECT_EQ(found.entries[0].grant.senders.size(), 8U);
    bench.check_announcement(found);
}

TEST(Suggest, ProposesTheAddressOfSeveralSubaddresses) {
    Bench bench;
    for (const char* tag : {"a", "b", "c"})
        bench.add(at_mail("alice@example.com", "orders+" + std::string(tag) + "@example.com"));
    bench.add(at_mail("bob@example.com", "orders+a@example.com"));
    const Suggestions found = bench.suggest();
    EXPECT_EQ(entries_of(found), (Texts{"alice@example.com | orders@example.com",
                                        "bob@example.com | orders+a@example.com"}));
    EXPECT_EQ(found.entries[0].also_permits, (Texts{"orders@example.com with any subaddress"}));
    bench.check_announcement(found);
}

TEST(Suggest, GrantsFromAloneWhereTheEnvelopeWasInOrder) {
    Bench bench;
    bench.add(at_from("bob@example.com", {"sales@example.com"}));
    bench.add(at_from("bob@example.com", {"bob@example.com", "team@example.com"}));
    bench.add(at_from("carol@example.com", {"carol@example.com"}, "boss@example.com"));
    Suggestions found = bench.suggest();
    EXPECT_EQ(entries_of(found),
              (Texts{"bob@example.com | sales@example.com team@example.com | from",
                     "carol@example.com | boss@example.com | sender"}));
    bench.check_announcement(found);
    // Where the same address was refused as sender too, the grant covers every use of it.
    bench.add(at_mail("bob@example.com", "sales@example.com"));
    found = bench.suggest();
    EXPECT_EQ(found.entries.size(), 3U);
    bench.check_announcement(found);
}

TEST(Suggest, CountsAMessageThatNeedsTwoEntriesForBoth) {
    Bench bench;
    bench.add(at_mail("bob@example.com", "a@example.com"), 0, 3);
    bench.add(at_from("bob@example.com", {"a@example.com", "b@example.com"}), 0, 4);
    const Suggestions found = bench.suggest();
    ASSERT_EQ(found.entries.size(), 2U);
    EXPECT_EQ(found.prevented, 7U);
    EXPECT_EQ(found.entries[0].refusals, 7U);
    EXPECT_EQ(found.entries[1].refusals, 4U);
    bench.check_announcement(found);
}

TEST(Suggest, NeverGrantsToASuspectedStolenAccount) {
    Bench bench;
    for (int i = 0; i < 40; ++i)
        bench.add(at_mail("mallory@example.com", "x" + std::to_string(i) + "@spam.example"), i);
    bench.add(at_mail("mallory@example.com", "ceo@example.com"), 5000);
    bench.add(at_mail("alice@example.com", "orders@example.com"));
    const Suggestions found = bench.suggest();
    EXPECT_EQ(entries_of(found), (Texts{"alice@example.com | orders@example.com"}));
    ASSERT_EQ(found.suspects.size(), 1U);
    EXPECT_EQ(found.suspects[0].login, "mallory@example.com");
    EXPECT_EQ(found.refusals, 1U);
    bench.check_announcement(found);
}

TEST(Suggest, TakesALoginForSuspectedWhateverItsCase) {
    Bench bench;
    for (int i = 0; i < 6; ++i)
        bench.add(at_mail("MALLORY@example.com", "x" + std::to_string(i) + "@spam.example"), i);
    bench.add(at_mail("Mallory@example.com", "y@spam.example"), 5000);
    EXPECT_EQ(entries_of(bench.suggest()), Texts{});
    EXPECT_EQ(bench.suggest().suspects.size(), 1U);
}

TEST(Suggest, NeverProposesADomainThatIsNotHosted) {
    Bench bench;
    for (const char* sender : {"alice@gmail.example", "alice.b@gmail.example", "a2@gmail.example"})
        bench.add(at_mail("alice@example.com", sender));
    EXPECT_EQ(entries_of(bench.suggest()),
              (Texts{"alice@example.com | a2@gmail.example alice.b@gmail.example "
                     "alice@gmail.example"}));
}

// The admin has limited the grant on purpose.
TEST(Suggest, LiftsNoConditionOfAGrant) {
    const std::pair<const char*, const char*> cases[] = {
        {"networks = [\"192.0.2.0/24\"]",
         "there is a grant already: send from 192.0.2.0/24, or add \"198.51.100.7\" to `networks` "
         "of `corp` at p.toml:5:1"},
        {"until = 2020-01-31",
         "there is a grant already: give `corp` at p.toml:5:1 a later `until`"},
        {"fields = [\"from\", \"sender\"]",
         "there is a grant already: add \"envelope\" to `fields` of `corp` at p.toml:5:1"},
    };
    for (const auto& [condition, why] : cases) {
        Bench bench{std::string(base) +
                    "[[alias]]\nid = \"corp\"\nlogins = [\"alice\"]\n"
                    "senders = [\"orders@example.com\"]\n" +
                    condition + "\n"};
        bench.add(at_mail("alice@example.com", "orders@example.com"));
        const Suggestions found = bench.suggest();
        EXPECT_EQ(entries_of(found), Texts{}) << condition;
        ASSERT_EQ(found.left_out.size(), 1U) << condition;
        EXPECT_EQ(found.left_out[0].why, why);
    }
}

TEST(Suggest, MindsLettersThatLookLikeOthers) {
    Bench bench;
    bench.add(at_mail("alice@example.com", "\u043erders@example.com"));
    bench.add(at_mail("alice@example.com", "a\u00a0b@example.com"));
    bench.add(at_mail("alice@example.com", "a\u3164@example.com"));
    const Suggestions found = bench.suggest();
    ASSERT_EQ(found.entries.size(), 1U);
    EXPECT_EQ(
        found.entries[0].doubts,
        (Texts{"one refusal alone asked to send as \u043erders@example.com: if it is somebody's, "
               "ask them first",
               "\u043erders@example.com has letters beyond ASCII: another address may look "
               "the same"}));
    EXPECT_EQ(found.left_out.size(), 2U);
}

TEST(Suggest, LeavesOutWhatIsPermittedByNow) {
    Bench bench{std::string(base) +
                "[[alias]]\nid = \"alice-as-orders\"\nlogins = [\"alice\"]\n"
                "senders = [\"orders@example.com\"]\n"};
    bench.add(at_mail("alice@example.com", "orders@example.com"), 0, 4);
    bench.add(at_mail("alice@example.com", "info@example.com"));
    const Suggestions found = bench.suggest();
    EXPECT_EQ(entries_of(found), (Texts{"alice@example.com | info@example.com"}));
    EXPECT_EQ(found.permitted_by_now, 4U);
    EXPECT_EQ(found.prevented, 1U);
    bench.check_announcement(found);
}

TEST(Suggest, GivesIdsThatThePolicyDoesNotHave) {
    Bench bench{std::string(base) +
                "[[alias]]\nid = \"alice-as-orders\"\nlogins = [\"bob\"]\nsenders = "
                "[\"x@example.com\"]\n"};
    bench.add(at_mail("alice@example.com", "orders@example.com"));
    bench.add(at_from("alice@example.com", {"orders@shop.example.com"}));
    const Suggestions found = bench.suggest();
    ASSERT_EQ(found.entries.size(), 2U);
    EXPECT_EQ(found.entries[0].grant.id, "alice-as-orders-2");
    EXPECT_EQ(found.entries[1].grant.id, "alice-as-orders-3");
    bench.check_announcement(found);
}

TEST(Suggest, LooksAtMonitoredRefusalsToo) {
    Bench bench{"mode = \"monitor\"\n" + std::string(base)};
    Record record = at_mail("alice@example.com", "orders@example.com");
    record.verdict = Outcome::monitor;
    bench.add(record, 0, 3);
    const Suggestions found = bench.suggest();
    EXPECT_EQ(entries_of(found), (Texts{"alice@example.com | orders@example.com"}));
    EXPECT_EQ(found.prevented, 3U);
    bench.check_announcement(found);
}

TEST(Suggest, SaysWhatToMind) {
    Bench bench;
    bench.add(at_mail("bob@example.com", "bob@example.com"));
    bench.add(at_mail("alice@example.com", "bob@example.com"));
    bench.add(at_mail("heidi@example.com", "heidi@gmail.example"));
    const Suggestions found = bench.suggest();
    ASSERT_EQ(found.entries.size(), 2U);
    EXPECT_EQ(
        found.entries[0].doubts,
        (Texts{
            "bob@example.com is somebody's login, and one refusal alone asked to send as it: ask "
            "its owner first"}));
    EXPECT_EQ(found.entries[1].doubts.size(), 1U);
    EXPECT_TRUE(found.entries[1].doubts[0].starts_with("gmail.example is not hosted here"));
}

// Logins and senders that mean something to a policy file, or to TOML, or to a terminal.
TEST(Suggest, CannotBeMadeToWriteAnotherPolicy) {
    const std::string attack = "\n[[alias]]\nid = \"x\"\nlogins = [\"*\"]\nsenders = [\"*\"]\n#";
    Bench bench;
    for (const std::string& text :
         {std::string("*"), std::string("*@example.com"), std::string("/.*/"),
          std::string("/.*/@example.com"), std::string("group:sales"), std::string("{user}"),
          std::string("{user}@example.com"), std::string("<>"), std::string("a\"]#@example.com"),
          std::string("\"a b\\\"]#\"@example.com"), attack, attack + "@example.com",
          std::string("\xff@example.com"), std::string("\xe2\x80\xae@example.com"),
          std::string("bounce-*@example.com"), std::string("'''@example.com")}) {
        // Each by another login: none shall look like a stolen account.
        const std::string login = "user" + std::to_string(bench.decisions.size()) + "@example.com";
        bench.add(at_mail(text, "orders@example.com"));
        bench.add(at_mail(login, text));
        bench.add(at_from(login, {text}));
        bench.add(at_from(login, {"x@example.com"}, text));
    }
    const Suggestions found = bench.suggest();
    for (const Suggestion& entry : found.entries) {
        for (const LoginPattern& login : entry.grant.logins)
            EXPECT_EQ(login.pattern.kind(), Pattern::Kind::exact) << login.pattern.text();
        for (const PlacedPattern& sender : entry.grant.senders) {
            EXPECT_TRUE(
                sender.pattern.kind() == Pattern::Kind::exact ||
                (sender.pattern.kind() == Pattern::Kind::domain && !entry.also_permits.empty()))
                << sender.pattern.text();
        }
    }
    const std::string toml = suggestions_as_toml(found, sample_time(0), sample_time(1));
    const Loaded loaded = load_policy_text(base + toml, "p.toml", "mail.example.com");
    ASSERT_TRUE(loaded.policy) << to_string(loaded.errors.front()) << toml;
    EXPECT_EQ(loaded.policy->source().grants.size(), found.entries.size()) << toml;
    for (const char c : toml) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= ' ');
    EXPECT_TRUE(found.suspects.empty());
    EXPECT_FALSE(found.left_out.empty());
}

TEST(Suggest, LeavesOutAnEntryThatWouldPreventNothing) {
    // Erin's own address was granted when she sent this; without that grant a new From does not
    // help.
    Bench bench;
    bench.add(at_from("erin@other.example", {"orders@example.com"}));
    const Suggestions found = bench.suggest();
    EXPECT_TRUE(found.entries.empty());
    EXPECT_EQ(found.prevented, 0U);
    EXPECT_EQ(found.left_out.size(), 1U);
}

// Whatever was refused: replay under the suggestions says what they announce, every entry is
// needed, and each of its logins was refused each of its addresses, or several that its pattern
// stands for.
TEST(Suggest, GrantsToNobodyWhatWasNotRefusedToThem) {
    std::mt19937 random{5};
    const auto any = [&](const std::vector<std::string>& from) {
        return from[random() % from.size()];
    };
    const std::vector<std::string> logins = {"alice@example.com", "bob@example.com",
                                             "Carol@example.com", "dave@example.com",
                                             "erin@other.example"};
    const std::vector<std::string> locals = {"orders",  "info",    "bob", "lists+a",
                                             "lists+b", "lists+c", "Boss"};
    const std::vector<std::string> domains = {"example.com", "shop.example.com", "friend.example"};
    std::size_t patterns = 0;
    for (int round = 0; round < 150; ++round) {
        Bench bench;
        std::map<std::string, std::set<std::string>> refused;
        const std::size_t number = 1 + random() % 25;
        for (std::size_t i = 0; i < number; ++i) {
            const std::string login = any(logins);
            const std::string address = any(locals) + "@" + any(domains);
            // Days apart: nobody looks like a stolen account.
            const int second = static_cast<int>(i) * 86400;
            if (login != "erin@other.example" && random() % 4 == 0) {
                Record record = sample_accept();
                record.login = record.sender = login;
                record.from = {login};
                bench.add(record, second);
                continue;
            }
            // Who does not own even the own address is refused at MAIL.
            const bool mail = random() % 2 == 0 || login == "erin@other.example";
            bench.add(mail ? at_mail(login, address) : at_from(login, {address}), second,
                      1 + random() % 3);
            refused[ascii_lower(login)].insert(ascii_lower(address));
        }
        const Suggestions found = bench.suggest();
        bench.check_announcement(found);
        for (const Suggestion& entry : found.entries) {
            EXPECT_GT(entry.refusals, 0U);
            for (const LoginPattern& login : entry.grant.logins) {
                const std::set<std::string>& theirs = refused[login.pattern.text()];
                for (const PlacedPattern& sender : entry.grant.senders) {
                    const std::string& text = sender.pattern.text();
                    const bool exact =
                        sender.pattern.kind() == Pattern::Kind::exact && entry.also_permits.empty();
                    if (exact) {
                        EXPECT_TRUE(theirs.contains(text))
                            << login.pattern.text() << " as " << text;
                        continue;
                    }
                    // "*@shop.example.com", or "lists@example.com" for its subaddresses.
                    const std::size_t at = text.find('@');
                    const std::string local = text.substr(0, at);
                    const auto stands_for = [&](const std::string& address) {
                        return address == text ||
                               (address.ends_with(text.substr(at)) &&
                                (local == "*" || address.starts_with(local + "+")));
                    };
                    const auto fitting = std::count_if(theirs.begin(), theirs.end(), stands_for);
                    const bool of_entry =
                        theirs.contains(text) && sender.pattern.kind() == Pattern::Kind::exact;
                    EXPECT_TRUE(of_entry || fitting >= 3) << login.pattern.text() << " as " << text;
                    ++patterns;
                }
            }
        }
    }
    EXPECT_GT(patterns, 10U);
}

TEST(SuggestCommand, PrintsAFileForPolicyD) {
    const TimeZone zone{"UTC"};
    const ScratchDirectory scratch;
    const std::string policy = scratch.write("policy.toml", named);
    const std::string log = sample_log({at_mail("alice@example.com", "orders@example.com")});
    const auto ran = run_relaypermit({"suggest", "-c", policy, "--maillog", "-"}, log);
    EXPECT_EQ(ran.exit, Exit::fine) << ran.err;
    EXPECT_EQ(
        ran.out,
        "# relaypermit suggest on mx, 2026-05-26 12:00 to 2026-06-02 12:00: 1 entry would have\n"
        "#   prevented 1 of 1 refusal for want of a grant\n"
        "# Take what is right into a file of policy.d; then relaypermit check, and relaypermit\n"
        "#   replay --policy, before the daemon is reloaded.\n"
        "\n"
        "# 1 refusal of 1 login since 2026-06-01 12:00, the last 2026-06-01 12:00:\n"
        "#   alice@example.com (1)\n"
        "# permits nothing that was not refused to them\n"
        "[[alias]]\n"
        "id      = \"alice-as-orders\"\n"
        "logins  = [\"alice@example.com\"]\n"
        "senders = [\"orders@example.com\"]\n");
    // In place, it is what replay then says.
    const std::string changed = scratch.write("new.toml", base + ran.out);
    const auto replayed = run_relaypermit({"replay", "--policy", changed, "--maillog", "-"}, log);
    EXPECT_EQ(replayed.exit, Exit::finding);
    EXPECT_NE(replayed.out.find("1  sender-not-owned -> passes, rule alice-as-orders"),
              std::string::npos)
        << replayed.out;
    const auto checked = run_relaypermit({"check", "-c", changed});
    EXPECT_EQ(checked.exit, Exit::fine) << checked.out << checked.err;
}

// A burst that lies before --since is still one.
TEST(SuggestCommand, LooksFurtherBackForStolenAccounts) {
    const TimeZone zone{"UTC"};
    const ScratchDirectory scratch;
    std::vector<Record> records;
    for (int i = 0; i < 30; ++i) {
        records.push_back(
            at_mail("mallory@example.com", "x" + std::to_string(i) + "@spam.example"));
        records.back().client = "198.51." + std::to_string(i % 5) + ".7";
    }
    records.push_back(at_mail("alice@example.com", "orders@example.com"));
    const auto ran = run_relaypermit({"suggest", "--since", "2026-06-02", "-c",
                                      scratch.write("policy.toml", named), "--maillog", "-"},
                                     sample_log(records));
    EXPECT_NE(ran.out.find("SUSPECTED STOLEN"), std::string::npos) << ran.out;
    EXPECT_EQ(ran.out.find("logins"), std::string::npos) << ran.out;
}

TEST(SuggestCommand, HasNothingToSayWhereNothingWasRefused) {
    const TimeZone zone{"UTC"};
    const ScratchDirectory scratch;
    const auto ran =
        run_relaypermit({"suggest", "-c", scratch.write("policy.toml", named), "--maillog", "-"});
    EXPECT_EQ(ran.exit, Exit::fine);
    EXPECT_EQ(
        ran.out,
        "# relaypermit suggest on mx, 2026-05-26 12:00 to 2026-06-02 12:00: nothing to suggest\n");
}

}  // namespace
}  // namespace relaypermit
