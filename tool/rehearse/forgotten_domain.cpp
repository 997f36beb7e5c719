#include "tool/rehearse/forgotten_domain.h"

#include <algorithm>
#include <array>

#include "tool/rehearse/hosted_domains.h"

namespace relaypermit {
namespace {

bool is_own_name(const Policy& policy, const Login& login, const Address& address) {
    const std::string& delimiter = policy.source().subaddress_delimiter;
    return !login.realm.empty() && !address.domain.empty() &&
           ascii_lower(without_subaddress(address, delimiter).local) == ascii_lower(login.user);
}

}  // namespace

bool is_realm(const Policy& policy, const std::string& realm, Match hosted) {
    const PolicySource& source = policy.source();
    return source.realms ? source.realms->contains(realm) : hosted != Match::no;
}

std::optional<ForgottenDomain> forgotten_domain(const Policy& policy, const Login& login,
                                                const Address& address, Match hosted) {
    const PolicySource& source = policy.source();
    if (!source.owns_own_address || !is_own_name(policy, login, address) ||
        login.realm != address.domain || is_mail_provider(login.realm))
        return std::nullopt;
    ForgottenDomain forgotten{login.realm,
                              hosted == Match::no,
                              source.realms && !source.realms->contains(login.realm),
                              {}};
    if (forgotten.hosted) forgotten.tables = hosted_domain_tables(source);
    DomainSet takes_it;
    if (!(forgotten.hosted || forgotten.realm) || !takes_it.add(login.realm)) return std::nullopt;
    return forgotten;
}

PolicySource with_domain(PolicySource source, const ForgottenDomain& forgotten) {
    // It is one that a set takes: forgotten_domain() has tried.
    if (forgotten.hosted) static_cast<void>(source.hosted_domains.add(forgotten.domain));
    if (forgotten.realm) static_cast<void>(source.realms->add(forgotten.domain));
    return source;
}

std::vector<std::string> lines_to_add(const ForgottenDomain& forgotten) {
    std::vector<std::string> lines;
    const std::string add = "add \"" + forgotten.domain + "\" to ";
    if (forgotten.hosted) {
        lines.push_back(add + "`hosted_domains` in [relay]");
        for (const std::string& table : forgotten.tables)
            lines.back() += " or to the domain table " + table;
    }
    if (forgotten.realm) lines.push_back(add + "`realms` in [login]");
    return lines;
}

std::optional<Grant> grant_to_the_realm(const Policy& policy, const Login& login,
                                        const Address& address) {
    if (!is_own_name(policy, login, address) || login.realm == address.domain ||
        is_mail_provider(address.domain) || is_mail_provider(login.realm))
        return std::nullopt;
    auto logins = Pattern::parse("*@" + login.realm, PatternRole::login);
    auto senders = Pattern::parse("{user}@" + address.domain, PatternRole::sender);
    if (!logins || logins->kind() != Pattern::Kind::domain || !senders ||
        senders->kind() != Pattern::Kind::templated)
        return std::nullopt;
    Grant grant;
    grant.logins.push_back({*std::move(logins), {}, {}});
    grant.senders.push_back({*std::move(senders), {}});
    return grant;
}

bool is_mail_provider(std::string_view domain) {
    // The most used for private mail; what is missing here costs one line too many, to be read.
    static constexpr std::array<std::string_view, 40> providers = {
        "163.com",    "aol.com",    "bluewin.ch",     "comcast.net",   "free.fr",
        "freenet.de", "gmail.com",  "gmx.at",         "gmx.ch",        "gmx.com",
        "gmx.de",     "gmx.net",    "googlemail.com", "hotmail.co.uk", "hotmail.com",
        "hotmail.de", "hotmail.fr", "icloud.com",     "laposte.net",   "libero.it",
        "live.com",   "mac.com",    "mail.com",       "mail.ru",       "mailbox.org",
        "me.com",     "msn.com",    "orange.fr",      "outlook.com",   "outlook.de",
        "posteo.de",  "proton.me",  "protonmail.com", "qq.com",        "t-online.de",
        "wanadoo.fr", "web.de",     "yahoo.co.uk",    "yahoo.com",     "yandex.ru"};
    return std::find(providers.begin(), providers.end(), domain) != providers.end();
}

}  // namespace relaypermit
