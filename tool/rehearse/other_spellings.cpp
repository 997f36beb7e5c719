#include "tool/rehearse/other_spellings.h"

#include <algorithm>

#include "tool/base/text.h"
#include "tool/rehearse/containment.h"

namespace relaypermit {
namespace {

// As the MTA hands them over; the realm in full, its first label as a domain of Windows, or none.
std::vector<std::string> spellings_of(const Login& login) {
    const std::string& user = login.user;
    if (login.realm.empty()) return {user + "*master"};
    const std::string& realm = login.realm;
    const std::string label = realm.substr(0, realm.find('.'));
    return {user + "%" + realm, label + "\\" + user,       realm + "\\" + user,
            label + "/" + user, realm + "/" + user,        realm + "!" + user,
            user + "*master",   user + "*master@" + realm, user + "@" + realm + "*master",
            user + "@" + label};
}

bool is_suspended(const Policy& policy, const Login& login, TimePoint now) {
    const auto all = policy.restrictions_for(&login, std::nullopt, now);
    return std::any_of(all.begin(), all.end(), [](const Restriction* restriction) {
        return restriction->suspended && restriction->clients.empty();
    });
}

}  // namespace

std::vector<OtherSpelling> other_spellings(const Policy& policy, const Login& login,
                                           TimePoint now) {
    std::vector<OtherSpelling> found;
    for (const std::string& text : spellings_of(login)) {
        const auto other = read_login(policy.source(), text, Mta::postfix);
        if (!other || login_key(*other) == login_key(login) || is_suspended(policy, *other, now))
            continue;
        for (const RuleNumber number : policy.grants_to_by_regex(*other).sorted()) {
            const Grant* grant = &policy.source().grants[number];
            const bool known =
                std::any_of(found.begin(), found.end(),
                            [&](const OtherSpelling& one) { return one.grant == grant; });
            if (!known) found.push_back({text, grant});
        }
    }
    return found;
}

std::vector<MissedSpelling> missed_spellings(const Policy& policy, TimePoint now) {
    constexpr std::size_t most = 2000;
    std::vector<MissedSpelling> missed;
    for (const Restriction& restriction : policy.source().restrictions)
        for (const LoginPattern& pattern : restriction.logins) {
            if (is_over(*restriction.time, now)) break;
            if (pattern.pattern.kind() != Pattern::Kind::exact) continue;
            const Login login = login_of(pattern.pattern);
            for (const std::string& text : spellings_of(login)) {
                const auto other = read_login(policy.source(), text, Mta::postfix);
                if (!other || login_key(*other) == login_key(login)) continue;
                const Login base = without_subaddress(*other, policy.source().subaddress_delimiter);
                const bool holds =
                    (restriction.suspended && is_suspended(policy, *other, now)) ||
                    std::any_of(restriction.logins.begin(), restriction.logins.end(),
                                [&](const LoginPattern& one) {
                                    return one.pattern.matches(*other) || one.pattern.matches(base);
                                });
                if (holds) continue;
                missed.push_back({text, *other, login, &restriction});
                if (missed.size() == most) return missed;
            }
        }
    return missed;
}

std::string other_spellings_text(const Policy& policy, const Login& login, TimePoint now) {
    std::string text;
    for (const OtherSpelling& one : other_spellings(policy, login, now))
        text += "warning: " + visible(one.grant->id) + " at " +
                visible(to_string(one.grant->place)) + " is for the login `" + visible(one.login) +
                "` too, which is not suspended: if it is the same account, `forms` in [login] "
                "makes them one\n";
    const Login base = without_subaddress(login, policy.source().subaddress_delimiter);
    if (!(base == login) && !is_suspended(policy, base, now))
        text += "warning: `" + visible(to_string(base)) + "` is not suspended: if `" +
                visible(to_string(login)) + "` is a subaddress of that account, suspend it\n";
    return text;
}

bool asks_for_spelling(std::string_view regex) {
    if (regex.size() < 2) return false;
    const std::string_view text = regex.substr(1, regex.size() - 2);
    bool in_class = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\') {
            const char next = i + 1 < text.size() ? text[++i] : ' ';
            if (!in_class && std::string_view("\\%!*").find(next) != std::string_view::npos)
                return true;
        } else if (in_class) {
            in_class = c != ']';
        } else if (c == '[') {
            in_class = true;
            if (i + 1 < text.size() && text[i + 1] == '^') ++i;
            if (i + 1 < text.size() && text[i + 1] == ']') ++i;
        } else if (c == '%' || c == '!') {
            return true;
        }
    }
    return false;
}

}  // namespace relaypermit
