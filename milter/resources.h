// What the daemon takes of the machine: memory and descriptors.
#pragma once

#include <cstddef>

namespace relaypermit {

// For reading large policies, again and again, in one process. Without malloc's bins for small
// pieces that are not merged: each larger piece that is freed would merge them all (a fifth of the
// time of reading 100,000 aliases). And what is large stays on pages of its own: malloc would make
// that limit grow, so that the lists of one policy after the other lie in the heap, in holes of
// which none fits the next. Before threads start; does nothing where the C library is not glibc.
void prepare_memory();

// What was needed for reading a policy, which may be large, goes back to the system. Any thread;
// as above.
void give_back_memory();

// Raises the soft limit of open files as far as it goes; returns what sessions may use.
[[nodiscard]] std::size_t session_limit();

}  // namespace relaypermit
