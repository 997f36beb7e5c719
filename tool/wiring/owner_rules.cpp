#include "tool/wiring/owner_rules.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "policy/ascii.h"
#include "policy/pattern.h"
#include "tool/base/rules_as_toml.h"
#include "tool/wiring/extension_grants.h"
#include "tool/wiring/grant_names.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/pattern_grant.h"
#include "tool/wiring/pattern_inverse.h"
#include "tool/wiring/pattern_reach.h"
#include "tool/wiring/plain_pattern.h"

namespace relaypermit {
namespace {

class Translator {
  public:
    Translator(const OwnerTables& tables, const std::set<std::string>& all_logins)
        : in_(tables),
          all_logins_(all_logins),
          all_(owner_answers(tables)),
          reach_(all_.patterns) {}

    OwnerRules run() {
        out_.left_out = std::move(all_.left_out);
        out_.known_logins = std::move(all_.known_logins);
        for (const auto& [address, key] : all_.addresses) out_.known_senders.insert(address);
        // Grants by pattern would cover subaddresses too where the policy knows of them.
        out_.subaddresses =
            !in_.delimiters.empty() && all_.patterns.empty() && all_.barrier == never_asked;
        if (all_.queried && !in_.knows_local_domains) {
            // A local part alone hides @domain, where Postfix asks for it.
            leave_out(all_.queried->origin, all_.queried->name,
                      "for which domains Postfix asks it by the local part alone is not known, "
                      "because not all of mydestination could be listed");
        } else if (all_.queried) {
            out_.tables.push_back(
                {"sender-logins", *all_.queried->queried, all_.queried->origin, {}});
            out_.tables.back().table.keys.emplace_back("local_domains",
                                                       toml_list(in_.local_domains));
        }
        prepare_extensions();
        grant_rules();
        grant_keys();
        grant_domains();
        grant_unowned();
        name_grants(out_.grants);
        return std::move(out_);
    }

  private:
    void leave_out(const FileLine& origin, std::string what, std::string why, bool inert = false) {
        out_.left_out.push_back({origin, std::move(what), std::move(why), inert});
    }

    void prepare_extensions() {
        for (const auto& [address, key] : all_.addresses) {
            const std::string base = without_extension(address, in_.delimiters);
            if (base != address) extended_[base].push_back(address);
            by_domain_[domain_of(address)].push_back(address);
        }
        if (in_.delimiters.empty() || out_.subaddresses || all_.answers_all) return;
        if (all_.barrier != never_asked) {
            leave_out({"recipient_delimiter", 0}, in_.delimiters,
                      "what a table that could not be read says of addresses with an extension is "
                      "not known: they are granted where they stand in a table themselves");
            return;
        }
        if (reach_.before(never_asked, {}, true))
            grants_extensions_ = true;
        else
            leave_out({"recipient_delimiter", 0}, in_.delimiters,
                      "a pattern with `!` answers for addresses with an extension first");
    }

