// A record as a line: its exact form, and that it always parses back.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>

#include "record/line.h"
#include "record/record.h"
#include "record/value.h"
#include "tests/support/plain_refusal.h"

namespace relaypermit {
namespace {

constexpr std::string_view refusal_line =
    "4c1X2b3d: verdict=reject cause=sender-not-owned ref=7F3K2Q9D stage=mail "
    "login=alice@example.com mech=PLAIN sender=bob@example.com from=- hdrsender=- rcpt=- mailer=- "
    "client=198.51.100.7 port=587 daemon=ORIGINATING mta=postfix tls=TLSv1.3 helo=laptop rule=- "
    "also=- reply=\"550 5.7.1 Relay not permitted - ref 7F3K2Q9D\"";

std::string why_not(std::string_view line) {
    const auto record = parse_line(line);
    return record ? "it was read" : record.error().why;
}

std::string with(std::string_view part, std::string_view replacement) {
    std::string line(refusal_line);
    const auto at = line.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    return line.replace(at, part.size(), replacement);
}

TEST(Line, HasTheKeysOfTheRecordInTheirOrder) {
    EXPECT_EQ(format_line(plain_refusal()), refusal_line);
    EXPECT_EQ(parse_line(refusal_line), plain_refusal());
}

TEST(Line, OfAnEmptyRecordIsAllDashes) {
    const std::string line =
        "NOQUEUE: verdict=accept cause=- ref=- stage=mail login=- mech=- sender=- from=- "
        "hdrsender=- rcpt=- mailer=- client=- port=- daemon=- mta=postfix tls=- helo=- rule=- "
        "also=- reply=-";
    EXPECT_EQ(format_line(Record{}), line);
    EXPECT_EQ(parse_line(line), Record{});
}

TEST(Line, NamesTheProgramBeforeTheReplyOnlyWhereItIsKept) {
    auto record = plain_refusal();
    record.agent = "Mozilla Thunderbird";
    const auto line = with("also=- ", "also=- agent=\"Mozilla Thunderbird\" ");
    EXPECT_EQ(format_line(record), line);
    EXPECT_EQ(parse_line(line), record);
    record.agent = "";
    EXPECT_EQ(format_line(record), with("also=- ", "also=- agent=- "));
    EXPECT_EQ(parse_line(format_line(record)), record);
    record.agent = "-";
    EXPECT_EQ(format_line(record), with("also=- ", "also=- agent=\"-\" "));
    EXPECT_EQ(parse_line(format_line(record)), record);
    EXPECT_EQ(why_not(with("also=- ", "agent=x also=- ")), "no `also=` in its place");
    EXPECT_EQ(why_not(with("also=- ", "also=- agent=x agent=x ")), "no `reply=` in its place");
}

TEST(Line, CannotBeForgedByTheNameOfAProgram) {
    auto record = plain_refusal();
    for (const std::string& agent :
         {std::string("x\" reply=- agent=\"y"), std::string("a\r\n reply=\"b\xC3\xBC\xFF\\"),
          std::string("\0\x1b[2J", 5), std::string(2000, '"'), std::string(2000, '\xFF')}) {
        record.agent = agent;
        const auto line = format_line(record);
        EXPECT_EQ(parse_line(line), within_limits(record)) << line;
        EXPECT_EQ(parse_line(line)->reply, plain_refusal().reply);
    }
}

TEST(Line, HoldsListsAndTheNumberOfRecipients) {
    Record record;
    record.verdict = Outcome::mta_reject;
    record.stage = Stage::headers;
    record.mta = Mta::sendmail;
    record.from = {"a@x.example", R"("b,c"@y.example)"};
    record.recipients = {"r1@x.example", "r2@x.example", "r3@x.example"};
    record.recipient_count = 40;
    record.rules = {"own-address", "shop-team"};
    record.also = {Cause::weak_login, Cause::helo_forged};
    const std::string line =
        "NOQUEUE: verdict=mta-reject cause=- ref=- stage=eom login=- mech=- sender=- "
        R"(from="a@x.example,\"b\,c\"@y.example" hdrsender=- )"
        "rcpt=r1@x.example,r2@x.example,r3@x.example,(40) mailer=- client=- port=- daemon=- "
        "mta=sendmail tls=- helo=- rule=own-address,shop-team also=weak-login,helo-forged reply=-";
    EXPECT_EQ(format_line(record), line);
    EXPECT_EQ(parse_line(line), record);
}

TEST(Line, SaysTheNumberOfRecipientsWhereNoneIsNamed) {
    Record record;
    record.recipient_count = 2;
    EXPECT_NE(format_line(record).find(" rcpt=(2) "), std::string::npos);
    EXPECT_EQ(parse_line(format_line(record)), record);
}

TEST(Line, CannotBeForgedByWhatAClientWrites) {
    auto record = plain_refusal();
    record.helo = "x rule=- also=- reply=-\nDec 1 relaypermitd[1]: NOQUEUE: verdict=accept";
    record.sender = "\" verdict=accept cause=- \\\"";
    record.from = {"a,b", "(3)", "-", ""};
    record.recipients = {"(9)"};
    record.recipient_count = 1;
    record.login = "-";
    const auto line = format_line(record);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(parse_line(line), record) << line;
}

TEST(Line, KeepsAnOddQueueIdApartFromTheRest) {
    for (const std::string id :
         {"NOQUEUE", "a: verdict=accept", "\\x41", "\"", "a\nb", ":", "NOQ"}) {
        Record record;
        record.queue_id = id;
        const auto line = format_line(record);
        EXPECT_EQ(parse_line(line), record) << line;
    }
    Record record;
    record.queue_id = "NOQUEUE";
    EXPECT_TRUE(format_line(record).starts_with("\\x4eOQUEUE: "));
}

TEST(Line, IsRefusedWhereAnythingIsNotAsItIsWritten) {
    EXPECT_EQ(why_not(""), "no queue id with `: ` behind it");
    EXPECT_EQ(why_not("4c1X2b3d: "), "no `verdict=` in its place");
    EXPECT_EQ(why_not(with("4c1X2b3d", "")), "a queue id out of form");
    EXPECT_EQ(why_not(with("4c1X2b3d", "4c1 X2b3d")), "a queue id out of form");
    EXPECT_EQ(why_not(with("4c1X2b3d", "\\x4")), "a queue id out of form");
    EXPECT_EQ(why_not(with("stage=mail ", "")), "no `stage=` in its place");
    EXPECT_EQ(why_not(with("stage=mail", "Stage=mail")), "no `stage=` in its place");
    EXPECT_EQ(why_not(with("verdict=reject", "verdict=rejected")),
              "the value of `verdict` is not one that is written here");
    for (const auto& [part, replacement] :
         std::vector<std::pair<std::string_view, std::string_view>>{
             {"cause=sender-not-owned", "cause=unknown"},
             {"cause=sender-not-owned", R"(cause="-")"},
             {"stage=mail", "stage=headers"},
             {"mta=postfix", "mta=exim"},
             {"port=587", "port=0587"},
             {"port=587", "port=65536"},
             {"port=587", "port=0"},
             {"port=587", "port=+587"},
             {"login=alice@example.com", "login="},
             {"login=alice@example.com", R"(login="alice@example.com")"},
             {"rcpt=-", "rcpt=a@x,(1)"},
             {"rcpt=-", "rcpt=(0)"},
             {"from=-", "from=a@x,(2)"},
             {"also=-", "also=nothing"},
             {"rule=-", R"(rule=\x41)"}}) {
        const auto key = part.substr(0, part.find('='));
        EXPECT_EQ(why_not(with(part, replacement)),
                  "the value of `" + std::string(key) + "` is not one that is written here")
            << replacement;
    }
    EXPECT_EQ(why_not(std::string(refusal_line) + " x=y"), "text behind the last value");
    EXPECT_EQ(why_not(std::string(refusal_line) + " "), "a space at the end");
    EXPECT_NE(why_not(std::string(refusal_line) + "x"), "it was read");
    EXPECT_NE(why_not(with(" helo", "  helo")), "it was read");
    EXPECT_EQ(why_not(with("laptop", std::string(300, 'h'))),
              "a value that is longer than one is written");
    EXPECT_EQ(why_not(with("rcpt=-", "rcpt=a,b,c,d")),
              "a value that is longer than one is written");
}

TEST(Line, IsNotReadFromAPrefixOfItself) {
    for (std::size_t size = 0; size < refusal_line.size(); ++size)
        EXPECT_FALSE(parse_line(refusal_line.substr(0, size))) << size;
}

TEST(Line, CutsARecordThatIsOutsideTheLimits) {
    auto record = plain_refusal();
    record.helo.assign(10000, 'h');
    record.rules.assign(20, "rule");
    record.recipients.assign(9, "r@x.example");
    record.recipient_count = 9;
    const auto read = parse_line(format_line(record));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, within_limits(record));
    EXPECT_EQ(read->helo, std::string(256, 'h') + "...");
    EXPECT_EQ(read->rules,
              (std::vector<std::string>{"rule", "rule", "rule", "rule", "rule", "..."}));
    EXPECT_EQ(read->recipients.size(), 3U);
    EXPECT_EQ(read->recipient_count, 9U);
    EXPECT_EQ(within_limits(*read), *read);
}

