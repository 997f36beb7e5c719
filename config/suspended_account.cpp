#include "config/suspended_account.h"

#include <optional>

#include "config/diagnostic.h"
#include "config/test_case.h"

namespace relaypermit {

tl::expected<Login, std::string> named_account(const Policy& policy, const std::string& typed) {
    const PolicySource& source = policy.source();
    auto login = read_login(source, typed, Mta::postfix);
    if (!login) return tl::make_unexpected(login.error().why);
    if (!login->realm.empty()) return *login;
    const auto& realms = (source.realms ? *source.realms : source.hosted_domains).patterns();
    // A domain table may have more of them.
    const bool may_be_more = !source.realms && has_domain_table(source, DomainRole::hosted);
    if (realms.size() != 1 || realms.front().starts_with('*') || may_be_more)
        return tl::make_unexpected(
            "the policy has no `default_realm`; name it with its realm, as in " + login->user +
            "@example.com");
    login->realm = realms.front();
    return *login;
}

std::vector<Login> names_of(const Policy& policy, const Login& login) {
    if (!policy.source().default_realm.empty()) return {login};
    return {login, Login{login.user, {}}};
}

const Restriction* suspension_of(const Policy& policy, const Login& login, TimePoint now) {
    const Restriction* longest = nullptr;
    for (const Restriction* restriction : policy.restrictions_for(&login, std::nullopt, now)) {
        if (!restriction->suspended || !restriction->clients.empty()) continue;
        if (!restriction->time->until) return restriction;
        if (longest == nullptr || *restriction->time->until > *longest->time->until)
            longest = restriction;
    }
    return longest;
}

const Restriction* suspension_of_any(const Policy& policy, const Login& login, TimePoint now) {
    for (const Login& form : names_of(policy, login))
        if (const Restriction* found = suspension_of(policy, form, now)) return found;
    return nullptr;
}

std::string suspended_until(const Policy& policy, const Login& login, TimePoint now) {
    const Restriction* first = nullptr;
    for (const Login& form : names_of(policy, login)) {
        const Restriction* found = suspension_of(policy, form, now);
        if (found == nullptr) return {};
        if (found->time->until && (first == nullptr || *found->time->until < *first->time->until))
            first = found;
    }
    return first == nullptr ? std::string() : first->time->until_text;
}

std::string why_it_goes_on(const Policy& policy, const Places& places, const Login& login,
                           TimePoint now) {
    std::string passing;
    for (const Login& form : names_of(policy, login)) {
        CaseFacts message;
        message.login = to_string(form);
        const Verdict verdict = evaluate(policy, case_facts(message, policy, now), Stage::mail);
        if (verdict.refused() && verdict.cause == Cause::account_suspended) continue;
        if (suspension_of(policy, form, now) == nullptr)
            return "no restriction suspends " + in_one_line(message.login);
        passing = message.login;
    }
    if (passing.empty()) return {};
    const auto at = [&](std::string_view setting) {
        const auto place = places.find(setting);
        return place == places.end() ? std::string()
                                     : " at " + in_one_line(to_string(place->second));
    };
    const Action action = policy.cause(Cause::account_suspended).action;
    std::string why;
    if (action == Action::off || action == Action::monitor)
        why = "`action = \"" + std::string(to_string(action)) + "\"` of [cause.account-suspended]" +
              at("cause.account-suspended.action");
    if (policy.source().monitor_mode)
        why += (why.empty() ? "" : " and ") + std::string("`mode = \"monitor\"`") + at("mode");
    return (why.empty() ? "the policy" : why) + " would let its next message pass";
}

}  // namespace relaypermit
