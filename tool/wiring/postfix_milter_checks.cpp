// Whether relaypermitd is asked, and what Postfix does where it gets no answer.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tool/wiring/logical_lines.h"
#include "tool/wiring/postfix_checks.h"

namespace relaypermit {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool lists(const PostfixSetting& setting, std::string_view word) {
    const auto items = list_items(setting.value);
    return std::find(items.begin(), items.end(), word) != items.end();
}

// A wiring that asks about submissions alone: contrib/postfix/submission-only.cf.
bool is_submission_only(const PostfixSettings& postfix) {
    return postfix.parameters.contains("relaypermit_milters");
}

std::string value_with(const PostfixFacts& facts, const PostfixSetting& milters) {
    return milters.value.empty() ? milter_entry(facts) : milters.value + ", " + milter_entry(facts);
}

std::optional<OurServer> ours_of(const PostfixFacts& facts, const PostfixService& service) {
    return our_milter(facts, facts.postfix.of(service, "smtpd_milters").value, service.chroot);
}

bool is_asked(const PostfixFacts& facts, const PostfixService& service) {
    return ours_of(facts, service).has_value() &&
           !lists(facts.postfix.of(service, "receive_override_options"), "no_milters");
}

// What of its options Postfix takes for this milter: the entry's own, else the parameter.
struct Option {
    std::string value{};
    FileLine place{};
};

Option option_of(const PostfixFacts& facts, const PostfixService& service, const OurServer& ours,
                 std::string_view option, std::string_view parameter) {
    const PostfixSetting& milters = facts.postfix.of(service, "smtpd_milters");
    const PostfixSetting& general = facts.postfix.of(service, parameter);
    if (const auto found = ours.server.options.find(option); found != ours.server.options.end())
        return {found->second, milters.origin};
    return {general.value, general.is_default() ? milters.origin : general.origin};
}

void check_service(const PostfixFacts& facts, const PostfixService& service, bool others_are_asked,
                   WiringFindings& findings) {
    const PostfixSettings& postfix = facts.postfix;
    const PostfixSetting& milters = postfix.of(service, "smtpd_milters");
    const PostfixSetting& overridden = postfix.of(service, "receive_override_options");
    // One of the loopback takes smtpd_sasl_auth_enable of main.cf over, whatever it is for.
    const bool is_outer = is_meant_for_submission(postfix, service) ||
                          (offers_auth(postfix, service) && !is_internal(service));
    // What a content filter hands back was judged when it came in.
    if (!is_outer && (is_internal(service) || is_submission_only(postfix))) return;
    if (ours_of(facts, service)) {
        findings.push_back(
            {Severity::error, "milter-missing", overridden.origin,
             "no_milters keeps relaypermitd from what comes in by " + service.title(),
             is_outer ? "whoever logs in there may send as anybody" : "nothing of it is checked",
             line_for(postfix, overridden.origin, "receive_override_options =")});
        return;
    }
    if (!is_outer && !others_are_asked) return;  // said once, of main.cf
    const bool in_master = milters.origin.file == postfix.master_cf();
    findings.push_back(
        {is_outer ? Severity::error : Severity::warning, "milter-missing",
         in_master ? milters.origin : service.origin,
         service.title() + " does not ask relaypermitd" +
             (in_master ? ": its own smtpd_milters is " +
                              (milters.value.empty() ? "empty" : "`" + milters.value + "`")
                        : ""),
         is_outer ? "whoever logs in there may send as anybody"
                  : "mail from outside with a sender of yours is not looked at",
         "  -o { smtpd_milters = " + value_with(facts, milters) + " }"});
}

}  // namespace

void check_milter_is_asked(const PostfixFacts& facts, WiringFindings& findings) {
    const auto services = smtpd_services(facts.postfix);
    const auto asked = [&](const PostfixService* service) { return is_asked(facts, *service); };
    const bool any = std::any_of(services.begin(), services.end(), asked);
    const PostfixSetting& milters = facts.postfix["smtpd_milters"];
    const bool named =
        std::any_of(services.begin(), services.end(), [&](const PostfixService* service) {
            return ours_of(facts, *service).has_value() ||
                   service->overrides.contains("smtpd_milters");
        });
    if (!any && !named && !is_submission_only(facts.postfix)) {
        findings.push_back({Severity::error, "milter-missing", milters.origin,
                            "no service asks relaypermitd",
                            "nothing is checked: whoever logs in may send as anybody",
                            "smtpd_milters = " + value_with(facts, milters)});
        return;
    }
    for (const PostfixService* const service : services)
        if (!asked(service)) check_service(facts, *service, any, findings);
    for (const PostfixService* const service : services) {
        const PostfixSetting& maps = facts.postfix.of(*service, "smtpd_milter_maps");
        if (maps.value.empty() || !asked(service)) continue;
        findings.push_back({Severity::warning, "milter-maps", maps.origin,
                            "`" + maps.value + "` gives some clients other milters",
                            "clients for which it says DISABLE, or names others alone, are not "
                            "checked",
                            "remove the line, or name relaypermitd in each of its answers"});
    }
}

