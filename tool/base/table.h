// Aligned columns, two spaces apart. Where the rows are wider than the terminal, the columns that
// may shrink are cut, the widest first; where that is not enough and the last one wraps, the
// longest rows go below their own first column, so that the others stay in columns. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tool/base/terminal.h"

namespace relaypermit {

// Cells are plain text (visible() is applied).
class Table {
  public:
    enum class Align : std::uint8_t { left, right };
    struct Column {
        std::string title{};  // all titles empty: no heading
        Align align{Align::left};
        bool may_shrink{};
        Style style{Style::plain};
        bool wraps{};  // the last column only: on a narrow terminal it takes several lines
    };
    struct Cell {
        std::string text{};
        Style style{Style::plain};  // plain: the column's
        bool raw{};                 // already safe and perhaps painted: never cut
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    // Each line ends with a newline, without trailing spaces.
    [[nodiscard]] std::string print(const Terminal& terminal, std::size_t indent = 0) const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_{};
};

}  // namespace relaypermit
