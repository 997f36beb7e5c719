#include <algorithm>

#include "policy/conditions.h"
#include "policy/play.h"
#include "policy/reading.h"
#include "tool/rehearse/remedy.h"
#include "tool/rehearse/trace_words.h"

namespace relaypermit {
namespace {

std::string at(const Grant& grant) {
    return "`" + grant.id + "` at " + to_string(grant.place);
}

// Grants to this session that would permit the message but for conditions of their own.
class ConditionSearch {
  public:
    ConditionSearch(const Policy& policy, const Facts& facts)
        : policy_(policy),
          source_(policy.source()),
          facts_(facts),
          reading_(read_message(policy, facts)) {}

    [[nodiscard]] std::vector<std::string> search() const {
        std::vector<std::string> advice;
        for (const RuleNumber number : to_this_session()) {
            const Grant& grant = source_.grants[number];
            const bool over = is_over(*grant.rare, facts_.now);
            const bool early = !has_begun(*grant.rare, facts_.now);
            const bool elsewhere = is_within_networks(grant, only(facts_.client)) != Match::yes;
            const bool part = !grant.fields.envelope || !grant.fields.from || !grant.fields.sender;
            if ((!over && !early && !elsewhere && !part) || !may_cover(grant)) continue;
            if (elsewhere && !facts_.client) continue;
            Grant changed = grant;
            std::vector<std::string> changes;
            if (over) {
                changed.rare.edit().until.reset();
                changes.push_back("give " + at(grant) + " a later `until`");
            }
            if (early) {
                changed.rare.edit().since.reset();
                changes.push_back("give " + at(grant) + " an earlier `since`");
            }
            if (elsewhere) {
                changed.rare.edit().networks.push_back({*facts_.client, facts_.client->bits()});
                changes.push_back("send from " + words_of(grant.rare->networks) + ", or add \"" +
                                  to_string(*facts_.client) + "\" to `networks` of " + at(grant));
            }
            if (!permits(number, changed)) {
                const auto fields = part ? fewest_fields(number, changed) : std::nullopt;
                if (!fields) continue;
                changes.push_back("add " + *fields + " to `fields` of " + at(grant));
            }
            std::string text;
            for (const std::string& change : changes)
                text += (text.empty() ? "" : ", and ") + change;
            advice.push_back(std::move(text));
        }
        return advice;
    }

  private:
    [[nodiscard]] std::vector<RuleNumber> to_this_session() const {
        if (reading_.logged_in) {
            if (!reading_.login) return {};
            Postings found = policy_.grants_to(*reading_.login);
            found.append(policy_.grants_to_by_regex(*reading_.login));
            return found.sorted();
        }
        return facts_.client ? policy_.grants_to_client(*facts_.client) : std::vector<RuleNumber>();
    }

    // Whether the grant has a pattern of anything that the message names: without one it permits
    // nothing here, whatever its conditions. A template may turn out to be one.
    [[nodiscard]] bool may_cover(const Grant& grant) const {
        std::vector<Address> named;
        const auto name = [&](const Address& address) {
            named.push_back(address);
            named.push_back(without_subaddress(address, source_.subaddress_delimiter));
        };
        if (reading_.sender.state == SenderReading::State::address) name(reading_.sender.address);
        if (reading_.from)
            for (const Address& address : *reading_.from) name(address);
        if (reading_.header_sender && *reading_.header_sender) name(**reading_.header_sender);
        return std::any_of(
            grant.senders.begin(), grant.senders.end(), [&](const PlacedPattern& sender) {
                return sender.pattern.kind() == Pattern::Kind::templated ||
                       sender.pattern.matches_null() ||
                       std::any_of(named.begin(), named.end(), [&](const Address& address) {
                           return sender.pattern.matches(address);
                       });
            });
    }

    [[nodiscard]] bool permits(RuleNumber number, const Grant& changed) const {
        PolicySource with = source_;
        with.grants.edit(number) = changed;
        const Verdict verdict = play(Policy(std::move(with), policy_), facts_);
        const auto& rules = verdict.rules;
        return !verdict.refused() &&
               std::find(rules.begin(), rules.end(), changed.id) != rules.end();
    }

    // The fewest fields that are missing, in words.
    [[nodiscard]] std::optional<std::string> fewest_fields(RuleNumber number,
                                                           const Grant& grant) const {
        using Fields = GrantFields;
        for (const Fields& added :
             {Fields{false, true, false}, Fields{false, false, true}, Fields{true, false, false},
              Fields{true, true, false}, Fields{false, true, true}, Fields{true, false, true},
              Fields{true, true, true}}) {
            Grant changed = grant;
            std::string text;
            const auto add = [&](bool wanted, bool& has, const std::string& name) {
                if (!wanted || has) return;
                has = true;
                text += (text.empty() ? "" : " and ") + name;
            };
            add(added.envelope, changed.fields.envelope, "\"envelope\"");
            add(added.from, changed.fields.from, "\"from\"");
            add(added.sender, changed.fields.sender, "\"sender\"");
            if (!text.empty() && permits(number, changed)) return text;
        }
        return std::nullopt;
    }

    const Policy& policy_;
    const PolicySource& source_;
    const Facts& facts_;
    Reading reading_;
};

}  // namespace

std::vector<std::string> failed_conditions(const Policy& policy, const Facts& facts) {
    return ConditionSearch(policy, facts).search();
}

}  // namespace relaypermit
