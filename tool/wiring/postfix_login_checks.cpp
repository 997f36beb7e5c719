// Submission services, and the logins on them.
#include <algorithm>
#include <string>

#include "policy/ascii.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/postfix_checks.h"

namespace relaypermit {
namespace {

std::string title_with_port(const PostfixService& service) {
    const std::uint16_t port = port_of(service);
    if (port == 0 || service.name == std::to_string(port)) return service.title();
    return service.title() + " (port " + std::to_string(port) + ")";
}

enum class Tls : std::uint8_t { none, offered, required };

// smtpd_tls_wrappermode, smtpd_tls_security_level, and the older two in its place.
Tls tls_of(const PostfixSettings& postfix, const PostfixService& service) {
    if (is_yes(postfix.of(service, "smtpd_tls_wrappermode"))) return Tls::required;
    const std::string level = ascii_lower(postfix.of(service, "smtpd_tls_security_level").value);
    if (level == "encrypt") return Tls::required;
    if (level == "may") return Tls::offered;
    if (!level.empty()) return Tls::none;
    if (is_yes(postfix.of(service, "smtpd_enforce_tls"))) return Tls::required;
    return is_yes(postfix.of(service, "smtpd_use_tls")) ? Tls::offered : Tls::none;
}

}  // namespace

void check_submission(const PostfixFacts& facts, WiringFindings& findings) {
    const PostfixSettings& postfix = facts.postfix;
    for (const PostfixService* const service : smtpd_services(postfix)) {
        const bool meant = is_meant_for_submission(postfix, *service);
        const PostfixSetting& name = postfix.of(*service, "milter_macro_daemon_name");
        if (meant && !is_submission(facts, *service))
            findings.push_back(
                {Severity::error, "submission-unrecognised", service->origin,
                 "[submission] of the policy does not know " + title_with_port(*service),
                 "who sends there without a login or TLS is judged as a stranger on port 25",
                 "  -o milter_macro_daemon_name=ORIGINATING"});
        const std::uint16_t port = port_of(*service);
        if (port == 25 && facts.policy.loaded.policy && is_submission(facts, *service))
            findings.push_back(
                {Severity::error, "submission-everywhere",
                 name.is_default() ? service->origin : name.origin,
                 title_with_port(*service) + " counts as a submission" +
                     (name.is_default() ? "" : ", by milter_macro_daemon_name = " + name.value),
                 "mail from outside is refused for want of a login",
                 name.is_default()
                     ? "ports and daemon_names in [submission] of " + facts.policy.file
                     : "put it on the submission services alone: "
                       "-o milter_macro_daemon_name=ORIGINATING"});
        if (meant && !is_internal(*service) && !offers_auth(postfix, *service))
            findings.push_back({Severity::error, "submission-without-auth", service->origin,
                                title_with_port(*service) + " takes no passwords",
                                "nobody can log in there, and relaypermitd refuses who has not",
                                "  -o smtpd_sasl_auth_enable=yes"});
    }
}

void check_auth(const PostfixFacts& facts, WiringFindings& findings) {
    const PostfixSettings& postfix = facts.postfix;
    const PostfixService* only = nullptr;
    bool elsewhere = false;
    for (const PostfixService* const service : smtpd_services(postfix)) {
        if (is_internal(*service) || !offers_auth(postfix, *service)) continue;
        if (port_of(*service) == 25)
            only = service;
        else
            elsewhere = true;
        const Tls tls = tls_of(postfix, *service);
        const PostfixSetting& tls_only = postfix.of(*service, "smtpd_tls_auth_only");
        const PostfixSetting& level = postfix.of(*service, "smtpd_tls_security_level");
        const FileLine& enabled = postfix.of(*service, "smtpd_sasl_auth_enable").origin;
        const bool in_the_clear = tls != Tls::required && !is_yes(tls_only);
        const auto options = list_items(postfix.of(*service, "smtpd_sasl_security_options").value);
        const bool plain =
            std::find(options.begin(), options.end(), "noplaintext") == options.end();
        if (in_the_clear && plain)
            findings.push_back({Severity::error, "auth-without-tls",
                                tls_only.is_default() ? enabled : tls_only.origin,
                                title_with_port(*service) + " takes passwords without TLS",
                                "they have crossed the network in the clear by the time "
                                "relaypermitd refuses the mail",
                                line_for(postfix, tls_only.is_default() ? enabled : tls_only.origin,
                                         "smtpd_tls_auth_only = yes")});
        else if (tls == Tls::none && is_yes(tls_only))
            findings.push_back(
                {Severity::error, "auth-never", level.is_default() ? enabled : level.origin,
                 title_with_port(*service) + " takes passwords under TLS alone, and offers no TLS",
                 "nobody can log in there",
                 line_for(postfix, level.is_default() ? enabled : level.origin,
                          "smtpd_tls_security_level = may")});
    }
    if (only != nullptr && !elsewhere)
        findings.push_back({Severity::warning, "auth-on-25-only", only->origin,
                            "people can log in on port 25 and nowhere else",
                            "many networks block that port, and the replies name port 587",
                            "add the services of contrib/postfix/master.cf, submission and "
                            "submissions"});
}

}  // namespace relaypermit
