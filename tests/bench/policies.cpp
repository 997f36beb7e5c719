#include "tests/bench/policies.h"

#include <stdexcept>

namespace relaypermit::benchmark {
namespace {

std::string domain_of(std::size_t alias) {
    return "d" + std::to_string(alias) + ".example";
}

std::string sender_pattern(std::size_t alias) {
    switch (alias % 4) {
        case 0:
            return "orders@" + domain_of(alias);
        case 1:
            return "*@" + domain_of(alias);
        case 2:
            return "or*@" + domain_of(alias);
        default:
            return "{user}@" + domain_of(alias);
    }
}

Pattern parsed(const std::string& text, PatternRole role) {
    auto pattern = Pattern::parse(text, role, "example.com");
    if (!pattern) throw std::invalid_argument(text + ": " + pattern.error().why);
    return *std::move(pattern);
}

PolicySource empty_policy() {
    PolicySource source;
    source.causes = default_causes();
    source.server_name = "mail.example.com";
    source.default_realm = "example.com";
    if (!source.hosted_domains.add("example.com")) throw std::invalid_argument("example.com");
    return source;
}

void add(PolicySource& source, const std::string& login, const std::string& sender) {
    Grant grant;
    grant.id = "alias-" + std::to_string(source.grants.size());
    grant.logins.push_back({parsed(login, PatternRole::login), {}, {}});
    grant.senders.push_back({parsed(sender, PatternRole::sender), {}});
    source.grants.push_back(std::move(grant));
}

}  // namespace

PolicySource mixed_policy(std::size_t aliases) {
    PolicySource source = empty_policy();
    for (std::size_t i = 0; i < aliases; ++i) add(source, login_of(i), sender_pattern(i));
    return source;
}

PolicySource one_login_policy(std::size_t aliases) {
    PolicySource source = empty_policy();
    for (std::size_t i = 0; i < aliases; ++i)
        add(source, "boss@example.com", "orders@" + domain_of(i));
    return source;
}

PolicySource prefix_policy(std::size_t aliases) {
    PolicySource source = empty_policy();
    for (std::size_t i = 0; i < aliases; ++i)
        add(source, login_of(i), "user" + std::to_string(i) + "-*@example.com");
    return source;
}

PolicySource regex_policy(std::size_t aliases) {
    PolicySource source = empty_policy();
    for (std::size_t i = 0; i < aliases; ++i) {
        add(source, "/^(?P<name>user" + std::to_string(i) + ")@example\\.com$/",
            "{name}@" + domain_of(i));
    }
    return source;
}

std::string mixed_policy_text(std::size_t aliases) {
    std::string text = "[relay]\nhosted_domains = [\"example.com\"]\n";
    for (std::size_t i = 0; i < aliases; ++i) {
        text += "[[alias]]\nid = \"alias-" + std::to_string(i) + "\"\nlogins = [\"" + login_of(i) +
                "\"]\nsenders = [\"" + sender_pattern(i) + "\"]\n";
    }
    return text;
}

std::string login_of(std::size_t alias) {
    return "user" + std::to_string(alias) + "@example.com";
}

std::string sender_of(std::size_t alias) {
    const std::string user = alias % 4 == 3 ? "user" + std::to_string(alias) : "orders";
    return user + "@" + domain_of(alias);
}

}  // namespace relaypermit::benchmark
