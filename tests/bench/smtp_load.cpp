// Logs in to a mail server on the loopback and sends, twenty messages of 1 kB a session.
//
//   smtp_load PORT SESSIONS MESSAGES ALIASES PASSWORD
//
// The login is userN@example.com, the sender teamN@example.com, N below ALIASES and below 100:
// so many accounts the server needs.
#include <cstdint>

#include "tests/bench/load.h"

using namespace relaypermit::bench;

namespace {

constexpr unsigned messages_a_session = 20;

std::string base64(std::string_view bytes) {
    static constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8U |
                   (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= bytes.size() - at ? digits[bits >> (18 - 6 * i) & 63U] : '=';
    }
    return text;
}

// Sends a command and reads the whole reply.
void ask(Stream& stream, std::string_view command, std::string_view wanted) {
    if (!command.empty()) stream.send(command);
    std::string line;
    do {
        line = stream.take_line();
    } while (line.size() > 3 && line[3] == '-');
    if (!line.starts_with(wanted)) throw std::runtime_error("the server says: " + line);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::cerr << "usage: smtp_load PORT SESSIONS MESSAGES ALIASES PASSWORD\n";
        return 64;
    }
    const std::string port = argv[1];
    const auto sessions = static_cast<unsigned>(std::stoul(argv[2]));
    const std::uint64_t messages = std::stoull(argv[3]);
    const std::uint64_t accounts = std::min<std::uint64_t>(std::stoull(argv[4]), 100);
    const std::string password = argv[5];
    std::string body;
    for (int line = 0; line < 16; ++line) body += std::string(62, 'x') + "\r\n";

    return measure(sessions, [&](unsigned thread, Times& times) {
        while (times.messages < messages) {
            const std::string n = std::to_string((thread + times.messages) % accounts);
            const std::string login = "user" + n + "@example.com";
            const std::string sender = "team" + n + "@example.com";
            Stream stream(port);
            ask(stream, "", "220");
            ask(stream, "EHLO client.example\r\n", "250");
            ask(stream, "AUTH PLAIN " + base64('\0' + login + '\0' + password) + "\r\n", "235");
            for (unsigned i = 0; i < messages_a_session && times.messages < messages; ++i) {
                times.timed("message", [&] {
                    times.timed("mail", [&] {
                        ask(stream, "MAIL FROM:<" + sender + ">\r\n", "250");
                        return 0;
                    });
                    times.timed("rcpt", [&] {
                        ask(stream, "RCPT TO:<x@remote.example>\r\n", "250");
                        return 0;
                    });
                    ask(stream, "DATA\r\n", "354");
                    return times.timed("end", [&] {
                        ask(stream,
                            "From: Team <" + sender +
                                ">\r\nTo: x@remote.example\r\nSubject: a message\r\n\r\n" + body +
                                ".\r\n",
                            "250");
                        return 0;
                    });
                });
                ++times.messages;
            }
            stream.send("QUIT\r\n");
        }
    });
}
