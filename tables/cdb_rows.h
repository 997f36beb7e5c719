// Constant databases, as `postmap cdb:` and `relaypermit table build` write them: D. J. Bernstein's
// format (https://cr.yp.to/cdb/cdb.txt), of at most 4 GiB. Read without libcdb, which maps the file
// (readable_file.h says why not) and takes positions in a damaged one as they are. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "tables/row_file.h"

namespace relaypermit {

// An error too: a file of another kind, or one that is not whole, of which the tables at the end
// are not where the beginning says. find() fails where the file has been written to since, and
// where a position in it leads outside. Keys and values are found with a NUL at their end or
// without one: which it is says only the program that wrote the file (Postfix's dict_cdb.c tries
// both).
[[nodiscard]] OpenedRows open_cdb_rows(const std::string& path);

// Makes the bytes of such a file. One thread.
class CdbText {
  public:
    // A second row of a key stays behind the first, which is what find() finds.
    void add(std::string_view key, std::string_view value);
    // The error: the file would be larger than 4 GiB.
    [[nodiscard]] tl::expected<std::string, std::string> take() &&;

  private:
    struct Slot {
        std::uint32_t hash{};
        std::uint32_t position{};
    };
    std::string text_ = std::string(2048, '\0');
    std::vector<Slot> rows_{};
};

}  // namespace relaypermit
