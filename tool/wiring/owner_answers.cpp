#include "tool/wiring/owner_answers.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "policy/ascii.h"
#include "policy/pattern.h"
#include "tool/base/visible.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/plain_pattern.h"

namespace relaypermit {
namespace {

std::shared_ptr<const RE2> compiled(const std::string& regex) {
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    return std::make_shared<const RE2>(regex, options);
}

class AnswerReader {
  public:
    explicit AnswerReader(const OwnerTables& tables) : in_(tables) {}

    OwnerAnswers run() {
        read_tables();
        expand_local_parts();
        return std::move(out_);
    }

  private:
    void leave_out(const FileLine& origin, std::string what, std::string why, bool inert = false) {
        out_.left_out.push_back({origin, std::move(what), std::move(why), inert});
    }

    OwnerLogins logins_of(const std::string& value, const FileLine& origin) {
        OwnerLogins logins;
        for (const std::string& written : list_items(value)) {
            std::string login = ascii_lower(written);
            if (login.find('@') == std::string::npos) {
                if (in_.logins_have_realms || in_.default_realm.empty()) {
                    leave_out(origin, written,
                              "logins of this server have a realm, so that this one never logs in",
                              true);
                    continue;
                }
                login += "@" + in_.default_realm;
            }
            const auto pattern = Pattern::parse(login, PatternRole::login);
            if (!pattern || pattern->kind() != Pattern::Kind::exact || !is_plain(login)) {
                leave_out(origin, written, "a policy cannot name such a login");
                continue;
            }
            out_.known_logins.insert(login);
            logins.insert(std::move(login));
        }
        return logins;
    }

    void read_entry(const TableEntry& entry, Turn turn) {
        const std::size_t at = entry.key.rfind('@');
        OwnerKeys& keys = at == std::string::npos ? out_.bare
                          : at == 0               ? out_.domains
                                                  : out_.addresses;
        const std::string name = at == 0 ? entry.key.substr(1) : entry.key;
        if (keys.contains(name)) return;  // the first answer
        if (valid_utf8(entry.key) != entry.key || valid_utf8(entry.value) != entry.value) {
            leave_out(entry.origin, entry.key, "it is no UTF-8");
            stop_at(turn);
            return;
        }
        if (at != std::string::npos && at + 1 == entry.key.size()) {
            leave_out(entry.origin, entry.key, "it is no address, and Postfix never asks for it",
                      true);
            return;
        }
        keys.emplace(name, OwnerKey{logins_of(entry.value, entry.origin), turn, entry.origin});
    }

    void read_rule(const PatternLine& line) {
        OwnerPattern rule;
        rule.line = line;
        rule.turn = turn_;
        rule.templated = has_groups(line.result);
        if (!rule.templated) {
            const auto filled = fill_result(line.result, {});
            if (filled) rule.logins = logins_of(*filled, line.origin);
        }
        if (rule.line.pattern.refusal.empty() ? line.pattern.regex.empty()
                                              : line.pattern.wider.empty())
            stop_at(turn_);
        const std::string& reach =
            line.pattern.regex.empty() ? line.pattern.wider : line.pattern.regex;
        if (!reach.empty()) rule.reach = compiled(reach);
        out_.patterns.push_back(std::move(rule));
        ++turn_;
    }

    // From here on nobody knows what Postfix answers.
    void stop_at(Turn turn) { out_.barrier = std::min(out_.barrier, turn); }

    void read_tables() {
        for (const LookupTable& table : in_.tables) {
            for (const NotImported& mistake : table.mistakes) out_.left_out.push_back(mistake);
            if (out_.answers_all) {
                leave_out(table.origin, table.name,
                          "a static table before it answers all, so that Postfix never asks it",
                          true);
                continue;
            }
            switch (table.kind) {
                case LookupTable::Kind::entries:
                    for (const TableEntry& entry : table.entries) read_entry(entry, turn_);
                    break;
                case LookupTable::Kind::patterns:
                    for (const PatternLine& line : table.patterns) read_rule(line);
                    break;
                case LookupTable::Kind::every_key: {
                    OwnerPattern rule;
                    rule.every = true;
                    rule.turn = turn_;
                    rule.line.origin = table.origin;
                    rule.line.written = table.name;
                    rule.logins = logins_of(table.value, table.origin);
                    out_.patterns.push_back(std::move(rule));
                    out_.answers_all = true;
                    break;
                }
                case LookupTable::Kind::unknown: {
                    if (table.queried && in_.tables.size() == 1) {
                        out_.queried = table;
                        break;
                    }
                    std::string what = table.name;
                    for (const std::string& detail : table.details) what += "\n" + detail;
                    leave_out(table.origin, std::move(what), table.why);
                    stop_at(turn_);
                    break;
                }
            }
            ++turn_;
        }
    }

    // A local part alone is asked for where the domain is the server's own, after the address with
    // and without extension.
    void expand_local_parts() {
        OwnerKeys local_parts;
        for (const auto& [local, key] : out_.bare) {
            if (in_.local_domains.empty())
                leave_out(key.origin, local, "mydestination is empty, so Postfix never asks for it",
                          true);
            for (const std::string& domain : in_.local_domains) {
                const std::string address = local + "@" + domain;
                if (out_.addresses.contains(address)) continue;
                local_parts.emplace(address, OwnerKey{key.logins, never_asked, key.origin});
            }
        }
        for (const auto& [address, key] : local_parts) {
            const std::string base = without_extension(address, in_.delimiters);
            if (base != address && out_.addresses.contains(base)) continue;
            out_.addresses.emplace(address, key);
        }
    }

    const OwnerTables& in_;
    OwnerAnswers out_{};
    Turn turn_{};
};

}  // namespace

OwnerAnswers owner_answers(const OwnerTables& tables) {
    return AnswerReader(tables).run();
}

}  // namespace relaypermit
