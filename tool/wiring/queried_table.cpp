#include "tool/wiring/queried_table.h"

#include <algorithm>
#include <map>
#include <optional>

#include "config/sql_query.h"
#include "policy/ascii.h"
#include "tool/base/rules_as_toml.h"
#include "tool/wiring/domain_rows.h"

namespace relaypermit {
namespace {

using Settings = std::map<std::string, std::string, std::less<>>;
using Fault = tl::unexpected<std::string>;
constexpr std::size_t npos = std::string::npos;

Settings settings_of(const std::vector<LogicalLine>& lines) {
    Settings settings;
    for (const LogicalLine& line : lines) {
        const std::size_t equals = line.text.find('=');
        if (equals == std::string::npos) continue;
        settings.insert_or_assign(
            std::string(without_blanks(std::string_view(line.text).substr(0, equals))),
            std::string(without_blanks(std::string_view(line.text).substr(equals + 1))));
    }
    return settings;
}

std::string value_of(const Settings& settings, std::string_view key) {
    const auto found = settings.find(key);
    return found == settings.end() ? std::string() : found->second;
}

// What %s and the like stand for (db_common(3)): in a query the upper-case ones are the same.
// Empty: a policy has no word for it. Of a domain, which is no user@domain, %u is the whole.
std::string_view placeholder_of(char expansion, QueryOf of) {
    switch (expansion) {
        case 's':
        case 'S':
            return of == QueryOf::alias_table ? "sender" : "domain";
        case 'u':
        case 'U':
            return of == QueryOf::alias_table ? "user" : "domain";
        case 'd':
        case 'D':
            return "domain";
        default:
            return {};
    }
}

std::string no_word_for(char expansion) {
    if (expansion == '\0') return "a % stands at its end";
    return std::string("a policy has no word for its %") + expansion;
}

// The first expansion of these in it; empty: there is none. Postfix does not ask at all where the
// key has nothing for one.
std::string without_value(std::string_view text, std::string_view expansions) {
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        if (text[at] != '%') continue;
        ++at;
        if (expansions.find(text[at]) != npos) return std::string("%") + text[at];
    }
    return {};
}

// ---- SQL

// One string of a statement, apart at its expansions.
struct SqlString {
    std::vector<std::string> pieces{};  // texts between quotes, and parameters

    void add_text(std::string& text, char quote) {
        if (!text.empty()) pieces.push_back(quote + text + quote);
        text.clear();
    }
};

std::string joined(const SqlString& string, SqlDialect dialect) {
    if (string.pieces.size() == 1) return string.pieces.front();
    std::string text = dialect == SqlDialect::mysql ? "CONCAT(" : "(";
    for (std::size_t i = 0; i < string.pieces.size(); ++i) {
        const std::string& piece = string.pieces[i];
        if (i > 0) text += dialect == SqlDialect::mysql ? ", " : " || ";
        // To PostgreSQL a parameter has no type of its own.
        text += dialect == SqlDialect::postgresql && piece.starts_with(':')
                    ? "CAST(" + piece + " AS text)"
                    : piece;
    }
    return text + ")";
}

class SqlRewriter {
  public:
    SqlRewriter(std::string_view text, SqlDialect dialect, QueryOf of)
        : text_(text), dialect_(dialect), of_(of) {}

    tl::expected<std::string, std::string> run() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '%') return Fault("an expansion stands outside quotes in its query");
            if (c != '\'' && (c != '"' || dialect_ != SqlDialect::mysql)) {
                out_ += c;
                ++at_;
            } else if (auto fault = string(c)) {
                return Fault(*std::move(fault));
            }
        }
        return out_;
    }

  private:
    std::optional<std::string> string(char quote) {
        SqlString one;
        std::string text;
        for (++at_; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
            if (c == quote && next != quote) {
                one.add_text(text, quote);
                if (one.pieces.empty()) one.pieces.push_back({quote, quote});
                out_ += joined(one, dialect_);
                ++at_;
                return std::nullopt;
            }
            if (c == quote || (c == '\\' && dialect_ == SqlDialect::mysql && next != '\0')) {
                text += {c, next};
                ++at_;
            } else if (c != '%') {
                text += c;
            } else if (next == '%') {
                text += '%';
                ++at_;
            } else if (const auto name = placeholder_of(next, of_); !name.empty()) {
                one.add_text(text, quote);
                one.pieces.push_back(":" + std::string(name));
                ++at_;
            } else {
                return no_word_for(next);
            }
        }
        return "a quote of its query is not closed";
    }

    const std::string_view text_;
    const SqlDialect dialect_;
    const QueryOf of_;
    std::size_t at_{};
    std::string out_{};
};

