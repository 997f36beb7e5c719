#include "milter/packet_guard.h"

#include <dlfcn.h>
#include <sys/time.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

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

ReadCommand next_one(const char* name) {
    return reinterpret_cast<ReadCommand>(::dlsym(RTLD_NEXT, name));
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

}  // namespace

std::string packet_guard_fault(const char* name) {
    if (next_one(name) != nullptr) return {};
    return std::string("there is no ") + name +
           "() in the shared libraries that relaypermitd is linked with, so it cannot read what a "
           "mail server sends: it needs libmilter as a shared library (libmilter.so), not linked "
           "into it";
}

}  // namespace relaypermit

// libmilter's mi_rd_cmd(): the packet without its command byte, to be given to free(), or nullptr
// with an error in `command`.
extern "C" char* mi_rd_cmd(int socket, timeval* timeout, char* command, std::size_t* length,
                           char* name) {
    static const auto read_command = relaypermit::next_one("mi_rd_cmd");
    if (read_command == nullptr) {
        *command = relaypermit::command_quit;
        *length = 0;
        return nullptr;
    }
    char* packet = read_command(socket, timeout, command, length, name);
    if (packet != nullptr && *command == relaypermit::command_macro &&
        !relaypermit::macros_in_pairs(packet, *length))
        relaypermit::make_it_a_quit(packet, command, length);
    return packet;
}
