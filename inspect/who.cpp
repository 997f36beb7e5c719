#include "inspect/who.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "inspect/containment.h"

namespace relaypermit {
namespace {

using Kind = Pattern::Kind;

std::string joined(const std::vector<Network>& networks) {
    std::string text;
    for (const Network& network : networks) text += (text.empty() ? "" : ", ") + to_string(network);
    return text;
}

std::vector<std::string> conditions_of(const Grant& grant) {
    std::vector<std::string> conditions;
    if (grant.until) conditions.push_back("until " + grant.until_text);
    if (!grant.networks.empty()) conditions.push_back("only from " + joined(grant.networks));
    const GrantFields& fields = grant.fields;
    if (!fields.envelope || !fields.from || !fields.sender) {
        std::string only;
        if (fields.envelope) only = "envelope";
        if (fields.from) only += only.empty() ? "From" : ", From";
        if (fields.sender) only += only.empty() ? "Sender" : ", Sender";
        conditions.push_back("only in " + only);
    }
    return conditions;
}

// What restrictions say of one login, wherever it comes from.
void add_restrictions(const Policy& policy, const Login& login,
                      std::vector<std::string>& conditions) {
    for (const Restriction& restriction : policy.source().restrictions) {
        const bool about = std::any_of(
            restriction.logins.begin(), restriction.logins.end(),
            [&](const LoginPattern& pattern) { return pattern.pattern.matches(login); });
        if (!about) continue;
        std::string text;
        if (restriction.suspended) text = "suspended";
        if (restriction.networks)
            text += (text.empty() ? "" : ", ") + std::string("limited networks");
        if (restriction.recipients)
            text += (text.empty() ? "" : ", ") + std::string("limited recipients");
        if (restriction.mechanisms)
            text += (text.empty() ? "" : ", ") + std::string("limited mechanisms");
        if (!restriction.clients.empty()) text += " for some clients";
        conditions.push_back(text + " by " + restriction.id);
    }
}

std::vector<Address> forms_of(const PolicySource& source, const Address& address) {
    std::vector<Address> forms = {address};
    Address base = without_subaddress(address, source.subaddress_delimiter);
    if (!(base == address)) forms.push_back(std::move(base));
    return forms;
}

bool owns_itself(const PolicySource& source, const Login& login) {
    const DomainSet& realms = source.realms ? *source.realms : source.hosted_domains;
    return source.owns_own_address && !login.realm.empty() && realms.contains(login.realm);
}

bool over(const Grant& grant, TimePoint now) {
    return grant.until && now >= *grant.until;
}

class SendersOf {
  public:
    SendersOf(const Policy& policy, const Address& address, TimePoint now)
        : policy_(policy),
          source_(policy.source()),
          forms_(forms_of(policy.source(), address)),
          now_(now) {}

    std::vector<Permission> run() {
        for (const Address& form : forms_) {
            const Login login{form.local, form.domain};
            if (!owns_itself(source_, login)) continue;
            Permission own{to_string(login), {}, "own-address", {}, {"if there is such a login"}};
            add_restrictions(policy_, login, own.conditions);
            found_.push_back(std::move(own));
        }
        for (const Grant& grant : source_.grants)
            if (!over(grant, now_)) add(grant);
        for (const TableSource& table : source_.tables)
            found_.push_back({"logins of the table",
                              {},
                              table.id,
                              table.place,
                              {"a table is asked by login: who --login LOGIN"}});
        for (const PlacedNetwork& trusted : source_.trusted_networks)
            found_.push_back({to_string(trusted.network),
                              {},
                              "trusted-network",
                              trusted.place,
                              {"without a login"}});
        return std::move(found_);
    }

  private:
    // The first sender pattern, not a template, that is this address.
    [[nodiscard]] const Pattern* plain_sender(const Grant& grant) const {
        for (const PlacedPattern& sender : grant.senders)
            for (const Address& form : forms_)
                if (sender.pattern.matches(form)) return &sender.pattern;
        return nullptr;
    }

