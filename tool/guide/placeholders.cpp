#include "tool/guide/placeholders.h"

#include <algorithm>
#include <array>

namespace relaypermit {
namespace {

constexpr std::array<GuidePlaceholder, 18> placeholders = {{
    {"server", ""},
    {"port", ""},
    {"security", ""},
    {"other_port", "other_port"},
    {"other_security", "other_port"},
    {"user_name", ""},
    {"sample_user", ""},
    {"address", ""},
    {"sample_address", ""},
    {"domain", ""},
    {"organisation", "organisation"},
    {"incoming_server", "incoming"},
    {"incoming_port", "incoming"},
    {"incoming_security", "incoming"},
    {"incoming_protocol", "incoming"},
    {"webmail", "webmail"},
    {"password_url", "password_url"},
    {"contact", ""},
}};

constexpr std::array<std::string_view, 15> conditions = {
    "incoming",        "imap",       "pop3",   "webmail",    "password_url",
    "organisation",    "starttls",   "tls",    "other_port", "user_address",
    "contact_address", "port_known", "port_25"};

// Beside itself, what holds where a condition does.
std::string_view implied_by(std::string_view condition) {
    return condition == "imap" || condition == "pop3" ? "incoming" : condition;
}

}  // namespace

std::span<const GuidePlaceholder> guide_placeholders() {
    return placeholders;
}

const GuidePlaceholder* guide_placeholder(std::string_view name) {
    const auto* const found =
        std::find_if(placeholders.begin(), placeholders.end(),
                     [&](const GuidePlaceholder& row) { return row.name == name; });
    return found == placeholders.end() ? nullptr : found;
}

std::span<const std::string_view> guide_conditions() {
    return conditions;
}

bool grants_condition(std::span<const GuideCondition> given, std::string_view needed) {
    return needed.empty() ||
           std::any_of(given.begin(), given.end(), [&](const GuideCondition& condition) {
               return !condition.negated &&
                      (condition.name == needed || implied_by(condition.name) == needed);
           });
}

}  // namespace relaypermit
