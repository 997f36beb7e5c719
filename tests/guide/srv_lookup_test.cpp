// What the DNS answers about the servers of a domain, read from the wire.
#include "tool/guide/srv_lookup.h"

#include <gtest/gtest.h>

#include <string>

namespace relaypermit {
namespace {

// An answer of one question and `count` records, which are given as they stand on the wire.
std::vector<unsigned char> answer(unsigned char count, const std::string& records) {
    std::string wire{"\x12\x34\x81\x80\x00\x01\x00", 7};
    wire += static_cast<char>(count);
    wire += std::string(4, '\0');
    wire += std::string("\x0b_submission\x04_tcp\x06hoster\x04test\x00\x00\x21\x00\x01", 34);
    wire += records;
    return {wire.begin(), wire.end()};
}

// Of the name that was asked for, with priority 0 and weight 1.
std::string record(unsigned port, const std::string& target, char type = '\x21') {
    std::string data{"\x00\x00\x00\x01", 4};
    data += static_cast<char>(port >> 8U);
    data += static_cast<char>(port & 0xffU);
    data += target;
    return std::string("\xc0\x0c\x00", 3) + type + std::string("\x00\x01\x00\x00\x00\x3c\x00", 7) +
           static_cast<char>(data.size()) + data;
}

const std::string mail_hoster_test = {"\x04Mail\xc0\x1d", 7};

TEST(SrvLookup, AreReadWithTheirPortAndTheirTargetInLowerCase) {
    const auto targets = read_srv_answer(
        answer(2, record(587, mail_hoster_test) + record(2525, std::string("\x01x\x00", 3))));
    EXPECT_EQ(targets, (std::vector<SrvTarget>{{"mail.hoster.test", 587}, {"x", 2525}}));
}

TEST(SrvLookup, SayThatAServiceIsNotThereByAnEmptyTarget) {
    EXPECT_EQ(read_srv_answer(answer(1, record(0, std::string(1, '\0')))),
              (std::vector<SrvTarget>{{"", 0}}));
}

TEST(SrvLookup, AreNotReadFromOtherRecordsNorFromWhatIsCutOrForged) {
    EXPECT_TRUE(read_srv_answer(answer(1, record(587, mail_hoster_test, '\x10'))).empty());
    EXPECT_TRUE(read_srv_answer({}).empty());
    const auto whole = answer(1, record(587, mail_hoster_test));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_TRUE(read_srv_answer(std::span(whole).first(size)).empty()) << size;
    // A name that leads to itself.
    EXPECT_TRUE(read_srv_answer(answer(1, record(587, std::string("\xc0\x40", 2)))).empty());
    EXPECT_TRUE(read_srv_answer(answer(1, record(587, {}))).empty());
}

TEST(SrvLookup, ANameServerIsAnAddressAndPerhapsAPort) {
    const auto port = [](std::string_view text) {
        const auto server = parse_name_server(text);
        return server ? server->port : 0;
    };
    EXPECT_EQ(port("192.0.2.53"), 53);
    EXPECT_EQ(port("192.0.2.53:5353"), 5353);
    for (const std::string_view text : {"", "dns.test", "192.0.2.53:", "192.0.2.53:0",
                                        "192.0.2.53:65536", "192.0.2.53:5x", "::1", "[::1]:53"})
        EXPECT_EQ(port(text), 0) << text;
}

}  // namespace
}  // namespace relaypermit
