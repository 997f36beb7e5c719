#include "tool/inspect/replay.h"

#include <algorithm>
#include <cstdint>

namespace relaypermit {
namespace {

std::string key_of(const Record& record, const Rejudged& now, Change change) {
    std::string key = std::to_string(static_cast<int>(change));
    const auto add = [&](std::string_view part) {
        key += '\n';
        key += part;
    };
    add(to_string(record.stage));
    add(to_string(record.verdict));
    add(record.cause ? to_string(*record.cause) : std::string_view{});
    add(to_string(now.outcome));
    add(now.cause ? to_string(*now.cause) : std::string_view{});
    for (const std::string& rule : now.rules) add(rule);
    return key;
}

}  // namespace

void Replay::add(const Decision& decision) {
    const Record& record = decision.record();
    const std::uint64_t count = decision.stored.count;
    decisions_ += count;
    if (decision.stored.varied) {
        unjudged_[Unjudged::varied] += count;
        return;
    }
    const Rejudged now = rejudge(policy_, record, decision.stored.time, ask_);
    if (now.unjudged != Unjudged::no) {
        unjudged_[now.unjudged] += count;
        return;
    }
    if (record.stage == Stage::headers && record.recipient_count > record.recipients.size())
        without_recipients_ += count;
    const Change change = compare(record, now);
    if (change == Change::none) return;
    changed_ += count;
    ChangeGroup& group = groups_[key_of(record, now, change)];
    if (group.count == 0) {
        group.change = change;
        group.stage = record.stage;
        group.was = record.verdict;
        group.before = record.cause;
        group.becomes = now.outcome;
        group.after = now.cause;
        group.rules = now.rules;
    }
    group.count += count;
    const bool new_person = group.people.insert(person_of(record)).second;
    if (new_person && group.examples.size() < ChangeGroup::max_examples)
        group.examples.push_back(decision);
}

std::vector<ChangeGroup> Replay::groups() const {
    std::vector<ChangeGroup> sorted;
    for (const auto& [key, group] : groups_) sorted.push_back(group);
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return a.change != b.change ? a.change < b.change : a.count > b.count;
    });
    return sorted;
}

}  // namespace relaypermit
