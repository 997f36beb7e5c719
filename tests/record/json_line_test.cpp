// A record as a JSON object in the log: its exact form, that other readers of JSON take it, and
// that it always parses back.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "record/json_line.h"
#include "record/line.h"
#include "record/record.h"
#include "record/record_json.h"
#include "tests/support/plain_refusal.h"

namespace relaypermit {
namespace {

constexpr std::string_view refusal_line =
    R"({"queue":"4c1X2b3d","verdict":"reject","cause":"sender-not-owned","ref":"7F3K2Q9D",)"
    R"("stage":"mail","login":"alice@example.com","mech":"PLAIN","sender":"bob@example.com",)"
    R"("from":[],"hdrsender":null,"rcpt":[],"rcpt_count":0,"mailer":null,)"
    R"("client":"198.51.100.7","port":587,"daemon":"ORIGINATING","mta":"postfix",)"
    R"("tls":"TLSv1.3","helo":"laptop","rule":[],"also":[],)"
    R"("reply":"550 5.7.1 Relay not permitted - ref 7F3K2Q9D"})";

std::string with(std::string_view part, std::string_view replacement) {
    std::string line(refusal_line);
    const auto at = line.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    return line.replace(at, part.size(), replacement);
}

TEST(JsonLine, IsTheObjectThatTheToolPrints) {
    EXPECT_EQ(format_json_line(plain_refusal()), refusal_line);
    EXPECT_EQ(to_json_text(plain_refusal()), refusal_line);
    EXPECT_EQ(parse_json_line(refusal_line), plain_refusal());
    EXPECT_EQ(parse_json_line(format_json_line(Record{})), Record{});
}

TEST(JsonLine, IsAsciiWhateverTheLanguage) {
    auto record = plain_refusal();
    record.from = {"j\u00fcrgen@b\u00fccher.example", "\U0001f600@example.com"};
    const auto line = format_json_line(record);
    EXPECT_NE(line.find(R"("from":["j\u00fcrgen@b\u00fccher.example","\ud83d\ude00@example.com"])"),
              std::string::npos)
        << line;
    EXPECT_EQ(parse_json_line(line), record);
}

TEST(JsonLine, SaysBytesThatAreNotTextAMemberFurther) {
    auto record = plain_refusal();
    record.helo = "caf\xe9 \\";
    record.from = {"a\xff,b@example.com", "c@example.com"};
    record.agent = "\xc3";
    const auto line = format_json_line(record);
    EXPECT_NE(line.find(R"("helo":"caf\ufffd \\",)"), std::string::npos) << line;
    EXPECT_TRUE(line.ends_with(
        R"(,"exact":{"helo":"\"caf\\xe9 \\\\\"","agent":"\\xc3","from":"a\\xff\\,b@example.com,c@example.com"}})"))
        << line;
    EXPECT_EQ(parse_json_line(line), record);
    // Who means a replacement character gets one.
    record = plain_refusal();
    record.helo = "\uFFFD";
    EXPECT_EQ(format_json_line(record).find("exact"), std::string::npos);
    EXPECT_EQ(parse_json_line(format_json_line(record)), record);
}

TEST(JsonLine, IsRefusedWhereAnythingIsNotAsItIsWritten) {
    const auto is_refused = [](const std::string& line) {
        return !parse_json_line(line).has_value();
    };
    EXPECT_FALSE(is_refused(std::string(refusal_line)));
    for (std::size_t size = 0; size < refusal_line.size(); ++size)
        EXPECT_TRUE(is_refused(std::string(refusal_line.substr(0, size)))) << size;
    for (const auto& [part, replacement] :
         std::vector<std::pair<std::string_view, std::string_view>>{
             {R"("reject")", R"("rejected")"},
             {R"("sender-not-owned")", R"("unknown")"},
             {R"("mail")", R"("headers")"},
             {"587", "65536"},
             {"587", "587.0"},
             {"587", R"("587")"},
             {"587", "0"},
             {R"("also":[])", R"("also":["nothing"])"},
             {R"("from":[])", R"("from":[1])"},
             {R"("from":[])", R"("from":null)"},
             {R"("login":"alice@example.com",)", ""},
             {R"("login":"alice@example.com")", R"("login":"\u0061lice@example.com")"},
             {R"("login":"alice@example.com")",
              R"("login":"mallory@example.com","login":"alice@example.com")"},
             {R"("verdict")", R"( "verdict")"},
             {R"("tls":)", R"("TLS":)"},
             {R"("reply")", R"("more":1,"reply")"},
             {R"(9D"})", R"(9D","exact":{}})"},
             {R"(9D"})", R"(9D","exact":{"helo":"laptop"}})"},
             {R"(9D"})", R"(9D"} )"},
             {R"("laptop")", "\"lap\ttop\""}}) {
        EXPECT_TRUE(is_refused(with(part, replacement))) << replacement;
    }
    EXPECT_TRUE(is_refused(with("laptop", std::string(300, 'h'))));
    EXPECT_TRUE(is_refused(std::string(1'000'000, '[')));
    EXPECT_TRUE(is_refused("[]"));
    EXPECT_TRUE(is_refused("null"));
}

