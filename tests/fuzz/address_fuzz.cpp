// Addresses and domains: whatever is read is written and read again as the same.
#include "policy/address.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "policy/domain.h"
#include "policy/utf8.h"
#include "tests/fuzz/require.h"

using namespace relaypermit;

namespace {

void holds_for(const Address& address) {
    const std::string text = to_string(address);
    const auto again = parse_address(text);
    require(again.has_value(), "an address as written is read again");
    require(*again == address, "an address as written is the same address");
    require(address_key(*again) == address_key(address), "the key is stable");
    require(same_address(*again, address), "an address is itself");
    require(!address.local.empty(), "a local part is never empty");
    require(text_fault(address.local).empty(), "a local part is clean text");
    require(address.domain.empty() || normalize_domain(address.domain) == address.domain,
            "a normalized domain stays as it is");
    const auto path = parse_path("<" + text + ">");
    require(path && path->address == address && path->had_brackets && !path->null,
            "an address as written is a path");
    require(without_subaddress(address, "").local == address.local, "no delimiter, no cut");
    const Address cut = without_subaddress(address, "+");
    require(address.local.starts_with(cut.local) && !cut.local.empty(), "a cut leaves the front");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto path = parse_path(input); path && !path->null) holds_for(path->address);
    if (const auto address = parse_address(input)) holds_for(*address);
    if (const auto address = parse_address(input, Quoting::unquoted)) holds_for(*address);
    if (const auto domain = normalize_domain(input)) {
        require(normalize_domain(*domain) == domain, "normalizing again changes nothing");
        require(domain->size() <= 253, "a domain fits in DNS");
        require(ascii_lower(*domain) == *domain, "a domain is in lower case");
        require(normalize_domain(*domain + ".") == domain, "one trailing dot is dropped");
    }
    return 0;
}
