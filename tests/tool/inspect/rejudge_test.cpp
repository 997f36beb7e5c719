#include "tool/inspect/rejudge.h"
#include "tool/inspect/recorded_facts.h"

#include <gtest/gtest.h>

#include "config/load.h"
#include "policy/reading.h"
#include "record/line.h"
#include "tests/support/describe.h"
#include "tests/support/random_policy.h"
#include "tests/support/sample_record.h"

namespace relaypermit {
namespace {

std::shared_ptr<const Policy> policy_of(const std::string& text) {
    Loaded loaded = load_policy_text(
        "[relay]\nhosted_domains = [\"example.com\"]\n[login]\ndefault_realm = \"example.com\"\n" +
            text,
        "test.toml", "mail.example.com");
    for (const Diagnostic& error : loaded.errors) ADD_FAILURE() << to_string(error);
    return loaded.policy;
}

// The records that the daemon makes of a message, played like its session does.
std::vector<Record> records_of(const Policy& policy, const Facts& facts) {
    std::vector<Record> records;
    std::vector<Cause> also;
    std::vector<std::string> rules;
    Facts so_far = facts;
    so_far.recipients.clear();
    so_far.headers.clear();
    const auto decide = [&](Stage stage) {
        const Verdict verdict = evaluate(policy, so_far, stage);
        if (verdict.outcome != Outcome::accept) {
            records.push_back(make_record(policy, so_far, read_message(policy, so_far), verdict,
                                          "Q", "7F3K2Q9D", "", RecipientPrivacy::full));
        } else {
            rules.insert(rules.end(), verdict.rules.begin(), verdict.rules.end());
        }
        if (verdict.outcome == Outcome::monitor) also.push_back(*verdict.cause);
        also.insert(also.end(), verdict.also.begin(), verdict.also.end());
        return !verdict.refused();
    };
    if (!decide(Stage::mail)) return records;
    for (const Recipient& recipient : facts.recipients) {
        so_far.recipients.push_back(recipient);
        if (!decide(Stage::rcpt)) so_far.recipients.pop_back();
    }
    if (so_far.recipients.empty()) return records;
    so_far.headers = facts.headers;
    if (decide(Stage::headers)) {
        Verdict verdict = evaluate(policy, so_far, Stage::headers);
        verdict.outcome = Outcome::accept;
        verdict.cause.reset();
        verdict.also = also;
        verdict.rules = rules;
        records.push_back(make_record(policy, so_far, read_message(policy, so_far), verdict, "Q",
                                      "", "", RecipientPrivacy::full));
    }
    return records;
}

// A sender that two readers took differently is recorded as it came. Without brackets, or as <>,
// which no SMTP client can bring about, it looks like one that all agree on.
// Several From fields that nobody objected to look like one. A login that Sendmail did not encode
// as it does looks like one that it did.
bool shows_in_a_record(const Facts& facts) {
    if (facts.mta == Mta::sendmail && !canonical_login(facts.auth_authen, facts.mta, ""))
        return false;
    if (std::count_if(facts.headers.begin(), facts.headers.end(),
                      [](const HeaderField& field) { return is_field(field.name, "from"); }) > 1 &&
        facts.auth_type.empty()) {
        return false;
    }
    // Of a stray break and of a line or mailbox that is too long nothing is kept, and so not
    // whether From or Sender was at fault.
    constexpr std::size_t short_enough = 200;
    const auto is_lost = [](const HeaderField& field) {
        return has_stray_break(field.name) || has_stray_break(field.value) ||
               field.value.size() > short_enough;
    };
    if (std::any_of(facts.headers.begin(), facts.headers.end(), is_lost)) return false;
    // Nor of the name beside mailer-daemon@, which another @ makes an author that is not everybody.
    if (facts.sender_argument == "<>" &&
        std::any_of(facts.headers.begin(), facts.headers.end(), [](const HeaderField& field) {
            return is_field(field.name, "from") &&
                   std::count(field.value.begin(), field.value.end(), '@') != 1;
        }))
        return false;
    const auto sender = read_sender(facts, "");
    return sender.state != SenderReading::State::disagreed ||
           (facts.sender_argument.starts_with('<') && facts.sender_argument != "<>");
}

TEST(Rehearse, ChangesNothingUnderTheSamePolicy) {
    RandomWorld world{7};
    int judged = 0;
    std::map<std::string, int> verdicts;
    for (int p = 0; p < 200; ++p) {
        PolicySource source = world.policy();
        source.tables.clear();
        const Policy policy{source};
        for (int s = 0; s < 40; ++s) {
            Facts facts = world.facts(source);
            if (!shows_in_a_record(facts)) continue;
            facts.local_submission = false;  // is of the server's own address, without a port
            // A record names the first recipient's mailer alone, and not the server's own address.
            for (Recipient& recipient : facts.recipients)
                recipient.mailer = facts.recipients.front().mailer;
            for (const Record& record : records_of(policy, facts)) {
                const Rejudged now = rejudge(policy, record, facts.now);
                if (now.unjudged != Unjudged::no) continue;
                ++judged;
                ++verdicts[std::string(to_string(record.verdict)) + " " +
                           std::string(record.cause ? to_string(*record.cause) : "-")];
                ASSERT_EQ(compare(record, now), Change::none)
                    << format_line(record) << "\nnow "
                    << (now.cause ? to_string(*now.cause) : "nothing") << " " << now.why << "\n"
                    << describe(source) << "\n"
                    << describe(facts);
            }
        }
    }
    for (const auto& [what, count] : verdicts) RecordProperty(what, count);
    EXPECT_GT(judged, 1000);
}

Record record_of(Outcome verdict, std::optional<Cause> cause, Stage stage) {
    Record record;
    record.verdict = verdict;
    record.cause = cause;
    record.stage = stage;
    record.client = "198.51.100.7";
    record.port = 587;
    record.daemon = "ORIGINATING";
    record.tls = "TLSv1.3";
    record.login = "alice@example.com";
    record.mechanism = "PLAIN";
    record.sender = "alice@example.com";
    if (stage != Stage::mail) {
        record.recipients = {"x@remote.example"};
        record.recipient_count = 1;
        record.mailer = "smtp";
    }
    if (stage == Stage::headers) record.from = {"alice@example.com"};
    return record;
}

Change change_of(const std::string& policy, const Record& record) {
    return compare(record, rejudge(*policy_of(policy), record, sample_time()));
}

constexpr const char* orders = R"(
[[alias]]
id = "orders"
logins = ["alice@example.com"]
senders = ["orders@example.com"]
)";

TEST(Rehearse, NeverCallsPermittedWhatWasRefusedAtMail) {
    Record record = record_of(Outcome::reject, Cause::sender_not_owned, Stage::mail);
    record.sender = "orders@example.com";
    EXPECT_EQ(change_of("", record), Change::none);
    EXPECT_EQ(change_of(orders, record), Change::passes_stage);
    const Rejudged now = rejudge(*policy_of(orders), record, sample_time());
    EXPECT_EQ(now.stage, Stage::mail);
    EXPECT_EQ(now.rules, std::vector<std::string>{"orders"});
}

TEST(Rehearse, CallsPermittedWhatIsWhollyOnRecord) {
    Record record = record_of(Outcome::reject, Cause::from_not_owned, Stage::headers);
    record.from = {"orders@example.com"};
    EXPECT_EQ(change_of("", record), Change::none);
    EXPECT_EQ(change_of(orders, record), Change::newly_permitted);
}

TEST(Rehearse, FindsWhatWouldNotGoThroughAnyMore) {
    const std::string restrict = R"(
[[restrict]]
id = "r"
logins = ["alice@example.com"]
)";
    const Record record = record_of(Outcome::accept, {}, Stage::headers);
    EXPECT_EQ(change_of("", record), Change::none);
    EXPECT_EQ(change_of(restrict + "suspended = true", record), Change::newly_refused);
    EXPECT_EQ(change_of(restrict + "recipients = [\"hosted\"]", record), Change::newly_refused);
    const Rejudged now =
        rejudge(*policy_of(restrict + "recipients = [\"hosted\"]"), record, sample_time());
    EXPECT_EQ(now.cause, Cause::recipient_not_allowed);
    EXPECT_EQ(now.stage, Stage::rcpt);
    EXPECT_EQ(now.rules, std::vector<std::string>{"r"});
    EXPECT_EQ(change_of("[cause.recipient-not-allowed]\naction = \"monitor\"\n" + restrict +
                            "recipients = [\"hosted\"]",
                        record),
              Change::none);
}

