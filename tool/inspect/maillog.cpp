#include "tool/inspect/maillog.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "record/json_line.h"
#include "tool/inspect/log_lines.h"

namespace relaypermit {
namespace {

bool needs_a_login(Cause cause) {
    return cause == Cause::login_required || cause == Cause::use_submission ||
           cause == Cause::hosted_sender_needs_login;
}

}  // namespace

std::optional<Decision> MaillogJoiner::take(const SyslogLine& line) {
    if (line.program != "relaypermitd") {
        if (auto failure = login_failure(line)) {
            if (failures_.size() >= max_remembered) failures_.clear();
            failures_[failure->client] = std::move(*failure);
        }
        return std::nullopt;
    }
    auto record = parse_message(line.message);
    if (!record) {
        unreadable_ += looks_like_a_record(line.message) ? 1U : 0U;
        return std::nullopt;
    }
    Decision decision;
    decision.stored = {.id = ++number_,
                       .time = line.time,
                       .last = line.time,
                       .count = 1,
                       .varied = false,
                       .record = std::move(*record)};
    if (!decision.record().login.empty()) {
        // It has logged in by now.
        failures_.erase(decision.record().client);
        return decision;
    }
    if (decision.record().cause && needs_a_login(*decision.record().cause)) {
        const auto failure = failures_.find(decision.record().client);
        if (failure != failures_.end() && line.time >= failure->second.time &&
            line.time - failure->second.time <= same_session) {
            decision.login_trouble = failure->second.trouble;
            decision.tried_login = failure->second.user;
        }
    }
    return decision;
}

tl::expected<MaillogNotes, std::string> read_maillogs(
    const std::vector<std::string>& paths, std::istream& in, TimePoint now,
    const std::function<bool(Decision&&)>& visit) {
    std::vector<std::unique_ptr<LogLines>> logs;
    for (const std::string& path : paths) {
        auto opened = LogLines::open(path, in, now);
        if (!opened) return tl::unexpected(opened.error());
        logs.push_back(std::move(*opened));
    }
    MaillogNotes notes;
    MaillogJoiner joiner;
    for (;;) {
        // There are a handful of them; of equal ones the one named first.
        LogLines* oldest = nullptr;
        for (const auto& log : logs) {
            if (log->line() != nullptr &&
                (oldest == nullptr || log->line()->time < oldest->line()->time)) {
                oldest = log.get();
            }
        }
        if (oldest == nullptr) break;
        const TimePoint time = oldest->line()->time;
        notes.begins = std::min(notes.begins.value_or(time), time);
        auto decision = joiner.take(*oldest->line());
        if (decision && !visit(std::move(*decision))) break;
        oldest->advance();
    }
    notes.unreadable_lines = joiner.unreadable();
    for (const auto& log : logs) {
        notes.overlong_lines += log->overlong();
        if (!log->fault().empty()) notes.faults.push_back(log->fault());
    }
    return notes;
}

}  // namespace relaypermit
