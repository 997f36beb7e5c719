#include "inspect/report.h"

#include <algorithm>
#include <utility>

#include "inspect/when.h"
#include "policy/network.h"

namespace relaypermit {
namespace {

// Senders remembered for a login: enough to name the most frequent three.
constexpr std::size_t senders_kept = 1000;
constexpr std::size_t senders_named = 3;
constexpr std::chrono::hours hourly_up_to{48};
constexpr std::chrono::hours daily_up_to{24 * 35};

bool is_sign_of_refusal(const Record& record) {
    return record.verdict != Outcome::accept;
}

LocalTime midnight(LocalTime at) {
    at.hour = at.minute = at.second = 0;
    return at;
}

std::string short_day(TimePoint time) {
    // "Mon 1 June 2026" without the year and most of the month.
    const std::string day = day_name(time);
    const std::size_t month = day.rfind(' ', day.rfind(' ') - 1) + 1;
    return day.substr(0, month + 3);
}

}  // namespace

std::string network_of(const std::string& client) {
    const auto address = IpAddress::parse(client);
    if (!address) {
        return client;
    }
    const unsigned prefix = address->is_v4() ? 24 : 64;
    return to_string(Network{address->masked(prefix), prefix});
}

Report::Report(const TimeSpan& span, TimePoint end)
    : span_(span),
      end_(span.until.value_or(end)),
      before_{span.since - (end_ - span.since), span.since} {
    make_buckets();
}

void Report::make_buckets() {
    const auto length = end_ - span_.since;
    LocalTime at = local_time(span_.since);
    at.minute = at.second = 0;
    TimePoint from = span_.since;
    while (from < end_) {
        LocalTime next = at;
        if (length <= hourly_up_to) {
            next.hour += 1;
            buckets_.push_back({from, clock_time(from).substr(0, 5), 0});
        } else {
            next = midnight(next);
            next.day += length <= daily_up_to ? 1 : 7;
            buckets_.push_back({from, short_day(from), 0});
        }
        // The C library carries the 25th hour and the 32nd day.
        from = std::max(from_local(next), from + std::chrono::seconds{1});
        at = local_time(from);
    }
}

void Report::count(Table& table, const std::string& name, const Decision& decision,
                   bool now) const {
    const auto found = table.find(name);
    if (found == table.end() && table.size() >= max_names) {
        return;
    }
    Cell& cell = found == table.end() ? table[name] : found->second;
    const Record& record = decision.record();
    const std::uint64_t number = decision.stored.count;
    if (!now) {
        cell.before += number;
        return;
    }
    cell.count += number;
    cell.people.insert(person_of(record));
    if (record.cause) {
        cell.causes[static_cast<std::size_t>(*record.cause)] += number;
    }
    cell.troubles[static_cast<std::size_t>(decision.login_trouble)] += number;
    const std::string& sender = record.cause == Cause::from_not_owned && !record.from.empty()
                                    ? record.from.front()
                                    : record.sender;
    std::pair tried{record.cause, sender};
    if (cell.senders.contains(tried) || cell.senders.size() < senders_kept) {
        cell.senders[std::move(tried)] += number;
    }
}

void Report::add(const Decision& decision) {
    const Record& record = decision.record();
    const TimePoint time = decision.stored.time;
    const bool now = span().contains(time);
    if (!now && !before_.contains(time)) {
        return;
    }
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
        const auto after = std::upper_bound(
            buckets_.begin(), buckets_.end(), time,
            [](TimePoint value, const ReportBucket& bucket) { return value < bucket.from; });
        if (after != buckets_.begin()) {
            std::prev(after)->count += number;
        }
    } else {
        totals_.refused_before += number;
    }
    if (record.cause) {
        count(causes_, std::string(to_string(*record.cause)), decision, now);
    }
    count(record.login.empty() ? clients_ : logins_, person_of(record), decision, now);
    count(networks_, network_of(record.client), decision, now);
    count(senders_,
          record.cause == Cause::from_not_owned && !record.from.empty() ? record.from.front()
                                                                        : record.sender,
          decision, now);
}

ReportTotals Report::totals() const {
    ReportTotals totals = totals_;
    totals.people = people_.size();
    return totals;
}

ReportRow Report::row_of(const std::string& name, const Cell& cell) {
    ReportRow row{.name = name, .count = cell.count, .before = cell.before};
    row.people = cell.people.size();
    const auto cause = std::max_element(cell.causes.begin(), cell.causes.end());
    if (*cause > 0) {
        row.cause = static_cast<Cause>(cause - cell.causes.begin());
    }
    const auto trouble = std::max_element(cell.troubles.begin(), cell.troubles.end());
    row.trouble = static_cast<LoginTrouble>(trouble - cell.troubles.begin());
    std::vector<std::pair<std::string, std::uint64_t>> senders;
    for (const auto& [tried, number] : cell.senders) {
        if (tried.first == row.cause) {
            senders.emplace_back(tried.second, number);
        }
    }
    std::sort(senders.begin(), senders.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    for (std::size_t i = 0; i < senders.size() && i < senders_named; ++i) {
        row.senders.push_back(senders[i].first);
    }
    row.other_senders = senders.size() - row.senders.size();
    return row;
}

std::vector<ReportRow> Report::top(const Table& table, std::size_t most) {
    std::vector<const Table::value_type*> entries;
    for (const auto& entry : table) {
        if (entry.second.count > 0) {
            entries.push_back(&entry);
        }
    }
    const auto order = [](const auto* a, const auto* b) {
        return a->second.count != b->second.count ? a->second.count > b->second.count
                                                  : a->first < b->first;
    };
    const auto end = entries.begin() + static_cast<std::ptrdiff_t>(std::min(most, entries.size()));
    std::partial_sort(entries.begin(), end, entries.end(), order);
    std::vector<ReportRow> rows;
    for (auto entry = entries.begin(); entry != end; ++entry) {
        rows.push_back(row_of((*entry)->first, (*entry)->second));
    }
    return rows;
}

std::vector<ReportRow> Report::causes() const {
    return top(causes_, cause_count);
}
std::vector<ReportRow> Report::logins(std::size_t most) const {
    return top(logins_, most);
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
    if (!suspects_) {
        suspects_ = watch_.suspects();
    }
    return *suspects_;
}

std::vector<ReportRow> Report::fresh(std::size_t most) const {
    Table fresh;
    for (const auto& [name, cell] : logins_) {
        if (cell.before == 0 && cell.count > 0) {
            fresh.emplace(name, cell);
        }
    }
    return top(fresh, most);
}

}  // namespace relaypermit
