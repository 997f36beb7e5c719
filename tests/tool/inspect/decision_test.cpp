#include "tool/inspect/decision.h"

#include <gtest/gtest.h>

#include "record/record_json.h"

namespace relaypermit {
namespace {

TEST(RecordJson, HasTheKeysOfALineInTheirOrder) {
    Record record;
    record.queue_id = "4c1X2b3d";
    record.verdict = Outcome::reject;
    record.cause = Cause::from_not_owned;
    record.reference = "7F3K2Q9D";
    record.stage = Stage::headers;
    record.login = "alice@example.com";
    record.mechanism = "PLAIN";
    record.sender = "<>";
    record.from = {"a,b@x.example", "c@x.example"};
    record.header_sender = "d@x.example";
    record.recipients = {"e@x.example"};
    record.recipient_count = 4;
    record.mailer = "smtp";
    record.client = "2001:db8::1";
    record.port = 587;
    record.daemon = "ORIGINATING";
    record.tls = "TLSv1.3";
    record.helo = "laptop";
    record.rules = {"shop-team"};
    record.also = {Cause::weak_login};
    record.reply = "550 5.7.1 no";
    EXPECT_EQ(to_json_text(record),
              R"({"queue":"4c1X2b3d","verdict":"reject","cause":"from-not-owned",)"
              R"("ref":"7F3K2Q9D","stage":"eom","login":"alice@example.com","mech":"PLAIN",)"
              R"("sender":"<>","from":["a,b@x.example","c@x.example"],)"
              R"("hdrsender":"d@x.example","rcpt":["e@x.example"],"rcpt_count":4,)"
              R"("mailer":"smtp","client":"2001:db8::1","port":587,"daemon":"ORIGINATING",)"
              R"("mta":"postfix","tls":"TLSv1.3","helo":"laptop","rule":["shop-team"],)"
              R"("also":["weak-login"],"reply":"550 5.7.1 no"})");
}

TEST(RecordJson, OfAbsentValuesIsNullAndOfAbsentListsEmpty) {
    EXPECT_EQ(to_json_text(Record{}),
              R"({"queue":null,"verdict":"accept","cause":null,"ref":null,"stage":"mail",)"
              R"("login":null,"mech":null,"sender":null,"from":[],"hdrsender":null,"rcpt":[],)"
              R"("rcpt_count":0,"mailer":null,"client":null,"port":null,"daemon":null,)"
              R"("mta":"postfix","tls":null,"helo":null,"rule":[],"also":[],"reply":null})");
}

TEST(RecordJson, NamesTheProgramBeforeTheReplyOnlyWhereItIsKept) {
    Record record;
    record.agent = "";
    EXPECT_TRUE(to_json_text(record).ends_with(R"("also":[],"agent":null,"reply":null})"));
    record.agent = "K-9 \"Mail\"\r";
    EXPECT_TRUE(
        to_json_text(record).ends_with(R"("also":[],"agent":"K-9 \"Mail\"\u000d","reply":null})"));
}

TEST(RecordJson, HoldsAnyBytes) {
    Record record;
    record.helo = std::string("a\0\"\\\n\xC3\xBC\xFF", 8);
    record.from = {"", "\x80"};
    const std::string text = to_json_text(record);
    EXPECT_NE(text.find(R"("helo":"a\u0000\"\\\u000a)"
                        "\xC3\xBC\xEF\xBF\xBD\""),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("\"from\":[\"\",\"\xEF\xBF\xBD\"]"), std::string::npos) << text;
}

// Whoever reads `log --json` on a terminal is not to be fooled either.
TEST(RecordJson, LetsNothingReachATerminalThatMovesOrTurnsText) {
    Decision decision;
    Record& record = decision.stored.record;
    for (std::string* value : {&record.helo, &record.login, &record.sender, &record.reply})
        *value = "a\x7f\u009b2J\u202e\u2066\u2029\U000e0041z";
    record.from = record.recipients = record.rules = {record.helo};
    for (const std::string& text : {to_json_line(decision), to_json_text(record)}) {
        for (const char c : text) EXPECT_TRUE(c >= ' ' && c < '\x7f') << text;
        EXPECT_NE(text.find(R"("helo":"a\u007f\u009b2J\u202e\u2066\u2029\udb40\udc41z")"),
                  std::string::npos)
            << text;
    }
}

}  // namespace
}  // namespace relaypermit
