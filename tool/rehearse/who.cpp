#include "tool/rehearse/who.h"

#include <algorithm>
#include <optional>

#include "policy/conditions.h"
#include "policy/table_questions.h"
#include "tool/rehearse/containment.h"
#include "tool/rehearse/excepted_senders.h"
#include "tool/rehearse/hosted_domains.h"
#include "tool/rehearse/open_inside.h"
#include "tool/rehearse/permission_limits.h"
#include "tool/rehearse/template_reach.h"
#include "tool/rehearse/trace_words.h"

namespace relaypermit {
namespace {

using Kind = Pattern::Kind;

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
          answers_(answers),
          hosted_(address.in_hosted_table ? Match::yes
                                          : hosted_by(policy, answers, address.domain)) {}

    std::vector<Permission> run() {
        for (const Address& form : forms_) {
            const Login login{form.local, form.domain, form.in_hosted_table};
            const Match owns = may_own_itself(source_, login, hosted_);
            if (owns == Match::no) continue;
            Permission own{to_string(login), {}, "own-address", {}, {"if there is such a login"}};
            if (owns == Match::unknown) own.conditions.emplace_back(if_hosted);
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

    // The causes that ask whose envelope sender it is, each with what must hold for that.
    using CauseIf = std::pair<Cause, std::string>;
    [[nodiscard]] std::vector<CauseIf> causes_of_envelope() const {
        switch (hosted_) {
            case Match::yes:
                return {{Cause::sender_not_owned, ""}};
            case Match::no:
                return {{Cause::sender_not_hosted, ""}};
            case Match::unknown:
                break;
        }
        return {{Cause::sender_not_owned, if_hosted}, {Cause::sender_not_hosted, if_not_hosted}};
    }

    // A cause that refuses nobody gives to every login what no rule gives it.
    void every_login() {
        const auto add_cause = [&](Cause cause, std::vector<std::string> conditions) {
            conditions.insert(conditions.begin(), not_refused(policy_, cause));
            found_.push_back({"every login",
                              {},
                              "cause." + std::string(to_string(cause)),
                              {},
                              std::move(conditions)});
        };
        const bool header = !refuses(policy_, Cause::from_not_owned);
        bool told_of_header = false;
        for (const auto& [cause, condition] : causes_of_envelope()) {
            if (refuses(policy_, cause)) continue;
            std::vector<std::string> conditions;
            if (!condition.empty()) conditions.push_back(condition);
            told_of_header = header && condition.empty();
            if (!told_of_header) conditions.emplace_back("only in envelope");
            add_cause(cause, std::move(conditions));
        }
        if (header && !told_of_header) add_cause(Cause::from_not_owned, {"only in From, Sender"});
    }

    // What [cause.<id>] except_* lets be used by whoever is in it.
    void excepted() {
        std::vector<CauseIf> causes = causes_of_envelope();
        causes.emplace_back(Cause::from_not_owned, "");
        for (const auto& [cause, condition] : causes)
            if (refuses(policy_, cause)) excepted_from(cause, condition);
    }

    void excepted_from(Cause cause, const std::string& condition) {
        const CauseExceptions& except = *source_.exceptions[static_cast<std::size_t>(cause)];
        const std::string rule = "cause." + std::string(to_string(cause));
        const std::string only =
            cause == Cause::from_not_owned ? "only in From, Sender" : "only in envelope";
        const auto add = [&](std::string subject, Place place, std::string how,
                             const auto& restrict) {
            Permission one{std::move(subject), {}, rule, std::move(place), {std::move(how), only}};
            if (!condition.empty()) one.conditions.push_back(condition);
            restrict(one);
            found_.push_back(std::move(one));
        };
        for (const LoginPattern& login : except.logins) {
            const bool exact = login.pattern.kind() == Kind::exact;
            add(exact ? to_string(login_of(login.pattern)) : login.pattern.text(), {},
                "by except_logins", [&](Permission& one) {
                    if (exact)
                        add_restrictions(policy_, login_of(login.pattern), now_, one);
                    else
                        add_restrictions(policy_, login.pattern, now_, one);
                });
        }
        for (const PlacedNetwork& client : except.clients)
            add(to_string(client.network), client.place, "every login, by except_clients",
                [&](Permission& one) { add_restrictions(policy_, client.network, now_, one); });
        if (except.senders.empty()) return;
        const auto unrestricted = [](const Permission&) {};
        // Whatever stands in From: what is excepted is the envelope sender beside it.
        if (cause == Cause::from_not_owned)
            add("every login", {}, by_senders(except), unrestricted);
        else if (std::any_of(except.senders.begin(), except.senders.end(),
                             [&](const PlacedPattern& one) {
                                 return one.pattern.matches(forms_.front()) ||
                                        one.pattern.matches(forms_.back());
                             }))
            add("every login", {}, "by except_senders", unrestricted);
    }

    void bounce() {
        if (!is_mailer_daemon(forms_.front())) return;
        for (const OpenSetting& open : open_settings(policy_))
            if (open.kind == OpenSetting::Kind::bounces)
                found_.push_back({open.who, {}, std::string(bounce_rule), {}, {only_as_bounce}});
    }

    void anyone() {
        const auto open = open_to_anyone(policy_, forms_.front(), hosted_);
        if (!open) return;
        Permission one{open->who, {}, open->setting, {}, {"without a login", to_hosted_on_port_25}};
        if (hosted_ == Match::unknown) one.conditions.emplace_back(if_hosted);
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
    Match hosted_;  // the domain of the address
    std::vector<Permission> found_{};
};

}  // namespace

std::vector<Permission> who_may_send_as(const Policy& policy, const Address& address, TimePoint now,
                                        const std::vector<TableAnswer>& answers) {
    return SendersOf(policy, address, now, answers).run();
}

}  // namespace relaypermit
