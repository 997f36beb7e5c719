// A Sendmail as it is configured: what its sendmail.cf says of milters, ports, relaying and maps,
// with the line of each. Pure but for read_sendmail_settings(); any thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "tool/wiring/file_line.h"

namespace relaypermit {

// `X`: a milter.
struct SendmailMilter {
    std::string name{};
    std::map<char, std::string> equates{};  // 'S' -> "local:/run/relaypermit/milter.sock"
    FileLine place{};

    [[nodiscard]] std::string equate(char key) const;
    // Of "T=C:10s;R:15s" the part of this letter; empty where it is not there.
    [[nodiscard]] std::string timeout(char letter) const;
};

// `O DaemonPortOptions`: a port.
struct SendmailDaemon {
    std::string name{};
    std::string port{"smtp"};
    std::string modifiers{};      // M=
    std::string input_filters{};  // of this port alone, where has_filters
    bool has_filters{};
    FileLine place{};
};

struct SendmailOption {
    std::string value{};
    FileLine place{};
};

struct SendmailSettings {
    std::string file{};
    std::string host_name{};  // Dj
    std::vector<SendmailMilter> milters{};
    std::vector<SendmailDaemon> daemons{};
    std::map<std::string, SendmailOption, std::less<>> options{};  // by name, the last counts
    std::map<std::string, FileLine, std::less<>> features{};       // "promiscuous_relay"
    std::map<std::string, std::set<std::string>, std::less<>> classes{};  // 'w', 'R'; in lower case
    std::vector<std::string> unread{};                                    // files of classes
    std::vector<SendmailOption> socket_maps{};  // "K": the address of each map of the type socket
    std::vector<std::string> table_maps{};      // "K": hash and the like, as "mailertable"
    std::string built_in{};                     // the folder where m4 made it
    std::string source_name{};                  // "sendmail.mc", where its VERSIONID has it
    // By line: what stands in the .mc for it, as "MAIL_FILTER(`relaypermit'".
    std::map<std::size_t, std::string> source_marks{};

    [[nodiscard]] const SendmailOption& option(std::string_view name) const;
};

// Of the text of a sendmail.cf. Files of classes are not read here: see `files`, which has their
// texts by path.
[[nodiscard]] SendmailSettings parse_sendmail_settings(
    const std::string& file, std::string_view text,
    const std::map<std::string, std::string>& files = {});

[[nodiscard]] tl::expected<SendmailSettings, std::string> read_sendmail_settings(
    const std::string& file);

}  // namespace relaypermit
