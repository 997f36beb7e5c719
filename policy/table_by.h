// What a table is asked by, and what its rows are: `by` of [[alias_table]]. A value; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace relaypermit {

enum class TableBy : std::uint8_t {
    login,   // the senders of a login
    sender,  // the logins of a sender, as every smtpd_sender_login_maps of Postfix
    domain,  // of [[domain_table]]: whether it has the domain, whatever the row says
};

[[nodiscard]] inline std::string_view to_string(TableBy by) {
    switch (by) {
        case TableBy::login:
            return "login";
        case TableBy::sender:
            return "sender";
        case TableBy::domain:
            break;
    }
    return "domain";
}

// What the domains of a [[domain_table]] are.
enum class DomainRole : std::uint8_t {
    hosted,  // as in hosted_domains
    relay,   // as in relay_domains
};

}  // namespace relaypermit
