#include "tool/wiring/imported_checks.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "tool/wiring/access_rules.h"

namespace relaypermit {
namespace {

constexpr const char* login_cause = "hosted-sender-needs-login";

bool is_stricter(const ServiceChecks& one, const ServiceChecks& other) {
    if (one.with_login != other.with_login) return one.with_login > other.with_login;
    return other.only && !one.only;
}

bool is_in_force(const ServiceChecks& checks) {
    return checks.has_login && !checks.maps.empty() && checks.with_login > SenderCheck::warned;
}

bool refuses_the_same(const RefusedSenders& one, const RefusedSenders& other) {
    return one.table == other.table && one.spares_networks == other.spares_networks &&
           one.spares_logins == other.spares_logins && one.spares_others == other.spares_others;
}

class Causes {
  public:
    Causes(const std::vector<ServiceChecks>& checks, const ChosenCheck& chosen,
           ImportedPolicy& policy)
        : checks_(checks), chosen_(chosen), policy_(policy) {}

    void run() {
        owned();
        unauthenticated();
        refused();
        const std::string from =
            "Postfix does not look at From: recorded, not refused. Take this out when `relaypermit "
            "report` has nothing against it.";
        add("from-not-owned", "monitor", from);
        add("from-unusable", "monitor", from);
    }

  private:
    ImportedCause& add(std::string id, std::string action, std::string remark) {
        ImportedCause cause;
        cause.id = std::move(id);
        cause.action = std::move(action);
        cause.remark = std::move(remark);
        policy_.causes.push_back(std::move(cause));
        return policy_.causes.back();
    }

    void leave_out(const FileLine& origin, std::string what, std::string why,
                   bool postfix_refuses = true) {
        policy_.left_out.push_back(
            {origin, std::move(what), std::move(why), false, postfix_refuses});
    }

    void owned() {
        const ServiceChecks* service = chosen_.service;
        const SenderCheck check = service == nullptr ? SenderCheck::none : service->with_login;
        if (check == SenderCheck::none || check == SenderCheck::warned) {
            const std::string remark =
                service == nullptr             ? "This Postfix knows no owners of senders: "
                                                 "recorded, not refused, as before."
                : check == SenderCheck::warned ? "warn_if_reject: recorded, not refused, as before."
                                               : "smtpd_sender_login_maps is set, but no "
                                                 "reject_*_sender_login_mismatch is "
                                                 "in force: recorded, not refused, as before.";
            add("sender-not-owned", "monitor", remark);
            add("sender-not-hosted", "monitor", remark);
        } else if (chosen_.spares_networks && !policy_.trusted_networks.empty()) {
            std::vector<std::string> networks;
            for (const ImportedItem& item : policy_.trusted_networks) networks.push_back(item.text);
            for (const char* id : {"sender-not-owned", "sender-not-hosted"})
                add(id, "reject",
                    to_string(service->origin) + ": permit_mynetworks stands before the check.")
                    .except_clients = networks;
        }
    }

    void unauthenticated() {
        const ServiceChecks* strictest = nullptr;
        for (const ServiceChecks& checks : checks_)
            if (checks.without_login && !checks.maps.empty() &&
                (strictest == nullptr || strictest->spares_networks_without_login))
                strictest = &checks;
        if (strictest == nullptr) return;
        const FileLine& place = strictest->without_login_origin;
        login_needed_ = to_string(place);
        add(login_cause, "reject",
            login_needed_ +
                ": without a login nobody may use a sender that has an owner. A policy says so "
                "of every hosted sender; whom it hits wrongly stands in except_senders and "
                "except_clients.");
        const std::string& table = strictest->without_login_table;
        leave_out(place, "reject_unauthenticated_sender_login_mismatch",
                  "a policy asks whether the sender's domain is hosted, not whether it has an "
                  "owner: leave this setting in Postfix if an owner in another domain matters");
        if (!table.empty())
            leave_out(place, table,
                      "it asks for a login for some senders, and the policy for all that are "
                      "hosted: name the others in except_senders of [cause." +
                          std::string(login_cause) + "]",
                      false);
        if (!strictest->spares_networks_without_login)
            leave_out(place, "mynetworks",
                      "to Postfix clients there need a login for a sender with an owner, to the "
                      "policy trusted_networks may send as anyone: leave the setting in Postfix");
    }

