#include "tool/inspect/filter.h"

#include <algorithm>

#include "config/diagnostic.h"
#include "policy/address.h"

namespace relaypermit {
namespace {

// '*' stands for any run of characters. Both in one case. Linear but for backtracking to the last
// star, so quadratic at worst in lengths that the record bounds.
bool glob(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

template <typename Wanted, typename Fits>
bool any_of_or_none(const std::vector<Wanted>& wanted, Fits fits) {
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), fits);
}

std::string did_you_mean_part(std::string_view word, const std::vector<std::string_view>& known) {
    const std::string near = did_you_mean(word, known);
    return near.empty() ? std::string{} : " (did you mean `" + near + "`?)";
}

}  // namespace

bool address_fits(std::string_view wanted, std::string_view address) {
    const std::string pattern = ascii_lower(wanted);
    const std::string text = ascii_lower(address);
    const std::size_t at = text.rfind('@');
    if (pattern.starts_with('@'))
        return at != std::string::npos && glob(pattern, std::string_view{text}.substr(at));
    if (pattern.find('@') == std::string::npos && at != std::string::npos &&
        glob(pattern, std::string_view{text}.substr(0, at))) {
        return true;
    }
    return glob(pattern, text);
}

void Filter::declare(Options& options) {
    options.repeated("--cause", cause_texts_, "CAUSE", "only this cause, as sender-not-owned");
    options.repeated("--login", logins_, "LOGIN",
                     "only this login: alice, alice@example.com, @example.com, a*");
    options.repeated(
        "--sender", senders_, "ADDRESS",
        "only with this address as sender, in From or in Sender; `<>`: the null sender");
    options.repeated("--client", client_texts_, "NETWORK", "only from this address or network");
    options.repeated("--rule", rules_, "ID", "only where this rule is named");
    options.repeated(
        "--verdict", verdict_texts_, "VERDICT",
        "only reject, tempfail, monitor, mta-reject or accept; default: all but accept");
}

tl::expected<void, std::string> Filter::compile() {
    for (const std::string& text : cause_texts_) {
        const auto cause = cause_from(text);
        if (!cause) {
            std::vector<std::string_view> known;
            for (const Cause each : all_causes) known.push_back(to_string(each));
            return tl::unexpected("--cause: there is no cause `" + text + "`" +
                                  did_you_mean_part(text, known));
        }
        causes_.push_back(*cause);
    }
    for (const std::string& text : verdict_texts_) {
        const auto verdict = outcome_from(text);
        if (!verdict) {
            return tl::unexpected(
                "--verdict: there is no verdict `" + text + "`" +
                did_you_mean_part(text, {"accept", "reject", "tempfail", "monitor", "mta-reject"}));
        }
        verdicts_.push_back(*verdict);
    }
    for (const std::string& text : client_texts_) {
        const auto network = Network::parse(text);
        if (!network) return tl::unexpected("--client: `" + text + "`: " + network.error());
        clients_.push_back(*network);
    }
    return {};
}

bool Filter::refusals_only() const {
    return std::find(verdicts_.begin(), verdicts_.end(), Outcome::accept) == verdicts_.end();
}

bool Filter::fits(const Record& record) const {
    const bool verdict_fits = verdicts_.empty() ? record.verdict != Outcome::accept
                                                : std::find(verdicts_.begin(), verdicts_.end(),
                                                            record.verdict) != verdicts_.end();
    if (!verdict_fits) return false;
    const auto has_cause = [&](Cause cause) {
        return record.cause == cause ||
               std::find(record.also.begin(), record.also.end(), cause) != record.also.end();
    };
    const auto has_login = [&](const std::string& wanted) {
        return !record.login.empty() && address_fits(wanted, record.login);
    };
    const auto has_sender = [&](const std::string& wanted) {
        return address_fits(wanted, record.sender) ||
               (!record.header_sender.empty() && address_fits(wanted, record.header_sender)) ||
               std::any_of(record.from.begin(), record.from.end(),
                           [&](const std::string& from) { return address_fits(wanted, from); });
    };
    const auto has_rule = [&](const std::string& wanted) {
        return std::find(record.rules.begin(), record.rules.end(), wanted) != record.rules.end();
    };
    if (!any_of_or_none(causes_, has_cause) || !any_of_or_none(logins_, has_login) ||
        !any_of_or_none(senders_, has_sender) || !any_of_or_none(rules_, has_rule)) {
        return false;
    }
    if (clients_.empty()) return true;
    const auto client = IpAddress::parse(record.client);
    return client && contains(clients_, client);
}

}  // namespace relaypermit
