// One question of rights, answered rule by rule.
#include <algorithm>
#include <optional>
#include <utility>

#include "policy/conditions.h"
#include "policy/table_questions.h"
#include "tool/rehearse/trace.h"
#include "tool/rehearse/trace_words.h"

namespace relaypermit {
namespace {

using Kind = SenderQuestion::Kind;

// A clause and whether it holds.
struct Clause {
    bool holds{};
    std::string text{};
    bool says_little{};  // true of everybody, or of any sender
};

class RightsTrace {
  public:
    RightsTrace(const Policy& policy, const Facts& facts, const Reading& reading,
                const SenderQuestion& question)
        : policy_(policy),
          source_(policy.source()),
          facts_(facts),
          reading_(reading),
          question_(question) {
        if (question.kind != Kind::address) return;
        forms_.push_back(question.address);
        const Address base = without_subaddress(question.address, source_.subaddress_delimiter);
        if (!(base == question.address)) forms_.push_back(base);
    }

    std::vector<TraceStep> steps(std::vector<bool>& touched) {
        if (reading_.logged_in) own_address();
        for (std::size_t number = 0; number < source_.grants.size(); ++number)
            if (grant(source_.grants[number])) touched[number] = true;
        bounce();
        if (reading_.login) tables();
        return std::move(steps_);
    }

  private:
    void add(const std::string& rule, const Place& place, Match matched, std::string why) {
        steps_.push_back({{}, rule, place, matched, std::move(why)});
    }

    void own_address() {
        if (!reading_.login) {
            add("own-address", {}, Match::no, reading_.login_why);
            return;
        }
        if (question_.kind != Kind::address) return;
        const Login& login = *reading_.login;
        const std::string name = words_of(login);
        if (!source_.owns_own_address) {
            add("own-address", {}, Match::no, "`owns_own_address` is false");
        } else if (login.realm.empty()) {
            add("own-address", {}, Match::no,
                name + " has no realm, and there is no `default_realm`");
        } else if (!owns_itself(source_, login)) {
            foreign_realm(name + " is of a realm that ", login.realm);
        } else {
            const Address own{login.user, login.realm};
            if (same_address(own, forms_.front()))
                add("own-address", {}, Match::yes, name + " is this address");
            else if (same_address(own, forms_.back()))
                add("own-address", {}, Match::yes,
                    name + " is this address without what follows `" +
                        source_.subaddress_delimiter + "`");
            else
                add("own-address", {}, Match::no, name + " is another address");
        }
    }

    // Of a realm that no list has; a domain table may.
    void foreign_realm(std::string why, const std::string& realm) {
        const auto is_silent = [&](const DomainTableSource& table) {
            if (table.role != DomainRole::hosted) return false;
            const TableAnswer* answer = answer_to(question_to(table, realm), facts_.table_answers);
            return answer == nullptr || !answer->known;
        };
        const auto& tables = source_.domain_tables;
        const bool asked = !source_.realms && has_domain_table(source_, DomainRole::hosted);
        const bool silent = asked && std::any_of(tables.begin(), tables.end(), is_silent);
        why += source_.realms ? "`realms` does not name" : "`hosted_domains` does not name";
        if (asked) why += silent ? ", and a domain table did not say" : ", and no domain table has";
        add("own-address", {}, silent ? Match::unknown : Match::no, std::move(why));
    }

    // Of mailer-daemon@ alone; about any other address it has nothing to say.
    void bounce() {
        if (question_.kind != Kind::address || question_.field != GrantField::from ||
            !is_mailer_daemon(question_.address))
            return;
        if (is_bounce(policy_, facts_, reading_, question_.address))
            add("bounce", {}, Match::yes,
                "the sender is null and From is mailer-daemon@ alone, which is everybody's");
        else if (!source_.accepts_bounces)
            add("bounce", {}, Match::no, "`bounces` is refuse");
        else if (reading_.sender.state != SenderReading::State::null)
            add("bounce", {}, Match::no, "the sender is not the null sender");
        else if (!reading_.one_at_in_from)
            add("bounce", {}, Match::no, "From has another @ beside it");
        else
            add("bounce", {}, Match::no, "that is for a login, or a grant to the client's network");
    }

    [[nodiscard]] Clause subject(const Grant& grant) const {
        if (!grant.rare->clients.empty()) {
            const PlacedNetwork* network = network_of(grant.rare->clients, facts_.client);
            if (network == nullptr)
                return {false, words_of(facts_.client) + " is in none of its networks", true};
            const std::string in =
                words_of(facts_.client) + " is in " + to_string(network->network);
            if (reading_.logged_in)
                return {false, in + ", and a login is judged by the grants to logins alone"};
            return {true, in};
        }
        if (!reading_.logged_in) return {false, "the client did not log in", true};
        if (!reading_.login) return {false, reading_.login_why, true};
        const LoginPattern* pattern = login_pattern_of(grant.logins, *reading_.login);
        if (pattern == nullptr)
            return {false, words_of(*reading_.login) + " is not among its logins", true};
        return {true, words_of(*reading_.login) + " " + words_of(*pattern)};
    }

