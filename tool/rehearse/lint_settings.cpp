// Warnings about [relay], [submission], [login], [from] and [groups].
#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_set>

#include "policy/domain_relations.h"
#include "policy/near_domain.h"
#include "tool/rehearse/lint.h"
#include "tool/rehearse/public_suffix.h"

namespace relaypermit {
namespace {

std::string item(std::string_view list, std::size_t number) {
    return std::string(list) + "[" + std::to_string(number) + "]";
}

// Who mistypes a domain wants to know that first. Listed domains count as typed.
std::string near_help(const PolicySource& source, std::string_view domain, std::string otherwise) {
    PolicySource listed;
    listed.hosted_domains = source.hosted_domains;
    const std::string star = domain.starts_with("*.") ? "*." : "";
    const std::string near = near_hosted_domain(listed, domain.substr(star.size()));
    return near.empty() ? otherwise : "did you mean " + in_backticks(star + near) + "?";
}

bool is_star(std::string_view pattern) {
    return pattern.starts_with("*.");
}

void lint_public_suffixes(Lint& lint, const DomainSet& domains, std::string_view list,
                          std::string_view leads_to) {
    for (std::size_t i = 0; i < domains.patterns().size(); ++i) {
        const std::string& pattern = domains.patterns()[i];
        if (is_star(pattern) && is_public_suffix(std::string_view(pattern).substr(2)))
            lint.warn(lint.place(item(list, i)),
                      in_backticks(pattern) +
                          " is every domain that anybody registers there: " + std::string(leads_to),
                      "name the domains one by one");
    }
}

void lint_domains(Lint& lint) {
    const PolicySource& source = lint.source();
    if (source.hosted_domains.empty() && !has_domain_table(source, DomainRole::hosted))
        lint.warn(lint.place("relay.hosted_domains"), "no domain is hosted",
                  "list the domains whose mail this server is for in hosted_domains in [relay]");
    lint_public_suffixes(lint, source.hosted_domains, "relay.hosted_domains",
                         "mail to all of them counts as mail to this server, from anyone");
    lint_public_suffixes(lint, source.relay_domains, "relay.relay_domains",
                         "anyone may relay to all of them, without a login");
    const auto& hosted = source.hosted_domains.patterns();
    const auto& relayed = source.relay_domains.patterns();
    for (std::size_t i = 0; i < relayed.size(); ++i)
        if (covers(source.hosted_domains, relayed[i]))
            lint.warn(lint.place(item("relay.relay_domains", i)),
                      in_backticks(relayed[i]) + " is a hosted domain already",
                      "relay_domains is for domains of other servers");
    for (std::size_t i = 0; i < relayed.size(); ++i)
        if (const std::string help = near_help(source, relayed[i], ""); !help.empty())
            lint.warn(lint.place(item("relay.relay_domains", i)),
                      "anyone may relay to " + in_backticks(relayed[i]) +
                          ", a domain nearly like a hosted one",
                      help);
    for (std::size_t i = 0; i < relayed.size() && hosted.size() <= 2000; ++i)
        for (const std::string& domain : hosted) {
            DomainSet relay;
            const bool contains = is_star(relayed[i]) && relay.add(relayed[i]) &&
                                  covers(relay, domain) &&
                                  !covers(source.hosted_domains, relayed[i]);
            if (!contains) continue;
            lint.warn(
                lint.place(item("relay.relay_domains", i)),
                in_backticks(relayed[i]) + " contains the hosted domain " + in_backticks(domain),
                "mail for that counts as hosted; name the other domains one by one");
            break;
        }
    const auto lint_doubles = [&](const std::vector<std::string>& patterns, std::string_view list) {
        for (std::size_t i = 0; i < patterns.size(); ++i) {
            for (std::size_t j = 0; j < patterns.size() && patterns.size() <= 2000; ++j) {
                if (i == j || (patterns[i] == patterns[j] && j > i)) continue;
                DomainSet other;
                if (other.add(patterns[j]) && covers(other, patterns[i])) {
                    lint.warn(lint.place(item(list, i)),
                              in_backticks(patterns[i]) +
                                  (patterns[i] == patterns[j]
                                       ? std::string(" stands in the list twice")
                                       : " is contained in " + in_backticks(patterns[j])),
                              "remove it");
                    break;
                }
            }
        }
    };
    lint_doubles(hosted, "relay.hosted_domains");
    lint_doubles(relayed, "relay.relay_domains");
}

bool within(const Network& network, std::string_view range) {
    const auto outer = Network::parse(range);
    return outer && outer->contains(network);
}

// The defaults of Docker (all of 172.16.0.0/12 by and by) and Docker Desktop, Podman, LXC, libvirt,
// and of the Kubernetes networks flannel and k3s.
constexpr std::array<std::string_view, 8> container_bridges = {
    "172.16.0.0/12", "192.168.65.0/24",  "10.88.0.0/16",  "10.89.0.0/16",
    "10.0.3.0/24",   "192.168.122.0/24", "10.244.0.0/16", "10.42.0.0/16"};

// Docker and Podman take the IPv6 network of a bridge, a /64, from the unique local addresses of
// RFC 4193.
bool is_ipv6_bridge(const Network& network) {
    return within(network, "fd00::/8") && network.prefix >= 64;
}

// One address, the first or the last of a network as people cut them.
bool is_gateway(const Network& network) {
    const std::string address = to_string(network.address);
    return network.address.is_v4() && network.prefix == 32 &&
           (address.ends_with(".1") || address.ends_with(".254"));
}

void lint_trusted(Lint& lint) {
    const auto& trusted = lint.source().trusted_networks;
    for (std::size_t i = 0; i < trusted.size(); ++i) {
        const Network& network = trusted[i].network;
        const std::string name = in_backticks(to_string(network));
        if (network.prefix == 0) {
            lint.warn(trusted[i].place, name + " trusts every client there is: an open relay",
                      "trust the networks of your own machines alone");
            continue;
        }
        const bool loopback = within(network, "127.0.0.0/8") || within(network, "::1/128");
        const bool local = within(network, "10.0.0.0/8") || within(network, "172.16.0.0/12") ||
                           within(network, "192.168.0.0/16") || within(network, "fc00::/7") ||
                           within(network, "fe80::/10") || within(network, "169.254.0.0/16");
        const bool bridge =
            is_ipv6_bridge(network) ||
            std::any_of(container_bridges.begin(), container_bridges.end(),
                        [&](std::string_view bridges) { return within(network, bridges); });
        if (bridge)
            lint.warn(trusted[i].place,
                      name +
                          " is where container bridges live: behind one, or behind a proxy, "
                          "every client of the world may seem to come from it",
                      "trust it only where the real client reaches the mail server");
        else if (local && is_gateway(network))
            lint.warn(trusted[i].place,
                      name +
                          " looks like a router: behind its NAT, or behind a proxy, every client "
                          "of the world may seem to come from it",
                      "trust it only where the real client reaches the mail server");
        else if (within(network, "100.64.0.0/10"))
            lint.warn(trusted[i].place,
                      name + " is shared by customers of a provider behind one NAT",
                      "RFC 6598; trust addresses of your own");
        else if (!loopback && !local && network.prefix < (network.address.is_v4() ? 16U : 32U))
            lint.warn(trusted[i].place,
                      name +
                          " trusts a large part of the public network, without a login and as "
                          "any sender",
                      "a grant by `clients` can name the senders");
        for (std::size_t j = 0; j < trusted.size(); ++j) {
            const bool same = trusted[j].network == network;
            if (i == j || (same && j > i) || !trusted[j].network.contains(network)) continue;
            lint.warn(
                trusted[i].place,
                name + (same ? std::string(" stands in the list twice")
                             : " is contained in " + in_backticks(to_string(trusted[j].network))),
                "remove it");
            break;
        }
    }
}

// Transports of Postfix's master.cf and mailers of Sendmail's MAILER() macros.
constexpr std::array<std::string_view, 12> local_mailers = {
    "local", "virtual", "lmtp",  "error",    "discard",  "retry",
    "prog",  "*file*",  "cyrus", "procmail", "maildrop", "dovecot"};
constexpr std::array<std::string_view, 5> known_remote_mailers = {"smtp", "esmtp", "relay", "smtp8",
                                                                  "dsmtp"};

void lint_mailers(Lint& lint) {
    const auto& mailers = lint.source().remote_mailers;
    if (!mailers) return;
    const Place place = lint.place("relay.remote_mailers");
    if (mailers->empty()) {
        lint.warn(place,
                  "no mailer leaves this system, so relaying is refused on submission ports alone",
                  "leave remote_mailers out for the default of the mail server");
        return;
    }
    const auto has = [&](std::string_view name) {
        return std::find(mailers->begin(), mailers->end(), name) != mailers->end();
    };
    if (!has("smtp") && !has("esmtp"))
        lint.warn(place, "neither `smtp` nor `esmtp` is a remote mailer",
                  "mail that leaves by the standard transport is not seen to leave");
    for (const std::string& name : *mailers) {
        const auto is_among = [&](const auto& names) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        if (is_among(local_mailers))
            lint.warn(place, in_backticks(name) + " delivers here and is no remote mailer",
                      "mail to users of this server would need a login");
        else if (!is_among(known_remote_mailers))
            lint.warn(place,
                      "whether mail leaves this system by " + in_backticks(name) +
                          " cannot be judged here",
                      "what the mail server delivers by it needs a login then, or a grant");
    }
}

void lint_submission(Lint& lint) {
    const PolicySource& source = lint.source();
    const auto& ports = source.submission_ports;
    const auto has_port = [&](std::uint16_t port) {
        return std::find(ports.begin(), ports.end(), port) != ports.end();
    };
    if (ports.empty() && source.submission_daemon_names.empty())
        lint.warn(lint.place("submission.ports"), "no connection counts as a submission",
                  "name the ports on which users log in");
    if (has_port(25))
        lint.warn(lint.place("submission.ports"),
                  "port 25 is where other mail servers deliver: as a submission port it refuses "
                  "all their mail",
                  "take it out of `ports`");
    const bool logins = source.owns_own_address || !source.grants.empty();
    if (!source.require_tls && logins)
        lint.warn(lint.place("submission.require_tls"),
                  "passwords may cross the network unencrypted",
                  "leave require_tls at true unless the mail server insists on TLS itself");
}

void lint_login(Lint& lint) {
    const PolicySource& source = lint.source();
    // What stands in ordinary names.
    std::string tagged;
    for (const char delimiter : source.subaddress_delimiter)
        if (delimiter != '+')
            tagged += (tagged.empty() ? "" : " and ") +
                      in_backticks("alice" + std::string(1, delimiter) + "anything@");
    if (!tagged.empty())
        lint.warn(lint.place("login.subaddress_delimiter"),
                  "whoever owns `alice@` owns every " + tagged +
                      " too, and what suspends the one login suspends the other, also "
                      "where that is somebody else's",
                  "the mail server must deliver these to alice: recipient_delimiter in Postfix");
    const DomainSet& realms = source.realms ? *source.realms : source.hosted_domains;
    const bool may_be_in_table = has_domain_table(source, DomainRole::hosted);
    if (source.owns_own_address && !source.default_realm.empty() &&
        (source.realms || !may_be_in_table) && !realms.contains(source.default_realm))
        lint.warn(lint.place("login.default_realm"),
                  "`default_realm` " + in_backticks(source.default_realm) +
                      " is none of the realms that own their address",
                  near_help(source, source.default_realm,
                            source.realms ? "add it to `realms`" : "add it to `hosted_domains`"));
    if (!source.owns_own_address && source.grants.empty() && source.tables.empty())
        lint.warn(lint.place("login.owns_own_address"),
                  "no login may send as anything: logins do not own their address and nothing is "
                  "granted",
                  "add an [[alias]], or leave owns_own_address at true");
    if (source.realms && !source.owns_own_address)
        lint.warn(lint.place("login.realms"),
                  "`realms` has no effect where `owns_own_address` is false", "remove one of them");
    if (source.realms && !may_be_in_table)
        for (const std::string& realm : source.realms->patterns())
            if (!covers(source.hosted_domains, realm))
                lint.warn(lint.place("login.realms"),
                          "the realm " + in_backticks(realm) + " is outside the hosted domains",
                          near_help(source, realm,
                                    "its logins send as themselves from a domain that this server "
                                    "does not host"));
}

void lint_groups(Lint& lint) {
    std::unordered_set<std::string> used;
    const auto use = [&](const LoginPatterns& logins) {
        logins.each_part([](std::span<const LoginPattern>) {},
                         [&](const LoginPatterns::Group& group) {
                             if (!group->members.empty()) used.insert(group->name.str());
                         });
    };
    for (const Grant& grant : lint.source().grants) use(grant.logins);
    for (const Restriction& restriction : lint.source().restrictions) use(restriction.logins);
    for (const std::string& group : lint.loaded().groups)
        if (!used.contains(group)) {
            const auto members = lint.loaded().members.find(group);
            const bool empty =
                members == lint.loaded().members.end() || members->second->members.empty();
            lint.warn(
                lint.place("groups." + group),
                "the group " + in_backticks(group) + (empty ? " is empty" : " is used by no rule"),
                empty ? "add logins to it, or remove it"
                      : "a rule names it as `group:" + group + "`");
        }
}

// What nobody reads is worse than no contact.
void lint_contact(Lint& lint) {
    const std::string& contact = lint.source().contact;
    const std::size_t at = contact.find('@');
    if (at == std::string::npos) return;
    const std::string_view behind = std::string_view(contact).substr(at + 1);
    const std::string_view domain = behind.substr(0, behind.find_first_of(" ,;"));
    const std::string near = near_hosted_domain(lint.source(), domain);
    if (!near.empty())
        lint.warn(lint.place("server.contact"),
                  "replies send people to " + in_backticks(domain) + ", which is not hosted here",
                  "did you mean " + in_backticks(near) + "?");
}

}  // namespace

void lint_settings(Lint& lint) {
    lint_domains(lint);
    lint_trusted(lint);
    lint_mailers(lint);
    lint_submission(lint);
    lint_login(lint);
    lint_groups(lint);
    lint_contact(lint);
    if (lint.is_set("listen.control") && lint.loaded().settings.listen[Protocol::control].empty())
        lint.warn(
            lint.place("listen.control"),
            "without a control socket `relaypermit suspend`, `resume` and `reload` cannot say "
            "that it is done: no daemon can confirm it",
            "leave `control` out for the default one, and restart relaypermitd");
    if (lint.source().monitor_mode)
        lint.warn(lint.place("mode"), "`mode` is `monitor`: nothing is refused, only recorded",
                  "`enforce` when the records look right");
    if (lint.source().server_name.find('.') == std::string::npos && !lint.is_set("server.name"))
        lint.warn(lint.place("server.name"),
                  "replies name this server " + in_backticks(lint.source().server_name),
                  "set name in [server] to the name that mail programs connect to");
}

}  // namespace relaypermit