TEST(JsonLine, IsReadBesideTheOtherForm) {
    EXPECT_EQ(parse_message(refusal_line), plain_refusal());
    EXPECT_EQ(parse_message(format_line(plain_refusal())), plain_refusal());
    EXPECT_FALSE(parse_message("serves on unix:/run/x"));
    EXPECT_TRUE(looks_like_a_record(refusal_line.substr(0, 30)));
    EXPECT_TRUE(looks_like_a_record(format_line(plain_refusal()).substr(0, 30)));
    EXPECT_FALSE(looks_like_a_record("serves on unix:/run/x"));
    // A queue id of its own kind.
    auto odd = plain_refusal();
    odd.queue_id = R"({"queue":)";
    EXPECT_EQ(parse_message(format_line(odd)), odd);
    EXPECT_EQ(parse_message(format_json_line(odd)), odd);
}

TEST(JsonLine, StaysOneMessageOfSyslogWhateverIsInIt) {
    for (const char* each : {"\n", "\"", "\\", "a", "\xFF", "\x7F", "\xC3\xBC", "\U0001f600"}) {
        std::string big;
        while (big.size() < 5000) big += each;
        Record record;
        record.verdict = Outcome::mta_reject;
        record.cause = Cause::hosted_sender_needs_login;
        for (auto* value : {&record.queue_id, &record.reference, &record.login, &record.mechanism,
                            &record.sender, &record.header_sender, &record.mailer, &record.client,
                            &record.daemon, &record.tls, &record.helo, &record.reply}) {
            *value = big;
        }
        record.agent = big;
        record.port = 65535;
        for (auto* list : {&record.from, &record.recipients, &record.rules}) list->assign(100, big);
        record.recipient_count = static_cast<std::size_t>(-1);
        record.also.assign(100, Cause::hosted_sender_needs_login);
        const auto line = format_json_line(record);
        EXPECT_LE(line.size(), max_json_line_bytes);
        const auto read = parse_json_line(line);
        ASSERT_TRUE(read) << line;
        EXPECT_EQ(format_json_line(*read), line);
        EXPECT_TRUE(read->helo.ends_with("...")) << read->helo;
        EXPECT_GE(read->helo.size(), 4U);
    }
}

TEST(JsonLine, ParsesBackToTheSameRecordWhateverIsInIt) {
    std::mt19937_64 random(43);
    const auto below = [&](std::size_t bound) {
        return static_cast<std::size_t>(random() % bound);
    };
    const std::string odd = "-,()\"\\ \n\r\t=:.<>@x0aN{}[]u\x7F\x80\xC3\xBC\xFF";
    const auto text = [&] {
        std::string out;
        for (auto left = below(6) == 0 ? below(300) : below(5); left > 0; --left)
            out += below(20) == 0 ? '\0' : odd[below(odd.size())];
        return out;
    };
    const auto texts = [&] {
        std::vector<std::string> out(below(5));
        for (auto& each : out) each = text();
        return out;
    };
    std::size_t whole = 0;
    for (int round = 0; round < 2000; ++round) {
        Record record;
        record.queue_id = below(10) == 0 ? "NOQUEUE" : text();
        record.verdict = static_cast<Outcome>(below(5));
        if (below(2) == 0) record.cause = all_causes[below(cause_count)];
        record.stage = static_cast<Stage>(below(3));
        for (auto* value : {&record.reference, &record.login, &record.mechanism, &record.sender,
                            &record.header_sender, &record.mailer, &record.client, &record.daemon,
                            &record.tls, &record.helo, &record.reply}) {
            *value = text();
        }
        if (below(2) == 0) record.agent = text();
        record.from = texts();
        record.recipients = texts();
        record.recipient_count = below(2) == 0 ? record.recipients.size() : below(9);
        record.rules = texts();
        record.port = static_cast<std::uint16_t>(below(3) == 0 ? 0 : below(65536));
        record.mta = static_cast<Mta>(below(2));
        for (auto left = below(4); left > 0; --left) record.also.push_back(all_causes[below(17)]);
        record = within_limits(std::move(record));

        const auto line = format_json_line(record);
        ASSERT_TRUE(nlohmann::json::accept(line)) << line;
        ASSERT_TRUE(std::all_of(line.begin(), line.end(), [](char c) {
            return c >= ' ' && c <= '~';
        })) << line;
        const auto read = parse_json_line(line);
        ASSERT_TRUE(read) << line << "\n" << read.error().why;
        ASSERT_EQ(format_json_line(*read), line);
        if (*read == record) ++whole;
    }
    // The others were cut to one message.
    EXPECT_GT(whole, 1900U);
}

}  // namespace
}  // namespace relaypermit
