#include "policy/reason.h"

#include <algorithm>

namespace relaypermit {
namespace {

constexpr std::array<ReasonRow, reason_count> rows = {{
    {.reason = Reason::none},
    {.reason = Reason::login_unreadable,
     .id = "login-unreadable",
     .text = "Not sent - correct user name '{login}' in your outgoing server settings. For help "
             "ask {contact}.",
     .in_words = "the login cannot be used",
     .what_to_change = "correct the user name in the mail program"},
    {.reason = Reason::login_blank,
     .id = "login-blank",
     .text = "Not sent - remove the space from user name '{login}' in your mail settings. For help "
             "ask {contact}.",
     .in_words = "a blank at an end of the login",
     .what_to_change = "remove the blank from the user name in the mail program"},
    {.reason = Reason::login_no_realm,
     .id = "login-no-realm",
     .text = "Not sent - set outgoing user name to your mail address instead of '{login}'. For "
             "help ask {contact}.",
     .in_words = "the login has no domain",
     .what_to_change = "set `default_realm` in [login], or have people log in by their address"},
    {.reason = Reason::login_owns_nothing,
     .id = "login-owns-nothing",
     .text = "Not sent - ask {contact} to let {login} send mail. Your settings need no change.",
     .in_words = "the login may send as nothing",
     .what_to_change = "grant the login an address (see suggest)"},
    {.reason = Reason::realm_not_served,
     .id = "realm-not-served",
     .text = "Not sent - ask {contact} to let {login} send mail. Your settings need no change.",
     .in_words = "the login's own domain is not in the policy",
     .what_to_change =
         "add the domain to `hosted_domains` in [relay]: one line for all its logins"},
    {.reason = Reason::sender_made_up,
     .id = "sender-made-up",
     .text = "Not sent - set 'From' to {instead} in the settings of this program or device. For "
             "help ask {contact}.",
     .in_words = "a program made up the sender from its host's name",
     .what_to_change = "set the sender address in that program"},
    {.reason = Reason::sender_misspelt,
     .id = "sender-misspelt",
     .text = "Not sent - correct 'From' to {instead}. It says {sender}. For help ask {contact}.",
     .in_words = "the sender's domain is a hosted one misspelt",
     .what_to_change = "correct the address in the mail program"},
    {.reason = Reason::on_behalf,
     .id = "on-behalf",
     .text = "Not sent - use {instead} as 'From'. To write for {from} ask {contact}.",
     .in_words = "on behalf of another address",
     .what_to_change = "grant it with fields = [\"from\"], or write as oneself"},
    {.reason = Reason::sender_field,
     .id = "sender-field",
     .text = "Not sent - use {instead} as 'Sender' field. To send as {from} ask {contact}.",
     .in_words = "the Sender field is not this login's",
     .what_to_change = "correct the Sender field, or grant it with fields = [\"sender\"]"},
    {.reason = Reason::redirect,
     .id = "redirect",
     .text = "Not sent - press Forward instead of Redirect as {from} wrote this message. For help "
             "ask {contact}.",
     .in_words = "a message of somebody else, redirected",
     .what_to_change = "forward instead of redirect, or grant any From (`*`) to this login"},
    {.reason = Reason::from_missing,
     .id = "from-missing",
     .text = "Not sent - enter {instead} as 'From' in your program or device. It names no sender. "
             "For help ask {contact}.",
     .in_words = "no From address",
     .what_to_change = "enter a From address in the program, or set `missing` in [from]"},
    {.reason = Reason::from_repeated,
     .id = "from-repeated",
     .text = "Not sent - write only one 'From' line. This program or device writes two. For help "
             "ask {contact}.",
     .in_words = "more than one From field",
     .what_to_change = "have the program write one From field"},
    {.reason = Reason::at_in_name,
     .id = "at-in-name",
     .text = "Not sent - take the @ sign out of your sender name in account settings - keep your "
             "address as it is. For help ask {contact}.",
     .in_words = "an @ in the name beside the address",
     .what_to_change = "take the @ out of the name in the mail program's account settings"},
    {.reason = Reason::letters_in_name,
     .id = "letters-in-name",
     .text = "Not sent - write the sender name in plain letters in your account settings. For help "
             "ask {contact}.",
     .in_words = "letters of the name beside the address that programs read differently",
     .what_to_change = "write the name in plain letters in the mail program's account settings"},
    {.reason = Reason::comma_in_name,
     .id = "comma-in-name",
     .text = "Not sent - take the comma out of your sender name in account settings or put the "
             "name in quotes. For help ask {contact}.",
     .in_words = "a comma in the name beside the address",
     .what_to_change = "put the name in quotes, or take the comma out of it"},
    {.reason = Reason::bare_word,
     .id = "bare-word",
     .text = "Not sent - enter a whole mail address as 'From' such as {instead}. For help ask "
             "{contact}.",
     .in_words = "a From without a whole address",
     .what_to_change = "enter a whole address as From in the program"},
    {.reason = Reason::several_addresses,
     .id = "several-addresses",
     .text = "Not sent - enter only one mail address as 'From' in your account settings. For help "
             "ask {contact}.",
     .in_words = "more than one address in From",
     .what_to_change = "enter one address as From in the program"},
    {.reason = Reason::sender_unusable,
     .id = "sender-unusable",
     .text = "Not sent - write one mail address as 'Sender' or leave that line out. For help ask "
             "{contact}.",
     .in_words = "the Sender field cannot be read in one way",
     .what_to_change = "correct the Sender field, or leave it out"},
    {.reason = Reason::client_refused,
     .id = "client-refused",
     .text =
         "Not sent - ask {contact} to unblock this computer or network. Its address is {client}",
     .in_words = "the client's network is suspended",
     .what_to_change = "find out why the network is suspended, then remove the restriction"},
}};

constexpr bool rows_are_in_the_order_of_the_enum() {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows[i].reason) != i) return false;
    return true;
}
static_assert(rows_are_in_the_order_of_the_enum());

