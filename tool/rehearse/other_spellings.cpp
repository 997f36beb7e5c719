#include "tool/rehearse/other_spellings.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "policy/regex_walk.h"
#include "policy/restricted_login.h"
#include "tool/base/visible.h"
#include "tool/rehearse/containment.h"
#include "tool/rehearse/hosted_domains.h"
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

// Of each exact login in a rule; of a group once.
template <typename Look>
void each_named_login(const Policy& policy, const Look& look) {
    std::set<const LoginGroup*> groups;
    const auto look_at_each = [&](std::span<const LoginPattern> logins) {
        for (const LoginPattern& login : logins)
            if (login.pattern.kind() == Pattern::Kind::exact) look(login.pattern);
    };
    const auto look_at = [&](const LoginPatterns& logins) {
        logins.each_part([&](std::span<const LoginPattern> written) { look_at_each(written); },
                         [&](const LoginPatterns::Group& group) {
                             if (groups.insert(group.get()).second) look_at_each(group->members);
                         });
    };
    for (const Grant& grant : policy.source().grants) look_at(grant.logins);
    for (const Restriction& restriction : policy.source().restrictions) look_at(restriction.logins);
}

// Whether the grant names the login, or logins of its spelling, and not just whatever there is.
bool asks_for(const Grant& grant, const Login& login) {
    return std::any_of(grant.logins.begin(), grant.logins.end(), [&](const LoginPattern& one) {
        return one.pattern.matches(login) && (one.pattern.kind() == Pattern::Kind::exact ||
                                              (one.pattern.kind() == Pattern::Kind::regex &&
                                               asks_for_spelling(one.pattern.text())));
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
        each_named_login(policy, [&](const Pattern& pattern) { look_at(pattern); });
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
    void look_at(const Pattern& pattern) {
        constexpr std::size_t most = 10;
        const std::string user = login_of(pattern).user;
        const std::size_t sign = user.find_first_of("\\%");
        if (sign == std::string::npos) return;
        if (user[sign] == '%')
            suffixes_.try_emplace(ascii_lower(user.substr(sign)), pattern.text());
        else if (prefixes_.size() < most)
            prefixes_.try_emplace(ascii_lower(user.substr(0, sign + 1)), pattern.text());
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
            const bool spoken_for = named || asks_for(*grant, *other);
            const auto known =
                std::find_if(found.begin(), found.end(),
                             [&](const OtherSpelling& one) { return one.grant == grant; });
            if (known == found.end())
                found.push_back({text, grant, spoken_for});
            else if (spoken_for && !known->spoken_for)
                *known = {text, grant, true};
        }
        if (named && grants.empty() && may_send(policy, *other, now))
            found.push_back({text, nullptr, true});
    };
    for (const auto& [text, example] : NamedSpellings(policy).of(login)) look_at(text, true);
    for (const std::string& text : spellings_of(login))
        if (text.find('*') == std::string::npos && !text.starts_with("xn--")) look_at(text, false);
    return found;
}

std::vector<OtherRealm> other_realms(const Policy& policy, const Login& login, TimePoint now) {
    constexpr std::size_t many = 10;
    const std::vector<Login> all = in_other_realms(policy, login);
    std::vector<OtherRealm> found;
    std::set<std::string> named;
    if (!all.empty())
        each_named_login(policy, [&](const Pattern& pattern) {
            if (ascii_lower(login_of(pattern).user) == ascii_lower(login.user))
                named.insert(login_key(login_of(pattern)));
        });
    for (const Login& other : all) {
        if (is_suspended(policy, other, now) || !may_send(policy, other, now)) continue;
        const bool spoken_for =
            named.contains(login_key(other)) || makes_one(policy, login, other, now) != nullptr;
        if (spoken_for || all.size() <= many) found.push_back({other, spoken_for});
    }
    return found;
}

std::vector<std::string> folded_alike(const Policy& policy, const Login& login, TimePoint now) {
    const std::string own = login_key(login);
    std::set<std::string> keys{own};
    for (const Login& plain : folded_logins(login)) keys.insert(login_key(plain));
    std::vector<std::string> names;
    each_named_login(policy, [&](const Pattern& pattern) {
        std::vector<std::string> others = folded_keys(pattern);
        others.emplace_back(pattern.affix());
        if (pattern.affix() == own ||
            std::none_of(others.begin(), others.end(),
                         [&](const std::string& one) { return keys.contains(one); }))
            return;
        const Login other = login_of(pattern);
        const bool bare = pattern.text().find('@') == std::string::npos && !other.realm.empty();
        const std::string name = pattern.text() + (bare ? "@" + other.realm : std::string());
        if (std::find(names.begin(), names.end(), name) == names.end() &&
            !is_suspended(policy, other, now))
            names.push_back(name);
    });
    return names;
}

std::vector<MissedAccount> missed_accounts(const Policy& policy, TimePoint now) {
    constexpr std::size_t most = 2000;
    std::size_t looked_at = 0;
    std::vector<MissedAccount> missed;
    const NamedSpellings named(policy);
    const auto first_of = [&](const Restriction& restriction) -> std::optional<MissedAccount> {
        if (is_over(*restriction.time, now)) return std::nullopt;
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

std::vector<UsualSpelling> missed_usual_spellings(const Policy& policy, TimePoint now) {
    constexpr std::size_t most = 2000;
    std::vector<UsualSpelling> missed;
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

std::string in_words(const std::vector<std::string>& names) {
    constexpr std::size_t shown = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), shown); ++i) {
        const bool last = i + 1 == names.size();
        if (i > 0) text += last ? " and " : ", ";
        text += "`" + visible(names[i]) + "`";
    }
    if (names.size() > shown) text += " and " + std::to_string(names.size() - shown) + " more";
    return text;
}

std::string other_spellings_text(const Policy& policy, const Login& login, TimePoint now) {
    std::string text;
    std::vector<std::string> realms;
    std::vector<std::string> perhaps;
    for (const OtherSpelling& one : other_spellings(policy, login, now)) {
        if (!one.spoken_for) {
            if (std::find(perhaps.begin(), perhaps.end(), one.login) == perhaps.end())
                perhaps.push_back(one.login);
            continue;
        }
        text += (one.grant != nullptr
                     ? "warning: " + visible(one.grant->id) + " at " +
                           visible(to_string(one.grant->place)) + " is for the login `" +
                           visible(one.login) + "` too, which is not suspended"
                     : "warning: the login `" + visible(one.login) +
                           "` is not suspended and owns an address") +
                ": if it is the same account, `forms` in [login] makes them one\n";
    }
    for (const OtherRealm& one : other_realms(policy, login, now))
        (one.spoken_for ? realms : perhaps).push_back(to_string(one.login));
    const auto may_send = [](const std::vector<std::string>& names) {
        return in_words(names) + (names.size() == 1 ? " is" : " are") +
               " not suspended and may send: ";
    };
    if (!realms.empty())
        text += "warning: " + may_send(realms) +
                (realms.size() == 1 ? "if it is the same account, suspend it too\n"
                                    : "those that are the same account are to be suspended too\n");
    if (!perhaps.empty())
        text += "note: " + may_send(perhaps) +
                (perhaps.size() == 1
                     ? "suspend it too if the mail server lets this account in by it\n"
                     : "suspend those too by which the mail server lets this account in\n");
    const auto tables = hosted_domain_tables(policy.source());
    if (!login.realm.empty() && !policy.source().realms && !tables.empty())
        text += "note: the realms of domain table" + std::string(tables.size() == 1 ? " " : "s ") +
                visible(joined(tables)) +
                " are not looked through: if this account has a login there, suspend it too\n";
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
