#include "config/test_case.h"

#include <algorithm>
#include <utility>

#include "policy/address.h"
#include "policy/domain.h"
#include "policy/login.h"
#include "policy/network.h"
#include "policy/play.h"
#include "policy/reading.h"

namespace relaypermit {
namespace {

constexpr std::string_view stranger = "x@remote.invalid";

std::string login_address(const CaseFacts& facts, const PolicySource& source) {
    const auto login = read_login(source, facts.login, Mta::postfix);
    if (!login) return facts.login;
    return to_string(Address{login->user, login->realm});
}

// The argument of MAIL or RCPT: brackets may be left out, as people do.
std::string as_path(const std::string& address) {
    return address.starts_with('<') ? address : "<" + address + ">";
}

Recipient recipient_of(const std::string& address, const CaseFacts& facts, const Policy& policy) {
    Recipient recipient{as_path(address), {}};
    if (facts.rcpt_mailer) {
        recipient.mailer = *facts.rcpt_mailer;
        return recipient;
    }
    const auto path = parse_path(recipient.argument);
    const std::string domain = path ? path->address.domain : std::string();
    const auto& remote_mailers = policy.source().remote_mailers;
    if (path && (domain.empty() || policy.hosted(domain)))
        recipient.mailer = "local";
    else if (policy.source().relay_domains.contains(domain))
        recipient.mailer = "relay";
    else if (policy.remote_mailer("smtp", facts.mta) || !remote_mailers || remote_mailers->empty())
        recipient.mailer = "smtp";
    else
        recipient.mailer = remote_mailers->front();
    return recipient;
}

// "From : a@b" as a milter gets it: the name up to the colon, the value without one space.
HeaderField header_of(const std::string& field) {
    const std::size_t colon = field.find(':');
    if (colon == std::string::npos) return {field, {}};
    std::string value = field.substr(colon + 1);
    if (value.starts_with(' ')) value.erase(0, 1);
    return {field.substr(0, colon), std::move(value)};
}

}  // namespace

Facts case_facts(const CaseFacts& from, const Policy& policy, TimePoint present) {
    const PolicySource& source = policy.source();
    Facts facts;
    facts.client = IpAddress::parse(from.client);
    facts.port = from.port;
    facts.daemon_name = from.daemon_name;
    facts.mta = from.mta;
    facts.tls =
        from.tls.value_or(is_submission(source, from.port, from.daemon_name)) ? "TLSv1.3" : "";
    facts.helo = from.helo;
    facts.auth_type = from.mechanism.value_or(from.login.empty() ? "" : "PLAIN");
    facts.auth_authen = as_handed_over(from.login, from.mta);
    facts.now = from.now.value_or(present);

    const std::string own =
        from.login.empty() ? std::string(stranger) : login_address(from, source);
    const std::string sender = from.sender.value_or(own);
    facts.sender_argument = as_path(sender);
    for (const std::string& recipient : from.recipients)
        facts.recipients.push_back(recipient_of(recipient, from, policy));
    if (from.headers) {
        for (const std::string& field : *from.headers) facts.headers.push_back(header_of(field));
    } else {
        const auto path = parse_path(facts.sender_argument);
        std::string author = sender;
        if (path) author = path->null ? own : to_string(path->address);
        facts.headers.push_back({"From", std::move(author)});
    }
    return facts;
}

}  // namespace relaypermit
