#include "tool/rehearse/other_spellings.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "policy/regex_walk.h"
#include "tool/base/text.h"
#include "tool/rehearse/containment.h"
#include "tool/rehearse/rights_left.h"

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

bool is_name_of(const Policy& policy, const Login& other, const Login& login) {
    return login_key(other) == login_key(login) ||
           login_key(without_subaddress(other, policy.source().subaddress_delimiter)) ==
               login_key(login);
}

// The spellings by which rules name logins: a mail server that hands over `EXAMPLE\carol` lets in
// `EXAMPLE\mallory`.
class NamedSpellings {
  public:
    explicit NamedSpellings(const Policy& policy) {
        std::set<const LoginGroup*> groups;
        const auto look_at = [&](const LoginPatterns& logins) {
            logins.each_part([&](std::span<const LoginPattern> written) { look_at_each(written); },
                             [&](const LoginPatterns::Group& group) {
                                 if (groups.insert(group.get()).second)
                                     look_at_each(group->members);
                             });
        };
        for (const Grant& grant : policy.source().grants) look_at(grant.logins);
        for (const Restriction& restriction : policy.source().restrictions)
            look_at(restriction.logins);
    }

    // Each with a login that is written like it.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> of(const Login& login) const {
        std::vector<std::pair<std::string, std::string>> found;
        if (login.user.find_first_of(spelling_signs) != std::string::npos) return found;
        for (const auto& [prefix, example] : prefixes_)
            found.emplace_back(example.substr(0, prefix.size()) + login.user, example);
        if (const auto known = suffixes_.find("%" + login.realm); known != suffixes_.end())
            found.emplace_back(login.user + known->first, known->second);
        return found;
    }

  private:
    void look_at_each(std::span<const LoginPattern> logins) {
        constexpr std::size_t most = 10;
        for (const LoginPattern& login : logins) {
            if (login.pattern.kind() != Pattern::Kind::exact) continue;
            const std::string user = login_of(login.pattern).user;
            const std::size_t sign = user.find_first_of("\\%");
            if (sign == std::string::npos) continue;
            if (user[sign] == '%')
                suffixes_.try_emplace(ascii_lower(user.substr(sign)), login.pattern.text());
            else if (prefixes_.size() < most)
                prefixes_.try_emplace(ascii_lower(user.substr(0, sign + 1)), login.pattern.text());
        }
    }

    std::map<std::string, std::string> prefixes_{};  // `example\`, with a login that has it
    std::map<std::string, std::string> suffixes_{};  // `%example.com`
};

// The same user in the other realms that own something here.
std::vector<Login> in_other_realms(const Policy& policy, const Login& login) {
    constexpr std::size_t most = 100;
    const PolicySource& source = policy.source();
    std::vector<Login> logins;
    if (login.realm.empty()) return logins;
    for (const std::string& realm :
         (source.realms ? *source.realms : source.hosted_domains).patterns())
        if (!realm.starts_with('*') && realm != login.realm && logins.size() < most)
            logins.push_back({login.user, realm});
    return logins;
}

bool holds_for(const Policy& policy, const Restriction& restriction, const Login& login,
               TimePoint now) {
    if (restriction.suspended && is_suspended(policy, login, now)) return true;
    const Login base = without_subaddress(login, policy.source().subaddress_delimiter);
    return std::any_of(restriction.logins.begin(), restriction.logins.end(),
                       [&](const LoginPattern& one) {
                           return one.pattern.matches(login) || one.pattern.matches(base);
                       });
}

}  // namespace

std::vector<OtherSpelling> other_spellings(const Policy& policy, const Login& login,
                                           TimePoint now) {
    std::vector<OtherSpelling> found;
    const auto look_at = [&](const std::string& text, bool named) {
        const auto other = read_login(policy.source(), text, Mta::postfix);
        if (!other || is_name_of(policy, *other, login) || is_suspended(policy, *other, now))
            return;
        const auto grants = grants_left(policy, *other, now);
        for (const Grant* grant : grants) {
            const bool known =
                std::any_of(found.begin(), found.end(),
                            [&](const OtherSpelling& one) { return one.grant == grant; });
            if (!known) found.push_back({text, grant});
        }
        if (named && grants.empty() && may_send(policy, *other, now))
            found.push_back({text, nullptr});
    };
    for (const auto& [text, example] : NamedSpellings(policy).of(login)) look_at(text, true);
    for (const std::string& text : spellings_of(login)) look_at(text, false);
    return found;
}

