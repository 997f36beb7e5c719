#include "tool/rehearse/missing_alias.h"

#include <algorithm>

#include "config/hint_words.h"
#include "policy/play.h"
#include "policy/reading.h"
#include "tool/base/exact_pattern.h"
#include "tool/rehearse/rule_id.h"

namespace relaypermit {
namespace {

// The pattern that means this login or address alone.
template <typename Name>
std::optional<Pattern> pattern_of(const Name& name, PatternRole role) {
    const std::string text = to_string(name);
    auto pattern = Pattern::parse(text, role);
    if (reads_as_itself(text, role) && pattern->matches(name)) return *std::move(pattern);
    pattern = Pattern::parse(exact_regex(text), role);
    if (pattern && pattern->kind() == Pattern::Kind::regex && pattern->matches(name))
        return *std::move(pattern);
    return std::nullopt;
}

class AliasSearch {
  public:
    AliasSearch(const Policy& policy, const Facts& facts)
        : policy_(policy),
          source_(policy.source()),
          facts_(facts),
          reading_(read_message(policy, facts)) {}

    std::optional<Grant> search(const Verdict& refused) {
        if (!subject()) return std::nullopt;
        Verdict verdict = refused;
        constexpr int most_senders = 8;
        for (int round = 0; round < most_senders; ++round) {
            if (!verdict.refused() || !is_about_rights(*verdict.cause)) break;
            if (!add_sender(verdict)) return std::nullopt;
            verdict = with_grant();
        }
        if (grant_.senders.empty()) return std::nullopt;
        narrow_fields(verdict);
        const auto word = [](std::string_view text, const std::string& none) {
            const std::string found = word_of(text);
            return found.empty() ? none : found;
        };
        grant_.id =
            FreeIds(policy_.source())
                .take(word(reading_.login ? reading_.login->user : "device", "login") + "-as-" +
                      word(first_sender_.substr(0, first_sender_.find('@')), "sender"));
        return std::move(grant_);
    }

  private:
    // To whom the grant would be.
    bool subject() {
        if (reading_.logged_in) {
            if (!reading_.login) return false;
            auto pattern = pattern_of(*reading_.login, PatternRole::login);
            if (!pattern) return false;
            grant_.logins.push_back({*std::move(pattern), {}, {}});
            return true;
        }
        if (!facts_.client) return false;
        grant_.rare.edit().clients.push_back({Network{*facts_.client, facts_.client->bits()}, {}});
        return true;
    }

    // Returns false where no pattern means the sender that is missing.
    bool add_sender(const Verdict& verdict) {
        std::optional<Pattern> pattern;
        std::string text;
        if (verdict.cause == Cause::from_not_owned) {
            text = verdict.from;
            if (const auto address = parse_address(text))
                pattern = pattern_of(*address, PatternRole::sender);
        } else {
            envelope_ = true;
            const SenderReading& sender = reading_.sender;
            if (sender.state == SenderReading::State::disagreed) return false;
            if (sender.state == SenderReading::State::null) {
                text = "<>";
                if (auto null = Pattern::parse(text, PatternRole::sender)) pattern = *null;
            } else {
                text = to_string(sender.address);
                pattern = pattern_of(sender.address, PatternRole::sender);
            }
        }
        const auto same = [&](const PlacedPattern& sender) {
            return pattern && sender.pattern.text() == pattern->text();
        };
        if (!pattern || std::any_of(grant_.senders.begin(), grant_.senders.end(), same))
            return false;
        if (grant_.senders.empty()) first_sender_ = text;
        grant_.senders.push_back({*std::move(pattern), {}});
        return true;
    }

    [[nodiscard]] Verdict with_grant() const {
        PolicySource changed = source_;
        changed.grants.push_back(grant_);
        return play(Policy(std::move(changed), policy_), facts_);
    }

    // Where the envelope sender was in order, the grant need not cover it.
    void narrow_fields(const Verdict& reached) {
        if (envelope_) return;
        for (const GrantFields fields :
             {GrantFields{false, true, false}, GrantFields{false, false, true},
              GrantFields{false, true, true}}) {
            grant_.fields = fields;
            const Verdict verdict = with_grant();
            if (verdict.refused() == reached.refused() && verdict.cause == reached.cause) return;
        }
        grant_.fields = {};
    }

    const Policy& policy_;
    const PolicySource& source_;
    const Facts& facts_;
    Reading reading_;
    Grant grant_{};
    std::string first_sender_{};
    bool envelope_{};
};

}  // namespace

bool is_about_rights(Cause cause) {
    switch (cause) {
        case Cause::sender_not_owned:
        case Cause::sender_not_hosted:
        case Cause::from_not_owned:
        case Cause::login_required:
        case Cause::use_submission:
        case Cause::relay_not_permitted:
        case Cause::hosted_sender_needs_login:
            return true;
        default:
            return false;
    }
}

std::optional<Grant> missing_alias(const Policy& policy, const Facts& facts,
                                   const Verdict& refused) {
    return AliasSearch(policy, facts).search(refused);
}

}  // namespace relaypermit
