#include "tool/rehearse/trace_words.h"

#include <algorithm>

#include "config/counted.h"
#include "policy/conditions.h"

namespace relaypermit {

std::string words_of(const Login& login) {
    return "login `" + to_string(login) + "`";
}

std::string words_of(const std::optional<IpAddress>& client) {
    return client ? "client " + to_string(*client) : "the local session";
}

std::string words_of(const LoginPattern& pattern) {
    if (!pattern.group.empty()) return "is in group " + pattern.group.str();
    if (pattern.pattern.kind() == Pattern::Kind::exact) return "is listed";
    return "matches `" + pattern.pattern.text() + "`";
}

std::string words_of(const std::vector<Network>& networks) {
    std::string text;
    for (const Network& network : networks) text += (text.empty() ? "" : ", ") + to_string(network);
    return text;
}

std::string words_of(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

const LoginPattern* login_pattern_of(const LoginPatterns& logins, const Login& login) {
    const std::string key = login_key(login);
    const auto found = std::find_if(logins.begin(), logins.end(), [&](const LoginPattern& pattern) {
        const bool exact = pattern.pattern.kind() == Pattern::Kind::exact;
        return exact ? pattern.pattern.affix() == key : pattern.pattern.matches(login);
    });
    return found == logins.end() ? nullptr : &*found;
}

const PlacedNetwork* network_of(const std::vector<PlacedNetwork>& networks,
                                const std::optional<IpAddress>& client) {
    const auto found = std::find_if(
        networks.begin(), networks.end(),
        [&](const PlacedNetwork& placed) { return client && placed.network.contains(*client); });
    return found == networks.end() ? nullptr : &*found;
}

std::string why_not_allowed(const Restriction& restriction, const RecipientReading& reading,
                            const Recipient& recipient) {
    const std::string name = "recipient `" + recipient.argument + "`";
    if (recipient_allowed(restriction, reading)) return {};
    if (!reading.address) return name + " cannot be read";
    if (reading.rewritable) return name + " holds what mail servers rewrite (%, !, a quoted @)";
    if (!restriction.recipients_hosted) return name + " is not among its recipients";
    return restriction.recipients->empty() ? name + " is not hosted"
                                           : name + " is neither hosted nor among its recipients";
}

std::string words_of(const TableLookup& lookup) {
    const std::string text = "looked up `" + lookup.key + "`: ";
    if (!lookup.known) return text + "failed";
    const std::string found = lookup.values == 0 ? "nothing" : counted(lookup.values, "value");
    if (lookup.cached) return text + found + ", cached";
    const auto tenths = lookup.took.count() / 100;
    return text + found + ", " + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) +
           " ms";
}

}  // namespace relaypermit
