#include "config/habits.h"

#include <algorithm>

#include "policy/ascii.h"

namespace relaypermit {
namespace {

struct Habit {
    std::string_view written;
    std::string_view meant;
};

// Where a word may mean several, each is tried in turn.
constexpr Habit keys[] = {
    {"user", "logins"},
    {"user", "login"},
    {"users", "logins"},
    {"username", "login"},
    {"usernames", "logins"},
    {"account", "logins"},
    {"accounts", "logins"},
    {"sasl_login_name", "logins"},
    {"group", "logins"},
    {"groups", "logins"},
    {"address", "senders"},
    {"addresses", "senders"},
    {"aliases", "senders"},
    {"from", "senders"},
    {"mail_from", "sender"},
    {"mynetworks", "trusted_networks"},
    {"mydestination", "hosted_domains"},
    {"virtual_mailbox_domains", "hosted_domains"},
    {"domain", "hosted_domains"},
    {"domains", "hosted_domains"},
    {"host", "clients"},
    {"hosts", "clients"},
    {"ip", "clients"},
    {"ip", "client"},
    {"ips", "clients"},
    {"name", "id"},
    {"title", "id"},
    {"title", "name"},
    {"comment", "note"},
    {"description", "note"},
    {"reason", "text"},
    {"message", "text"},
    {"expires", "until"},
    {"expire", "until"},
    {"end", "until"},
    {"to", "until"},
    {"valid_until", "until"},
    {"not_after", "until"},
    {"start", "since"},
    {"begin", "since"},
    {"valid_from", "since"},
    {"not_before", "since"},
    {"blocked", "suspended"},
    {"disabled", "suspended"},
    {"locked", "suspended"},
    {"to", "recipients"},
    {"rcpt", "recipients"},
    {"exclude", "except"},
    {"not", "except"},
    {"hostname", "name"},
    {"myhostname", "name"},
    {"result", "expect"},
    {"expected", "expect"},
    {"require_encryption", "require_tls"},
};

constexpr Habit values[] = {
    {"deny", "reject"},     {"refuse", "reject"},     {"block", "reject"},
    {"drop", "reject"},     {"discard", "reject"},    {"warn", "monitor"},
    {"log", "monitor"},     {"audit", "monitor"},     {"test", "monitor"},
    {"testing", "monitor"}, {"dry-run", "monitor"},   {"observe", "monitor"},
    {"off", "monitor"},     {"none", "off"},          {"no", "off"},
    {"disabled", "off"},    {"ignore", "off"},        {"allow", "off"},
    {"accept", "off"},      {"permit", "off"},        {"on", "enforce"},
    {"active", "enforce"},  {"enforcing", "enforce"}, {"defer", "tempfail"},
    {"retry", "tempfail"},  {"greylist", "tempfail"}, {"permit", "accept"},
    {"allow", "accept"},    {"ok", "accept"},         {"pass", "accept"},
    {"pass", "off"},        {"dunno", "off"},         {"ok", "off"},
};

constexpr Habit placeholders[] = {
    {"user", "user"},    {"username", "user"},  {"users", "user"},          {"uid", "user"},
    {"local", "user"},   {"localpart", "user"}, {"local_part", "user"},     {"domain", "domain"},
    {"realm", "domain"}, {"host", "domain"},    {"login", "login"},         {"email", "login"},
    {"mail", "login"},   {"address", "login"},  {"sasl_username", "login"},
};

constexpr Habit tables[] = {
    {"grant", "alias"},    {"grants", "alias"},       {"rule", "alias"},    {"permit", "alias"},
    {"allow", "alias"},    {"sender", "alias"},       {"senders", "alias"}, {"deny", "restrict"},
    {"block", "restrict"}, {"suspended", "restrict"}, {"ban", "restrict"},  {"postfix", "relay"},
    {"domains", "relay"},  {"mynetworks", "relay"},   {"logging", "log"},
};

}  // namespace

std::string key_of_habit(std::string_view written, const std::vector<std::string_view>& known) {
    const std::string lower = ascii_lower(written);
    for (const Habit& habit : keys)
        if (habit.written == lower &&
            std::find(known.begin(), known.end(), habit.meant) != known.end())
            return std::string(habit.meant);
    return {};
}

std::string value_of_habit(std::string_view written, std::span<const std::string_view> allowed) {
    const std::string lower = ascii_lower(written);
    for (const Habit& habit : values)
        if (habit.written == lower &&
            std::find(allowed.begin(), allowed.end(), habit.meant) != allowed.end())
            return std::string(habit.meant);
    return {};
}

std::string placeholder_of_habit(std::string_view written) {
    const std::string lower = ascii_lower(written);
    for (const Habit& habit : placeholders)
        if (habit.written == lower) return std::string(habit.meant);
    return {};
}

std::string_view table_of_habit(std::string_view written) {
    const std::string lower = ascii_lower(written);
    for (const Habit& habit : tables)
        if (habit.written == lower) return habit.meant;
    return {};
}

}  // namespace relaypermit
