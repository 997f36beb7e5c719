#include "tables/text_rows.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "policy/ascii.h"
#include "policy/domain.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

// What Postfix's ISSPACE() is, without the line feed that ends a line.
constexpr std::string_view blanks = " \t\r\v\f";

bool is_blank(char c) {
    return blanks.find(c) != std::string_view::npos;
}

struct Split {
    std::string_view key{};
    std::string_view value{};
    std::string_view fault{};
};

// What regexp tables and policies have, and nobody is named.
bool is_pattern(std::string_view key) {
    return key.starts_with("*@") || key.starts_with("*.") ||
           (key.size() > 2 && key.starts_with('/') && key.ends_with('/'));
}

Split split(std::string_view line, TextRows::Values values) {
    bool quoted = false;
    std::size_t at = 0;
    for (; at < line.size(); ++at)
        if (line[at] == '\\')
            ++at;
        else if (line[at] == '"')
            quoted = !quoted;
        else if (is_blank(line[at]) && !quoted)
            break;
    if (quoted) return {{}, {}, "a quote has no end"};
    const std::string_view key = line.substr(0, at);
    const std::string_view value = trimmed(line.substr(key.size()), blanks);
    if (is_pattern(key))
        return {key, {}, "its key is a pattern, and a table is asked for whole names"};
    if (values == TextRows::Values::passed_over) {
        const auto asked = normalize_domain(key);
        if (!asked) return {key, {}, "its key is no domain"};
        if (*asked != ascii_lower(key))
            return {key, {}, "its domain is not written as it is asked for, in A-labels (xn--)"};
        return {key, {}, {}};
    }
    if (value.empty()) return {key, {}, "it has a key and no value"};
    if (key.ends_with(':')) return {key, {}, "its key ends in a colon, as in a file of aliases(5)"};
    if (value.size() > max_value_bytes) return {key, {}, "its value is longer than 1 MiB"};
    return {key, value, {}};
}