// The query, also where it is written in the form of before Postfix 2.2; empty: there is none.
std::string query_of(const Settings& settings, SqlDialect dialect) {
    if (const auto query = settings.find("query"); query != settings.end()) return query->second;
    const std::string function = value_of(settings, "select_function");
    if (dialect == SqlDialect::postgresql && !function.empty())
        return "SELECT " + function + "('%s')";
    if (value_of(settings, "table").empty()) return {};
    return "SELECT " + value_of(settings, "select_field") + " FROM " + value_of(settings, "table") +
           " WHERE " + value_of(settings, "where_field") + " = '%s' " +
           value_of(settings, "additional_conditions");
}

// ---- where it is

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || std::string_view("-._~").find(c) != npos;
        if (plain) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return out;
}

// "unix:/run/x", "inet:host:port", "host": as a url has it.
std::string host_of(std::string host) {
    for (const std::string_view prefix : {"inet:", "unix:"})
        if (host.starts_with(prefix)) host = host.substr(prefix.size());
    return host.starts_with("/") ? percent_encoded(host) : host;
}

// The password itself stays where it is: a policy may be read by more people.
void add_password(const Settings& settings, std::string_view key, std::string_view name,
                  QueriedTable& table) {
    if (value_of(settings, key).empty()) return;
    std::string stem = std::string(name.substr(name.rfind('/') + 1));
    if (stem.ends_with(".cf")) stem.resize(stem.size() - 3);
    const std::string file = "/etc/relaypermit/" + stem + ".password";
    table.keys.emplace_back("password_file", toml_string(file));
    table.remarks.push_back("Put the password of " + std::string(name) + " into " + file +
                            ", alone, chmod 640 and chown root:relaypermit.");
}

std::string first_host(const Settings& settings, std::string_view key, QueriedTable& table) {
    const std::vector<std::string> hosts = list_items(value_of(settings, key));
    if (hosts.size() > 1)
        table.remarks.push_back("Of its " + std::to_string(hosts.size()) +
                                " servers, only the first is asked here.");
    return hosts.empty() ? "localhost" : hosts.front();
}

// What every kind may have and no table of a policy has; empty: nothing.
std::string beyond_us(const Settings& settings, QueryOf of) {
    const std::string format = value_of(settings, "result_format");
    // Which value says that it has the domain does not matter.
    const bool plain = of == QueryOf::domain_table && (format.find('%') == npos || format == "%s");
    if (!format.empty() && format != "%s" && !plain)
        return "it changes its results by result_format = " + format;
    if (!value_of(settings, "result_filter").empty()) return "it changes its results";
    if (!value_of(settings, "domain").empty())
        return "it is asked for some domains alone (`domain`)";
    if (const std::string limit = value_of(settings, "expansion_limit");
        !limit.empty() && limit != "0")
        return "it fails above an expansion_limit of " + limit;
    return {};
}

// Why Postfix finds no domain in it; empty: it may.
std::string never_asked_for_domains(const Settings& settings, const std::string& query) {
    // mysql_table(5), `domain`: "bare domain lookups are not performed".
    if (!value_of(settings, "domain").empty())
        return "with `domain` set, Postfix asks it for addresses alone, and never for a domain";
    std::string expansion = without_value(query, "dD123456789");
    if (expansion.empty())
        expansion = without_value(value_of(settings, "search_base"), "dD123456789");
    // %d there is of the result (pgsql_table(5), RESULT_FORMAT).
    if (expansion.empty())
        expansion = without_value(value_of(settings, "result_format"), "D123456789");
    if (!expansion.empty())
        return "a domain alone has nothing for its " + expansion +
               ", so that Postfix never asks it for one";
    return {};
}

