#include "policy/policy.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "policy/conditions.h"
#include "policy/login_index.h"
#include "policy/restricted_login.h"

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

// Of exact patterns that folding changes, by what it makes of them.
class FoldedLogins {
  public:
    void add(const LoginPatterns& logins, RuleNumber number) {
        logins.each_part(
            [&](std::span<const LoginPattern> written) { add(keys_of(written), number); },
            [&](const LoginPatterns::Group& group) {
                const auto [known, added] = keys_of_groups_.try_emplace(group.get());
                if (added) known->second = keys_of(group->members);
                add(known->second, number);
            });
    }
    [[nodiscard]] Postings find(const Login& login) const {
        Postings found;
        if (rules_.empty()) return found;
        if (const auto rules = rules_.find(login_key(login)); rules != rules_.end())
            found.add(rules->second);
        return found;
    }

  private:
    [[nodiscard]] static std::vector<std::string> keys_of(std::span<const LoginPattern> logins) {
        std::vector<std::string> keys;
        for (const LoginPattern& login : logins)
            for (std::string& key : folded_keys(login.pattern)) keys.push_back(std::move(key));
        return keys;
    }
    void add(const std::vector<std::string>& keys, RuleNumber number) {
        for (const std::string& key : keys)
            if (auto& rules = rules_[key]; rules.empty() || rules.back() != number)
                rules.push_back(number);
    }

    std::unordered_map<std::string, std::vector<RuleNumber>> rules_{};
    std::unordered_map<const LoginGroup*, std::vector<std::string>> keys_of_groups_{};
};

}  // namespace

struct GrantIndex {
    explicit GrantIndex(const GrantIndex* base)
        : logins(base ? &base->logins : nullptr),
          except_logins(base ? &base->except_logins : nullptr) {}

    LoginIndex logins;
    LoginIndex except_logins;
    FoldedLogins folded_except_logins{};
    PatternIndex senders{};
    NetworkIndex clients{};

    void add(const Grant& grant, RuleNumber number) {
        logins.add(grant.logins, number);
        except_logins.add(grant.rare->except_logins, number);
        folded_except_logins.add(grant.rare->except_logins, number);
        for (const PlacedNetwork& client : grant.rare->clients) clients.add(client.network, number);
        for (const PlacedPattern& sender : grant.senders) senders.add(sender.pattern, number);
    }
    void finish() {
        logins.finish();
        except_logins.finish();
        senders.finish();
    }
};

struct RestrictionIndex {
    explicit RestrictionIndex(const RestrictionIndex* base)
        : logins(base ? &base->logins : nullptr) {}

    LoginIndex logins;
    FoldedLogins folded{};
    NetworkIndex clients{};

    void add(const Restriction& restriction, RuleNumber number) {
        logins.add(restriction.logins, number);
        folded.add(restriction.logins, number);
        for (const PlacedNetwork& client : restriction.clients) clients.add(client.network, number);
    }
    void finish() { logins.finish(); }
};

template <typename Index, typename Rule>
Policy::Compiled<Index> Policy::compile(RuleList<Rule>& rules, const RuleList<Rule>* like,
                                        const Compiled<Index>* of_like) {
    rules.share();
    Compiled<Index> compiled;
    if (like != nullptr && like->shared() == rules.shared()) {
        compiled.shared = of_like->shared;
    } else {
        auto index = std::make_shared<Index>(nullptr);
        RuleNumber number = 0;
        for (const Rule& rule : *rules.shared()) index->add(rule, number++);
        index->finish();
        compiled.shared = std::move(index);
    }
    if (rules.changed().empty() && rules.size() == rules.shared_size()) return compiled;
    auto own = std::make_unique<Index>(compiled.shared.get());
    for (const auto& [number, rule] : rules.changed()) {
        compiled.replaced.push_back(static_cast<RuleNumber>(number));
        own->add(rule, static_cast<RuleNumber>(number));
    }
    for (std::size_t number = rules.shared_size(); number < rules.size(); ++number)
        own->add(rules[number], static_cast<RuleNumber>(number));
    own->finish();
    compiled.own = std::move(own);
    return compiled;
}

Policy::Policy(PolicySource source, const Policy* like)
    : source_(std::move(source)),
      grants_(compile(source_.grants, like == nullptr ? nullptr : &like->source_.grants,
                      like == nullptr ? nullptr : &like->grants_)),
      restrictions_(compile(source_.restrictions,
                            like == nullptr ? nullptr : &like->source_.restrictions,
                            like == nullptr ? nullptr : &like->restrictions_)) {
    for (const PlacedNetwork& trusted : source_.trusted_networks) trusted_.add(trusted.network, 0);
    if (source_.domain_tables.empty()) return;
    const auto names = [](const auto& patterns) {
        return std::any_of(patterns.begin(), patterns.end(),
                           [](const auto& one) { return one.pattern.hosted_domains() != nullptr; });
    };
    names_hosted_senders_ = std::any_of(
        source_.grants.begin(), source_.grants.end(),
        [&](const Grant& grant) { return names(grant.senders) || names(grant.rare->except); });
}

