#include "tool/wiring/postfix_lists.h"

#include <algorithm>
#include <optional>

#include "policy/ascii.h"
#include "policy/domain.h"
#include "policy/network.h"
#include "tool/base/file_text.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/lookup_table.h"

namespace relaypermit {
namespace {

// The items of a list, those in the files that it names too.
std::vector<ImportedItem> items_of(const std::string& value, const FileLine& origin,
                                   std::vector<NotImported>& left_out) {
    std::vector<ImportedItem> items;
    for (const std::string& item : list_items(value)) {
        if (!item.starts_with("/")) {
            items.push_back({item, origin});
            continue;
        }
        const auto text = file_text(item);
        if (!text) {
            left_out.push_back({origin, item, "the file cannot be read"});
            continue;
        }
        for (const LogicalLine& line : logical_lines(*text))
            for (const std::string& inner : list_items(line.text))
                items.push_back({inner, {item, line.number}});
    }
    return items;
}

class DomainList {
  public:
    DomainList(const PostfixSettings& settings, DomainMatch match)
        : settings_(settings), match_(match) {}

    ImportedList read(const PostfixSetting& setting) {
        bool excluded = false;
        for (const ImportedItem& item : items_of(setting.value, setting.origin, list_.left_out)) {
            // The first that matches counts: what follows may hold what was excluded.
            if (excluded) {
                leave_out(item, "a policy has no \"but not\" as with the `!` before it");
            } else if (item.text.starts_with("!")) {
                excluded = true;
                leave_out(item, "a policy has no \"but not\" in a list of domains");
            } else if (is_table_name(item.text)) {
                take_table(read_lookup_table(item.text, settings_.directory, item.origin,
                                             QueryOf::domain_table),
                           item);
            } else {
                take_name(item);
            }
        }
        return std::move(list_);
    }

  private:
    void leave_out(const ImportedItem& item, std::string why, bool inert = false) {
        list_.left_out.push_back({item.origin, item.text, std::move(why), inert});
    }

    void take_name(const ImportedItem& item) {
        std::string name = ascii_lower(item.text);
        const bool only_below = name.starts_with(".");
        if (only_below && match_ != DomainMatch::dotted)
            return leave_out(item, "Postfix finds no name with a dot before it in this list", true);
        if (only_below) name = name.substr(1);
        // An address of the server, as in user@[192.0.2.1].
        if (name.starts_with("[")) return leave_out(item, "a policy does not host addresses");
        if (!normalize_domain(name)) return leave_out(item, "it is no domain");
        if (!only_below) list_.items.push_back({name, item.origin});
        if (only_below || match_ == DomainMatch::parents)
            list_.items.push_back({"*." + name, item.origin});
    }

    void take_table(const LookupTable& table, const ImportedItem& item) {
        for (const LookupTable& member : table.members)
            take_table(member, {member.name, item.origin});
        if (!table.members.empty()) return;
        if (table.queried) return take_queried(table, item);
        if (table.kind != LookupTable::Kind::entries) {
            leave_out(item, table.kind == LookupTable::Kind::unknown
                                ? table.why
                                : "which domains it holds cannot be listed");
            return;
        }
        // virtual_alias_maps is the default of a list of domains, and holds addresses too.
        for (const TableEntry& entry : table.entries)
            if (entry.key.find('@') == std::string::npos &&
                entry.key.find('.') != std::string::npos)
                if (entry.key.starts_with(".") || normalize_domain(entry.key))
                    take_name({entry.key, entry.origin});
    }

    void take_queried(const LookupTable& table, const ImportedItem& item) {
        if (!table.queried->never.empty()) return leave_out(item, table.queried->never, true);
        list_.tables.push_back({{}, *table.queried, table.origin, {}});
        if (!table.queried->all_say_yes)
            leave_out(item,
                      "to Postfix any value says that it has the domain, to a domain table 0, f, "
                      "false, n and no say that it has not: where these may come, have the query "
                      "give 1");
        if (match_ == DomainMatch::dotted)
            leave_out(item,
                      "a row `.example.com` stands for all below it in Postfix, and a domain table "
                      "is asked by the whole name: write such rows into relay_domains, as "
                      "*.example.com");
        if (match_ == DomainMatch::parents)
            leave_out(item,
                      "it has all below its domains too in Postfix "
                      "(parent_domain_matches_subdomains), and a domain table is asked by the "
                      "whole name: write those that count into relay_domains, as *.example.com");
    }

    const PostfixSettings& settings_;
    DomainMatch match_;
    ImportedList list_{};
};

// "[::1]/128" and "192.0.2.1" as a policy has them.
std::string without_brackets(std::string text) {
    text.erase(
        std::remove_if(text.begin(), text.end(), [](char c) { return c == '[' || c == ']'; }),
        text.end());
    return text;
}

}  // namespace

ImportedList import_domains(const PostfixSettings& settings, std::string_view parameter,
                            DomainMatch match) {
    return DomainList(settings, match).read(settings[parameter]);
}

ImportedList import_networks(const PostfixSettings& settings, std::string_view parameter) {
    ImportedList list;
    const PostfixSetting& setting = settings[parameter];
    const FileLine* excluded = nullptr;
    const std::vector<ImportedItem> items = items_of(setting.value, setting.origin, list.left_out);
    for (const ImportedItem& item : items) {
        // The first that matches counts: what follows may hold what was excluded.
        if (excluded != nullptr) {
            list.left_out.push_back(
                {item.origin, item.text, "a policy has no \"but not\" as with the `!` before it"});
        } else if (item.text.starts_with("!")) {
            excluded = &item.origin;
            list.left_out.push_back({item.origin, item.text, "a policy has no \"but not\""});
        } else if (is_table_name(item.text)) {
            list.left_out.push_back(
                {item.origin, item.text, "write the networks of this table into trusted_networks"});
        } else if (const auto network = Network::parse(without_brackets(item.text))) {
            list.items.push_back({to_string(*network), item.origin});
        } else {
            list.left_out.push_back({item.origin, item.text, network.error()});
        }
    }
    return list;
}

}  // namespace relaypermit
