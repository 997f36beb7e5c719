#include "tool/wiring/csv_import.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "policy/ascii.h"
#include "policy/domain.h"
#include "policy/pattern.h"
#include "tool/wiring/logical_lines.h"

namespace relaypermit {
namespace {

// The fields of a line (RFC 4180; also apart at semicolons and tabs, as spreadsheets write them).
std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (c == '"' && quoted && at + 1 < line.size() && line[at + 1] == '"')
            fields.back() += line[++at];
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == ',' || c == ';' || c == '\t'))
            fields.emplace_back();
        else
            fields.back() += c;
    }
    for (std::string& field : fields) field = std::string(without_blanks(field));
    return fields;
}

}  // namespace

ImportedPolicy import_csv(std::string_view text, const std::string& name) {
    ImportedPolicy policy;
    policy.source = name;
    OwnerTables tables;
    LookupTable table;
    table.origin = {name, 0};
    std::map<std::string, std::size_t> entry_of;
    std::map<std::string, std::pair<std::set<std::string>, std::vector<FileLine>>> wide;
    std::set<std::string> domains;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::string_view line = without_blanks(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
        ++number;
        const FileLine origin{name, number};
        if (line.empty() || line.front() == '#') continue;
        const std::vector<std::string> fields = fields_of(line);
        if (number == 1 && line.find('@') == std::string_view::npos) continue;
        const auto refuse = [&](std::string why) {
            policy.left_out.push_back({origin, std::string(line), std::move(why)});
        };
        if (fields.size() < 2 || fields[0].empty() || fields[1].empty()) {
            refuse("a line is a login and a sender, with a comma between them");
            continue;
        }
        const std::string login = ascii_lower(fields[0]);
        std::string sender = ascii_lower(fields[1]);
        if (sender.starts_with("*@")) sender = sender.substr(1);
        const auto parsed = Pattern::parse(login, PatternRole::login);
        if (!parsed || parsed->kind() != Pattern::Kind::exact ||
            login.find('@') == std::string::npos) {
            refuse("a login is written as user@domain here");
            continue;
        }
        const std::size_t at = sender.rfind('@');
        if (at == std::string::npos || !normalize_domain(sender.substr(at + 1))) {
            refuse("a sender is an address, or @domain");
            continue;
        }
        domains.insert(login.substr(login.rfind('@') + 1));
        if (at == 0) {
            wide["*" + sender].first.insert(login);
            wide["*" + sender].second.push_back(origin);
            continue;
        }
        const auto [place, added] = entry_of.emplace(sender, table.entries.size());
        if (added)
            table.entries.push_back({sender, login, origin});
        else
            table.entries[place->second].value += "," + login;
    }
    tables.tables.push_back(std::move(table));
    policy.owners = owner_rules(tables);
    for (const auto& [sender, grant] : wide) {
        policy.owners.grants.push_back({"all-of-" + sender.substr(2).substr(0, 56),
                                        {grant.first.begin(), grant.first.end()},
                                        {sender},
                                        {},
                                        grant.second,
                                        {}});
    }
    // Whose realm a login has is hosted here.
    for (const std::string& domain : domains)
        if (normalize_domain(domain)) policy.hosted_domains.push_back({domain, {name, 0}});
    policy.trusted_networks = {{"127.0.0.0/8", {"the default", 0}},
                               {"::1/128", {"the default", 0}}};
    policy.ports = {{"587", {"the default", 0}}, {"465", {"the default", 0}}};
    policy.daemon_names = {{"ORIGINATING", {"the default", 0}}};
    return policy;
}

}  // namespace relaypermit
