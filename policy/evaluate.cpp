#include "policy/evaluate.h"

#include <algorithm>
#include <utility>

#include "policy/add_new.h"
#include "policy/conditions.h"
#include "policy/domain_standings.h"
#include "policy/field_lines.h"
#include "policy/objections.h"
#include "policy/reading.h"
#include "policy/refusal_words.h"
#include "policy/rights.h"

namespace relaypermit {

namespace {

// The questions of one stage, asked in order until one refuses.
class Judge {
  public:
    Judge(const Policy& policy, const Facts& facts, const Reading& reading, Mode mode)
        : policy_(policy),
          facts_(facts),
          reading_(reading),
          objections_(policy, facts, reading, mode),
          rights_(policy, facts, reading) {}

    Verdict judge(Stage stage) {
        verdict_.stage = stage;
        verdict_.login = reading_.login ? to_string(*reading_.login) : "";
        if (reading_.logged_in && !reading_.login)
            verdict_.login =
                reading_.login_typed.empty() ? facts_.auth_authen : reading_.login_typed;
        verdict_.sender = sender_as_text();
        restrictions_ = policy_.restrictions_for(reading_.login ? &*reading_.login : nullptr,
                                                 facts_.client, facts_.now);
        switch (stage) {
            case Stage::mail:
                judge_mail();
                break;
            case Stage::rcpt:
                judge_rcpt();
                break;
            case Stage::headers:
                judge_headers();
                break;
        }
        return conclude();
    }

  private:
    [[nodiscard]] bool asked(Cause cause) const { return objections_.asked(cause); }
    // Returns true where it is the verdict and no further question matters.
    [[nodiscard]] bool object(Objection objection) { return objections_.add(std::move(objection)); }

    void use(const std::string& rule) { add_new(used_, rule); }

    // Covered: the rule is named, and the answer is yes. What was not asked yet is noted.
    [[nodiscard]] bool covered(const Coverage& coverage) {
        if (coverage.match == Match::yes) use(coverage.rule);
        for (const Question& question : coverage.questions) add_new(verdict_.questions, question);
        return coverage.match == Match::yes;
    }

    // Objects to what no right covers: where a table is silent, with lookup-failed in its place.
    // Returns true where that is the verdict.
    [[nodiscard]] bool object_unless(const Coverage& coverage, Objection objection) {
        if (covered(coverage)) return false;
        if (coverage.match == Match::unknown)
            return objections_.add_undecided(objection.cause, coverage.rule);
        return object(std::move(objection));
    }

    Verdict conclude() {
        objections_.conclude(verdict_);
        if (!verdict_.cause) verdict_.rules = std::move(used_);
        find_words(policy_, facts_, reading_, rights_, verdict_);
        return std::move(verdict_);
    }

    // --- MAIL -------------------------------------------------------------------------------

    void judge_mail() {
        const PolicySource& source = policy_.source();
        const bool login_needed =
            reading_.submission && !reading_.logged_in && !granted_without_login();
        if (reading_.submission && facts_.tls.empty() && source.require_tls &&
            !policy_.trusted(facts_.client) && object({.cause = Cause::tls_required}))
            return;
        if (login_needed && object({.cause = Cause::login_required})) return;
        for (const Cause cause :
             {Cause::account_suspended, Cause::client_not_allowed, Cause::weak_login})
            if (restricted(cause, [&](const Restriction& restriction) {
                    return objects(restriction, cause, facts_, reading_) == Match::yes;
                }))
                return;
        if (asked(Cause::helo_forged) && helo_is_ours() && object({.cause = Cause::helo_forged}))
            return;
        if (reading_.logged_in) judge_sender_of_login();
    }

    // Whether a submission without a login may go on: a trusted network, or a grant by network.
    bool granted_without_login() {
        if (reading_.trusted) {
            use("trusted-network");
            return true;
        }
        return covered(envelope_coverage());
    }

    // The rights to the envelope sender. A sender that cannot be read is covered by `*` alone.
    [[nodiscard]] Coverage envelope_coverage() const {
        switch (reading_.sender.state) {
            case SenderReading::State::null:
                return rights_.covers_null(GrantField::envelope);
            case SenderReading::State::address:
                return rights_.covers(reading_.sender.address, GrantField::envelope);
            case SenderReading::State::disagreed:
                return rights_.covers_anything(GrantField::envelope);
        }
        return {};
    }

    template <typename Refuses>
    [[nodiscard]] bool restricted(Cause cause, Refuses refuses) {
        if (!asked(cause)) return false;
        for (const Restriction* restriction : restrictions_)
            if (refuses(*restriction))
                return object({.cause = cause,
                               .rule = restriction->id,
                               .text = restriction->text,
                               .instead = cause == Cause::weak_login
                                              ? method_in_words(*restriction->mechanisms)
                                              : ""});
        return false;
    }

