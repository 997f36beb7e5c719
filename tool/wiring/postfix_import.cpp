#include "tool/wiring/postfix_import.h"

#include <algorithm>
#include <map>
#include <utility>

#include "policy/ascii.h"
#include "policy/domain.h"
#include "tool/wiring/access_rules.h"
#include "tool/wiring/grant_names.h"
#include "tool/wiring/imported_checks.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/postfix_lists.h"
#include "tool/wiring/sender_checks.h"

namespace relaypermit {
namespace {

void add(std::vector<ImportedItem>& items, const std::vector<ImportedItem>& more) {
    for (const ImportedItem& item : more)
        if (std::none_of(items.begin(), items.end(),
                         [&](const ImportedItem& one) { return one.text == item.text; }))
            items.push_back(item);
}

// "587" of "127.0.0.1:587", "submission" or "[::1]:submission"; empty where nobody knows.
std::string port_of(const PostfixService& service) {
    const std::size_t colon = service.name.rfind(':');
    const std::string name =
        ascii_lower(colon == std::string::npos ? service.name : service.name.substr(colon + 1));
    if (name == "smtp") return "25";
    if (name == "submission") return "587";
    if (name == "submissions" || name == "smtps") return "465";
    const bool number = !name.empty() && std::all_of(name.begin(), name.end(), is_ascii_digit);
    return number ? name : "";
}

class Importer {
  public:
    Importer(const PostfixSettings& settings, const std::set<std::string>& logins)
        : settings_(settings),
          checks_(sender_checks(settings, read_access_sources(settings))),
          logins_(logins) {}

    PostfixImport run() {
        policy().source = "the Postfix of " + settings_.directory;
        const PostfixSetting& name = setting("myhostname");
        policy().server_name = name.value;
        policy().server_name_origin = name.origin;
        policy().queue_directory = setting("queue_directory").value;
        policy().mail_owner = setting("mail_owner").value;
        domains();
        networks();
        submission();
        chosen_ = choose_check(checks_, policy().left_out);
        read_owner_tables();
        default_realm();
        policy().delimiters = out_.tables.delimiters;
        policy().delimiters_origin = of_chosen("recipient_delimiter").origin;
        policy().owners = owner_rules(out_.tables, logins_);
        unchecked();
        add_causes(checks_, chosen_, policy());
        unread_tables();
        return std::move(out_);
    }

  private:
    ImportedPolicy& policy() { return out_.policy; }
    [[nodiscard]] const PostfixSetting& setting(std::string_view name) const {
        return settings_[name];
    }
    // As the service has it whose check was chosen.
    [[nodiscard]] const PostfixSetting& of_chosen(std::string_view name) const {
        return chosen_.service == nullptr ? setting(name)
                                          : settings_.of(*chosen_.service->service, name);
    }
    void leave_out(const FileLine& origin, std::string what, std::string why, bool inert = false) {
        policy().left_out.push_back({origin, std::move(what), std::move(why), inert});
    }
    void leave_out(const std::vector<NotImported>& more) {
        policy().left_out.insert(policy().left_out.end(), more.begin(), more.end());
    }

    void domains() {
        for (const std::string_view parameter :
             {"virtual_mailbox_domains", "virtual_alias_domains", "mydestination"}) {
            const ImportedList list = import_domains(settings_, parameter, DomainMatch::whole);
            add(policy().hosted_domains, list.items);
            add_tables(list, parameter, "hosted");
            // As a default it names the tables of other settings, which seldom hold domains.
            if (!setting(parameter).is_default()) leave_out(list.left_out);
            if (parameter == "mydestination") {
                out_.tables.knows_local_domains = list.left_out.empty() && list.tables.empty();
                for (const ImportedItem& item : list.items)
                    out_.tables.local_domains.push_back(item.text);
            }
        }
        const std::vector<std::string> parents =
            list_items(setting("parent_domain_matches_subdomains").value);
        const bool below =
            std::find(parents.begin(), parents.end(), "relay_domains") != parents.end();
        const ImportedList relayed = import_domains(
            settings_, "relay_domains", below ? DomainMatch::parents : DomainMatch::dotted);
        for (const ImportedItem& item : relayed.items)
            if (std::none_of(policy().hosted_domains.begin(), policy().hosted_domains.end(),
                             [&](const ImportedItem& one) { return one.text == item.text; }))
                add(policy().relay_domains, {item});
        add_tables(relayed, "relay_domains", "relay");
        leave_out(relayed.left_out);
        const std::string origin = ascii_lower(setting("myorigin").value);
        auto& local = out_.tables.local_domains;
        if (!origin.starts_with("/") && normalize_domain(origin) &&
            std::find(local.begin(), local.end(), origin) == local.end())
            local.push_back(origin);
    }

    // One that is there already is asked once: what is hosted is relayed to, too.
    void add_tables(const ImportedList& list, std::string_view parameter, std::string_view role) {
        std::string stem(parameter);
        std::replace(stem.begin(), stem.end(), '_', '-');
        std::size_t number = 0;
        for (ImportedTable table : list.tables) {
            auto& tables = policy().domain_tables;
            if (std::any_of(tables.begin(), tables.end(), [&](const ImportedTable& one) {
                    return one.table.type == table.table.type && one.table.keys == table.table.keys;
                }))
                continue;
            table.id = ++number == 1 ? stem : stem + "-" + std::to_string(number);
            table.role = role;
            if (setting(parameter).is_default())
                table.table.remarks.push_back(std::string(parameter) +
                                              " is not set, and so Postfix asks this table for "
                                              "domains. Where it has none, take it out.");
            tables.push_back(std::move(table));
        }
    }

