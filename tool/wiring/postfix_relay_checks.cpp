// What Postfix itself permits and refuses, on which relaypermitd relies: it only ever refuses.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/ascii.h"
#include "policy/network.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/policy_checks.h"
#include "tool/wiring/postfix_checks.h"
#include "tool/wiring/restrictions.h"

namespace relaypermit {
namespace {

constexpr std::array<std::string_view, 6> final_refusals = {"reject",
                                                            "defer",
                                                            "defer_if_permit",
                                                            "reject_unauth_destination",
                                                            "defer_unauth_destination",
                                                            "check_relay_domains"};
// An OK of these goes by what a client says of itself.
constexpr std::array<std::string_view, 6> by_claim = {"check_sender_access",
                                                      "check_helo_access",
                                                      "check_sender_mx_access",
                                                      "check_sender_ns_access",
                                                      "check_reverse_client_hostname_access",
                                                      "check_client_mx_access"};
constexpr std::array<std::string_view, 4> owner_checks = {
    "reject_sender_login_mismatch", "reject_authenticated_sender_login_mismatch",
    "reject_known_sender_login_mismatch", "reject_unauthenticated_sender_login_mismatch"};
template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::string_view usual_restrictions =
    "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, "
    "reject_unauth_destination";

// What permits strangers in this list before anything refuses them; nothing where all is well.
struct Hole {
    Severity severity{};
    std::string what{};
};

std::optional<Hole> hole_in(const PostfixFacts& facts, const std::vector<std::string>& items,
                            bool chroot) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string& item = items[i];
        const std::string argument = i + 1 < items.size() ? items[i + 1] : "";
        if (is_one_of(item, final_refusals)) return std::nullopt;
        // What follows either of these is only tried out.
        if (item == "warn_if_reject") {
            ++i;
            continue;
        }
        if (item == "permit") return Hole{Severity::error, "`permit` stands before any refusal"};
        if (is_one_of(item, by_claim))
            return Hole{Severity::warning, item + " " + argument + " stands before the refusal"};
        if (item == "check_policy_service" &&
            !our_policy_service(facts, "check_policy_service " + argument, chroot))
            return Hole{Severity::warning, "the policy service " +
                                               read_postfix_server(argument).endpoint +
                                               " stands before the refusal"};
    }
    return Hole{Severity::error, "nothing refuses strangers who want to relay"};
}

bool permits(const PostfixFacts& facts, const PostfixService& service, std::string_view word) {
    for (const std::string_view parameter : restriction_lists) {
        const auto items = list_items(restrictions_of(facts.postfix, service, parameter));
        if (std::find(items.begin(), items.end(), word) != items.end()) return true;
    }
    return false;
}

// How an access table no longer checks owners, and still does what it does besides.
std::string without_checks(const AccessTable& table, std::string_view list) {
    const std::string name = "check_sender_access " + table.name;
    if (table.only_checks())
        return "take " + name + " out of " + std::string(list) +
               " (relaypermit import carries it and the map over)";
    std::string keys;
    std::size_t more = 0;
    for (const AccessKey& key : table.keys) {
        if (!key.has_check) continue;
        if (keys.size() < 200)
            keys += (keys.empty() ? "" : ", ") + key.key;
        else
            ++more;
    }
    if (more > 0) keys += " and " + std::to_string(more) + " more";
    return "take the reject_*_sender_login_mismatch out of its answers" +
           (keys.empty() ? std::string() : " to " + keys) + ", and leave the others in " + name +
           " (relaypermit import carries the map over)";
}

