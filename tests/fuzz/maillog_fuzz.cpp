// Mail logs: any bytes are read to their end, what is shown of them is harmless, and text that a
// client got into somebody's line makes neither a decision nor another client's failed login.
#include <cstdint>
#include <sstream>
#include <string>

#include "policy/utf8.h"
#include "tests/fuzz/require.h"
#include "tool/inspect/log_view.h"
#include "tool/inspect/maillog.h"
#include "tool/inspect/report_html.h"
#include "tool/inspect/report_page.h"

namespace {

using namespace relaypermit;

constexpr TimePoint now{std::chrono::seconds{1'800'000'000}};

// What a syslog daemon leaves of a client's text: no line ends.
std::string without_line_ends(std::string_view text) {
    std::string line;
    for (const char c : text) line += c == '\n' || c == '\r' || c == '\0' ? '?' : c;
    return line;
}

void read_as_a_log(const std::string& text) {
    std::istringstream in{text};
    LogView view{Terminal{.width = 80}};
    LogView pipe{Terminal{.width = unlimited_width}};
    Report report{{now - std::chrono::hours{24}, std::nullopt}, now};
    bool any = false;
    const auto done = read_maillogs({"-"}, in, now, [&](Decision&& decision) {
        any = true;
        const std::string shown =
            view.show(decision) + pipe.show(decision) + to_json_line(decision);
        for (const char c : shown) {
            const auto byte = static_cast<unsigned char>(c);
            require(c == '\n' || (byte >= ' ' && byte != 0x7f), "a control character is shown");
        }
        for (std::string_view rest = shown; !rest.empty();) {
            const auto [length, c] = first_code_point(rest);
            require(length > 0 && (c < 0x80 || c > 0x9f) && !is_invisible(c),
                    "a character that moves or turns text is shown");
            rest.remove_prefix(length);
        }
        report.add(decision);
        return true;
    });
    // What is no log at all is said to be none.
    require(done.has_value() || !any, "a log that cannot be read to its end");
    require(!report_as_html(report, "host").empty() && !report_as_json(report).empty(),
            "no report");
}

void write_into_others_lines(const std::string& text) {
    SyslogReader reader{now};
    const std::string head = "2026-06-03T10:11:12Z mx1 ";
    for (const std::string& line :
         {head + "postfix/smtpd[8]: NOQUEUE: reject: RCPT from x[198.51.100.7]: helo=<" + text +
              ">",
          head + "sendmail[8]: 6ALG: from=<" + text + ">, relay=x [198.51.100.7]",
          "Jun  3 10:11:12 mx1 dovecot: auth: " + text}) {
        MaillogJoiner joiner;
        const auto read = reader.read(line);
        require(read.has_value(), "a line that is a line no more");
        require(!joiner.take(*read), "a decision that a client wrote");
    }
    for (const std::string& line :
         {head + "postfix/smtpd[8]: warning: x[198.51.100.7]: SASL " + text +
              " authentication failed: y",
          head +
              "postfix/smtpd[8]: warning: x[198.51.100.7]: SASL PLAIN authentication failed: y, "
              "sasl_username=" +
              text,
          head + "sm-mta[8]: 6ALG: AUTH failure (PLAIN): z (-13), user=" + text +
              ", relay=x [198.51.100.7]"}) {
        const auto read = reader.read(line);
        const auto failure = login_failure(*read);
        require(!failure || failure->client == "198.51.100.7", "another client's failed login");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    read_as_a_log(text);
    write_into_others_lines(without_line_ends(text));
    return 0;
}
