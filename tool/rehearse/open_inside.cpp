#include "tool/rehearse/open_inside.h"

#include <algorithm>

#include "tool/rehearse/permission_limits.h"

namespace relaypermit {
namespace {

using Kind = OpenSetting::Kind;

const CauseExceptions& exceptions_of(const Policy& policy, Cause cause) {
    return *policy.source().exceptions[static_cast<std::size_t>(cause)];
}

std::string joined(const std::vector<PlacedNetwork>& networks) {
    std::string text;
    for (const PlacedNetwork& one : networks)
        text += (text.empty() ? "" : ", ") + to_string(one.network);
    return text;
}

OpenSetting by_exception(Cause cause, Kind kind, const char* list, std::string what) {
    return {kind,
            "cause." + std::string(to_string(cause)) + "." + list,
            "set",
            "anyone",
            std::move(what),
            "without it these need a login"};
}

}  // namespace

std::vector<OpenSetting> open_settings(const Policy& policy) {
    std::vector<OpenSetting> open;
    const auto of_cause = [&](Cause cause, Kind kind, const std::string& what, std::string breaks) {
        const Action action = policy.cause(cause).action;
        if (!refuses(action)) {
            open.push_back({kind, "cause." + std::string(to_string(cause)),
                            std::string(to_string(action)), "anyone", what, std::move(breaks)});
            return;
        }
        const CauseExceptions& except = exceptions_of(policy, cause);
        if (!except.senders.empty())
            open.push_back(by_exception(cause, kind, "except_senders",
                                        (kind == Kind::from ? what + " " : std::string()) + "as " +
                                            joined_patterns(except.senders)));
        if (!except.clients.empty())
            open.push_back(by_exception(cause, kind, "except_clients",
                                        what + " from " + joined(except.clients)));
    };
    of_cause(Cause::hosted_sender_needs_login, Kind::sender, "as a hosted sender",
             "reject stops lists, forwards and outside services that send as a hosted domain");
    of_cause(Cause::hosted_from_needs_login, Kind::from, "with a hosted From",
             "reject stops lists and forwards");
    const bool null_sender = !refuses(policy, Cause::null_sender_refused);
    if (policy.source().accepts_bounces && null_sender)
        open.push_back({Kind::bounces, "from.bounces", "accept", "every login",
                        "From mailer-daemon@x", "refuse loses the reports of servers that log in"});
    if (policy.source().alignment != Alignment::off && null_sender)
        open.push_back({Kind::alignment, "from.alignment",
                        policy.source().alignment == Alignment::domain ? "domain" : "address",
                        "every login", "any From of its own",
                        "the null sender has nothing to compare with"});
    return open;
}

std::optional<OpenSetting> open_to_anyone(const Policy& policy, const Address& address,
                                          Match hosted) {
    if (hosted == Match::no) return std::nullopt;
    const Address base = without_subaddress(address, policy.source().subaddress_delimiter);
    // As who says to be an excepted sender; of From, whatever stands there.
    const auto concerns = [&](const OpenSetting& open) {
        if (open.kind != Kind::sender || !open.setting.ends_with(".except_senders")) return true;
        const auto& senders = exceptions_of(policy, Cause::hosted_sender_needs_login).senders;
        return std::any_of(senders.begin(), senders.end(), [&](const PlacedPattern& one) {
            return one.pattern.matches(address) || one.pattern.matches(base);
        });
    };
    for (OpenSetting& open : open_settings(policy))
        if ((open.kind == Kind::sender || open.kind == Kind::from) && concerns(open))
            return std::move(open);
    return std::nullopt;
}

}  // namespace relaypermit
