// VMime: a list of addresses, one mailbox, and a message.
#include <vmime/platforms/posix/posixHandler.hpp>
#include <vmime/vmime.hpp>

#include "answer.h"

namespace {

using Addresses = std::vector<std::string>;

Addresses of_list(const vmime::addressList& list) {
    Addresses addresses;
    const auto mailboxes = list.toMailboxList();
    for (const auto& one : mailboxes->getMailboxList()) {
        addresses.push_back(one->getEmail().generate());
    }
    return addresses;
}

Addresses of_addresses(const std::string& value) {
    vmime::addressList list;
    list.parse(value);
    return of_list(list);
}

Addresses one_mailbox(const std::string& value) {
    vmime::mailbox one;
    one.parse(value);
    return {one.getEmail().generate()};
}

Addresses decoded_first(const std::string& value) {
    const auto text = vmime::text::decodeAndUnfold(value);
    return of_addresses(text->getConvertedText(vmime::charset("utf-8")));
}

Addresses in_message(const std::string& value) {
    vmime::message mail;
    mail.parse(differential::message(value));
    const auto from = mail.getHeader()->From()->getValue<vmime::mailbox>();
    return {from->getEmail().generate()};
}

}  // namespace

int main(int argc, char**) {
    vmime::platform::setHandler<vmime::platforms::posix::posixHandler>();
    return differential::answer_lines(argc, "VMime " LIBRARY_VERSION,
                                      {{"VMime", of_addresses},
                                       {"VMime, one mailbox", one_mailbox},
                                       {"decode, then VMime", decoded_first},
                                       {"VMime, of a message", in_message}});
}
