#include "config/sasl_property.h"

#include <algorithm>

#include "config/diagnostic.h"
#include "policy/address.h"

namespace relaypermit {

std::string why_no_sender_property(std::string_view name) {
    const auto is_name_byte = [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
               (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_byte))
        return in_backticks(name) + " is not the name of a property";
    const std::string lower = ascii_lower(name);
    if (lower == "userpassword" || lower.starts_with("cmusaslsecret"))
        return in_backticks(name) + " is where SASL keeps passwords, not senders";
    return {};
}

}  // namespace relaypermit
