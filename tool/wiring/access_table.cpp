#include "tool/wiring/access_table.h"

#include <algorithm>
#include <optional>

#include "policy/ascii.h"
#include "tool/wiring/logical_lines.h"
#include "tool/wiring/pattern_inverse.h"
#include "tool/wiring/plain_pattern.h"
#include "tool/wiring/restrictions.h"

namespace relaypermit {
namespace {

enum class KeyForm : std::uint8_t { address, domain, local };

KeyForm form_of(const std::string& key) {
    if (key.ends_with("@")) return KeyForm::local;
    return key.find('@') == std::string::npos ? KeyForm::domain : KeyForm::address;
}

struct Answer {
    AccessAnswer kind{};
    SenderCheck check{};
    bool without_login{};
};

bool are_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_ascii_digit);
}

// A reply code and its text; digits alone are an OK.
bool is_reply(std::string_view value) {
    return value.size() > 3 && (value[0] == '4' || value[0] == '5') &&
           are_digits(value.substr(0, 3)) && (value[3] == ' ' || value[3] == '.');
}

// What the restrictions check of senders, whatever else they do: as `other`, or `checks` alone. A
// table among them is not read: it is taken to check all.
Answer checks_of(const std::vector<std::string>& items) {
    Answer answer{items.empty() ? AccessAnswer::other : AccessAnswer::checks, SenderCheck::none,
                  false};
    for (const std::string& written : items) {
        const std::string item = ascii_lower(written);
        const bool both = item == "reject_sender_login_mismatch";
        if (both || item == "reject_authenticated_sender_login_mismatch")
            answer.check = SenderCheck::all;
        else if (item == "reject_known_sender_login_mismatch")
            answer.check = std::max(answer.check, SenderCheck::known);
        else if (item != "reject_unauthenticated_sender_login_mismatch")
            answer.kind = AccessAnswer::other;
        if (item.starts_with("check_") && item.ends_with("_access"))
            answer.check = SenderCheck::all;
        if (both || item == "reject_unauthenticated_sender_login_mismatch")
            answer.without_login = true;
    }
    return answer;
}

Answer answer_of(const PostfixSettings& settings, const PostfixService& service,
                 const std::string& value) {
    const std::vector<std::string> items =
        list_items(expanded_restrictions(settings, service, value));
    const std::string first = items.empty() ? std::string() : ascii_lower(items.front());
    const bool alone = items.size() == 1;
    if (alone && first == "dunno") return {AccessAnswer::nothing};
    if ((alone && (first == "ok" || first == "permit")) || are_digits(value))
        return {AccessAnswer::permits};
    if (first == "reject" || first == "defer" || is_reply(value)) return {AccessAnswer::refuses};
    return checks_of(items);
}

bool is_below(std::string_view domain, std::string_view above) {
    return domain.size() > above.size() && domain.ends_with(above) &&
           domain[domain.size() - above.size() - 1] == '.';
}

// "example.com" of "example.com" and of ".example.com".
std::string_view name_of(const std::string& domain_key) {
    return std::string_view(domain_key).substr(domain_key.starts_with(".") ? 1 : 0);
}

// Whether a key of a domain is asked for with this one.
bool covers(const AccessTable& table, const std::string& key, std::string_view domain) {
    const std::string_view name = name_of(key);
    if (key.starts_with(".")) return is_below(domain, name);
    return domain == name || (table.parents && is_below(domain, name));
}

std::string without_at(const std::string& local_key) {
    return local_key.substr(0, local_key.size() - 1);
}

std::string local_of(const std::string& address) {
    return address.substr(0, address.rfind('@'));
}

// A local part without its extension.
std::string base_of(const AccessTable& table, const std::string& local) {
    const std::string whole = without_extension(local + "@x", table.delimiters);
    return whole.substr(0, whole.rfind('@'));
}

}  // namespace

bool AccessTable::has(AccessAnswer answer) const {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const AccessKey& key) { return key.answer == answer; });
}

bool AccessTable::only_checks() const {
    return unlisted.empty() && check != SenderCheck::none && !has(AccessAnswer::refuses) &&
           !has(AccessAnswer::other);
}

