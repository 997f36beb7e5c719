#include "tool/inspect/report_html.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "policy/cause_rows.h"
#include "tool/base/visible.h"
#include "tool/base/when.h"
#include "tool/inspect/hint.h"
#include "tool/inspect/report_findings.h"
#include "tool/inspect/report_page.h"

namespace relaypermit {
// Readers: a phone, a desk, paper; light and dark. What clients wrote gets in through escape_html()
// alone, and the page's own policy forbids script and any fetch.
namespace {

constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--text:#1c2430;--soft:#5b6675;
--line:#dfe3e8;--refused:#c2410c;--bar:#2563a8;--alarm:#b42318;--alarm-page:#fef1ef;--good:#17733f}
@media(prefers-color-scheme:dark){:root{--page:#14181d;--card:#1d232a;--text:#e6eaef;--soft:#9aa6b4;
--line:#323b45;--refused:#f0804a;--bar:#6aa6e8;--alarm:#ff8a7a;--alarm-page:#33201f;--good:#6cc894}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);
font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;margin:.5rem 0 0}
h2{font-size:1.1rem;margin:0 0 .75rem}
h2 small,p.soft,.soft{color:var(--soft);font-weight:normal}
section p.soft{font-size:.875rem}
p{margin:.25rem 0}
section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;
margin:1rem 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:1rem 0}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.75rem 1rem}
.tiles b{display:block;font-size:1.6rem;line-height:1.2;font-variant-numeric:tabular-nums}
.tiles span{color:var(--soft);font-size:.875rem}
.alarm{border-color:var(--alarm);background:var(--alarm-page)}
.alarm h2{color:var(--alarm)}
ul{list-style:none;margin:0;padding:0}
li{padding:.5rem 0;border-top:1px solid var(--line)}
li:first-child{border-top:0;padding-top:0}
.row{display:flex;justify-content:space-between;gap:1rem;align-items:baseline}
.row>:first-child{overflow-wrap:anywhere}
.row>:last-child{white-space:nowrap;font-variant-numeric:tabular-nums}
.detail{color:var(--soft);font-size:.875rem;overflow-wrap:anywhere}
svg{display:block;width:100%}
svg.bar{height:.5rem;margin:.3rem 0}
svg.time{height:11rem}
.refused{fill:var(--refused)}.other{fill:var(--bar)}.track{fill:var(--line)}
.grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
.axis{display:grid;color:var(--soft);font-size:.8rem;
border-top:1px solid var(--line);padding-top:.25rem}
.remedy{font-size:.95rem;padding-left:1.25em;text-indent:-1.25em}
.remedy::before{content:"\2192";display:inline-block;width:1.25em;text-indent:0;color:var(--bar)}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:0 1rem}
.more{color:var(--refused)}.less{color:var(--good)}
footer{color:var(--soft);font-size:.8rem;padding:.5rem 0 2rem}
@media(max-width:30rem){main{padding:.6rem}section{padding:.8rem}h1{font-size:1.25rem}
h2 small{display:block}.tiles{grid-template-columns:1fr 1fr;gap:.5rem}
.tiles div:last-child:nth-child(odd){grid-column:1/-1}}
@media print{body{background:#fff}section,.tiles div{break-inside:avoid}}
)css";

// Of a hundred, with two decimals: a coordinate.
std::string share(std::uint64_t part, std::uint64_t whole) {
    const std::uint64_t hundredths = whole == 0 ? 0 : part * 10000 / whole;
    std::string decimals = std::to_string(hundredths % 100);
    decimals.insert(0, 2 - decimals.size(), '0');
    return std::to_string(hundredths / 100) + "." + decimals;
}

std::string bar(std::uint64_t count, std::uint64_t most, std::string_view kind) {
    return "<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" "
           "aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"4\" rx=\"1\"/>"
           "<rect class=\"" +
           std::string(kind) + "\" width=\"" + share(count, most) +
           "\" height=\"4\" rx=\"1\"/></svg>";
}

std::string trend(std::uint64_t count, std::optional<std::uint64_t> before) {
    const std::string_view kind = !before           ? "soft"
                                  : count > *before ? "more"
                                  : count < *before ? "less"
                                                    : "soft";
    return "<span class=\"" + std::string(kind) + "\">" + against_before(count, before) + "</span>";
}

std::string tile(const std::string& number, const std::string& what) {
    return "<div><b>" + number + "</b><span>" + what + "</span></div>\n";
}

std::string section(std::string_view title, std::string_view remark, const std::string& content,
                    std::string_view kind = {}) {
    return "<section" + (kind.empty() ? "" : " class=\"" + std::string(kind) + "\"") + "><h2>" +
           std::string(title) +
           (remark.empty() ? "" : " <small>" + std::string(remark) + "</small>") + "</h2>\n" +
           content + "</section>\n";
}

std::uint64_t most_of(const std::vector<ReportRow>& rows) {
    return rows.empty() ? 0 : rows.front().count;
}

std::string time_chart(const std::vector<ReportBucket>& buckets) {
    std::uint64_t most = 1;
    std::uint64_t all = 0;
    const ReportBucket* peak = &buckets.front();
    for (const ReportBucket& bucket : buckets) {
        all += bucket.count;
        peak = bucket.count > peak->count ? &bucket : peak;
        most = std::max(most, bucket.count);
    }
    const std::size_t step = 10;
    std::string text =
        "<p class=\"soft\">most: " + with_commas(peak->count) + " (" + escape_html(peak->label) +
        ")</p>\n<svg class=\"time\" viewBox=\"0 0 " + std::to_string(buckets.size() * step) +
        " 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"" + with_commas(all) +
        " refusals over " + std::to_string(buckets.size()) + " bars\">\n";
    for (const int line : {0, 50}) {
        text += "<line class=\"grid\" x1=\"0\" x2=\"" + std::to_string(buckets.size() * step) +
                "\" y1=\"" + std::to_string(line) + "\" y2=\"" + std::to_string(line) + "\"/>";
    }
    std::size_t x = 0;
    for (const ReportBucket& bucket : buckets) {
        const std::uint64_t hundredths = bucket.count * 10000 / most;
        // What happened at all is to be seen.
        const std::uint64_t height =
            bucket.count > 0 ? std::max<std::uint64_t>(hundredths, 100) : 0;
        text += "<rect class=\"refused\" x=\"" + std::to_string(x + 1) + "\" y=\"" +
                share(10000 - height, 10000) + "\" width=\"8\" height=\"" + share(height, 10000) +
                "\"><title>" + escape_html(bucket.label) + ": " + with_commas(bucket.count) +
                "</title></rect>";
        x += step;
    }
    // As many labels as can be read on a phone, each under its bar.
    const std::size_t every = std::max<std::size_t>(1, (buckets.size() + 3) / 4);
    text += "\n</svg>\n<div class=\"axis\" style=\"grid-template-columns:repeat(" +
            std::to_string(buckets.size()) + ",1fr)\">";
    for (std::size_t i = 0; i < buckets.size(); i += every) {
        text += "<span style=\"grid-column:" + std::to_string(i + 1) + "/span " +
                std::to_string(std::min(every, buckets.size() - i)) + "\">" +
                escape_html(buckets[i].label) + "</span>";
    }
    return text + "</div>\n";
}

std::string causes(const Report& report) {
    std::string text = "<ul>\n";
    const auto rows = report.causes();
    for (const ReportRow& row : rows) {
        text += "<li><div class=\"row\"><b>" + escape_html(row.name) + "</b><span>" +
                with_commas(row.count) + "</span></div>" +
                bar(row.count, most_of(rows), "refused") + "<div class=\"row detail\"><span>" +
                std::string(row.cause ? row_of(*row.cause).in_words : "") + ", " +
                counted(row.people, "login or client", "logins and clients");
        if (row.trouble == LoginTrouble::wrong_password) text += ", mostly a wrong password";
        text += "</span>" + trend(row.count, row.before) + "</div></li>\n";
    }
    return text + "</ul>\n";
}

std::string logins(const Report& report, const std::vector<ReportRow>& rows) {
    std::string text = "<ul>\n";
    for (const ReportRow& row : rows) {
        text += "<li><div class=\"row\"><b>" + escape_html(row.name) + "</b><span>" +
                with_commas(row.count) + "</span></div>" + bar(row.count, most_of(rows), "other") +
                "<div class=\"detail\">" + escape_html(what_it_tried(row)) + "</div>";
        if (const std::string_view remedy = remedy_of(report, row); !remedy.empty())
            text += "<div class=\"remedy\">" + escape_html(remedy) + "</div>";
        text += "</li>\n";
    }
    return text + "</ul>\n";
}

std::string plain_list(const std::vector<ReportRow>& rows) {
    std::string text = "<ul>\n";
    for (const ReportRow& row : rows) {
        text += "<li><div class=\"row\"><span>" +
                (row.name.empty() ? "<span class=\"soft\">none</span>" : escape_html(row.name)) +
                "</span><span>" + with_commas(row.count) + "</span></div>" +
                bar(row.count, most_of(rows), "other") + "<div class=\"row detail\"><span>" +
                (row.cause ? "mostly " + std::string(to_string(*row.cause)) : std::string{}) +
                "</span>" + trend(row.count, row.before) + "</div></li>\n";
    }
    return text + "</ul>\n";
}

std::string finding_list(const Findings& findings) {
    std::string text = "<ul>\n";
    for (const Finding& found : findings.all) {
        text += "<li><div class=\"row\"><b>" + escape_html(found.name) + "</b><span>" +
                counted(found.refusals, "refusal") + "</span></div><div class=\"detail\">" +
                escape_html(found.seen) + "</div><div class=\"remedy\">" +
                escape_html(found.change) + "</div></li>\n";
    }
    return text + "</ul>\n";
}

std::string gap_lines(const std::vector<StoreGap>& gaps) {
    std::string text;
    for (const StoreGap& gap : gaps) {
        text += "<p>" + (gap.count ? counted(*gap.count, "decision") : std::string("Decisions")) +
                " around " + date_and_time(gap.from) + ": " + escape_html(gap.reason) + "</p>\n";
    }
    return text;
}

std::string tiles(const Report& report, const ReportTotals& totals) {
    std::string text =
        "<div class=\"tiles\">\n" + tile(with_commas(totals.refused), "refused") +
        tile(with_commas(totals.accepted), "accepted") +
        tile(with_commas(totals.people), "logins and clients refused") +
        (totals.refused_before
             ? tile(against_before(totals.all(), totals.refused_before),
                    "against the time before (" + with_commas(*totals.refused_before) + ")")
             : tile(date_of(*report.begins()), "the record begins, too late to compare"));
    if (totals.by_mta > 0)
        text += tile(with_commas(totals.by_mta), "refused by the mail server itself");
    if (totals.monitored > 0) text += tile(with_commas(totals.monitored), "only monitored");
    if (totals.wrong_passwords > 0)
        text += tile(with_commas(totals.wrong_passwords), "came with a wrong password");
    return text + "</div>\n";
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : visible(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string report_as_html(const Report& report, std::string_view server) {
    const ReportTotals totals = report.totals();
    const std::string from = date_and_time(report.span().since).substr(0, 16);
    const std::string until = date_and_time(*report.span().until).substr(0, 16);
    const std::string name = escape_html(server);
    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n<title>Refused mail on " +
        name + ", " + from + " to " + until + "</title>\n<style>" + std::string(style) +
        "</style>\n</head>\n<body>\n<main>\n<h1>Refused mail on " + name + "</h1>\n" +
        "<p class=\"soft\">" + from + " to " + until + "</p>\n" + tiles(report, totals);
    if (!report.gaps().empty())
        page += section("Not on record", "", gap_lines(report.gaps()), "alarm");
    if (totals.all() == 0) {
        page += section("Nothing was refused", "", "");
    } else {
        for (const Findings& findings : findings_of(report)) {
            page += section(findings.title, findings.remark, finding_list(findings),
                            findings.alarm ? "alarm" : "");
        }
        page += section("Over time", "", time_chart(report.over_time()));
        page += section("By cause", "against the time before", causes(report));
        if (const auto rows = report.logins(rows_on_a_page); !rows.empty())
            page += section("Logins", "and what each should change", logins(report, rows));
        if (const auto rows = report.clients(rows_on_a_page); !rows.empty()) {
            page += section("Clients without a login", "and what each should change",
                            logins(report, rows));
        }
        std::string fresh;
        for (const auto& rows : {report.fresh_causes(), report.fresh_logins(rows_on_a_page),
                                 report.fresh_clients(rows_on_a_page)}) {
            fresh += rows.empty() ? "" : plain_list(rows);
        }
        if (!fresh.empty()) page += section("New", "none in the time before", fresh);
        page += "<div class=\"two\">\n" +
                section("Senders", "", plain_list(report.senders(rows_on_a_page))) +
                section("Client networks", "", plain_list(report.networks(rows_on_a_page))) +
                "</div>\n";
    }
    return page +
           "<footer>Written by relaypermit report. Addresses are as clients gave them; \\xNN "
           "stands for a byte that cannot be shown.</footer>\n</main>\n</body>\n</html>\n";
}

}  // namespace relaypermit
