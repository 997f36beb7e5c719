// Short ways to write a policy and facts in a test, without the reader of the file. Patterns that
// do not parse fail the test at once.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluate.h"

namespace relaypermit::testing {

using Words = std::initializer_list<std::string_view>;

inline Pattern pattern(std::string_view text, PatternRole role,
                       std::string_view realm = "example.com") {
    auto parsed = Pattern::parse(text, role, realm);
    if (!parsed) throw std::invalid_argument(std::string(text) + ": " + parsed.error().why);
    return *parsed;
}

inline DomainSet domains(Words names) {
    DomainSet set;
    for (const std::string_view name : names)
        if (!set.add(name)) throw std::invalid_argument(std::string(name));
    return set;
}

inline Network network(std::string_view text) {
    auto parsed = Network::parse(text);
    if (!parsed) throw std::invalid_argument(std::string(text) + ": " + parsed.error());
    return *parsed;
}

inline std::vector<LoginPattern> logins(Words texts) {
    std::vector<LoginPattern> patterns;
    for (const std::string_view text : texts)
        patterns.push_back({pattern(text, PatternRole::login), {}, {}});
    return patterns;
}

inline std::vector<PlacedPattern> placed(Words texts, PatternRole role) {
    std::vector<PlacedPattern> patterns;
    for (const std::string_view text : texts) patterns.push_back({pattern(text, role), {}});
    return patterns;
}

inline std::vector<PlacedNetwork> networks(Words texts) {
    std::vector<PlacedNetwork> placed_networks;
    for (const std::string_view text : texts) placed_networks.push_back({network(text), {}});
    return placed_networks;
}

inline Grant grant(std::string id, Words login_texts, Words sender_texts) {
    Grant made;
    made.id = std::move(id);
    made.logins = logins(login_texts);
    made.senders = placed(sender_texts, PatternRole::sender);
    return made;
}

inline Grant client_grant(std::string id, Words clients, Words sender_texts) {
    Grant made;
    made.id = std::move(id);
    made.rare.edit().clients = networks(clients);
    made.senders = placed(sender_texts, PatternRole::sender);
    return made;
}

// example.com and *.shops.example.com are hosted, backup.example is relayed for, 127/8 trusted.
inline PolicySource basic_source() {
    PolicySource source;
    source.server_name = "mail.example.com";
    source.hosted_domains = domains({"example.com", "*.shops.example.com"});
    source.relay_domains = domains({"backup.example"});
    source.trusted_networks = networks({"127.0.0.0/8"});
    source.default_realm = "example.com";
    source.causes = default_causes();
    return source;
}

inline CausePolicy& cause_of(PolicySource& source, Cause cause) {
    return source.causes[static_cast<std::size_t>(cause)];
}

inline Facts submission(std::string login, std::string sender) {
    Facts facts;
    facts.client = IpAddress::parse("198.51.100.7");
    facts.port = 587;
    facts.tls = "TLSv1.3";
    facts.helo = "laptop";
    if (!login.empty()) {
        facts.auth_type = "PLAIN";
        facts.auth_authen = std::move(login);
    }
    facts.sender_argument = "<" + sender + ">";
    return facts;
}

inline Facts incoming(std::string sender, std::string recipient) {
    Facts facts = submission("", std::move(sender));
    facts.port = 25;
    facts.tls.clear();
    facts.recipients = {{"<" + recipient + ">", "smtp"}};
    return facts;
}

}  // namespace relaypermit::testing