void check_milter_options(const PostfixFacts& facts, WiringFindings& findings) {
    // What is left of 15 s, as shipped, beside 10 s for alias tables (relaypermit check).
    constexpr seconds rest{5};
    milliseconds tables{0};
    for (const TableSettings& table : facts.policy.loaded.settings.tables)
        tables += milliseconds{table.timeout_ms};
    for (const PostfixService* const service : smtpd_services(facts.postfix)) {
        const auto ours = ours_of(facts, *service);
        if (!ours) continue;
        const Option action =
            option_of(facts, *service, *ours, "default_action", "milter_default_action");
        if (action.value != "tempfail") {
            const bool accepts = action.value == "accept";
            std::string because = "while relaypermitd is away, mail is refused for good";
            if (accepts)
                because = "while relaypermitd is away, everything goes through unchecked";
            else if (action.value == "quarantine")
                because = "while relaypermitd is away, mail is accepted and held unchecked";
            else if (action.value == "shutdown")
                because = "while relaypermitd is away, clients are hung up on";
            const bool own = ours->server.options.contains("default_action");
            findings.push_back({accepts ? Severity::error : Severity::warning, "default-action",
                                action.place,
                                "the default_action for relaypermitd is " + action.value, because,
                                line_for(facts.postfix, action.place,
                                         own ? "smtpd_milters = " + milter_entry(facts)
                                             : std::string("milter_default_action = tempfail"))});
        }
        const std::string reached = comparable_address(ours->address);
        if (reached.starts_with("inet:") && !reached.ends_with("@localhost"))
            findings.push_back(
                {Severity::warning, "milter-over-tcp",
                 facts.postfix.of(*service, "smtpd_milters").origin,
                 "relaypermitd is asked over the network, at " + reached.substr(5),
                 "whoever is on the way reads all mail and may answer in its place; whoever "
                 "reaches the port can hold mail up",
                 "relaypermitd on this machine and " + milter_entry(facts) +
                     ", or a network of the two alone"});
        for (const auto& [option, parameter, unit] :
             {std::tuple{"command_timeout", "milter_command_timeout", "answers at MAIL and RCPT"},
              std::tuple{"content_timeout", "milter_content_timeout",
                         "the answer at the end of a message"}}) {
            const Option limit = option_of(facts, *service, *ours, option, parameter);
            const auto given = postfix_duration(limit.value);
            if (!given || *given == seconds{0} || *given >= tables + rest) continue;
            const std::int64_t least = std::chrono::ceil<seconds>(tables + rest).count();
            const std::string enough = std::to_string(std::max<std::int64_t>(15, least)) + "s";
            const bool own = ours->server.options.contains(option);
            findings.push_back({Severity::warning, "milter-timeout", limit.place,
                                "Postfix waits " + limit.value + " for " + unit +
                                    ", and these may take " + std::to_string(least) + " s",
                                "Postfix gives up on relaypermitd and puts the message off",
                                own ? std::string(option) + "=" + enough + " within smtpd_milters"
                                    : line_for(facts.postfix, limit.place,
                                               std::string(parameter) + " = " + enough)});
        }
    }
}

void check_milter_macros(const PostfixFacts& facts, WiringFindings& findings) {
    // From version 6 of the protocol on relaypermitd asks for what it needs, and these lists do
    // not count.
    constexpr int asks_for_macros_from = 6;
    // A macro that came at one stage can be read at the later ones, too.
    struct Needed {
        std::string_view parameter{};
        std::string_view or_earlier{};
        std::string_view macro{};
        std::string_view because{};
    };
    constexpr std::array<Needed, 9> needed = {{
        {"milter_connect_macros", "", "{daemon_name}", "a submission is not told from other mail"},
        {"milter_connect_macros", "", "{daemon_port}", "a submission is not told by its port"},
        {"milter_mail_macros", "milter_helo_macros", "{tls_version}",
         "everybody counts as being without TLS"},
        {"milter_mail_macros", "", "{auth_type}", "nobody counts as logged in"},
        {"milter_mail_macros", "", "{auth_authen}", "nobody counts as logged in"},
        {"milter_mail_macros", "", "{mail_addr}",
         "the login of a session that has ended its own stays"},
        {"milter_rcpt_macros", "", "{rcpt_mailer}", "mail for gateways counts as mail for outside"},
        {"milter_rcpt_macros", "", "i", "the record names no queue id"},
        {"milter_end_of_data_macros", "milter_data_macros", "i", "the record names no queue id"},
    }};
    for (const PostfixService* const service : smtpd_services(facts.postfix)) {
        const auto ours = ours_of(facts, *service);
        if (!ours) continue;
        const PostfixSetting& defaults = facts.postfix.of(*service, "milter_macro_defaults");
        for (const std::string_view macro : {"auth_type", "auth_authen", "daemon_name"})
            if (defaults.value.find(macro) != std::string::npos)
                findings.push_back(
                    {Severity::error, "macro-defaults", defaults.origin,
                     "it makes up {" + std::string(macro) + "} where a session has none",
                     macro == "daemon_name" ? "all mail may count as a submission"
                                            : "strangers may count as logged in",
                     "leave {" + std::string(macro) + "} out"});
        const Option protocol = option_of(facts, *service, *ours, "protocol", "milter_protocol");
        int version = asks_for_macros_from;
        (void)std::from_chars(protocol.value.data(), protocol.value.data() + protocol.value.size(),
                              version);
        if (version >= asks_for_macros_from) continue;
        const bool own = ours->server.options.contains("protocol");
        std::string without;
        std::string because;
        for (const Needed& one : needed) {
            if (lists(facts.postfix.of(*service, one.parameter), one.macro)) continue;
            if (lists(facts.postfix.of(*service, one.or_earlier), one.macro)) continue;
            without += (without.empty() ? "" : ", ") + std::string(one.macro) + " in " +
                       std::string(one.parameter);
            if (because.empty()) because = one.because;
        }
        if (without.empty()) continue;
        findings.push_back(
            {Severity::error, "milter-macros", protocol.place,
             "with version " + std::to_string(version) +
                 " of the milter protocol relaypermitd cannot ask for macros, and is not told " +
                 without,
             because,
             own ? "leave protocol= out of smtpd_milters"
                 : line_for(facts.postfix, protocol.place, "milter_protocol = 6")});
    }
}

