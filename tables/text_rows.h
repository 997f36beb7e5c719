// Rows as lines of text, as Postfix's texthash and the source of `postmap` have them (postmap(1),
// TABLE FORMAT): `key value`, apart by blanks; a line that begins with a blank goes on with the one
// before it; blank lines and those whose first character is # do not count. A blank in double
// quotes or behind a backslash is part of the key. A key is compared in lower case (ASCII). Of
// several rows with one key the first counts. A byte order mark at the start is passed over. A key
// that is a pattern (`*@example.com`, `/^a/`) is no row: tables are asked for names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "tables/row_file.h"

namespace relaypermit {

constexpr std::uint64_t max_text_bytes = 0xFFFF'FFFE;  // what a row is found by has 32 bits

// A line that is ignored, and why: a clause, which may quote of the line its key.
struct RowFault {
    std::size_t line{};  // the first is 1
    std::string why{};
    bool second_row{};  // nothing is wrong with it but that its key has one already
};

// The rows of one text, in the memory of that text and, for each row, of a number: with lines of 60
// bytes it takes about 70 a row. Constant once made; any thread.
class TextRows {
  public:
    // Whether a row has a value, or is a key with whatever stands behind it, as in a list of
    // domains: then find() answers with the key, and a key that no domain is asked for as is no
    // row.
    enum class Values : std::uint8_t { needed, passed_over };

    // Takes the text over, which `bytes` + 1 are allocated for. `report` is told of each line that
    // is ignored, in their order. Of more than max_text_bytes nothing is read.
    [[nodiscard]] static TextRows read(std::unique_ptr<char[]> text, std::size_t bytes,
                                       const std::function<void(RowFault)>& report,
                                       Values values = Values::needed);

    [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const;
    [[nodiscard]] std::size_t size() const { return rows_; }
    // In the order of the text.
    void for_each(const std::function<void(std::string_view key, std::string_view value)>&) const;

  private:
    class Builder;
    TextRows() = default;
    [[nodiscard]] std::size_t slot_of(std::string_view key) const;

    // key NUL value NUL, or key NUL, one row behind the other.
    std::unique_ptr<char[]> text_{};
    Values values_{};
    std::size_t bytes_{};
    std::size_t rows_{};
    std::vector<std::uint32_t> slots_{};  // where a row begins, plus 1; 0: free. A power of two.
};

// The same of a file, whole: read again where it changed meanwhile.
[[nodiscard]] OpenedRows open_text_rows(const std::string& path);
// The same of a list of domains, a line each.
[[nodiscard]] OpenedRows open_domain_list(const std::string& path);

// A text that is read for the tool, likewise. The error is a clause.
struct FileText {
    std::unique_ptr<char[]> text{};
    std::size_t bytes{};
    FileStamp stamp{};
};
[[nodiscard]] tl::expected<FileText, std::string> read_whole(const std::string& path);

}  // namespace relaypermit