// Whether a text is what was made of a template: its fixed parts, in order, the first in front.
bool is_made_of(std::string_view text, std::string_view form) {
    bool first = true;
    while (!form.empty()) {
        const std::size_t open = std::min(form.find('{'), form.size());
        std::string_view fixed = form.substr(0, open);
        if (open == form.size() && fixed.ends_with('.')) fixed.remove_suffix(1);
        const std::size_t found = text.find(fixed);
        if (found == std::string_view::npos || (first && found != 0)) return false;
        text.remove_prefix(found + fixed.size());
        form.remove_prefix(std::min(form.find('}', open), form.size() - 1) + 1);
        first = false;
    }
    return true;
}

}  // namespace

const ReasonRow& row_of(Reason reason) {
    return rows[static_cast<std::size_t>(reason)];
}

std::string_view to_string(Reason reason) {
    return row_of(reason).id;
}

bool fits(Reason reason, Cause cause) {
    switch (reason) {
        case Reason::none:
            return true;
        case Reason::login_unreadable:
        case Reason::login_blank:
            return cause == Cause::sender_not_owned || cause == Cause::sender_not_hosted ||
                   cause == Cause::from_not_owned || cause == Cause::account_suspended;
        case Reason::login_no_realm:
        case Reason::login_owns_nothing:
        case Reason::realm_not_served:
            return cause == Cause::sender_not_owned || cause == Cause::sender_not_hosted ||
                   cause == Cause::from_not_owned;
        case Reason::sender_made_up:
        case Reason::sender_misspelt:
            return cause == Cause::sender_not_hosted;
        case Reason::on_behalf:
        case Reason::sender_field:
        case Reason::redirect:
            return cause == Cause::from_not_owned;
        case Reason::client_refused:
            return cause == Cause::account_suspended;
        default:
            return cause == Cause::from_unusable;
    }
}

Reason reason_of_reply(Cause cause, std::string_view reply) {
    // "550 5.7.1 text"
    constexpr std::size_t shortest_code = 10;
    const std::size_t begin = reply.find(' ', std::min(reply.size(), shortest_code - 6));
    if (begin == std::string_view::npos) return Reason::none;
    const std::string_view text = reply.substr(begin + 1);
    for (const ReasonRow& row : rows)
        if (row.reason != Reason::none && fits(row.reason, cause) && is_made_of(text, row.text))
            return row.reason;
    return Reason::none;
}

}  // namespace relaypermit