TEST(Rehearse, TellsAnotherCauseAndAnotherAnswer) {
    Record record = record_of(Outcome::reject, Cause::sender_not_owned, Stage::mail);
    record.sender = "orders@example.com";
    EXPECT_EQ(change_of("[[restrict]]\nid = \"r\"\nlogins = [\"alice@example.com\"]\n"
                        "suspended = true",
                        record),
              Change::other_cause);
    EXPECT_EQ(change_of("[cause.sender-not-owned]\naction = \"tempfail\"", record),
              Change::other_cause);
    // In monitor mode nothing is refused at MAIL any more.
    EXPECT_EQ(change_of("[cause.sender-not-owned]\naction = \"monitor\"", record),
              Change::passes_stage);
}

TEST(Rehearse, CountsAMonitoredMessageOnce) {
    Record objection = record_of(Outcome::monitor, Cause::sender_not_owned, Stage::mail);
    objection.sender = "orders@example.com";
    Record message = record_of(Outcome::accept, {}, Stage::headers);
    message.sender = "orders@example.com";
    message.from = {"orders@example.com"};
    message.also = {Cause::sender_not_owned, Cause::from_not_owned};
    EXPECT_EQ(change_of("", objection), Change::newly_refused);
    EXPECT_EQ(change_of("", message), Change::none);
    // What nobody objected to then is found at the message itself.
    const std::string suspended =
        "[[restrict]]\nid = \"r\"\nlogins = [\"alice@example.com\"]\nsuspended = true";
    EXPECT_EQ(change_of(suspended, objection), Change::none);
    EXPECT_EQ(change_of(suspended, message), Change::newly_refused);
}