// "[::1]/128" and "[2001:db8::]/32" are how main.cf writes IPv6. nullopt: a name, a table.
std::optional<Network> network_of(const std::string& item) {
    std::string text;
    for (const char c : item)
        if (c != '[' && c != ']') text += c;
    if (const auto network = Network::parse(text)) return *network;
    // Postfix takes host bits too.
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string::npos) return Network{*address, address->bits()};
    unsigned prefix = 0;
    for (const char c : text.substr(slash + 1)) {
        if (c < '0' || c > '9' || prefix > 128) return std::nullopt;
        prefix = prefix * 10 + static_cast<unsigned>(c - '0');
    }
    // ::ffff:127.0.0.0/104 is IPv4.
    if (address->is_v4() && prefix > 32) prefix -= prefix >= 96 ? 96 : 0;
    if (prefix > address->bits()) return std::nullopt;
    return Network{address->masked(prefix), prefix};
}

bool is_loopback(const Network& network) {
    std::array<std::uint8_t, 16> one{};
    one.back() = 1;
    return Network{IpAddress::v4({127, 0, 0, 0}), 8}.contains(network) ||
           Network{IpAddress::v6(one), 128}.contains(network);
}

// RFC 4193 and RFC 4291, 2.5.6: as wide as they are, nobody from outside is in them.
bool is_private_v6(const Network& network) {
    std::array<std::uint8_t, 16> local{0xfc};
    std::array<std::uint8_t, 16> link_local{0xfe, 0x80};
    return Network{IpAddress::v6(local), 7}.contains(network) ||
           Network{IpAddress::v6(link_local), 10}.contains(network);
}

bool covered(const Network& network, const std::vector<PlacedNetwork>& by) {
    return std::any_of(by.begin(), by.end(),
                       [&](const PlacedNetwork& one) { return one.network.contains(network); });
}

}  // namespace

void check_relaying(const PostfixFacts& facts, WiringFindings& findings) {
    for (const PostfixService* const service : smtpd_services(facts.postfix)) {
        if (is_internal(*service)) continue;
        const PostfixSetting& relay = facts.postfix.of(*service, "smtpd_relay_restrictions");
        const auto items = [&](std::string_view list) {
            return list_items(restrictions_of(facts.postfix, *service, list));
        };
        const auto hole = hole_in(facts, items("smtpd_relay_restrictions"), service->chroot);
        if (!hole) continue;
        // Each list has to let a recipient through.
        const auto second = hole_in(facts, items("smtpd_recipient_restrictions"), service->chroot);
        if (!second) continue;
        const bool open = hole->severity == Severity::error && second->severity == Severity::error;
        const Hole& worst = list_items(relay.value).empty() ? *second : *hole;
        findings.push_back(
            {open ? Severity::error : Severity::warning, "open-relay", relay.origin,
             service->title() + ": " + worst.what,
             open ? "anybody may relay through this server whenever relaypermitd is away, or "
                    "permits it"
                  : "an OK from there lets its clients relay, whoever they are",
             open
                 ? line_for(facts.postfix, relay.origin, usual_restrictions)
                 : "put permit_auth_destination before it and reject_unauth_destination behind, or "
                   "move it to smtpd_recipient_restrictions"});
    }
    const PostfixSetting& mynetworks = facts.postfix["mynetworks"];
    const PostfixSetting& place =
        mynetworks.is_default() ? facts.postfix["mynetworks_style"] : mynetworks;
    for (const std::string& item : facts.list("mynetworks").items) {
        const auto network = network_of(item);
        if (!network || network->prefix >= (network->address.is_v4() ? 8U : 16U) ||
            is_private_v6(*network))
            continue;
        findings.push_back({Severity::error, "open-networks", place.origin,
                            "mynetworks has " + item, "everybody there may relay without a login",
                            "mynetworks = 127.0.0.0/8 [::1]/128, and networks of yours"});
    }
}

