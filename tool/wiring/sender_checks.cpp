#include "tool/wiring/sender_checks.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "policy/ascii.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/restrictions.h"

namespace relaypermit {
namespace {

constexpr std::array<std::string_view, 7> lists = {
    "smtpd_client_restrictions",     "smtpd_helo_restrictions",      "smtpd_sender_restrictions",
    "smtpd_relay_restrictions",      "smtpd_recipient_restrictions", "smtpd_data_restrictions",
    "smtpd_end_of_data_restrictions"};

// One list, from its first item to where it ends for everybody.
class Walk {
  public:
    Walk(ServiceChecks& checks, std::string_view list, const FileLine& origin)
        : checks_(checks), list_(list), origin_(origin) {}

    void take(const std::vector<std::string>& items) {
        for (std::size_t i = 0; i < items.size() && !ended_; ++i) {
            const std::string item = ascii_lower(items[i]);
            const bool has_table = i + 1 < items.size() && item.starts_with("check_") &&
                                   item.find("_access") != std::string::npos;
            step(item, has_table ? items[i + 1] : "");
            if (has_table) ++i;
            warned_ = item == "warn_if_reject";
        }
    }

  private:
    void step(const std::string& item, const std::string& table) {
        if (item == "permit" || item == "reject" || item == "defer") ended_ = true;
        if (item == "permit_mynetworks") networks_ = true;
        if (item == "permit_sasl_authenticated") logins_pass_ = true;
        const bool both = item == "reject_sender_login_mismatch";
        if (both || item == "reject_authenticated_sender_login_mismatch")
            with_login(item, SenderCheck::all);
        if (item == "reject_known_sender_login_mismatch") with_login(item, SenderCheck::known);
        if ((both || item == "reject_unauthenticated_sender_login_mismatch") && !warned_) {
            checks_.spares_networks_without_login =
                networks_ && (!checks_.without_login || checks_.spares_networks_without_login);
            checks_.without_login = true;
            if (checks_.origin.file.empty()) checks_.origin = origin_;
            say_ahead();
        }
        if (!table.empty()) ahead_.push_back(item + " " + table);
        if (item.starts_with("permit_") && item != "permit_mynetworks" &&
            item != "permit_sasl_authenticated" && item != "permit_auth_destination")
            ahead_.push_back(item);
    }

    void with_login(const std::string& item, SenderCheck check) {
        if (logins_pass_) {
            checks_.ahead.push_back({origin_, item,
                                     "it has no effect: permit_sasl_authenticated before it lets "
                                     "everybody past who is logged in",
                                     true});
            return;
        }
        if (warned_) check = SenderCheck::warned;
        if (check < checks_.with_login) return;
        checks_.spares_networks_with_login =
            networks_ && (check > checks_.with_login || checks_.spares_networks_with_login);
        checks_.with_login = check;
        checks_.origin = origin_;
        say_ahead();
    }

    void say_ahead() {
        for (std::string& item : ahead_)
            checks_.ahead.push_back(
                {origin_, std::move(item),
                 "in " + std::string(list_) +
                     " it stands before the check of senders and may let a client past it: a "
                     "[[alias]] says for whom, if it is to stay so"});
        ahead_.clear();
    }

    ServiceChecks& checks_;
    std::string_view list_;
    FileLine origin_;
    bool ended_{};
    bool warned_{};
    bool networks_{};
    bool logins_pass_{};
    std::vector<std::string> ahead_{};
};

}  // namespace

std::vector<ServiceChecks> sender_checks(const PostfixSettings& settings) {
    std::vector<ServiceChecks> all;
    for (const PostfixService& service : settings.services) {
        if (service.program != "smtpd") continue;
        ServiceChecks checks;
        checks.service = &service;
        checks.has_login = is_yes(settings.of(service, "smtpd_sasl_auth_enable"));
        const PostfixSetting& maps = settings.of(service, "smtpd_sender_login_maps");
        checks.maps = maps.value;
        checks.maps_origin = maps.origin;
        for (const std::string_view list : lists) {
            const PostfixSetting& setting = settings.of(service, list);
            Walk(checks, list, setting.origin)
                .take(list_items(restrictions_of(settings, service, list)));
        }
        all.push_back(std::move(checks));
    }
    return all;
}

}  // namespace relaypermit
