// What is known of a session when a decision is asked for. The milter's session, the policy
// service, the tests and `relaypermit explain` all fill in this one struct. A value; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/address.h"
#include "policy/login.h"
#include "policy/network.h"
#include "policy/pattern.h"

namespace relaypermit {

using TimePoint = std::chrono::sys_seconds;

struct Recipient {
    std::string argument{};  // of RCPT TO as on the wire, without ESMTP parameters
    std::string mailer{};    // {rcpt_mailer}; empty where the MTA did not say
};

// A header field as received: the name with its spelling, the value behind the colon, folds and
// all.
struct HeaderField {
    std::string name{};
    std::string value{};
};

// One lookup that an answer is made of, for a trace.
struct TableLookup {
    std::string key{};  // of the row that was looked for
    bool known{};       // false: it failed
    std::size_t values{};
    std::chrono::microseconds took{};
    bool cached{};
};

// What an alias table said of this session's login, or a domain table of a domain. A table that was
// not asked has no answer here and evaluate() then says that it needs one.
struct TableAnswer {
    std::string table{};  // id of the [[alias_table]] or [[domain_table]]
    // false: the lookup failed. What an earlier answer granted may stand beside it (stale_s): then
    // that is granted, and of all else nothing is known.
    bool known{};
    std::vector<Pattern> senders{};  // by login: its senders
    std::string why{};               // for the trace: "no such login", "timed out after 500 ms"
    Address address{};               // as of its Question
    // By sender: the first key with an answer, which alone counts. Of a domain table: the domain
    // where it has it, else empty.
    std::string key{};
    std::vector<Pattern> logins{};  // by sender: whose that is
    std::uint32_t stale_s{};        // how long what stands here had been over; 0: it had not
    std::vector<TableLookup> lookups{};
};

// What is known when a client connects.
struct Connection {
    std::optional<IpAddress> client{};  // none: a local session (sendmail -bs)
    std::uint16_t port{};               // of the server, {daemon_port}
    std::string daemon_name{};          // {daemon_name}
    Mta mta{Mta::postfix};
    std::string mta_host{};                     // macro j; empty where unknown
    std::optional<IpAddress> server_address{};  // the server's own address of this connection
};

struct Facts : Connection {
    // Mail from the sendmail(1) command, handed over by the MTA itself: never refused at RCPT,
    // because Postfix would retry it forever.
    bool local_submission{};

    // The session.
    std::string tls{};  // protocol, "TLSv1.3"; empty: none
    std::string helo{};
    std::string auth_type{};    // {auth_type}
    std::string auth_authen{};  // {auth_authen}, raw

    // The message.
    std::string sender_argument{};               // of MAIL FROM as on the wire; "<>" is null
    std::optional<std::string> sender_by_mta{};  // {mail_addr}, or f on Sendmail
    // Stage rcpt judges the last one; stage headers sees the accepted ones.
    std::vector<Recipient> recipients{};
    // Every field that is_field() calls From, Sender or Resent-From, and the first one with a stray
    // break (has_stray_break()), in order; others may be left out.
    std::vector<HeaderField> headers{};

    std::vector<TableAnswer> table_answers{};
    TimePoint now{};
};

}  // namespace relaypermit
