#include "policy/domain_standings.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "policy/add_new.h"
#include "policy/objections.h"
#include "policy/table_questions.h"

namespace relaypermit {

namespace {

// So many domains in doubt are weighed, each either way. Of more all are asked about, and where
// nobody can tell of more than that, nobody can tell.
constexpr std::size_t max_weighed = 6;

bool has(const std::vector<OwnDomain>& own, DomainRole role, const std::string& domain) {
    return std::any_of(own.begin(), own.end(), [&](const OwnDomain& one) {
        return one.role == role && one.domain == domain;
    });
}

class Standings {
  public:
    explicit Standings(const MessageAt& message)
        : source_(message.policy.source()), facts_(message.facts) {}

    void consider(DomainRole role, const std::string& domain) {
        const bool listed = source_.hosted_domains.contains(domain) ||
                            (role == DomainRole::relay && source_.relay_domains.contains(domain));
        if (domain.empty() || listed ||
            std::find(seen_.begin(), seen_.end(), OwnDomain{role, domain}) != seen_.end())
            return;
        seen_.push_back({role, domain});
        DomainDoubt doubt{{role, domain}, {}, {}};
        for (const DomainTableSource& table : source_.domain_tables) {
            if (table.role != role) continue;
            Question question = question_to(table, domain);
            const TableAnswer* answer = answer_to(question, facts_.table_answers);
            if (answer == nullptr) {
                doubt.questions.push_back(std::move(question));
            } else if (!answer->key.empty()) {
                found_.own.push_back({role, domain});
                return;
            } else if (!answer->known && doubt.silent.empty()) {
                doubt.silent = table.id;
            }
        }
        if (!doubt.questions.empty() || !doubt.silent.empty())
            found_.doubts.push_back(std::move(doubt));
    }

    [[nodiscard]] DomainStandings take() { return std::move(found_); }

  private:
    const PolicySource& source_;
    const Facts& facts_;
    std::vector<OwnDomain> seen_{};
    DomainStandings found_{};
};

// Whether it matters of a domain in From or Sender that it is hosted: to who owns the address, by a
// rule or a value of an alias table, or to whom it says that it is from.
bool authors_matter(const MessageAt& message) {
    const PolicySource& source = message.policy.source();
    if (message.policy.names_hosted_senders() || !source.tables.empty()) return true;
    const Reading& reading = message.reading;
    return !reading.logged_in && !reading.trusted && !message.facts.local_submission &&
           message.policy.cause(Cause::hosted_from_needs_login).action != Action::off;
}

}  // namespace

DomainStandings domain_standings(const MessageAt& message) {
    const Reading& reading = message.reading;
    Standings standings(message);
    const auto consider_all = [&](const std::vector<Address>& addresses) {
        for (const Address& address : addresses)
            standings.consider(DomainRole::hosted, address.domain);
    };
    const auto consider_recipient = [&](const RecipientReading& recipient) {
        if (!recipient.address) return;
        standings.consider(DomainRole::hosted, recipient.address->domain);
        standings.consider(DomainRole::relay, recipient.address->domain);
    };
    if (reading.login) standings.consider(DomainRole::hosted, reading.login->realm);
    if (reading.sender.state == SenderReading::State::address)
        standings.consider(DomainRole::hosted, reading.sender.address.domain);
    if (message.stage == Stage::rcpt && !reading.recipients.empty())
        consider_recipient(reading.recipients.back());
    if (message.stage != Stage::headers) return standings.take();
    if (authors_matter(message)) {
        if (reading.from) consider_all(*reading.from);
        consider_all(reading.resent_from);
        if (reading.header_sender && *reading.header_sender)
            standings.consider(DomainRole::hosted, (*reading.header_sender)->domain);
    }
    // Nothing of the headers turns on the recipients of a login, or of a trusted network.
    if (!reading.logged_in && !reading.trusted && !message.facts.local_submission)
        for (const RecipientReading& recipient : reading.recipients) consider_recipient(recipient);
    return standings.take();
}

Reading reading_with(const std::vector<OwnDomain>& own, Reading reading) {
    const auto hosted = [&](const std::string& domain) {
        return has(own, DomainRole::hosted, domain);
    };
    const auto mark = [&](Address& address) {
        address.in_hosted_table = address.in_hosted_table || hosted(address.domain);
    };
    if (reading.login)
        reading.login->in_hosted_table =
            reading.login->in_hosted_table || hosted(reading.login->realm);
    mark(reading.sender.address);
    for (RecipientReading& recipient : reading.recipients) {
        if (!recipient.address) continue;
        mark(*recipient.address);
        recipient.hosted = recipient.hosted || recipient.address->in_hosted_table;
        if (!recipient.hosted && !has(own, DomainRole::relay, recipient.address->domain)) continue;
        recipient.remote = false;
        recipient.unlisted = false;
    }
    if (reading.from)
        for (Address& address : *reading.from) mark(address);
    for (Address& address : reading.resent_from) mark(address);
    if (reading.header_sender && *reading.header_sender) mark(**reading.header_sender);
    return reading;
}

Reading reading_by_tables(const Policy& policy, const Facts& facts, Reading reading) {
    if (policy.source().domain_tables.empty()) return reading;
    DomainStandings standings = domain_standings({policy, facts, reading, Stage::headers});
    // Those of all recipients show in a trace, whatever they mean to the decision.
    Reading recipients = reading;
    recipients.logged_in = false;
    recipients.trusted = false;
    for (OwnDomain& own : domain_standings({policy, facts, recipients, Stage::headers}).own)
        add_new(standings.own, std::move(own));
    return reading_with(standings.own, std::move(reading));
}

namespace {

bool alike(const Verdict& a, const Verdict& b) {
    // Of a refusal the record names the rule, and of a message that passes one is enough.
    const bool same_rules = a.outcome == Outcome::accept || a.rules == b.rules;
    return a.outcome == b.outcome && a.cause == b.cause && same_rules && a.also == b.also &&
           a.unlisted_recipient == b.unlisted_recipient && a.questions == b.questions;
}

// Every verdict that may be the right one: bit n of its number says that doubt n is ours.
class PossibleVerdicts {
  public:
    PossibleVerdicts(const DomainStandings& standings, const MessageAt& message,
                     const std::function<Verdict(const Reading&)>& judge)
        : doubts_(standings.doubts) {
        verdicts_.reserve(std::size_t{1} << doubts_.size());
        for (std::size_t number = 0; number >> doubts_.size() == 0; ++number) {
            std::vector<OwnDomain> own = standings.own;
            for (std::size_t bit = 0; bit < doubts_.size(); ++bit)
                if ((number >> bit & 1U) != 0) own.push_back(doubts_[bit].own);
            verdicts_.push_back(judge(reading_with(own, message.reading)));
        }
    }

