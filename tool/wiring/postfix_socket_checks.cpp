// Whether relaypermitd is where Postfix looks for it, and whether Postfix may go there.
#include <algorithm>
#include <string>
#include <vector>

#include "tool/wiring/logical_lines.h"
#include "tool/wiring/policy_checks.h"
#include "tool/wiring/postfix_checks.h"
#include "tool/wiring/restrictions.h"

namespace relaypermit {
namespace {

// A place in the settings that leads to one of relaypermitd's sockets.
struct Way {
    const PostfixService* service{};
    const PostfixSetting* setting{};
    OurServer ours{};
    Protocol protocol{};
    std::string instead{};  // the line with the right address in it
};

constexpr std::uint32_t written_by_others = 0002;

std::string setting_of(Protocol protocol) {
    return "listen." + std::string(info_of(protocol).key);
}

// True where that is all there is to say.
bool is_elsewhere(const PostfixFacts& facts, const Way& way, WiringFindings& findings) {
    const std::string& configured = facts.listen()[way.protocol];
    const std::string wanted = comparable_address(configured);
    const SocketFacts* const found = facts.socket(way.ours.address);
    if (wanted.empty() || wanted == comparable_address(way.ours.address) ||
        (found != nullptr && found->answered()))
        return false;
    const std::string queue = facts.queue_directory() + "/";
    const bool chroot = way.service != nullptr && way.service->chroot;
    std::string because =
        way.protocol == Protocol::milter
            ? "Postfix finds no milter there and puts mail off, or does as default_action says"
            : "Postfix finds nobody there, and refuses in its own words";
    if (chroot && way.ours.server.endpoint.starts_with("unix:/"))
        because =
            way.service->title() + " is chrooted: its paths begin at " + facts.queue_directory();
    const bool out_of_reach =
        chroot && wanted.starts_with("unix:") && !wanted.starts_with("unix:" + queue);
    const std::string name = way.protocol == Protocol::milter ? "milter.sock" : "policy.sock";
    findings.push_back(
        {Severity::error, "socket-elsewhere",
         out_of_reach ? policy_line(facts.policy, setting_of(way.protocol)) : way.setting->origin,
         out_of_reach ? "relaypermitd listens at " + configured + ", which " +
                            way.service->title() + " in its chroot cannot reach"
                      : "Postfix looks for relaypermitd at " + way.ours.address +
                            ", and it listens at " + configured,
         out_of_reach ? "paths of " + way.service->title() + " begin at " + facts.queue_directory()
                      : because,
         out_of_reach ? std::string(info_of(way.protocol).key) + " = \"unix:" + queue +
                            "relaypermit/" + name + "\""
                      : way.instead});
    return true;
}

void look(const PostfixFacts& facts, const Way& way, WiringFindings& findings) {
    if (is_elsewhere(facts, way, findings)) return;
    const SocketFacts* const socket = facts.socket(way.ours.address);
    if (socket == nullptr || socket->path.hidden) return;
    const bool is_unix = socket->address.starts_with("unix:");
    const std::string who = std::string(info_of(way.protocol).key);
    const std::string because = way.protocol == Protocol::milter
                                    ? "Postfix puts all mail off, or does as default_action says"
                                    : "Postfix refuses in its own words, or puts off";
    const FileLine place = is_unix ? FileLine{socket->path.path, 0} : way.setting->origin;
    if (is_unix && !socket->path.exists) {
        findings.push_back({Severity::error, "socket-missing", place,
                            "there is no socket for the " + who, because,
                            "start relaypermitd: systemctl start relaypermitd"});
        return;
    }
    if (is_unix && !socket->obstacle.empty()) {
        const std::string& user = facts.postfix["mail_owner"].value;
        const bool itself = socket->obstacle.starts_with(socket->path.path + " (");
        findings.push_back({Severity::error, "socket-permissions", place,
                            "the user " + user + " may not connect to it: " + socket->obstacle,
                            because,
                            itself ? "in " + facts.policy.file + ": socket_group = \"" + user +
                                         "\" and socket_mode = \"0660\" in [listen]"
                                   : "chgrp " + user + " " +
                                         socket->obstacle.substr(0, socket->obstacle.rfind(" (")) +
                                         ", and chmod g+x"});
        return;
    }
    if (socket->end == ProbeEnd::nobody || socket->end == ProbeEnd::silent ||
        socket->end == ProbeEnd::another)
        findings.push_back({Severity::error, "socket-silent", place,
                            "relaypermitd does not answer there as a " + who + ": " + socket->why,
                            because, "look at: systemctl status relaypermitd"});
    if (is_unix && (socket->path.mode & written_by_others) != 0)
        findings.push_back(
            {Severity::warning, "socket-open", place,
             "every local user may connect to it (" + permissions_of(socket->path) + ")",
             "whoever does can hold mail up, or end relaypermitd",
             "in " + facts.policy.file + ": socket_mode = \"0660\" and socket_group = \"" +
                 facts.postfix["mail_owner"].value + "\" in [listen]"});
}

std::string replaced(std::string text, std::string_view old, std::string_view by) {
    const std::size_t at = text.find(old);
    if (at != std::string::npos && !old.empty()) text.replace(at, old.size(), by);
    return text;
}

std::string policy_service_entry(const PostfixFacts& facts) {
    return "check_policy_service { " +
           endpoint_of(facts.listen()[Protocol::policy], facts.queue_directory()) +
           ", timeout=5s, default_action=DUNNO }";
}

struct Restrictions {
    const PostfixSetting& setting;
    std::vector<std::string> items{};
};

// Of one list of restrictions in which ours is asked.
void check_call(const PostfixFacts& facts, const Restrictions& list, const OurServer& ours,
                WiringFindings& findings) {
    const FileLine& place = list.setting.origin;
    const std::string action = ours.server.option("default_action", "");
    if (action != "DUNNO" && action != "dunno") {
        const bool permits = action == "OK" || action == "ok" || action == "permit";
        findings.push_back(
            {permits ? Severity::error : Severity::warning, "policy-default-action", place,
             "the default_action for relaypermitd's policy service is " +
                 (action.empty() ? std::string("451 4.3.5") : action),
             permits ? "while relaypermitd is away, everybody may relay"
                     : "while relaypermitd is away, what Postfix would refuse is put off for days",
             policy_service_entry(facts)});
    }
    const std::vector<std::string>& items = list.items;
    const auto at = std::find_if(items.begin(), items.end(), [&](const std::string& item) {
        return item == ours.server.written;
    });
    const auto refusal = std::find_if(items.begin(), items.end(), [](const std::string& item) {
        return item == "reject_unauth_destination" || item == "defer_unauth_destination" ||
               item == "reject" || item == "defer";
    });
    if (refusal < at)
        findings.push_back({Severity::warning, "policy-service-late", place,
                            "relaypermitd's policy service stands behind " + *refusal,
                            "it is never asked, and who is refused there is not told why",
                            "put check_policy_service before " + *refusal});
}

}  // namespace

void check_sockets(const PostfixFacts& facts, WiringFindings& findings) {
    const std::string milter =
        endpoint_of(facts.listen()[Protocol::milter], facts.queue_directory());
    for (const PostfixService* const service : smtpd_services(facts.postfix)) {
        const PostfixSetting& milters = facts.postfix.of(*service, "smtpd_milters");
        if (auto ours = our_milter(facts, milters.value, service->chroot)) {
            std::string line = line_for(
                facts.postfix, milters.origin,
                "smtpd_milters = " + replaced(milters.value, ours->server.endpoint, milter));
            look(facts, {service, &milters, std::move(*ours), Protocol::milter, std::move(line)},
                 findings);
        }
        if (facts.listen()[Protocol::policy].empty()) continue;
        for (const std::string_view parameter : restriction_lists) {
            const PostfixSetting& list = facts.postfix.of(*service, parameter);
            auto ours = our_policy_service(
                facts, restrictions_of(facts.postfix, *service, parameter), service->chroot);
            if (!ours) continue;
            look(facts,
                 {service, &list, std::move(*ours), Protocol::policy, policy_service_entry(facts)},
                 findings);
        }
    }
}

void check_policy_service(const PostfixFacts& facts, WiringFindings& findings) {
    const bool served = !facts.listen()[Protocol::policy].empty();
    bool asked = false;
    for (const PostfixService* const service : smtpd_services(facts.postfix))
        for (const std::string_view parameter : restriction_lists) {
            const PostfixSetting& list = facts.postfix.of(*service, parameter);
            const std::string restrictions = restrictions_of(facts.postfix, *service, parameter);
            const auto ours = our_policy_service(facts, restrictions, service->chroot);
            if (!ours) continue;
            asked = true;
            check_call(facts, {list, list_items(restrictions)}, *ours, findings);
            if (!served)
                findings.push_back(
                    {Severity::warning, "policy-service-unserved", list.origin,
                     "Postfix asks relaypermitd's policy service, and the policy names no socket "
                     "for it",
                     "each refusal to relay takes a second longer, and has Postfix' own words",
                     "in [listen] of " + facts.policy.file + ": policy = \"unix:" +
                         facts.queue_directory() + "/relaypermit/policy.sock\""});
        }
    if (served && !asked)
        findings.push_back(
            {Severity::warning, "policy-service-unasked",
             policy_line(facts.policy, "listen.policy"),
             "[listen] has a policy service, and Postfix does not ask it",
             "strangers on port 25 read \"Relay access denied\" and not what to do",
             "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, "
             "permit_auth_destination, " +
                 policy_service_entry(facts) + ", reject_unauth_destination"});
}

}  // namespace relaypermit