    // What answers before an address without its extension.
    [[nodiscard]] std::vector<std::string> before_extensions(const std::string& domain) const {
        std::vector<std::string> except =
            reach_.before(never_asked, {}, true, domain).value_or(std::vector<std::string>());
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

    static std::vector<std::string> list_of(const OwnerLogins& logins) {
        return {logins.begin(), logins.end()};
    }

    void grant_rules() {
        for (const OwnerPattern& rule : all_.patterns) grant_rule(rule);
    }

    void grant_rule(const OwnerPattern& rule) {
        const PatternLine& line = rule.line;
        if (rule.every ? rule.turn >= all_.barrier : rule.turn > all_.barrier) {
            leave_out(line.origin, line.written, "it stands behind what could not be carried over");
            return;
        }
        auto grant = pattern_grant(rule, in_.default_realm);
        if (!grant) {
            leave_out(line.origin, line.written, grant.error());
            return;
        }
        grant_matching(rule, {std::move(grant->sender)}, std::move(grant->except),
                       std::move(grant->logins));
    }

    // What stands before a rule takes precedence: its patterns, and the keys of tables.
    void grant_matching(const OwnerPattern& rule, std::vector<std::string> senders,
                        std::vector<std::string> except, std::vector<std::string> logins) {
        auto reach = reach_.before(rule.turn, rule.logins, rule.templated);
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
        for (const auto& [address, key] : all_.addresses) {
            if (key.turn >= rule.turn || !may_answer(rule, address)) continue;
            if (!rule.templated && includes(key.logins, rule.logins)) continue;
            except.push_back(as_pattern(address));
        }
        reach_.carry(rule.turn);
        grant(std::move(logins), std::move(senders), std::move(except), {rule.line.origin});
    }

    // Of whole addresses: each login its own, and the others together where they have the same
    // owners.
    void grant_keys() {
        struct Together {
            std::vector<std::string> senders{};
            std::vector<FileLine> origins{};
        };
        std::map<std::pair<OwnerLogins, std::vector<std::string>>, Together> together;
        std::vector<std::string> own;
        std::vector<FileLine> own_origins;
        std::vector<std::pair<std::string, FileLine>> own_extended;
        for (const auto& [address, key] : all_.addresses) {
            if (key.turn == never_asked ? all_.barrier != never_asked : key.turn > all_.barrier) {
                leave_out(key.origin, address, "it stands behind what could not be carried over");
                continue;
            }
            // Extensions of it that have keys of their own.
            std::vector<std::string> hidden;
            if (const auto found = extended_.find(address); found != extended_.end())
                for (const std::string& other : found->second)
                    if (!includes(all_.addresses.at(other).logins, key.logins))
                        hidden.push_back(as_pattern(other));
            // With all its extensions, or each for itself.
            const bool own_too = key.logins.contains(address) && owns_alike(address, hidden);
            if (grants_extensions_) {
                OwnerLogins others = key.logins;
                if (own_too) others.erase(address);
                std::vector<std::string> except = before_extensions(domain_of(address));
                except.insert(except.end(), hidden.begin(), hidden.end());
                extension_grants_.add(list_of(others), with_extensions(address, in_.delimiters),
                                      std::move(except), key.origin, hidden.empty());
                if (own_too) own_extended.push_back({address, key.origin});
            }
            const auto hides = [&, turn = key.turn, name = address](const OwnerPattern& rule) {
                return rule.turn < turn && may_answer(rule, name);
            };
            const auto hider = std::find_if(all_.patterns.begin(), all_.patterns.end(), hides);
            if (hider != all_.patterns.end()) {
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
            OwnerLogins rest = key.logins;
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
        extension_grants_.move_to(out_.grants);
    }

    [[nodiscard]] std::string with_realm(const std::string& login) const {
        const bool bare = login.find('@') == std::string::npos && !in_.default_realm.empty();
        return ascii_lower(bare ? login + "@" + in_.default_realm : login);
    }

    // Whether the own address and its extensions can be granted by one rule to many.
    [[nodiscard]] bool owns_alike(const std::string& address,
                                  const std::vector<std::string>& hidden) const {
        return hidden.empty() &&
               (out_.subaddresses || !grants_extensions_ ||
                with_extensions(address, in_.delimiters).size() == in_.delimiters.size());
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
                                                       const OwnerLogins& logins) const {
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
                const OwnerKey& key = all_.addresses.at(address);
                const bool same = granted_.contains(address) && includes(key.logins, logins);
                if (same) continue;
                if (!by_group || !in_group(address)) except.push_back(as_pattern(address));
                // What it says of its extensions comes before @domain too.
                if (!out_.subaddresses && !in_.delimiters.empty())
                    for (const std::string& one : with_extensions(address, in_.delimiters))
                        except.push_back(one);
            }
        }
        // A domain of its own that nobody knows here is asked for local parts first.
        if (!in_.knows_local_domains)
            for (const auto& [local, key] : all_.bare) {
                except.push_back(as_pattern(local + "@" + domain));
                if (!out_.subaddresses && !in_.delimiters.empty())
                    for (const std::string& one :
                         with_extensions(local + "@" + domain, in_.delimiters))
                        except.push_back(one);
            }
        return except;
    }

    void grant_domains() {
        for (const auto& [domain, key] : all_.domains) {
            const std::string name = "@" + domain;
            const auto reach = reach_.before(never_asked, key.logins, false, domain);
            if (all_.barrier != never_asked) {
                leave_out(key.origin, name, "what could not be carried over may answer before it");
            } else if (all_.answers_all) {
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
        if (!in_.unowned_for_all || all_.answers_all) return;
        const FileLine origin{"reject_known_sender_login_mismatch", 0};
        const auto reach = reach_.before(never_asked, {}, true);
        if (all_.barrier != never_asked || all_.queried || !reach) {
            leave_out(origin, "senders that no table knows",
                      "which these are is not known, so that nobody may use them here");
            return;
        }
        std::vector<std::string> except = *reach;
        for (const auto& [address, key] : all_.addresses) {
            except.push_back(as_pattern(address));
            if (!out_.subaddresses && !in_.delimiters.empty())
                for (const std::string& pattern : with_extensions(address, in_.delimiters))
                    except.push_back(pattern);
        }
        if (!in_.knows_local_domains)
            for (const auto& [local, key] : all_.bare)
                except.push_back(in_slashes("^" + quoted_regex(local) + "([^a-z0-9].*)?@.*$"));
        for (const auto& [domain, key] : all_.domains)
            except.push_back(is_plain_domain(domain)
                                 ? "*@" + domain
                                 : in_slashes("^.*@" + quoted_regex(domain) + "$"));
        grant({"*"}, {"*"}, std::move(except), {origin},
              "whoever is logged in, as any sender that nobody owns");
        out_.grants.back().id = "unowned-senders";
    }

    static constexpr std::size_t few = 3;
    static constexpr std::string_view own_group = "own-addresses";

    const OwnerTables& in_;
    const std::set<std::string>& all_logins_;
    OwnerAnswers all_;
    PatternReach reach_;
    OwnerRules out_{};
    std::map<std::string, std::vector<std::string>> extended_{};
    std::map<std::string, std::vector<std::string>, std::less<>> by_domain_{};
    std::set<std::string> granted_{};
    std::set<std::string> own_{};  // the members of the group of own addresses
    bool grants_extensions_{};
    ExtensionGrants extension_grants_{};
};

}  // namespace

OwnerRules owner_rules(const OwnerTables& tables, const std::set<std::string>& logins) {
    return Translator(tables, logins).run();
}

}  // namespace relaypermit