TEST(Rehearse, SaysWhatAMonitoredCauseObjectsToNoLonger) {
    const std::string monitor = "mode = \"monitor\"\n";
    const auto in_monitor_mode = [&](const std::string& rules, const Record& record) {
        const auto loaded =
            load_policy_text(monitor +
                                 "[relay]\nhosted_domains = [\"example.com\"]\n[login]\n"
                                 "default_realm = \"example.com\"\n" +
                                 rules,
                             "test.toml", "mail.example.com");
        return compare(record, rejudge(*loaded.policy, record, sample_time()));
    };
    Record objection = record_of(Outcome::monitor, Cause::sender_not_owned, Stage::mail);
    objection.sender = "orders@example.com";
    EXPECT_EQ(in_monitor_mode("", objection), Change::none);
    EXPECT_EQ(in_monitor_mode(orders, objection), Change::no_longer_objected);
    EXPECT_EQ(change_of(orders, objection), Change::no_longer_objected);
    // Behind another cause that objects too, it still does.
    const std::string suspended =
        "[[restrict]]\nid = \"r\"\nlogins = [\"alice@example.com\"]\nsuspended = true";
    EXPECT_EQ(in_monitor_mode(suspended, objection), Change::none);
    EXPECT_EQ(in_monitor_mode(orders + suspended, objection), Change::no_longer_objected);
    Record from = record_of(Outcome::monitor, Cause::from_not_owned, Stage::headers);
    from.from = {"orders@example.com"};
    EXPECT_EQ(in_monitor_mode("", from), Change::none);
    EXPECT_EQ(in_monitor_mode(orders, from), Change::no_longer_objected);
}

TEST(Rehearse, ComparesTheMailServersOwnRefusals) {
    Record record = record_of(Outcome::mta_reject, Cause::relay_not_permitted, Stage::rcpt);
    record.login.clear();
    record.mechanism.clear();
    record.port = 25;
    record.daemon.clear();
    record.sender = "x@elsewhere.example";
    EXPECT_EQ(change_of("", record), Change::none);
    EXPECT_EQ(change_of("[[alias]]\nid = \"p\"\nclients = [\"198.51.100.7\"]\n"
                        "senders = [\"*\"]",
                        record),
              Change::no_objection);
    record.sender = "alice@example.com";
    EXPECT_EQ(change_of("", record), Change::other_cause);
}

TEST(Rehearse, LeavesOutWhatTheRecordCannotTell) {
    const auto policy = policy_of("");
    const auto why = [&](const Record& record) {
        return rejudge(*policy, record, sample_time()).unjudged;
    };
    EXPECT_EQ(why(record_of(Outcome::tempfail, Cause::lookup_failed, Stage::mail)),
              Unjudged::lookup_failed);
    Record cut = record_of(Outcome::reject, Cause::sender_not_owned, Stage::mail);
    cut.sender = std::string(300, 'a') + "@example.com";
    EXPECT_EQ(why(within_limits(cut)), Unjudged::cut);
    Record hidden = record_of(Outcome::reject, Cause::recipient_not_allowed, Stage::rcpt);
    hidden.recipients.clear();
    EXPECT_EQ(why(hidden), Unjudged::recipients);
}

