// One version of a file of rows, a key and a value each: what FileTable (file_table.h) asks and
// replaces. Any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tables/readable_file.h"

namespace relaypermit {

class RowFile {
  public:
    // nullopt: it has no such row. The error, a clause that names the file: it is damaged, or no
    // longer what was opened.
    using Found = tl::expected<std::optional<std::string>, std::string>;

    explicit RowFile(FileStamp stamp) : stamp_(stamp) {}
    RowFile(const RowFile&) = delete;
    RowFile& operator=(const RowFile&) = delete;
    virtual ~RowFile() = default;

    // `key` as it stands there, in lower case and without NUL.
    [[nodiscard]] virtual Found find(std::string_view key) const = 0;
    // What of the file is ignored, for the log; empty: nothing.
    [[nodiscard]] virtual std::string remark() const { return {}; }
    // Of the file when it was opened.
    [[nodiscard]] const FileStamp& stamp() const { return stamp_; }

  private:
    const FileStamp stamp_;
};

using OpenedRows = tl::expected<std::unique_ptr<RowFile>, std::string>;

// More than any list of senders has; a length that is read from a damaged file may be anything.
constexpr std::size_t max_value_bytes = 1 << 20;

}  // namespace relaypermit