TEST(Line, CallsNothingPlainlyWithinTheLimitsThatWouldBeCut) {
    const auto expect_sound = [](const Record& record) {
        if (plainly_within_limits(record)) EXPECT_EQ(within_limits(record), record);
    };
    EXPECT_TRUE(plainly_within_limits(plain_refusal()));
    for (const char each : {'a', '\xFF', '('}) {
        for (std::size_t size = 0; size < 1200; ++size) {
            const std::string big(size, each);
            Record named;
            named.agent = big;
            expect_sound(named);
            for (std::size_t field = 0; field < 12; ++field) {
                Record record;
                *std::array{&record.queue_id,  &record.reference, &record.login,
                            &record.mechanism, &record.sender,    &record.header_sender,
                            &record.mailer,    &record.client,    &record.daemon,
                            &record.tls,       &record.helo,      &record.reply}[field] = big;
                expect_sound(record);
            }
        }
    }
    for (std::size_t size = 0; size < 100; ++size) {
        for (std::size_t field = 0; field < 4; ++field) {
            Record record;
            if (field == 3) {
                record.also.assign(size, Cause::hosted_sender_needs_login);
            } else {
                std::array{&record.from, &record.recipients, &record.rules}[field]->assign(size,
                                                                                           "x");
            }
            expect_sound(record);
            if (field < 3) {
                record = {};
                std::array{&record.from, &record.recipients, &record.rules}[field]->assign(
                    1, std::string(size, '\xFF'));
                expect_sound(record);
            }
        }
    }
}

