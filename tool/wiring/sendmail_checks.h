// What can be wrong between Sendmail and relaypermitd: a function each, in the table of
// sendmail_checks.cpp. collect_sendmail_facts() connects to sockets and reads files; all else is
// pure. Facts about Sendmail are those of 8.17.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tool/wiring/postfix_facts.h"
#include "tool/wiring/sendmail_settings.h"
#include "tool/wiring/sendmail_source.h"
#include "tool/wiring/wiring_finding.h"

namespace relaypermit {

struct SendmailFacts {
    SendmailSettings sendmail{};
    PolicyFacts policy{};
    std::map<std::string, SocketFacts, std::less<>> sockets{};  // by address
    std::vector<PathFacts> folders{};                           // above the sockets
    SendmailSource source{};

    [[nodiscard]] const ListenSettings& listen() const { return policy.loaded.settings.listen; }
};

[[nodiscard]] SendmailFacts collect_sendmail_facts(SendmailSettings sendmail, PolicyFacts policy);

// Everything that is wrong, by file and line: those of the .mc, where it was found, for what m4
// made of it.
[[nodiscard]] WiringFindings check_sendmail(const SendmailFacts& facts);
[[nodiscard]] std::vector<std::string> remarks_on_sendmail(const SendmailFacts& facts);

}  // namespace relaypermit
