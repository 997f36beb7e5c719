#include "tool/wiring/owner_rules.h"

#include <re2/re2.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "policy/address.h"
#include "policy/ascii.h"
#include "policy/pattern.h"
#include "tool/base/visible.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/pattern_inverse.h"

namespace relaypermit {
namespace {

using Logins = std::set<std::string>;
// Where something stands in the order in which Postfix asks.
using Turn = std::size_t;
constexpr Turn never = std::numeric_limits<Turn>::max();

struct Key {
    Logins logins{};
    Turn turn{};
    FileLine origin{};
};
using Keys = std::map<std::string, Key, std::less<>>;

struct Rule {
    PatternLine line{};
    bool every{};  // static: no pattern
    Logins logins{};
    bool templated{};
    Turn turn{};
    bool carried{};
    std::shared_ptr<const RE2> reach{};  // all that it may answer for; null: not known
};

bool includes(const Logins& all, const Logins& some) {
    return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

std::optional<Address> address_of(std::string_view key) {
    const auto parsed = parse_address(key);
    if (!parsed || parsed->domain.empty()) return std::nullopt;
    return *parsed;
}

std::string in_slashes(std::string_view regex) {
    return "/" + std::string(regex) + "/";
}

std::shared_ptr<const RE2> compiled(const std::string& regex) {
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    return std::make_shared<const RE2>(regex, options);
}

// Letters and signs that have no other meaning to a policy, or to people who write one.
bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80 ||
               std::string_view("@._+-='~&").find(c) != std::string_view::npos;
    });
}

// An address as it stands in `senders`.
bool is_plain_sender(const std::string& key) {
    const auto pattern = Pattern::parse(key, PatternRole::sender);
    return is_plain(key) && pattern && pattern->kind() == Pattern::Kind::exact;
}
bool is_plain_domain(const std::string& domain) {
    return is_plain(domain) && Pattern::parse("*@" + domain, PatternRole::sender);
}

std::string as_pattern(const std::string& key) {
    return is_plain_sender(key) ? key : in_slashes("^" + quoted_regex(key) + "$");
}

class Translator {
  public:
    Translator(const OwnerTables& tables, const std::set<std::string>& all_logins)
        : in_(tables), all_logins_(all_logins) {}

    OwnerRules run() {
        read_tables();
        expand_local_parts();
        // Grants by pattern would cover subaddresses too where the policy knows of them.
        out_.subaddresses = !in_.delimiters.empty() && rules_.empty() && barrier_ == never;
        prepare_extensions();
        grant_rules();
        grant_keys();
        grant_domains();
        grant_unowned();
        name_grants();
        return std::move(out_);
    }

  private:
    void leave_out(const FileLine& origin, std::string what, std::string why, bool inert = false) {
        out_.left_out.push_back({origin, std::move(what), std::move(why), inert});
    }

    // -- reading ---------------------------------------------------------------

    Logins logins_of(const std::string& value, const FileLine& origin) {
        Logins logins;
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
        Keys& keys = at == std::string::npos ? bare_ : at == 0 ? domains_ : addresses_;
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
        keys.emplace(name, Key{logins_of(entry.value, entry.origin), turn, entry.origin});
    }

    void read_rule(const PatternLine& line) {
        Rule rule;
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
        rules_.push_back(std::move(rule));
        ++turn_;
    }

    // From here on nobody knows what Postfix answers.
    void stop_at(Turn turn) { barrier_ = std::min(barrier_, turn); }