    [[nodiscard]] const std::vector<Verdict>& all() const { return verdicts_; }
    // The doubts that the verdict turns on.
    [[nodiscard]] std::vector<const DomainDoubt*> that_matter() const {
        std::vector<const DomainDoubt*> matter;
        for (std::size_t bit = 0; bit < doubts_.size(); ++bit)
            for (std::size_t number = 0; number < verdicts_.size(); ++number)
                if (!alike(verdicts_[number], verdicts_[number | std::size_t{1} << bit])) {
                    matter.push_back(&doubts_[bit]);
                    break;
                }
        return matter;
    }

  private:
    const std::vector<DomainDoubt>& doubts_;
    std::vector<Verdict> verdicts_{};
};

// lookup-failed in place of the gravest of several verdicts, which stands where lookup-failed keeps
// nobody out: a table that is down lets nobody through.
Verdict undecided(const MessageAt& message, Mode mode, const std::vector<Verdict>& verdicts,
                  const std::string& silent) {
    const auto rank = [](const Verdict& one) {
        return one.refused() ? 0 : one.outcome == Outcome::monitor ? 1 : 2;
    };
    const Verdict& gravest =
        *std::min_element(verdicts.begin(), verdicts.end(),
                          [&](const Verdict& a, const Verdict& b) { return rank(a) < rank(b); });
    Verdict verdict;
    verdict.stage = gravest.stage;
    verdict.login = gravest.login;
    verdict.sender = gravest.sender;
    verdict.from = gravest.from;
    verdict.recipient = gravest.recipient;
    verdict.also = gravest.also;
    Objections objections(message.policy, message.facts, message.reading, mode);
    (void)objections.add_undecided(gravest.cause.value_or(Cause::lookup_failed), silent);
    objections.conclude(verdict);
    return verdict.cause && rank(verdict) <= rank(gravest) ? verdict : gravest;
}

}  // namespace

Verdict judge_by_standings(const MessageAt& message, Mode mode,
                           const std::function<Verdict(const Reading&)>& judge) {
    const DomainStandings standings = domain_standings(message);
    if (standings.doubts.empty()) return judge(reading_with(standings.own, message.reading));
    if (standings.doubts.size() > max_weighed) {
        std::vector<OwnDomain> all = standings.own;
        Verdict verdict = judge(reading_with(all, message.reading));
        for (const DomainDoubt& doubt : standings.doubts) {
            all.push_back(doubt.own);
            for (const Question& question : doubt.questions) add_new(verdict.questions, question);
        }
        if (!verdict.questions.empty()) return verdict;
        return undecided(message, mode, {verdict, judge(reading_with(all, message.reading))},
                         standings.doubts.front().silent);
    }

    const PossibleVerdicts possible(standings, message, judge);
    const std::vector<Verdict>& verdicts = possible.all();
    const std::vector<const DomainDoubt*> matter = possible.that_matter();
    Verdict verdict = verdicts.front();
    for (const DomainDoubt* doubt : matter)
        for (const Question& question : doubt->questions) add_new(verdict.questions, question);
    for (const Verdict& other : verdicts)
        for (const Question& question : other.questions) add_new(verdict.questions, question);
    if (!verdict.questions.empty()) return verdict;

    // Nobody is left to ask.
    const auto all = [&](auto holds) {
        return std::all_of(verdicts.begin(), verdicts.end(), holds);
    };
    if (!all([](const Verdict& one) { return one.refused(); }) &&
        !all([&](const Verdict& one) { return one.outcome == verdict.outcome; }))
        return undecided(message, mode, verdicts, matter.front()->silent);
    if (const auto put_off =
            std::find_if(verdicts.begin(), verdicts.end(),
                         [](const Verdict& one) { return one.outcome == Outcome::tempfail; });
        put_off != verdicts.end())
        return *put_off;
    // A domain that a table may have is not one that nobody has.
    verdict.unlisted_recipient = all([](const Verdict& one) { return one.unlisted_recipient; });
    return verdict;
}

}  // namespace relaypermit
