#include "tool/inspect/log_view.h"

#include <algorithm>

#include "policy/reason.h"
#include "tool/base/visible.h"

namespace relaypermit {
namespace {

constexpr std::size_t cause_width = 21;

std::string client_of(const Record& record) {
    const std::string client = record.client.empty() ? "a local session" : delimited(record.client);
    return record.port == 0 ? client : client + " port " + std::to_string(record.port);
}

std::string recipients_of(const Record& record) {
    std::string text = delimited(record.recipients);
    if (text.empty())
        return record.recipient_count == 0 ? text : counted(record.recipient_count, "recipient");
    if (record.stage == Stage::headers && record.recipient_count > record.recipients.size()) {
        text +=
            " and " + std::to_string(record.recipient_count - record.recipients.size()) + " more";
    }
    return text;
}

std::string login_attempt(const Decision& decision) {
    const std::string who =
        decision.tried_login.empty() ? "" : " for " + delimited(decision.tried_login);
    switch (decision.login_trouble) {
        case LoginTrouble::wrong_password:
            return "wrong password" + who;
        case LoginTrouble::mechanism:
            return "its way to log in is not offered" + who;
        case LoginTrouble::unavailable:
            return "the login could not be checked" + who;
        case LoginTrouble::none:
            break;
    }
    return "no login";
}

bool about_from(Cause cause) {
    return cause == Cause::from_not_owned || cause == Cause::from_unusable ||
           cause == Cause::hosted_from_needs_login;
}

// The verdict where the cause alone does not say it.
std::string_view note_of(Outcome verdict) {
    switch (verdict) {
        case Outcome::monitor:
            return "only monitored";
        case Outcome::tempfail:
            return "for now";
        case Outcome::mta_reject:
            return "by the mail server";
        case Outcome::accept:
        case Outcome::reject:
            break;
    }
    return "";
}

}  // namespace

std::string delimited(std::string_view value) {
    const std::string shown = visible(value);
    if (shown.find_first_of(" ,\"") == std::string::npos) return shown;
    std::string text = "\"";
    for (const char c : shown) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + "\"";
}

std::string delimited(const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) text += (text.empty() ? "" : ", ") + delimited(value);
    return text;
}

std::string what_happened(const Decision& decision) {
    const Record& record = decision.record();
    std::string text;
    if (record.login.empty())
        text = client_of(record) + ", " + login_attempt(decision);
    else
        text = delimited(record.login) + " (" + client_of(record) + ")";
    if (!record.sender.empty() && record.sender != record.login)
        text += record.sender == "<>" ? ", null sender" : ", as " + delimited(record.sender);
    if (record.cause && about_from(*record.cause)) {
        text += record.from.empty() ? ", no From" : ", From: " + delimited(record.from);
        if (!record.header_sender.empty()) text += ", Sender: " + delimited(record.header_sender);
    }
    if (record.cause)
        if (const Reason reason = reason_of_reply(*record.cause, record.reply);
            reason != Reason::none)
            text += ", " + std::string(row_of(reason).in_words);
    if (const std::string recipients = recipients_of(record); !recipients.empty())
        text += ", to " + recipients;
    if (!record.rules.empty()) text += ", rule " + delimited(record.rules);
    for (const Cause cause : record.also) {
        text += ", also ";
        text += to_string(cause);
    }
    if (const std::string_view note = note_of(record.verdict); !note.empty()) {
        text += ", ";
        text += note;
    }
    if (decision.stored.varied) text += ", and the like";
    return text;
}

std::string LogView::stamp(TimePoint time) {
    if (terminal_.width == unlimited_width) return date_and_time(time) + "  ";
    std::string text;
    if (const std::string day = day_name(time); day != day_) {
        day_ = day;
        text = terminal_.paint(Style::bold, day) + "\n";
    }
    return text + terminal_.paint(Style::dim, clock_time(time)) + "  ";
}

std::string LogView::show(const Decision& decision) {
    const Record& record = decision.record();
    std::string line = stamp(decision.stored.time);
    const std::size_t heading = line.rfind('\n') == std::string::npos ? 0 : line.rfind('\n') + 1;
    const std::string_view cause =
        record.cause ? to_string(*record.cause) : to_string(record.verdict);
    line +=
        padded(terminal_.paint(style_of_verdict(to_string(record.verdict)), cause), cause_width);
    line += "  " + terminal_.paint(Style::bold, padded(visible(record.reference), 8)) + "  ";
    std::string text = what_happened(decision);
    if (decision.stored.count > 1) {
        text += ", " + with_commas(decision.stored.count) + " times";
        if (decision.stored.last > decision.stored.time)
            text += " until " + clock_time(decision.stored.last);
    }
    // Beside the columns where that leaves room to read, else below them.
    const std::size_t used = columns(std::string_view{line}.substr(heading));
    if (terminal_.width == unlimited_width || used + columns(text) <= terminal_.width)
        return line + text + "\n";
    constexpr std::size_t indent = 10;
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n" + std::string(indent, ' ') +
           wrapped(text, std::max<std::size_t>(terminal_.width, indent + 20), indent) + "\n";
}

std::string LogView::show(const StoreGap& gap) {
    std::string text =
        gap.count ? with_commas(*gap.count) + (*gap.count == 1 ? " decision" : " decisions")
                  : std::string("decisions");
    text += gap.from == gap.until ? std::string(gap.count ? "" : " before this moment")
                                  : " up to " + date_and_time(gap.until);
    text += gap.count ? " not in the store: " : " may be missing: ";
    text += visible(gap.reason);
    if (gap.count) text += "; the mail log has them";
    return stamp(gap.from) + terminal_.paint(Style::yellow, text) + "\n";
}

}  // namespace relaypermit
