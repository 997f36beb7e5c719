// A mail server's side of the milter protocol, version 6, as fast as the filter answers: eight
// ordinary header fields, one recipient, every message accepted.
//
//   milter_load unix:SOCKET CONNECTIONS MESSAGES ALIASES
//
// Each connection ends after twenty messages and another one is made, until it has sent MESSAGES.
// The sender is teamN@example.com, as a login userN that was granted it by one of ALIASES aliases.
#include <arpa/inet.h>

#include <cstdint>

#include "tests/bench/load.h"

using namespace relaypermit::bench;

namespace {

constexpr unsigned messages_a_connection = 20;

std::string strings(std::initializer_list<std::string_view> values) {
    std::string text;
    for (const std::string_view value : values) text.append(value).append(1, '\0');
    return text;
}

std::string packet(char command, std::string_view data) {
    const std::uint32_t length = htonl(static_cast<std::uint32_t>(data.size() + 1));
    std::string text(reinterpret_cast<const char*>(&length), sizeof length);
    return text.append(1, command).append(data);
}

std::string macros(char command, std::initializer_list<std::string_view> values) {
    return packet('D', command + strings(values));
}

std::string answer(Stream& stream) {
    const std::string head = stream.take(4);
    std::uint32_t length = 0;
    std::memcpy(&length, head.data(), sizeof length);
    return stream.take(ntohl(length));
}

void expect_to_go_on(const std::string& reply) {
    if (reply.empty() || reply[0] != 'c')
        throw std::runtime_error("the filter does not accept: " + reply);
}

void open_session(Stream& stream) {
    std::string offer;
    for (const std::uint32_t word : {6U, 0x1FFU, 0x1FFFFFU}) {
        const std::uint32_t raw = htonl(word);
        offer.append(reinterpret_cast<const char*>(&raw), sizeof raw);
    }
    stream.send(packet('O', offer));
    const std::string taken = answer(stream);
    if (taken.empty() || taken[0] != 'O') throw std::runtime_error("no negotiation");
    stream.send(
        macros('C', {"j", "mail.example.com", "v", "Postfix 3.7.11", "{daemon_name}", "ORIGINATING",
                     "{daemon_port}", "587", "{daemon_addr}", "192.0.2.25"}) +
        packet('C', strings({"client.example"}) + "4\x9c\x40" + strings({"198.51.100.1"})) +
        macros('H', {"j", "mail.example.com", "{tls_version}", "TLSv1.3"}) +
        packet('H', strings({"client.example"})));
}

void send_message(Stream& stream, Times& times, std::uint64_t number, std::uint64_t aliases) {
    const std::string n = std::to_string(number % aliases);
    const std::string sender = "team" + n + "@example.com";
    const std::string login = "user" + n + "@example.com";
    const std::string id = "4c1X2b" + std::to_string(number % 100000);
    expect_to_go_on(times.timed("mail", [&] {
        stream.send(macros('M', {"{auth_type}", "PLAIN", "{auth_authen}", login, "{mail_addr}",
                                 sender, "{tls_version}", "TLSv1.3"}) +
                    packet('M', strings({"<" + sender + ">"})));
        return answer(stream);
    }));
    expect_to_go_on(times.timed("rcpt", [&] {
        stream.send(macros('R', {"{rcpt_addr}", "x@remote.example", "{rcpt_host}", "remote.example",
                                 "{rcpt_mailer}", "smtp"}) +
                    packet('R', strings({"<x@remote.example>"})));
        return answer(stream);
    }));
    expect_to_go_on(times.timed("end", [&] {
        std::string rest;
        const auto header = [&](std::string_view name, std::string_view value) {
            rest += packet('L', strings({name, value}));
        };
        header("Received",
               "from client.example (client.example [198.51.100.1])\n\tby "
               "mail.example.com (Postfix) with ESMTPSA id 4c1X2b3d; now");
        header("From", "Team <" + sender + ">");
        header("To", "x@remote.example");
        header("Subject", "a message");
        header("Date", "Sat, 28 Nov 2026 03:50:00 +0000");
        header("Message-ID", "<1@client.example>");
        header("MIME-Version", "1.0");
        header("Content-Type", "text/plain; charset=utf-8");
        stream.send(rest + macros('E', {"i", id}) + packet('E', ""));
        return answer(stream);
    }));
    ++times.messages;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::cerr << "usage: milter_load unix:SOCKET CONNECTIONS MESSAGES ALIASES\n";
        return 64;
    }
    const std::string where = argv[1];
    const auto connections = static_cast<unsigned>(std::stoul(argv[2]));
    const std::uint64_t messages = std::stoull(argv[3]);
    const std::uint64_t aliases = std::stoull(argv[4]);
    return measure(connections, [&](unsigned thread, Times& times) {
        while (times.messages < messages) {
            Stream stream(where);
            open_session(stream);
            for (unsigned i = 0; i < messages_a_connection && times.messages < messages; ++i)
                send_message(stream, times, thread + connections * times.messages * 7, aliases);
            stream.send(packet('Q', ""));
        }
    });
}
