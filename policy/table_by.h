// What the rows of an [[alias_table]] are: `by`. A value; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace relaypermit {

enum class TableBy : std::uint8_t {
    login,   // the senders of a login
    sender,  // the logins of a sender, as every smtpd_sender_login_maps of Postfix
};

[[nodiscard]] inline std::string_view to_string(TableBy by) {
    return by == TableBy::login ? "login" : "sender";
}

}  // namespace relaypermit