    void add(const Grant& grant) {
        const Pattern* plain = plain_sender(grant);
        if (plain != nullptr)
            for (const PlacedNetwork& client : grant.clients) {
                Permission one{
                    to_string(client.network), {}, grant.id, grant.place, conditions_of(grant)};
                one.conditions.insert(one.conditions.begin(), "without a login");
                found_.push_back(std::move(one));
            }
        for (const LoginPattern& login : grant.logins) {
            std::vector<std::string> conditions = conditions_of(grant);
            if (plain == nullptr) {
                const auto condition = by_template(grant, login);
                if (!condition) continue;
                if (!condition->empty()) conditions.insert(conditions.begin(), *condition);
            } else if (plain->kind() == Kind::regex) {
                conditions.insert(conditions.begin(), "the address matches " + plain->text());
            }
            const bool exact = login.pattern.kind() == Kind::exact;
            if (exact) {
                add_restrictions(policy_, login_of(login.pattern), conditions);
            }
            if (!login.group.empty())
                conditions.insert(conditions.begin(), "in group " + login.group);
            found_.push_back({exact ? to_string(login_of(login.pattern)) : login.pattern.text(),
                              {},
                              grant.id,
                              grant.place,
                              std::move(conditions)});
        }
    }

    // The condition under which a template is this address for such a login: empty where it simply
    // is; nullopt where it cannot be.
    [[nodiscard]] std::optional<std::string> by_template(const Grant& grant,
                                                         const LoginPattern& login) const {
        for (const PlacedPattern& sender : grant.senders) {
            const Pattern& pattern = sender.pattern;
            if (pattern.kind() != Kind::templated) continue;
            for (const Address& form : forms_) {
                if (login.pattern.kind() == Kind::exact) {
                    const auto captures = login.pattern.capture(login_of(login.pattern));
                    if (captures && pattern.matches_filled(form, *captures)) return std::string();
                } else if (pattern.domain().empty() || pattern.domain() == form.domain) {
                    return "where " + pattern.text() + " is the address";
                }
            }
        }
        return std::nullopt;
    }

    const Policy& policy_;
    const PolicySource& source_;
    std::vector<Address> forms_;
    TimePoint now_;
    std::vector<Permission> found_{};
};

}  // namespace

std::vector<Permission> who_may_send_as(const Policy& policy, const Address& address,
                                        TimePoint now) {
    return SendersOf(policy, address, now).run();
}

std::vector<Permission> what_may_send(const Policy& policy, const Login& login,
                                      const std::vector<TableAnswer>& answers, TimePoint now) {
    const PolicySource& source = policy.source();
    std::vector<Permission> found;
    std::vector<std::string> restricted;
    add_restrictions(policy, login, restricted);
    const auto add = [&](Permission permission) {
        permission.conditions.insert(permission.conditions.end(), restricted.begin(),
                                     restricted.end());
        found.push_back(std::move(permission));
    };
    if (owns_itself(source, login)) {
        Permission own{{}, to_string(Address{login.user, login.realm}), "own-address", {}, {}};
        if (!source.subaddress_delimiter.empty())
            own.conditions.push_back("and " + login.user + source.subaddress_delimiter +
                                     "anything@" + login.realm);
        add(std::move(own));
    }
    for (const Grant& grant : source.grants) {
        if (over(grant, now)) continue;
        std::vector<Captures> all;
        for (const LoginPattern& pattern : grant.logins)
            if (auto captures = pattern.pattern.capture(login)) all.push_back(*std::move(captures));
        if (all.empty()) continue;
        for (const PlacedPattern& sender : grant.senders) {
            std::unordered_set<std::string> said;
            for (const Captures& captures : all) {
                const auto filled = sender.pattern.fill(captures);
                if (filled && said.insert(*filled).second)
                    add({{}, *filled, grant.id, grant.place, conditions_of(grant)});
            }
        }
    }
    for (const TableSource& table : source.tables) {
        const auto answer =
            std::find_if(answers.begin(), answers.end(),
                         [&](const TableAnswer& one) { return one.table == table.id; });
        if (answer == answers.end() || !answer->known) {
            const std::string why = answer == answers.end() ? "" : ": " + answer->why;
            add({{},
                 "unknown senders",
                 table.id,
                 table.place,
                 {"the table gives no answer" + why}});
            continue;
        }
        for (const Pattern& sender : answer->senders)
            if (auto filled = sender.fill(login_captures(login)))
                add({{}, *std::move(filled), table.id, table.place, {}});
    }
    return found;
}

}  // namespace relaypermit
