#include "milter/packet_guard.h"

#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "milter/packet_window.h"

namespace relaypermit {

namespace {

// Of the protocol, as libmilter/mfdef.h names them.
constexpr char command_macro = 'D';  // SMFIC_MACRO
constexpr char command_quit = 'Q';   // SMFIC_QUIT

std::function<void()> complain_of_unpaired;  // NOLINT: libmilter hands nothing of ours along

}  // namespace

bool macros_in_pairs(const char* data, std::size_t length) {
    return length < 2 || std::count(data + 1, data + length, '\0') % 2 == 0;
}

void on_unpaired_macros(std::function<void()> complain) {
    complain_of_unpaired = std::move(complain);
}

namespace {

using ReadCommand = char* (*)(int, timeval*, char*, std::size_t*, char*);
using WriteCommand = int (*)(int, timeval*, int, char*, std::size_t);

template <typename Function>
Function next_one(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// Ends the connection the way a mail server does, so that libmilter closes the session as ever.
void make_it_a_quit(char*& packet, char* command, std::size_t* length) noexcept {
    std::free(packet);  // NOLINT: libmilter's malloc()
    packet = nullptr;
    *command = command_quit;
    *length = 0;
    try {
        if (complain_of_unpaired) complain_of_unpaired();
    } catch (...) {
        // Out of memory for a line of the log.
    }
}

PacketWindow& window_of_this_thread() {
    thread_local PacketWindow window;
    return window;
}

// As libmilter wants it: the data in memory of malloc(), nullptr where there is none.
char* handed_over(const Packet& packet, char* command, std::size_t* length) noexcept {
    // libmilter's own reader adds a NUL in some builds.
    auto* copy = static_cast<char*>(std::malloc(packet.data.size() + 1));  // NOLINT: its free()
    if (copy == nullptr) {
        // As at a lost connection: the message is put off.
        *command = 0;
        *length = 0;
        return nullptr;
    }
    *command = packet.command;
    *length = packet.data.size();
    if (packet.data.empty()) {
        std::free(copy);  // NOLINT
        return nullptr;
    }
    std::memcpy(copy, packet.data.data(), packet.data.size());
    copy[packet.data.size()] = '\0';
    return copy;
}

}  // namespace

std::string packet_guard_fault(const char* name) {
    if (next_one<ReadCommand>(name) != nullptr) return {};
    return std::string("there is no ") + name +
           "() in the shared libraries that relaypermitd is linked with, so it cannot read what a "
           "mail server sends: it needs libmilter as a shared library (libmilter.so), not linked "
           "into it";
}

void end_of_packets() {
    window_of_this_thread().forget();
}

}  // namespace relaypermit

// libmilter's mi_rd_cmd(): the packet without its command byte, to be given to free(), or nullptr
// with an error in `command`.
extern "C" char* mi_rd_cmd(int socket, timeval* timeout, char* command, std::size_t* length,
                           char* name) {
    static const auto read_command = relaypermit::next_one<relaypermit::ReadCommand>("mi_rd_cmd");
    if (read_command == nullptr) {
        *command = relaypermit::command_quit;
        *length = 0;
        return nullptr;
    }
    const auto waiting = relaypermit::window_of_this_thread().next(socket);
    // What does not simply wait there, errors and the end among it, is libmilter's business.
    char* packet = waiting ? relaypermit::handed_over(*waiting, command, length)
                           : read_command(socket, timeout, command, length, name);
    if (packet != nullptr && *command == relaypermit::command_macro &&
        !relaypermit::macros_in_pairs(packet, *length))
        relaypermit::make_it_a_quit(packet, command, length);
    return packet;
}

// libmilter's mi_wr_cmd(): 0, or -1 at a failure. Nearly every answer is "go on", of five bytes:
// those are sent without asking first whether there is room.
extern "C" int mi_wr_cmd(int socket, timeval* timeout, int command, char* data,
                         std::size_t length) {
    static const auto write_command = relaypermit::next_one<relaypermit::WriteCommand>("mi_wr_cmd");
    if (write_command == nullptr) return -1;
    if (length == 0) {
        const std::array<char, 5> packet = {0, 0, 0, 1, static_cast<char>(command)};
        const ssize_t sent =
            ::send(socket, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent == static_cast<ssize_t>(packet.size())) return 0;
        if (sent > 0) return -1;  // the rest has no room, and is nobody's to send
    }
    return write_command(socket, timeout, command, data, length);
}
