#include "tool/rehearse/policy_as_toml.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <variant>

#include "config/table_kind.h"
#include "policy/contact.h"
#include "tool/base/rules_as_toml.h"

namespace relaypermit {
namespace {

std::string boolean(bool value) {
    return value ? "true" : "false";
}

// One table; `=` below each other.
class TableText {
  public:
    explicit TableText(std::string_view header) : text_(std::string(header) + "\n") {}

    TableText& line(std::string_view key, const std::string& value) {
        constexpr std::size_t width = 26;
        text_ += std::string(key);
        if (key.size() < width) text_ += std::string(width - key.size(), ' ');
        text_ += " = " + value + "\n";
        return *this;
    }
    TableText& text(std::string_view key, std::string_view value) {
        return line(key, toml_string(value));
    }
    TableText& list(std::string_view key, const std::vector<std::string>& values) {
        return line(key, toml_list(values));
    }
    TableText& comment(std::string_view key, std::string_view words) {
        text_ += "# " + std::string(key) + ": " + std::string(words) + "\n";
        return *this;
    }
    [[nodiscard]] std::string take() { return std::move(text_) + "\n"; }

  private:
    std::string text_;
};

std::string octal(std::uint32_t mode) {
    std::string digits;
    for (int shift = 9; shift >= 0; shift -= 3)
        digits += static_cast<char>('0' + ((mode >> static_cast<unsigned>(shift)) & 7U));
    return digits;
}

std::string general(const PolicySource& source, const Settings& settings) {
    std::string text =
        "mode = " + toml_string(source.monitor_mode ? "monitor" : "enforce") + "\n\n";
    TableText server("[server]");
    if (normalize_domain(source.server_name) == source.server_name)
        server.text("name", source.server_name);
    else
        server.comment("name", "the host name, " + toml_string(source.server_name));
    if (source.contact.empty())
        server.comment("contact", "postmaster, " + toml_string(contact_of(source)));
    else
        server.text("contact", source.contact);
    text += server.text("help_url", source.help_url).take();

    const ListenSettings& listen = settings.listen;
    TableText sockets("[listen]");
    for (const ProtocolInfo& row : protocols)
        if (row.table == "listen") sockets.text(row.key, listen[row.protocol]);
    text += sockets.text("socket_mode", octal(listen.socket_mode))
                .text("socket_group", listen.socket_group)
                .take();

    std::vector<std::string> trusted;
    for (const PlacedNetwork& network : source.trusted_networks)
        trusted.push_back(to_string(network.network));
    TableText relay("[relay]");
    relay.list("hosted_domains", source.hosted_domains.patterns())
        .list("relay_domains", source.relay_domains.patterns())
        .list("trusted_networks", trusted);
    if (source.remote_mailers)
        relay.list("remote_mailers", *source.remote_mailers);
    else
        relay.comment("remote_mailers",
                      R"(["smtp", "esmtp"]; for Sendmail "relay", "smtp8" and "dsmtp" too)");
    text += relay.take();

    std::string ports;
    for (const std::uint16_t port : source.submission_ports)
        ports += (ports.empty() ? "" : ", ") + std::to_string(port);
    text += TableText("[submission]")
                .line("ports", "[" + ports + "]")
                .list("daemon_names", source.submission_daemon_names)
                .line("require_tls", boolean(source.require_tls))
                .take();

    TableText login("[login]");
    login.text("default_realm", source.default_realm);
    std::vector<std::string> forms;
    for (const LoginForm& form : source.login_forms) forms.push_back(form.text());
    login.list("forms", forms);
    if (source.realms)
        login.list("realms", source.realms->patterns());
    else
        login.comment("realms", "the hosted domains");
    text += login.line("owns_own_address", boolean(source.owns_own_address))
                .text("subaddress_delimiter", source.subaddress_delimiter)
                .take();

    const bool envelope = source.missing_from == MissingFrom::envelope;
    text += TableText("[from]")
                .line("require_owned_sender_field", boolean(source.require_owned_sender_field))
                .text("missing", envelope ? "envelope" : "refuse")
                .text("alignment", source.alignment == Alignment::domain    ? "domain"
                                   : source.alignment == Alignment::address ? "address"
                                                                            : "off")
                .text("bounces", source.accepts_bounces ? "accept" : "refuse")
                .take();
    return text;
}

std::string groups(const Loaded& loaded) {
    if (loaded.groups.empty()) return {};
    TableText table("[groups]");
    for (const std::string& name : loaded.groups) {
        std::vector<std::string> logins;
        if (const auto members = loaded.members.find(name); members != loaded.members.end())
            for (const LoginPattern& login : members->second->members)
                logins.push_back(login.pattern.text());
        const bool bare = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '_';
        });
        table.list(bare ? name : toml_string(name), logins);
    }
    return table.take();
}

