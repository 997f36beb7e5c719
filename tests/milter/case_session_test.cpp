// The case files of tests/cases, played through a Session by a fake MTA: what the engine says of
// facts, the daemon must say of the events and macros that they arrive in.
#include <gtest/gtest.h>

#include <algorithm>

#include "record/line.h"
#include "tests/support/case_files.h"
#include "tests/support/daemon_fakes.h"

namespace relaypermit {
namespace {

// Connects, and sends one message until it is refused or ends.
void play_on(World& world, const Facts& facts) {
    FakeMta mta(world);
    if (facts.mta == Mta::sendmail) mta.be_sendmail();
    mta.values["j"] = world.snapshots.current()->policy->source().server_name;
    mta.values["{daemon_port}"] = std::to_string(facts.port);
    if (!facts.daemon_name.empty()) mta.values["{daemon_name}"] = facts.daemon_name;
    mta.client.ip = facts.client;
    world.now = facts.now;

    mta.connect();
    if (!facts.tls.empty()) mta.values["{tls_version}"] = facts.tls;
    mta.helo(facts.helo);
    if (!facts.auth_type.empty()) mta.values["{auth_type}"] = facts.auth_type;
    if (!facts.auth_authen.empty()) mta.values["{auth_authen}"] = facts.auth_authen;

    if (mta.mail(facts.sender_argument)) return;
    for (const Recipient& recipient : facts.recipients)
        if (mta.rcpt(recipient.argument, recipient.mailer)) return;
    for (const HeaderField& field : facts.headers) mta.session.header(field.name, field.value);
    (void)mta.end();
}

class CaseSession : public ::testing::TestWithParam<CaseRun> {};

INSTANTIATE_TEST_SUITE_P(Cases, CaseSession, ::testing::ValuesIn(case_runs()),
                         [](const auto& run) { return case_name(run.param); });

TEST_P(CaseSession, EndsInTheRecordThatItsCaseExpects) {
    const TestCase& test = GetParam().test;
    World world("mode = \"enforce\"\n");
    PolicySource source = GetParam().policy->source();
    source.monitor_mode = false;  // cases assume so
    world.snapshots.set(std::move(source));
    play_on(world, case_facts(test.facts, *GetParam().policy, case_present));

    const std::string where = to_string(test.place) + ": " + test.name;
    ASSERT_FALSE(world.records.records.empty()) << where << ": no record";
    // Of the refusal, or of the acceptance; monitored causes come before it.
    const Record& record = world.records.records.back();
    EXPECT_EQ(record.cause ? to_string(*record.cause) : "accept", test.expect)
        << where << "\n"
        << format_line(record);
    EXPECT_EQ(record.verdict == Outcome::accept, test.expect == "accept") << where;
    EXPECT_TRUE(!test.rule || std::find(record.rules.begin(), record.rules.end(), *test.rule) !=
                                  record.rules.end())
        << where << "\nrule `" << test.rule.value_or("") << "` is not in\n"
        << format_line(record);
}

}  // namespace
}  // namespace relaypermit
