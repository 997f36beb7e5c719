#include "tables/table_lookups.h"

#include <algorithm>
#include <utility>

#include "policy/table_questions.h"
#include "tables/sender_keys.h"

namespace relaypermit {

using std::chrono::steady_clock;

TableLookups::TableLookups(std::vector<OpenTable> tables, SteadyClock clock,
                           std::function<void(const std::string&)> report, Watch watch,
                           AddressRules rules)
    : watch_(std::move(watch)) {
    for (OpenTable& open : tables) {
        const std::string id = open.settings.id;
        rules.local_domains = open.settings.local_domains;
        workers_.emplace(id, std::make_shared<TableWorker>(std::move(open), rules, clock, report));
    }
}

TableLookups::~TableLookups() {
    for (auto& [id, worker] : workers_) worker->stop();
}

std::shared_ptr<const TableRow> TableLookups::look_up(TableWorker& worker, const TableKey& key,
                                                      const std::string& name,
                                                      steady_clock::time_point deadline,
                                                      TableAnswer& answer) const {
    const auto since = steady_clock::now();
    RowAnswer found = worker.ask(key, deadline);
    const auto took = steady_clock::now() - since;
    // What a domain table has is one value, whatever it is.
    const bool of_domains = worker.settings().by == TableBy::domain;
    const std::size_t values = !found.row   ? 0
                               : of_domains ? std::size_t{found.row->has_values}
                                            : found.row->patterns.size();
    answer.lookups.push_back({name, found.known, values,
                              std::chrono::duration_cast<std::chrono::microseconds>(took),
                              found.cached});
    if (watch_)
        watch_(answer.table, {took, found.known, found.cached,
                              found.known && !found.cached ? found.row->ignored : 0});
    if (answer.known || !found.known) answer.why = std::move(found.why);
    answer.known = answer.known && found.known;
    answer.stale_s = std::max(answer.stale_s, found.stale_s);
    return std::move(found.row);
}

TableAnswer TableLookups::ask(const Question& question, const Login& login, Deadlines* deadlines) {
    TableAnswer answer{question.key, true, {}, {}, question.address};
    const auto found = workers_.find(question.key);
    if (found == workers_.end()) {
        answer.known = false;
        answer.why = "no such table";
        if (watch_) watch_(question.key, {});
        return answer;
    }
    TableWorker& worker = *found->second;
    const TableBy by = worker.settings().by;
    const bool by_sender = by == TableBy::sender;
    const bool about_a_domain = is_about_domain(question);
    const bool about_an_address = !question.address.domain.empty() && !about_a_domain;
    // While a reload puts another table in the place of this one, or could not.
    const DomainRole role =
        question.kind == Question::Kind::relay_domain ? DomainRole::relay : DomainRole::hosted;
    if (about_a_domain != (by == TableBy::domain) ||
        (about_a_domain && worker.settings().role != role) ||
        (by_sender != about_an_address && (by_sender || !worker.table().uses().sender))) {
        answer.known = false;
        answer.why = "the table is still that of the policy before";
        return answer;
    }
    auto deadline = steady_clock::now() + std::chrono::milliseconds(worker.settings().timeout_ms);
    if (deadlines != nullptr)
        deadline = deadlines->try_emplace(question.key, deadline).first->second;
    if (about_a_domain) {
        const std::string& domain = question.address.domain;
        const auto row = look_up(worker, {{}, domain, {}, domain}, domain, deadline, answer);
        if (row && row->has_values)
            answer.key = domain;
        else
            answer.stale_s = 0;
        return answer;
    }
    if (!by_sender) {
        TableKey key = key_of(login);
        std::string name = to_string(login);
        if (about_an_address) {
            key.sender = to_string(question.address);
            name += " " + key.sender;
        }
        if (const auto row = look_up(worker, key, name, deadline, answer))
            answer.senders = row->patterns;
        else
            answer.stale_s = 0;
        return answer;
    }
    if (login.user.empty() && worker.table().uses().login) {
        answer.known = false;
        answer.why = "it is asked for one login at a time";
        return answer;
    }
    const KeysFor what =
        worker.table().is_for_whole_addresses() ? KeysFor::whole_addresses : KeysFor::rows;
    for (SenderKey& one : sender_keys(question.address, worker.rules(), what)) {
        const TableKey key{login, std::move(one.text), std::move(one.user), std::move(one.domain)};
        const auto row = look_up(worker, key, key.sender, deadline, answer);
        if (!row) break;
        if (!row->has_values) continue;
        answer.key = key.sender;
        answer.logins = row->patterns;
        break;
    }
    if (answer.key.empty()) answer.stale_s = 0;
    return answer;
}

std::vector<std::string> TableLookups::ids() const {
    std::vector<std::string> ids;
    for (const auto& [id, worker] : workers_) ids.push_back(id);
    return ids;
}

void TableLookups::forget_what_was_said() {
    for (const auto& [id, worker] : workers_) worker->forget_what_was_said();
}

std::string TableLookups::fault(const std::string& table) const {
    const auto worker = workers_.find(table);
    return worker == workers_.end() ? "" : worker->second->fault();
}

}  // namespace relaypermit
