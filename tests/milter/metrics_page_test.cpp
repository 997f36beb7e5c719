// The metrics over HTTP: what is answered, and what a peer cannot do.
#include <gtest/gtest.h>

#include <new>
#include <string>
#include <vector>

#include "milter/metrics_page.h"

namespace relaypermit {
namespace {

using Turn = Conversation::Turn;

class MetricsPageTest : public testing::Test {
  protected:
    // The answer to what arrives in these parts; empty: none yet.
    std::string answer_to(const std::vector<std::string>& parts) {
        MetricsPage page(desk_);
        std::string input;
        std::string output;
        for (const std::string& part : parts) {
            EXPECT_TRUE(output.empty()) << "answered too early";
            input += part;
            const Turn turn = page.take_turn(input, output);
            EXPECT_EQ(turn, output.empty() ? Turn::part_of_a_request : Turn::junk);
        }
        most_kept_ = input.size();
        return output;
    }
    std::string status_of(const std::vector<std::string>& parts) {
        const std::string answer = answer_to(parts);
        return answer.substr(0, std::string("HTTP/1.1 200").size());
    }

    const MetricsDesk desk_{[](MetricsFormat format) -> std::string {
        return format == MetricsFormat::text ? "text\n" : "# EOF\n";
    }};
    std::size_t most_kept_{};
};

TEST_F(MetricsPageTest, IsServedToGet) {
    EXPECT_EQ(answer_to({"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"}),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
              "Content-Length: 5\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
              "Connection: close\r\n\r\ntext\n");
}

TEST_F(MetricsPageTest, HasNoBodyForHead) {
    const std::string answer = answer_to({"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n"});
    EXPECT_NE(answer.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(MetricsPageTest, IsOpenMetricsWhereThatIsAskedFor) {
    const std::string answer = answer_to(
        {"GET /metrics?x=1 HTTP/1.1\r\nHOST:x\r\naccept: application/openmetrics-text\r\n\r\n"});
    EXPECT_NE(answer.find("application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"),
              std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n# EOF\n"));
}

TEST_F(MetricsPageTest, TakesARequestInPieces) {
    EXPECT_EQ(status_of({"G", "ET /metrics HT", "TP/1.0\r", "\n", "\r", "\n"}), "HTTP/1.1 200");
    EXPECT_EQ(status_of({"GET /metrics HTTP/1.0\n\n"}), "HTTP/1.1 200");
}

TEST_F(MetricsPageTest, SaysWhatItDoesNotAnswer) {
    const std::string host = "\r\nHost: x\r\n\r\n";
    EXPECT_EQ(status_of({"GET / HTTP/1.1" + host}), "HTTP/1.1 404");
    EXPECT_EQ(status_of({"GET /metrics/../x HTTP/1.1" + host}), "HTTP/1.1 404");
    EXPECT_EQ(status_of({"GET /metricsx HTTP/1.1" + host}), "HTTP/1.1 404");
    EXPECT_EQ(status_of({"GET /metrics HTTP/2.0" + host}), "HTTP/1.1 505");
    const std::string posted = answer_to({"POST /metrics HTTP/1.1" + host});
    EXPECT_TRUE(posted.starts_with("HTTP/1.1 405 ")) << posted;
    EXPECT_NE(posted.find("\r\nAllow: GET, HEAD\r\n"), std::string::npos);
    EXPECT_EQ(status_of({"DELETE /x HTTP/1.1" + host}), "HTTP/1.1 405");
}

TEST_F(MetricsPageTest, TakesNoOtherProtocolForARequest) {
    const std::string junk[] = {
        "\x16\x03\x01",                           // TLS
        std::string("\0\0\0\x0dO\0\0\0\x06", 9),  // a mail server, to its milter
        "GET /metrics\r\n\r\n",                   // HTTP/0.9
        "\r\n\r\n",
        "GET  /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /metrics HTTP/1.1 \r\nHost: x\r\n\r\n",
        "G(T /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n\r\n",  // no Host
        "GET /metrics HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nfolded\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\n Accept: y\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "EHLO x\r\nMAIL FROM:<>\r\n\r\n"};
    for (const std::string& request : junk)
        EXPECT_EQ(status_of({request}), "HTTP/1.1 400") << request;
}

TEST_F(MetricsPageTest, TakesAHeadOfEightKibibytesAndNoMore) {
    const std::string begin = "GET /metrics HTTP/1.0\r\nX: ";
    const std::string end = "\r\n\r\n";
    const std::string fill(max_head_bytes - begin.size() - end.size(), 'a');
    EXPECT_EQ(status_of({begin + fill + end}), "HTTP/1.1 200");
    EXPECT_EQ(status_of({begin + fill + "a" + end}), "HTTP/1.1 431");
    EXPECT_EQ(status_of({begin + fill + "aaaaa", "a\r\n\r", "\n"}), "HTTP/1.1 431");
}

TEST_F(MetricsPageTest, KeepsNothingOfAHeadWithoutAnEnd) {
    const std::string begin = "GET /metrics HTTP/1.0\r\nX: ";
    const std::string more(16384, 'a');
    EXPECT_EQ(status_of({begin + more}), "");
    EXPECT_LE(most_kept_, 3U);
    EXPECT_EQ(status_of({begin + more, more, more, more}), "HTTP/1.1 431");
}

TEST_F(MetricsPageTest, SaysThatThePageCouldNotBeMade) {
    const MetricsDesk desk{[](MetricsFormat) -> std::string { throw std::bad_alloc(); }};
    MetricsPage page(desk);
    std::string input = "GET /metrics HTTP/1.0\r\n\r\n";
    std::string output;
    EXPECT_EQ(page.take_turn(input, output), Turn::junk);
    EXPECT_TRUE(output.starts_with("HTTP/1.1 500 ")) << output;
}

}  // namespace
}  // namespace relaypermit
