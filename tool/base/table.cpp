#include "tool/base/table.h"

#include <algorithm>
#include <string_view>

#include "tool/base/visible.h"

namespace relaypermit {
namespace {

constexpr std::size_t gap = 2;        // between two columns
constexpr std::size_t narrowest = 8;  // of a column that may shrink

// Each line by itself, so that a pager that begins in the middle shows it right.
std::string painted_lines(const Terminal& terminal, Style style, std::string_view text) {
    std::string out;
    while (true) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::size_t begin = std::min(text.find_first_not_of(' '), end);
        out += std::string(text.substr(0, begin)) +
               terminal.paint(style, text.substr(begin, end - begin));
        if (end == text.size()) return out;
        out += '\n';
        text.remove_prefix(end + 1);
    }
}

using Rows = std::vector<std::vector<Table::Cell>>;

// How wide each column is, and which rows do not stand in columns.
class Layout {
  public:
    Layout(const std::vector<Table::Column>& columns, const Rows& rows, std::size_t indent,
           std::size_t width)
        : columns_(columns),
          rows_(rows),
          indent_(indent),
          width_(width),
          by_itself_(rows.size(), false) {
        measure();
        shrink();
        if (!columns_.empty() && columns_.back().wraps && total() > width_) make_room();
    }

    [[nodiscard]] std::size_t width(std::size_t column) const { return widths_[column]; }
    [[nodiscard]] bool is_by_itself(std::size_t row) const { return by_itself_[row]; }
    // Where the last column begins.
    [[nodiscard]] std::size_t last_column() const {
        return total() - (widths_.empty() ? 0 : widths_.back());
    }
    // Where less is left beside the others, a long text goes below them.
    [[nodiscard]] std::size_t readable() const { return std::min<std::size_t>(40, width_ / 2); }

  private:
    void measure() {
        widths_.assign(columns_.size(), 0);
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            widths_[c] = columns(columns_[c].title);
            for (std::size_t r = 0; r < rows_.size(); ++r)
                if (!by_itself_[r]) widths_[c] = std::max(widths_[c], columns(rows_[r][c].text));
        }
    }

    [[nodiscard]] std::size_t total() const {
        std::size_t sum = indent_;
        for (const std::size_t width : widths_) sum += width;
        return sum + gap * (widths_.size() - 1);
    }

    void shrink() {
        while (total() > width_) {
            std::size_t widest = columns_.size();
            for (std::size_t c = 0; c < columns_.size(); ++c)
                if (columns_[c].may_shrink && widths_[c] > narrowest &&
                    (widest == columns_.size() || widths_[c] > widths_[widest]))
                    widest = c;
            if (widest == columns_.size()) return;
            --widths_[widest];
        }
    }

    // A row that is much longer than the others must not push theirs out of the page: few rows, so
    // that the others are read in columns; else only what does not fit at all.
    void make_room() {
        if (width_ < readable() || !set_aside(width_ - readable(), rows_.size() / 4)) {
            by_itself_.assign(rows_.size(), false);
            measure();
            (void)set_aside(width_, rows_.size());
        }
        const std::size_t others = last_column();
        widths_.back() = others < width_ ? width_ - others : 0;
    }

    // Returns whether what stands before the last column then takes no more columns than that.
    [[nodiscard]] bool set_aside(std::size_t most_columns, std::size_t most_rows) {
        for (; last_column() > most_columns && most_rows > 0; --most_rows) {
            const std::size_t longest = longest_row();
            if (longest == rows_.size()) return false;
            by_itself_[longest] = true;
            measure();
        }
        return last_column() <= most_columns;
    }

    // Before the last column, of those that stand in columns; their number where none does.
    [[nodiscard]] std::size_t longest_row() const {
        const auto length = [&](std::size_t row) {
            std::size_t sum = 0;
            for (std::size_t c = 0; c + 1 < columns_.size(); ++c)
                sum += columns(rows_[row][c].text);
            return sum;
        };
        std::size_t longest = rows_.size();
        for (std::size_t r = 0; r < rows_.size(); ++r)
            if (!by_itself_[r] && (longest == rows_.size() || length(r) > length(longest)))
                longest = r;
        return longest;
    }

    const std::vector<Table::Column>& columns_;
    const Rows& rows_;
    const std::size_t indent_;
    const std::size_t width_;
    std::vector<bool> by_itself_;
    std::vector<std::size_t> widths_{};
};

