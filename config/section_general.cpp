// The top of a policy file and its tables without rules.
#include <algorithm>
#include <array>
#include <cstdint>

#include "config/rule_values.h"
#include "config/schema.h"
#include "config/sections.h"
#include "config/values.h"
#include "policy/contact.h"
#include "policy/reply.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

void take_help_url(Reader& reader, const Node& value, Draft& draft) {
    const std::string& url = value.text();
    const bool is_web = url.starts_with("https://") || url.starts_with("http://");
    if (!url.empty() && (!is_web || !is_word(url))) {
        reader.error(value.position,
                     in_backticks(url) + " is not a web address in ASCII without spaces",
                     "as in https://help.example.com/relay");
    } else if (authority_of(url).find('@') != std::string_view::npos) {
        reader.error(value.position,
                     "the help address has a user name or password in it, which everybody reads");
    } else if (!url.empty() && !has_web_host(url)) {
        reader.error(value.position, in_backticks(url) + " has no usable host name or port",
                     "as in https://help.example.com/relay");
    } else if (url.size() > max_help_url_bytes) {
        reader.error(value.position,
                     "a help address longer than " + std::to_string(max_help_url_bytes) +
                         " bytes leaves no room in a reply",
                     "a short address can lead to a long one");
    } else if (url.find('#') != std::string::npos) {
        reader.error(value.position, "the help address has a # already",
                     "replies end with it and #<cause>");
    } else {
        draft.source.help_url = url;
    }
}

void take_server_name(Reader& reader, const Node& value, Draft& draft) {
    if (const auto name = normalize_domain(value.text())) {
        draft.source.server_name = *name;
    } else {
        reader.error(value.position, in_backticks(value.text()) + " is not a usable host name",
                     "as in mail.example.com");
    }
}

void take_contact(Reader& reader, const Node& value, Draft& draft) {
    if (value.text().empty()) return;
    if (const std::string fault = contact_fault(value.text()); !fault.empty())
        reader.error(value.position, "the contact " + in_backticks(value.text()) + " " + fault,
                     "one address, or a short text such as \"the help desk, phone 1234\"");
    else
        draft.source.contact = value.text();
}

void take_default_realm(Reader& reader, const Node& value, Draft& draft) {
    if (value.text().empty()) return;
    if (const auto realm = normalize_domain(value.text())) {
        draft.source.default_realm = *realm;
    } else {
        reader.error(value.position, in_backticks(value.text()) + " is not a usable domain",
                     "as in example.com");
    }
}

void take_forms(Reader& reader, const Node& value, Draft& draft) {
    for (const Node& item : value.items_of(Node::Kind::string))
        if (auto form = LoginForm::parse(item.text()))
            draft.source.login_forms.push_back(*std::move(form));
        else
            reader.error_inside(item, form.error().offset,
                                "form " + in_backticks(item.text()) + ": " + form.error().why,
                                form.error().help);
}

void take_delimiter(Reader& reader, const Node& value, Draft& draft) {
    // What Postfix's recipient_delimiter may hold as well, but for what is part of ordinary names
    // (letters, digits, quotes), of addresses (`@`) or of patterns (`*`, `?`, braces).
    constexpr std::string_view usable = "+-_=.#~^/!$%&|";
    const std::string& text = value.text();
    const std::size_t odd = text.find_first_not_of(usable);
    const std::string help = "each of " + std::string(usable) +
                             " can be one: \"+-\" is both of these, as in Postfix's "
                             "recipient_delimiter, and \"\" is none";
    if (odd != std::string::npos) {
        const std::size_t bytes =
            std::max<std::size_t>(first_code_point(std::string_view(text).substr(odd)).bytes, 1);
        reader.error(value.position,
                     in_backticks(text.substr(odd, bytes)) + " can be no `subaddress_delimiter`",
                     help);
        return;
    }
    for (std::size_t at = 0; at < text.size(); ++at)
        if (text.find(text[at], at + 1) != std::string::npos) {
            reader.error(
                value.position,
                "`subaddress_delimiter` holds " + in_backticks(std::string(1, text[at])) + " twice",
                "each character of it is a delimiter by itself; one of two characters "
                "there is not");
            return;
        }
    draft.source.subaddress_delimiter = text;
}

