// As what a login may send: the second half of who.h.
#include <unordered_set>
#include <utility>

#include "policy/conditions.h"
#include "policy/table_questions.h"
#include "tool/rehearse/excepted_senders.h"
#include "tool/rehearse/hosted_domains.h"
#include "tool/rehearse/open_inside.h"
#include "tool/rehearse/permission_limits.h"
#include "tool/rehearse/trace_words.h"
#include "tool/rehearse/who.h"

namespace relaypermit {

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
    const Match owns = may_own_itself(source, login, hosted_by(policy, answers, login.realm));
    if (owns != Match::no) {
        Permission own{{}, to_string(Address{login.user, login.realm}), "own-address", {}, {}};
        // A login with a delimiter of its own is split at that one.
        for (const char delimiter : source.subaddress_delimiter) {
            const Address tagged{login.user + delimiter + "anything", login.realm};
            if (without_subaddress(tagged, source.subaddress_delimiter) ==
                Address{login.user, login.realm})
                own.conditions.push_back("and " + to_string(tagged));
        }
        if (owns == Match::unknown) own.conditions.emplace_back(if_hosted);
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