std::vector<Login> other_realms(const Policy& policy, const Login& login, TimePoint now) {
    constexpr std::size_t many = 10;
    const std::vector<Login> all = in_other_realms(policy, login);
    std::vector<Login> found;
    for (const Login& other : all)
        if (!is_suspended(policy, other, now) && may_send(policy, other, now) &&
            (all.size() <= many || makes_one(policy, login, other, now) != nullptr))
            found.push_back(other);
    return found;
}

std::vector<MissedAccount> missed_accounts(const Policy& policy, TimePoint now) {
    constexpr std::size_t most = 2000;
    std::size_t looked_at = 0;
    std::vector<MissedAccount> missed;
    const NamedSpellings named(policy);
    const auto first_of = [&](const Restriction& restriction) -> std::optional<MissedAccount> {
        for (const LoginPattern& pattern : restriction.logins) {
            if (pattern.pattern.kind() != Pattern::Kind::exact) continue;
            if (++looked_at > most) return std::nullopt;
            const Login login = login_of(pattern.pattern);
            for (const auto& [text, example] : named.of(login)) {
                const auto other = read_login(policy.source(), text, Mta::postfix);
                if (other && !is_name_of(policy, *other, login) &&
                    !holds_for(policy, restriction, *other, now) && may_send(policy, *other, now))
                    return MissedAccount{text, login, &restriction, nullptr, example};
            }
            for (const Login& other : in_other_realms(policy, login))
                if (const Grant* grant = makes_one(policy, login, other, now);
                    grant != nullptr && !holds_for(policy, restriction, other, now) &&
                    may_send(policy, other, now))
                    return MissedAccount{to_string(other), login, &restriction, grant, {}};
        }
        return std::nullopt;
    };
    for (const Restriction& restriction : policy.source().restrictions)
        if (auto found = first_of(restriction)) missed.push_back(*std::move(found));
    return missed;
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
                if (holds_for(policy, restriction, *other, now)) continue;
                missed.push_back({text, *other, login, &restriction});
                if (missed.size() == most) return missed;
            }
        }
    return missed;
}

namespace {

std::string other_realms_text(const std::vector<Login>& others) {
    constexpr std::size_t shown = 3;
    if (others.empty()) return {};
    std::string names;
    for (std::size_t i = 0; i < std::min(others.size(), shown); ++i) {
        const bool last = i + 1 == others.size();
        if (i > 0) names += last ? " and " : ", ";
        names += "`" + visible(to_string(others[i])) + "`";
    }
    if (others.size() > shown) names += " and " + std::to_string(others.size() - shown) + " more";
    return "warning: " + names +
           (others.size() == 1
                ? " is not suspended and may send: if it is the same account"
                : " are not suspended and may send: those that are the same account") +
           (others.size() == 1 ? ", suspend it too\n" : " are to be suspended too\n");
}

}  // namespace

std::string other_spellings_text(const Policy& policy, const Login& login, TimePoint now) {
    std::string text;
    for (const OtherSpelling& one : other_spellings(policy, login, now))
        text += (one.grant != nullptr
                     ? "warning: " + visible(one.grant->id) + " at " +
                           visible(to_string(one.grant->place)) + " is for the login `" +
                           visible(one.login) + "` too, which is not suspended"
                     : "warning: the login `" + visible(one.login) +
                           "` is not suspended and owns an address") +
                ": if it is the same account, `forms` in [login] makes them one\n";
    text += other_realms_text(other_realms(policy, login, now));
    const Login base = without_subaddress(login, policy.source().subaddress_delimiter);
    if (!(base == login) && !is_suspended(policy, base, now))
        text += "warning: `" + visible(to_string(base)) + "` is not suspended: if `" +
                visible(to_string(login)) + "` is a subaddress of that account, suspend it\n";
    return text;
}

bool asks_for_spelling(std::string_view regex) {
    if (regex.size() < 2) return false;
    const std::string_view text = regex.substr(1, regex.size() - 2);
    for (std::size_t i = 0; i < text.size(); i = regex_piece(text, i).end) {
        const RegexPiece piece = regex_piece(text, i);
        const std::string_view body = text.substr(i + 1, piece.end - i - 1);
        const bool asks =
            piece.kind == RegexPiece::Kind::character
                ? text[i] == '%' || text[i] == '!'
                : piece.kind == RegexPiece::Kind::escape && body.find_first_of("\\%!*") == 0;
        if (asks) return true;
    }
    return false;
}

}  // namespace relaypermit