void take_store(Reader& reader, const Node& value, Draft& draft) {
    if (value.text().empty() || value.text().starts_with('/')) {
        draft.settings.log.store = value.text();
    } else {
        reader.error(value.position,
                     "`store` must be a path that begins with /, not " + in_backticks(value.text()),
                     "as in /var/lib/relaypermit/decisions.db");
    }
}

const Row<Draft> top_rows[] = {
    {{"mode", ValueType::string, "\"enforce\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         constexpr std::array<std::string_view, 2> modes = {"enforce", "monitor"};
         if (const auto mode = reader.choice(value, "`mode`", modes))
             draft.source.monitor_mode = *mode == 1;
     }},
};

const Row<Draft> server_rows[] = {
    {{"name", ValueType::string, ""}, take_server_name},
    {{"contact", ValueType::string, ""}, take_contact},
    {{"help_url", ValueType::string, "\"\""}, take_help_url},
};

const Row<Draft> relay_rows[] = {
    {{"hosted_domains", ValueType::strings, "[]"},
     [](Reader& reader, const Node& value, Draft& draft) {
         draft.source.hosted_domains = take_domains(reader, value);
     }},
    {{"relay_domains", ValueType::strings, "[]"},
     [](Reader& reader, const Node& value, Draft& draft) {
         draft.source.relay_domains = take_domains(reader, value);
     }},
    {{"trusted_networks", ValueType::strings, "[\"127.0.0.0/8\", \"::1/128\"]"},
     [](Reader& reader, const Node& value, Draft& draft) {
         draft.source.trusted_networks = take_named_networks(reader, value, draft);
     }},
    {{"remote_mailers", ValueType::strings, "[\"smtp\", \"esmtp\"]"},
     [](Reader& reader, const Node& value, Draft& draft) {
         draft.source.remote_mailers = take_words(reader, value, "the name of a mailer");
     }},
};

const Row<Draft> submission_rows[] = {
    {{"ports", ValueType::integers, "[587, 465]", 1, 65535},
     [](Reader&, const Node& value, Draft& draft) {
         draft.source.submission_ports.clear();
         for (const Node& item : value.items_of(Node::Kind::integer))
             draft.source.submission_ports.push_back(static_cast<std::uint16_t>(item.integer()));
     }},
    {{"daemon_names", ValueType::strings, "[\"ORIGINATING\", \"MSA\", \"MSA-v4\", \"MSA-v6\"]"},
     [](Reader& reader, const Node& value, Draft& draft) {
         draft.source.submission_daemon_names = take_words(reader, value, "the name of a daemon");
     }},
    {{"require_tls", ValueType::boolean, "true"},
     [](Reader&, const Node& value, Draft& draft) { draft.source.require_tls = value.boolean(); }},
};

const Row<Draft> login_rows[] = {
    {{"default_realm", ValueType::string, "\"\""}, take_default_realm},
    {{"forms", ValueType::strings, "[]"}, take_forms},
    {{"realms", ValueType::strings, ""},
     [](Reader& reader, const Node& value, Draft& draft) {
         draft.source.realms = take_domains(reader, value);
     }},
    {{"owns_own_address", ValueType::boolean, "true"},
     [](Reader&, const Node& value, Draft& draft) {
         draft.source.owns_own_address = value.boolean();
     }},
    {{"subaddress_delimiter", ValueType::string, "\"+\""}, take_delimiter},
};

