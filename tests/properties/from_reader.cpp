// What relaypermit reads in a From field, for from_field.py: one request a line, one answer a line.
//   f HEX   the addresses of a From value, as LOCAL@DOMAIN in hex with a space between, or
//           `!` and why it could not be read
//   d HEX   a domain in its normalized form, in hex, or `!`
#include <cstddef>
#include <iostream>
#include <string>

#include "policy/domain.h"
#include "policy/from_field.h"

using namespace relaypermit;

namespace {

std::string from_hex(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    }
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

std::string answer(char request, const std::string& bytes) {
    if (request == 'd') {
        const auto domain = normalize_domain(bytes);
        return domain ? to_hex(*domain) : "!";
    }
    const auto addresses = parse_from(bytes);
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
        std::cout << answer(line[0], from_hex(std::string_view(line).substr(2))) << '\n';
    }
    return 0;
}
