#include "tool/wiring/import_text.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tool/base/rules_as_toml.h"
#include "tool/base/visible.h"
#include "tool/wiring/logical_lines.h"

namespace relaypermit {
namespace {

constexpr std::size_t comment_width = 98;

// Lines of a comment, broken at blanks. What came from elsewhere cannot end it.
std::string comment(std::string_view text, std::string_view first = "# ",
                    std::string_view other = "# ") {
    std::string out;
    while (!text.empty()) {
        const std::size_t newline = text.find('\n');
        std::string_view line = text.substr(0, newline);
        text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
        do {
            const std::string_view start = out.empty() ? first : other;
            std::size_t end = line.size();
            if (end + start.size() > comment_width) {
                end = line.rfind(' ', comment_width - start.size());
                if (end == std::string_view::npos || end == 0) end = line.find(' ');
                if (end == std::string_view::npos) end = line.size();
            }
            out += std::string(start) + visible(line.substr(0, end)) + "\n";
            line.remove_prefix(std::min(end + 1, line.size()));
        } while (!line.empty());
    }
    return out;
}

std::string from(const std::vector<FileLine>& origins) {
    return to_string(origins);
}

std::vector<std::string> texts_of(const std::vector<ImportedItem>& items) {
    std::vector<std::string> texts;
    for (const ImportedItem& item : items)
        if (std::find(texts.begin(), texts.end(), item.text) == texts.end())
            texts.push_back(item.text);
    return texts;
}

std::string origins_of(const std::vector<ImportedItem>& items) {
    std::vector<FileLine> origins;
    for (const ImportedItem& item : items) origins.push_back(item.origin);
    return from(origins);
}

std::string list_with_origin(std::string_view key, const std::vector<ImportedItem>& items,
                             std::string_view none) {
    if (items.empty()) return std::string(none);
    return comment(origins_of(items)) + std::string(key) + " = " + toml_list(texts_of(items)) +
           "\n";
}

// The sockets where the lines of contrib/postfix look for them.
std::string listen_section(const ImportedPolicy& policy) {
    if (policy.queue_directory.empty()) return {};
    const std::string folder = "unix:" + policy.queue_directory + "/relaypermit/";
    return "\n[listen]\n# Within Postfix's queue_directory, for its mail_owner.\nmilter       = " +
           toml_string(folder + "milter.sock") +
           "\npolicy       = " + toml_string(folder + "policy.sock") +
           "\nsocket_group = " + toml_string(policy.mail_owner) + "\n";
}

std::string relay_section(const ImportedPolicy& policy) {
    return "[relay]\n" + list_with_origin("hosted_domains", policy.hosted_domains, "") +
           list_with_origin("relay_domains", policy.relay_domains, "") +
           list_with_origin("trusted_networks", policy.trusted_networks,
                            "# No client may relay without a login.\n"
                            "trusted_networks = []\n");
}

std::string submission_section(const ImportedPolicy& policy) {
    std::string text = "[submission]\n";
    if (policy.ports.empty()) {
        text += "# Nothing here is for mail programs alone.\nports = []\n";
    } else {
        std::string ports;
        for (const std::string& port : texts_of(policy.ports))
            ports += (ports.empty() ? "" : ", ") + port;
        text += comment(origins_of(policy.ports)) + "ports = [" + ports + "]\n";
    }
    text += list_with_origin("daemon_names", policy.daemon_names, "daemon_names = []\n");
    return text + comment(policy.require_tls_remark) +
           "require_tls = " + (policy.require_tls ? "true" : "false") + "\n";
}

std::string login_section(const ImportedPolicy& policy) {
    std::string text = "[login]\n";
    if (!policy.default_realm.empty())
        text += comment(policy.default_realm_remark) +
                "default_realm = " + toml_string(policy.default_realm) + "\n";
    text += policy.owners.own_address_rule
                ? comment(
                      "Every login of the list given owns its own address, and more is not "
                      "granted by this.") +
                      "owns_own_address = true\n"
                : comment("A login owns what the tables say and nothing else.") +
                      "owns_own_address = false\n";
    if (policy.owners.own_address_rule) {
        std::set<std::string> realms;
        for (const ImportedGroup& group : policy.owners.groups)
            for (const std::string& member : group.members)
                realms.insert(member.substr(member.rfind('@') + 1));
        text += "realms = " + toml_list({realms.begin(), realms.end()}) + "\n";
    }
    const bool by_key = policy.owners.subaddresses && !policy.delimiters.empty();
    text += comment(by_key ? to_string(policy.delimiters_origin) + ": recipient_delimiter"
                    : policy.delimiters.empty()
                        ? "recipient_delimiter is empty."
                        : "recipient_delimiter is " + policy.delimiters +
                              ": the grants below say which addresses with an extension they "
                              "cover, because patterns answer for these first.");
    return text + "subaddress_delimiter = " + toml_string(by_key ? policy.delimiters : "") + "\n";
}

std::string cause_sections(const ImportedPolicy& policy) {
    std::string text;
    for (const ImportedCause& cause : policy.causes) {
        text += "\n[cause." + cause.id + "]\n" + comment(cause.remark) +
                "action = " + toml_string(cause.action) + "\n";
        if (!cause.except_clients.empty())
            text += "except_clients = " + toml_list(cause.except_clients) + "\n";
        if (!cause.except_senders.empty())
            text += "except_senders = " + toml_list(cause.except_senders) + "\n";
    }
    return text;
}

std::string group_sections(const std::vector<ImportedGroup>& groups) {
    if (groups.empty()) return {};
    std::string text = "\n[groups]\n";
    for (const ImportedGroup& group : groups)
        text += comment(from(group.origins)) + group.name + " = " + toml_list(group.members) + "\n";
    return text;
}

std::string grant_section(const ImportedGrant& grant) {
    std::string text = "\n" + comment(from(grant.origins));
    if (!grant.remark.empty()) text += comment(grant.remark);
    text += "[[alias]]\nid      = " + toml_string(grant.id) +
            "\nlogins  = " + toml_list(grant.logins) + "\nsenders = " + toml_list(grant.senders) +
            "\n";
    if (grant.envelope_only) text += "fields  = [\"envelope\"]\n";
    if (!grant.except.empty()) {
        std::vector<std::string> once;
        std::map<std::string, bool> seen;
        for (const std::string& one : grant.except)
            if (!std::exchange(seen[one], true)) once.push_back(one);
        text += "except  = " + toml_list(once) + "\n";
    }
    return text;
}

std::string table_section(const ImportedTable& table) {
    std::string text = "\n" + comment(from({table.origin}));
    for (const std::string& remark : table.table.remarks) text += comment(remark);
    text +=
        (table.role.empty() ? "[[alias_table]]\nid = " : "[[domain_table]]\nid = ") +
        toml_string(table.id) + "\ntype = " + toml_string(table.table.type) +
        (table.role.empty() ? "\nby = \"sender\"\n" : "\nrole = " + toml_string(table.role) + "\n");
    for (const auto& [key, value] : table.table.keys) text += key + " = " + value + "\n";
    return text;
}

// By the reason, so that it stands once; nothing is left out of the list.
template <typename Belongs>
std::string list_by_reason(std::string_view heading, const std::vector<NotImported>& all,
                           const Belongs& belongs) {
    std::vector<std::pair<std::string, std::vector<const NotImported*>>> by_reason;
    std::map<std::string, std::size_t> places;
    for (const NotImported& one : all) {
        if (!belongs(one)) continue;
        const auto [place, added] = places.emplace(one.why, by_reason.size());
        if (added) by_reason.push_back({one.why, {}});
        by_reason[place->second].second.push_back(&one);
    }
    if (by_reason.empty()) return {};
    std::string text = "\n" + comment(heading);
    for (const auto& [why, entries] : by_reason) {
        text += "#\n" + comment(why + ":");
        for (const NotImported* one : entries)
            text += comment(to_string(one->origin) + ": " + one->what, "#   ", "#     ");
    }
    return text;
}

}  // namespace

std::vector<NotImported> all_left_out(const ImportedPolicy& policy) {
    std::vector<NotImported> all = policy.owners.left_out;
    all.insert(all.end(), policy.left_out.begin(), policy.left_out.end());
    return all;
}

std::string imported_policy_text(const ImportedPolicy& policy) {
    std::string text =
        comment("relaypermit's policy, made by `relaypermit import` from " + policy.source +
                ". Above each entry stands where it came from, at the end what could not be "
                "carried over. See policy.toml(5).") +
        "\nmode = \"enforce\"\n";
    if (!policy.server_name.empty())
        text += "\n[server]\n" + comment(to_string(policy.server_name_origin)) +
                "name = " + toml_string(policy.server_name) + "\n";
    text += listen_section(policy) + "\n" + relay_section(policy) + "\n" +
            submission_section(policy) + "\n" + login_section(policy) + cause_sections(policy) +
            group_sections(policy.owners.groups);
    for (const ImportedGrant& grant : policy.owners.grants) text += grant_section(grant);
    for (const ImportedTable& table : policy.owners.tables) text += table_section(table);
    for (const ImportedTable& table : policy.domain_tables) text += table_section(table);
    const std::vector<NotImported> all = all_left_out(policy);
    const std::string lost =
        list_by_reason(
            "What could not be carried over, in full. Where it permitted something, this policy "
            "refuses it.",
            all, [](const NotImported& one) { return !one.inert && !one.postfix_refuses; }) +
        list_by_reason(
            "What Postfix refuses beyond this policy, which permits it: leave these in Postfix.",
            all, [](const NotImported& one) { return !one.inert && one.postfix_refuses; });
    return text +
           "\n[log]\n# What was decided, for relaypermit log, report, suggest and replay.\n"
           "store = \"/var/lib/relaypermit/decisions.db\"\n" +
           (lost.empty()
                ? "\n# All of it was carried over: there is nothing that this policy cannot "
                  "say.\n"
                : lost) +
           list_by_reason(
               "What makes no difference: it has no effect there either, or stays there.", all,
               [](const NotImported& one) { return one.inert; });
}

}  // namespace relaypermit
