// A Postfix as it is configured: what is in force, as postconf(1) says it with defaults filled in
// and $name expanded, and which line of main.cf or master.cf it stands in. Reading starts
// postconf, which needs no running Postfix; parse_postfix_settings() and all else is pure.
//
// What stands in a table that a value names (hash:/etc/postfix/x): lookup_table.h.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "tool/wiring/file_line.h"

namespace relaypermit {

struct PostfixSetting {
    std::string value{};    // in force: expanded, in one line, without blanks at its ends
    std::string written{};  // as the file has it, in one line; empty where it is a default
    FileLine origin{};      // where it is written; a default: main.cf, and no line

    [[nodiscard]] bool is_default() const { return origin.line == 0; }
};

using PostfixParameters = std::map<std::string, PostfixSetting, std::less<>>;

// An entry of master.cf.
struct PostfixService {
    std::string name{};  // "smtp", "submission", "127.0.0.1:10025"
    std::string type{};  // "inet", "unix", "pass", ...
    bool chroot{};
    std::string program{};          // "smtpd"
    FileLine origin{};              // of its first line
    PostfixParameters overrides{};  // its -o, where main.cf does not count

    // "submission/inet", as postconf names it.
    [[nodiscard]] std::string title() const { return name + "/" + type; }
};

struct PostfixSettings {
    std::string directory{};               // of main.cf
    PostfixParameters parameters{};        // all that this version has, and those of the admin
    std::vector<PostfixService> services;  // in the order of master.cf
    std::vector<std::string> warnings{};   // what postconf says of unused parameters and their like

    // For every service without an override; of a parameter that this version lacks: an empty
    // value, and is_default(). Borrows from the settings, as the next does.
    [[nodiscard]] const PostfixSetting& operator[](std::string_view parameter) const;
    [[nodiscard]] const PostfixSetting& of(const PostfixService& service,
                                           std::string_view parameter) const;
    [[nodiscard]] std::string main_cf() const { return directory + "/main.cf"; }
    [[nodiscard]] std::string master_cf() const { return directory + "/master.cf"; }
};

// The texts of which settings are made: what postconf prints, and the files for the lines.
struct PostfixTexts {
    std::string parameters{};  // postconf -x
    std::string services{};    // postconf -Mx
    std::string overrides{};   // postconf -Px
    std::string main_cf{};
    std::string master_cf{};
    std::string warnings{};  // what the first of these said on standard error
};

[[nodiscard]] PostfixSettings parse_postfix_settings(const std::string& directory,
                                                     const PostfixTexts& texts);

// Of the main.cf in this directory. The error says why it cannot be read: no postconf, no
// main.cf, a mistake in one of the files.
[[nodiscard]] tl::expected<PostfixSettings, std::string> read_postfix_settings(
    const std::string& directory);

// "yes" of Postfix' booleans, in any case.
[[nodiscard]] bool is_yes(const PostfixSetting& setting);

}  // namespace relaypermit
