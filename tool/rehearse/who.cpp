#include "tool/rehearse/who.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "policy/conditions.h"
#include "policy/table_questions.h"
#include "tool/base/rule_time.h"
#include "tool/rehearse/containment.h"
#include "tool/rehearse/excepted_senders.h"
#include "tool/rehearse/open_inside.h"
#include "tool/rehearse/permission_limits.h"
#include "tool/rehearse/template_reach.h"
#include "tool/rehearse/trace_words.h"

namespace relaypermit {
namespace {

using Kind = Pattern::Kind;

constexpr const char* only_as_bounce = "only in From, with the null sender";

std::vector<std::string> limits_of(const GrantLimits& limits, const GrantFields& fields,
                                   TimePoint now) {
    std::vector<std::string> conditions;
    if (std::string time = time_words(limits, now); !time.empty())
        conditions.push_back(std::move(time));
    if (!limits.networks.empty()) conditions.push_back("only from " + words_of(limits.networks));
    if (!fields.envelope || !fields.from || !fields.sender) {
        std::string only;
        if (fields.envelope) only = "envelope";
        if (fields.from) only += only.empty() ? "From" : ", From";
        if (fields.sender) only += only.empty() ? "Sender" : ", Sender";
        conditions.push_back("only in " + only);
    }
    return conditions;
}

std::vector<std::string> conditions_of(const Grant& grant, TimePoint now) {
    std::vector<std::string> conditions = limits_of(*grant.rare, grant.fields, now);
    if (grant.rare->visible) conditions.emplace_back("in From only beside a Sender of its own");
    return conditions;
}

std::vector<Address> names_of(const PolicySource& source, const Address& address) {
    std::vector<Address> forms = {address};
    Address base = without_subaddress(address, source.subaddress_delimiter);
    if (!(base == address)) forms.push_back(std::move(base));
    return forms;
}

class SendersOf {
  public:
    SendersOf(const Policy& policy, const Address& address, TimePoint now,
              const std::vector<TableAnswer>& answers)
        : policy_(policy),
          source_(policy.source()),
          forms_(names_of(policy.source(), address)),
          now_(now),
          answers_(answers) {}

    std::vector<Permission> run() {
        for (const Address& form : forms_) {
            const Login login{form.local, form.domain, form.in_hosted_table};
            if (!owns_itself(source_, login)) continue;
            Permission own{to_string(login), {}, "own-address", {}, {"if there is such a login"}};
            add_restrictions(policy_, login, now_, own);
            found_.push_back(std::move(own));
        }
        for (const Grant& grant : source_.grants)
            if (!is_over(*grant.rare, now_)) add(grant);
        for (const TableSource& table : source_.tables)
            if (!is_over(*table.rare, now_)) add(table);
        every_login();
        excepted();
        for (const PlacedNetwork& trusted : source_.trusted_networks) {
            Permission one{to_string(trusted.network),
                           {},
                           "trusted-network",
                           trusted.place,
                           {"without a login"}};
            add_restrictions(policy_, trusted.network, now_, one);
            found_.push_back(std::move(one));
        }
        bounce();
        anyone();
        return std::move(found_);
    }

  private:
    void add(const TableSource& table) {
        const auto cannot_tell = [&](std::string why) {
            found_.push_back({"logins of the table", {}, table.id, table.place, {std::move(why)}});
        };
        if (table.by == TableBy::login)
            return cannot_tell(
                "a table by login cannot be asked whose an address is: who --login "
                "LOGIN");
        const TableAnswer* answer = answer_to(*question_to(table, &forms_.front()), answers_);
        if (answer == nullptr) return cannot_tell("the table was not asked");
        if (!answer->known) return cannot_tell("the table gives no answer: " + answer->why);
        for (const Pattern& pattern : answer->logins) {
            const bool exact = pattern.kind() == Kind::exact;
            Permission one{exact ? to_string(login_of(pattern)) : pattern.text(),
                           {},
                           table.id,
                           table.place,
                           limits_of(*table.rare, table.fields, now_)};
            for (const TableLookup& lookup : answer->lookups)
                one.conditions.push_back(words_of(lookup));
            if (exact) add_restrictions(policy_, login_of(pattern), now_, one);
            found_.push_back(std::move(one));
        }
    }

    // A cause that refuses nobody gives to every login what no rule gives it.
    void every_login() {
        const Cause cause =
            policy_.hosted(forms_.front()) ? Cause::sender_not_owned : Cause::sender_not_hosted;
        const bool envelope = !refuses(policy_, cause);
        const bool header = !refuses(policy_, Cause::from_not_owned);
        if (!envelope && !header) return;
        Permission one{"every login",
                       {},
                       "cause." + std::string(to_string(envelope ? cause : Cause::from_not_owned)),
                       {},
                       {not_refused(policy_, envelope ? cause : Cause::from_not_owned)}};
        if (!header) one.conditions.emplace_back("only in envelope");
        if (!envelope) one.conditions.emplace_back("only in From, Sender");
        found_.push_back(std::move(one));
    }