const Row<Draft> from_rows[] = {
    {{"require_owned_sender_field", ValueType::boolean, "true"},
     [](Reader&, const Node& value, Draft& draft) {
         draft.source.require_owned_sender_field = value.boolean();
     }},
    {{"missing", ValueType::string, "\"refuse\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         constexpr std::array<std::string_view, 2> ways = {"refuse", "envelope"};
         if (const auto way = reader.choice(value, "`missing` in [from]", ways))
             draft.source.missing_from = *way == 1 ? MissingFrom::envelope : MissingFrom::refuse;
     }},
    {{"alignment", ValueType::string, "\"off\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         constexpr std::array<std::string_view, 3> ways = {"off", "domain", "address"};
         if (const auto way = reader.choice(value, "`alignment` in [from]", ways))
             draft.source.alignment = static_cast<Alignment>(*way);
     }},
    {{"bounces", ValueType::string, "\"accept\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         constexpr std::array<std::string_view, 2> ways = {"accept", "refuse"};
         if (const auto way = reader.choice(value, "`bounces` in [from]", ways))
             draft.source.accepts_bounces = *way == 0;
     }},
};

const Row<Draft> log_rows[] = {
    {{"syslog", ValueType::boolean, "true"},
     [](Reader&, const Node& value, Draft& draft) { draft.settings.log.syslog = value.boolean(); }},
    {{"format", ValueType::string, "\"logfmt\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         constexpr std::array<std::string_view, 2> ways = {"logfmt", "json"};
         if (const auto way = reader.choice(value, "`format` in [log]", ways))
             draft.settings.log.format = static_cast<LogFormat>(*way);
     }},
    {{"store", ValueType::string, "\"\""}, take_store},
    {{"keep_days", ValueType::integer, "30", 1, 36500},
     [](Reader&, const Node& value, Draft& draft) {
         draft.settings.log.keep_days = static_cast<std::uint32_t>(value.integer());
     }},
    {{"max_mb", ValueType::integer, "1024", 1, 1'000'000},
     [](Reader&, const Node& value, Draft& draft) {
         draft.settings.log.max_mb = static_cast<std::uint32_t>(value.integer());
     }},
    {{"recipients", ValueType::string, "\"full\""},
     [](Reader& reader, const Node& value, Draft& draft) {
         constexpr std::array<std::string_view, 3> ways = {"full", "domain", "none"};
         if (const auto way = reader.choice(value, "`recipients` in [log]", ways))
             draft.settings.log.recipients = static_cast<RecipientPrivacy>(*way);
     }},
    {{"agent", ValueType::boolean, "false"},
     [](Reader&, const Node& value, Draft& draft) { draft.settings.log.agent = value.boolean(); }},
};

struct GeneralTable {
    std::string_view name;
    std::string_view header;
    std::span<const Row<Draft>> rows;
};
const GeneralTable tables[] = {
    {"server", "[server]", server_rows}, {"listen", "[listen]", listen_rows()},
    {"relay", "[relay]", relay_rows},    {"submission", "[submission]", submission_rows},
    {"login", "[login]", login_rows},    {"from", "[from]", from_rows},
    {"log", "[log]", log_rows},          {"metrics", "[metrics]", metrics_rows()},
    {"guide", "[guide]", guide_rows()},
};

}  // namespace

bool read_general(Reader& reader, const Entry& entry, Draft& draft) {
    for (const Row<Draft>& row : top_rows) {
        if (row.info.key != entry.key) continue;
        reader.enter("at the top of the file");
        if (reader.fits(entry.value, row.info)) row.take(reader, entry.value, draft);
        return true;
    }
    for (const GeneralTable& table : tables) {
        if (table.name != entry.key) continue;
        if (reader.is_table(entry, table.name)) {
            read_table(reader, entry.value, "in " + std::string(table.header), table.rows, draft);
            if (table.name == "listen") check_listen(reader, entry.value, draft);
            if (table.name == "metrics") check_metrics(reader, entry.value, draft);
        }
        return true;
    }
    return false;
}

std::vector<TableInfo> general_tables() {
    std::vector<TableInfo> infos;
    infos.push_back({"", "at the top of the file", infos_of(top_rows)});
    for (const GeneralTable& table : tables)
        infos.push_back({table.name, table.header, infos_of(table.rows)});
    return infos;
}

}  // namespace relaypermit
