// What the pages share, the terminal's page and JSON.
#include "tool/inspect/report_page.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "policy/cause_rows.h"
#include "record/json_writer.h"
#include "tool/base/table.h"
#include "tool/base/visible.h"
#include "tool/base/when.h"
#include "tool/inspect/hint.h"
#include "tool/inspect/report_findings.h"

namespace relaypermit {
namespace {

constexpr std::size_t widest_bar = 24;
// Columns from which on there is room for wide bars, and for words beside the numbers.
constexpr std::size_t roomy = 110;

std::string percent(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0 || part == 0) return "0 %";
    const auto tenths = static_cast<std::uint64_t>(
        std::lround(1000.0 * static_cast<double>(part) / static_cast<double>(whole)));
    if (tenths == 0) return "below 0.1 %";
    return tenths >= 100 ? std::to_string((tenths + 5) / 10) + " %"
                         : std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string title(const Terminal& terminal, std::string_view text, std::string_view remark = {}) {
    std::string line = "\n" + terminal.paint(Style::bold, text);
    if (!remark.empty()) line += "  " + terminal.paint(Style::dim, remark);
    return line + "\n";
}

std::uint64_t most_of(const std::vector<ReportRow>& rows) {
    std::uint64_t most = 0;
    for (const ReportRow& row : rows) most = std::max(most, row.count);
    return most;
}

std::size_t bar_cells(const Terminal& terminal) {
    return terminal.width < roomy ? widest_bar / 2 : widest_bar;
}

Table::Cell bar_cell(const Terminal& terminal, std::uint64_t count, std::uint64_t most,
                     Style style) {
    return {
        .text = terminal.paint(style, terminal.bar(static_cast<double>(count),
                                                   static_cast<double>(most), bar_cells(terminal))),
        .raw = true};
}

Style style_against(std::uint64_t count, std::optional<std::uint64_t> before) {
    return !before                         ? Style::plain
           : count > *before + *before / 4 ? Style::yellow
           : count < *before               ? Style::green
                                           : Style::plain;
}

// What is new, of one kind.
std::string fresh_as_text(const std::vector<ReportRow>& rows, const Terminal& terminal,
                          std::string_view kind) {
    std::string text;
    for (const ReportRow& row : rows) {
        const std::string_view remark = !kind.empty() ? kind
                                        : row.cause   ? to_string(*row.cause)
                                                      : std::string_view{};
        text += padded(with_commas(row.count), 8, true) + "  " + visible(row.name) + "  " +
                terminal.paint(Style::dim, remark) + "\n";
    }
    return text;
}

void number_or_null(JsonWriter& json, std::optional<std::uint64_t> number) {
    number ? json.value(*number) : json.null();
}

std::string causes_as_text(const Report& report, const Terminal& terminal) {
    const auto rows = report.causes();
    std::vector<Table::Column> columns_of_table{{.title = ""},
                                                {.title = "refusals", .align = Table::Align::right},
                                                {.title = ""},
                                                {.title = "people", .align = Table::Align::right},
                                                {.title = "change", .align = Table::Align::right}};
    if (terminal.width >= roomy)
        columns_of_table.push_back({.title = "", .may_shrink = true, .style = Style::dim});
    Table table{std::move(columns_of_table)};
    for (const ReportRow& row : rows) {
        table.add({{.text = row.name, .style = Style::bold},
                   {with_commas(row.count)},
                   bar_cell(terminal, row.count, most_of(rows), Style::red),
                   {with_commas(row.people)},
                   {.text = against_before(row.count, row.before),
                    .style = style_against(row.count, row.before)},
                   {std::string(row.cause ? row_of(*row.cause).in_words : "")}});
    }
    std::string text = title(terminal, "By cause") + table.print(terminal, 2);
    if (const auto wrong = report.totals().wrong_passwords; wrong > 0) {
        text += "  " +
                terminal.paint(Style::dim, "of those without a login, " + with_commas(wrong) +
                                               " came with a wrong password") +
                "\n";
    }
    return text;
}

std::string logins_as_text(const Report& report, const std::vector<ReportRow>& rows,
                           const Terminal& terminal) {
    std::string text;
    for (const ReportRow& row : rows) {
        const std::string name = visible(row.name);
        text += padded(with_commas(row.count), 8, true) + "  " + terminal.paint(Style::bold, name);
        const std::string tried = what_it_tried(row);
        if (12 + columns(name) + columns(tried) <= terminal.width)
            text += "  " + tried + "\n";
        else
            text += "\n" + std::string(10, ' ') + wrapped(tried, terminal.width, 10) + "\n";
        text += std::string(10, ' ') +
                terminal.paint(Style::dim, wrapped("-> " + std::string(remedy_of(report, row)),
                                                   terminal.width, 13)) +
                "\n";
    }
    return text;
}

std::string table_of(const std::vector<ReportRow>& rows, const Terminal& terminal,
                     std::string_view heading) {
    const bool with_bars = terminal.width >= roomy;
    std::vector<Table::Column> columns_of_table{
        {.title = "refusals", .align = Table::Align::right}};
    if (with_bars) columns_of_table.push_back({.title = ""});
    columns_of_table.insert(columns_of_table.end(),
                            {{.title = std::string(heading), .may_shrink = true},
                             {.title = "people", .align = Table::Align::right},
                             {.title = "mostly", .style = Style::dim},
                             {.title = "change", .align = Table::Align::right}});
    Table table{std::move(columns_of_table)};
    for (const ReportRow& row : rows) {
        std::vector<Table::Cell> cells{{with_commas(row.count)}};
        if (with_bars) cells.push_back(bar_cell(terminal, row.count, most_of(rows), Style::blue));
        cells.insert(cells.end(), {{row.name},
                                   {with_commas(row.people)},
                                   {std::string(row.cause ? to_string(*row.cause) : "")},
                                   {against_before(row.count, row.before)}});
        table.add(std::move(cells));
    }
    return table.print(terminal, 2);
}

std::string findings_as_text(const Findings& findings, const Terminal& terminal) {
    std::string text = title(terminal, findings.title, findings.remark);
    for (const Finding& found : findings.all) {
        text +=
            "  " + terminal.paint(findings.alarm ? Style::red : Style::bold, visible(found.name)) +
            "\n" + std::string(10, ' ') + wrapped(found.seen, terminal.width, 10) + "\n" +
            std::string(10, ' ') +
            terminal.paint(Style::dim, wrapped("-> " + found.change, terminal.width, 13)) + "\n";
    }
    return text;
}

void rows_as_json(JsonWriter& json, std::string_view key, const Report& report,
                  const std::vector<ReportRow>& rows) {
    json.key(key).open_array();
    for (const ReportRow& row : rows) {
        json.open_object().key("name").value(row.name).key("count").value(row.count);
        json.key("before");
        number_or_null(json, row.before);
        json.key("people").value(row.people).key("cause");
        row.cause ? json.value(to_string(*row.cause)) : json.null();
        json.key("senders").values(row.senders);
        json.key("change").value(remedy_of(report, row));
        json.close_object();
    }
    json.close_array();
}

}  // namespace

std::string against_before(std::uint64_t count, std::optional<std::uint64_t> known_before) {
    if (!known_before) return "";
    const std::uint64_t before = *known_before;
    if (before == 0) return count == 0 ? "none" : "new";
    if (count == before) return "as before";
    const double change = 100.0 * (static_cast<double>(count) - static_cast<double>(before)) /
                          static_cast<double>(before);
    if (change >= 1000)
        return with_commas(static_cast<std::uint64_t>(std::lround(change / 100.0)) + 1) + " times";
    const long whole = std::lround(change);
    return (whole > 0 ? "+" : whole == 0 && change > 0 ? "+" : "") + std::to_string(whole) + " %";
}

std::string what_it_tried(const ReportRow& row) {
    std::string text{row.cause ? to_string(*row.cause) : ""};
    std::string senders;
    for (const std::string& sender : row.senders)
        if (sender != row.name && !sender.empty())
            senders += (senders.empty() ? "" : ", ") + visible(sender);
    if (!senders.empty()) {
        text += " as " + senders;
        if (row.other_senders > 0) text += " and " + with_commas(row.other_senders) + " more";
    }
    return text;
}

std::string_view remedy_of(const Report& report, const ReportRow& row) {
    const auto is_of_row = [&](const auto& found) { return found.login == ascii_lower(row.name); };
    const auto& suspected = report.suspects();
    if (const auto found = std::find_if(suspected.begin(), suspected.end(), is_of_row);
        found != suspected.end()) {
        return what_to_do(found->kind);
    }
    const auto& forms = report.forms();
    if (row.cause && about_ownership(*row.cause) &&
        std::any_of(forms.begin(), forms.end(), is_of_row)) {
        return form_advice;
    }
    return row.cause ? what_to_change(*row.cause, row.trouble) : "";
}

std::string report_as_text(const Report& report, const Terminal& terminal,
                           std::string_view server) {
    const ReportTotals totals = report.totals();
    const TimeSpan span = report.span();
    std::string text =
        terminal.paint(Style::bold, (server.empty() ? std::string("Refusals")
                                                    : "Refusals on " + visible(server)) +
                                        " from " + date_and_time(span.since).substr(0, 16) +
                                        " to " + date_and_time(*span.until).substr(0, 16)) +
        "\n\n";
    text += "  " + with_commas(totals.refused) + " refused (" +
            percent(totals.refused, totals.refused + totals.accepted) + " of " +
            counted(totals.refused + totals.accepted, "message") + ")";
    if (totals.by_mta > 0) text += ", " + with_commas(totals.by_mta) + " by the mail server itself";
    if (totals.monitored > 0) text += ", " + with_commas(totals.monitored) + " only monitored";
    text += "\n  " + counted(totals.people, "login or client", "logins and clients") + "; ";
    text += totals.refused_before
                ? with_commas(*totals.refused_before) + " refusals in the time before (" +
                      against_before(totals.all(), totals.refused_before) + ")\n"
                : "the record begins " + date_and_time(*report.begins()).substr(0, 16) +
                      ", too late to compare\n";
    for (const StoreGap& gap : report.gaps()) {
        text += "  " +
                terminal.paint(Style::yellow, (gap.count ? with_commas(*gap.count) + " decisions"
                                                         : std::string("decisions")) +
                                                  " are missing around " + date_and_time(gap.from) +
                                                  ": " + visible(gap.reason)) +
                "\n";
    }
    if (totals.all() == 0) return text;
    for (const Findings& findings : findings_of(report))
        text += findings_as_text(findings, terminal);
    std::uint64_t most = 0;
    for (const ReportBucket& bucket : report.over_time()) most = std::max(most, bucket.count);
    Table over_time{{{.title = ""}, {.title = "", .align = Table::Align::right}, {.title = ""}}};
    for (const ReportBucket& bucket : report.over_time()) {
        over_time.add({{.text = bucket.label, .style = Style::dim},
                       {with_commas(bucket.count)},
                       bar_cell(terminal, bucket.count, most, Style::blue)});
    }
    text += title(terminal, "Over time") + over_time.print(terminal, 2);
    text += causes_as_text(report, terminal);
    if (const auto logins = report.logins(rows_on_a_page); !logins.empty()) {
        text += title(terminal, "Logins", "and what each should change") +
                logins_as_text(report, logins, terminal);
    }
    if (const auto clients = report.clients(rows_on_a_page); !clients.empty()) {
        text += title(terminal, "Clients without a login", "and what each should change") +
                logins_as_text(report, clients, terminal);
    }
    const std::string fresh = fresh_as_text(report.fresh_causes(), terminal, "a cause") +
                              fresh_as_text(report.fresh_logins(rows_on_a_page), terminal, "") +
                              fresh_as_text(report.fresh_clients(rows_on_a_page), terminal, "");
    if (!fresh.empty()) {
        text += title(terminal, "New",
                      "causes, logins, and clients without a login; none in the time before") +
                fresh;
    }
    text +=
        title(terminal, "Senders") + table_of(report.senders(rows_on_a_page), terminal, "sender");
    text += title(terminal, "Client networks") +
            table_of(report.networks(rows_on_a_page), terminal, "network");
    return text;
}

std::string report_as_json(const Report& report, std::string_view server) {
    const ReportTotals totals = report.totals();
    JsonWriter json{2};
    json.open_object().key("server").value(server);
    json.key("from").value(rfc3339(report.span().since));
    json.key("until").value(rfc3339(*report.span().until));
    json.key("accepted").value(totals.accepted).key("refused").value(totals.refused);
    json.key("refused_by_mail_server").value(totals.by_mta);
    json.key("monitored").value(totals.monitored).key("people").value(totals.people);
    json.key("record_begins");
    report.begins() ? json.value(rfc3339(*report.begins())) : json.null();
    json.key("before");
    number_or_null(json, totals.refused_before);
    json.key("wrong_passwords").value(totals.wrong_passwords);
    json.key("over_time").open_array();
    for (const ReportBucket& bucket : report.over_time()) {
        json.open_object().key("from").value(rfc3339(bucket.from));
        json.key("count").value(bucket.count).close_object();
    }
    json.close_array();
    rows_as_json(json, "causes", report, report.causes());
    rows_as_json(json, "logins", report, report.logins(rows_on_a_page));
    rows_as_json(json, "clients", report, report.clients(rows_on_a_page));
    rows_as_json(json, "new_causes", report, report.fresh_causes());
    rows_as_json(json, "new_logins", report, report.fresh_logins(rows_on_a_page));
    rows_as_json(json, "new_clients", report, report.fresh_clients(rows_on_a_page));
    rows_as_json(json, "senders", report, report.senders(rows_on_a_page));
    rows_as_json(json, "networks", report, report.networks(rows_on_a_page));
    findings_as_json(json, report);
    json.key("gaps").open_array();
    for (const StoreGap& gap : report.gaps()) {
        json.open_object().key("from").value(rfc3339(gap.from));
        json.key("until").value(rfc3339(gap.until)).key("count");
        gap.count ? json.value(*gap.count) : json.null();
        json.key("reason").value(gap.reason).close_object();
    }
    return json.close_array().close_object().take() + "\n";
}

}  // namespace relaypermit