class Printer {
  public:
    Printer(const std::vector<Table::Column>& columns, const Rows& rows, std::size_t indent,
            const Terminal& terminal)
        : columns_(columns),
          rows_(rows),
          indent_(indent),
          terminal_(terminal),
          layout_(columns, rows, indent, terminal.width) {}

    std::string print() {
        if (std::any_of(columns_.begin(), columns_.end(),
                        [](const Table::Column& column) { return !column.title.empty(); }))
            line([&](std::size_t c) { return title(c); });
        for (std::size_t r = 0; r < rows_.size(); ++r)
            if (layout_.is_by_itself(r))
                row_by_itself(rows_[r]);
            else
                line([&](std::size_t c) { return cell(rows_[r], c); });
        return std::move(out_);
    }

  private:
    // Without spaces at the end of its first line, the last one that may have some.
    template <typename CellText>
    void line(CellText cell_text) {
        std::string text(indent_, ' ');
        for (std::size_t c = 0; c < columns_.size(); ++c)
            text += cell_text(c) + (c + 1 < columns_.size() ? std::string(gap, ' ') : "");
        text.erase(text.find_last_not_of(' ') + 1);
        const std::size_t first_end = std::min(text.find('\n'), text.size());
        const std::size_t filled = text.find_last_not_of(' ', first_end == 0 ? 0 : first_end - 1);
        text.erase(filled + 1, first_end - filled - 1);
        out_ += text + "\n";
    }

    [[nodiscard]] std::string title(std::size_t c) const {
        const bool last = c + 1 == columns_.size();
        const std::string& text = columns_[c].title;
        return terminal_.paint(Style::dim, terminal_.colour && last
                                               ? text
                                               : padded(text, layout_.width(c), is_right(c)));
    }

    [[nodiscard]] std::string cell(const std::vector<Table::Cell>& row, std::size_t c) const {
        const Table::Cell& cell = row[c];
        const std::size_t width = layout_.width(c);
        if (cell.raw) return padded(cell.text, width, is_right(c));
        const Style style = style_of(row, c);
        if (columns_[c].wraps && columns(cell.text) > width)
            return width < layout_.readable()
                       ? painted_below(cell.text, style)
                       : painted_lines(terminal_, style,
                                       wrapped(cell.text, terminal_.width, layout_.last_column()));
        const std::string text = shortened_middle(cell.text, width);
        const std::string space(width - columns(text), ' ');
        return is_right(c) ? space + terminal_.paint(style, text)
                           : terminal_.paint(style, text) + space;
    }

    void row_by_itself(const std::vector<Table::Cell>& row) {
        std::string between;
        for (std::size_t c = 1; c + 1 < columns_.size(); ++c)
            between += (between.empty() ? "" : "  ") + row[c].text;
        out_ += std::string(indent_, ' ') + terminal_.paint(style_of(row, 0), row[0].text);
        if (!between.empty()) out_ += painted_below(between, Style::plain);
        if (columns_.size() > 1 && !row.back().text.empty())
            out_ += painted_below(row.back().text, style_of(row, columns_.size() - 1));
        out_ += "\n";
    }

    [[nodiscard]] std::string painted_below(std::string_view text, Style style) const {
        const std::size_t below = indent_ + 4;
        return "\n" + std::string(below, ' ') +
               painted_lines(terminal_, style, wrapped(text, terminal_.width, below));
    }

    [[nodiscard]] bool is_right(std::size_t c) const {
        return columns_[c].align == Table::Align::right;
    }
    [[nodiscard]] Style style_of(const std::vector<Table::Cell>& row, std::size_t c) const {
        return row[c].style == Style::plain ? columns_[c].style : row[c].style;
    }

    const std::vector<Table::Column>& columns_;
    const Rows& rows_;
    const std::size_t indent_;
    const Terminal& terminal_;
    const Layout layout_;
    std::string out_{};
};

}  // namespace

std::string Table::print(const Terminal& terminal, std::size_t indent) const {
    Rows rows = rows_;
    for (std::vector<Cell>& row : rows) {
        row.resize(columns_.size());
        for (Cell& cell : row)
            if (!cell.raw) cell.text = visible(cell.text);
    }
    return Printer(columns_, rows, indent, terminal).print();
}

}  // namespace relaypermit
