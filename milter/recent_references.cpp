#include "milter/recent_references.h"

#include "policy/reply.h"

namespace relaypermit {

namespace {

constexpr std::string_view before_reference = "ref ";
constexpr std::size_t reference_bytes = 8;

std::string key_of(const std::optional<IpAddress>& client, std::string_view reference) {
    return (client ? to_string(*client) : "-") + " " + std::string(reference);
}

}  // namespace

void RecentReferences::forget_old(TimePoint now) {
    while (!in_order_.empty() &&
           (in_order_.size() > max_kept || now - in_order_.front().first > kept)) {
        known_.erase(in_order_.front().second);
        in_order_.pop_front();
    }
}

void RecentReferences::remember(const std::optional<IpAddress>& client, std::string_view reference,
                                TimePoint now) {
    const std::lock_guard lock(mutex_);
    std::string key = key_of(client, reference);
    known_.insert(key);
    in_order_.emplace_back(now, std::move(key));
    forget_old(now);
}

bool RecentReferences::given(const std::optional<IpAddress>& client, std::string_view told,
                             TimePoint now) {
    const std::lock_guard lock(mutex_);
    forget_old(now);
    for (std::size_t at = told.find(before_reference); at != std::string_view::npos;
         at = told.find(before_reference, at + 1)) {
        const std::string_view reference =
            told.substr(at + before_reference.size(), reference_bytes);
        if (known_.contains(key_of(client, reference))) return true;
    }
    return false;
}

}  // namespace relaypermit
