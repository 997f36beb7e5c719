// Who may relay without logging in, said in a table and in JSON.
#include "tool/rehearse/open_relay_view.h"

#include <algorithm>

#include "policy/conditions.h"
#include "tool/base/rule_time.h"
#include "tool/base/table.h"
#include "tool/base/visible.h"
#include "tool/rehearse/open_inside.h"
#include "tool/rehearse/open_relay.h"
#include "tool/rehearse/permission_limits.h"

namespace relaypermit {
namespace {

std::string client_of(const OpenWay& way) {
    if (way.local_command) return "sendmail(1)";
    return way.client ? to_string(*way.client) : "anyone";
}

std::vector<std::string> listed_senders(const OpenWay& way) {
    std::vector<std::string> senders;
    if (way.grant)
        for (const PlacedPattern& sender : way.grant->senders)
            senders.push_back(sender.pattern.text());
    return senders;
}

std::vector<std::string> senders_of(const OpenWay& way) {
    switch (way.senders) {
        case OpenWay::Senders::any:
            return {"any sender"};
        case OpenWay::Senders::hosted:
            return {"any sender of a hosted domain"};
        case OpenWay::Senders::not_hosted:
            return {"any sender of a domain not hosted here"};
        case OpenWay::Senders::listed:
            break;
    }
    return listed_senders(way);
}

std::vector<std::string> texts_of(const std::vector<Network>& networks) {
    std::vector<std::string> texts;
    for (const Network& network : networks) texts.push_back(to_string(network));
    return texts;
}

std::vector<std::string> recipients_of(const OpenWay& way, const Policy& policy) {
    if (way.recipients != OpenWay::Recipients::relay_domains) return {};
    std::vector<std::string> domains = policy.source().relay_domains.patterns();
    for (const DomainTableSource& table : policy.source().domain_tables)
        if (table.role == DomainRole::relay) domains.push_back("the domains of table " + table.id);
    return domains;
}

Place place_of(const OpenWay& way, const Loaded& loaded) {
    const bool is_cause = way.rule.starts_with("cause.");
    const auto setting = loaded.places.find(way.rule + (is_cause ? ".action" : ""));
    return setting == loaded.places.end() ? way.place : setting->second;
}

// "From as *@example.com by crm-from, from 192.0.2.7 alone"
std::string from_by(const Grant& grant, const OpenWay& way) {
    std::vector<std::string> senders;
    for (const PlacedPattern& sender : grant.senders) senders.push_back(sender.pattern.text());
    std::string text = "From as " + joined(senders) + " by " + grant.id;
    std::vector<Network> smaller;
    for (const PlacedNetwork& client : grant.rare->clients) {
        if (way.client && client.network.contains(*way.client)) {
            smaller.clear();
            break;
        }
        if (way.client && way.client->contains(client.network)) smaller.push_back(client.network);
    }
    if (!smaller.empty()) text += " for " + joined(texts_of(smaller));
    if (!grant.rare->networks.empty())
        text += " only from " + joined(texts_of(grant.rare->networks));
    if (const std::string time = time_words(*grant.rare); !time.empty()) text += " " + time;
    return text;
}

// What else must hold, in words.
std::vector<std::string> conditions_of(const OpenWay& way, const Policy& policy) {
    std::vector<std::string> conditions;
    if (way.recipients == OpenWay::Recipients::relay_domains)
        conditions.push_back("to " + joined(recipients_of(way, policy)));
    if (way.recipients == OpenWay::Recipients::other_mailers)
        conditions.push_back("to what is delivered by a mailer outside remote_mailers");
    if (way.ports == OpenWay::Ports::submission) conditions.push_back("on a submission port");
    if (way.ports == OpenWay::Ports::not_submission)
        conditions.push_back("not on a submission port");
    if (!way.also_in.empty()) conditions.push_back("only from " + joined(texts_of(way.also_in)));
    if (way.needs_tls) {
        const auto& clients =
            policy.source().exceptions[static_cast<std::size_t>(Cause::tls_required)]->clients;
        const Match excepted = way.client ? within(clients, way.client) : Match::unknown;
        if (clients.empty() || excepted == Match::no)
            conditions.push_back("on submission ports only with TLS");
        else if (excepted == Match::unknown)
            conditions.push_back(
                "on submission ports only with TLS, but for some by except_clients");
    }
    if (way.needs_honest_helo)
        conditions.push_back("not where HELO says this server's own name or address");
    if (way.grant)
        if (std::string time = time_words(*way.grant->rare); !time.empty())
            conditions.push_back(std::move(time));
    if (way.grant && !way.grant->fields.from && way.more_from.empty())
        conditions.push_back("From is not granted");
    for (const Grant* grant : way.more_from) conditions.push_back(from_by(*grant, way));
    for (const Restriction* restriction : way.restrictions) {
        const std::string time = time_words(*restriction->time);
        conditions.push_back("within the restriction " + restriction->id +
                             (time.empty() ? "" : " " + time));
    }
    return conditions;
}

std::string table_of(const std::vector<OpenWay>& ways, const Loaded& loaded,
                     const Terminal& terminal) {
    Table table(
        {{.title = {}}, {.title = {}}, {.title = {}, .style = Style::dim}, {.wraps = true}});
    for (const OpenWay& way : ways) {
        const bool stranger = !way.client || way.client->prefix == 0;
        std::string what = "as " + joined(senders_of(way));
        if (way.grant && !way.grant->rare->except.empty())
            what += " but for " + joined_patterns(way.grant->rare->except);
        for (const std::string& condition : conditions_of(way, *loaded.policy))
            what += "; " + condition;
        table.add({{client_of(way), stranger ? Style::red : Style::plain},
                   {way.rule},
                   {to_string(place_of(way, loaded))},
                   {std::move(what)}});
    }
    constexpr std::size_t indent = 2;
    return table.print(terminal, indent);
}

// What every policy lets through, in the words that follow "everyone else is refused".
std::string exceptions_among(const std::vector<OpenWay>& ways) {
    std::string text;
    for (const OpenWay& way : ways) {
        if (!way.is_ordinary) continue;
        text = (way.local_command ? " sendmail(1) on this server"
                                  : " mailers outside remote_mailers") +
               (text.empty() ? text : " and" + text);
    }
    return text.empty() ? text : ", but for" + text;
}

std::string_view word_of(OpenWay::Ports ports) {
    switch (ports) {
        case OpenWay::Ports::any:
            return "any";
        case OpenWay::Ports::submission:
            return "submission";
        case OpenWay::Ports::not_submission:
            return "not-submission";
    }
    return {};
}

std::string_view word_of(OpenWay::Senders senders) {
    switch (senders) {
        case OpenWay::Senders::any:
            return "any";
        case OpenWay::Senders::listed:
            return "listed";
        case OpenWay::Senders::hosted:
            return "hosted";
        case OpenWay::Senders::not_hosted:
            return "not-hosted";
    }
    return {};
}

std::string_view word_of(OpenWay::Recipients recipients) {
    switch (recipients) {
        case OpenWay::Recipients::any:
            return "any";
        case OpenWay::Recipients::relay_domains:
            return "relay-domains";
        case OpenWay::Recipients::other_mailers:
            return "other-mailers";
    }
    return {};
}

void write_way(JsonWriter& json, const OpenWay& way, const Loaded& loaded) {
    json.open_object().key("client");
    way.client ? json.value(to_string(*way.client)) : json.null();
    json.key("sendmail_command").value(way.local_command);
    json.key("senders_are").value(word_of(way.senders)).key("senders").values(listed_senders(way));
    std::vector<std::string> except;
    if (way.grant)
        for (const PlacedPattern& one : way.grant->rare->except)
            except.push_back(one.pattern.text());
    json.key("except").values(except);
    json.key("recipients_are").value(word_of(way.recipients));
    json.key("recipients").values(recipients_of(way, *loaded.policy));
    json.key("ports").value(word_of(way.ports)).key("networks").values(texts_of(way.also_in));
    json.key("needs_tls").value(way.needs_tls);
    json.key("needs_honest_helo").value(way.needs_honest_helo).key("since");
    way.grant&& way.grant->rare->since ? json.value(way.grant->rare->since_text) : json.null();
    json.key("until");
    way.grant&& way.grant->rare->until ? json.value(way.grant->rare->until_text) : json.null();
    json.key("from_granted")
        .value(way.grant == nullptr || way.grant->fields.from || !way.more_from.empty());
    std::vector<std::string> more;
    for (const Grant* grant : way.more_from) more.push_back(grant->id);
    json.key("more_from").values(more);
    std::vector<std::string> restrictions;
    for (const Restriction* restriction : way.restrictions) restrictions.push_back(restriction->id);
    json.key("restrictions").values(restrictions).key("ordinary").value(way.is_ordinary);
    json.key("rule").value(way.rule).key("place").value(to_string(place_of(way, loaded)));
    json.close_object();
}

// "cause.hosted-sender-needs-login is off", "except_senders of hosted-sender-needs-login".
std::string in_words(const OpenSetting& open) {
    if (open.value != "set") return open.setting + " is " + open.value;
    const std::size_t list = open.setting.rfind('.');
    const std::size_t id = open.setting.find('.') + 1;
    return open.setting.substr(list + 1) + " of " + open.setting.substr(id, list - id);
}

// Under a heading each: what strangers, and what logins may do beside relaying.
std::string open_besides(const Policy& policy, bool has_client_grants, const Terminal& terminal) {
    const std::vector<OpenSetting> open = open_settings(policy);
    std::size_t width = 0;
    for (const OpenSetting& one : open) width = std::max(width, one.what.size());
    std::string text;
    std::string last;
    for (const OpenSetting& one : open) {
        if (one.who != last) {
            last = one.who;
            std::string heading = one.who;
            if (one.kind == OpenSetting::Kind::bounces || one.kind == OpenSetting::Kind::alignment)
                heading += ", with the null sender:";
            else
                heading += std::string(has_client_grants ? ", the networks above too" : "") +
                           ", without a login, " + to_hosted_on_port_25 + ":";
            text += terminal.paint(Style::bold, wrapped(heading, terminal.width, 2)) + "\n";
        }
        constexpr std::size_t gap = 2;
        text += "  " + padded(one.what, width) + "  " +
                wrapped(in_words(one) + "; " + one.breaks, terminal.width, gap + width + gap) +
                "\n";
    }
    return text;
}

}  // namespace

std::string open_relay_statement(const Loaded& loaded, TimePoint now, const Terminal& terminal) {
    auto ways = open_ways(*loaded.policy, now);
    const std::string exceptions = exceptions_among(ways);
    std::erase_if(ways, [](const OpenWay& way) { return way.is_ordinary; });
    std::string text;
    if (loaded.policy->source().monitor_mode)
        text += terminal.paint(Style::yellow, wrapped("mode is monitor, so at present nobody is "
                                                      "refused; with mode = \"enforce\":",
                                                      terminal.width, 0)) +
                "\n";
    if (ways.empty())
        text += wrapped("nobody may relay without logging in" + exceptions, terminal.width, 2);
    else
        text += terminal.paint(Style::bold, "may relay without logging in:") + "\n" +
                table_of(ways, loaded, terminal) +
                wrapped("everyone else is refused" + exceptions, terminal.width, 2);
    const bool has_client_grants = std::any_of(
        ways.begin(), ways.end(), [](const OpenWay& way) { return way.grant != nullptr; });
    return text + "\n" + open_besides(*loaded.policy, has_client_grants, terminal);
}

void write_open_relay(JsonWriter& json, const Loaded& loaded, TimePoint now) {
    json.open_array();
    for (const OpenWay& way : open_ways(*loaded.policy, now)) write_way(json, way, loaded);
    json.close_array();
}

void write_open_settings(JsonWriter& json, const Loaded& loaded) {
    json.open_array();
    for (const OpenSetting& one : open_settings(*loaded.policy)) {
        const bool is_cause = one.setting.starts_with("cause.");
        const bool is_action = is_cause && one.value != "set";
        const auto place = loaded.places.find(one.setting + (is_action ? ".action" : ""));
        json.open_object().key("who").value(one.who).key("what").value(one.what);
        json.key("without_login").value(is_cause);
        json.key("where").value(is_cause ? to_hosted_on_port_25 : "with the null sender");
        json.key("setting").value(one.setting).key("value").value(one.value).key("place");
        json.value(to_string(place == loaded.places.end() ? Place{} : place->second));
        json.key("closing_it").value(one.breaks).close_object();
    }
    json.close_array();
}

}  // namespace relaypermit