    [[nodiscard]] std::string listed(const Pattern& pattern, const Address& form) const {
        const bool base = !(form == question_.address);
        const std::string tag =
            base ? " without what follows `" + source_.subaddress_delimiter + "`" : "";
        if (pattern.kind() == Pattern::Kind::exact)
            return "sender" + tag + " `" + to_string(form) + "` is listed";
        return "sender" + tag + " matches `" + pattern.text() + "`";
    }

    // Whether a template, filled in for this login by any of the grant's patterns, is the sender.
    [[nodiscard]] bool fits(const Grant& grant, const Pattern& sender, const Address& form) const {
        if (!reading_.login) return false;
        return std::any_of(grant.logins.begin(), grant.logins.end(),
                           [&](const LoginPattern& login) {
                               const auto captures = login.pattern.capture(*reading_.login);
                               return captures && sender.matches_filled(form, *captures);
                           });
    }

    [[nodiscard]] Clause sender(const Grant& grant) const {
        for (const PlacedPattern& placed : grant.senders) {
            const Pattern& pattern = placed.pattern;
            if (question_.kind == Kind::null && pattern.matches_null())
                return {true, "the null sender matches `" + pattern.text() + "`"};
            if (question_.kind == Kind::anything && pattern.kind() == Pattern::Kind::any)
                return {true, "`*` covers what cannot be read, too", true};
            for (const Address& form : forms_) {
                if (pattern.kind() == Pattern::Kind::templated) {
                    if (fits(grant, pattern, form)) return {true, listed(pattern, form)};
                } else if (pattern.matches(form)) {
                    return {true, listed(pattern, form), pattern.kind() == Pattern::Kind::any};
                }
            }
        }
        switch (question_.kind) {
            case Kind::null:
                return {false, "the null sender is not among its senders"};
            case Kind::anything:
                return {false, "only `*` covers what cannot be read"};
            case Kind::address:
                break;
        }
        return {false, "sender is not among its senders"};
    }

    // Returns false where the grant has nothing to do with the question.
    bool grant(const Grant& grant) {
        const Clause who = subject(grant);
        const Clause what = sender(grant);
        // That somebody else may send as anything says nothing of this sender.
        if (!who.holds && (!what.holds || (who.says_little && what.says_little))) return false;
        bool holds = who.holds && what.holds;
        std::string why = who.text + " - " + what.text;
        const auto fails = [&](const std::string& clause) {
            holds = false;
            why += " - " + clause;
        };
        if (who.holds && what.holds) {
            if (const std::string except = exception(grant); !except.empty()) fails(except);
            if (!covers_field(grant.fields, question_.field))
                fails("grant does not cover " + field_name());
            if (is_over(*grant.rare, facts_.now))
                fails("grant ended on " + grant.rare->until_text);
            else if (!has_begun(*grant.rare, facts_.now))
                fails("grant begins on " + grant.rare->since_text);
            else if (grant.rare->until)
                why += " - until " + grant.rare->until_text;
            if (is_within_networks(grant, only(facts_.client)) != Match::yes)
                fails(words_of(facts_.client) + " is not in " + words_of(grant.rare->networks));
            else if (!grant.rare->networks.empty())
                why += " - " + words_of(facts_.client) + " is in " + words_of(grant.rare->networks);
            if (grant.rare->visible && question_.field == GrantField::from) {
                const Match shown = shown_sender();
                if (shown == Match::yes)
                    why += " - the Sender field shows an address of this login";
                else if (shown == Match::unknown)
                    fails("whose address the Sender field shows is not known (`visible`)");
                else
                    fails("no Sender field shows an address of this login (`visible`)");
            }
        }
        add(grant.id, grant.place, holds ? Match::yes : Match::no, std::move(why));
        return true;
    }

    // Of several logins that match, and fill in placeholders differently, any will do.
    [[nodiscard]] std::vector<Captures> captures_of(const Grant& grant) const {
        std::vector<Captures> all;
        if (!reading_.login) return all;
        for (const LoginPattern& login : grant.logins)
            if (auto captures = login.pattern.capture(*reading_.login))
                all.push_back(*std::move(captures));
        return all;
    }

    // What the grant leaves out that this is; empty where nothing.
    [[nodiscard]] std::string exception(const Grant& grant) const {
        if (reading_.login && leaves_out(grant, *reading_.login, source_))
            return words_of(*reading_.login) + " is among its `except_logins`";
        switch (question_.kind) {
            case Kind::null:
                return leaves_out_null(grant) ? "the null sender is among its `except`" : "";
            case Kind::anything:
                return leaves_out_some(grant) ? "what cannot be read may be one of its `except`"
                                              : "";
            case Kind::address:
                break;
        }
        const bool out =
            leaves_out(grant, question_.address, source_.subaddress_delimiter, captures_of(grant));
        return out ? "sender is among its `except`" : "";
    }

