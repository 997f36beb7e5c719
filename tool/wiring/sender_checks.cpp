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
    Walk(ServiceChecks& checks, std::string_view list, const FileLine& origin,
         const PostfixSettings& settings, const AccessSources& sources)
        : checks_(checks), list_(list), origin_(origin), settings_(settings), sources_(sources) {}

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
        if (item == "permit" || item == "reject" || item == "defer")
            ended_ = !warned_ || item == "permit";
        if (ended_ && item != "permit" && ahead_.empty() && !passed_ && !destinations_pass_)
            checks_.takes_strangers = false;
        // Its OK would end the list, too.
        if (item == "check_policy_service") passed_ = true;
        if (item == "permit_mynetworks") networks_ = true;
        if (item == "permit_sasl_authenticated") logins_pass_ = true;
        if (item == "permit_auth_destination") destinations_pass_ = true;
        const bool both = item == "reject_sender_login_mismatch";
        if (both || item == "reject_authenticated_sender_login_mismatch")
            with_login(item, SenderCheck::all, std::nullopt);
        if (item == "reject_known_sender_login_mismatch")
            with_login(item, SenderCheck::known, std::nullopt);
        if (both || item == "reject_unauthenticated_sender_login_mismatch") without_login({});
        if (item == "check_sender_access" && !table.empty())
            access(table);
        else if (!table.empty())
            ahead_.push_back(item + " " + table);
        if (item.starts_with("permit_") && item != "permit_mynetworks" &&
            item != "permit_sasl_authenticated" && item != "permit_auth_destination")
            ahead_.push_back(item);
    }

    void access(const std::string& name) {
        const AccessTable table = access_table(settings_, *checks_.service, name, sources_);
        const std::string written = "check_sender_access " + name;
        const bool matters =
            checks_.has_login && !checks_.maps.empty() && !logins_pass_ && !warned_;
        const bool guessed = table.check == SenderCheck::none && table.may_check;
        const SenderCheck check = guessed && matters ? SenderCheck::all : table.check;
        const bool known = table.unlisted.empty() && !table.has(AccessAnswer::other);
        if (!known || (table.has(AccessAnswer::refuses) && check != SenderCheck::none)) {
            std::string why = !table.unlisted.empty() ? table.unlisted
                              : check != SenderCheck::none
                                  ? "it answers with more than DUNNO, OK and one check of senders"
                                  : "it answers with more than DUNNO, OK and REJECT";
            const bool left_to_postfix = check == SenderCheck::none || !matters;
            why += left_to_postfix ? ": leave it in Postfix, if it is about your own senders"
                   : guessed
                       ? ": it may check senders, and so the policy checks all of them. Where "
                         "it checks none, take it out of Postfix for the import"
                       : ": the policy checks all senders, and leaves to Postfix what it does "
                         "besides";
            checks_.unread.push_back({origin_, written, std::move(why), false, left_to_postfix});
        }
        if (check != SenderCheck::none)
            with_login(written, check, table.only_checks() ? std::optional(table) : std::nullopt);
        if (table.without_login) without_login(written);
        if (table.has(AccessAnswer::refuses) && !warned_)
            checks_.refused.push_back({table, origin_, networks_,
                                       logins_pass_ || !checks_.has_login,
                                       passed_ || !ahead_.empty() || destinations_pass_});
        if (!known || table.has(AccessAnswer::permits)) ahead_.push_back(written);
    }

    void leave_out(std::string what, std::string why, bool inert = false) {
        checks_.ahead.push_back({origin_, std::move(what), std::move(why), inert});
    }

    // `table`: what answers with it; empty: it stands in the list.
    void without_login(const std::string& table) {
        if (warned_) return;
        checks_.spares_networks_without_login =
            networks_ && (!checks_.without_login || checks_.spares_networks_without_login);
        if (!checks_.without_login || table.empty()) {
            checks_.without_login_origin = origin_;
            checks_.without_login_table = table;
        }
        checks_.without_login = true;
        if (checks_.origin.file.empty()) checks_.origin = origin_;
        say_ahead();
    }

    // `only`: of the senders that this table answers for with the check.
    void with_login(const std::string& item, SenderCheck check,
                    const std::optional<AccessTable>& only) {
        if (logins_pass_)
            return leave_out(item,
                             "it has no effect: permit_sasl_authenticated before it lets "
                             "everybody past who is logged in",
                             true);
        if (warned_) check = SenderCheck::warned;
        const SenderCheck before = checks_.with_login;
        if (check <= SenderCheck::warned || before <= SenderCheck::warned) {
            if (check <= before) return;
            checks_.only = warned_ ? std::nullopt : only;
            checks_.spares_networks_with_login = networks_;
        } else {
            // Whoever one of two checks refuses is refused.
            const bool all_are_checked_so = (!only && check >= before) ||
                                            (!checks_.only && before >= check) ||
                                            only == checks_.only;
            if (!all_are_checked_so)
                leave_out(item,
                          "beside it other senders are checked otherwise: the policy checks all "
                          "senders as the strictest does");
            if (!(only == checks_.only)) checks_.only.reset();
            checks_.spares_networks_with_login = networks_ && checks_.spares_networks_with_login;
        }
        if (check >= before) checks_.origin = origin_;
        checks_.with_login = std::max(check, before);
        say_ahead();
    }

    void say_ahead() {
        for (std::string& item : ahead_)
            checks_.ahead.push_back(
                {origin_, std::move(item),
                 "in " + std::string(list_) +
                     " it stands before the check of senders and may let a client past it: a "
                     "[[alias]] says for whom, if it is to stay so"});
        passed_ = passed_ || !ahead_.empty();
        ahead_.clear();
    }

    ServiceChecks& checks_;
    std::string_view list_;
    FileLine origin_;
    const PostfixSettings& settings_;
    const AccessSources& sources_;
    bool ended_{};
    bool warned_{};
    bool networks_{};
    bool logins_pass_{};
    bool destinations_pass_{};
    bool passed_{};  // something of `ahead_` was said and cleared
    std::vector<std::string> ahead_{};
};

}  // namespace

AccessSources read_access_sources(const PostfixSettings& settings) {
    AccessSources sources;
    for (const PostfixService& service : settings.services) {
        if (service.program != "smtpd") continue;
        for (const std::string_view list : lists) {
            const auto items = list_items(restrictions_of(settings, service, list));
            for (std::size_t i = 0; i + 1 < items.size(); ++i)
                if (ascii_lower(items[i]) == "check_sender_access" &&
                    !sources.contains(items[i + 1]))
                    sources.emplace(
                        items[i + 1],
                        read_lookup_table(items[i + 1], settings.directory,
                                          settings.of(service, list).origin, QueryOf::alias_table));
        }
    }
    return sources;
}

std::vector<ServiceChecks> sender_checks(const PostfixSettings& settings,
                                         const AccessSources& sources) {
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
            Walk(checks, list, setting.origin, settings, sources)
                .take(list_items(restrictions_of(settings, service, list)));
        }
        all.push_back(std::move(checks));
    }
    return all;
}

}  // namespace relaypermit
