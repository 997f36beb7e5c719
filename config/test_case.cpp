#include "config/test_case.h"

#include <algorithm>
#include <utility>

#include "policy/address.h"
#include "policy/domain.h"
#include "policy/login.h"
#include "policy/network.h"

namespace relaypermit {
namespace {

constexpr std::string_view stranger = "x@remote.invalid";

bool is_submission(const PolicySource& source, const CaseFacts& facts) {
    const auto& ports = source.submission_ports;
    const auto& names = source.submission_daemon_names;
    return std::find(ports.begin(), ports.end(), facts.port) != ports.end() ||
           std::find(names.begin(), names.end(), facts.daemon_name) != names.end();
}

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
    if (path && (domain.empty() || policy.hosted(domain))) {
        recipient.mailer = "local";
    } else if (policy.source().relay_domains.contains(domain)) {
        recipient.mailer = "relay";
    } else if (policy.remote_mailer("smtp", facts.mta) || !remote_mailers ||
               remote_mailers->empty()) {
        recipient.mailer = "smtp";
    } else {
        recipient.mailer = remote_mailers->front();
    }
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

std::string as_handed_over(const std::string& login, Mta mta) {
    if (mta != Mta::sendmail) return login;
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string xtext;
    for (const char c : login) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > ' ' && byte <= '~' && c != '+' && c != '=') {
            xtext += c;
        } else {
            xtext += {'+', digits[byte >> 4U], digits[byte & 0xFU]};
        }
    }
    return xtext;
}

Facts case_facts(const CaseFacts& from, const Policy& policy, TimePoint present) {
    const PolicySource& source = policy.source();
    Facts facts;
    facts.client = IpAddress::parse(from.client);
    facts.port = from.port;
    facts.daemon_name = from.daemon_name;
    facts.mta = from.mta;
    facts.tls = from.tls.value_or(is_submission(source, from)) ? "TLSv1.3" : "";
    facts.helo = from.helo;
    facts.auth_type = from.mechanism.value_or(from.login.empty() ? "" : "PLAIN");
    facts.auth_authen = as_handed_over(from.login, from.mta);
    facts.now = from.now.value_or(present);

    const std::string own =
        from.login.empty() ? std::string(stranger) : login_address(from, source);
    const std::string sender = from.sender.value_or(own);
    facts.sender_argument = as_path(sender);
    for (const std::string& recipient : from.recipients) {
        facts.recipients.push_back(recipient_of(recipient, from, policy));
    }
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

Verdict play(const Policy& policy, const Facts& facts) {
    std::vector<std::string> rules;
    std::vector<Cause> monitored;
    std::vector<std::string> tables_needed;
    const auto refused = [&](const Facts& so_far, Stage stage, Verdict& verdict) {
        verdict = evaluate(policy, so_far, stage, Mode::enforce);
        tables_needed.insert(tables_needed.end(), verdict.tables_needed.begin(),
                             verdict.tables_needed.end());
        if (verdict.refused()) return true;
        if (verdict.outcome == Outcome::monitor) {
            if (verdict.cause) monitored.push_back(*verdict.cause);
            monitored.insert(monitored.end(), verdict.also.begin(), verdict.also.end());
        } else {
            rules.insert(rules.end(), verdict.rules.begin(), verdict.rules.end());
        }
        return false;
    };

    Verdict verdict;
    Facts so_far = facts;
    so_far.recipients.clear();
    if (refused(so_far, Stage::mail, verdict)) return verdict;
    for (const Recipient& recipient : facts.recipients) {
        so_far.recipients.push_back(recipient);
        if (refused(so_far, Stage::rcpt, verdict)) return verdict;
    }
    if (refused(so_far, Stage::headers, verdict)) return verdict;

    verdict.outcome = Outcome::accept;
    verdict.tables_needed = std::move(tables_needed);
    verdict.cause.reset();
    verdict.also.clear();
    for (const Cause cause : monitored) {
        if (std::find(verdict.also.begin(), verdict.also.end(), cause) == verdict.also.end()) {
            verdict.also.push_back(cause);
        }
    }
    verdict.rules.clear();
    for (std::string& rule : rules) {
        if (std::find(verdict.rules.begin(), verdict.rules.end(), rule) == verdict.rules.end()) {
            verdict.rules.push_back(std::move(rule));
        }
    }
    return verdict;
}

}  // namespace relaypermit