    [[nodiscard]] bool helo_is_ours() const {
        return !reading_.logged_in && !reading_.trusted && says_our_name(policy_.source(), facts_);
    }

    void judge_sender_of_login() {
        if (!reading_.login) {
            judge_unusable_login();
            return;
        }
        if (reading_.sender.state == SenderReading::State::null) {
            judge_null_sender();
            return;
        }
        if (reading_.sender.state == SenderReading::State::disagreed) {
            (void)object({.cause = Cause::sender_not_owned, .why = reading_.sender.why});
            return;
        }
        const Cause cause = policy_.hosted(reading_.sender.address) ? Cause::sender_not_owned
                                                                    : Cause::sender_not_hosted;
        if (!asked(cause)) return;
        (void)object_unless(rights_.covers(reading_.sender.address, GrantField::envelope),
                            {.cause = cause, .why = reading_.login_why});
    }

    // What it was granted, it may send. (Whoever forwards what they got forwards reports too.)
    void judge_null_sender() {
        if (asked(Cause::null_sender_refused))
            (void)object_unless(rights_.covers_null(GrantField::envelope),
                                {.cause = Cause::null_sender_refused});
    }

    // Such a login owns nothing, and may not even send without a sender. Where that refuses nobody
    // it is still kept out if any login is restricted: it may be that one, spelt so that no
    // restriction knows it.
    void judge_unusable_login() {
        const SenderReading& sender = reading_.sender;
        const bool elsewhere =
            sender.state == SenderReading::State::address && !policy_.hosted(sender.address);
        const bool disagreed = sender.state == SenderReading::State::disagreed;
        if (object({.cause = elsewhere ? Cause::sender_not_hosted : Cause::sender_not_owned,
                    .why = disagreed ? sender.why : reading_.login_why}))
            return;
        if (restricts_some_login(policy_.source(), facts_.now))
            (void)object({.cause = Cause::account_suspended, .why = reading_.login_why});
    }

    // --- RCPT -------------------------------------------------------------------------------

    void judge_rcpt() {
        if (facts_.recipients.empty()) return;
        const Recipient& recipient = facts_.recipients.back();
        const RecipientReading& reading = reading_.recipients.at(facts_.recipients.size() - 1);
        verdict_.recipient = reading.address ? to_string(*reading.address) : recipient.argument;
        if (reading.unlisted) {
            verdict_.unlisted_recipient = true;
            verdict_.unlisted_domain = reading.address->domain;
        }
        if (facts_.local_submission) return;

        if (restricted(Cause::recipient_not_allowed, [&](const Restriction& restriction) {
                return restriction.recipients && !recipient_allowed(restriction, reading);
            }))
            return;
        if (reading_.logged_in) return;

        const bool granted = reading_.trusted || envelope_granted();
        if (reading.remote && !reading_.submission && !granted &&
            object({.cause = sender_hosted() ? Cause::use_submission : Cause::relay_not_permitted}))
            return;
        if (reading.remote && granted)
            use(reading_.trusted ? "trusted-network" : envelope_coverage().rule);
        if (reading.hosted && sender_hosted() && !granted)
            (void)object({.cause = Cause::hosted_sender_needs_login});
    }

    [[nodiscard]] bool envelope_granted() const { return envelope_coverage().match == Match::yes; }

    [[nodiscard]] bool sender_hosted() const {
        return reading_.sender.state == SenderReading::State::address &&
               policy_.hosted(reading_.sender.address);
    }

    // --- End of headers ---------------------------------------------------------------------

    void judge_headers() {
        if (reading_.from && !reading_.from->empty())
            verdict_.from = to_string(reading_.from->front());
        if (reading_.logged_in || relays_by_grant())
            judge_owned_headers();
        else if (!reading_.trusted && !facts_.local_submission)
            judge_hosted_from();
    }

    [[nodiscard]] bool relays_by_grant() const {
        return needs_grant_by_network(facts_, reading_) && envelope_granted();
    }

    void judge_owned_headers() {
        const bool check_sender =
            policy_.source().require_owned_sender_field && reading_.header_sender;
        if (!reading_.from) {
            if (!waived(GrantField::from, reading_.from.error())) return;
        }
        if (check_sender && !*reading_.header_sender) {
            const FromFault of_sender{reading_.header_sender->error().why, Reason::sender_unusable};
            if (!waived(GrantField::sender, of_sender)) return;
        }
        if (judge_owned_fields(check_sender)) judge_aligned();
    }

    // Returns false where an objection is the verdict.
    [[nodiscard]] bool judge_owned_fields(bool check_sender) {
        if (!asked(Cause::from_not_owned)) return true;
        const bool sender_readable = check_sender && *reading_.header_sender;
        Coverage sender_coverage;
        if (sender_readable)
            sender_coverage = rights_.covers(**reading_.header_sender, GrantField::sender);
        if (reading_.from)
            for (const Address& address : *reading_.from)
                if (!judge_owned(
                        address, rights_.covers(address, GrantField::from),
                        sender_coverage.match == Match::yes ? Reason::on_behalf : Reason::none))
                    return false;
        return !sender_readable ||
               judge_owned(**reading_.header_sender, sender_coverage, Reason::sender_field);
    }

