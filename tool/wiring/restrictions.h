// Lists of restrictions in main.cf as smtpd(8) goes through them. Pure; any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "tool/wiring/postfix_settings.h"

namespace relaypermit {

// Those that are gone through by the time a recipient is accepted.
inline constexpr std::array<std::string_view, 5> restriction_lists = {
    "smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions",
    "smtpd_relay_restrictions", "smtpd_recipient_restrictions"};

// The list with the restrictions of each class that it names in the place of its name
// (smtpd_restriction_classes; RESTRICTION_CLASS_README of Postfix). What an access table answers
// with a class is not in it.
[[nodiscard]] std::string restrictions_of(const PostfixSettings& settings,
                                          const PostfixService& service, std::string_view list);
// The same of restrictions that stand elsewhere, as in an access table.
[[nodiscard]] std::string expanded_restrictions(const PostfixSettings& settings,
                                                const PostfixService& service,
                                                const std::string& restrictions);

}  // namespace relaypermit