void check_local_mail(const PostfixFacts& facts, WiringFindings& findings) {
    const PostfixSetting& milters = facts.postfix["non_smtpd_milters"];
    const auto ours = our_milter(facts, milters.value, false);
    if (!ours) return;
    std::string others;
    for (const PostfixServer& server : read_postfix_servers(milters.value))
        if (server.written != ours->server.written) others += " " + server.written;
    findings.push_back({Severity::error, "local-mail", milters.origin,
                        "mail from the sendmail(1) command goes to relaypermitd, too",
                        "a refusal there reaches nobody: Postfix tries again for ever, or bounces "
                        "to whatever sender the message claims",
                        "non_smtpd_milters =" + others});
}

void check_filters(const PostfixFacts& facts, WiringFindings& findings) {
    const PostfixSettings& postfix = facts.postfix;
    const auto services = smtpd_services(postfix);
    for (const PostfixService* const service : services) {
        const PostfixSetting& filter = postfix.of(*service, "smtpd_proxy_filter");
        if (filter.value.empty() || !is_asked(facts, *service)) continue;
        findings.push_back(
            {Severity::error, "proxy-filter", filter.origin,
             service->title() + " has smtpd_proxy_filter = " + filter.value,
             "Postfix then shows milters no header: From and Sender go unchecked, without a word",
             "content_filter in its place, or smtpd_milters on the service behind the filter"});
    }
    const auto filters = [&](const PostfixService* service) {
        return !postfix.of(*service, "content_filter").value.empty();
    };
    if (std::none_of(services.begin(), services.end(), filters)) return;
    for (const PostfixService* const service : services) {
        if (!is_internal(*service) || filters(service) ||
            is_meant_for_submission(postfix, *service) || !is_asked(facts, *service))
            continue;
        const PostfixSetting& milters = postfix.of(*service, "smtpd_milters");
        findings.push_back(
            {Severity::error, "milter-twice",
             milters.origin.file == postfix.master_cf() ? milters.origin : service->origin,
             "what content_filter hands back to " + service->title() + " is judged again",
             "its login is not known by then: what was permitted is refused, or counted twice",
             "  -o receive_override_options=no_header_body_checks,no_unknown_recipient_checks,"
             "no_milters"});
    }
}

void check_message_text(const PostfixFacts& facts, WiringFindings& findings) {
    const PostfixSetting& rejected = facts.postfix["message_reject_characters"];
    if (rejected.value.find("\\0") == std::string::npos)
        findings.push_back({Severity::warning, "nul-bytes", rejected.origin,
                            "messages with NUL bytes are let in",
                            "the milter protocol cuts a header there: what stands behind, "
                            "relaypermitd does not see and readers do",
                            "message_reject_characters = \\0"});
    const PostfixSetting& rewritten = facts.postfix["local_header_rewrite_clients"];
    for (const std::string& item : list_items(rewritten.value))
        if (item.starts_with("permit_") && item != "permit_inet_interfaces") {
            findings.push_back(
                {Severity::warning, "header-rewriting", rewritten.origin,
                 item + " has Postfix complete the From of these clients before relaypermitd "
                        "looks",
                 "a message without a From gets one, and `From: alice` the domain of $myorigin",
                 "local_header_rewrite_clients = permit_inet_interfaces"});
            return;
        }
}

}  // namespace relaypermit