    void networks() {
        const ImportedList list = import_networks(settings_, "mynetworks");
        add(policy().trusted_networks, list.items);
        leave_out(list.left_out);
    }

    // Services for mail programs: those with logins that are not the port of other servers.
    void submission() {
        std::vector<std::string> without_tls;
        for (const ServiceChecks& checks : checks_) {
            if (!checks.has_login) continue;
            const PostfixService& service = *checks.service;
            const std::string port = port_of(service);
            const PostfixSetting& name = settings_.of(service, "milter_macro_daemon_name");
            const bool named = service.overrides.contains("milter_macro_daemon_name");
            if (port.empty()) {
                if (!named) leave_out(service.origin, service.title(), "its port is not known");
                continue;
            }
            if (port == "25") continue;
            add(policy().ports, {{port, service.origin}});
            if (named) add(policy().daemon_names, {{name.value, name.origin}});
            const bool tls = settings_.of(service, "smtpd_tls_security_level").value == "encrypt" ||
                             is_yes(settings_.of(service, "smtpd_enforce_tls")) ||
                             is_yes(settings_.of(service, "smtpd_tls_wrappermode")) ||
                             is_yes(settings_.of(service, "smtpd_tls_auth_only"));
            if (!tls) without_tls.push_back(to_string(service.origin));
        }
        policy().require_tls = without_tls.empty();
        if (!without_tls.empty()) {
            policy().require_tls_remark = "Here a login passes without TLS:";
            for (const std::string& service : without_tls)
                policy().require_tls_remark += " " + service;
        }
    }

    void read_owner_tables() {
        OwnerTables& tables = out_.tables;
        tables.delimiters = of_chosen("recipient_delimiter").value;
        out_.directory = settings_.directory;
        if (chosen_.service == nullptr) return;
        out_.check = chosen_.service->with_login;
        out_.map_names = list_items(chosen_.service->maps);
        tables.unowned_for_all = chosen_.service->with_login == SenderCheck::known;
        for (const std::string& name : list_items(chosen_.service->maps)) {
            tables.tables.push_back(read_lookup_table(
                name, settings_.directory, chosen_.service->maps_origin, QueryOf::alias_table));
        }
    }

    // Logins without a realm need one in a policy.
    void default_realm() {
        OwnerTables& tables = out_.tables;
        std::set<std::string> bare;
        std::set<std::string> whole;
        std::map<std::string, std::size_t> domains;
        const auto count = [&](const std::string& value, const std::string& key) {
            for (const std::string& login : list_items(ascii_lower(value))) {
                if (login.find('@') != std::string::npos) {
                    whole.insert(login);
                } else {
                    bare.insert(login);
                    if (const std::size_t at = key.rfind('@'); at != std::string::npos)
                        ++domains[key.substr(at + 1)];
                }
            }
        };
        for (const LookupTable& table : tables.tables) {
            for (const TableEntry& entry : table.entries) count(entry.value, entry.key);
            for (const PatternLine& line : table.patterns)
                count(line.result.find('@') == std::string::npos ? line.result : "", "");
            if (table.kind == LookupTable::Kind::every_key) count(table.value, "");
        }
        const PostfixSetting& local_domain = setting("smtpd_sasl_local_domain");
        if (setting("smtpd_sasl_type").value != "dovecot" && !local_domain.value.empty()) {
            tables.logins_have_realms = true;
            return;
        }
        if (bare.empty()) return;
        std::string realm;
        std::size_t most = 0;
        for (const auto& [domain, times] : domains)
            if (times > most) {
                most = times;
                realm = domain;
            }
        if (realm.empty()) realm = ascii_lower(setting("mydomain").value);
        tables.default_realm = realm;
        policy().default_realm = realm;
        policy().default_realm_remark =
            "The tables name logins without a realm. A policy gives them this one, so that to "
            "it "
            "alice and alice@" +
            realm + " are one login.";
        for (const std::string& login : bare)
            if (whole.contains(login + "@" + realm))
                leave_out(chosen_.service->maps_origin, login + ", " + login + "@" + realm,
                          "to Postfix these are two logins, to the policy one");
    }

    // Where an access table alone says whose senders are checked.
    void unchecked() {
        if (!chosen_.only) return;
        out_.only = chosen_.only;
        std::vector<ImportedGrant>& grants = policy().owners.grants;
        for (ImportedGrant& grant : unchecked_grants(*chosen_.only, !policy().owners.subaddresses))
            grants.push_back(std::move(grant));
        name_grants(grants);
    }

    // Each once, however many services have it: what the policy refuses for it says more than that
    // it stays in Postfix.
    void unread_tables() {
        std::set<std::string> said;
        for (const bool left_to_postfix : {false, true})
            for (const ServiceChecks& checks : checks_)
                for (const NotImported& one : checks.unread)
                    if (one.postfix_refuses == left_to_postfix &&
                        said.insert(to_string(one.origin) + one.what).second)
                        leave_out(std::vector<NotImported>{one});
    }

    const PostfixSettings& settings_;
    std::vector<ServiceChecks> checks_;
    const std::set<std::string>& logins_;
    ChosenCheck chosen_{};
    PostfixImport out_{};
};

}  // namespace

PostfixImport import_postfix(const PostfixSettings& settings, const std::set<std::string>& logins) {
    return Importer(settings, logins).run();
}

}  // namespace relaypermit
