// GMime, loose and strict, by itself and in a message.
#include <gmime/gmime.h>

#include "tests/differential/readers/answer.h"

namespace {

using differential::message;
using Addresses = std::vector<std::string>;

void add(InternetAddressList* list, Addresses& addresses) {
    for (int i = 0; list != nullptr && i < internet_address_list_length(list); ++i) {
        InternetAddress* entry = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(entry)) {
            add(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry)), addresses);
        } else if (const char* text =
                       internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(entry))) {
            addresses.emplace_back(text);
        }
    }
}

Addresses parsed(GMimeParserOptions* options, const std::string& value) {
    Addresses addresses;
    InternetAddressList* list = internet_address_list_parse(options, value.c_str());
    add(list, addresses);
    if (list != nullptr) g_object_unref(list);
    return addresses;
}

Addresses decoded_first(const std::string& value) {
    char* text = g_mime_utils_header_decode_text(nullptr, value.c_str());
    const std::string decoded = text;
    g_free(text);
    return parsed(nullptr, decoded);
}

Addresses in_message(GMimeParserOptions* options, const std::string& value) {
    const std::string text = message(value);
    GMimeStream* stream = g_mime_stream_mem_new_with_buffer(text.data(), text.size());
    GMimeParser* parser = g_mime_parser_new_with_stream(stream);
    Addresses addresses;
    if (GMimeMessage* mail = g_mime_parser_construct_message(parser, options)) {
        add(g_mime_message_get_from(mail), addresses);
        g_object_unref(mail);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return addresses;
}

}  // namespace

int main(int argc, char**) {
    g_mime_init();
    GMimeParserOptions* strict = g_mime_parser_options_new();
    g_mime_parser_options_set_address_compliance_mode(strict, GMIME_RFC_COMPLIANCE_STRICT);
    return differential::answer_lines(
        argc,
        "GMime " + std::to_string(gmime_major_version) + "." + std::to_string(gmime_minor_version) +
            "." + std::to_string(gmime_micro_version),
        {{"GMime", [](const auto& value) { return parsed(nullptr, value); }},
         {"GMime, strict", [strict](const auto& value) { return parsed(strict, value); }},
         {"decode, then GMime", decoded_first},
         {"GMime, of a message", [](const auto& value) { return in_message(nullptr, value); }},
         {"GMime, strict, of a message",
          [strict](const auto& value) { return in_message(strict, value); }}});
}
