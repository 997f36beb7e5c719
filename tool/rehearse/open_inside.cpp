#include "tool/rehearse/open_inside.h"

#include <algorithm>

#include "policy/conditions.h"

namespace relaypermit {

std::vector<OpenSetting> open_settings(const Policy& policy) {
    using Kind = OpenSetting::Kind;
    std::vector<OpenSetting> open;
    const auto of_cause = [&](Cause cause, Kind kind, std::string what, std::string breaks) {
        const Action action = policy.cause(cause).action;
        if (refuses(action)) return;
        open.push_back({kind, "cause." + std::string(to_string(cause)),
                        std::string(to_string(action)), "anyone", std::move(what),
                        std::move(breaks)});
    };
    of_cause(Cause::hosted_sender_needs_login, Kind::sender, "as a hosted sender",
             "reject stops lists, forwards and outside services that send as a hosted domain");
    of_cause(Cause::hosted_from_needs_login, Kind::from, "with a hosted From",
             "reject stops lists and forwards");
    if (policy.source().accepts_bounces && !refuses(policy, Cause::null_sender_refused))
        open.push_back({Kind::bounces, "from.bounces", "accept", "every login",
                        "From mailer-daemon@x", "refuse loses the reports of servers that log in"});
    return open;
}

std::optional<OpenSetting> open_to_anyone(const Policy& policy, const Address& address) {
    if (!policy.hosted(address.domain)) return std::nullopt;
    for (OpenSetting& setting : open_settings(policy))
        if (setting.kind != OpenSetting::Kind::bounces) return std::move(setting);
    const Address base = without_subaddress(address, policy.source().subaddress_delimiter);
    const auto& senders =
        policy.source()
            .exceptions[static_cast<std::size_t>(Cause::hosted_sender_needs_login)]
            ->senders;
    if (std::any_of(senders.begin(), senders.end(), [&](const PlacedPattern& one) {
            return one.pattern.matches(address) || one.pattern.matches(base);
        }))
        return OpenSetting{OpenSetting::Kind::sender, "cause.hosted-sender-needs-login",
                           "not for this sender",     "anyone",
                           "as an excepted sender",   "`except_senders` names it"};
    return std::nullopt;
}

}  // namespace relaypermit
