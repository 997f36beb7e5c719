#include "config/foreign_network.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "config/hint_words.h"
#include "config/word_list.h"
#include "policy/address.h"
#include "policy/ascii.h"
#include "policy/domain.h"
#include "policy/network.h"

namespace relaypermit {
namespace {

using Found = std::optional<NetworkFault>;

constexpr unsigned v4_bits = 32;

std::optional<std::uint32_t> v4_number(std::string_view text) {
    const auto address = IpAddress::parse(text);
    if (!address || !address->is_v4() || text.find(':') != std::string_view::npos)
        return std::nullopt;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8U | address->bytes()[i];
    return number;
}

std::string v4_network(std::uint32_t number, unsigned prefix) {
    const std::array<std::uint8_t, 4> bytes = {
        static_cast<std::uint8_t>(number >> 24U), static_cast<std::uint8_t>(number >> 16U),
        static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)};
    const IpAddress address = IpAddress::v4(bytes);
    return prefix == v4_bits ? to_string(address) : to_string(Network{address, prefix});
}

std::uint32_t mask_of(unsigned prefix) {
    return prefix == 0 ? 0 : ~std::uint32_t{0} << (v4_bits - prefix);
}

// The networks that make up a range, from the first address to the last.
std::vector<std::string> parts_of(std::uint32_t first, std::uint32_t last) {
    std::vector<std::string> parts;
    for (std::uint64_t at = first; at <= last;) {
        auto prefix = v4_bits - static_cast<unsigned>(std::min(
                                    std::countr_zero(at == 0 ? std::uint64_t{1} << v4_bits : at),
                                    static_cast<int>(v4_bits)));
        while (at + (std::uint64_t{1} << (v4_bits - prefix)) - 1 > last) ++prefix;
        parts.push_back(v4_network(static_cast<std::uint32_t>(at), prefix));
        at += std::uint64_t{1} << (v4_bits - prefix);
    }
    return parts;
}

std::string listed(const std::vector<std::string>& parts) {
    return verbatim(quoted_list(parts));
}

// 192.0.2.1-192.0.2.20, 192.0.2.1-20
Found of_range(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const std::string_view left = trimmed(text.substr(0, dash), " \t");
    std::string right(trimmed(text.substr(dash + 1), " \t"));
    const auto first = v4_number(left);
    if (!first) {
        if (!IpAddress::parse(left) || !IpAddress::parse(right)) return std::nullopt;
        return NetworkFault{"a range of addresses",
                            "write the networks that make it up, as in `2001:db8::/64`"};
    }
    if (right.find('.') == std::string::npos) right.insert(0, left.substr(0, left.rfind('.') + 1));
    const auto last = v4_number(right);
    if (!last) return std::nullopt;
    if (*last < *first) return NetworkFault{"a range that ends before it begins", {}};
    unsigned prefix = static_cast<unsigned>(std::countl_zero(*first ^ *last));
    const std::uint32_t lowest = *first & mask_of(prefix);
    const std::string around = v4_network(lowest, prefix);
    // Whoever leaves out a network's own address and its broadcast means the network.
    const bool whole = *first - lowest <= 1 && (lowest | ~mask_of(prefix)) - *last <= 1;
    constexpr unsigned short_prefix = 30;
    if (whole && prefix < short_prefix)
        return NetworkFault{"a range of addresses", did_you_mean_this(around)};
    constexpr std::size_t most_parts = 8;
    const auto parts = parts_of(*first, *last);
    if (parts.size() > most_parts)
        return NetworkFault{"a range of addresses", "the network around it is " + verbatim(around)};
    return NetworkFault{"a range of addresses", "write " + listed(parts)};
}

// 192.0.2.*, 192.0.*.*, 192.0.2.x, 192.0.2., 192.0.2, 10/8, 192.168.1/24
Found of_octets(std::string_view text) {
    const std::size_t slash = text.find('/');
    std::string_view rest = text.substr(0, slash);
    std::array<unsigned, 4> octets{};
    unsigned count = 0;
    bool star = false;
    while (!rest.empty()) {
        const std::string_view part = rest.substr(0, rest.find('.'));
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
        if (part == "*" || part == "x" || part == "X" || part == "%") {
            star = true;
            continue;
        }
        constexpr unsigned most = 255;
        if (star || count == octets.size()) return std::nullopt;
        const auto [end, error] =
            std::from_chars(part.data(), part.data() + part.size(), octets[count]);
        if (error != std::errc() || end != part.data() + part.size() || octets[count] > most)
            return std::nullopt;
        ++count;
    }
    if (count == 0 || count == octets.size()) return std::nullopt;
    unsigned prefix = count * 8;
    if (slash != std::string_view::npos) {
        const std::string_view length = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(length.data(), length.data() + length.size(), prefix);
        if (star || error != std::errc() || end != length.data() + length.size() ||
            prefix > v4_bits)
            return std::nullopt;
    } else if (count == 1 && !star && text.find('.') == std::string_view::npos) {
        return std::nullopt;  // a number
    }
    std::uint32_t number = 0;
    for (const unsigned octet : octets) number = number << 8U | octet;
    return NetworkFault{
        star ? "a star is no part of a network" : "a network is written with all four numbers",
        did_you_mean_this(v4_network(number & mask_of(prefix), prefix))};
}

// 192.0.2.0/255.255.255.0, and 0.0.0.255 as access lists of routers have it.
Found of_netmask(std::string_view text) {
    const std::size_t slash = text.find_first_of("/ ");
    if (slash == std::string_view::npos) return std::nullopt;
    const auto number = v4_number(text.substr(0, slash));
    const auto mask = v4_number(text.substr(slash + 1));
    if (!number || !mask) return std::nullopt;
    for (const std::uint32_t one : {*mask, ~*mask}) {
        const auto prefix = static_cast<unsigned>(std::countl_one(one));
        if (one == mask_of(prefix))
            return NetworkFault{"a netmask", did_you_mean_this(v4_network(*number & one, prefix))};
    }
    if (text[slash] == ' ') return std::nullopt;
    return NetworkFault{"a netmask that no prefix length says",
                        "write the prefix length instead, as in /24"};
}

// 192.0.2.0/24/, fe80::1%eth0
Found of_ends(std::string_view text) {
    if (text.ends_with('/') && Network::parse(text.substr(0, text.size() - 1)))
        return NetworkFault{"a slash at its end",
                            did_you_mean_this(text.substr(0, text.size() - 1))};
    const std::size_t zone = text.find('%');
    if (zone != std::string_view::npos && IpAddress::parse(text.substr(0, zone)))
        return NetworkFault{"a network is not of an interface",
                            did_you_mean_this(text.substr(0, zone))};
    return std::nullopt;
}

Found of_blanks(std::string_view text) {
    if (text.find_first_of(" \t") == std::string_view::npos) return std::nullopt;
    std::string closed(text);
    std::erase_if(closed, [](char c) { return c == ' ' || c == '\t'; });
    if (!Network::parse(closed)) return std::nullopt;
    return NetworkFault{"a blank in it", did_you_mean_this(closed)};
}

// [2001:db8::/32]; each half of [2001:db8::]/32 is as Postfix has it, and taken.
Found of_brackets(std::string_view text) {
    if (!text.starts_with('[') || !text.ends_with(']')) return std::nullopt;
    const std::string_view inner = text.substr(1, text.size() - 2);
    if (!Network::parse(inner)) return std::nullopt;
    return NetworkFault{"a network stands without brackets", did_you_mean_this(inner)};
}

// 192.0.2.1:25
Found of_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view address = text.substr(0, colon);
    const bool v4 = v4_number(address).has_value();
    if (!v4 && !address.ends_with(']')) return std::nullopt;
    if (!IpAddress::parse(address)) return std::nullopt;
    return NetworkFault{"a network has no port", did_you_mean_this(address)};
}