TEST(Line, StaysBelowEightKibibytesWhateverIsInIt) {
    for (const char each : {'\n', ',', '"', '\\', '(', ' ', ':', 'a', '\xFF'}) {
        const std::string big(5000, each);
        Record record;
        record.verdict = Outcome::mta_reject;
        record.cause = Cause::hosted_sender_needs_login;
        for (auto* value : {&record.queue_id, &record.reference, &record.login, &record.mechanism,
                            &record.sender, &record.header_sender, &record.mailer, &record.client,
                            &record.daemon, &record.tls, &record.helo, &record.reply}) {
            *value = big;
        }
        record.agent = big;
        record.mta = Mta::sendmail;
        record.port = 65535;
        for (auto* list : {&record.from, &record.recipients, &record.rules}) list->assign(100, big);
        record.recipient_count = static_cast<std::size_t>(-1);
        record.also.assign(100, Cause::hosted_sender_needs_login);
        const auto line = format_line(record);
        EXPECT_LT(line.size(), 8192U - 100U) << "with the head that syslog puts before it";
        EXPECT_EQ(parse_line(line), within_limits(record));
    }
}

TEST(Line, ParsesBackToTheSameRecordWhateverIsInIt) {
    std::mt19937_64 random(42);
    const auto below = [&](std::size_t bound) {
        return static_cast<std::size_t>(random() % bound);
    };
    const std::string odd = "-,()\"\\ \n\r\t=:.<>@x0aN\x7F\x80\xC3\xBC\xFF";
    const auto text = [&] {
        std::string out;
        for (auto left = below(3) == 0 ? below(400) : below(5); left > 0; --left)
            out += below(20) == 0 ? '\0' : odd[below(odd.size())];
        return out;
    };
    const auto texts = [&] {
        std::vector<std::string> out(below(8));
        for (auto& each : out) each = text();
        return out;
    };
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
        ASSERT_EQ(within_limits(record), record);

        const auto line = format_line(record);
        const auto read = parse_line(line);
        ASSERT_TRUE(read) << line << "\n" << read.error().why;
        ASSERT_EQ(*read, record) << line;
        ASSERT_TRUE(std::all_of(line.begin(), line.end(), [](char c) {
            return c >= ' ' && c <= '~';
        })) << line;
    }
}

}  // namespace
}  // namespace relaypermit
