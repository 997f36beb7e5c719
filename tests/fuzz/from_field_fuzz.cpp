// From and Sender: whenever our reader accepts a field, GMime (as programs use it: its default,
// loose compliance) sees the same addresses, and so do we in a second reading.
#include "policy/from_field.h"

#include <gmime/gmime.h>
#include <idn2.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>
#include <string>

#include "policy/domain.h"
#include "policy/utf8.h"
#include "tests/fuzz/require.h"

using namespace relaypermit;

namespace {

// The domain as U-labels, which is how GMime gives A-labels back: the form of both in which they
// are compared, since a U-label of a symbol has no way back (IDNA2008 has no symbols).
std::string as_shown(const std::string& domain) {
    char* text = nullptr;
    if (idn2_to_unicode_8z8z(domain.c_str(), &text, 0) != IDN2_OK) return domain;
    std::string shown = text;
    idn2_free(text);
    return shown;
}

std::string key_of(const Address& address) {
    return address_key({.local = address.local, .domain = as_shown(address.domain)});
}

// GMime's text of an address, in the form in which we compare. Written apart from the reader
// under test: the last @ splits, a backslash in quotes is dropped.
std::optional<Address> from_gmime(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos) return std::nullopt;
    const std::string raw_domain(text.substr(at + 1));
    const std::string domain = normalize_domain(raw_domain).value_or(raw_domain);
    std::string_view local = text.substr(0, at);
    if (local.size() < 2 || local.front() != '"') return Address{std::string(local), domain};
    std::string unquoted;
    for (std::size_t i = 1; i + 1 < local.size(); ++i) {
        if (local[i] == '\\') ++i;
        unquoted += local[i];
    }
    return Address{unquoted, domain};
}

// The keys of all addresses, those of group members too; nullopt where one has no domain.
std::optional<std::set<std::string>> read_by_gmime(InternetAddressList* list) {
    std::set<std::string> keys;
    for (int i = 0; list != nullptr && i < internet_address_list_length(list); ++i) {
        InternetAddress* entry = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(entry)) {
            const auto members =
                read_by_gmime(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry)));
            if (!members) return std::nullopt;
            keys.insert(members->begin(), members->end());
            continue;
        }
        const char* text = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(entry));
        const auto address = from_gmime(text == nullptr ? "" : text);
        if (!address) return std::nullopt;
        keys.insert(key_of(*address));
    }
    return keys;
}

void agrees_with_gmime(const std::string& value, const std::vector<Address>& addresses) {
    std::set<std::string> ours;
    for (const Address& address : addresses) ours.insert(key_of(address));
    require(ours.size() == addresses.size(), "the same address twice is kept once");

    InternetAddressList* list = internet_address_list_parse(nullptr, value.c_str());
    const auto theirs = read_by_gmime(list);
    if (list != nullptr) g_object_unref(list);
    if (theirs != ours) {
        for (const auto& key : ours) std::fprintf(stderr, "we read:     %s\n", key.c_str());
        for (const auto& key : theirs.value_or(std::set<std::string>{"(no domain)"}))
            std::fprintf(stderr, "GMime reads: %s\n", key.c_str());
    }
    require(theirs == ours, "GMime sees the same addresses");
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    g_mime_init();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string value(reinterpret_cast<const char*>(data), size);
    const auto addresses = parse_from(value);
    const auto sender = parse_sender(value);
    if (!addresses) {
        require(!addresses.error().why.empty(), "a fault says why");
        require(!sender, "what From refuses, Sender refuses");
        return 0;
    }
    require(!addresses->empty(), "an accepted field has an address");
    if (sender) require(addresses->size() == 1 && addresses->front() == *sender, "one reading");
    for (const Address& address : *addresses) {
        require(!address.local.empty() && !address.domain.empty(), "both parts are there");
        require(text_fault(address.local).empty(), "an address is clean text");
        const auto again = parse_from("<" + to_string(address) + ">");
        require(again && again->size() == 1 && again->front() == address,
                "an address as written is read again");
    }
    agrees_with_gmime(value, *addresses);
    return 0;
}
