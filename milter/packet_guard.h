// Stands between libmilter and its socket: reads and answers for it with fewer calls of the system
// (packet_window.h), and keeps from it the one packet of its protocol that ends the process.
//
// Macros come as names and values in turns. libmilter 8.17 and before takes a packet with an odd
// number of strings, and smfi_getsymval() then reads behind the end of its table: whoever reaches
// the socket could end the daemon. So packet_guard.cpp defines mi_rd_cmd(), by which libmilter
// reads a packet, and mi_wr_cmd(), by which it writes one: the definitions of a program take the
// place of the library's, which they call for all that is not simple. Where a libmilter does not
// let its functions be replaced (one linked with -Bsymbolic) this does nothing, and a crash is the
// supervisor's (supervisor.h). One that is linked into the program has no function left to call:
// nobody could read a packet, which packet_guard_fault() says at the start.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace relaypermit {

// Whether what stands behind the command byte of a macro packet (SMFIC_MACRO: the command that the
// macros are for, and strings that each end in a NUL) is names and values in pairs.
[[nodiscard]] bool macros_in_pairs(const char* data, std::size_t length);

// `complain` is called for each packet of that kind, whose connection is then ended; by any thread.
// Once, before libmilter starts.
void on_unpaired_macros(std::function<void()> complain);

// Why there is no reading packets with the libraries of this program; empty where there is. `name`:
// of the function that is looked for behind this program.
[[nodiscard]] std::string packet_guard_fault(const char* name = "mi_rd_cmd");

// To be called for each connection that ends, by the thread that libmilter ends it in.
void end_of_packets();

}  // namespace relaypermit