// Several in one string, as main.cf separates them.
Found of_several(std::string_view text) {
    const std::vector<std::string> parts = words_in(text);
    if (parts.size() < 2 || !std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
            return Network::parse(part).has_value();
        }))
        return std::nullopt;
    return NetworkFault{"it is several in one string", "write " + listed(parts)};
}

Found of_words(std::string_view text) {
    const std::string lower = ascii_lower(text);
    if (lower == "localhost")
        return NetworkFault{"host names are not looked up",
                            "this server itself is `127.0.0.0/8` and `::1`"};
    for (const std::string_view everybody : {"any", "all", "everyone", "everybody", "*", "0/0"})
        if (lower == everybody)
            return NetworkFault{"everybody is two networks", "`0.0.0.0/0` and `::/0`"};
    if (text.starts_with('!'))
        return NetworkFault{"a list has no exceptions",
                            "leave " + verbatim(text.substr(1)) +
                                " out: name the networks that are meant, one by one"};
    if (text.find("://") != std::string_view::npos)
        return NetworkFault{"a web address is no network", "write an address, as in `192.0.2.7`"};
    // hash:/etc/postfix/mynetworks, /etc/postfix/mynetworks, tcp:localhost:9999
    const std::size_t kind = text.find(':');
    const bool is_table =
        kind != std::string_view::npos &&
        (text.substr(kind).starts_with(":/") || text.starts_with("tcp:") ||
         text.starts_with("inet:") || text.starts_with("unix:")) &&
        std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(kind),
                    is_ascii_letter);
    if ((text.size() > 1 && text.starts_with('/')) || is_table)
        return NetworkFault{"tables of the mail server are not read here",
                            "write out the networks that it lists"};
    if (text.find('@') != std::string_view::npos)
        return NetworkFault{"an address is no network", "addresses stand in `logins` or `senders`"};
    const std::string_view last = text.substr(text.rfind('.') + 1);
    const bool ends_as_names_do = last.size() >= 2 && last.size() < text.size() &&
                                  std::all_of(last.begin(), last.end(), is_ascii_letter);
    if (ends_as_names_do && normalize_domain(text.substr(text.starts_with('.') ? 1 : 0)))
        return NetworkFault{"host names are not looked up", "write its address, as in `192.0.2.7`"};
    return std::nullopt;
}

}  // namespace

std::optional<NetworkFault> foreign_network(std::string_view text) {
    if (text.empty())
        return NetworkFault{"no network at all", "as in `192.0.2.0/24` or `2001:db8::/32`"};
    if (Found found = of_brackets(text)) return found;
    if (Found found = of_words(text)) return found;
    if (Found found = of_ends(text)) return found;
    if (Found found = of_blanks(text)) return found;
    if (Found found = of_range(text)) return found;
    if (Found found = of_netmask(text)) return found;
    if (Found found = of_octets(text)) return found;
    if (Found found = of_port(text)) return found;
    return of_several(text);
}

}  // namespace relaypermit