    // What [cause.<id>] except_* lets be used by whoever is in it.
    void excepted() {
        for (const Cause cause :
             {policy_.hosted(forms_.front()) ? Cause::sender_not_owned : Cause::sender_not_hosted,
              Cause::from_not_owned}) {
            if (!refuses(policy_, cause)) continue;
            const CauseExceptions& except = *source_.exceptions[static_cast<std::size_t>(cause)];
            const std::string rule = "cause." + std::string(to_string(cause));
            const std::string only =
                cause == Cause::from_not_owned ? "only in From, Sender" : "only in envelope";
            for (const LoginPattern& login : except.logins) {
                const bool exact = login.pattern.kind() == Kind::exact;
                Permission one{exact ? to_string(login_of(login.pattern)) : login.pattern.text(),
                               {},
                               rule,
                               {},
                               {"by except_logins", only}};
                if (exact)
                    add_restrictions(policy_, login_of(login.pattern), now_, one);
                else
                    add_restrictions(policy_, login.pattern, now_, one);
                found_.push_back(std::move(one));
            }
            for (const PlacedNetwork& client : except.clients) {
                Permission one{to_string(client.network),
                               {},
                               rule,
                               client.place,
                               {"every login, by except_clients", only}};
                add_restrictions(policy_, client.network, now_, one);
                found_.push_back(std::move(one));
            }
            if (except.senders.empty()) continue;
            // Whatever stands in From: what is excepted is the envelope sender beside it.
            if (cause == Cause::from_not_owned)
                found_.push_back({"every login", {}, rule, {}, {by_senders(except), only}});
            else if (std::any_of(except.senders.begin(), except.senders.end(),
                                 [&](const PlacedPattern& one) {
                                     return one.pattern.matches(forms_.front()) ||
                                            one.pattern.matches(forms_.back());
                                 }))
                found_.push_back({"every login", {}, rule, {}, {"by except_senders", only}});
        }
    }

    void bounce() {
        if (!is_mailer_daemon(forms_.front())) return;
        for (const OpenSetting& open : open_settings(policy_))
            if (open.kind == OpenSetting::Kind::bounces)
                found_.push_back({open.who, {}, std::string(bounce_rule), {}, {only_as_bounce}});
    }

    void anyone() {
        const auto open = open_to_anyone(policy_, forms_.front());
        if (!open) return;
        Permission one{open->who, {}, open->setting, {}, {"without a login", to_hosted_on_port_25}};
        if (open->kind == OpenSetting::Kind::from) one.conditions.emplace_back("only in From");
        if (open->value == "set") one.conditions.push_back(open->what);
        one.breaks = "`" + open->setting + "` is " + open->value + "; " + open->breaks;
        found_.push_back(std::move(one));
    }

    // The first sender pattern, not a template, that is this address.
    [[nodiscard]] const Pattern* plain_sender(const Grant& grant) const {
        for (const PlacedPattern& sender : grant.senders)
            for (const Address& form : forms_)
                if (sender.pattern.matches(form)) return &sender.pattern;
        return nullptr;
    }

    void add(const Grant& grant) {
        // What no login fills in is left out of it for everybody.
        if (leaves_out_some(grant) &&
            leaves_out(grant, forms_.front(), source_.subaddress_delimiter, {}))
            return;
        const Pattern* plain = plain_sender(grant);
        if (plain != nullptr)
            for (const PlacedNetwork& client : grant.rare->clients) {
                Permission one{to_string(client.network),
                               {},
                               grant.id,
                               grant.place,
                               conditions_of(grant, now_)};
                one.conditions.insert(one.conditions.begin(), "without a login");
                add_restrictions(policy_, client.network, now_, one);
                found_.push_back(std::move(one));
            }
        for (const LoginPattern& login : grant.logins) {
            std::vector<std::string> conditions = conditions_of(grant, now_);
            if (plain == nullptr) {
                const auto condition = by_template(grant, login);
                if (!condition) continue;
                if (!condition->empty()) conditions.insert(conditions.begin(), *condition);
            } else if (plain->kind() == Kind::regex) {
                conditions.insert(conditions.begin(), "the address matches " + plain->text());
            }
            const bool exact = login.pattern.kind() == Kind::exact;
            if (exact && is_left_out(grant, login)) continue;
            if (!exact) add_exceptions(grant, conditions);
            if (!login.group.empty())
                conditions.insert(conditions.begin(), "in group " + login.group.str());
            Permission one{exact ? to_string(login_of(login.pattern)) : login.pattern.text(),
                           {},
                           grant.id,
                           grant.place,
                           std::move(conditions)};
            if (exact)
                add_restrictions(policy_, login_of(login.pattern), now_, one);
            else
                add_restrictions(policy_, login.pattern, now_, one);
            found_.push_back(std::move(one));
        }
    }

    [[nodiscard]] bool is_left_out(const Grant& grant, const LoginPattern& exact) const {
        const Login login = login_of(exact.pattern);
        std::vector<Captures> all;
        for (const LoginPattern& pattern : grant.logins)
            if (auto captures = pattern.pattern.capture(login)) all.push_back(*std::move(captures));
        return leaves_out(grant, login, source_) ||
               leaves_out(grant, forms_.front(), source_.subaddress_delimiter, all);
    }

