#include "tool/wiring/postfix_answers.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

#include "policy/address.h"
#include "policy/ascii.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/run_program.h"

namespace relaypermit {
namespace {

std::string without_proxy(std::string name) {
    while (name.starts_with("proxy:")) name = name.substr(6);
    return name;
}

// Whether it is asked for whole addresses alone; of a union or pipe its first table decides
// (dict_union.c, dict_pipe.c).
bool asks_whole_addresses_alone(const std::string& name) {
    const std::string type = name.substr(0, name.find(':'));
    if (type == "unionmap" || type == "pipemap") {
        const std::size_t open = name.find('{');
        const std::size_t close = name.rfind('}');
        if (open == std::string::npos || close == std::string::npos || close < open) return false;
        const auto members = list_items(name.substr(open + 1, close - open - 1));
        return !members.empty() && asks_whole_addresses_alone(without_proxy(members.front()));
    }
    return type == "regexp" || type == "pcre" || type == "socketmap" || type == "tcp";
}

using Answers = std::map<std::string, std::string, std::less<>>;

tl::expected<Answers, std::string> ask(const std::string& directory, const std::string& table,
                                       const std::set<std::string>& keys) {
    std::string input;
    for (const std::string& key : keys) input += key + "\n";
    Answers answers;
    if (input.empty()) return answers;
    const auto done = run_program({"postmap", "-c", directory, "-q", "-", table}, input);
    if (!done) return tl::make_unexpected(done.error());
    // 1: some were not found, or it failed, and then it says so.
    if (done->status > 1 || done->err.find("fatal: ") != std::string::npos)
        return tl::make_unexpected("postmap -q - " + table + ": " +
                                   std::string(without_blanks(done->err)));
    std::string_view printed = done->out;
    while (!printed.empty()) {
        const std::string_view line = printed.substr(0, printed.find('\n'));
        printed.remove_prefix(std::min(line.size() + 1, printed.size()));
        if (const std::size_t tab = line.find('\t'); tab != std::string_view::npos)
            answers.emplace(line.substr(0, tab), line.substr(tab + 1));
    }
    return answers;
}

struct Sender {
    std::string key{};    // in lower case
    std::string base{};   // without its extension; empty: it has none
    std::string local{};  // its local part, where the domain is the server's own
    std::string base_local{};
    std::string domain{};
};

}  // namespace

tl::expected<std::map<std::string, std::optional<std::string>>, std::string> owners_by_postfix(
    const AskedTables& tables, const std::set<std::string>& senders) {
    std::map<std::string, std::optional<std::string>> owners;
    std::map<std::string, Sender> open;
    for (const std::string& written : senders) {
        owners[written] = std::nullopt;
        Sender sender{ascii_lower(written), {}, {}, {}, {}};
        const std::size_t at = sender.key.rfind('@');
        if (at == std::string::npos) continue;
        sender.domain = sender.key.substr(at + 1);
        const Address address{sender.key.substr(0, at), sender.domain};
        const Address base = without_subaddress(address, tables.delimiters);
        if (!(base == address)) sender.base = base.local + "@" + sender.domain;
        if (std::find(tables.local_domains.begin(), tables.local_domains.end(), sender.domain) !=
            tables.local_domains.end()) {
            sender.local = address.local;
            if (!sender.base.empty()) sender.base_local = base.local;
        }
        open.emplace(written, std::move(sender));
    }
    const std::array<std::function<std::string(const Sender&)>, 5> turns = {
        [](const Sender& one) { return one.key; }, [](const Sender& one) { return one.base; },
        [](const Sender& one) { return one.local; },
        [](const Sender& one) { return one.base_local; },
        [](const Sender& one) { return "@" + one.domain; }};
    for (std::size_t turn = 0; turn < turns.size(); ++turn)
        for (const std::string& written : tables.names) {
            const std::string table = without_proxy(written);
            if (turn > 0 && asks_whole_addresses_alone(table)) continue;
            std::set<std::string> keys;
            for (const auto& [name, sender] : open)
                if (std::string key = turns.at(turn)(sender); !key.empty()) keys.insert(key);
            const auto answers = ask(tables.directory, table, keys);
            if (!answers) return tl::make_unexpected(answers.error());
            for (auto sender = open.begin(); sender != open.end();) {
                const auto found = answers->find(turns.at(turn)(sender->second));
                if (found == answers->end()) {
                    ++sender;
                    continue;
                }
                owners[sender->first] = found->second;
                sender = open.erase(sender);
            }
        }
    return owners;
}

}  // namespace relaypermit
