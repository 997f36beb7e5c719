// A mail program (or device, or server) that help pages are about, and the format of its data.
//
// A program and a language are one file, tool/guide/programs/PROGRAM.LANGUAGE.toml, built into the
// tool. thunderbird.en.toml is a complete sample. To correct a step, change its line; to add a
// program, add its English file; to translate one, copy it and translate its texts: it must keep
// the shape of the English one (sections, numbers of items, conditions, placeholders), so that a
// step that is added in English is missed in the others. `unit_tests --gtest_filter='Guide*'` says
// what is wrong, with file and line.
//
//   name     = "Thunderbird"             required; as lists and headings show it
//   title    = "Send mail with ..."      required; the heading of the page
//   kind     = "computer"                required; one of guide_kinds: the list that it stands in
//   systems  = "Windows, Mac, Linux"     required; where it runs, or the makes of a device
//   versions = "128 to 156"              the versions whose menus these are, where that matters
//   search   = ["Mozilla Thunderbird"]   other names that people look for
//   agents   = ["Thunderbird/"]          what it writes of itself into User-Agent or X-Mailer, a
//   part
//                                        that no other program has; of several the longest counts.
//                                        In the English file alone
//   notes    = [TEXT, ...]               above everything else: that it has ended, and so on
//
//   [security]                           how the program words them, for {security},
//   starttls = "STARTTLS"                {other_security} and {incoming_security}; required where
//   tls      = "SSL/TLS"                 one of these is used
//
// Then four sections, all required: [add-account] adds the account anew; [outgoing-server] mends
// the outgoing server of one that is there; [from-address] chooses or adds the address that stands
// in From; [hidden-answer] says what the program shows of the server's answer, and where it hides
// it. In each at least one of steps, values and notes:
//
//   title    = "..."                     in place of the usual heading
//   only_if  = "incoming"                the whole section, for policies of which this is so
//   before   = [TEXT, ...]               what is said before the steps
//   steps    = [TEXT, ...]               one thing to do each; they are numbered
//   values   = [[LABEL, TEXT], ...]      what to enter, as a table: the label is the program's own
//   notes    = [TEXT, ...]               what is said after them: traps, other ways
//
// The order on a page is before, steps, values, notes.
//
// A TEXT is a string, or a table in one line where it needs more than that:
//   { text = "...", only_if = "webmail" }
//   { text = "In `~/.msmtprc`:", code = """..."""  }     with a block of code behind it
// and so is a row of values: { label = "Port", value = "{port}", only_if = "starttls" }.
//
// In a TEXT (rich_text.h) **Account Settings** is what stands on the screen, word for word, with
// ` > ` between the steps of a menu path (**Tools** > **Accounts**); `...` is what is typed or
// stands in a file; {port} is a value of the policy. No HTML. In code only {placeholders} mean
// something.
//
// Placeholders (placeholders.h), never a value of one's own:
//   {server} {port} {security}           the outgoing server; what it takes first. Domains in
//   ASCII,
//                                        as every program takes them; beside code in Unicode, too
//   {other_port} {other_security}        what it takes, too            only_if "other_port"
//   {user_name}                          in words: "your whole mail address"
//   {sample_user}                        for code: you@ the first domain, or YOUR-USER-NAME
//   {address}                            in words: "your whole mail address"
//   {sample_address} {domain}            for code: you@ the first domain, and that domain
//   {incoming_server} {incoming_port} {incoming_security} {incoming_protocol}
//                                        IMAP or POP3                  only_if "incoming"
//   {organisation}                                                     only_if "organisation"
//   {webmail} {password_url}             addresses, as links           only_if of the same name
//   {contact}                            whom to ask: an address, or a short text
// Passwords have none: write `your password` in the page's language.
//
// Conditions, for only_if; a list of them: all must hold; "!webmail": it must not.
//   incoming, imap, pop3      the policy names an incoming server; of which kind the first is
//   webmail, password_url, organisation       the policy names one
//   starttls, tls             how {port} is secured
//   other_port                there is a second way to send
//   user_address              the user name is the whole mail address
//   contact_address           {contact} is a mail address, not a text
//   port_known                the policy has a port to send at; without one {port} and {security}
//                             say whom to ask
//   port_25                   it has people send at port 25, too
//
// Values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tool/guide/placeholders.h"

namespace relaypermit {

// The lists of programs on the first page, in this order.
inline constexpr std::array<std::string_view, 6> guide_kinds = {"computer", "phone",  "web",
                                                                "device",   "script", "server"};

struct GuideText {
    std::vector<GuideCondition> only_if{};  // all
    std::string text{};                     // rich text
    std::string code{};                     // a block behind it; empty: none
};

struct GuideValue {
    std::vector<GuideCondition> only_if{};
    std::string label{};
    std::string value{};  // rich text
};

inline constexpr std::array<std::string_view, 4> guide_section_ids = {
    "add-account", "outgoing-server", "from-address", "hidden-answer"};

struct GuideSection {
    std::string title{};  // empty: the usual one
    std::vector<GuideCondition> only_if{};
    std::vector<GuideText> before{};
    std::vector<GuideText> steps{};
    std::vector<GuideValue> values{};
    std::vector<GuideText> notes{};
};

struct GuideProgram {
    std::string id{};        // "thunderbird"
    std::string language{};  // "en"
    std::string name{};
    std::string title{};
    std::string kind{};
    std::string systems{};
    std::string versions{};
    std::vector<std::string> search{};
    std::vector<std::string> agents{};
    std::string starttls{};  // empty: the program does not say
    std::string tls{};
    std::vector<GuideText> notes{};
    std::array<GuideSection, guide_section_ids.size()> sections{};
};

}  // namespace relaypermit
