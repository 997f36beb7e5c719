// mimetic: a list of mailboxes and of addresses, and a message.
#include <cstdint>  // which mimetic 0.9.8 uses and does not include

#include <mimetic/mimetic.h>

#include <sstream>

#include "tests/differential/readers/answer.h"

namespace {

using Addresses = std::vector<std::string>;

std::string address_of(const mimetic::Mailbox& one) {
    const std::string domain = one.domain();
    return domain.empty() ? std::string(one.mailbox()) : one.mailbox() + "@" + domain;
}

Addresses of_list(const mimetic::MailboxList& list) {
    Addresses addresses;
    for (const auto& one : list) addresses.push_back(address_of(one));
    return addresses;
}

Addresses mailboxes(const std::string& value) {
    return of_list(mimetic::MailboxList(value));
}

Addresses all_addresses(const std::string& value) {
    Addresses addresses;
    const mimetic::AddressList list(value.c_str());
    for (const auto& one : list) {
        if (one.isGroup())
            for (const auto& member : one.group()) addresses.push_back(address_of(member));
        else
            addresses.push_back(address_of(one.mailbox()));
    }
    return addresses;
}

Addresses in_message(const std::string& value) {
    std::istringstream in(differential::message(value));
    const mimetic::MimeEntity mail(in);
    return of_list(mail.header().from());
}

}  // namespace

int main(int argc, char**) {
    return differential::answer_lines(argc, "mimetic " LIBRARY_VERSION,
                                      {{"mimetic, mailboxes", mailboxes},
                                       {"mimetic, addresses", all_addresses},
                                       {"mimetic, of a message", in_message}});
}
