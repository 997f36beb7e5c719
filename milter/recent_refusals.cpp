#include "milter/recent_refusals.h"

#include <functional>
#include <utility>

#include "policy/address.h"

namespace relaypermit {

namespace {

constexpr std::string_view before_reference = " ref ";
constexpr std::size_t reference_bytes = 8;

constexpr std::size_t max_kept_bytes = 256;

// A client chooses how long an argument is, not how much of it is kept.
std::string bounded(std::string key) {
    if (key.size() <= max_kept_bytes) return key;
    const std::size_t hash = std::hash<std::string>{}(key);
    key.resize(max_kept_bytes);
    return key + "#" + std::to_string(hash);
}

// One key for the raw argument that a milter sees and for the form that Postfix gives a policy
// service, where both can be read; the text itself where not.
std::string key_of(std::string_view argument) {
    if (const auto path = parse_path(argument))
        return path->null ? std::string() : bounded(address_key(path->address));
    if (argument.starts_with('<')) argument.remove_prefix(1);
    if (argument.ends_with('>')) argument.remove_suffix(1);
    return bounded(ascii_lower(argument));
}

std::string delivery_of(const Facts& facts) {
    return (facts.client ? to_string(*facts.client) : "-") + " " + key_of(facts.sender_argument) +
           " > " + (facts.recipients.empty() ? "" : key_of(facts.recipients.back().argument));
}

// "... - ref 7F3K2Q9D" -> 7F3K2Q9D; at the end alone, for ahead of it stand words of the client.
std::string_view closing_reference(std::string_view told) {
    if (told.size() < before_reference.size() + reference_bytes) return {};
    const std::string_view end = told.substr(told.size() - reference_bytes);
    told.remove_suffix(reference_bytes);
    return told.ends_with(before_reference) ? end : std::string_view();
}

}  // namespace

void RecentRefusals::remember(const Facts& facts, std::string_view reference, TimePoint now) {
    std::string delivery = delivery_of(facts);
    const std::lock_guard lock(mutex_);
    references_.emplace(delivery, reference);
    in_order_.push_back({now, std::move(delivery), std::string(reference)});
    forget_old(now);
}

bool RecentRefusals::take(const Facts& facts, TimePoint now) {
    const std::string delivery = delivery_of(facts);
    const std::lock_guard lock(mutex_);
    forget_old(now);
    const auto found = references_.find(delivery);
    if (found == references_.end()) return false;
    references_.erase(found);
    return true;
}

bool RecentRefusals::take(const Facts& facts, std::string_view told, TimePoint now) {
    const std::string_view reference = closing_reference(told);
    if (reference.empty()) return false;
    const std::string delivery = delivery_of(facts);
    const std::lock_guard lock(mutex_);
    forget_old(now);
    return forget(delivery, reference);
}

bool RecentRefusals::forget(const std::string& delivery, std::string_view reference) {
    const auto [first, last] = references_.equal_range(delivery);
    for (auto found = first; found != last; ++found) {
        if (found->second != reference) continue;
        references_.erase(found);
        return true;
    }
    return false;
}

void RecentRefusals::forget_old(TimePoint now) {
    while (!in_order_.empty() &&
           (in_order_.size() > max_kept || now - in_order_.front().at > kept)) {
        const Kept& oldest = in_order_.front();
        forget(oldest.delivery, oldest.reference);
        in_order_.pop_front();
    }
}

}  // namespace relaypermit
