// libetpan: a list of mailboxes or of addresses, and the fields of a message.
#include <libetpan/libetpan.h>

#include "tests/differential/readers/answer.h"

namespace {

using differential::message;
using Addresses = std::vector<std::string>;

void add(const clist* list, Addresses& addresses) {
    if (list == nullptr) return;
    for (clistiter* at = clist_begin(list); at != nullptr; at = clist_next(at)) {
        const auto* mailbox = static_cast<const mailimf_mailbox*>(clist_content(at));
        if (mailbox->mb_addr_spec != nullptr) addresses.emplace_back(mailbox->mb_addr_spec);
    }
}

Addresses mailboxes(const std::string& value) {
    Addresses addresses;
    std::size_t at = 0;
    mailimf_mailbox_list* list = nullptr;
    if (mailimf_mailbox_list_parse(value.data(), value.size(), &at, &list) == MAILIMF_NO_ERROR) {
        add(list->mb_list, addresses);
        mailimf_mailbox_list_free(list);
    }
    return addresses;
}

Addresses all_addresses(const std::string& value) {
    Addresses addresses;
    std::size_t at = 0;
    mailimf_address_list* list = nullptr;
    if (mailimf_address_list_parse(value.data(), value.size(), &at, &list) != MAILIMF_NO_ERROR)
        return addresses;
    for (clistiter* it = clist_begin(list->ad_list); it != nullptr; it = clist_next(it)) {
        const auto* one = static_cast<const mailimf_address*>(clist_content(it));
        if (one->ad_type == MAILIMF_ADDRESS_MAILBOX)
            addresses.emplace_back(one->ad_data.ad_mailbox->mb_addr_spec);
        else if (one->ad_data.ad_group->grp_mb_list != nullptr)
            add(one->ad_data.ad_group->grp_mb_list->mb_list, addresses);
    }
    mailimf_address_list_free(list);
    return addresses;
}

Addresses decoded_first(const std::string& value) {
    std::size_t at = 0;
    char* text = nullptr;
    if (mailmime_encoded_phrase_parse("utf-8", value.data(), value.size(), &at, "utf-8", &text) !=
        MAILIMF_NO_ERROR) {
        return {};
    }
    const std::string decoded = text;
    free(text);
    return all_addresses(decoded);
}

Addresses in_message(const std::string& value) {
    Addresses addresses;
    const std::string text = message(value);
    std::size_t at = 0;
    mailimf_fields* fields = nullptr;
    if (mailimf_fields_parse(text.data(), text.size(), &at, &fields) != MAILIMF_NO_ERROR)
        return addresses;
    for (clistiter* it = clist_begin(fields->fld_list); it != nullptr; it = clist_next(it)) {
        const auto* field = static_cast<const mailimf_field*>(clist_content(it));
        if (field->fld_type == MAILIMF_FIELD_FROM)
            add(field->fld_data.fld_from->frm_mb_list->mb_list, addresses);
    }
    mailimf_fields_free(fields);
    return addresses;
}

}  // namespace

int main(int argc, char**) {
    return differential::answer_lines(argc,
                                      "libetpan " + std::to_string(libetpan_get_version_major()) +
                                          "." + std::to_string(libetpan_get_version_minor()),
                                      {{"libetpan, mailboxes", mailboxes},
                                       {"libetpan, addresses", all_addresses},
                                       {"decode, then libetpan", decoded_first},
                                       {"libetpan, of a message", in_message}});
}