tl::expected<QueriedTable, std::string> sql_table(SqlDialect dialect, std::string_view name,
                                                  const Settings& settings, QueryOf of) {
    QueriedTable table;
    if (value_of(settings, dialect == SqlDialect::sqlite ? "dbpath" : "dbname").empty())
        return Fault("it names no database");
    if (dialect == SqlDialect::sqlite) {
        table.type = "sqlite";
        table.keys.emplace_back("path", toml_string(value_of(settings, "dbpath")));
    } else {
        table.type = dialect == SqlDialect::mysql ? "mysql" : "postgresql";
        const std::string host = first_host(settings, "hosts", table);
        if (host.find("://") != npos) return Fault("its hosts are connection strings");
        const std::string user = value_of(settings, "user");
        // Postfix then asks as whoever its process is.
        if (user.empty()) return Fault("it names no user");
        table.keys.emplace_back(
            "url", toml_string(table.type + "://" + percent_encoded(user) + "@" + host_of(host) +
                               "/" + percent_encoded(value_of(settings, "dbname"))));
        add_password(settings, "password", name, table);
    }
    const std::string written = query_of(settings, dialect);
    if (written.empty()) return Fault("it has no query");
    const auto query = SqlRewriter(written, dialect, of).run();
    if (!query) return Fault(query.error());
    if (const auto parsed = parse_sql_query(*query, dialect, of); !parsed)
        return Fault("its query is none for a policy: " + parsed.error().why);
    table.keys.emplace_back("query", toml_string(without_blanks(*query)));
    table.all_say_yes = rows_say_yes(*query);
    return table;
}

// ---- LDAP

std::string ldap_query_of(const Settings& settings) {
    const std::string written = value_of(settings, "query_filter");
    return written.empty() ? "(mailacceptinggeneralid=%s)" : written;
}

tl::expected<std::string, std::string> ldap_filter(std::string_view text, QueryOf of) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        if (c == '{' || c == '}') {
            out += {c, c};
        } else if (c != '%') {
            out += c;
        } else {
            ++at;
            const auto name = placeholder_of(next, of);
            if (next == '%')
                out += '%';
            else if (name.empty())
                return Fault(no_word_for(next));
            else
                out += "{" + std::string(name) + "}";
        }
    }
    return out;
}

tl::expected<QueriedTable, std::string> ldap_table(std::string_view name, const Settings& settings,
                                                   QueryOf of) {
    for (const std::string_view key :
         {"special_result_attribute", "leaf_result_attribute", "terminal_result_attribute"})
        if (!value_of(settings, key).empty())
            return Fault("it follows entries to others by " + std::string(key));
    const std::string scope = value_of(settings, "scope");
    if (!scope.empty() && scope != "sub")
        return Fault("it searches with the scope " + scope +
                     ", and a table of a policy at all depths");
    const std::string base = value_of(settings, "search_base");
    if (base.find('%') != npos) return Fault("its search_base depends on what it is asked");

    QueriedTable table;
    table.type = "ldap";
    std::string host = first_host(settings, "server_host", table);
    if (host.find("://") == npos) {
        const std::string port = value_of(settings, "server_port");
        host = "ldap://" + host + (port.empty() || host.find(':') != npos ? "" : ":" + port);
    }
    table.keys.emplace_back("url", toml_string(host));
    if (ascii_lower(value_of(settings, "start_tls")) == "yes")
        table.keys.emplace_back("start_tls", "true");
    if (const std::string ca = value_of(settings, "tls_ca_cert_file"); !ca.empty())
        table.keys.emplace_back("ca_file", toml_string(ca));
    if (const std::string dn = value_of(settings, "bind_dn");
        !dn.empty() && ascii_lower(value_of(settings, "bind")) != "no") {
        table.keys.emplace_back("bind_dn", toml_string(dn));
        add_password(settings, "bind_pw", name, table);
    }
    table.keys.emplace_back("base", toml_string(base));
    const auto filter = ldap_filter(ldap_query_of(settings), of);
    if (!filter) return Fault(filter.error());
    table.keys.emplace_back("filter", toml_string(*filter));
    const std::string written = value_of(settings, "result_attribute");
    const std::vector<std::string> attributes = list_items(written.empty() ? "maildrop" : written);
    table.keys.emplace_back("attributes", toml_list(attributes));
    table.all_say_yes = entries_say_yes(*filter, attributes);
    return table;
}

}  // namespace

tl::expected<QueriedTable, std::string> queried_table(std::string_view type, std::string_view name,
                                                      const std::vector<LogicalLine>& lines,
                                                      QueryOf of) {
    const Settings settings = settings_of(lines);
    const SqlDialect dialect = type == "mysql"   ? SqlDialect::mysql
                               : type == "pgsql" ? SqlDialect::postgresql
                                                 : SqlDialect::sqlite;
    if (of == QueryOf::domain_table) {
        QueriedTable silent;
        silent.never = never_asked_for_domains(
            settings, type == "ldap" ? ldap_query_of(settings) : query_of(settings, dialect));
        if (!silent.never.empty()) return silent;
    }
    if (std::string why = beyond_us(settings, of); !why.empty()) return Fault(std::move(why));
    return type == "ldap" ? ldap_table(name, settings, of) : sql_table(dialect, name, settings, of);
}

}  // namespace relaypermit
