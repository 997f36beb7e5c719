#include "policy/rights.h"

#include <algorithm>
#include <utility>

#include "policy/add_new.h"
#include "policy/table_questions.h"

namespace relaypermit {

Rights::Rights(const Policy& policy, const Facts& facts, const Reading& reading)
    : policy_(policy), facts_(facts), reading_(reading) {}

const GrantsToSession& Rights::grants() const {
    if (!grants_) {
        GrantsToSession& found = grants_.emplace();
        if (reading_.login) {
            found.by_login = policy_.grants_to(*reading_.login);
            found.by_login_regex = policy_.grants_to_by_regex(*reading_.login);
            found.left_out = policy_.grants_without(*reading_.login).sorted();
        } else if (!reading_.logged_in && facts_.client) {
            found.by_client.own(policy_.grants_to_client(*facts_.client));
        }
    }
    return *grants_;
}

bool Rights::owns_as_itself(const Address& address) const {
    const PolicySource& source = policy_.source();
    if (!reading_.login || !owns_itself(source, *reading_.login)) return false;
    const Address own{reading_.login->user, reading_.login->realm};
    return same_address(own, address) ||
           same_address(own, without_subaddress(address, source.subaddress_delimiter));
}

bool Rights::in_force(const GrantLimits& limits, const GrantFields& fields,
                      GrantField field) const {
    return covers_field(fields, field) && is_in_force(limits, facts_.now) &&
           is_within_networks(limits, only(facts_.client)) == Match::yes;
}

std::vector<Captures> Rights::captures_of(const Grant& grant, RuleNumber number) const {
    std::vector<Captures> all;
    if (!reading_.login) return all;
    if (grants().by_login.contains(number)) all.push_back(login_captures(*reading_.login));
    if (!grants().by_login_regex.contains(number)) return all;
    for (const LoginPattern& pattern : grant.logins)
        if (pattern.pattern.kind() == Pattern::Kind::regex)
            if (auto captures = pattern.pattern.capture(*reading_.login))
                all.push_back(*std::move(captures));
    return all;
}

bool Rights::fits_template(const Grant& grant, RuleNumber number, const Address& address) const {
    const std::vector<Captures> all = captures_of(grant, number);
    return std::any_of(all.begin(), all.end(), [&](const Captures& captures) {
        return std::any_of(grant.senders.begin(), grant.senders.end(),
                           [&](const PlacedPattern& sender) {
                               return sender.pattern.kind() == Pattern::Kind::templated &&
                                      sender.pattern.matches_filled(address, captures);
                           });
    });
}

bool Rights::leaves_out_sender(const Grant& grant, RuleNumber number,
                               const Address& address) const {
    return !grant.rare->except.empty() &&
           leaves_out(grant, address, policy_.source().subaddress_delimiter,
                      captures_of(grant, number));
}

const Coverage& Rights::shown() const {
    if (!shown_) {
        const auto& sender = reading_.header_sender;
        shown_ = sender && *sender ? covers(**sender, GrantField::sender) : Coverage();
    }
    return *shown_;
}

namespace {

// What an answer that is not yes waits for, too.
void wait_for(const Coverage& other, Coverage& coverage) {
    for (const Question& question : other.questions) add_new(coverage.questions, question);
    if (other.match == Match::unknown && coverage.match == Match::no) {
        coverage.match = Match::unknown;
        coverage.rule = other.rule;
    }
}

}  // namespace

template <typename Fits>
std::optional<RuleNumber> Rights::first(const Postings& senders, GrantField field, Fits fits,
                                        Coverage& pending) const {
    std::optional<RuleNumber> first;
    const GrantsToSession& about = grants();
    for (const Postings* subjects : {&about.by_login, &about.by_login_regex, &about.by_client})
        for (const RuleNumber number : Postings::both(*subjects, senders)) {
            if (first && number >= *first) break;
            const Grant& grant = policy_.source().grants[number];
            if (std::binary_search(about.left_out.begin(), about.left_out.end(), number) ||
                !in_force(*grant.rare, grant.fields, field) || !fits(grant, number))
                continue;
            if (!grant.rare->visible || field != GrantField::from || shown().match == Match::yes)
                first = number;
            else
                wait_for(shown(), pending);
        }
    return first;
}

template <typename Fits>
Coverage Rights::ask_tables(const Address* sender, GrantField field, Fits fits) const {
    Coverage coverage;
    if (!reading_.login) return coverage;
    for (const TableSource& table : policy_.source().tables) {
        if (!in_force(*table.rare, table.fields, field)) continue;
        auto question = question_to(table, sender);
        if (!question) continue;
        const TableAnswer* given = answer_to(*question, facts_.table_answers);
        if (given == nullptr) {
            coverage.questions.push_back(*std::move(question));
        } else if (table.by == TableBy::sender
                       ? login_in(*given, *reading_.login) != nullptr
                       : std::any_of(given->senders.begin(), given->senders.end(), fits)) {
            return {Match::yes, table.id, {}};
        } else if (!given->known && coverage.match == Match::no) {
            coverage.match = Match::unknown;
            coverage.rule = table.id;
        }
    }
    return coverage;
}

template <typename Fits>
Coverage Rights::answer(std::optional<RuleNumber> grant, const Coverage& pending,
                        const Address* sender, GrantField field, Fits fits_table) const {
    if (grant) return {Match::yes, policy_.source().grants[*grant].id, {}};
    Coverage coverage = ask_tables(sender, field, fits_table);
    if (coverage.match != Match::yes) wait_for(pending, coverage);
    return coverage;
}

Coverage Rights::covers(const Address& address, GrantField field) const {
    if (owns_as_itself(address)) return {Match::yes, "own-address", {}};
    // Whoever owns alice@ owns alice+anything@ too.
    std::vector<Address> forms = {address};
    if (Address base = without_subaddress(address, policy_.source().subaddress_delimiter);
        !(base == address))
        forms.push_back(std::move(base));

    std::optional<RuleNumber> grant;
    Coverage pending;
    const auto take = [&](std::optional<RuleNumber> found) {
        if (found && (!grant || *found < *grant)) grant = found;
    };
    for (const Address& form : forms) {
        take(first(
            policy_.grants_as(form), field,
            [&](const Grant& candidate, RuleNumber number) {
                return !leaves_out_sender(candidate, number, address);
            },
            pending));
        take(first(
            policy_.grants_as_template(form), field,
            [&](const Grant& candidate, RuleNumber number) {
                return fits_template(candidate, number, form) &&
                       !leaves_out_sender(candidate, number, address);
            },
            pending));
    }
    if (!grant && field == GrantField::from && is_bounce(policy_, facts_, reading_, address))
        return {Match::yes, "bounce", {}};
    std::optional<Captures> captures;  // made where a table wants them
    return answer(grant, pending, &address, field, [&](const Pattern& sender) {
        if (!captures) captures = reading_.login ? login_captures(*reading_.login) : Captures();
        return std::any_of(forms.begin(), forms.end(), [&](const Address& form) {
            return sender.matches_filled(form, *captures);
        });
    });
}

Coverage Rights::covers_null(GrantField field) const {
    Coverage pending;
    const auto grant = first(
        policy_.grants_as_null(), field,
        [](const Grant& candidate, RuleNumber) { return !leaves_out_null(candidate); }, pending);
    return answer(grant, pending, nullptr, field,
                  [](const Pattern& sender) { return sender.matches_null(); });
}

Coverage Rights::covers_anything(GrantField field) const {
    Coverage pending;
    const auto grant = first(
        policy_.grants_as_any(), field,
        [](const Grant& candidate, RuleNumber) { return !leaves_out_some(candidate); }, pending);
    return answer(grant, pending, nullptr, field,
                  [](const Pattern& sender) { return sender.kind() == Pattern::Kind::any; });
}

}  // namespace relaypermit
