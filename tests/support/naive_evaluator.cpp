#include "tests/support/naive_evaluator.h"

#include <algorithm>

#include "policy/address.h"
#include "policy/domain.h"
#include "tests/support/describe.h"
#include "tests/support/naive_folding.h"
#include "tests/support/naive_headers.h"
#include "tests/support/naive_judge.h"
#include "tests/support/naive_patterns.h"
#include "tests/support/naive_session.h"

namespace relaypermit {
namespace naive {
namespace {

std::vector<const Restriction*> restrictions_of(const Session& session) {
    std::vector<const Restriction*> out;
    for (const Restriction& restriction : session.policy.restrictions) {
        bool for_login = restriction.logins.empty();
        // Whoever is restricted as alice@ is restricted as alice+anything@, and as whatever a
        // directory takes for her.
        for (const LoginPattern& login : restriction.logins) {
            if (!session.login) break;
            for (const Login& name : names_to_restrict(session.policy, *session.login))
                if (matches(login.pattern, name, session.policy) ||
                    folds_to(session.policy, login.pattern, name))
                    for_login = true;
        }
        const bool for_client =
            restriction.clients.empty() || within(restriction.clients, session.facts.client);
        const bool for_nobody = restriction.logins.empty() && restriction.clients.empty();
        const auto& except = restriction.except_logins;
        const bool excepted = std::any_of(except.begin(), except.end(), [&](const auto& login) {
            return lets_off(session, login.pattern);
        });
        if (for_login && for_client && !for_nobody && !excepted &&
            counts_now(restriction, session.facts))
            out.push_back(&restriction);
    }
    return out;
}

bool helo_is_ours(const Session& session) {
    const Facts& facts = session.facts;
    if (facts.helo.empty()) return false;
    if (facts.server_address && IpAddress::parse(facts.helo) == facts.server_address) return true;
    const auto helo = normalize_domain(facts.helo);
    if (!helo) return false;
    return helo == normalize_domain(session.policy.server_name) ||
           helo == normalize_domain(facts.mta_host);
}

void judge_mail(const Session& session, Judge& judge) {
    const PolicySource& policy = session.policy;
    const Facts& facts = session.facts;
    if (session.submission && facts.tls.empty() && policy.require_tls &&
        !session.in_trusted_network) {
        judge.refuse(Cause::tls_required);
    }
    if (session.submission && !session.logged_in) {
        const Ownership granted = ownership_of_sender(session);
        if (session.trusted())
            judge.used("trusted-network");
        else if (granted.answer == Answer::yes)
            judge.used(granted.rule);
        else
            judge.refuse(Cause::login_required);
    }
    for (const Restriction* restriction : restrictions_of(session)) {
        if (restriction->suspended) {
            judge.refuse(Cause::account_suspended, restriction->id);
            break;
        }
    }
    for (const Restriction* restriction : restrictions_of(session)) {
        if (restriction->networks && !within(*restriction->networks, facts.client)) {
            judge.refuse(Cause::client_not_allowed, restriction->id);
            break;
        }
    }
    for (const Restriction* restriction : restrictions_of(session)) {
        if (!session.logged_in || !restriction->mechanisms) continue;
        const auto& allowed = *restriction->mechanisms;
        if (std::find(allowed.begin(), allowed.end(), ascii_upper(facts.auth_type)) ==
            allowed.end()) {
            judge.refuse(Cause::weak_login, restriction->id);
            break;
        }
    }
    if (!session.logged_in && !session.trusted() && helo_is_ours(session))
        judge.refuse(Cause::helo_forged);
    if (!session.logged_in) return;
    if (!session.login) {
        const bool elsewhere = session.sender == Sender::readable && !session.sender_hosted();
        judge.refuse(elsewhere ? Cause::sender_not_hosted : Cause::sender_not_owned);
        for (const Restriction& restriction : session.policy.restrictions)
            if (!restriction.logins.empty() && counts_now(restriction, session.facts)) {
                judge.refuse(Cause::account_suspended);
                break;
            }
        return;
    }
    if (session.sender == Sender::null) {
        if (!judge.asks(Cause::null_sender_refused)) return;
        const Ownership granted = ownership_of_sender(session);
        if (granted.answer == Answer::yes) judge.used(granted.rule);
        if (granted.answer == Answer::unknown)
            judge.unknown(Cause::null_sender_refused, granted.rule);
        if (granted.answer == Answer::no) judge.refuse(Cause::null_sender_refused);
        return;
    }
    if (session.sender == Sender::disputed) {
        judge.refuse(Cause::sender_not_owned);
        return;
    }
    const Cause cause =
        session.sender_hosted() ? Cause::sender_not_owned : Cause::sender_not_hosted;
    if (!judge.asks(cause)) return;
    const Ownership granted = ownership_of_sender(session);
    if (granted.answer == Answer::yes)
        judge.used(granted.rule);
    else if (granted.answer == Answer::unknown)
        judge.unknown(cause, granted.rule);
    else
        judge.refuse(cause);
}

// ---- recipients

struct RecipientFacts {
    std::optional<Address> address{};
    bool hosted{};
    bool remote{};
};

RecipientFacts read_recipient(const Session& session, const Recipient& recipient) {
    const PolicySource& policy = session.policy;
    RecipientFacts out;
    const auto path = parse_path(recipient.argument);
    if (path && !path->null) out.address = path->address;
    out.hosted = out.address && (out.address->domain.empty() ||
                                 policy.hosted_domains.contains(out.address->domain));
    std::vector<std::string> mailers = {"smtp", "esmtp"};
    if (session.facts.mta == Mta::sendmail)
        mailers.insert(mailers.end(), {"relay", "smtp8", "dsmtp"});
    if (policy.remote_mailers) mailers = *policy.remote_mailers;
    const bool leaves = recipient.mailer.empty() || std::find(mailers.begin(), mailers.end(),
                                                              recipient.mailer) != mailers.end();
    const bool listed =
        out.hosted || (out.address && policy.relay_domains.contains(out.address->domain));
    out.remote = leaves && !listed;
    return out;
}

bool recipient_allowed(const PolicySource& policy, const Restriction& restriction,
                       const RecipientFacts& recipient) {
    if (!restriction.recipients && !restriction.recipients_hosted) return true;
    if (!recipient.address) return false;
    // MTAs rewrite and relay these.
    if (recipient.address->local.find_first_of("%!@") != std::string::npos) return false;
    if (restriction.recipients_hosted && recipient.hosted) return true;
    if (!restriction.recipients) return false;
    return std::any_of(restriction.recipients->begin(), restriction.recipients->end(),
                       [&](const PlacedPattern& placed) {
                           return matches(placed.pattern, *recipient.address, nullptr, policy);
                       });
}

// Without a login, by a network: "trusted-network", a grant that covers the sender, or nothing.
std::string network_right(const Session& session) {
    if (session.logged_in) return "";
    if (session.trusted()) return "trusted-network";
    const Ownership granted = ownership_of_sender(session);
    return granted.answer == Answer::yes ? granted.rule : "";
}

void judge_rcpt(const Session& session, Judge& judge) {
    // A refusal of the sendmail(1) command's mail would be tried again forever.
    if (session.facts.local_submission || session.facts.recipients.empty()) return;
    const RecipientFacts recipient = read_recipient(session, session.facts.recipients.back());
    for (const Restriction* restriction : restrictions_of(session)) {
        if (!recipient_allowed(session.policy, *restriction, recipient)) {
            judge.refuse(Cause::recipient_not_allowed, restriction->id);
            break;
        }
    }
    if (session.logged_in) return;
    const std::string right = network_right(session);
    if (recipient.remote && !right.empty()) judge.used(right);
    if (recipient.remote && right.empty() && !session.submission)
        judge.refuse(session.sender_hosted() ? Cause::use_submission : Cause::relay_not_permitted);
    if (recipient.hosted && right.empty() && session.sender_hosted())
        judge.refuse(Cause::hosted_sender_needs_login);
}

// ---- From and Sender

bool is_no_incoming_mail(const Session& session) {
    if (session.trusted() || session.facts.local_submission) return false;
    if (session.submission) return true;
    return std::any_of(session.facts.recipients.begin(), session.facts.recipients.end(),
                       [&](const Recipient& r) { return read_recipient(session, r).remote; });
}

bool relays_by_client_grant(const Session& session) {
    return !session.logged_in && is_no_incoming_mail(session) &&
           ownership_of_sender(session).answer == Answer::yes;
}

// With the null sender, mailer-daemon alone in From is anybody's: a server reports a refusal.
Subject author(const Session& session, const HeaderFacts& headers, const Address& address) {
    const bool bounce = session.policy.accepts_bounces && session.sender == Sender::null &&
                        headers.one_at && ascii_lower(address.local) == "mailer-daemon" &&
                        (session.logged_in || is_no_incoming_mail(session));
    return {Subject::Kind::address, address, bounce};
}

void judge_usable(const Session& session, const HeaderFacts& headers, Judge& judge) {
    std::vector<Field> unusable;
    if (!headers.from_usable) unusable.push_back(Field::from);
    if (session.policy.require_owned_sender_field && !headers.sender_usable)
        unusable.push_back(Field::sender);
    for (const Field field : unusable) {
        if (!judge.asks(Cause::from_unusable)) return;
        // A grant of `*` waives it: smart hosts forward what they got.
        const Ownership any = ownership(session, field, {Subject::Kind::anything, {}});
        if (any.answer == Answer::yes) judge.used(any.rule);
        if (any.answer == Answer::unknown) judge.unknown(Cause::from_unusable, any.rule);
        if (any.answer == Answer::no)
            judge.refuse(Cause::from_unusable, "",
                         field == Field::sender ? Reason::sender_unusable : Reason::none);
    }
}

void judge_owned(const Session& session, const HeaderFacts& headers, Judge& judge) {
    Ownership sender;
    const bool sender_counts = session.policy.require_owned_sender_field && headers.sender;
    if (sender_counts)
        sender = ownership(session, Field::sender, {Subject::Kind::address, *headers.sender});
    bool redirected = !headers.resent_from.empty();
    for (const Address& address : headers.resent_from)
        redirected = redirected &&
                     ownership(session, Field::from, author(session, headers, address)).answer ==
                         Answer::yes;
    // Sender is owned and From is not: sending on somebody's behalf.
    const Reason of_from = redirected                     ? Reason::redirect
                           : sender.answer == Answer::yes ? Reason::on_behalf
                                                          : Reason::none;
    const auto judge_one = [&](const Ownership& one, Reason reason) {
        if (!judge.asks(Cause::from_not_owned)) return;
        if (one.answer == Answer::yes) judge.used(one.rule);
        if (one.answer == Answer::unknown) judge.unknown(Cause::from_not_owned, one.rule);
        if (one.answer == Answer::no) judge.refuse(Cause::from_not_owned, "", reason);
    };
    for (const Address& address : headers.from)
        judge_one(ownership(session, Field::from, author(session, headers, address)), of_from);
    if (sender_counts) judge_one(sender, Reason::sender_field);
}

// What From must have of the envelope sender, where the policy asks for that.
void judge_aligned(const Session& session, const HeaderFacts& headers, Judge& judge) {
    const std::string& delimiters = session.policy.subaddress_delimiter;
    const auto aligned = [&](const Address& from) {
        if (session.policy.alignment == Alignment::off || session.sender == Sender::null)
            return true;
        if (session.sender == Sender::disputed) return false;
        if (from.domain != session.sender_address.domain) return false;
        return session.policy.alignment == Alignment::domain ||
               ascii_lower(without_subaddress(from, delimiters).local) ==
                   ascii_lower(without_subaddress(session.sender_address, delimiters).local);
    };
    if (std::all_of(headers.from.begin(), headers.from.end(), aligned)) return;
    if (!judge.asks(Cause::from_not_aligned)) return;
    const Ownership any = ownership(session, Field::from, {Subject::Kind::anything, {}});
    if (any.answer == Answer::yes) judge.used(any.rule);
    if (any.answer == Answer::unknown) judge.unknown(Cause::from_not_aligned, any.rule);
    if (any.answer == Answer::no) judge.refuse(Cause::from_not_aligned);
}

void judge_headers(Session& session, Judge& judge) {
    const HeaderFacts headers = read_headers(session);
    session.shown_sender = headers.sender;
    if (session.logged_in || relays_by_client_grant(session)) {
        judge_usable(session, headers, judge);
        judge_owned(session, headers, judge);
        judge_aligned(session, headers, judge);
        return;
    }
    if (session.trusted() || session.facts.local_submission) return;
    const auto& recipients = session.facts.recipients;
    const bool to_hosted = std::any_of(
        recipients.begin(), recipients.end(),
        [&](const Recipient& recipient) { return read_recipient(session, recipient).hosted; });
    if (to_hosted && headers.from_present && !headers.from_usable)
        judge.refuse(Cause::hosted_from_needs_login);
    for (const Address& address : headers.from) {
        if (!to_hosted || !session.policy.hosted_domains.contains(address.domain)) continue;
        const Ownership granted =
            ownership(session, Field::from, author(session, headers, address));
        if (granted.answer != Answer::yes) judge.refuse(Cause::hosted_from_needs_login);
    }
}

}  // namespace
}  // namespace naive

std::string describe(const NaiveVerdict& verdict) {
    Verdict same;
    same.outcome = verdict.outcome;
    same.cause = verdict.cause;
    same.also = verdict.also;
    same.rules = verdict.rules;
    same.reason = verdict.reason;
    return describe(same);
}

Verdict without_readings(Verdict verdict) {
    const bool of_from =
        verdict.cause == Cause::from_unusable && verdict.reason != Reason::sender_unusable;
    if (of_from || verdict.reason == Reason::sender_made_up ||
        verdict.reason == Reason::sender_misspelt)
        verdict.reason = Reason::none;
    return verdict;
}

NaiveVerdict naive_evaluate(const PolicySource& policy, const Facts& facts, Stage stage) {
    naive::Session session = naive::read_session(policy, facts);
    naive::Judge judge(session);
    switch (stage) {
        case Stage::mail:
            naive::judge_mail(session, judge);
            break;
        case Stage::rcpt:
            naive::judge_rcpt(session, judge);
            break;
        case Stage::headers:
            naive::judge_headers(session, judge);
            break;
    }
    NaiveVerdict verdict = judge.verdict();
    const auto& cause = verdict.cause;
    if (cause == Cause::sender_not_owned || cause == Cause::sender_not_hosted ||
        cause == Cause::from_not_owned ||
        (cause == Cause::account_suspended && verdict.rules.empty()))
        if (const Reason defect = naive::login_defect(session); defect != Reason::none)
            verdict.reason = defect;
    if (cause == Cause::account_suspended) {
        // The account is none to be unblocked where no rule that refused speaks of logins.
        bool only_networks = !verdict.rules.empty();
        for (const std::string& id : verdict.rules)
            for (const Restriction& restriction : policy.restrictions)
                if (restriction.id == id &&
                    (!restriction.logins.empty() || restriction.clients.empty()))
                    only_networks = false;
        if (!session.logged_in || only_networks) verdict.reason = Reason::client_refused;
    }
    if (cause == Cause::sender_not_hosted && verdict.reason == Reason::none && session.login &&
        session.sender == naive::Sender::readable &&
        session.sender_address.domain == session.login->realm)
        verdict.reason = Reason::realm_not_served;
    return verdict;
}

}  // namespace relaypermit
