// Other milters of one service: what those before relaypermitd keep from it, and what those behind
// it make of what it has judged. Seen on Postfix 3.7 (tests/mta/test_milter_order.py).
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "tool/wiring/logical_lines.h"
#include "tool/wiring/other_milters.h"
#include "tool/wiring/postfix_checks.h"

namespace relaypermit {
namespace {

using Servers = std::vector<PostfixServer>;

// "smtpd_milters = a, b, c" with the one at `from` put before that at `to`.
std::string moved(const Servers& servers, std::size_t from, std::size_t to) {
    std::string line = "smtpd_milters =";
    const auto add = [&](std::size_t which) {
        line += (line.ends_with('=') ? " " : ", ") + servers[which].written;
    };
    for (std::size_t i = 0; i <= servers.size(); ++i) {
        if (i == to) add(from);
        if (i < servers.size() && i != from) add(i);
    }
    return line;
}

}  // namespace

void check_other_milters(const PostfixFacts& facts, WiringFindings& findings) {
    const PostfixSettings& postfix = facts.postfix;
    for (const PostfixService* const service : smtpd_services(postfix)) {
        const PostfixSetting& milters = postfix.of(*service, "smtpd_milters");
        const auto ours = our_milter(facts, milters.value, service->chroot);
        if (!ours) continue;
        const Servers servers = read_postfix_servers(milters.value);
        const auto at = static_cast<std::size_t>(std::distance(
            servers.begin(),
            std::find_if(servers.begin(), servers.end(), [&](const PostfixServer& one) {
                return one.written == ours->server.written;
            })));
        const std::string_view general = postfix.of(*service, "milter_default_action").value;
        for (std::size_t i = 0; i < at && at < servers.size(); ++i) {
            const KnownMilter* const known = known_milter(servers[i].endpoint);
            const bool away = servers[i].option("default_action", general) == "quarantine";
            if (!away && (known == nullptr || !known->holds)) continue;
            findings.push_back(
                {Severity::warning, "milter-ahead", milters.origin,
                 away ? servers[i].endpoint +
                            " stands before relaypermitd with default_action=quarantine"
                      : std::string(known->name) + " at " + servers[i].endpoint +
                            " stands before relaypermitd, and puts mail on hold unless its "
                            "OnInfected says otherwise",
                 away ? "while it is away, Postfix puts mail on hold and asks no milter behind it: "
                        "what is let go later was never checked"
                      : "Postfix shows what one milter puts on hold to none behind it: what is let "
                        "go later has an unchecked From",
                 line_for(postfix, milters.origin, moved(servers, at, i))});
        }
        for (std::size_t i = at + 1; i < servers.size(); ++i) {
            const KnownMilter* const known = known_milter(servers[i].endpoint);
            if (known == nullptr || !known->rewrites) continue;
            findings.push_back(
                {Severity::warning, "milter-behind", milters.origin,
                 std::string(known->name) + " at " + servers[i].endpoint +
                     " stands behind relaypermitd, and may change sender and From",
                 "what goes out is then another message than the one that was judged",
                 line_for(postfix, milters.origin, moved(servers, at, i + 1))});
        }
    }
}

}  // namespace relaypermit