    void read_tables() {
        for (const LookupTable& table : in_.tables) {
            for (const NotImported& mistake : table.mistakes) out_.left_out.push_back(mistake);
            if (answers_all_) {
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
                    Rule rule;
                    rule.every = true;
                    rule.turn = turn_;
                    rule.line.origin = table.origin;
                    rule.line.written = table.name;
                    rule.logins = logins_of(table.value, table.origin);
                    rules_.push_back(std::move(rule));
                    answers_all_ = true;
                    break;
                }
                case LookupTable::Kind::unknown: {
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

    // -- addresses -------------------------------------------------------------

    static std::string domain_of(const std::string& address) {
        return address.substr(address.rfind('@') + 1);
    }

    [[nodiscard]] std::string base_of(const std::string& key) const {
        const auto address = address_of(key);
        if (!address) return key;
        return address_key(without_subaddress(*address, in_.delimiters));
    }

    // A local part alone is asked for where the domain is the server's own, after the address with
    // and without extension.
    void expand_local_parts() {
        for (const auto& [local, key] : bare_) {
            if (in_.local_domains.empty())
                leave_out(key.origin, local, "mydestination is empty, so Postfix never asks for it",
                          true);
            for (const std::string& domain : in_.local_domains) {
                const std::string address = local + "@" + domain;
                if (addresses_.contains(address)) continue;
                local_parts_.emplace(address, Key{key.logins, never, key.origin});
            }
        }
        for (const auto& [address, key] : local_parts_) {
            const std::string base = base_of(address);
            if (base != address && addresses_.contains(base)) continue;
            addresses_.emplace(address, key);
        }
        for (const auto& [address, key] : addresses_) out_.known_senders.insert(address);
    }

    // Whether a rule may answer for an address.
    [[nodiscard]] static bool may_answer(const Rule& rule, const std::string& key) {
        if (rule.every) return true;
        const TablePattern& pattern = rule.line.pattern;
        const bool found = rule.reach == nullptr ||
                           RE2::FullMatch(re2::StringPiece(key.data(), key.size()), *rule.reach);
        return pattern.negated ? rule.reach == nullptr || !found : found;
    }

    // Whether a pattern surely matches no address of the domain: it ends in another one.
    static bool is_elsewhere(const TablePattern& pattern, const std::string& domain) {
        const std::string& regex = pattern.regex.empty() ? pattern.wider : pattern.regex;
        const std::size_t at = regex.rfind('@');
        if (at == std::string::npos || !regex.ends_with("$") ||
            pattern.inside.find('|') != std::string::npos)
            return false;
        std::string name;
        for (std::size_t i = at + 1; i + 1 < regex.size(); ++i)
            if (regex[i] == '\\' && i + 2 < regex.size() &&
                (regex[i + 1] == '.' || regex[i + 1] == '-'))
                name += regex[++i];
            else if (is_name_character(regex[i]))
                name += regex[i];
            else
                return false;
        return ascii_lower(name) != domain;
    }
    static bool is_name_character(char c) {
        const char small = ascii_lower(std::string(1, c)).front();
        return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }

    // Patterns for `except` of all that rules before `before` answer, but those that give these
    // logins their right themselves. nullopt where no pattern says it.
    std::optional<std::vector<std::string>> reach_of_rules(Turn before, const Logins& logins,
                                                           bool templated,
                                                           const std::string& domain = {}) const {
        std::vector<std::string> reach;
        for (const Rule& rule : rules_) {
            if (rule.turn >= before) break;
            if (!templated && !rule.templated && rule.carried && includes(rule.logins, logins))
                continue;
            if (rule.every || rule.line.pattern.negated) return std::nullopt;
            const TablePattern& pattern = rule.line.pattern;
            if (!domain.empty() && is_elsewhere(pattern, domain)) continue;
            reach.push_back(in_slashes(pattern.regex.empty() ? pattern.wider : pattern.regex));
        }
        return reach;
    }

    // Extensions where the policy itself knows nothing of them: alice+*@example.com.
    [[nodiscard]] std::vector<std::string> extensions_of(const std::string& key) const {
        std::vector<std::string> patterns;
        const auto address = address_of(key);
        if (!address || !is_plain(key) ||
            address->local.find_first_of(in_.delimiters) != std::string::npos)
            return patterns;
        for (const std::string_view whole : {"postmaster", "mailer-daemon", "double-bounce"})
            if (ascii_lower(address->local) == whole) return patterns;
        for (const char delimiter : in_.delimiters) {
            if (ascii_lower(address->local) == "owner" && delimiter == '-') continue;
            const std::string start = address->local + delimiter;
            patterns.push_back(is_plain(key) ? start + "*@" + address->domain
                                             : in_slashes("^" + quoted_regex(start) + ".*@" +
                                                          quoted_regex(address->domain) + "$"));
        }
        return patterns;
    }

    void prepare_extensions() {
        for (const auto& [address, key] : addresses_) {
            const std::string base = base_of(address);
            if (base != address) extended_[base].push_back(address);
            by_domain_[domain_of(address)].push_back(address);
        }
        if (in_.delimiters.empty() || out_.subaddresses || answers_all_) return;
        if (barrier_ != never) {
            leave_out({"recipient_delimiter", 0}, in_.delimiters,
                      "what a table that could not be read says of addresses with an extension is "
                      "not known: they are granted where they stand in a table themselves");
            return;
        }
        if (reach_of_rules(never, {}, true))
            grants_extensions_ = true;
        else
            leave_out({"recipient_delimiter", 0}, in_.delimiters,
                      "a pattern with `!` answers for addresses with an extension first");
    }

    // What answers before an address without its extension.
    [[nodiscard]] std::vector<std::string> before_extensions(const std::string& domain) const {
        std::vector<std::string> except =
            reach_of_rules(never, {}, true, domain).value_or(std::vector<std::string>());
        if (in_.delimiters.find('-') != std::string::npos)
            except.push_back(in_slashes("^.*-request@.*$"));
        return except;
    }

    // -- grants ----------------------------------------------------------------

    void grant(std::vector<std::string> logins, std::vector<std::string> senders,
               std::vector<std::string> except, std::vector<FileLine> origins,
               std::string remark = {}) {
        if (logins.empty() || senders.empty()) return;
        out_.grants.push_back({{},
                               std::move(logins),
                               std::move(senders),
                               std::move(except),
                               std::move(origins),
                               std::move(remark)});
    }

    static std::vector<std::string> list_of(const Logins& logins) {
        return {logins.begin(), logins.end()};
    }

    void grant_rules() {
        for (Rule& rule : rules_) grant_rule(rule);
    }

    void grant_rule(Rule& rule) {
        const PatternLine& line = rule.line;
        if (rule.every ? rule.turn >= barrier_ : rule.turn > barrier_) {
            leave_out(line.origin, line.written, "it stands behind what could not be carried over");
            return;
        }
        if (rule.every) {
            grant_matching(rule, {"*"}, {}, list_of(rule.logins));
            return;
        }
        const TablePattern& pattern = line.pattern;
        if (!pattern.refusal.empty()) {
            leave_out(line.origin, line.written, pattern.refusal);
            return;
        }
        std::vector<std::string> except;
        for (const TablePattern& condition : line.conditions) {
            if (!condition.refusal.empty() || condition.regex.empty()) {
                leave_out(line.origin, line.written, "of the `if` around it, " + condition.refusal);
                return;
            }
            if (condition.negated)
                except.push_back(in_slashes(condition.regex));
            else if (!implies(pattern, condition)) {
                leave_out(
                    line.origin, line.written,
                    "a policy has no \"and\" for the `if` around it: write one pattern of both");
                return;
            }
        }
        if (!rule.templated) {
            if (pattern.negated) except.push_back(in_slashes(pattern.regex));
            grant_matching(rule, {pattern.negated ? "*" : in_slashes(pattern.regex)}, except,
                           list_of(rule.logins));
            return;
        }
        if (pattern.negated) {
            leave_out(line.origin, line.written, "a pattern with `!` has no groups");
            return;
        }
        auto inverse = inverse_pattern(pattern.regex, line.result, in_.default_realm);
        if (inverse && (!Pattern::parse(inverse->login, PatternRole::login) ||
                        !Pattern::parse(inverse->sender, PatternRole::sender)))
            inverse = tl::make_unexpected(std::string("a policy cannot say it"));
        if (!inverse) {
            leave_out(line.origin, line.written, inverse.error());
            return;
        }
        grant_matching(rule, {inverse->sender}, except, {inverse->login});
    }

    // Whether the inner pattern matches nothing that the condition does not: both end in the same
    // characters from an @ on.
    static bool implies(const TablePattern& inner, const TablePattern& condition) {
        if (inner.negated) return false;
        const std::string& domain = condition.inside;
        if (!domain.starts_with("@") || !domain.ends_with("$")) return false;
        for (std::size_t at = 0; at + 1 < domain.size(); ++at)
            if (std::string_view("*+?[]{}()|^").find(domain[at]) != std::string_view::npos)
                return false;
        return inner.inside.find('|') == std::string::npos && inner.inside.ends_with(domain);
    }

    // What stands before a rule takes precedence: its patterns, and the keys of tables.
    void grant_matching(Rule& rule, std::vector<std::string> senders,
                        std::vector<std::string> except, std::vector<std::string> logins) {
        auto reach = reach_of_rules(rule.turn, rule.logins, rule.templated);
        if (!reach) {
            leave_out(rule.line.origin, rule.line.written,
                      "a pattern with `!` before it takes precedence, which a policy cannot say");
            return;
        }
        if (senders.front() != "*" &&
            std::find(reach->begin(), reach->end(), senders.front()) != reach->end()) {
            leave_out(rule.line.origin, rule.line.written,
                      "the same pattern stands before it: Postfix does not get here", true);
            return;
        }
        except.insert(except.end(), reach->begin(), reach->end());
        for (const auto& [address, key] : addresses_) {
            if (key.turn >= rule.turn || !may_answer(rule, address)) continue;
            if (!rule.templated && includes(key.logins, rule.logins)) continue;
            except.push_back(as_pattern(address));
        }
        rule.carried = true;
        grant(std::move(logins), std::move(senders), std::move(except), {rule.line.origin});
    }

    // Of whole addresses: each login its own, and the others together where they have the same
    // owners.
    void grant_keys() {
        struct Together {
            std::vector<std::string> senders{};
            std::vector<FileLine> origins{};
        };
        std::map<std::pair<Logins, std::vector<std::string>>, Together> together;
        std::vector<std::string> own;
        std::vector<FileLine> own_origins;
        std::vector<std::pair<std::string, FileLine>> own_extended;
        for (const auto& [address, key] : addresses_) {
            if (key.turn == never ? barrier_ != never : key.turn > barrier_) {
                leave_out(key.origin, address, "it stands behind what could not be carried over");
                continue;
            }
            // Extensions of it that have keys of their own.
            std::vector<std::string> hidden;
            if (const auto found = extended_.find(address); found != extended_.end())
                for (const std::string& other : found->second)
                    if (!includes(addresses_.at(other).logins, key.logins))
                        hidden.push_back(as_pattern(other));
            // With all its extensions, or each for itself.
            const bool own_too = key.logins.contains(address) && owns_alike(address, hidden);
            if (grants_extensions_) {
                Logins others = key.logins;
                if (own_too) others.erase(address);
                grant_extensions(address, key.origin, others, hidden);
                if (own_too) own_extended.push_back({address, key.origin});
            }
            const auto hides = [&, turn = key.turn, name = address](const Rule& rule) {
                return rule.turn < turn && may_answer(rule, name);
            };
            const auto hider = std::find_if(rules_.begin(), rules_.end(), hides);
            if (hider != rules_.end()) {
                const bool sure = hider->every || (!hider->line.pattern.regex.empty() &&
                                                   hider->line.conditions.empty());
                leave_out(key.origin, address,
                          to_string(hider->line.origin) +
                              (sure ? " answers for it first: Postfix does not get here"
                                    : " may answer for it first"),
                          sure);
                continue;
            }
            granted_.insert(address);
            Logins rest = key.logins;
            if (own_too || (rest.contains(address) && !out_.subaddresses)) {
                rest.erase(address);
                own.push_back(address);
                own_origins.push_back(key.origin);
            }
            if (!rest.empty()) {
                Together& one = together[{rest, out_.subaddresses ? hidden : decltype(hidden){}}];
                one.senders.push_back(as_pattern(address));
                one.origins.push_back(key.origin);
            }
        }
        grant_own(own, own_origins);
        grant_own_extended(own_extended);
        for (auto& [owners, one] : together)
            grant(list_of(owners.first), std::move(one.senders), owners.second,
                  std::move(one.origins));
        for (ImportedGrant& one : extension_grants_) {
            const auto same = std::find_if(
                out_.grants.begin(), out_.grants.end(), [&](const ImportedGrant& other) {
                    return one.except.empty() && other.except.empty() &&
                           other.logins == one.logins && other.origins == one.origins;
                });
            if (same == out_.grants.end())
                out_.grants.push_back(std::move(one));
            else
                same->senders.insert(same->senders.end(), one.senders.begin(), one.senders.end());
        }
    }

    void grant_extensions(const std::string& address, const FileLine& origin, const Logins& logins,
                          const std::vector<std::string>& hidden) {
        std::vector<std::string> except = before_extensions(domain_of(address));
        except.insert(except.end(), hidden.begin(), hidden.end());
        const auto same = std::find_if(
            extension_grants_.begin(), extension_grants_.end(), [&](const ImportedGrant& other) {
                return hidden.empty() && other.except == except && other.logins == list_of(logins);
            });
        std::vector<std::string> senders = extensions_of(address);
        if (senders.empty() || logins.empty()) return;
        if (same != extension_grants_.end()) {
            same->senders.insert(same->senders.end(), senders.begin(), senders.end());
            same->origins.push_back(origin);
        } else {
            extension_grants_.push_back({{},
                                         list_of(logins),
                                         std::move(senders),
                                         std::move(except),
                                         {origin},
                                         "with an extension, for which patterns answer first"});
        }
    }

    [[nodiscard]] std::string with_realm(const std::string& login) const {
        const bool bare = login.find('@') == std::string::npos && !in_.default_realm.empty();
        return ascii_lower(bare ? login + "@" + in_.default_realm : login);
    }

    // Whether the own address and its extensions can be granted by one rule to many.
    [[nodiscard]] bool owns_alike(const std::string& address,
                                  const std::vector<std::string>& hidden) const {
        return hidden.empty() && (out_.subaddresses || !grants_extensions_ ||
                                  extensions_of(address).size() == in_.delimiters.size());
    }

    // Own addresses with an extension: one rule for all whose exceptions are the same.
    void grant_own_extended(const std::vector<std::pair<std::string, FileLine>>& own) {
        std::map<std::vector<std::string>,
                 std::pair<std::vector<std::string>, std::vector<FileLine>>>
            alike;
        std::map<std::string, std::vector<std::string>> before;
        for (const auto& [address, origin] : own) {
            const std::string domain = domain_of(address);
            if (!before.contains(domain)) before[domain] = before_extensions(domain);
            auto& [members, origins] = alike[before[domain]];
            members.push_back(address);
            origins.push_back(origin);
        }
        for (auto& [except, members] : alike) {
            std::vector<std::string> senders;
            for (const char delimiter : in_.delimiters)
                senders.push_back(std::string("{user}") + delimiter + "*@{domain}");
            std::vector<std::string> logins = members.first;
            for (const ImportedGroup& group : out_.groups)
                if (group.members == members.first) logins = {"group:" + group.name};
            // Those that own themselves by the rule need no second one.
            ImportedGrant* together = nullptr;
            for (ImportedGrant& one : out_.grants)
                if (except.empty() && one.logins == logins &&
                    one.senders == std::vector<std::string>{"{login}"})
                    together = &one;
            if (together != nullptr)
                together->senders.insert(together->senders.end(), senders.begin(), senders.end());
            else
                grant(std::move(logins), std::move(senders), except, std::move(members.second),
                      "each of these as itself with an extension, for which patterns answer first");
        }
    }

    void grant_own(const std::vector<std::string>& own, const std::vector<FileLine>& origins) {
        if (own.size() < few) {
            for (std::size_t i = 0; i < own.size(); ++i)
                grant({own[i]}, {own[i]}, {}, {origins[i]});
            return;
        }
        own_.insert(own.begin(), own.end());
        const bool all_own =
            !all_logins_.empty() &&
            std::all_of(all_logins_.begin(), all_logins_.end(),
                        [&](const std::string& login) { return own_.contains(with_realm(login)); });
        out_.own_address_rule = all_own;
        out_.groups.push_back({std::string(own_group), own, origins, {}});
        if (all_own) return;
        grant({"group:" + std::string(own_group)}, {"{login}"}, {}, origins,
              "each of these as itself");
    }

    // The keys of a domain that answer before @domain, where they do not give the same right.
    [[nodiscard]] std::vector<std::string> keys_before(const std::string& domain,
                                                       const Logins& logins) const {
        std::vector<std::string> except;
        const auto here = by_domain_.find(domain);
        if (here != by_domain_.end()) {
            const std::vector<std::string>& addresses = here->second;
            const auto in_group = [&](const std::string& address) {
                return own_.contains(address);
            };
            const bool by_group = (out_.subaddresses || in_.delimiters.empty()) &&
                                  !out_.groups.empty() &&
                                  std::count_if(addresses.begin(), addresses.end(), in_group) >=
                                      static_cast<std::ptrdiff_t>(few);
            if (by_group) except.push_back("group:" + out_.groups.front().name);
            for (const std::string& address : addresses) {
                const Key& key = addresses_.at(address);
                const bool same = granted_.contains(address) && includes(key.logins, logins);
                if (same) continue;
                if (!by_group || !in_group(address)) except.push_back(as_pattern(address));
                // What it says of its extensions comes before @domain too.
                if (!out_.subaddresses && !in_.delimiters.empty())
                    for (const std::string& one : extensions_of(address)) except.push_back(one);
            }
        }
        // A domain of its own that nobody knows here is asked for local parts first.
        if (!in_.knows_local_domains)
            for (const auto& [local, key] : bare_) {
                except.push_back(as_pattern(local + "@" + domain));
                if (!out_.subaddresses && !in_.delimiters.empty())
                    for (const std::string& one : extensions_of(local + "@" + domain))
                        except.push_back(one);
            }
        return except;
    }

    void grant_domains() {
        for (const auto& [domain, key] : domains_) {
            const std::string name = "@" + domain;
            const auto reach = reach_of_rules(never, key.logins, false, domain);
            if (barrier_ != never) {
                leave_out(key.origin, name, "what could not be carried over may answer before it");
            } else if (answers_all_) {
                leave_out(key.origin, name, "the static table answers for all before it is asked",
                          true);
            } else if (!reach) {
                leave_out(key.origin, name, "a pattern with `!` answers before it");
            } else if (!is_plain_domain(domain)) {
                leave_out(key.origin, name, "it is no domain");
            } else {
                std::vector<std::string> except = keys_before(domain, key.logins);
                except.insert(except.end(), reach->begin(), reach->end());
                grant(list_of(key.logins), {"*" + name}, std::move(except), {key.origin});
            }
        }
    }

    void grant_unowned() {
        if (!in_.unowned_for_all || answers_all_) return;
        const FileLine origin{"reject_known_sender_login_mismatch", 0};
        const auto reach = reach_of_rules(never, {}, true);
        if (barrier_ != never || !reach) {
            leave_out(origin, "senders that no table knows",
                      "which these are is not known, so that nobody may use them here");
            return;
        }
        std::vector<std::string> except = *reach;
        for (const auto& [address, key] : addresses_) {
            except.push_back(as_pattern(address));
            if (!out_.subaddresses && !in_.delimiters.empty())
                for (const std::string& pattern : extensions_of(address)) except.push_back(pattern);
        }
        if (!in_.knows_local_domains)
            for (const auto& [local, key] : bare_)
                except.push_back(in_slashes("^" + quoted_regex(local) + "([^a-z0-9].*)?@.*$"));
        for (const auto& [domain, key] : domains_)
            except.push_back(is_plain_domain(domain)
                                 ? "*@" + domain
                                 : in_slashes("^.*@" + quoted_regex(domain) + "$"));
        grant({"*"}, {"*"}, std::move(except), {origin},
              "whoever is logged in, as any sender that nobody owns");
        out_.grants.back().id = "unowned-senders";
    }

    // -- names -----------------------------------------------------------------

    static std::string id_from(std::string_view text) {
        std::string id;
        for (const char c : ascii_lower(text)) {
            const bool usable = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (usable)
                id += c;
            else if (!id.empty() && id.back() != '-')
                id += '-';
        }
        while (!id.empty() && id.back() == '-') id.pop_back();
        return id.substr(0, 40);
    }

    static std::string id_of(const ImportedGrant& grant) {
        const std::string& sender = grant.senders.front();
        const std::string& login = grant.logins.front();
        if (login.starts_with("group:")) return login.substr(6);
        if (sender == "*") return "any-sender";
        if (sender.starts_with("*@")) return "all-of-" + id_from(sender.substr(2));
        if (sender.starts_with("/") || sender.find('{') != std::string::npos)
            return "line-" + std::to_string(grant.origins.front().line);
        if (grant.logins.size() == 1 && login != "*")
            return id_from(login.substr(0, login.find('@')));
        return id_from(sender.substr(0, sender.find('@')));
    }

    void name_grants() {
        std::set<std::string> taken = {"own-address", "trusted-network", "bounce"};
        for (ImportedGrant& one : out_.grants) {
            std::string id = one.id.empty() ? id_of(one) : one.id;
            if (id.empty()) id = "grant";
            const std::string stem = id;
            for (int number = 2; !taken.insert(id).second; ++number)
                id = stem + "-" + std::to_string(number);
            one.id = id;
        }
    }

    static constexpr std::size_t few = 3;
    static constexpr std::string_view own_group = "own-addresses";

    const OwnerTables& in_;
    const std::set<std::string>& all_logins_;
    OwnerRules out_{};
    Keys addresses_{};
    Keys bare_{};
    Keys domains_{};
    Keys local_parts_{};
    std::vector<Rule> rules_{};
    std::map<std::string, std::vector<std::string>> extended_{};
    std::map<std::string, std::vector<std::string>, std::less<>> by_domain_{};
    std::set<std::string> granted_{};
    std::set<std::string> own_{};  // the members of the group of own addresses
    bool grants_extensions_{};
    std::vector<ImportedGrant> extension_grants_{};
    Turn turn_{};
    Turn barrier_{never};
    bool answers_all_{};
};

}  // namespace

OwnerRules owner_rules(const OwnerTables& tables, const std::set<std::string>& logins) {
    return Translator(tables, logins).run();
}

}  // namespace relaypermit
