#include "tool/wiring/access_rules.h"

#include <algorithm>
#include <utility>

namespace relaypermit {
namespace {

void append(std::vector<std::string>& list, std::vector<std::string> more) {
    for (std::string& one : more)
        if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(std::move(one));
}

bool refuses_all_of(const AccessTable& table, const std::string& domain) {
    const AccessKey* key = answer_for(table, "@" + domain);
    return key != nullptr && key->answer == AccessAnswer::refuses;
}

bool is_spared(const AccessKey& key) {
    return key.answer == AccessAnswer::nothing || key.answer == AccessAnswer::permits;
}

class Outsiders {
  public:
    Outsiders(const RefusedSenders& refused, const std::vector<std::string>& hosted,
              bool all_listed, bool relays)
        : refused_(refused), hosted_(hosted), all_listed_(all_listed), relays_(relays) {}

    RefusedOutsiders run() {
        if (!names_hosted()) {
            // Other people's senders, as far as anybody knows.
            if (!all_listed_)
                leave_out(
                    "it goes on refusing by itself; if it names a domain of a table of "
                    "hosted domains, see [cause.hosted-sender-needs-login]",
                    true);
            return std::move(out_);
        }
        if (std::string why = not_alike(); !why.empty()) {
            leave_out(std::move(why));
            return std::move(out_);
        }
        // Of what is hosted and not refused.
        for (const std::string& domain : hosted_)
            if (!refuses_all_of(refused_.table, domain))
                append(out_.except_senders, {"*@" + domain});
        std::vector<std::string> others;
        std::vector<std::string> below;
        for (const AccessKey& key : refused_.table.keys)
            if (key.answer != AccessAnswer::refuses)
                take_spared(key);
            else if (!is_hosted(key.key))
                others.push_back(key.key);
            else if (refused_.table.parents)
                below.push_back(key.key);
        say("", others,
            "a policy refuses whole hosted domains alone to who has not logged in: leave it in "
            "Postfix");
        say("all below ", below,
            "what is below a domain is hosted only where hosted_domains says so: leave it in "
            "Postfix");
        if (relays_)
            leave_out(
                "a policy asks for the login where the recipient is hosted, and not for "
                "relay_domains: leave it in Postfix for these");
        out_.is_cause = true;
        return std::move(out_);
    }

  private:
    void leave_out(std::string why, bool inert = false) {
        out_.left_out.push_back({refused_.origin, "check_sender_access " + refused_.table.name,
                                 std::move(why), inert, true});
    }

    void say(std::string what, const std::vector<std::string>& keys, std::string why,
             bool postfix_refuses = true) {
        if (keys.empty()) return;
        for (const std::string& key : keys) what += (&key == &keys.front() ? "" : ", ") + key;
        out_.left_out.push_back(
            {refused_.table.origin, std::move(what), std::move(why), false, postfix_refuses});
    }

    [[nodiscard]] bool is_hosted(const std::string& domain) const {
        return std::find(hosted_.begin(), hosted_.end(), domain) != hosted_.end();
    }

    // A table of other people's senders plays no part in this.
    [[nodiscard]] bool names_hosted() const {
        const AccessTable& table = refused_.table;
        return std::any_of(hosted_.begin(), hosted_.end(),
                           [&](const auto& domain) { return refuses_all_of(table, domain); }) ||
               std::any_of(table.keys.begin(), table.keys.end(), [&](const AccessKey& key) {
                   const std::size_t at = key.key.find('@');
                   return key.answer == AccessAnswer::refuses && at != std::string::npos &&
                          (at + 1 == key.key.size() || is_hosted(key.key.substr(at + 1)));
               });
    }

    [[nodiscard]] std::string not_alike() const {
        const AccessTable& table = refused_.table;
        if (!refused_.spares_logins)
            return "it refuses senders to those who have logged in, too: leave it in Postfix, or "
                   "leave them out of the grants";
        if (!refused_.spares_networks)
            return "it refuses senders to clients of mynetworks, too, which are trusted_networks "
                   "here: leave it in Postfix";
        if (refused_.spares_others)
            return "what stands before it in the same list may let a client past it: leave it in "
                   "Postfix";
        if (!all_listed_)
            return "which domains are hosted is not listed: leave it in Postfix, or set "
                   "[cause.hosted-sender-needs-login]";
        if (table.has(AccessAnswer::other) || table.has(AccessAnswer::checks))
            return "it does more than to refuse: leave it in Postfix";
        if (std::none_of(hosted_.begin(), hosted_.end(),
                         [&](const auto& domain) { return refuses_all_of(table, domain); }))
            return "it refuses no whole domain that is hosted here: leave it in Postfix";
        return {};
    }

    // A whole address, which is asked for before its domain.
    void take_spared(const AccessKey& key) {
        const std::size_t at = key.key.find('@');
        if (at == std::string::npos || at + 1 == key.key.size()) return;
        for (const AccessKey& other : refused_.table.keys)
            if (other.answer == AccessAnswer::refuses &&
                is_asked_before(refused_.table, other, key))
                return say("", {key.key},
                           "an address of it with an extension is refused before "
                           "it: it is refused here",
                           false);
        append(out_.except_senders, senders_of(refused_.table, key, true));
    }

    const RefusedSenders& refused_;
    const std::vector<std::string>& hosted_;
    const bool all_listed_;
    const bool relays_;
    RefusedOutsiders out_{};
};

}  // namespace

std::vector<ImportedGrant> unchecked_grants(const AccessTable& table, bool extensions) {
    std::vector<ImportedGrant> grants;
    ImportedGrant others{"unchecked-senders",
                         {"*"},
                         {"*"},
                         {},
                         {table.origin},
                         "whoever is logged in, as any sender that this table does not name",
                         true};
    std::vector<const AccessKey*> checked;
    for (const AccessKey& key : table.keys) {
        if (is_spared(key)) continue;
        append(others.except, senders_of(table, key, extensions));
        checked.push_back(&key);
    }
    grants.push_back(std::move(others));
    for (const AccessKey& key : table.keys) {
        if (!is_spared(key)) continue;
        ImportedGrant grant{"unchecked",
                            {"*"},
                            senders_of(table, key, extensions),
                            {},
                            {key.origin},
                            "whoever is logged in: it is named so that it is not checked",
                            true};
        bool hides = false;
        for (const AccessKey* other : checked) {
            hides = hides || is_asked_behind(table, *other, key);
            if (is_asked_before(table, *other, key))
                append(grant.except, senders_of(table, *other, extensions));
        }
        if (hides) grants.push_back(std::move(grant));
    }
    return grants;
}

RefusedOutsiders refused_outsiders(const RefusedSenders& refused,
                                   const std::vector<std::string>& hosted, bool all_listed,
                                   bool relays) {
    return Outsiders(refused, hosted, all_listed, relays).run();
}

}  // namespace relaypermit
