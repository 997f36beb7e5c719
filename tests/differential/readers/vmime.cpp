// VMime: a list of addresses, one mailbox, and a message.
#include <vmime/platforms/posix/posixHandler.hpp>
#include <vmime/vmime.hpp>

#include "tests/differential/readers/answer.h"

namespace {

using Addresses = std::vector<std::string>;

// A word without a domain gets the name of this host from VMime: here `host` ("" for none).
std::string shown(const vmime::emailAddress& email, const std::string& host = "example.com") {
    const vmime::charset utf8("utf-8");
    const std::string local = email.getLocalName().getConvertedText(utf8);
    const std::string domain = email.getDomainName().getConvertedText(utf8);
    if (local == "invalid" && domain == "invalid") return {};  // VMime's word for no address
    if (domain != vmime::platform::getHandler()->getHostName()) return local + "@" + domain;
    return host.empty() ? local : local + "@" + host;
}

Addresses of_list(const vmime::addressList& list, const std::string& host = "example.com") {
    Addresses addresses;
    const auto mailboxes = list.toMailboxList();
    for (const auto& one : mailboxes->getMailboxList())
        addresses.push_back(shown(one->getEmail(), host));
    return addresses;
}

Addresses of_addresses(const std::string& value, const std::string& host = "example.com") {
    vmime::addressList list;
    list.parse(value);
    return of_list(list, host);
}

Addresses one_mailbox(const std::string& value) {
    vmime::mailbox one;
    one.parse(value);
    return {shown(one.getEmail())};
}

Addresses decoded_first(const std::string& value) {
    std::string decoded;
    for (const auto& word : vmime::text::decodeAndUnfold(value)->getWordList()) {
        // What is no encoded word is UTF-8 as it stands.
        decoded += word->getCharset() == vmime::charset("us-ascii")
                       ? word->getBuffer()
                       : word->getConvertedText(vmime::charset("utf-8"));
    }
    return of_addresses(decoded, {});
}

Addresses in_message(const std::string& value) {
    vmime::message mail;
    mail.parse(differential::message(value));
    const auto from = mail.getHeader()->From()->getValue<vmime::mailbox>();
    return {shown(from->getEmail())};
}

}  // namespace

int main(int argc, char**) {
    vmime::platform::setHandler<vmime::platforms::posix::posixHandler>();
    return differential::answer_lines(
        argc, "VMime " LIBRARY_VERSION,
        {{"VMime", [](const auto& value) { return of_addresses(value); }},
         {"VMime, one mailbox", one_mailbox},
         {"decode, then VMime", decoded_first},
         {"VMime, of a message", in_message}});
}
