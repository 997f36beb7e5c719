#include "policy/policy.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace relaypermit {

namespace {

// {rcpt_mailer} values that mean "leaves this system", where the policy does not say: Postfix's
// transports and the SMTP mailers that Sendmail's MAILER(smtp) defines.
constexpr std::array<std::string_view, 2> remote_everywhere = {"smtp", "esmtp"};
constexpr std::array<std::string_view, 3> remote_in_sendmail = {"relay", "smtp8", "dsmtp"};

template <typename List>
bool has(const List& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

Policy::Policy(PolicySource source) : source_(std::move(source)) {
    RuleNumber number = 0;
    for (const Grant& grant : source_.grants) {
        for (const LoginPattern& login : grant.logins)
            (login.pattern.kind() == Pattern::Kind::regex ? grant_login_regexes_ : grant_logins_)
                .add(login.pattern, number);
        for (const PlacedNetwork& client : grant.clients)
            grant_clients_.add(client.network, number);
        for (const PlacedPattern& sender : grant.senders)
            grant_senders_.add(sender.pattern, number);
        ++number;
    }
    number = 0;
    for (const Restriction& restriction : source_.restrictions) {
        for (const LoginPattern& login : restriction.logins)
            restriction_logins_.add(login.pattern, number);
        for (const PlacedNetwork& client : restriction.clients)
            restriction_clients_.add(client.network, number);
        ++number;
    }
    for (const PlacedNetwork& trusted : source_.trusted_networks) trusted_.add(trusted.network, 0);
    grant_logins_.finish();
    grant_login_regexes_.finish();
    grant_senders_.finish();
    restriction_logins_.finish();
}

bool Policy::trusted(const std::optional<IpAddress>& client) const {
    return client && !trusted_.find(*client).empty();
}

bool Policy::remote_mailer(const std::string& mailer, Mta mta) const {
    if (source_.remote_mailers) return has(*source_.remote_mailers, mailer);
    return has(remote_everywhere, mailer) ||
           (mta == Mta::sendmail && has(remote_in_sendmail, mailer));
}

std::vector<const Restriction*> Policy::restrictions_for(
    const Login* login, const std::optional<IpAddress>& client) const {
    std::vector<const Restriction*> matching;
    if (source_.restrictions.empty()) return matching;
    std::vector<RuleNumber> by_login;
    const auto find_login = [&](const Login& one) {
        const std::vector<RuleNumber> found = restriction_logins_.find(one).sorted();
        by_login.insert(by_login.end(), found.begin(), found.end());
    };
    if (login) {
        find_login(*login);
        if (const Login base = without_subaddress(*login, source_.subaddress_delimiter);
            !(base == *login))
            find_login(base);
        std::sort(by_login.begin(), by_login.end());
    }
    const std::vector<RuleNumber> by_client =
        client ? restriction_clients_.find(*client) : std::vector<RuleNumber>();
    std::vector<RuleNumber> candidates = by_login;
    candidates.insert(candidates.end(), by_client.begin(), by_client.end());
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    for (const RuleNumber number : candidates) {
        const Restriction& restriction = source_.restrictions[number];
        const bool login_ok = restriction.logins.empty() ||
                              std::binary_search(by_login.begin(), by_login.end(), number);
        const bool client_ok = restriction.clients.empty() ||
                               std::binary_search(by_client.begin(), by_client.end(), number);
        if (login_ok && client_ok) matching.push_back(&restriction);
    }
    return matching;
}

}  // namespace relaypermit
