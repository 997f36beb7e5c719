// What the daemon needs beside the policy: where to listen, where to log. A value; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/file_settings.h"
#include "config/guide_settings.h"
#include "config/ldap_settings.h"
#include "config/protocols.h"
#include "config/redis_settings.h"
#include "config/sasl_settings.h"
#include "config/socketmap_settings.h"
#include "config/sql_settings.h"
#include "policy/recipient_privacy.h"
#include "policy/table_by.h"

namespace relaypermit {

// [listen], and `listen` of [metrics]: for each protocol an address in libmilter's syntax
// (unix:path, local:path, inet:port@host, inet6:port@host, fd:3); empty: that front end is not
// wanted.
struct ListenSettings {
    std::array<std::string, protocols.size()> addresses = usual_addresses();
    std::uint32_t socket_mode{0660};
    std::string socket_group{};  // empty: the daemon's own

    [[nodiscard]] std::string& operator[](Protocol protocol) {
        return addresses[index_of(protocol)];
    }
    [[nodiscard]] const std::string& operator[](Protocol protocol) const {
        return addresses[index_of(protocol)];
    }

  private:
    static std::array<std::string, protocols.size()> usual_addresses() {
        std::array<std::string, protocols.size()> usual;
        for (const ProtocolInfo& row : protocols) usual[index_of(row.protocol)] = row.usual;
        return usual;
    }
};

// How a decision is written to the log: as record/line.h says, or as record/json_line.h does.
enum class LogFormat : std::uint8_t { logfmt, json };

// [log]
struct LogSettings {
    bool syslog{true};
    LogFormat format{LogFormat::logfmt};
    std::string store{};  // path of the SQLite file; empty: no store
    std::uint32_t keep_days{30};
    std::uint32_t max_mb{1024};
    RecipientPrivacy recipients{RecipientPrivacy::full};
    bool agent{};  // what messages call the program that wrote them is kept too
};

// [[alias_table]] and [[domain_table]]: grants and domains kept elsewhere (see tables/).
struct TableSettings {
    // What its kind alone has; a kind is one of these, and a row of table_kinds().
    using OfKind = std::variant<SaslSettings, FileSettings, CdbSettings, LmdbSettings,
                                SqliteSettings, PostgresqlSettings, MysqlSettings, RedisSettings,
                                SocketmapSettings, LdapSettings>;

    std::string id{};
    std::uint32_t timeout_ms{500};  // how long a session waits at most
    std::uint32_t cache_s{30};      // how long an answer with values is kept; 0: not at all
    OfKind of_kind{};
    TableBy by{TableBy::login};
    DomainRole role{};                   // by domain
    std::uint32_t negative_cache_s{10};  // how long one without is; 0: not at all
    // How long beyond cache_s a yes may be used while lookups fail; 0: not at all.
    std::uint32_t stale_s{0};
    // By sender: the domains in which a name without a domain is a key too; nullopt: the default
    // realm and the server's own name.
    std::optional<std::vector<std::string>> local_domains{};

    friend bool operator==(const TableSettings&, const TableSettings&) = default;
};

struct Settings {
    ListenSettings listen{};
    LogSettings log{};
    GuideSettings guide{};
    std::vector<TableSettings> tables{};  // in the order of the file
};

}  // namespace relaypermit