    // Access tables that refuse the server's own senders to others.
    void refused() {
        std::vector<std::string> hosted;
        for (const ImportedItem& item : policy_.hosted_domains) hosted.push_back(item.text);
        const bool all_listed = !hosted.empty() && policy_.domain_tables.empty();
        const bool relays = !policy_.relay_domains.empty() || !policy_.domain_tables.empty();
        std::set<std::string> seen;
        for (const ServiceChecks& checks : checks_)
            for (const RefusedSenders& one : checks.refused) {
                if (!seen.insert(to_string(one.origin) + one.table.name).second) continue;
                RefusedOutsiders outsiders = refused_outsiders(one, hosted, all_listed, relays);
                if (outsiders.is_cause) {
                    const std::string why = why_no_cause(one);
                    if (!why.empty()) {
                        leave_out(one.origin, "check_sender_access " + one.table.name, why);
                        continue;
                    }
                }
                policy_.left_out.insert(policy_.left_out.end(), outsiders.left_out.begin(),
                                        outsiders.left_out.end());
                if (!outsiders.is_cause) continue;
                login_needed_ = to_string(one.origin);
                add(login_cause, "reject",
                    login_needed_ + ": check_sender_access " + one.table.name +
                        " refuses these senders to whoever has not logged in.")
                    .except_senders = std::move(outsiders.except_senders);
            }
    }

    // A cause is for all services.
    [[nodiscard]] std::string why_no_cause(const RefusedSenders& refused) const {
        if (!login_needed_.empty())
            return "[cause." + std::string(login_cause) + "] says already what " + login_needed_ +
                   " does: leave it in Postfix";
        for (const ServiceChecks& checks : checks_)
            if (checks.takes_strangers &&
                std::none_of(checks.refused.begin(), checks.refused.end(),
                             [&](const auto& one) { return refuses_the_same(one, refused); }))
                return checks.service->title() +
                       " does not refuse them, and a policy would there, too: leave it in Postfix";
        return {};
    }

    const std::vector<ServiceChecks>& checks_;
    const ChosenCheck& chosen_;
    ImportedPolicy& policy_;
    std::string login_needed_{};  // the place that the cause came from; empty: there is none
};

}  // namespace

ChosenCheck choose_check(const std::vector<ServiceChecks>& checks,
                         std::vector<NotImported>& left_out) {
    ChosenCheck chosen;
    const auto leave_out = [&](const FileLine& origin, std::string what, std::string why,
                               bool inert = false) {
        left_out.push_back({origin, std::move(what), std::move(why), inert});
    };
    for (const ServiceChecks& one : checks)
        if (one.has_login && !one.maps.empty() &&
            (chosen.service == nullptr || is_stricter(one, *chosen.service)))
            chosen.service = &one;
    const ServiceChecks* const strictest = chosen.service;
    if (strictest != nullptr) {
        const auto all_that_check = [&](auto&& holds) {
            return std::all_of(checks.begin(), checks.end(), [&](const ServiceChecks& one) {
                return !is_in_force(one) || holds(one);
            });
        };
        chosen.spares_networks =
            all_that_check([](const ServiceChecks& one) { return one.spares_networks_with_login; });
        if (strictest->only && all_that_check([&](const ServiceChecks& one) {
                return one.with_login == strictest->with_login && one.only == strictest->only;
            }))
            chosen.only = strictest->only;
    }
    for (const ServiceChecks& one : checks) {
        if (one.maps.empty() && one.with_login != SenderCheck::none)
            leave_out(one.origin, one.service->title(),
                      "it checks senders, but smtpd_sender_login_maps is empty, so that it finds "
                      "nothing",
                      true);
        if (strictest == nullptr) continue;
        if (one.has_login && one.with_login != strictest->with_login)
            leave_out(one.service->origin, one.service->title(),
                      one.with_login == SenderCheck::known
                          ? "there a login may use any sender that nobody owns: the policy is as "
                            "strict as the strictest service"
                          : "there a login may use any sender: the policy is as strict as the "
                            "strictest service");
        if (is_in_force(one) && one.only && !chosen.only)
            leave_out(one.origin, "check_sender_access " + one.only->name,
                      one.service->title() +
                          " checks these senders alone, and another service others: the policy "
                          "checks all senders as the strictest service does");
        if (one.has_login && one.maps != strictest->maps)
            left_out.push_back({one.maps_origin, one.service->title(),
                                "its smtpd_sender_login_maps are others than those that were "
                                "imported from " +
                                    to_string(strictest->maps_origin),
                                false, is_in_force(one)});
        for (const NotImported& ahead : one.ahead)
            if (one.has_login || one.without_login) left_out.push_back(ahead);
    }
    return chosen;
}

void add_causes(const std::vector<ServiceChecks>& checks, const ChosenCheck& chosen,
                ImportedPolicy& policy) {
    Causes(checks, chosen, policy).run();
}

}  // namespace relaypermit
