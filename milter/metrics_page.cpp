#include "milter/metrics_page.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string_view>

#include "policy/ascii.h"

namespace relaypermit {

namespace {

constexpr std::string_view path = "/metrics";

// A peer that is still sending when the connection is closed does not see the answer, so a head
// that is too large is read to its end, up to this.
constexpr std::size_t most_passed_over = 65536;

struct Answer {
    std::string_view status{};
    std::string_view content_type{"text/plain; charset=utf-8"};
    std::string body{};
    std::string_view allow{};
};

Answer fault(std::string_view status, std::string_view why) {
    return {status, {"text/plain; charset=utf-8"}, std::string(why) + "\n", {}};
}

// Where the head's empty line begins and ends; npos: not yet.
struct HeadEnd {
    std::size_t at{std::string::npos};
    std::size_t behind{};
};
HeadEnd end_of_head(std::string_view input) {
    const std::size_t usual = input.find("\r\n\r\n");
    const std::size_t bare = input.find("\n\n");  // RFC 9112 2.2
    if (bare < usual) return {bare, bare + 2};
    if (usual != std::string_view::npos) return {usual, usual + 4};
    return {};
}

std::string_view take_line(std::string_view& head) {
    std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(line.size() + 1, head.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::string_view take_word(std::string_view& line) {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < 0x7f &&
               std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
    });
}

// What no head of a request holds: whoever sends it speaks another protocol, such as TLS.
bool has_binary(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return (c >= 0 && c < ' ' && c != '\r' && c != '\n' && c != '\t') || c == 0x7f;
    });
}

bool is_version(std::string_view text) {
    constexpr std::string_view digits = "0123456789";
    return text.size() == 8 && text.starts_with("HTTP/") && text[6] == '.' &&
           digits.find(text[5]) != std::string_view::npos &&
           digits.find(text[7]) != std::string_view::npos;
}

struct Fields {
    std::string accept{};
    std::size_t hosts{};
    bool body{};
    bool readable{true};
};

Fields fields_of(std::string_view head) {
    Fields fields;
    while (!head.empty()) {
        const std::string_view line = take_line(head);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
            fields.readable = false;
            return fields;
        }
        const std::string name = ascii_lower(line.substr(0, colon));
        const std::string_view value = trimmed(line.substr(colon + 1), " \t");
        if (name == "accept") fields.accept += "," + std::string(value);
        if (name == "host") ++fields.hosts;
        if (name == "transfer-encoding" || (name == "content-length" && value != "0"))
            fields.body = true;
    }
    return fields;
}

Answer answer_to(const MetricsDesk& desk, std::string_view method, std::string_view target,
                 std::string_view version, const Fields& fields) {
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return is_version(version)
                   ? fault("505 HTTP Version Not Supported", "HTTP/1.1 is spoken here")
                   : fault("400 Bad Request", "this is no request of HTTP/1.1");
    if (!is_token(method) || !fields.readable || fields.hosts > 1 ||
        (version == "HTTP/1.1" && fields.hosts == 0))
        return fault("400 Bad Request", "this is no request of HTTP/1.1");
    if (method != "GET" && method != "HEAD") {
        Answer answer = fault("405 Method Not Allowed", "only GET and HEAD are answered");
        answer.allow = "GET, HEAD";
        return answer;
    }
    if (fields.body) return fault("400 Bad Request", "a request with a body is not taken");
    if (target.substr(0, target.find('?')) != path)
        return fault("404 Not Found", "there is /metrics here and nothing else");
    const MetricsFormat format = format_for(fields.accept);
    return {"200 OK", content_type(format), desk.page(format), {}};
}

void put(const Answer& answer, bool with_body, std::string& output) {
    output += "HTTP/1.1 " + std::string(answer.status) +
              "\r\nContent-Type: " + std::string(answer.content_type) +
              "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n";
    if (!answer.allow.empty()) output += "Allow: " + std::string(answer.allow) + "\r\n";
    output +=
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
    if (with_body) output += answer.body;
}

void answer_head(const MetricsDesk& desk, std::string_view head, std::string& output) {
    std::string_view line = take_line(head);
    const std::string_view method = take_word(line);
    const std::string_view target = take_word(line);
    const bool with_body = method != "HEAD";
    try {
        put(answer_to(desk, method, target, line, fields_of(head)), with_body, output);
    } catch (const std::exception&) {
        put(fault("500 Internal Server Error", "the page could not be made"), with_body, output);
    }
}

}  // namespace

RequestServerLimits metrics_limits() {
    using namespace std::chrono_literals;
    return {.connections = 8,
            .reserved = 8,
            .request_bytes = most_passed_over,
            .idle = 5s,
            .unfinished = 5s,
            .has_reserve = is_of_root_or_self,
            .turned_away = "whoever reads the metrics then misses a reading"};
}

// Every answer is the last one of its connection, and so whatever was answered is "junk".
Conversation::Turn MetricsPage::take_turn(std::string& input, std::string& output) {
    const auto refuse = [&](std::string_view status, std::string_view why) {
        put(fault(status, why), true, output);
        return Turn::junk;
    };
    if (passed_over_ == 0 && has_binary(input.substr(0, max_head_bytes)))
        return refuse("400 Bad Request", "this is no request of HTTP/1.1");
    const HeadEnd end = end_of_head(input);
    const bool whole = end.at != std::string::npos;
    if (passed_over_ > 0 || (whole ? end.behind : input.size()) > max_head_bytes) {
        constexpr std::size_t of_its_end = 3;
        const std::size_t passed = whole ? input.size() : input.size() - of_its_end;
        passed_over_ += passed;
        if (whole || passed_over_ > most_passed_over)
            return refuse("431 Request Header Fields Too Large",
                          "a request's head is 8192 bytes at the most");
        input.erase(0, passed);
        return Turn::part_of_a_request;
    }
    if (!whole) return Turn::part_of_a_request;
    answer_head(desk_, std::string_view(input).substr(0, end.at), output);
    return Turn::junk;
}

}  // namespace relaypermit
