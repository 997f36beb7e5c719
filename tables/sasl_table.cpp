#include "tables/sasl_table.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "config/sasl_settings.h"
#include "tables/table_values.h"

namespace relaypermit {

namespace {

using Senders = std::vector<std::string>;

constexpr std::size_t max_name_bytes = 1023;      // CANON_BUF_SIZE of libsasl2's saslint.h
constexpr std::size_t max_property_bytes = 8191;  // of a property, as sasldb and sql read it

// Why SASL can have no account of this very name; empty: it may have one. Asked for such a login,
// libsasl2 2.1.28 would answer for another account: it ends a user name at the first @ and at a
// NUL, takes white space off both ends, and has the host's name for a missing realm.
std::string no_account(const Login& login) {
    const auto blank = [](char c) { return c == ' '; };
    const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; };
    const std::string& user = login.user;
    const std::string& realm = login.realm;
    if (user.empty()) return "the login has no user part";
    if (realm.empty()) return "the login has no realm (default_realm of [login] would be it)";
    if (user.find('@') != std::string::npos) return "SASL ends a user name at the first @";
    for (const std::string& part : {user, realm}) {
        if (blank(part.front()) || blank(part.back()))
            return "SASL does not keep blanks at the ends of a login";
        if (std::any_of(part.begin(), part.end(), control))
            return "the login holds a control character";
    }
    if (to_string(login).size() > max_name_bytes) return "the login is too long for SASL";
    return {};
}

// The sql plugin puts names and values between quotes of a statement, and its engines escape them
// in ways that do not hold everywhere: SQLite knows no backslash, with which 2.1.28 escapes.
bool may_end_a_statement(std::string_view text) {
    return text.find_first_of("'\"\\") != std::string_view::npos;
}

// Why sasldb cannot be read; empty: it can. libsasl2 calls a missing file "no such user".
std::string why_unreadable(const std::string& sasldb) {
    if (::faccessat(AT_FDCWD, sasldb.c_str(), R_OK, AT_EACCESS) == 0) return {};
    if (errno == ENOENT) return "`" + sasldb + "` is missing";
    return "`" + sasldb + "` cannot be read: " + std::strerror(errno);
}

Senders sorted(Senders senders) {
    std::sort(senders.begin(), senders.end());
    senders.erase(std::unique(senders.begin(), senders.end()), senders.end());
    return senders;
}

}  // namespace

tl::expected<std::unique_ptr<SaslTable>, std::string> SaslTable::open(const std::string& directory,
                                                                      const std::string& property) {
    if (std::string why = why_no_sender_property(property); !why.empty())
        return tl::make_unexpected(std::move(why));
    const auto library = SaslLibrary::start(directory);
    if (!library) return tl::make_unexpected(library.error());
    return std::unique_ptr<SaslTable>(new SaslTable(**library, property));
}

std::string SaslTable::why_not_asked(const Login& login) const {
    if (!sasl_.is_sasldb_alone() && may_end_a_statement(to_string(login)))
        return "the login holds a quote or a backslash, which SASL's sql plugin does not escape "
               "safely";
    if (sasl_.sasldb().empty()) return {};
    std::string why = why_unreadable(sasl_.sasldb());
    if (!why.empty() && !sasl_.is_sasldb_alone())
        why += ", and auxprop_plugin in relaypermit.conf does not leave sasldb out";
    return why;
}

TableResult SaslTable::look_up(const TableKey& key) {
    const Login& login = key.login;
    if (std::string why = no_account(login); !why.empty()) return {true, false, {}, std::move(why)};
    if (std::string why = why_not_asked(login); !why.empty())
        return {false, {}, {}, std::move(why), may_end_a_statement(to_string(login))};
    const SaslProperty read = sasl_.read(login, property_);
    if (!read.known) return {false, {}, {}, read.why};
    Senders senders;
    for (const std::string& value : read.values)
        for (std::string& sender : split_value(value)) senders.push_back(std::move(sender));
    std::string why = "SASL cannot tell whether it knows the login";
    if (read.login_exists)
        why = *read.login_exists ? "SASL knows the login" : "SASL does not know the login";
    return {true, read.login_exists, sorted(std::move(senders)), std::move(why)};
}

tl::expected<void, std::string> SaslTable::store(const Login& login, const Senders& senders) {
    if (std::string why = no_account(login); !why.empty())
        return tl::make_unexpected(std::move(why));
    if (std::string why = why_not_asked(login); !why.empty())
        return tl::make_unexpected(std::move(why));
    std::string value;
    for (const std::string& sender : senders) {
        if (split_value(sender) != Senders{sender})
            return tl::make_unexpected("`" + sender +
                                       "` holds a space or a comma, which separate patterns here");
        if (!sasl_.is_sasldb_alone() && may_end_a_statement(sender))
            return tl::make_unexpected("`" + sender +
                                       "` holds a quote or a backslash, which SASL's sql plugin "
                                       "does not escape safely: write it by the database's own "
                                       "tools");
        value += (value.empty() ? "" : " ") + sender;
    }
    if (value.size() > max_property_bytes)
        return tl::make_unexpected("these are " + std::to_string(value.size()) +
                                   " bytes, and SASL reads back no more than " +
                                   std::to_string(max_property_bytes));
    // In sasldb an empty property would stay as one of a login that may be gone.
    const bool remove = value.empty() && sasl_.is_sasldb_alone();
    if (auto written = sasl_.write(login, property_, remove ? std::nullopt : std::optional(value));
        !written)
        return written;

    const TableResult now = look_up(key_of(login));
    if (!now.known) return tl::make_unexpected("written, but not read back: " + now.why);
    if (now.values != sorted(senders))
        return tl::make_unexpected(std::string(
            "SASL took the change and did not make it; in relaypermit.conf, sql_update changes the "
            "row of a login and sql_insert adds one (never with SQLite: add the row yourself)"));
    return {};
}

}  // namespace relaypermit
