// A policy as its author wrote it: plain data, every rule with its place. The reader of the file
// fills it in; Policy (policy.h) compiles it. A value; any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/cause.h"
#include "policy/domain.h"
#include "policy/facts.h"
#include "policy/login_patterns.h"
#include "policy/network.h"
#include "policy/one_or_many.h"
#include "policy/pattern.h"
#include "policy/place.h"
#include "policy/rare.h"
#include "policy/rule_list.h"
#include "policy/shared_text.h"
#include "policy/table_by.h"
#include "policy/validity.h"

namespace relaypermit {

// Which senders a grant covers ([[alias]] fields).
struct GrantFields {
    bool envelope{true};
    bool from{true};
    bool sender{true};  // the Sender: field
};

// A member of a group stands in each list of senders or recipients that names the group.
using PlacedPattern = LoginPattern;

struct PlacedNetwork {
    Network network{};
    Place place{};
};

// When and from where a grant counts; whose `note` is for people.
struct GrantLimits : Validity {
    std::vector<Network> networks{};  // empty: from anywhere
    std::string note{};
};

// What few grants have.
struct GrantExtras : GrantLimits {
    std::vector<PlacedNetwork> clients{};
    // What the grant does not cover, and whom: of a login in except_logins its subaddresses too, so
    // that nobody gets back by another spelling what was kept from them.
    std::vector<PlacedPattern> except{};
    LoginPatterns except_logins{};
    // From counts only where the one Sender field shows an address that the session may send as.
    bool visible{};
};

// [[alias]]: these may send as those. Either logins or rare->clients is filled, never both. A
// policy may have a million: each byte here counts.
struct Grant {
    std::string id{};
    Place place{};
    LoginPatterns logins{};
    OneOrMany<PlacedPattern> senders{};
    Rare<GrantExtras> rare{};
    GrantFields fields{};
};

// [[restrict]]: overrides every grant. logins and clients, where both stand, must both match.
struct Restriction {
    std::string id{};
    Place place{};
    LoginPatterns logins{};
    std::vector<PlacedNetwork> clients{};
    // These logins alone, without their subaddresses: those may be somebody else's.
    LoginPatterns except_logins{};
    // Absent conditions restrict nothing.
    std::optional<std::vector<PlacedPattern>> recipients{};  // without "hosted"
    bool recipients_hosted{};                                // "hosted" stands in recipients
    std::optional<std::vector<Network>> networks{};
    std::optional<std::vector<std::string>> mechanisms{};  // upper case
    bool suspended{};
    Rare<Validity> time{};
    std::string text{};  // for the reply; empty: the cause's
    std::string note{};
};

// [[alias_table]]: grants kept elsewhere. policy/ knows its id alone; what it says arrives in
// Facts::table_answers.
struct TableSource {
    std::string id{};
    Place place{};
    TableBy by{TableBy::login};
    // Whether an answer holds for one address alone: by sender, and by login where the query has
    // {sender}.
    bool per_address{};
    // What it grants at most, whatever it says.
    GrantFields fields{};
    Rare<GrantLimits> rare{};
};

// [[domain_table]]: domains kept elsewhere, beside those of [relay]. What it says arrives in
// Facts::table_answers, as that of any table.
struct DomainTableSource {
    std::string id{};
    Place place{};
    DomainRole role{};
    std::string note{};
};

enum class MissingFrom : std::uint8_t { refuse, envelope };

// [from] alignment: what From must have of the envelope sender.
enum class Alignment : std::uint8_t { off, domain, address };

// [cause.<id>] except_*: the cause is off for a session that is in one of these.
struct CauseExceptions {
    LoginPatterns logins{};                // the login itself, without its subaddresses
    std::vector<PlacedPattern> senders{};  // of the envelope; with their subaddresses
    std::vector<PlacedNetwork> clients{};

    [[nodiscard]] bool empty() const {
        return logins.empty() && senders.empty() && clients.empty();
    }
};

struct PolicySource {
    bool monitor_mode{};

    std::string server_name{};
    std::string contact{};  // as set; see contact_of()
    std::string help_url{};

    DomainSet hosted_domains{};
    DomainSet relay_domains{};
    std::vector<PlacedNetwork> trusted_networks{};
    // nullopt: the MTA's default (smtp, esmtp; Sendmail adds relay, smtp8, dsmtp).
    std::optional<std::vector<std::string>> remote_mailers{};

    std::vector<std::uint16_t> submission_ports{587, 465};
    std::vector<std::string> submission_daemon_names{"ORIGINATING", "MSA", "MSA-v4", "MSA-v6"};
    bool require_tls{true};

    std::string default_realm{};  // normalized; empty: none
    std::vector<LoginForm> login_forms{};
    std::optional<DomainSet> realms{};  // nullopt: the hosted domains
    bool owns_own_address{true};
    std::string subaddress_delimiter{"+"};

    bool require_owned_sender_field{true};
    MissingFrom missing_from{MissingFrom::refuse};
    bool accepts_bounces{true};  // see is_bounce() in conditions.h
    Alignment alignment{Alignment::off};

    RuleList<Grant> grants{};
    RuleList<Restriction> restrictions{};
    std::vector<TableSource> tables{};
    std::vector<DomainTableSource> domain_tables{};

    std::array<CausePolicy, cause_count> causes{};  // indexed by Cause; see default_causes()
    std::array<Rare<CauseExceptions>, cause_count> exceptions{};  // indexed by Cause
};

// {auth_authen} as this policy reads it; see canonical_login().
[[nodiscard]] tl::expected<Login, LoginFault> read_login(const PolicySource& source,
                                                         std::string_view raw, Mta mta);

// Whether a realm that owns its own addresses has this login: one of [login] realms, which are the
// hosted domains where nothing is said.
[[nodiscard]] bool has_own_realm(const PolicySource& source, const Login& login);

[[nodiscard]] bool has_domain_table(const PolicySource& source, DomainRole role);

// Every cause with its default action, reply and text.
[[nodiscard]] std::array<CausePolicy, cause_count> default_causes();

}  // namespace relaypermit
