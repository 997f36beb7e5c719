#include "policy/refusal_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/conditions.h"
#include "policy/domain_relations.h"
#include "policy/login_defect.h"
#include "policy/near_domain.h"

namespace relaypermit {
namespace {

bool is_container_id(std::string_view label) {
    constexpr std::size_t short_id = 12;
    return label.size() == short_id && std::all_of(label.begin(), label.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

}  // namespace

std::string own_address(const Policy& policy, const Facts& facts, const Reading& reading) {
    if (!reading.login) return {};
    if (owns_itself(policy.source(), *reading.login)) return to_string(*reading.login);
    Postings grants = policy.grants_to(*reading.login);
    grants.append(policy.grants_to_by_regex(*reading.login));
    for (const RuleNumber number : grants.sorted()) {
        const Grant& grant = policy.source().grants[number];
        if (!is_in_force(*grant.rare, facts.now) ||
            is_within_networks(grant, only(facts.client)) != Match::yes || !grant.fields.envelope ||
            !grant.fields.from || !grant.rare->except.empty() ||
            leaves_out(grant, *reading.login, policy.source()))
            continue;
        for (const PlacedPattern& sender : grant.senders)
            if (sender.pattern.kind() == Pattern::Kind::exact) return sender.pattern.text();
    }
    return {};
}

bool is_made_up(const PolicySource& source, const Facts& facts, const std::string& domain) {
    constexpr std::array<std::string_view, 8> local_suffixes = {
        ".localdomain", ".local",     ".lan",       ".internal",
        ".home",        ".home.arpa", ".localhost", ".intranet"};
    const auto is = [&](const std::string& name) { return normalize_domain(name) == domain; };
    const auto& hosted = source.hosted_domains.patterns();
    return domain.find('.') == std::string::npos ||
           is_container_id(domain.substr(0, domain.find('.'))) ||
           std::any_of(local_suffixes.begin(), local_suffixes.end(),
                       [&](std::string_view suffix) { return domain.ends_with(suffix); }) ||
           is(facts.helo) || is(facts.mta_host) || is(source.server_name) ||
           std::any_of(hosted.begin(), hosted.end(),
                       [&](const std::string& name) { return is_below(domain, name); });
}

ForeignSender foreign_sender(const Policy& policy, const Facts& facts, const Reading& reading,
                             const Rights& rights) {
    if (reading.sender.state != SenderReading::State::address) return {};
    const Address& sender = reading.sender.address;
    if (reading.login && reading.login->realm == sender.domain)
        return {Reason::realm_not_served, {}};
    const std::string own = own_address(policy, facts, reading);
    if (std::string near = near_hosted_domain(policy.source(), sender.domain); !near.empty()) {
        const Address meant{sender.local, std::move(near)};
        const bool owned = rights.covers(meant, GrantField::envelope).match == Match::yes;
        return {Reason::sender_misspelt, owned || own.empty() ? to_string(meant) : own};
    }
    if (is_made_up(policy.source(), facts, sender.domain)) return {Reason::sender_made_up, own};
    return {Reason::none, own};
}

namespace {

// Whether no account is to be unblocked, since each suspension names networks alone.
bool only_the_network_is_suspended(const Policy& policy, const Verdict& verdict) {
    const auto& all = policy.source().restrictions;
    const auto names_networks_alone = [&](const std::string& id) {
        const auto rule = std::find_if(all.begin(), all.end(), [&](const Restriction& restriction) {
            return restriction.id == id;
        });
        return rule != all.end() && rule->logins.empty() && !rule->clients.empty();
    };
    return !verdict.rules.empty() &&
           std::all_of(verdict.rules.begin(), verdict.rules.end(), names_networks_alone);
}

}  // namespace

void find_words(const Policy& policy, const Facts& facts, const Reading& reading,
                const Rights& rights, Verdict& verdict) {
    if (!verdict.cause) return;
    const Cause cause = *verdict.cause;
    // The restriction of a suspension is named, but for that of a login that cannot be read.
    const bool suspended = cause == Cause::account_suspended;
    if (is_about_ownership(cause) || (suspended && verdict.rules.empty()))
        if (const Reason defect = login_defect(policy, facts, reading); defect != Reason::none)
            verdict.reason = defect;
    if (suspended && (!reading.logged_in || only_the_network_is_suspended(policy, verdict)))
        verdict.reason = Reason::client_refused;
    if (cause == Cause::sender_not_hosted && verdict.reason == Reason::none) {
        ForeignSender found = foreign_sender(policy, facts, reading, rights);
        verdict.reason = found.reason;
        verdict.instead = std::move(found.instead);
    } else if (is_about_ownership(cause) || cause == Cause::from_unusable) {
        verdict.instead = own_address(policy, facts, reading);
    }
    // A login that owns nothing by itself has got past MAIL as somebody.
    if (verdict.stage == Stage::headers && verdict.instead.empty() &&
        reading.sender.state == SenderReading::State::address &&
        rights.covers(reading.sender.address, GrantField::from).match == Match::yes)
        verdict.instead = to_string(reading.sender.address);
}

std::string method_in_words(const std::vector<std::string>& mechanisms) {
    for (const std::string& mechanism : mechanisms) {
        if (mechanism == "PLAIN" || mechanism == "LOGIN") return "Normal password";
        if (mechanism.starts_with("SCRAM-") || mechanism.ends_with("-MD5"))
            return "Encrypted password";
        if (mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER") return "OAuth2";
        if (mechanism == "GSSAPI") return "Kerberos/GSSAPI";
        if (mechanism == "NTLM") return "NTLM";
        if (mechanism == "EXTERNAL") return "TLS Certificate";
    }
    return mechanisms.empty() ? std::string() : mechanisms.front();
}

}  // namespace relaypermit
