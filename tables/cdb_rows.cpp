#include "tables/cdb_rows.h"

#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace relaypermit {
namespace {

constexpr std::size_t tables = 256;
constexpr std::size_t head_bytes = tables * 8;  // where each table is, and how many slots it has

std::uint32_t hash_of(std::string_view key) {
    std::uint32_t hash = 5381;
    for (const char c : key) hash = ((hash << 5) + hash) ^ static_cast<unsigned char>(c);
    return hash;
}

std::uint32_t number_at(const unsigned char* bytes) {
    std::uint32_t number = 0;
    for (std::size_t n = 4; n > 0; --n) number = number << 8 | bytes[n - 1];
    return number;
}

void put_number(std::string& text, std::size_t at, std::uint32_t number) {
    for (std::size_t n = 0; n < 4; ++n) text[at + n] = static_cast<char>(number >> (8 * n) & 0xFF);
}

void add_number(std::string& text, std::uint32_t number) {
    text.resize(text.size() + 4);
    put_number(text, text.size() - 4, number);
}

class CdbRowFile final : public RowFile {
  public:
    CdbRowFile(ReadableFile file, FileStamp stamp, std::string path)
        : RowFile(stamp), file_(std::move(file)), path_(std::move(path)) {}

    [[nodiscard]] Found find(std::string_view key) const override {
        Found found = find_exactly(key);
        if (found && !*found) found = find_exactly(std::string(key) + '\0');
        // Else what was read may be of two files.
        if (!file_.stamp().has_contents_of(stamp()))
            return tl::make_unexpected("`" + path_ + "` has been written to");
        if (found && *found && !(*found)->empty() && (*found)->back() == '\0') (*found)->pop_back();
        return found;
    }

  private:
    struct Pair {
        std::uint32_t first{};
        std::uint32_t second{};
    };
    [[nodiscard]] std::optional<Pair> pair_at(std::uint64_t offset) const {
        std::array<unsigned char, 8> bytes{};
        if (!file_.read(bytes.data(), bytes.size(), offset)) return std::nullopt;
        return Pair{number_at(bytes.data()), number_at(bytes.data() + 4)};
    }
    [[nodiscard]] tl::unexpected<std::string> damaged() const {
        return tl::make_unexpected("`" + path_ + "` is damaged");
    }

    [[nodiscard]] Found find_exactly(std::string_view key) const {
        const std::uint32_t hash = hash_of(key);
        const auto table = pair_at(std::uint64_t{hash % tables} * 8);
        if (!table) return damaged();
        const std::uint32_t slots = table->second;
        for (std::uint32_t n = 0; n < slots; ++n) {
            const std::uint64_t at = (std::uint64_t{hash / tables} + n) % slots;
            const auto slot = pair_at(table->first + at * 8);
            if (!slot) return damaged();
            if (slot->second == 0) return std::nullopt;
            if (slot->first != hash) continue;
            const auto lengths = pair_at(slot->second);
            if (!lengths) return damaged();
            if (lengths->first != key.size()) continue;
            if (lengths->second > max_value_bytes) return damaged();
            std::string row(key.size() + lengths->second, '\0');
            if (!file_.read(row.data(), row.size(), std::uint64_t{slot->second} + 8))
                return damaged();
            if (row.starts_with(key)) return row.substr(key.size());
        }
        return std::nullopt;
    }

    const ReadableFile file_;
    const std::string path_;
};

// The tables stand one behind the other at the end, in their order, each slot but half of them in
// use: only a whole file fits what its beginning says.
bool is_whole(const ReadableFile& file, std::uint64_t size) {
    std::array<unsigned char, head_bytes> head{};
    if (!file.read(head.data(), head.size(), 0)) return false;
    std::uint64_t end = 0;
    for (std::size_t n = 0; n < tables; ++n) {
        const std::uint64_t position = number_at(&head[n * 8]);
        const std::uint64_t slots = number_at(&head[n * 8 + 4]);
        if (slots == 0) continue;
        if (end == 0 ? position < head_bytes : position != end) return false;
        end = position + slots * 8;
    }
    return end == 0 ? size == head_bytes : size == end;
}

}  // namespace

OpenedRows open_cdb_rows(const std::string& path) {
    auto file = ReadableFile::open(path);
    if (!file) return tl::make_unexpected(std::move(file.error()));
    const FileStamp stamp = file->stamp();
    if (!is_whole(*file, stamp.size))
        return tl::make_unexpected("`" + path + "` is no cdb file, or not all of one");
    return std::make_unique<CdbRowFile>(std::move(*file), stamp, path);
}

void CdbText::add(std::string_view key, std::string_view value) {
    // Of a text that is too long take() says so.
    rows_.push_back({hash_of(key), static_cast<std::uint32_t>(text_.size())});
    add_number(text_, static_cast<std::uint32_t>(key.size()));
    add_number(text_, static_cast<std::uint32_t>(value.size()));
    text_.append(key).append(value);
}

tl::expected<std::string, std::string> CdbText::take() && {
    if (text_.size() + rows_.size() * 16 > std::numeric_limits<std::uint32_t>::max())
        return tl::make_unexpected(std::string("a cdb file cannot be larger than 4 GiB"));
    std::array<std::vector<Slot>, tables> of_table;
    for (const Slot& row : rows_) of_table[row.hash % tables].push_back(row);
    for (std::size_t n = 0; n < tables; ++n) {
        std::vector<Slot> slots(of_table[n].size() * 2);
        for (const Slot& row : of_table[n]) {
            std::size_t at = row.hash / tables % slots.size();
            while (slots[at].position != 0) at = (at + 1) % slots.size();
            slots[at] = row;
        }
        put_number(text_, n * 8, static_cast<std::uint32_t>(text_.size()));
        put_number(text_, n * 8 + 4, static_cast<std::uint32_t>(slots.size()));
        for (const Slot& slot : slots) {
            add_number(text_, slot.hash);
            add_number(text_, slot.position);
        }
    }
    return std::move(text_);
}

}  // namespace relaypermit
