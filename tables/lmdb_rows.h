// LMDB files, as `postmap lmdb:` writes them: one database without a name, in the format that
// version 0.9 of the library has had since 2011 (its mdb.c: MDB_meta, MDB_page, MDB_node;
// MDB_DATA_VERSION 1).
//
// Read without liblmdb: that maps the file (readable_file.h says why not), follows damaged pages
// out of it, needs the right to write for its lock file unless told otherwise, and may be opened
// once a process and file. A writer never touches the pages of the last two states that it
// committed, so that it can die at any time; so a reader that finds the same newest state before
// and after has read that one, whole, and needs no lock and no wait while postmap(1) rewrites the
// file in place. Any thread.
#pragma once

#include <string>

#include "tables/row_file.h"

namespace relaypermit {

// An error too: a file of another kind, of a machine with other numbers (by word size or byte
// order), with duplicate keys, or one that breaks off before its root. find() fails where a page is
// not what should be there. Keys and values are found with a NUL at their end, as Postfix writes
// them, or without one.
[[nodiscard]] OpenedRows open_lmdb_rows(const std::string& path);

}  // namespace relaypermit
