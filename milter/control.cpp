#include "milter/control.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "config/suspensions.h"

namespace relaypermit {

namespace {

// `file`: where `relaypermit suspend` writes them.
void tell_of_suspensions(const Policy& policy, const std::string& file, TimePoint now,
                         DaemonStatus& status) {
    constexpr std::size_t most = 50;
    std::vector<SuspensionStatus> ended;
    for (const Restriction& restriction : policy.source().restrictions) {
        if (!restriction.suspended) continue;
        ++status.suspension_count;
        const Validity& time = *restriction.time;
        SuspensionStatus told;
        if (restriction.place.file() == file && !restriction.logins.empty())
            told.login = (*restriction.logins.begin()).pattern.text();
        told.rule = restriction.id;
        told.place = to_string(restriction.place);
        if (!has_begun(time, now)) told.since = time.since_text;
        told.until = time.until_text;
        told.ended = is_over(time, now);
        told.note = restriction.note;
        auto& list = told.ended ? ended : status.suspensions;
        if (list.size() < most) list.push_back(std::move(told));
    }
    for (SuspensionStatus& one : ended)
        if (status.suspensions.size() < most) status.suspensions.push_back(std::move(one));
}

DaemonStatus status_of(const ControlDesk& desk) {
    const auto [snapshot, origin] = desk.policies.current_and_origin();
    const std::filesystem::path& path = desk.policies.path();
    DaemonStatus status;
    status.process = ::getpid();
    std::error_code fault;
    const auto absolute = std::filesystem::absolute(path, fault);
    status.policy = (fault ? path : absolute).lexically_normal().string();
    const auto more = absolute.parent_path() / "policy.d";
    const auto folder = std::filesystem::weakly_canonical(more, fault);
    status.folder = (fault ? more : folder).string();
    status.summary = describe(*snapshot->policy);
    status.since = origin.since;
    status.suspensions_on_top = origin.suspensions_on_top;
    status.kept_over_a_crash = origin.kept_over_a_crash;
    tell_of_suspensions(*snapshot->policy, suspensions_file(path).string(), desk.now(), status);
    status.files = origin.files;
    status.changed = changed_files(origin.files, policy_files(path));
    status.reload = origin.reload;
    desk.surroundings(snapshot->settings, status);
    return status;
}

ControlAnswer account_of(const ControlDesk& desk, const std::string& typed) {
    const auto [snapshot, origin] = desk.policies.current_and_origin();
    const Policy& policy = *snapshot->policy;
    ControlAnswer answer;
    const auto login = named_account(policy, typed);
    if (!login) {
        answer.fault = login.error();
        return answer;
    }
    AccountState& account = answer.account.emplace();
    account.login = to_string(*login);
    for (const Login& form : names_of(policy, *login)) account.forms.push_back(to_string(form));
    const TimePoint now = desk.now();
    account.why_not = why_it_goes_on(policy, origin.places, *login, now);
    if (!desk.judges_logins)
        account.why_not = "it serves no milter, so it judges nobody who logs in";
    account.suspended = account.why_not.empty();
    if (const Restriction* found = suspension_of_any(policy, *login, now)) {
        account.rule = found->id;
        account.place = to_string(found->place);
        account.until = suspended_until(policy, *login, now);
    }
    return answer;
}

}  // namespace

ReloadReport Reloads::run() {
    const std::lock_guard lock(mutex_);
    reload_();
    return policies_.current_and_origin().second.reload;
}

ControlAnswer answer_control(const ControlDesk& desk, const ControlRequest& request) {
    ControlAnswer answer;
    switch (request.ask) {
        case ControlRequest::Ask::status:
            answer.status = status_of(desk);
            break;
        case ControlRequest::Ask::reload:
            answer.reload = desk.reloads.run();
            break;
        case ControlRequest::Ask::account:
            return account_of(desk, request.login);
    }
    return answer;
}

RequestServerLimits control_limits() {
    using namespace std::chrono_literals;
    return {.connections = 16,
            .reserved = 16,
            .request_bytes = max_control_request,
            .idle = 10s,
            .unfinished = 10s,
            .has_reserve = is_of_root_or_self};
}

Conversation::Turn Control::take_turn(std::string& input, std::string& output) {
    const std::size_t end = input.find('\n');
    if (end == std::string::npos) return Turn::part_of_a_request;
    const auto request = read_control_request(std::string_view(input).substr(0, end));
    input.erase(0, end + 1);
    ControlAnswer answer;
    if (!request) {
        answer.fault = "this daemon knows no such request";
        output += to_line(answer);
        return Turn::junk;
    }
    try {
        answer = answer_control(desk_, *request);
    } catch (const std::exception& error) {
        answer = {};
        answer.fault = error.what();
    }
    output += to_line(answer);
    return Turn::request;
}

}  // namespace relaypermit
