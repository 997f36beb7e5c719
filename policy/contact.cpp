#include "policy/contact.h"

#include <algorithm>

#include "policy/address.h"

namespace relaypermit {

std::string contact_of(const PolicySource& source) {
    if (!source.contact.empty()) return source.contact;
    const auto& hosted = source.hosted_domains.patterns();
    const auto first = std::find_if(hosted.begin(), hosted.end(), [](const std::string& pattern) {
        return !pattern.starts_with('*');
    });
    if (first != hosted.end()) return "postmaster@" + *first;
    return source.server_name.empty() ? "your mail administrator"
                                      : "postmaster@" + source.server_name;
}

std::string contact_fault(std::string_view contact) {
    if (contact.find_first_not_of(' ') == std::string_view::npos) return "says nothing";
    if (contact.size() > max_contact_bytes)
        return "is longer than " + std::to_string(max_contact_bytes) + " bytes";
    if (contact.front() == ' ' || contact.back() == ' ') return "has a blank at an end";
    // Sendmail's maps and log summarisers take these for their own.
    if (std::any_of(contact.begin(), contact.end(), [](char c) {
            return c < ' ' || c > '~' ||
                   std::string_view("\"()<>\\{}%").find(c) != std::string_view::npos;
        }))
        return "must be plain ASCII without \" ( ) < > \\ { } %";
    const auto signs = std::count(contact.begin(), contact.end(), '@');
    if (signs > 1) return "names more than one address";
    if (signs == 1 && contact.find(' ') == std::string_view::npos && !parse_address(contact))
        return "is not a mail address";
    return {};
}

}  // namespace relaypermit