Policy::Policy(PolicySource source) : Policy(std::move(source), nullptr) {}
Policy::Policy(PolicySource changed, const Policy& like) : Policy(std::move(changed), &like) {}
Policy::~Policy() = default;
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;

template <typename Index, typename Find>
Postings Policy::ask(const Compiled<Index>& compiled, Find find) {
    Postings found = find(*compiled.shared);
    if (compiled.own) {
        found.leave_out(compiled.replaced);
        found.append(find(*compiled.own));
    }
    return found;
}

template <typename Index>
std::vector<RuleNumber> Policy::ask_clients(const Compiled<Index>& compiled,
                                            const IpAddress& client) {
    return ask(compiled,
               [&](const Index& index) {
                   Postings found;
                   found.own(index.clients.find(client));
                   return found;
               })
        .sorted();
}

Postings Policy::grants_to(const Login& login) const {
    return ask(grants_, [&](const GrantIndex& index) { return index.logins.find(login); });
}

Postings Policy::grants_to_by_regex(const Login& login) const {
    return ask(grants_, [&](const GrantIndex& index) { return index.logins.find_by_regex(login); });
}

Postings Policy::grants_without(const Login& login) const {
    const auto find = [&](const Login& one) {
        return ask(grants_, [&](const GrantIndex& index) {
            Postings found = index.except_logins.find(one);
            found.append(index.except_logins.find_by_regex(one));
            found.append(index.folded_except_logins.find(one));
            return found;
        });
    };
    Postings found;
    // Nearly no policy has such a grant, and the names of a login are dear to find.
    if (grants_.shared->except_logins.empty() &&
        (!grants_.own || grants_.own->except_logins.empty()))
        return found;
    const RestrictedLogin names(source_, login);
    for (const Login& one : names.names()) found.append(find(one));
    return found;
}

std::vector<RuleNumber> Policy::grants_to_client(const IpAddress& client) const {
    return ask_clients(grants_, client);
}

Postings Policy::grants_as(const Address& sender) const {
    return ask(grants_, [&](const GrantIndex& index) { return index.senders.find(sender); });
}

Postings Policy::grants_as_template(const Address& sender) const {
    return ask(grants_,
               [&](const GrantIndex& index) { return index.senders.find_templated(sender); });
}

Postings Policy::grants_as_null() const {
    return ask(grants_, [](const GrantIndex& index) { return index.senders.find_null(); });
}

Postings Policy::grants_as_any() const {
    return ask(grants_, [](const GrantIndex& index) { return index.senders.find_any(); });
}

bool Policy::trusted(const std::optional<IpAddress>& client) const {
    return client && !trusted_.find(*client).empty();
}

bool Policy::remote_mailer(const std::string& mailer, Mta mta) const {
    if (source_.remote_mailers) return has(*source_.remote_mailers, mailer);
    return has(remote_everywhere, mailer) ||
           (mta == Mta::sendmail && has(remote_in_sendmail, mailer));
}

std::vector<const Restriction*> Policy::restrictions_for(const Login* login,
                                                         const std::optional<IpAddress>& client,
                                                         TimePoint now) const {
    std::vector<const Restriction*> matching;
    if (source_.restrictions.empty()) return matching;
    Postings by_login;
    if (login) {
        const RestrictedLogin known(source_, *login);
        for (const Login& name : known.names()) {
            const auto find = [&](auto question) { by_login.append(ask(restrictions_, question)); };
            find([&](const RestrictionIndex& index) { return index.logins.find(name); });
            find([&](const RestrictionIndex& index) { return index.logins.find_by_regex(name); });
            find([&](const RestrictionIndex& index) { return index.folded.find(name); });
        }
    }
    const std::vector<RuleNumber> by_client =
        client ? ask_clients(restrictions_, *client) : std::vector<RuleNumber>();
    std::vector<RuleNumber> candidates = by_login.sorted();
    candidates.insert(candidates.end(), by_client.begin(), by_client.end());
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    for (const RuleNumber number : candidates) {
        const Restriction& restriction = source_.restrictions[number];
        const bool login_ok = restriction.logins.empty() || by_login.contains(number);
        const bool client_ok = restriction.clients.empty() ||
                               std::binary_search(by_client.begin(), by_client.end(), number);
        const bool excepted =
            login && leaves_out(restriction, *login, source_.subaddress_delimiter);
        if (login_ok && client_ok && !excepted && is_in_force(*restriction.time, now))
            matching.push_back(&restriction);
    }
    return matching;
}

}  // namespace relaypermit
