#include "record/flood.h"

#include <cstdint>
#include <utility>

#include "policy/network.h"

namespace relaypermit {
namespace {

void add(std::string& key, std::string_view value) {
    // The length keeps "ab" + "c" and "a" + "bc" apart, whatever bytes a client wrote.
    key += std::to_string(value.size());
    key += ':';
    key += value;
}

std::string subject(const Record& record, const std::string& client) {
    std::string key;
    add(key, client);
    add(key, to_string(record.verdict));
    add(key, record.cause ? to_string(*record.cause) : std::string_view{});
    add(key, record.login);
    return key;
}

std::string everything(const Record& record) {
    std::string key = subject(record, record.client);
    add(key, to_string(record.stage));
    for (const std::string* value : {&record.mechanism, &record.sender, &record.header_sender,
                                     &record.mailer, &record.daemon, &record.tls, &record.helo}) {
        add(key, *value);
    }
    for (const auto* list : {&record.from, &record.recipients, &record.rules}) {
        add(key, std::to_string(list->size()));
        for (const std::string& value : *list) add(key, value);
    }
    for (const Cause cause : record.also) add(key, to_string(cause));
    if (record.agent) add(key, *record.agent);
    add(key, std::to_string(record.recipient_count));
    add(key, std::to_string(record.port));
    add(key, to_string(record.mta));
    return key;
}

std::string flood_network(const std::string& client) {
    const auto address = IpAddress::parse(client);
    return address ? to_string(address->masked(address->is_v4() ? 32 : 64)) : client;
}

}  // namespace

bool Flood::may_share(const Record& record) {
    return record.verdict == Outcome::reject || record.verdict == Outcome::tempfail ||
           record.verdict == Outcome::mta_reject;
}

bool Flood::too_many(const std::string& client, TimePoint time) {
    const TimePoint minute{std::chrono::floor<std::chrono::minutes>(time.time_since_epoch())};
    Client& seen = clients_[client];
    if (seen.minute != minute) seen = {minute, 0};
    return ++seen.rows > rows_a_minute;
}

void Flood::make_room(TimePoint time) {
    if (clients_.size() >= max_remembered) clients_.clear();
    if (rows_.size() < max_remembered) return;
    std::erase_if(rows_,
                  [&](const auto& entry) { return time - entry.second.begun >= collapse_window; });
    // Were only a few forgotten, the next call would have to walk through all of them again.
    if (rows_.size() > max_remembered * 3 / 4) rows_.clear();
}

Flood::Place Flood::place(const Record& record, TimePoint time) {
    pending_.clear();
    if (!may_share(record)) return {};
    make_room(time);
    const auto join = [&](const std::string& key, bool varied) -> Place {
        const auto found = rows_.find(key);
        // A clock that was set back begins a new row too.
        if (found == rows_.end() || time - found->second.begun >= collapse_window ||
            time < found->second.begun) {
            return {};
        }
        return {found->second.id, varied, ++found->second.references < max_references};
    };
    std::string key = everything(record);
    if (const Place same = join(key, false); same.row != 0) return same;
    bool varied = false;
    if (const std::string network = flood_network(record.client); too_many(network, time)) {
        varied = true;
        key = "*" + subject(record, network) +
              std::to_string(
                  std::chrono::floor<std::chrono::minutes>(time.time_since_epoch()).count());
        if (const Place flooded = join(key, true); flooded.row != 0) return flooded;
    }
    pending_ = std::move(key);
    pending_time_ = time;
    return {0, varied, false};
}

void Flood::placed(std::int64_t row) {
    if (!pending_.empty()) rows_[std::exchange(pending_, {})] = {row, pending_time_, 0};
}

void Flood::gone(std::int64_t row) {
    std::erase_if(rows_, [&](const auto& entry) { return entry.second.id == row; });
}

void Flood::forget() {
    rows_.clear();
    clients_.clear();
    pending_.clear();
}

}  // namespace relaypermit
