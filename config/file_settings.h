// What an alias table in a file has beside what all tables have: its path. A kind for each format,
// because what stands in a file is not guessed. Values; any thread.
#pragma once

#include <string>

namespace relaypermit {

// Lines of text, as Postfix's texthash.
struct FileSettings {
    std::string path{};

    friend bool operator==(const FileSettings&, const FileSettings&) = default;
};

// A constant database, of `postmap cdb:` or `relaypermit table build`.
struct CdbSettings {
    std::string path{};

    friend bool operator==(const CdbSettings&, const CdbSettings&) = default;
};

// Of `postmap lmdb:`.
struct LmdbSettings {
    std::string path{};

    friend bool operator==(const LmdbSettings&, const LmdbSettings&) = default;
};

}  // namespace relaypermit