AccessTable access_table(const PostfixSettings& settings, const PostfixService& service,
                         const std::string& name, const AccessSources& sources) {
    AccessTable table;
    table.name = name;
    table.delimiters = settings.of(service, "recipient_delimiter").value;
    const auto parents = list_items(settings.of(service, "parent_domain_matches_subdomains").value);
    table.parents = std::find(parents.begin(), parents.end(), "smtpd_access_maps") != parents.end();
    const auto source = sources.find(name);
    if (source == sources.end()) {
        table.unlisted = "it was not read";
        table.may_check = true;
        return table;
    }
    const LookupTable& read = source->second;
    table.origin = read.origin;
    const auto take = [&](const std::string& value) {
        const Answer answer = answer_of(settings, service, value);
        table.check = std::max(table.check, answer.check);
        table.without_login = table.without_login || answer.without_login;
        return answer;
    };
    if (read.kind != LookupTable::Kind::entries) {
        for (const PatternLine& line : read.patterns)
            if (take(line.result).kind == AccessAnswer::other && has_groups(line.result))
                table.may_check = true;
        if (read.kind == LookupTable::Kind::every_key) (void)take(read.value);
        table.may_check = table.may_check || read.kind == LookupTable::Kind::unknown;
        table.unlisted = read.kind == LookupTable::Kind::unknown
                             ? "what it answers cannot be listed"
                             : "it is no list of keys";
        return table;
    }
    std::optional<Answer> check;
    bool one_check = true;
    for (const TableEntry& entry : read.entries) {
        const std::string& key = entry.key;
        // Of these Postfix asks for none.
        if (key.empty() || key.front() == '@' || key == "<>") continue;
        if (key.front() == '.' && table.parents) continue;
        const Answer answer = take(entry.value);
        if (answer.kind == AccessAnswer::checks) {
            if (!check) check = answer;
            one_check = one_check && check->check == answer.check &&
                        check->without_login == answer.without_login;
        }
        table.keys.push_back({key, answer.kind, entry.origin,
                              answer.check != SenderCheck::none || answer.without_login});
    }
    // postmap lists a texthash in no order.
    std::stable_sort(table.keys.begin(), table.keys.end(),
                     [](const AccessKey& a, const AccessKey& b) { return a.key < b.key; });
    if (!one_check)
        for (AccessKey& key : table.keys)
            if (key.answer == AccessAnswer::checks) key.answer = AccessAnswer::other;
    return table;
}

const AccessKey* answer_for(const AccessTable& table, const std::string& sender) {
    const std::size_t at = sender.rfind('@');
    if (at == std::string::npos) return nullptr;
    const std::string local = sender.substr(0, at);
    const std::string base = base_of(table, local);
    std::string domain = sender.substr(at + 1);
    std::vector<std::string> asked = {sender, base + "@" + domain, domain};
    for (std::size_t dot = domain.find('.'); dot != std::string::npos;
         dot = domain.find('.', dot + 1))
        asked.push_back(domain.substr(table.parents ? dot + 1 : dot));
    asked.push_back(local + "@");
    asked.push_back(base + "@");
    for (const std::string& key : asked) {
        const auto found = std::lower_bound(
            table.keys.begin(), table.keys.end(), key,
            [](const AccessKey& one, const std::string& wanted) { return one.key < wanted; });
        if (found != table.keys.end() && found->key == key) return &*found;
    }
    return nullptr;
}

std::vector<std::string> senders_of(const AccessTable& table, const AccessKey& key,
                                    bool extensions) {
    const std::string extension = !extensions || table.delimiters.empty()
                                      ? std::string()
                                      : "([" + quoted_regex(table.delimiters) + "].*)?";
    std::vector<std::string> senders;
    switch (form_of(key.key)) {
        case KeyForm::address:
            senders.push_back(as_pattern(key.key));
            if (extensions)
                for (std::string& one : with_extensions(key.key, table.delimiters))
                    senders.push_back(std::move(one));
            break;
        case KeyForm::domain: {
            const std::string name(name_of(key.key));
            const bool plain = is_plain_domain(name);
            if (!key.key.starts_with("."))
                senders.push_back(plain ? "*@" + name
                                        : in_slashes("^.*@" + quoted_regex(name) + "$"));
            if (key.key.starts_with(".") || table.parents)
                senders.push_back(plain ? "*@*." + name
                                        : in_slashes("^.*@.*\\." + quoted_regex(name) + "$"));
            break;
        }
        case KeyForm::local:
            senders.push_back(
                in_slashes("^" + quoted_regex(without_at(key.key)) + extension + "@.*$"));
            break;
    }
    return senders;
}

bool is_asked_before(const AccessTable& table, const AccessKey& other, const AccessKey& key) {
    const KeyForm form = form_of(key.key);
    const KeyForm of_other = form_of(other.key);
    if (of_other != form) return of_other < form;
    switch (form) {
        case KeyForm::address:
            return other.key != key.key &&
                   without_extension(other.key, table.delimiters) == key.key;
        case KeyForm::domain:
            return other.key != key.key && covers(table, key.key, name_of(other.key)) &&
                   name_of(other.key).size() >= name_of(key.key).size();
        case KeyForm::local:
            return other.key != key.key && base_of(table, without_at(other.key)) + "@" == key.key;
    }
    return true;
}

bool is_asked_behind(const AccessTable& table, const AccessKey& other, const AccessKey& key) {
    const KeyForm form = form_of(key.key);
    const KeyForm of_other = form_of(other.key);
    if (form == KeyForm::address && of_other == KeyForm::domain)
        return covers(table, other.key, domain_of(key.key));
    if (form == KeyForm::address && of_other == KeyForm::local) {
        const std::string local = local_of(key.key);
        return other.key == local + "@" || other.key == base_of(table, local) + "@" ||
               base_of(table, without_at(other.key)) == local;
    }
    if (form == KeyForm::domain && of_other == KeyForm::local) return true;
    return of_other == form && is_asked_before(table, key, other);
}

}  // namespace relaypermit
