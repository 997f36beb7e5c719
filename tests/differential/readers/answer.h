// The protocol of a reader in C++: see README.md.
#pragma once

#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace differential {

// The addresses that a value shows; called with the value of a From field.
using Reading = std::function<std::vector<std::string>(const std::string&)>;

inline std::string from_hex(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    return bytes;
}

inline std::string to_hex(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += digits[static_cast<unsigned char>(c) >> 4U];
        text += digits[static_cast<unsigned char>(c) & 15U];
    }
    return text;
}

inline std::string message(const std::string& value) {
    return "From: " + value + "\r\n\r\nbody\r\n";
}

inline int answer_lines(int argc, const std::string& version,
                        const std::vector<std::pair<std::string, Reading>>& readings) {
    if (argc > 1) {
        std::cout << version << '\n';
        return 0;
    }
    std::string line;
    while (std::getline(std::cin, line)) {
        const std::string value = from_hex(line);
        std::string answer;
        for (const auto& [name, read] : readings) {
            if (!answer.empty()) answer += ';';
            answer += name + '=';
            std::vector<std::string> addresses;
            try {
                addresses = read(value);
            } catch (const std::exception&) {
                // No reading at all.
            }
            bool first = true;
            for (const std::string& address : addresses) {
                if (address.empty()) continue;
                if (!first) answer += ',';
                first = false;
                answer += to_hex(address);
            }
        }
        std::cout << answer << std::endl;  // each by itself: the next one may be the end
    }
    return 0;
}

}  // namespace differential
