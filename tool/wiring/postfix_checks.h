// What can be wrong between Postfix and relaypermitd: a function each, in the table of
// postfix_checks.cpp. Pure; any thread.
//
// Facts about Postfix are those of 3.4 to 3.10 unless said otherwise.
#pragma once

#include <string>
#include <string_view>

#include "tool/wiring/postfix_facts.h"
#include "tool/wiring/wiring_finding.h"

namespace relaypermit {

// Everything that is wrong, by file and line, each once.
[[nodiscard]] WiringFindings check_postfix(const PostfixFacts& facts);

// Tables that do not say all that they hold, so that a difference may go unseen: a clause each.
[[nodiscard]] std::vector<std::string> remarks_on_postfix(const PostfixFacts& facts);

using PostfixCheck = void (*)(const PostfixFacts& facts, WiringFindings& findings);

// postfix_milter_checks.cpp: is relaypermitd asked, and what if it is not there
void check_milter_is_asked(const PostfixFacts& facts, WiringFindings& findings);
void check_milter_options(const PostfixFacts& facts, WiringFindings& findings);
void check_milter_macros(const PostfixFacts& facts, WiringFindings& findings);
void check_local_mail(const PostfixFacts& facts, WiringFindings& findings);
void check_filters(const PostfixFacts& facts, WiringFindings& findings);
void check_message_text(const PostfixFacts& facts, WiringFindings& findings);
// postfix_order_checks.cpp: the milters of others
void check_other_milters(const PostfixFacts& facts, WiringFindings& findings);
// postfix_socket_checks.cpp: is it where Postfix looks, and may Postfix go there
void check_sockets(const PostfixFacts& facts, WiringFindings& findings);
void check_policy_service(const PostfixFacts& facts, WiringFindings& findings);
// postfix_relay_checks.cpp: what Postfix itself refuses
void check_relaying(const PostfixFacts& facts, WiringFindings& findings);
void check_networks(const PostfixFacts& facts, WiringFindings& findings);
void check_order_of_refusals(const PostfixFacts& facts, WiringFindings& findings);
// postfix_login_checks.cpp: submissions and their logins
void check_submission(const PostfixFacts& facts, WiringFindings& findings);
void check_auth(const PostfixFacts& facts, WiringFindings& findings);
// postfix_domain_checks.cpp
void check_domains(const PostfixFacts& facts, WiringFindings& findings);

// The entry of smtpd_milters for relaypermitd, as this policy listens.
[[nodiscard]] std::string milter_entry(const PostfixFacts& facts);
// `setting` where it is one of main.cf; "  -o { setting }" of an override in master.cf.
[[nodiscard]] std::string line_for(const PostfixSettings& postfix, const FileLine& place,
                                   std::string_view setting);

}  // namespace relaypermit
