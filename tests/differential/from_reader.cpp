// What relaypermit reads in a From field, for tests/differential/run: one request a line, one
// answer a line.
//   f VALUE [NAME]   both in hex, the name `From` without one: the addresses, as LOCAL@DOMAIN in
//                    hex with a space between, or `!` and why the decision takes none from it
//   d HEX            a domain in its normalized form, in hex, or `!`
#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>

#include "policy/domain.h"
#include "policy/from_field.h"

using namespace relaypermit;

namespace {

std::string from_hex(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += digits[static_cast<unsigned char>(c) >> 4U];
        text += digits[static_cast<unsigned char>(c) & 15U];
    }
    return text;
}

std::string domain(const std::string& bytes) {
    const auto normalized = normalize_domain(bytes);
    return normalized ? to_hex(*normalized) : "!";
}

// As read_headers() does it with the only From field of a message.
std::string addresses_of(const std::string& value, const std::string& name) {
    if (!is_field(name, "from")) return "! no From field";
    if (has_stray_break(name) || has_stray_break(value)) return "! a stray line break";
    const auto addresses = parse_from(value, name);
    if (!addresses) return "! " + addresses.error().why;
    std::string text;
    for (const Address& address : *addresses) {
        if (!text.empty()) text += ' ';
        text += to_hex(address.local + "@" + address.domain);
    }
    return text;
}

}  // namespace

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.size() < 2) return 1;
        const std::string_view request = std::string_view(line).substr(2);
        if (line[0] == 'd') {
            std::cout << domain(from_hex(request)) << '\n';
            continue;
        }
        const std::size_t space = std::min(request.find(' '), request.size());
        const std::string name = from_hex(request.substr(std::min(space + 1, request.size())));
        const bool unnamed = space == request.size();
        std::cout << addresses_of(from_hex(request.substr(0, space)), unnamed ? "From" : name)
                  << '\n';
    }
    return 0;
}