bool is_utf8(std::string_view text) {
    const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    while (!text.empty()) {
        const auto other = std::find_if_not(text.begin(), text.end(), ascii);
        text.remove_prefix(static_cast<std::size_t>(other - text.begin()));
        if (text.empty()) break;
        const std::size_t bytes = first_code_point(text).bytes;
        if (bytes == 0) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

}  // namespace

// Reads the lines and writes the rows over them: none is longer than its line.
class TextRows::Builder {
  public:
    Builder(std::unique_ptr<char[]> text, std::size_t bytes,
            const std::function<void(RowFault)>& report, Values values)
        : report_(report), values_(values), text_(text.get()) {
        rows_.values_ = values;
        rows_.text_ = std::move(text);
        const auto lines = static_cast<std::size_t>(std::count(text_, text_ + bytes, '\n')) + 1;
        rows_.slots_.resize(std::bit_ceil(lines + lines / 3 + 1));
    }

    TextRows build(std::size_t bytes) && {
        std::size_t number = 0;
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        std::size_t from = std::string_view(text_, bytes).starts_with(byte_order_mark)
                               ? byte_order_mark.size()
                               : 0;
        while (from < bytes) {
            const void* const feed = std::memchr(text_ + from, '\n', bytes - from);
            const std::size_t end =
                feed ? static_cast<std::size_t>(static_cast<const char*>(feed) - text_) : bytes;
            take({text_ + from, end - from}, ++number);
            from = end + 1;
        }
        end_row();
        rows_.bytes_ = written_;
        return std::move(rows_);
    }

  private:
    void take(std::string_view line, std::size_t number) {
        const std::string_view content = trimmed(line, blanks);
        if (content.empty() || content.front() == '#') return;
        if (is_blank(line.front())) {
            if (first_line_ == 0)
                report_(
                    {number, "it begins with a blank, and there is none that it goes on", false});
        } else {
            end_row();
            first_line_ = number;
        }
        if (first_line_ == 0) return;
        std::memmove(text_ + written_ + length_, line.data(), line.size());
        length_ += line.size();
    }

    void end_row() {
        if (first_line_ == 0) return;
        const std::string_view line(text_ + written_, std::exchange(length_, 0));
        const std::size_t number = std::exchange(first_line_, 0);
        if (line.find('\0') != std::string_view::npos)
            return report_({number, "it holds a NUL", false});
        if (!is_utf8(line)) return report_({number, "it is no UTF-8", false});
        const Split row = split(line, values_);
        if (!row.fault.empty()) return report_({number, std::string(row.fault), false});
        // Over itself: the value moves, if at all, towards the front.
        char* const key = text_ + written_;
        std::transform(key, key + row.key.size(), key, ascii_lower_of);
        char* const value = key + row.key.size() + 1;
        const std::size_t value_bytes = row.value.size();
        const std::string_view name(key, row.key.size());
        const std::size_t slot = rows_.slot_of(name);
        if (rows_.slots_[slot] != 0)
            return report_({number, "`" + std::string(name) + "` has a row already", true});
        rows_.slots_[slot] = static_cast<std::uint32_t>(written_ + 1);
        if (values_ == Values::needed) {
            std::memmove(value, row.value.data(), value_bytes);
            value[value_bytes] = '\0';
            written_ += value_bytes + 1;
        }
        key[name.size()] = '\0';
        written_ += name.size() + 1;
        ++rows_.rows_;
    }

    static char ascii_lower_of(char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }

    const std::function<void(RowFault)>& report_;
    const Values values_;
    TextRows rows_{};
    char* const text_;
    std::size_t written_{};     // of rows that are whole
    std::size_t length_{};      // of the row that is read, behind them
    std::size_t first_line_{};  // of that row; 0: there is none
};

TextRows TextRows::read(std::unique_ptr<char[]> text, std::size_t bytes,
                        const std::function<void(RowFault)>& report, Values values) {
    if (bytes > max_text_bytes) bytes = 0;
    return Builder(std::move(text), bytes, report, values).build(bytes);
}

// Where the row is, or would be: at most three quarters of the slots are taken.
std::size_t TextRows::slot_of(std::string_view key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = std::hash<std::string_view>()(key) & mask;
    while (slots_[slot] != 0) {
        const char* const row = text_.get() + slots_[slot] - 1;
        if (std::strncmp(row, key.data(), key.size()) == 0 && row[key.size()] == '\0') break;
        slot = (slot + 1) & mask;
    }
    return slot;
}

std::optional<std::string_view> TextRows::find(std::string_view key) const {
    if (key.empty() || key.find('\0') != std::string_view::npos) return std::nullopt;
    const std::uint32_t row = slots_[slot_of(key)];
    if (row == 0) return std::nullopt;
    const char* const found = text_.get() + row - 1;
    if (values_ == Values::passed_over) return std::string_view(found, key.size());
    return std::string_view(found + key.size() + 1);
}

void TextRows::for_each(
    const std::function<void(std::string_view, std::string_view)>& visit) const {
    for (std::size_t at = 0; at < bytes_;) {
        const std::string_view key(text_.get() + at);
        if (values_ == Values::passed_over) {
            visit(key, key);
            at += key.size() + 1;
            continue;
        }
        const std::string_view value(text_.get() + at + key.size() + 1);
        visit(key, value);
        at += key.size() + value.size() + 2;
    }
}

namespace {

class TextRowFile final : public RowFile {
  public:
    TextRowFile(FileStamp stamp, TextRows rows, std::string remark)
        : RowFile(stamp), rows_(std::move(rows)), remark_(std::move(remark)) {}

    [[nodiscard]] Found find(std::string_view key) const override {
        const auto value = rows_.find(key);
        return value ? std::optional(std::string(*value)) : std::nullopt;
    }
    [[nodiscard]] std::string remark() const override { return remark_; }

  private:
    const TextRows rows_;
    const std::string remark_;
};

}  // namespace

tl::expected<FileText, std::string> read_whole(const std::string& path) {
    constexpr int tries = 3;
    for (int round = 0; round < tries; ++round) {
        const auto file = ReadableFile::open(path);
        if (!file) return tl::make_unexpected(file.error());
        FileText read{{}, {}, file->stamp()};
        if (read.stamp.size > max_text_bytes)
            return tl::make_unexpected("`" + path + "` is larger than 4 GiB");
        read.bytes = static_cast<std::size_t>(read.stamp.size);
        read.text = std::make_unique_for_overwrite<char[]>(read.bytes + 1);
        if (file->read(read.text.get(), read.bytes, 0) && file->stamp().has_contents_of(read.stamp))
            return read;
    }
    return tl::make_unexpected("`" + path + "` changes while it is read");
}

namespace {

OpenedRows open_text(const std::string& path, TextRows::Values values) {
    auto read = read_whole(path);
    if (!read) return tl::make_unexpected(std::move(read.error()));
    // As cdb, LMDB and Berkeley DB begin.
    constexpr std::size_t head_bytes = 16;
    if (std::string_view(read->text.get(), std::min(read->bytes, head_bytes)).find('\0') !=
        std::string_view::npos)
        return tl::make_unexpected("`" + path +
                                   "` is no text: it looks like a table of another type, `cdb` or "
                                   "`lmdb`, or like one of hash or btree, which postmap(1) makes "
                                   "anew as cdb or lmdb");
    // Half of `*@shop.example.com` is `*`.
    if (read->bytes > 0 && read->text[read->bytes - 1] != '\n')
        return tl::make_unexpected(
            "`" + path +
            "` ends within a line, so that it may not be all of the file: end "
            "its last line");
    std::size_t ignored = 0;
    std::string first;
    TextRows rows = TextRows::read(
        std::move(read->text), read->bytes,
        [&](const RowFault& fault) {
            if (++ignored == 1) first = "line " + std::to_string(fault.line) + ": " + fault.why;
        },
        values);
    std::string remark;
    if (ignored > 0)
        remark = "`" + path + "`: " + std::to_string(ignored) +
                 (ignored == 1 ? " line is ignored, " : " lines are ignored, the first is ") +
                 first;
    return std::make_unique<TextRowFile>(read->stamp, std::move(rows), std::move(remark));
}

}  // namespace

OpenedRows open_text_rows(const std::string& path) {
    return open_text(path, TextRows::Values::needed);
}

OpenedRows open_domain_list(const std::string& path) {
    return open_text(path, TextRows::Values::passed_over);
}

}  // namespace relaypermit