    // Whether the one Sender field shows what the session may send as.
    [[nodiscard]] Match shown_sender() const {
        const auto& sender = reading_.header_sender;
        if (!sender || !*sender) return Match::no;
        return Rights(policy_, facts_, reading_).covers(**sender, GrantField::sender).match;
    }

    [[nodiscard]] std::string field_name() const {
        switch (question_.field) {
            case GrantField::envelope:
                return "the envelope sender";
            case GrantField::from:
                return "From";
            case GrantField::sender:
                return "the Sender field";
        }
        return {};
    }

    void tables() {
        const Captures captures = login_captures(*reading_.login);
        const auto covers = [&](const Pattern& pattern) {
            switch (question_.kind) {
                case Kind::null:
                    return pattern.matches_null();
                case Kind::anything:
                    return pattern.kind() == Pattern::Kind::any;
                case Kind::address:
                    break;
            }
            return std::any_of(forms_.begin(), forms_.end(), [&](const Address& form) {
                return pattern.matches_filled(form, captures);
            });
        };
        for (const TableSource& table : source_.tables) {
            if (const std::string limit = limit_of(table); !limit.empty()) {
                add(table.id, table.place, Match::no, "not asked: " + limit);
                continue;
            }
            const bool about_address = question_.kind == Kind::address;
            const auto question = question_to(table, about_address ? &question_.address : nullptr);
            if (!question) {
                add(table.id, table.place, Match::no, "not asked: no address to look up");
                continue;
            }
            const TableAnswer* answer = answer_to(*question, facts_.table_answers);
            if (answer == nullptr) {
                add(table.id, table.place, Match::unknown, "the table was not asked");
                continue;
            }
            const auto of_login =
                std::find_if(answer->senders.begin(), answer->senders.end(), covers);
            const Pattern* pattern = table.by == TableBy::sender
                                         ? login_in(*answer, *reading_.login)
                                     : of_login == answer->senders.end() ? nullptr
                                                                         : &*of_login;
            const Match match = pattern != nullptr ? Match::yes
                                : answer->known    ? Match::no
                                                   : Match::unknown;
            add(table.id, table.place, match, words_of_answer(table, *answer, pattern));
        }
    }

    // Why the table grants nothing here, whatever it says; empty where it may.
    [[nodiscard]] std::string limit_of(const TableSource& table) const {
        if (!covers_field(table.fields, question_.field)) return "not for " + field_name();
        if (is_over(*table.rare, facts_.now)) return "it ended on " + table.rare->until_text;
        if (is_within_networks(*table.rare, only(facts_.client)) != Match::yes)
            return words_of(facts_.client) + " is not in " + words_of(table.rare->networks);
        return {};
    }

    // `granting`: of what the answer holds; null where nothing grants this.
    [[nodiscard]] std::string words_of_answer(const TableSource& table, const TableAnswer& answer,
                                              const Pattern* granting) const {
        const std::string name = words_of(*reading_.login);
        const bool by_sender = table.by == TableBy::sender;
        std::string text = answer.why.empty() ? "" : answer.why + " - ";
        if (!answer.known) {
            text = "the table did not answer: " + answer.why;
            if (granting == nullptr) return with_lookups(std::move(text), answer);
            text += " - an old answer, stale by " + std::to_string(answer.stale_s) + " s: ";
        }
        if (!by_sender)
            text += granting != nullptr ? "the table gives " + name + " `" + granting->text() + "`"
                                        : "the table does not give this address to " + name;
        else if (granting != nullptr)
            text += "`" + answer.key + "` is for `" + granting->text() + "`";
        else if (answer.key.empty())
            text += "the table has no key for this address";
        else
            text += "`" + answer.key + "` is not for " + name;
        return with_lookups(std::move(text), answer);
    }

    [[nodiscard]] static std::string with_lookups(std::string text, const TableAnswer& answer) {
        for (const TableLookup& lookup : answer.lookups) text += " - " + words_of(lookup);
        return text;
    }

    const Policy& policy_;
    const PolicySource& source_;
    const Facts& facts_;
    const Reading& reading_;
    const SenderQuestion& question_;
    std::vector<Address> forms_{};
    std::vector<TraceStep> steps_{};
};

}  // namespace

std::vector<TraceStep> trace_rights(const Policy& policy, const Facts& facts,
                                    const Reading& reading, const SenderQuestion& question,
                                    std::vector<bool>& touched) {
    return RightsTrace(policy, facts, reading, question).steps(touched);
}

}  // namespace relaypermit