TEST(Rehearse, AsksTheAliasTablesWhereTheAnswerTurnsOnOne) {
    const auto policy =
        policy_of("[[alias_table]]\nid = \"directory\"\ntype = \"sasl\"\nconfig = \"/x\"\n");
    Record record = record_of(Outcome::reject, Cause::sender_not_owned, Stage::mail);
    record.sender = "orders@example.com";
    const auto judged = [&](const Ask& ask) {
        return rejudge(*policy, record, sample_time(), ask);
    };
    const auto answer = [](TableAnswer one) {
        return [one](const std::vector<Question>&, Facts& facts) {
            facts.table_answers.push_back(one);
        };
    };
    EXPECT_EQ(judged({}).unjudged, Unjudged::alias_table);
    EXPECT_EQ(judged(answer({"directory", false, {}, "down"})).unjudged, Unjudged::alias_table);
    EXPECT_EQ(judged(answer({"directory", true, {}, ""})).cause, Cause::sender_not_owned);
    const auto permitted =
        judged(answer({"directory", true, {*Pattern::parse("*", PatternRole::sender)}, ""}));
    EXPECT_FALSE(permitted.refused());
    EXPECT_EQ(permitted.rules, std::vector<std::string>{"directory"});
}

TEST(Rehearse, JudgesAKeptDomainAsSomebodyThere) {
    Record record = record_of(Outcome::reject, Cause::recipient_not_allowed, Stage::rcpt);
    record.recipients = {"@remote.example"};
    const std::string restrict = "[[restrict]]\nid = \"r\"\nlogins = [\"alice\"]\n";
    EXPECT_EQ(change_of(restrict + "recipients = [\"hosted\"]", record), Change::none);
    EXPECT_EQ(change_of(restrict + "recipients = [\"*@remote.example\"]", record),
              Change::passes_stage);
}

TEST(Rehearse, DoesNotGuessWhoSomebodyOfAKeptDomainIs) {
    const std::string restrict = "[[restrict]]\nid = \"r\"\nlogins = [\"alice\"]\nrecipients = ";
    Record accepted = record_of(Outcome::accept, {}, Stage::headers);
    accepted.recipients = {"@remote.example"};
    Record refused = record_of(Outcome::reject, Cause::recipient_not_allowed, Stage::rcpt);
    refused.recipients = {"@remote.example"};
    const auto judged = [&](const std::string& patterns, const Record& record) {
        return rejudge(*policy_of(restrict + patterns), record, sample_time());
    };
    for (const char* pattern : {"[\"Boss@Remote.example\"]", "[\"b*@remote.example\"]",
                                "[\"*-list@remote.example\"]", "[\"/boss@.*/\"]"}) {
        EXPECT_EQ(judged(pattern, accepted).unjudged, Unjudged::recipients) << pattern;
        EXPECT_EQ(judged(pattern, refused).unjudged, Unjudged::recipients) << pattern;
    }
    // Nobody of that domain, or everybody.
    for (const char* pattern : {"[\"hosted\"]", "[\"boss@other.example\"]"}) {
        EXPECT_EQ(judged(pattern, accepted).cause, Cause::recipient_not_allowed) << pattern;
        EXPECT_EQ(judged(pattern, refused).cause, Cause::recipient_not_allowed) << pattern;
    }
    for (const char* pattern : {"[\"*@remote.example\"]", "[\"/.*@remote\\\\.example/\"]"}) {
        EXPECT_EQ(judged(pattern, accepted).unjudged, Unjudged::no) << pattern;
        EXPECT_FALSE(judged(pattern, accepted).refused()) << pattern;
    }
    accepted.recipients = {"boss@remote.example"};
    EXPECT_FALSE(judged("[\"boss@remote.example\"]", accepted).refused());
}

TEST(Rehearse, TakesALoginAsSendmailGaveIt) {
    Record record = record_of(Outcome::accept, {}, Stage::headers);
    record.mta = Mta::sendmail;
    record.login = "a+b@example.com";
    record.sender = "a+b@example.com";
    record.from = {"a+b@example.com"};
    EXPECT_EQ(facts_of(record, {}).auth_authen, "a+2Bb@example.com");
    EXPECT_EQ(change_of("", record), Change::none);
}

TEST(Rehearse, KnowsMailOfTheServerItself) {
    Record record = record_of(Outcome::accept, {}, Stage::headers);
    record.login.clear();
    record.mechanism.clear();
    record.client = "127.0.0.1";
    record.port = 0;
    record.daemon.clear();
    record.recipients = {"bob@example.com"};
    const std::string strict = "[cause.hosted-sender-needs-login]\naction = \"reject\"";
    EXPECT_EQ(change_of(strict, record), Change::none);
    record.client = "198.51.100.7";
    EXPECT_EQ(change_of(strict, record), Change::newly_refused);
}

TEST(Rehearse, GoesByTheTimeOfTheDecision) {
    Record record = record_of(Outcome::accept, {}, Stage::headers);
    record.sender = "orders@example.com";
    record.from = {"orders@example.com"};
    EXPECT_EQ(change_of(std::string(orders) + "until = 2026-06-01", record), Change::none);
    EXPECT_EQ(change_of(std::string(orders) + "until = 2026-05-31", record), Change::newly_refused);
}

}  // namespace
}  // namespace relaypermit