    // A grant of `*` waives it, for those who forward what they got. What nobody can read was the
    // matter of from-unusable.
    void judge_aligned() {
        if (!reading_.from || !asked(Cause::from_not_aligned)) return;
        const auto& from = *reading_.from;
        const auto other = std::find_if(from.begin(), from.end(), [&](const Address& address) {
            return !is_aligned(policy_.source(), reading_.sender, address);
        });
        if (other != from.end())
            (void)object_unless(rights_.covers_anything(GrantField::from),
                                {.cause = Cause::from_not_aligned, .from = to_string(*other)});
    }

    // A grant of `*` waives from-unusable: smart hosts and ticket systems forward what they got.
    // Returns false where the objection is the verdict.
    [[nodiscard]] bool waived(GrantField field, const FromFault& fault) {
        return !asked(Cause::from_unusable) ||
               !object_unless(
                   rights_.covers_anything(field),
                   {.cause = Cause::from_unusable, .why = fault.why, .reason = fault.reason});
    }

    // Whether the login says that it only passes on what somebody else wrote (RFC 5322 3.6.6).
    [[nodiscard]] bool redirects() {
        const auto& by = reading_.resent_from;
        return !by.empty() && std::all_of(by.begin(), by.end(), [&](const Address& address) {
            return covered(rights_.covers(address, GrantField::from));
        });
    }

    // Returns false where the objection is the verdict.
    [[nodiscard]] bool judge_owned(const Address& address, const Coverage& coverage,
                                   Reason reason) {
        if (coverage.match == Match::no && reason != Reason::sender_field && redirects())
            reason = Reason::redirect;
        return !object_unless(
            coverage,
            {.cause = Cause::from_not_owned, .from = to_string(address), .reason = reason});
    }

    // Incoming mail that writes a hosted address into From, or may: some program could read one in
    // a From that nobody reads in one way only.
    void judge_hosted_from() {
        if (!asked(Cause::hosted_from_needs_login)) return;
        const bool to_hosted =
            std::any_of(reading_.recipients.begin(), reading_.recipients.end(),
                        [](const RecipientReading& recipient) { return recipient.hosted; });
        if (!to_hosted) return;
        if (!reading_.from) {
            // What stands behind a stray break in another field may be a From as well.
            const bool present = std::any_of(
                facts_.headers.begin(), facts_.headers.end(), [](const HeaderField& field) {
                    return is_field(field.name, "from") || has_stray_break(field.name) ||
                           has_stray_break(field.value);
                });
            if (present)
                (void)object(
                    {.cause = Cause::hosted_from_needs_login, .why = reading_.from.error().why});
            return;
        }
        for (const Address& address : *reading_.from)
            if (policy_.hosted(address) &&
                rights_.covers(address, GrantField::from).match != Match::yes) {
                (void)object({.cause = Cause::hosted_from_needs_login, .from = to_string(address)});
                return;
            }
    }

    [[nodiscard]] std::string sender_as_text() const {
        switch (reading_.sender.state) {
            case SenderReading::State::null:
                return "<>";
            case SenderReading::State::address:
                return to_string(reading_.sender.address);
            case SenderReading::State::disagreed:
                return facts_.sender_argument;
        }
        return {};
    }

    const Policy& policy_;
    const Facts& facts_;
    const Reading& reading_;
    Objections objections_;
    Rights rights_;
    std::vector<const Restriction*> restrictions_{};
    std::vector<std::string> used_{};
    Verdict verdict_{};
};

}  // namespace

Verdict evaluate(const Policy& policy, const Facts& facts, const Reading& reading, Stage stage,
                 Mode mode) {
    // Whoever did not read on would have it judged by what another recipient is.
    if (stage != Stage::mail && reading.recipients.size() != facts.recipients.size())
        return evaluate(policy, facts, stage, mode);
    const auto judge = [&](const Reading& as_read) {
        return Judge(policy, facts, as_read, mode).judge(stage);
    };
    return policy.source().domain_tables.empty()
               ? judge(reading)
               : judge_by_standings({policy, facts, reading, stage}, mode, judge);
}

Verdict evaluate(const Policy& policy, const Facts& facts, Stage stage, Mode mode) {
    return evaluate(policy, facts, read_message(policy, facts), stage, mode);
}

bool wants_headers(const Policy& policy) {
    const auto asked = [&](Cause cause) { return policy.cause(cause).action != Action::off; };
    return asked(Cause::from_unusable) || asked(Cause::from_not_owned) ||
           (asked(Cause::from_not_aligned) && policy.source().alignment != Alignment::off) ||
           asked(Cause::hosted_from_needs_login);
}

}  // namespace relaypermit