void check_networks(const PostfixFacts& facts, WiringFindings& findings) {
    if (!facts.policy.loaded.policy) return;
    const PolicySource& source = facts.policy.loaded.policy->source();
    const auto services = smtpd_services(facts.postfix);
    if (std::none_of(services.begin(), services.end(), [&](const PostfixService* service) {
            return permits(facts, *service, "permit_mynetworks");
        }))
        return;
    std::vector<PlacedNetwork> known = source.trusted_networks;
    for (RuleNumber number = 0; number < source.grants.size(); ++number) {
        const auto& clients = source.grants[number].rare->clients;
        known.insert(known.end(), clients.begin(), clients.end());
    }
    const PostfixSetting& mynetworks = facts.postfix["mynetworks"];
    std::vector<PlacedNetwork> relaying;
    std::string strangers;
    for (const std::string& item : facts.list("mynetworks").items) {
        const auto network = network_of(item);
        if (!network) continue;
        relaying.push_back({*network, {}});
        if (!covered(*network, known)) strangers += (strangers.empty() ? "" : ", ") + item;
    }
    if (!strangers.empty())
        findings.push_back(
            {Severity::warning, "networks-differ", mynetworks.origin,
             "mynetworks has " + strangers + ", and the policy neither trusts nor grants it",
             "Postfix lets these relay without a login, and relaypermitd refuses them",
             "trusted_networks in [relay] of " + facts.policy.file +
                 ", or [[alias]] with clients = [...]; or take it out of mynetworks"});
    // A table of networks, or a name, says too little.
    const NamedItems& list = facts.list("mynetworks");
    if (!list.unlisted.empty() || !list.unanswered.empty()) return;
    for (const PlacedNetwork& one : known) {
        // Nothing is lost where a program on the machine itself has to log in.
        if (covered(one.network, relaying) || is_loopback(one.network)) continue;
        const FileLine place{std::string(one.place.file()), one.place.line};
        findings.push_back(
            {Severity::warning, "networks-differ",
             place.file.empty() ? policy_line(facts.policy, "relay.trusted_networks") : place,
             "the policy lets " + to_string(one.network) +
                 " relay without a login, and mynetworks has it not",
             "Postfix refuses it: relaypermitd never permits",
             "mynetworks = " + mynetworks.value + " " +
                 (one.network.address.is_v4() ? to_string(one.network)
                                              : "[" + to_string(one.network.address) + "]/" +
                                                    std::to_string(one.network.prefix))});
    }
}

void check_order_of_refusals(const PostfixFacts& facts, WiringFindings& findings) {
    for (const PostfixService* const service : smtpd_services(facts.postfix)) {
        if (is_internal(*service)) continue;
        const PostfixSetting& delay = facts.postfix.of(*service, "smtpd_delay_reject");
        if (!is_yes(delay))
            findings.push_back({Severity::warning, "delay-reject", delay.origin,
                                "Postfix refuses clients and senders before relaypermitd is asked",
                                "people read its words and not what to do",
                                line_for(facts.postfix, delay.origin, "smtpd_delay_reject = yes")});
        if (facts.postfix.of(*service, "smtpd_sender_login_maps").value.empty()) continue;
        for (const std::string_view parameter : restriction_lists) {
            const PostfixSetting& list = facts.postfix.of(*service, parameter);
            const auto items = list_items(restrictions_of(facts.postfix, *service, parameter));
            for (std::size_t i = 0; i < items.size(); ++i) {
                const std::string item = ascii_lower(items[i]);
                std::string what = item;
                std::string remedy = "take " + item + " out of " + std::string(parameter) +
                                     " (relaypermit import carries its map over)";
                if (item == "check_sender_access" && i + 1 < items.size()) {
                    const AccessTable table =
                        access_table(facts.postfix, *service, items[i + 1], facts.access);
                    if (table.check == SenderCheck::none && !table.without_login) continue;
                    what += " " + table.name;
                    remedy = without_checks(table, parameter);
                } else if (!is_one_of(item, owner_checks)) {
                    continue;
                }
                findings.push_back(
                    {Severity::warning, "sender-login-maps", list.origin,
                     what + " decides who may send as whom, too",
                     "what the policy grants, Postfix refuses where its own map lacks it", remedy});
            }
        }
    }
}

}  // namespace relaypermit
