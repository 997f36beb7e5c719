#include "tool/inspect/report.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "policy/network.h"
#include "tool/base/when.h"
#include "tool/inspect/sender_fold.h"

namespace relaypermit {
namespace {

// Senders remembered for a login: enough to name the most frequent three.
constexpr std::size_t senders_kept = 1000;
constexpr std::size_t senders_named = 3;
constexpr std::chrono::hours hourly_up_to{48};
constexpr std::chrono::hours daily_up_to{24 * 35};
constexpr std::chrono::hours weekly_up_to{24 * 370};
constexpr std::chrono::hours monthly_up_to{24 * 366 * 5};
// Every time zone's hours and days begin with one.
using Quarters = std::chrono::duration<std::int64_t, std::ratio<900>>;

bool is_sign_of_refusal(const Record& record) {
    return record.verdict != Outcome::accept;
}

LocalTime midnight(LocalTime at) {
    at.hour = at.minute = at.second = 0;
    return at;
}

// "Jun 2026".
std::string short_month(TimePoint time) {
    const std::string day = day_name(time);
    const std::size_t year = day.rfind(' ');
    const std::size_t month = day.rfind(' ', year - 1) + 1;
    return day.substr(month, 3) + day.substr(year);
}

std::string short_day(TimePoint time) {
    // "Mon 1 June 2026" without the year and most of the month.
    const std::string day = day_name(time);
    const std::size_t month = day.rfind(' ', day.rfind(' ') - 1) + 1;
    return day.substr(0, month + 3);
}

}  // namespace

std::string report_network(const std::string& client) {
    const auto address = IpAddress::parse(client);
    if (!address) return client;
    const unsigned prefix = address->is_v4() ? 24 : 64;
    return to_string(Network{address->masked(prefix), prefix});
}

Report::Report(const TimeSpan& span, TimePoint end, std::string delimiters)
    : span_(span),
      end_(span.until.value_or(end)),
      delimiters_(std::move(delimiters)),
      before_{span.since - (end_ - span.since), span.since} {}

// The address that was refused, as far as it is on record; of a list or a forwarder what all of its
// addresses have in common.
std::string Report::sender_of(const Decision& decision) const {
    const Record& record = decision.record();
    if (decision.stored.varied) return various_senders;
    const std::string& address = record.cause == Cause::from_not_owned && !record.from.empty()
                                     ? record.from.front()
                                     : record.sender;
    const FoldedSender folded = folded_sender(address, delimiters_);
    return folded.kind == FoldedSender::Kind::plain ? address : folded.pattern;
}

std::vector<ReportBucket> Report::over_time() const {
    const bool begins_within = begins_ && *begins_ > span_.since && *begins_ < end_;
    const TimePoint begin = begins_within ? *begins_ : span_.since;
    const auto length = end_ - begin;
    std::vector<ReportBucket> buckets;
    for (TimePoint from = begin; from < end_;) {
        LocalTime next = local_time(from);
        next.minute = next.second = 0;
        if (length <= hourly_up_to) {
            buckets.push_back({from, clock_time(from).substr(0, 5), 0});
            next.hour += 1;
        } else {
            next = midnight(next);
            if (length <= weekly_up_to) {
                buckets.push_back({from, short_day(from), 0});
                next.day += length <= daily_up_to ? 1 : 7;
            } else if (length <= monthly_up_to) {
                buckets.push_back({from, short_month(from), 0});
                next.day = 1;
                next.year += next.month / 12;
                next.month = next.month % 12 + 1;
            } else {
                buckets.push_back({from, std::to_string(next.year), 0});
                next.day = next.month = 1;
                next.year += 1;
            }
        }
        // The C library carries the 25th hour and the 32nd day.
        from = std::max(from_local(next), from + std::chrono::seconds{1});
    }
    for (const auto& [quarter, count] : quarters_) {
        const auto after = std::upper_bound(
            buckets.begin(), buckets.end(), quarter,
            [](TimePoint value, const ReportBucket& bucket) { return value < bucket.from; });
        // The first may begin within its quarter.
        if (!buckets.empty()) (after == buckets.begin() ? after : std::prev(after))->count += count;
    }
    return buckets;
}

void Report::count(Table& table, const std::string& name, const Decision& decision,
                   bool now) const {
    const auto found = table.find(name);
    if (found == table.end() && table.size() >= max_names) return;
    Cell& cell = found == table.end() ? table[name] : found->second;
    const Record& record = decision.record();
    const std::uint64_t number = decision.stored.count;
    if (!now) {
        cell.before += number;
        return;
    }
    cell.count += number;
    cell.people.insert(person_of(record));
    if (record.cause) cell.causes[static_cast<std::size_t>(*record.cause)] += number;
    cell.troubles[static_cast<std::size_t>(decision.login_trouble)] += number;
    std::pair tried{record.cause, sender_of(decision)};
    if (cell.senders.contains(tried) || cell.senders.size() < senders_kept)
        cell.senders[std::move(tried)] += number;
}

void Report::add(const Decision& decision) {
    const Record& record = decision.record();
    const TimePoint time = decision.stored.time;
    const bool now = span().contains(time);
    if (!now && !before_.contains(time)) return;
    const std::uint64_t number = decision.stored.count;
    if (!is_sign_of_refusal(record)) {
        totals_.accepted += now ? number : 0;
        return;
    }
    if (now) {
        (record.verdict == Outcome::monitor      ? totals_.monitored
         : record.verdict == Outcome::mta_reject ? totals_.by_mta
                                                 : totals_.refused) += number;
        people_.insert(person_of(record));
        totals_.wrong_passwords +=
            decision.login_trouble == LoginTrouble::wrong_password ? number : 0;
        watch_.add(decision);
        forms_.add(decision);
        realms_.add(decision);
        quarters_[std::chrono::floor<Quarters>(time)] += number;
    } else {
        refused_before_ += number;
    }
    if (record.cause) count(causes_, std::string(to_string(*record.cause)), decision, now);
    count(record.login.empty() ? clients_ : logins_, person_of(record), decision, now);
    count(networks_, report_network(record.client), decision, now);
    count(senders_, sender_of(decision), decision, now);
}

ReportTotals Report::totals() const {
    ReportTotals totals = totals_;
    totals.people = people_.size();
    totals.refused_before = comparable() ? std::optional{refused_before_} : std::nullopt;
    return totals;
}

ReportRow Report::row_of(const std::string& name, const Cell& cell) const {
    ReportRow row{.name = name, .count = cell.count};
    row.before = comparable() ? std::optional{cell.before} : std::nullopt;
    row.people = cell.people.size();
    const auto cause = std::max_element(cell.causes.begin(), cell.causes.end());
    if (*cause > 0) row.cause = static_cast<Cause>(cause - cell.causes.begin());
    const auto trouble = std::max_element(cell.troubles.begin(), cell.troubles.end());
    row.trouble = static_cast<LoginTrouble>(trouble - cell.troubles.begin());
    std::vector<std::pair<std::string, std::uint64_t>> senders;
    for (const auto& [tried, number] : cell.senders)
        if (tried.first == row.cause) senders.emplace_back(tried.second, number);
    std::sort(senders.begin(), senders.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    for (std::size_t i = 0; i < senders.size() && i < senders_named; ++i)
        row.senders.push_back(senders[i].first);
    row.other_senders = senders.size() - row.senders.size();
    return row;
}

std::vector<ReportRow> Report::top(const Table& table, std::size_t most, bool new_ones_only,
                                   const WholeRealms* told_of) const {
    std::vector<const Table::value_type*> entries;
    for (const auto& entry : table) {
        const bool is_new = entry.second.before == 0 && comparable();
        const bool is_told =
            told_of != nullptr && told_of->explains(entry.first, entry.second.count);
        if (entry.second.count > 0 && (is_new || !new_ones_only) && !is_told)
            entries.push_back(&entry);
    }
    const auto order = [](const auto* a, const auto* b) {
        return a->second.count != b->second.count ? a->second.count > b->second.count
                                                  : a->first < b->first;
    };
    const auto end = entries.begin() + static_cast<std::ptrdiff_t>(std::min(most, entries.size()));
    std::partial_sort(entries.begin(), end, entries.end(), order);
    std::vector<ReportRow> rows;
    for (auto entry = entries.begin(); entry != end; ++entry)
        rows.push_back(row_of((*entry)->first, (*entry)->second));
    return rows;
}

std::vector<ReportRow> Report::causes() const {
    return top(causes_, cause_count);
}
std::vector<ReportRow> Report::logins(std::size_t most) const {
    return top(logins_, most, false, &realms_);
}
std::vector<ReportRow> Report::clients(std::size_t most) const {
    return top(clients_, most);
}
std::vector<ReportRow> Report::senders(std::size_t most) const {
    return top(senders_, most);
}
std::vector<ReportRow> Report::networks(std::size_t most) const {
    return top(networks_, most);
}

const std::vector<Suspect>& Report::suspects() const {
    if (!suspects_) suspects_ = watch_.suspects();
    return *suspects_;
}

const std::vector<WebForm>& Report::forms() const {
    if (!found_forms_) {
        found_forms_ = forms_.forms();
        std::erase_if(*found_forms_, [&](const WebForm& form) {
            return std::any_of(suspects().begin(), suspects().end(),
                               [&](const Suspect& suspect) { return suspect.login == form.login; });
        });
    }
    return *found_forms_;
}

const std::vector<WholeRealm>& Report::realms() const {
    if (!found_realms_) found_realms_ = realms_.realms();
    return *found_realms_;
}

std::vector<ReportRow> Report::fresh_causes() const {
    return top(causes_, cause_count, true);
}
std::vector<ReportRow> Report::fresh_logins(std::size_t most) const {
    return top(logins_, most, true, &realms_);
}
std::vector<ReportRow> Report::fresh_clients(std::size_t most) const {
    return top(clients_, most, true);
}

}  // namespace relaypermit
