#include "tool/wiring/sendmail_checks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "policy/ascii.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/other_milters.h"
#include "tool/wiring/policy_checks.h"

namespace relaypermit {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view include_line = "include(`/etc/mail/relaypermit.m4')dnl";

bool is_ours(const SendmailFacts& facts, const SendmailMilter& milter) {
    const std::string address = comparable_address(milter.equate('S'));
    const auto socket = facts.sockets.find(address);
    return (!address.empty() && address == comparable_address(facts.listen()[Protocol::milter])) ||
           (socket != facts.sockets.end() && socket->second.answered()) ||
           milter.equate('S').find("relaypermit") != std::string::npos ||
           milter.name.find("relaypermit") != std::string::npos;
}

const SendmailMilter* ours_of(const SendmailFacts& facts) {
    const auto& milters = facts.sendmail.milters;
    const auto found = std::find_if(milters.begin(), milters.end(),
                                    [&](const SendmailMilter& one) { return is_ours(facts, one); });
    return found == milters.end() ? nullptr : &*found;
}

std::string mc_line(const SendmailFacts& facts, std::string_view flags_and_times) {
    const std::string address = comparable_address(facts.listen()[Protocol::milter]);
    const std::string socket =
        address.starts_with("unix:") ? "local:" + address.substr(5) : address;
    return "INPUT_MAIL_FILTER(`relaypermit', `S=" +
           (socket.empty() ? std::string("local:/run/relaypermit/milter.sock") : socket) + ", " +
           std::string(flags_and_times) + "')dnl";
}

constexpr std::string_view usual_options = "F=T, T=C:10s;S:5s;R:15s;E:1m";

// Apart at commas; at `;` in InputMailFilters= of a port, where a comma ends the list.
std::vector<std::string> filters_in(std::string list) {
    std::replace(list.begin(), list.end(), ';', ',');
    return list_items(list);
}

bool names(std::string_view list, std::string_view name) {
    const auto items = filters_in(std::string(list));
    return std::find(items.begin(), items.end(), name) != items.end();
}

void check_milter_is_asked(const SendmailFacts& facts, WiringFindings& findings) {
    const SendmailSettings& sendmail = facts.sendmail;
    const SendmailMilter* const ours = ours_of(facts);
    const SendmailOption& filters = sendmail.option("InputMailFilters");
    if (ours == nullptr ||
        (!names(filters.value, ours->name) &&
         std::none_of(sendmail.daemons.begin(), sendmail.daemons.end(),
                      [](const SendmailDaemon& one) { return one.has_filters; })))
        return findings.push_back(
            {Severity::error, "milter-missing",
             ours != nullptr ? ours->place
                             : (filters.value.empty() ? FileLine{sendmail.file, 0} : filters.place),
             ours == nullptr ? "Sendmail does not ask relaypermitd"
                             : ours->name + " is defined, and InputMailFilters does not name it",
             "nothing is checked: whoever logs in may send as anybody",
             mc_line(facts, usual_options)});
    for (const SendmailDaemon& daemon : sendmail.daemons)
        if (daemon.has_filters && !names(daemon.input_filters, ours->name))
            findings.push_back(
                {Severity::error, "milter-missing", daemon.place,
                 "port " + daemon.port + " has filters of its own, without " + ours->name,
                 "what comes in there is not checked",
                 "leave InputMailFilters= out of that DAEMON_OPTIONS"});
}

void check_milter_options(const SendmailFacts& facts, WiringFindings& findings) {
    const SendmailMilter* const ours = ours_of(facts);
    if (ours == nullptr) return;
    const std::string flag = ours->equate('F');
    if (flag != "T") {
        std::string because = "while relaypermitd is away, Sendmail goes on as if there were none";
        if (flag == "R") because = "while relaypermitd is away, mail is refused for good";
        if (flag == "4") because = "while relaypermitd is away, clients are hung up on";
        findings.push_back({flag.empty() ? Severity::error : Severity::warning, "default-action",
                            ours->place,
                            flag.empty() ? "the milter has no F=" : "the milter has F=" + flag,
                            because, mc_line(facts, usual_options)});
    }
    constexpr seconds rest{5};
    milliseconds tables{0};
    for (const TableSettings& table : facts.policy.loaded.settings.tables)
        tables += milliseconds{table.timeout_ms};
    // libmilter's R is for each answer, 10 s by default.
    const std::string limit = ours->timeout('R');
    const auto given = postfix_duration(limit.empty() ? "10s" : limit);
    if (given && *given < tables + rest)
        findings.push_back({Severity::warning, "milter-timeout", ours->place,
                            "Sendmail waits " + (limit.empty() ? "10s" : limit) +
                                " for an answer, and that may take " +
                                std::to_string(std::chrono::ceil<seconds>(tables + rest).count()) +
                                " s",
                            "Sendmail gives up on relaypermitd and puts the message off",
                            mc_line(facts, usual_options)});
    if (ours->equate('S').starts_with("inet"))
        findings.push_back({Severity::warning, "milter-over-tcp", ours->place,
                            "the milter is asked over TCP",
                            "each message waits some 40 ms, and every local user can hold mail up",
                            mc_line(facts, usual_options)});
}

void look(const SendmailFacts& facts, const std::string& written, const FileLine& place,
          Protocol protocol, WiringFindings& findings) {
    const std::string address = comparable_address(written);
    const std::string wanted = comparable_address(facts.listen()[protocol]);
    const auto found = facts.sockets.find(address);
    if (found == facts.sockets.end()) return;
    const SocketFacts& socket = found->second;
    if (socket.path.hidden) return;
    const std::string who(info_of(protocol).key);
    const std::string because = protocol == Protocol::milter
                                    ? "Sendmail puts all mail off, or does as F= says"
                                    : "refusals to relay have Sendmail's own words";
    if (!wanted.empty() && wanted != address && !socket.answered())
        return findings.push_back({Severity::error, "socket-elsewhere", place,
                                   "Sendmail looks for the " + who + " at " + address +
                                       ", and relaypermitd listens at " + wanted,
                                   because,
                                   protocol == Protocol::milter
                                       ? mc_line(facts, usual_options)
                                       : "local:" + wanted.substr(wanted.find(':') + 1)});
    const bool is_unix = address.starts_with("unix:");
    const FileLine there = is_unix ? FileLine{socket.path.path, 0} : place;
    if (is_unix && !socket.path.exists)
        return findings.push_back({Severity::error, "socket-missing", there,
                                   "there is no socket for the " + who, because,
                                   "start relaypermitd: systemctl start relaypermitd"});
    if (!socket.obstacle.empty())
        return findings.push_back(
            {Severity::error, "socket-permissions", there,
             "Sendmail may not connect to it: " + socket.obstacle, because,
             "socket_group and socket_mode in [listen] of " + facts.policy.file});
    if (socket.end == ProbeEnd::nobody || socket.end == ProbeEnd::silent ||
        socket.end == ProbeEnd::another)
        findings.push_back({Severity::error, "socket-silent", there,
                            "relaypermitd does not answer there as a " + who + ": " + socket.why,
                            because, "look at: systemctl status relaypermitd"});
    if (is_unix && (socket.path.mode & 0002U) != 0)
        findings.push_back(
            {Severity::warning, "socket-open", there,
             "every local user may connect to it (" + permissions_of(socket.path) + ")",
             "whoever does can hold mail up, or end relaypermitd",
             "socket_mode = \"0660\" in [listen] of " + facts.policy.file});
}

void check_sockets(const SendmailFacts& facts, WiringFindings& findings) {
    const SendmailMilter* const ours = ours_of(facts);
    if (ours != nullptr) look(facts, ours->equate('S'), ours->place, Protocol::milter, findings);
    for (const PathFacts& folder : facts.folders)
        if (ours != nullptr && ours->equate('S').find(folder.path) != std::string::npos &&
            (folder.mode & 0022U) != 0 && (folder.mode & 01000U) == 0)
            findings.push_back(
                {Severity::error,
                 "socket-unsafe",
                 {folder.path, 0},
                 "others may write to the folder of the socket (" + permissions_of(folder) + ")",
                 "Sendmail calls the socket unsafe and puts mail off",
                 "chmod go-w " + folder.path});
    const bool served = !facts.listen()[Protocol::socketmap].empty();
    const auto& maps = facts.sendmail.socket_maps;
    const auto map = std::find_if(maps.begin(), maps.end(), [&](const SendmailOption& one) {
        return one.value.find("relaypermit") != std::string::npos ||
               comparable_address(one.value) ==
                   comparable_address(facts.listen()[Protocol::socketmap]);
    });
    if (map != maps.end() && served)
        look(facts, map->value, map->place, Protocol::socketmap, findings);
    if (map != maps.end() && !served)
        findings.push_back({Severity::warning, "socketmap-unserved", map->place,
                            "Sendmail asks relaypermitd's map, and [listen] names no socket for it",
                            "refusals to relay have Sendmail's own words",
                            "socketmap = \"unix:" + map->value.substr(map->value.find(':') + 1) +
                                "\" in [listen] of " + facts.policy.file});
    if (map == maps.end() && served)
        findings.push_back(
            {Severity::warning, "socketmap-unasked", policy_line(facts.policy, "listen.socketmap"),
             "[listen] has a socketmap, and Sendmail does not ask it",
             "strangers read \"Relaying denied\" and not what to do", std::string(include_line)});
}

std::uint16_t port_of(const SendmailDaemon& daemon) {
    PostfixService service;
    service.name = daemon.port;
    return relaypermit::port_of(service);
}

void check_ports(const SendmailFacts& facts, WiringFindings& findings) {
    for (const SendmailDaemon& daemon : facts.sendmail.daemons) {
        const std::uint16_t port = port_of(daemon);
        if (daemon.modifiers.find('a') != std::string::npos)
            findings.push_back({Severity::warning, "auth-before-milter", daemon.place,
                                "M=" + daemon.modifiers + " of port " + daemon.port +
                                    " has Sendmail itself ask for a login",
                                "who has none reads \"530 5.7.0 Authentication required\" and not "
                                "what to do",
                                "DAEMON_OPTIONS(`..., M=E') without the a"});
        if (!facts.policy.loaded.policy) continue;
        const PolicySource& source = facts.policy.loaded.policy->source();
        const auto& ports = source.submission_ports;
        const auto& known = source.submission_daemon_names;
        const bool by_name = std::find(known.begin(), known.end(), daemon.name) != known.end();
        const bool recognised =
            by_name || std::find(ports.begin(), ports.end(), port) != ports.end();
        const bool meant =
            port == 587 || port == 465 || daemon.modifiers.find('a') != std::string::npos;
        if (meant && !recognised)
            findings.push_back({Severity::error, "submission-unrecognised", daemon.place,
                                "[submission] of the policy knows neither port " + daemon.port +
                                    " nor the name " + daemon.name,
                                "who sends there without a login or TLS is judged as a stranger",
                                "DAEMON_OPTIONS(`Name=MSA-v4, ...')"});
        if (port == 25 && recognised)
            findings.push_back({Severity::error, "submission-everywhere", daemon.place,
                                "port 25 counts as a submission, by Name=" + daemon.name,
                                "mail from outside is refused for want of a login",
                                "DAEMON_OPTIONS(`Name=MTA-v4, Port=smtp')"});
    }
}

void check_relaying(const SendmailFacts& facts, WiringFindings& findings) {
    struct Row {
        std::string_view feature{};
        Severity severity{};
        std::string_view because{};
    };
    constexpr std::array<Row, 5> rows = {{
        {"promiscuous_relay", Severity::error, "anybody may relay through this server"},
        {"relay_local_from", Severity::error,
         "whoever claims a sender of yours may relay without a login"},
        {"relay_mail_from", Severity::warning,
         "whoever claims a sender in the access map may relay without a login"},
        {"relay_based_on_MX", Severity::warning,
         "whoever names this server as his MX may have mail relayed here"},
        {"loose_relay_check", Severity::warning, "user%other@here is passed on for whoever asks"},
    }};
    for (const Row& row : rows)
        if (const auto found = facts.sendmail.features.find(row.feature);
            found != facts.sendmail.features.end())
            findings.push_back({row.severity, "open-relay", found->second,
                                "FEATURE(`" + std::string(row.feature) + "') is in force",
                                std::string(row.because),
                                "remove FEATURE(`" + std::string(row.feature) +
                                    "') from sendmail.mc and build sendmail.cf anew"});
    const SendmailOption& mechanisms = facts.sendmail.option("AuthMechanisms");
    const SendmailOption& options = facts.sendmail.option("AuthOptions");
    if ((names(ascii_lower(mechanisms.value), "plain") ||
         names(ascii_lower(mechanisms.value), "login")) &&
        options.value.find('p') == std::string::npos)
        findings.push_back({Severity::error, "auth-without-tls",
                            options.value.empty() ? mechanisms.place : options.place,
                            "Sendmail takes passwords without TLS",
                            "they cross the network in the clear",
                            "define(`confAUTH_OPTIONS', `A p')dnl"});
}

void check_domains(const SendmailFacts& facts, WiringFindings& findings) {
    if (!facts.policy.loaded.policy) return;
    const PolicySource& source = facts.policy.loaded.policy->source();
    const auto words = [&](std::string_view name) {
        const auto found = facts.sendmail.classes.find(name);
        return found == facts.sendmail.classes.end() ? std::set<std::string>{} : found->second;
    };
    std::set<std::string> taken = words("w");
    std::string unknown;
    for (const std::string& domain : taken) {
        if (domain.find('.') == std::string::npos || domain.starts_with('[') ||
            domain.starts_with("localhost.") || domain == ascii_lower(facts.sendmail.host_name) ||
            source.hosted_domains.contains(domain) || source.relay_domains.contains(domain))
            continue;
        unknown += (unknown.empty() ? "" : ", ") + domain;
    }
    // What a domain table of the policy may hold is not known here.
    if (!unknown.empty() && source.domain_tables.empty())
        findings.push_back({Severity::warning,
                            "domains-differ",
                            {facts.sendmail.file, 0},
                            "class w has " + unknown + ", and [relay] of the policy has not",
                            "a sender there counts as one of somebody else",
                            "hosted_domains in [relay] of " + facts.policy.file});
    // Tables for domains say more than the classes do.
    if (!facts.sendmail.unread.empty() || !facts.sendmail.table_maps.empty()) {
        const auto& maps = facts.sendmail.table_maps;
        for (const std::string_view one : {"mailertable", "virtuser", "access"})
            if (std::find(maps.begin(), maps.end(), one) != maps.end()) return;
        if (!facts.sendmail.unread.empty()) return;
    }
    for (const std::string_view more : {"R", "{VirtHost}"}) taken.merge(words(more));
    std::string missing;
    for (const DomainSet* const set : {&source.hosted_domains, &source.relay_domains})
        for (const std::string& pattern : set->patterns())
            if (!pattern.starts_with("*.") && !taken.contains(pattern) &&
                pattern != ascii_lower(facts.sendmail.host_name))
                missing += (missing.empty() ? "" : ", ") + pattern;
    if (!missing.empty())
        findings.push_back({Severity::warning, "domains-differ",
                            policy_line(facts.policy, "relay.hosted_domains"),
                            "the policy has " + missing + ", and Sendmail takes no mail for it",
                            "mail to it from outside is refused by Sendmail",
                            "a line of /etc/mail/local-host-names or relay-domains"});
}

// Filters are asked in the order of InputMailFilters, and none ends another (milter_data() in
// Sendmail's milter.c): unlike Postfix, one that quarantines hides nothing.
void check_other_milters(const SendmailFacts& facts, WiringFindings& findings) {
    const SendmailMilter* const ours = ours_of(facts);
    if (ours == nullptr) return;
    const auto names = filters_in(facts.sendmail.option("InputMailFilters").value);
    const auto at = std::find(names.begin(), names.end(), ours->name);
    for (auto behind = at; behind != names.end(); ++behind) {
        const auto milter =
            std::find_if(facts.sendmail.milters.begin(), facts.sendmail.milters.end(),
                         [&](const SendmailMilter& one) { return one.name == *behind; });
        if (behind == at || milter == facts.sendmail.milters.end()) continue;
        const KnownMilter* known = known_milter(milter->name);
        if (known == nullptr) known = known_milter(milter->equate('S'));
        if (known == nullptr || !known->rewrites) continue;
        findings.push_back({Severity::warning, "milter-behind", milter->place,
                            std::string(known->name) +
                                " is asked behind relaypermitd, and may change sender and From",
                            "what goes out is then another message than the one that was judged",
                            "put INPUT_MAIL_FILTER(`" + milter->name + "', ...) before that of `" +
                                ours->name + "'"});
    }
}

// What m4 made is not to be changed by hand.
void put_into_source(const SendmailFacts& facts, WiringFindings& findings) {
    for (WiringFinding& finding : findings) {
        if (facts.source.file.empty() || finding.place.file != facts.sendmail.file) continue;
        const auto mark = facts.sendmail.source_marks.find(finding.place.line);
        if (mark != facts.sendmail.source_marks.end() && !mark->second.empty()) {
            if (const FileLine* const place = facts.source.find(mark->second))
                finding.place = *place;
        } else if (finding.id == "milter-missing") {
            finding.place = {facts.source.file, 0};
        }
    }
}

using SendmailCheck = void (*)(const SendmailFacts& facts, WiringFindings& findings);

constexpr std::array<SendmailCheck, 7> checks = {
    check_milter_is_asked, check_milter_options, check_other_milters, check_sockets,
    check_ports,           check_relaying,       check_domains};

}  // namespace

WiringFindings check_sendmail(const SendmailFacts& facts) {
    WiringFindings findings;
    check_policy_files(facts.policy, findings);
    for (const SendmailCheck check : checks) check(facts, findings);
    put_into_source(facts, findings);
    sort_by_line(findings);
    return findings;
}

std::vector<std::string> remarks_on_sendmail(const SendmailFacts& facts) {
    std::vector<std::string> remarks;
    for (const std::string& file : facts.sendmail.unread)
        remarks.push_back(file +
                          " cannot be read: which domains are this server's is not known in "
                          "full");
    return remarks;
}

}  // namespace relaypermit
