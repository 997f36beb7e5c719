#include "tool/guide/sentences.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include "policy/conditions.h"
#include "policy/reason.h"
#include "policy/refusal_words.h"
#include "policy/reply.h"

namespace relaypermit {
namespace {

constexpr std::string_view no_reference = "00000000";
// No placeholder of replies begins so: what stands for a value is text to them, and is not cut.
constexpr std::string_view mark_begin = "{=";

// One of the texts that a cause is refused with.
struct Variant {
    Reason reason{};
    std::string text{};     // of a restriction; empty: that of the cause or the reason
    std::string instead{};  // what the policy itself names as the way out
};

// The check of senders lets some pass that it would refuse for their login.
bool is_lenient_to_senders(const PolicySource& source) {
    const auto lets_pass = [&](Cause cause) {
        const auto index = static_cast<std::size_t>(cause);
        return !refuses(source.causes[index].action) || !source.exceptions[index]->empty();
    };
    return lets_pass(Cause::sender_not_owned) || lets_pass(Cause::sender_not_hosted);
}

bool restricts_logins(const PolicySource& source) {
    return std::any_of(source.restrictions.begin(), source.restrictions.end(),
                       [](const Restriction& rule) { return !rule.logins.empty(); });
}

bool names_networks_alone(const Restriction& rule) {
    return rule.logins.empty() && !rule.clients.empty();
}

// Whether the suspension of an account can be said of a login that only cannot be read.
bool suspends_unreadable_logins(const PolicySource& source) {
    return refuses(source.causes[static_cast<std::size_t>(Cause::account_suspended)].action) &&
           is_lenient_to_senders(source) && restricts_logins(source);
}

// Whether a network is suspended, whoever logs in from it.
bool suspends_networks(const PolicySource& source) {
    return std::any_of(
        source.restrictions.begin(), source.restrictions.end(),
        [](const Restriction& rule) { return rule.suspended && names_networks_alone(rule); });
}

// What evaluate() decides message by message, asked of the policy alone.
bool can_be_the_reason(const PolicySource& source, Cause cause, Reason reason) {
    if (!fits(reason, cause)) return false;
    switch (reason) {
        case Reason::login_unreadable:
        case Reason::login_blank:
            if (cause == Cause::account_suspended) return suspends_unreadable_logins(source);
            // Who gets as far as From has got past the sender, and past a suspension.
            return cause != Cause::from_not_owned ||
                   (is_lenient_to_senders(source) && !suspends_unreadable_logins(source));
        case Reason::login_no_realm:
            return source.default_realm.empty();
        case Reason::login_owns_nothing:
            return !source.owns_own_address;
        case Reason::realm_not_served:
            return source.owns_own_address;
        case Reason::sender_misspelt:
            return !source.hosted_domains.patterns().empty();
        case Reason::on_behalf:
        case Reason::sender_field:
        case Reason::sender_unusable:
            return source.require_owned_sender_field;
        case Reason::from_missing:
            return source.missing_from == MissingFrom::refuse;
        case Reason::client_refused:
            return suspends_networks(source);
        default:
            return true;
    }
}

bool is_of(const Restriction& rule, Cause cause) {
    switch (cause) {
        case Cause::client_not_allowed:
            return rule.networks.has_value();
        case Cause::weak_login:
            return rule.mechanisms.has_value();
        case Cause::recipient_not_allowed:
            return rule.recipients.has_value() || rule.recipients_hosted;
        default:
            return false;
    }
}

std::vector<Variant> variants(const PolicySource& source, Cause cause) {
    std::vector<Variant> all;
    for (const Restriction& rule : source.restrictions)
        if (is_of(rule, cause))
            all.push_back(
                {Reason::none, rule.text,
                 cause == Cause::weak_login ? method_in_words(*rule.mechanisms) : std::string()});
    // What all have in common before what one rule says.
    std::stable_partition(all.begin(), all.end(),
                          [](const Variant& variant) { return variant.text.empty(); });
    if (all.empty()) all.push_back({});
    for (std::size_t i = 1; i < reason_count; ++i)
        if (can_be_the_reason(source, cause, static_cast<Reason>(i)))
            all.push_back({static_cast<Reason>(i), {}, {}});
    return all;
}

bool is_of_restrictions(Cause cause) {
    return cause == Cause::client_not_allowed || cause == Cause::weak_login ||
           cause == Cause::recipient_not_allowed;
}

// Whether a refusal for this cause knows it; what it does not know has words of its own in a reply
// ("the recipient").
bool is_known(std::string_view placeholder, Cause cause, const Variant& variant) {
    const bool anywhere = cause == Cause::lookup_failed;
    if (placeholder == "recipient") return anywhere || stage_of(cause) == Stage::rcpt;
    if (placeholder == "from") return anywhere || stage_of(cause) == Stage::headers;
    if (placeholder == "rule")
        return anywhere || cause == Cause::account_suspended || is_of_restrictions(cause);
    if (placeholder == "instead")
        return variant.instead.empty() &&
               (anywhere || cause == Cause::sender_not_owned || cause == Cause::sender_not_hosted ||
                stage_of(cause) == Stage::headers);
    return placeholder == "login" || placeholder == "client" || placeholder == "port" ||
           placeholder == "sender";
}

// Whether only who has logged in is refused for it.
bool needs_a_login(Cause cause) {
    return cause == Cause::weak_login || cause == Cause::null_sender_refused ||
           cause == Cause::sender_not_owned || cause == Cause::sender_not_hosted;
}

// `is_default`: the text is one of ours.
std::string with_marks(std::string_view text, bool is_default, Cause cause,
                       const Variant& variant) {
    std::string out;
    while (!text.empty()) {
        const std::size_t open = std::min(text.find('{'), text.size());
        out += text.substr(0, open);
        text.remove_prefix(open);
        const std::size_t close = text.find('}');
        if (close == std::string_view::npos) break;
        const std::string_view name = text.substr(1, close - 1);
        if (is_known(name, cause, variant)) {
            const bool either = name == "login" && !is_default && !needs_a_login(cause);
            out += mark_begin;
            out += either ? "session" : name;
            text.remove_prefix(close);
        } else {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    out += text;
    return out;
}

std::vector<SentencePiece> in_pieces(std::string_view text) {
    std::vector<SentencePiece> pieces;
    const auto add = [&](std::string_view piece, bool mark) {
        if (!piece.empty()) pieces.push_back({std::string(piece), mark});
    };
    for (std::size_t open = text.find(mark_begin); open != std::string_view::npos;
         open = text.find(mark_begin)) {
        const std::size_t close = std::min(text.find('}', open), text.size());
        add(text.substr(0, open), false);
        add(text.substr(open + mark_begin.size(), close - open - mark_begin.size()), true);
        text.remove_prefix(std::min(close + 1, text.size()));
    }
    add(text, false);
    return pieces;
}

// A text as it is shown. `whole`: with the code and the reference.
std::string rendered(const Policy& policy, Cause cause, const std::string& text,
                     const std::string& instead, bool whole) {
    Verdict verdict;
    verdict.outcome =
        policy.cause(cause).action == Action::tempfail ? Outcome::tempfail : Outcome::reject;
    verdict.cause = cause;
    verdict.text = text;
    verdict.instead = instead;
    // Marks take more room than what they stand for.
    const Reply reply = render_reply(policy, Facts{}, verdict, no_reference, max_reply_bytes * 2);
    std::string shown = whole ? to_string(reply) : reply.text;
    if (!whole) return shown;
    shown.resize(shown.size() - no_reference.size());
    return shown + std::string(mark_begin) + "ref}";
}

}  // namespace

std::vector<ShownSentence> shown_sentences(const Policy& policy, Cause cause) {
    // " - https://help.example.com/relay#login-required - ref 00000000"
    const std::size_t closing = rendered(policy, cause, "x", {}, false).size() - 1;
    const CausePolicy& own = policy.cause(cause);
    std::vector<ShownSentence> sentences;
    std::set<std::string> seen;
    for (const Variant& variant : variants(policy.source(), cause)) {
        const bool of_reason = own.text_is_default && variant.reason != Reason::none;
        const bool ours = own.text_is_default && variant.text.empty();
        const std::string text = with_marks(!variant.text.empty() ? std::string_view(variant.text)
                                            : of_reason           ? row_of(variant.reason).text
                                                                  : std::string_view(own.text),
                                            ours, cause, variant);
        std::string words = rendered(policy, cause, text, variant.instead, false);
        words.resize(words.size() - closing);
        if (!seen.insert(words).second) continue;
        sentences.push_back(
            {in_pieces(sentences.empty() ? rendered(policy, cause, text, variant.instead, true)
                                         : words),
             of_reason ? variant.reason : Reason::none, !ours});
    }
    return sentences;
}

}  // namespace relaypermit
