#include "tool/inspect/report_mail.h"

#include <algorithm>
#include <cstddef>

#include "config/counted.h"
#include "tool/base/terminal.h"
#include "tool/base/visible.h"
#include "tool/base/when.h"
#include "tool/inspect/report_page.h"

namespace relaypermit {
namespace {

constexpr std::size_t max_recipient_bytes = 254;  // RFC 5321, 4.5.3.1.3, without the brackets

// Printable ASCII, so that nothing of a server's name can end the field or needs an encoding.
std::string ascii_only(std::string_view text) {
    std::string out;
    for (const char c : text) out += c >= ' ' && c <= '~' ? c : '?';
    return out;
}

}  // namespace

std::string recipient_fault(std::string_view recipient) {
    if (recipient.empty()) return "is empty";
    if (recipient.size() > max_recipient_bytes) return "is too long";
    // What needs no quotes anywhere in an address (RFC 5322, 3.2.3, and the `@` and dots).
    constexpr std::string_view usable = "!#$%&'*+-/=?^_`{|}~.@";
    const bool plain = std::all_of(recipient.begin(), recipient.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               usable.find(c) != std::string_view::npos;
    });
    // sendmail(8) reads its recipients from the message; none of them may look like an option.
    const bool whole = std::count(recipient.begin(), recipient.end(), '@') <= 1 &&
                       recipient.front() != '@' && recipient.back() != '@' &&
                       recipient.front() != '-';
    return plain && whole ? "" : "is not one address in ASCII, nor the name of an account";
}

std::string report_as_mail(const Report& report, std::string_view recipient,
                           std::string_view server) {
    const Terminal plain{.width = 78, .colour = false, .utf8 = true, .interactive = false};
    const TimeSpan span = report.span();
    std::string mail;
    mail.append("To: ").append(recipient).append("\n");
    mail += "Subject: relaypermit" +
            (server.empty() ? std::string() : " on " + ascii_only(server)) + ": " +
            counted(report.totals().all(), "refusal", "refusals") + " from " + date_of(span.since) +
            " to " + date_of(*span.until) + "\n";
    mail +=
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n"
        // RFC 3834: no vacation notice and no list manager answers it.
        "Auto-Submitted: auto-generated\n"
        "\n";
    return mail + report_as_text(report, plain, server);
}

}  // namespace relaypermit