    // Of a pattern of logins.
    static void add_exceptions(const Grant& grant, std::vector<std::string>& conditions) {
        if (!grant.rare->except_logins.empty())
            conditions.push_back("but for " + joined_patterns(grant.rare->except_logins));
        std::vector<PlacedPattern> templates;
        for (const PlacedPattern& one : grant.rare->except)
            if (one.pattern.kind() == Kind::templated) templates.push_back(one);
        if (!templates.empty())
            conditions.push_back("but not where " + joined_patterns(templates) + " is the address");
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
                } else if (may_be(pattern, login.pattern, form)) {
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
    const std::vector<TableAnswer>& answers_;
    std::vector<Permission> found_{};
};

}  // namespace

std::vector<Permission> who_may_send_as(const Policy& policy, const Address& address, TimePoint now,
                                        const std::vector<TableAnswer>& answers) {
    return SendersOf(policy, address, now, answers).run();
}

std::vector<Permission> what_may_send(const Policy& policy, const Login& login,
                                      const std::vector<TableAnswer>& answers, TimePoint now) {
    const PolicySource& source = policy.source();
    std::vector<Permission> found;
    Permission restricted;
    add_restrictions(policy, login, now, restricted);
    const auto add = [&](Permission permission) {
        permission.conditions.insert(permission.conditions.end(), restricted.conditions.begin(),
                                     restricted.conditions.end());
        permission.suspended = restricted.suspended;
        found.push_back(std::move(permission));
    };
    if (owns_itself(source, login)) {
        Permission own{{}, to_string(Address{login.user, login.realm}), "own-address", {}, {}};
        // A login with a delimiter of its own is split at that one.
        for (const char delimiter : source.subaddress_delimiter) {
            const Address tagged{login.user + delimiter + "anything", login.realm};
            if (without_subaddress(tagged, source.subaddress_delimiter) ==
                Address{login.user, login.realm})
                own.conditions.push_back("and " + to_string(tagged));
        }
        add(std::move(own));
    }
    for (const Grant& grant : source.grants) {
        if (is_over(*grant.rare, now) || leaves_out(grant, login, source)) continue;
        std::vector<Captures> all;
        for (const LoginPattern& pattern : grant.logins)
            if (auto captures = pattern.pattern.capture(login)) all.push_back(*std::move(captures));
        if (all.empty()) continue;
        for (const PlacedPattern& sender : grant.senders) {
            std::unordered_set<std::string> said;
            for (const Captures& captures : all) {
                const auto filled = sender.pattern.fill(captures);
                if (!filled || !said.insert(*filled).second) continue;
                std::vector<std::string> conditions = conditions_of(grant, now);
                if (!grant.rare->except.empty())
                    conditions.push_back("but not as " + joined_patterns(grant.rare->except));
                add({{}, *filled, grant.id, grant.place, std::move(conditions)});
            }
        }
    }
    for (const TableSource& table : source.tables) {
        if (is_over(*table.rare, now)) continue;
        const auto question = question_to(table, nullptr);
        if (!question) {
            add({{},
                 "unknown senders",
                 table.id,
                 table.place,
                 {table.by == TableBy::sender
                      ? "the table is by sender and cannot list those of a login"
                      : "the table is asked about one sender at a time and cannot list them"}});
            continue;
        }
        const TableAnswer* answer = answer_to(*question, answers);
        if (answer == nullptr || !answer->known) {
            const std::string why = answer == nullptr ? "" : ": " + answer->why;
            add({{},
                 "unknown senders",
                 table.id,
                 table.place,
                 {"the table gives no answer" + why}});
            continue;
        }
        for (const Pattern& sender : answer->senders)
            if (auto filled = sender.fill(login_captures(login))) {
                std::vector<std::string> conditions = limits_of(*table.rare, table.fields, now);
                for (const TableLookup& lookup : answer->lookups)
                    conditions.push_back(words_of(lookup));
                add({{}, *std::move(filled), table.id, table.place, std::move(conditions)});
            }
    }
    for (const auto& [cause, senders] :
         {std::pair(Cause::sender_not_owned, "any address that is hosted here"),
          std::pair(Cause::sender_not_hosted, "any address that is not hosted here"),
          std::pair(Cause::from_not_owned, "any address in From and Sender")}) {
        if (refuses(policy, cause)) {
            for (Permission& one : excepted_for(policy, cause, login, senders)) add(std::move(one));
            continue;
        }
        Permission any{{},
                       senders,
                       "cause." + std::string(to_string(cause)),
                       {},
                       {not_refused(policy, cause)}};
        if (cause != Cause::from_not_owned && refuses(policy, Cause::from_not_owned))
            any.conditions.emplace_back("only in envelope");
        add(std::move(any));
    }
    for (const OpenSetting& open : open_settings(policy))
        if (open.kind == OpenSetting::Kind::bounces)
            add({{}, "mailer-daemon@any host", std::string(bounce_rule), {}, {only_as_bounce}});
    return found;
}

}  // namespace relaypermit
