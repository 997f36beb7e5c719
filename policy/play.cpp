#include "policy/play.h"

#include <string_view>
#include <utility>
#include <vector>

#include "policy/add_new.h"

namespace relaypermit {

std::string as_handed_over(const std::string& login, Mta mta) {
    if (mta != Mta::sendmail) return login;
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string xtext;
    for (const char c : login) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > ' ' && byte <= '~' && c != '+' && c != '=')
            xtext += c;
        else
            xtext += {'+', digits[byte >> 4U], digits[byte & 0xFU]};
    }
    return xtext;
}

Verdict play(const Policy& policy, const Facts& facts, const Ask& ask) {
    std::vector<std::string> rules;
    std::vector<Cause> monitored;
    std::vector<Question> questions;
    Reading reading;
    const auto refused = [&](Facts& so_far, Stage stage, Verdict& verdict) {
        verdict = decide(policy, so_far, reading, stage, ask, Mode::enforce);
        questions.insert(questions.end(), verdict.questions.begin(), verdict.questions.end());
        if (verdict.refused()) return true;
        if (verdict.outcome == Outcome::monitor) {
            if (verdict.cause) monitored.push_back(*verdict.cause);
            monitored.insert(monitored.end(), verdict.also.begin(), verdict.also.end());
        } else {
            rules.insert(rules.end(), verdict.rules.begin(), verdict.rules.end());
        }
        return false;
    };

    Verdict verdict;
    Facts so_far = facts;
    so_far.recipients.clear();
    if (refused(so_far, Stage::mail, verdict)) return verdict;
    for (const Recipient& recipient : facts.recipients) {
        so_far.recipients.push_back(recipient);
        if (refused(so_far, Stage::rcpt, verdict)) return verdict;
    }
    if (refused(so_far, Stage::headers, verdict)) return verdict;

    verdict.outcome = Outcome::accept;
    verdict.questions = std::move(questions);
    verdict.cause.reset();
    verdict.also.clear();
    for (const Cause cause : monitored) add_new(verdict.also, cause);
    verdict.rules.clear();
    for (std::string& rule : rules) add_new(verdict.rules, std::move(rule));
    return verdict;
}

}  // namespace relaypermit
