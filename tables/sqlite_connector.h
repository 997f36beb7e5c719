// Tables in files of SQLite, read only. Any thread.
#pragma once

#include <memory>

#include "config/sql_settings.h"
#include "tables/connector.h"

namespace relaypermit {

// Follows a file that is replaced by another. A database in WAL mode needs its -shm file, or the
// right to make it. A statement that runs on past the deadline is interrupted.
[[nodiscard]] std::unique_ptr<Connector> make_sqlite_connector(const SqliteSettings& settings);

}  // namespace relaypermit