std::string tables(const Loaded& loaded) {
    const PolicySource& source = loaded.policy->source();
    std::string text;
    // Those of aliases come first (config/sections.h).
    for (std::size_t number = 0; number < loaded.settings.tables.size(); ++number) {
        const TableSettings& table = loaded.settings.tables[number];
        const TableKind& kind = kind_of(table);
        const bool of_domains = table.by == TableBy::domain;
        TableText one(of_domains ? "[[domain_table]]" : "[[alias_table]]");
        one.text("id", table.id).text("type", kind.type);
        const DomainTableSource* const domains =
            of_domains ? &source.domain_tables[number - source.tables.size()] : nullptr;
        if (domains != nullptr)
            one.text("role", domains->role == DomainRole::hosted ? "hosted" : "relay");
        else
            one.text("by", to_string(table.by));
        for (const auto& [key, value] : kind.values(table))
            if (const auto* words = std::get_if<std::string>(&value))
                one.text(key, *words);
            else if (const auto* list = std::get_if<std::vector<std::string>>(&value))
                one.list(key, *list);
            else
                one.line(key, boolean(std::get<bool>(value)));
        one.line("timeout_ms", std::to_string(table.timeout_ms))
            .line("cache_s", std::to_string(table.cache_s))
            .line("negative_cache_s", std::to_string(table.negative_cache_s))
            .line("stale_s", std::to_string(table.stale_s));
        if (domains != nullptr) {
            one.text("note", domains->note);
        } else {
            if (table.local_domains) one.list("local_domains", *table.local_domains);
            for (const auto& [key, value] : limits_as_toml(source.tables[number]))
                one.line(key, value);
        }
        text += one.take();
    }
    return text;
}

std::string causes(const PolicySource& source) {
    std::string text;
    for (const Cause cause : all_causes) {
        const CausePolicy& own = source.causes[static_cast<std::size_t>(cause)];
        TableText table("[cause." + std::string(to_string(cause)) + "]");
        table.text("action", to_string(own.action));
        // Where only the action says that a default is answered by another class, so do we.
        const char wanted = own.action == Action::reject     ? '5'
                            : own.action == Action::tempfail ? '4'
                                                             : own.reply.code.front();
        if (own.reply.code.front() == wanted)
            table.text("reply", to_string(own.reply));
        else
            table.comment("reply", "the 450 that stands for " + to_string(own.reply));
        if (own.text_is_default)
            table.comment("text", toml_string(own.text));
        else
            table.text("text", own.text);
        std::string whole = table.take();
        whole.insert(whole.size() - 1,
                     exceptions_as_toml(*source.exceptions[static_cast<std::size_t>(cause)]));
        text += whole;
    }
    return text;
}

std::string log_table(const LogSettings& log) {
    constexpr std::array<std::string_view, 3> ways = {"full", "domain", "none"};
    return TableText("[log]")
        .line("syslog", boolean(log.syslog))
        .text("format", log.format == LogFormat::json ? "json" : "logfmt")
        .text("store", log.store)
        .line("keep_days", std::to_string(log.keep_days))
        .line("max_mb", std::to_string(log.max_mb))
        .text("recipients", ways[static_cast<std::size_t>(log.recipients)])
        .line("agent", boolean(log.agent))
        .take();
}

std::string metrics_table(const ListenSettings& listen) {
    return TableText("[metrics]")
        .text(info_of(Protocol::metrics).key, listen[Protocol::metrics])
        .take();
}

std::string guide_table(const GuideSettings& guide) {
    const auto written = [](const std::vector<MailService>& services) {
        std::vector<std::string> texts;
        for (const MailService& service : services) texts.push_back(to_string(service));
        return texts;
    };
    TableText table("[guide]");
    table.text("folder", guide.folder).text("organisation", guide.organisation);
    if (guide.domains.empty())
        table.comment("domains", "the hosted domains that are no pattern");
    else
        table.list("domains", guide.domains);
    table.list("incoming", written(guide.incoming));
    if (guide.outgoing.empty())
        table.comment("outgoing", "the name of the server, at the ports of [submission]");
    else
        table.list("outgoing", written(guide.outgoing));
    return table.text("user_name", guide.user_name)
        .text("webmail", guide.webmail)
        .text("password_url", guide.password_url)
        .list("languages", guide.languages)
        .take();
}

}  // namespace

std::string policy_as_toml(const Loaded& loaded) {
    const PolicySource& source = loaded.policy->source();
    std::string text = general(source, loaded.settings) + groups(loaded);
    for (const Grant& grant : source.grants) text += alias_as_toml(grant) + "\n";
    for (const Restriction& restriction : source.restrictions)
        text += restriction_as_toml(restriction) + "\n";
    text += tables(loaded) + causes(source) + log_table(loaded.settings.log) +
            metrics_table(loaded.settings.listen) + guide_table(loaded.settings.guide);
    text.pop_back();
    return text;
}

}  // namespace relaypermit
