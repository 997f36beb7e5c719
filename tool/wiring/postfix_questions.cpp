// The questions of postfix_facts.h.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "policy/ascii.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/postfix_facts.h"

namespace relaypermit {
namespace {

// Of /etc/services; smtps and urd are older names of 465.
constexpr std::array<std::pair<std::string_view, std::uint16_t>, 5> named_ports = {{
    {"smtp", std::uint16_t{25}},
    {"submission", std::uint16_t{587}},
    {"submissions", std::uint16_t{465}},
    {"smtps", std::uint16_t{465}},
    {"urd", std::uint16_t{465}},
}};

std::string_view port_name(const PostfixService& service) {
    const std::string_view name = service.name;
    const std::size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_ours(const PostfixFacts& facts, const PostfixServer& server, const std::string& address,
             Protocol protocol) {
    const std::string& configured = facts.listen()[protocol];
    const std::string wanted = comparable_address(configured);
    if (!wanted.empty() && comparable_address(address) == wanted) return true;
    if (const SocketFacts* const found = facts.socket(address);
        found != nullptr && found->answered())
        return true;
    // An absolute path in a chroot is somewhere else, and meant for ours all the same.
    const std::size_t colon = server.endpoint.find(':');
    if (colon != std::string::npos && !wanted.empty() &&
        "unix:" + server.endpoint.substr(colon + 1) == wanted)
        return true;
    if (server.endpoint.find("relaypermit") == std::string::npos) return false;
    // The same folder has both sockets.
    const Protocol other = protocol == Protocol::milter ? Protocol::policy : Protocol::milter;
    return comparable_address(address) != comparable_address(facts.listen()[other]);
}

bool names_any(const std::vector<std::string>& items,
               std::initializer_list<std::string_view> words) {
    return std::any_of(items.begin(), items.end(), [&](const std::string& item) {
        return std::find(words.begin(), words.end(), item) != words.end();
    });
}

}  // namespace

const SocketFacts* PostfixFacts::socket(std::string_view address) const {
    const auto found = sockets.find(address);
    return found == sockets.end() ? nullptr : &found->second;
}

const NamedItems& PostfixFacts::list(std::string_view parameter) const {
    static const NamedItems none;
    const auto found = lists.find(parameter);
    return found == lists.end() ? none : found->second;
}

std::vector<const PostfixService*> smtpd_services(const PostfixSettings& postfix) {
    std::vector<const PostfixService*> services;
    for (const PostfixService& service : postfix.services)
        if (service.program == "smtpd") services.push_back(&service);
    return services;
}

std::uint16_t port_of(const PostfixService& service) {
    if (service.type == "pass") return 25;
    const std::string_view name = port_name(service);
    for (const auto& [known, number] : named_ports)
        if (name == known) return number;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), port);
    return error == std::errc{} && end == name.data() + name.size() ? port : std::uint16_t{0};
}

bool is_internal(const PostfixService& service) {
    const std::string_view name = service.name;
    return service.type == "unix" || name.starts_with("127.") || name.starts_with("localhost:") ||
           name.starts_with("[::1]:") || name.starts_with("::1:");
}

bool offers_auth(const PostfixSettings& postfix, const PostfixService& service) {
    return is_yes(postfix.of(service, "smtpd_sasl_auth_enable"));
}

bool is_submission(const PostfixFacts& facts, const PostfixService& service) {
    if (!facts.policy.loaded.policy) return true;
    const PolicySource& source = facts.policy.loaded.policy->source();
    const std::string& name = facts.postfix.of(service, "milter_macro_daemon_name").value;
    const auto& ports = source.submission_ports;
    const auto& names = source.submission_daemon_names;
    return std::find(ports.begin(), ports.end(), port_of(service)) != ports.end() ||
           std::find(names.begin(), names.end(), name) != names.end();
}

bool is_meant_for_submission(const PostfixSettings& postfix, const PostfixService& service) {
    const std::uint16_t port = port_of(service);
    if (port == 587 || port == 465) return true;
    if (!offers_auth(postfix, service)) return false;
    const auto restrictions = [&](std::string_view parameter) {
        return list_items(postfix.of(service, parameter).value);
    };
    for (const std::string_view parameter : {std::string_view("smtpd_client_restrictions"),
                                             std::string_view("smtpd_relay_restrictions"),
                                             std::string_view("smtpd_recipient_restrictions")}) {
        const auto items = restrictions(parameter);
        if (names_any(items, {"permit_sasl_authenticated"}) && names_any(items, {"reject"}) &&
            !names_any(items, {"permit_auth_destination", "reject_unauth_destination",
                               "defer_unauth_destination"}))
            return true;
    }
    return false;
}

std::optional<OurServer> our_milter(const PostfixFacts& facts, std::string_view milters,
                                    bool chroot) {
    for (PostfixServer& server : read_postfix_servers(milters)) {
        std::string address = address_of(server, facts.queue_directory(), chroot);
        if (is_ours(facts, server, address, Protocol::milter))
            return OurServer{std::move(server), std::move(address)};
    }
    return std::nullopt;
}

std::optional<OurServer> our_policy_service(const PostfixFacts& facts,
                                            std::string_view restrictions, bool chroot) {
    const std::vector<std::string> items = list_items(restrictions);
    for (std::size_t i = 0; i + 1 < items.size(); ++i) {
        if (items[i] != "check_policy_service") continue;
        PostfixServer server = read_postfix_server(items[i + 1]);
        std::string address = address_of(server, facts.queue_directory(), chroot);
        if (is_ours(facts, server, address, Protocol::policy))
            return OurServer{std::move(server), std::move(address)};
    }
    return std::nullopt;
}

}  // namespace relaypermit
