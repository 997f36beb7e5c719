#include "tests/support/describe.h"

#include <cstdint>
#include <vector>

namespace relaypermit {
namespace {

template <typename Range, typename Text>
std::string list(const Range& values, Text text) {
    std::string out = "[";
    for (const auto& value : values) out += (out.size() > 1 ? ", " : "") + text(value);
    return out + "]";
}

std::string quoted(const std::string& text) {
    static const char* const digits = "0123456789abcdef";
    std::string out = "'";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '\\')
            out += c;
        else
            out += std::string("\\x") + digits[byte >> 4] + digits[byte & 15];
    }
    return out + "'";
}

template <typename Patterns>
std::string patterns(const Patterns& values) {
    return list(values, [](const auto& value) { return quoted(value.pattern.text()); });
}

std::string placed(const std::vector<PlacedNetwork>& values) {
    return list(values, [](const PlacedNetwork& value) { return to_string(value.network); });
}

std::string plain(const std::vector<Network>& values) {
    return list(values, [](const Network& value) { return to_string(value); });
}

std::string time_of(const Validity& time) {
    std::string out;
    if (time.since) out += " since " + std::to_string(time.since->time_since_epoch().count());
    if (time.until) out += " until " + std::to_string(time.until->time_since_epoch().count());
    return out;
}

}  // namespace

std::string describe(const PolicySource& policy) {
    const auto text = [](const std::string& value) { return value; };
    std::string out = "hosted_domains = " + list(policy.hosted_domains.patterns(), text);
    out += "\nrelay_domains = " + list(policy.relay_domains.patterns(), text);
    out += "\ntrusted_networks = " + placed(policy.trusted_networks);
    if (policy.remote_mailers) out += "\nremote_mailers = " + list(*policy.remote_mailers, text);
    out += "\nports = " +
           list(policy.submission_ports, [](std::uint16_t port) { return std::to_string(port); });
    out += " daemon_names = " + list(policy.submission_daemon_names, text);
    out += "\nrequire_tls = " + std::to_string(policy.require_tls);
    out += " default_realm = '" + policy.default_realm + "'";
    for (const LoginForm& form : policy.login_forms) out += " form '" + form.text() + "'";
    if (policy.realms) out += " realms = " + list(policy.realms->patterns(), text);
    out += " owns_own_address = " + std::to_string(policy.owns_own_address);
    out += " subaddress_delimiter = '" + policy.subaddress_delimiter + "'";
    out += "\nrequire_owned_sender_field = " + std::to_string(policy.require_owned_sender_field);
    out += policy.missing_from == MissingFrom::refuse ? "" : " missing = 'envelope'";
    if (!policy.accepts_bounces) out += " bounces = 'refuse'";
    if (policy.monitor_mode) out += "\nmode = 'monitor'";
    for (const Grant& grant : policy.grants) {
        out += "\n[[alias]] " + grant.id + " logins = " + patterns(grant.logins) +
               " clients = " + placed(grant.rare->clients) +
               " senders = " + patterns(grant.senders);
        out += time_of(*grant.rare);
        if (!grant.rare->networks.empty()) out += " networks = " + plain(grant.rare->networks);
        if (!grant.fields.envelope) out += " not-envelope";
        if (!grant.fields.from) out += " not-from";
        if (!grant.fields.sender) out += " not-sender";
        if (!grant.rare->except.empty()) out += " except = " + patterns(grant.rare->except);
        if (!grant.rare->except_logins.empty())
            out += " except_logins = " + patterns(grant.rare->except_logins);
        if (grant.rare->visible) out += " visible";
    }
    for (const Restriction& one : policy.restrictions) {
        out += "\n[[restrict]] " + one.id + " logins = " + patterns(one.logins) +
               " clients = " + placed(one.clients);
        if (one.recipients) out += " recipients = " + patterns(*one.recipients);
        if (one.recipients_hosted) out += " recipients-hosted";
        if (one.networks) out += " networks = " + plain(*one.networks);
        if (one.mechanisms) out += " mechanisms = " + list(*one.mechanisms, text);
        if (one.suspended) out += " suspended";
        if (!one.except_logins.empty()) out += " except_logins = " + patterns(one.except_logins);
        out += time_of(*one.time);
    }
    if (policy.alignment != Alignment::off)
        out += policy.alignment == Alignment::domain ? "\nalignment = domain"
                                                     : "\nalignment = address";
    for (const TableSource& table : policy.tables) {
        out += "\n[[alias_table]] " + table.id + " by " + std::string(to_string(table.by));
        if (table.per_address) out += " per-address";
        out += time_of(*table.rare);
        if (!table.rare->networks.empty()) out += " networks = " + plain(table.rare->networks);
        if (!table.fields.envelope) out += " not-envelope";
        if (!table.fields.from) out += " not-from";
        if (!table.fields.sender) out += " not-sender";
    }
    for (const Cause cause : all_causes) {
        const Action action = policy.causes[static_cast<std::size_t>(cause)].action;
        if (action != default_action(cause))
            out += "\n" + std::string(to_string(cause)) + " = " + std::string(to_string(action));
        const CauseExceptions& except = *policy.exceptions[static_cast<std::size_t>(cause)];
        if (!except.empty())
            out += "\n" + std::string(to_string(cause)) + " but for " + patterns(except.logins) +
                   patterns(except.senders) + placed(except.clients);
    }
    return out + "\n";
}

std::string describe(const Facts& facts) {
    std::string out = "client=" + (facts.client ? to_string(*facts.client) : "none");
    out += " port=" + std::to_string(facts.port) + " daemon=" + quoted(facts.daemon_name);
    out += " mta=" + std::string(to_string(facts.mta)) + " host=" + quoted(facts.mta_host);
    if (facts.local_submission) out += " local-submission";
    out += "\ntls=" + quoted(facts.tls) + " helo=" + quoted(facts.helo);
    out += " auth_type=" + quoted(facts.auth_type) + " auth_authen=" + quoted(facts.auth_authen);
    out += " now=" + std::to_string(facts.now.time_since_epoch().count());
    out += "\nsender=" + quoted(facts.sender_argument) +
           " by_mta=" + (facts.sender_by_mta ? quoted(*facts.sender_by_mta) : "none");
    out += "\nrecipients=" + list(facts.recipients, [](const Recipient& recipient) {
               return quoted(recipient.argument) + " by " + quoted(recipient.mailer);
           });
    for (const HeaderField& field : facts.headers)
        out += "\n" + quoted(field.name) + ":" + quoted(field.value);
    for (const TableAnswer& answer : facts.table_answers) {
        const auto text = [](const Pattern& p) { return quoted(p.text()); };
        out += "\n" + answer.table;
        if (!answer.address.local.empty()) out += " of " + to_string(answer.address);
        out += ": senders " + list(answer.senders, text) + " logins " + list(answer.logins, text) +
               (answer.known ? "" : " failed");
    }
    return out + "\n";
}

std::string describe(const Verdict& verdict) {
    std::string out{to_string(verdict.outcome)};
    if (verdict.cause) out += " " + std::string(to_string(*verdict.cause));
    out += " also:";
    for (const Cause cause : verdict.also) out += " " + std::string(to_string(cause));
    out += " rules:";
    for (const std::string& rule : verdict.rules) out += " " + rule;
    if (verdict.reason != Reason::none) out += " reason:" + std::string(to_string(verdict.reason));
    return out + "\n";
}

}  // namespace relaypermit
