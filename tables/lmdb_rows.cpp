#include "tables/lmdb_rows.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace relaypermit {
namespace {

using Number = std::size_t;  // of a page, and whatever else is size_t there
using Short = std::uint16_t;

// A page begins with its number, two bytes of padding, flags, and where its list of nodes ends and
// its nodes begin.
constexpr std::size_t flags_at = sizeof(Number) + 2;
constexpr std::size_t nodes_end_at = flags_at + 2;
constexpr std::size_t page_head_bytes = nodes_end_at + 4;
constexpr unsigned branch_page = 0x01;
constexpr unsigned leaf_page = 0x02;
constexpr unsigned overflow_page = 0x04;
constexpr unsigned meta_page = 0x08;

// Of a database: padding (of the first one the page size), flags, depth, three counts of pages, a
// count of rows, the root.
constexpr std::size_t database_bytes = 8 + 5 * sizeof(Number);
// Behind the head of a meta page: magic, version, address, size of the map, two databases, the last
// page, the transaction.
constexpr std::size_t free_at = page_head_bytes + 8 + 2 * sizeof(Number);
constexpr std::size_t main_at = free_at + database_bytes;
constexpr std::size_t last_page_at = main_at + database_bytes;
constexpr std::size_t transaction_at = last_page_at + sizeof(Number);
constexpr std::size_t meta_bytes = transaction_at + sizeof(Number);
constexpr std::uint32_t magic = 0xBEEFC0DE;
constexpr std::uint32_t version = 1;
constexpr Number no_page = ~Number{0};

constexpr std::size_t node_head_bytes = 8;
constexpr unsigned big_data = 0x01;  // the value is the number of overflow pages
constexpr unsigned max_depth = 32;   // MDB's CURSOR_STACK

template <typename T>
T at(const std::vector<char>& bytes, std::size_t offset) {
    T value{};
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

struct State {
    std::size_t page_bytes{};
    unsigned flags{};
    Number root{};
    Number pages{};
    Number transaction{};

    friend bool operator==(const State&, const State&) = default;
};

std::optional<State> state_at(const ReadableFile& file, std::uint64_t offset) {
    std::vector<char> page(meta_bytes);
    if (!file.read(page.data(), page.size(), offset)) return std::nullopt;
    if ((at<Short>(page, flags_at) & meta_page) == 0 ||
        at<std::uint32_t>(page, page_head_bytes) != magic ||
        at<std::uint32_t>(page, page_head_bytes + 4) != version)
        return std::nullopt;
    State state{at<std::uint32_t>(page, free_at), at<Short>(page, main_at + 4),
                at<Number>(page, main_at + database_bytes - sizeof(Number)),
                at<Number>(page, last_page_at) + 1, at<Number>(page, transaction_at)};
    const std::size_t bytes = state.page_bytes;
    if (bytes < 512 || bytes > 65536 || (bytes & (bytes - 1)) != 0) return std::nullopt;
    return state;
}

// The newest of the two states that a file has. Never that which is left where the other is lost:
// that may be the empty one with which the file began.
std::optional<State> newest(const ReadableFile& file) {
    const auto first = state_at(file, 0);
    if (!first) return std::nullopt;
    const auto second = state_at(file, first->page_bytes);
    if (!second || second->page_bytes != first->page_bytes) return std::nullopt;
    return second->transaction > first->transaction ? second : first;
}

class LmdbRowFile final : public RowFile {
  public:
    LmdbRowFile(ReadableFile file, FileStamp stamp, std::string path)
        : RowFile(stamp), file_(std::move(file)), path_(std::move(path)) {}

    [[nodiscard]] Found find(std::string_view key) const override {
        constexpr int tries = 5;
        for (int round = 0; round < tries; ++round) {
            const auto before = newest(file_);
            if (!before) return tl::make_unexpected("`" + path_ + "` is damaged");
            Found found = find_in(*before, std::string(key) + '\0');
            if (found && !*found) found = find_in(*before, key);
            if (newest(file_) != before) continue;
            if (found && *found && !(*found)->empty() && (*found)->back() == '\0')
                (*found)->pop_back();
            return found;
        }
        return tl::make_unexpected("`" + path_ + "` is written to all the time");
    }

  private:
    struct Node {
        std::string_view key{};
        const char* head{};
        std::size_t room{};  // from the value to the end of the page
    };

    [[nodiscard]] tl::unexpected<std::string> damaged(Number page) const {
        return tl::make_unexpected("`" + path_ + "` is damaged: page " + std::to_string(page));
    }

    [[nodiscard]] bool read_page(const State& state, Number number, std::vector<char>& page) const {
        page.resize(state.page_bytes);
        return number < state.pages &&
               file_.read(page.data(), page.size(), std::uint64_t{number} * state.page_bytes) &&
               at<Number>(page, 0) == number;
    }

    // Nothing where the node is not within its page.
    [[nodiscard]] static std::optional<Node> node_of(const std::vector<char>& page, std::size_t n) {
        const std::size_t start = at<Short>(page, page_head_bytes + 2 * n);
        if (start < page_head_bytes || start + node_head_bytes > page.size()) return std::nullopt;
        const std::size_t key_bytes = at<Short>(page, start + 6);
        if (start + node_head_bytes + key_bytes > page.size()) return std::nullopt;
        return Node{{page.data() + start + node_head_bytes, key_bytes},
                    page.data() + start,
                    page.size() - start - node_head_bytes - key_bytes};
    }

    [[nodiscard]] static std::uint64_t number_of(const Node& node, bool with_flags) {
        Short words[3];
        std::memcpy(words, node.head, sizeof words);
        // In the order of the machine's bytes: a low and a high half.
        static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ||
                      __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
        constexpr bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
        std::uint64_t number = words[little ? 0 : 1] | std::uint64_t{words[little ? 1 : 0]} << 16;
        if (with_flags && sizeof(Number) == 8) number |= std::uint64_t{words[2]} << 32;
        return number;
    }

    [[nodiscard]] Found find_in(const State& state, std::string_view key) const {
        Number number = state.root;
        if (number == no_page) return std::nullopt;
        std::vector<char> page;
        for (unsigned depth = 0; depth < max_depth; ++depth) {
            if (!read_page(state, number, page)) return damaged(number);
            const unsigned flags = at<Short>(page, flags_at);
            const std::size_t end = at<Short>(page, nodes_end_at);
            const bool leaf = (flags & leaf_page) != 0;
            if ((!leaf && (flags & branch_page) == 0) || end < page_head_bytes || end > page.size())
                return damaged(number);
            // The first node whose key is not less; of a branch the first has none, and is least.
            const std::size_t count = (end - page_head_bytes) / 2;
            std::size_t low = leaf ? 0 : 1;
            for (std::size_t high = count; low < high;) {
                const std::size_t middle = (low + high) / 2;
                const auto node = node_of(page, middle);
                if (!node) return damaged(number);
                if (node->key < key)
                    low = middle + 1;
                else
                    high = middle;
            }
            if (leaf) {
                if (low >= count) return std::nullopt;
                const auto node = node_of(page, low);
                if (!node) return damaged(number);
                if (node->key != key) return std::nullopt;
                return value_of(state, number, *node);
            }
            if (count == 0) return damaged(number);
            const auto exact = low < count ? node_of(page, low) : std::nullopt;
            if (low == count || !exact || exact->key != key) --low;
            const auto node = node_of(page, low);
            if (!node) return damaged(number);
            number = static_cast<Number>(number_of(*node, true));
        }
        return damaged(number);
    }

    [[nodiscard]] Found value_of(const State& state, Number number, const Node& node) const {
        Short flags = 0;
        std::memcpy(&flags, node.head + 4, sizeof flags);
        const std::uint64_t bytes = number_of(node, false);
        const char* const inside = node.head + node_head_bytes + node.key.size();
        if (bytes > max_value_bytes || (flags & ~big_data) != 0) return damaged(number);
        if ((flags & big_data) == 0)
            return bytes <= node.room ? Found(std::string(inside, bytes)) : damaged(number);
        Number first = 0;
        if (node.room < sizeof first) return damaged(number);
        std::memcpy(&first, inside, sizeof first);
        std::vector<char> page;
        if (!read_page(state, first, page) || (at<Short>(page, flags_at) & overflow_page) == 0)
            return damaged(first);
        std::string value(bytes, '\0');
        if (!file_.read(value.data(), value.size(),
                        std::uint64_t{first} * state.page_bytes + page_head_bytes))
            return damaged(first);
        return value;
    }

    const ReadableFile file_;
    const std::string path_;
};

}  // namespace

OpenedRows open_lmdb_rows(const std::string& path) {
    auto file = ReadableFile::open(path);
    if (!file) return tl::make_unexpected(std::move(file.error()));
    const FileStamp stamp = file->stamp();
    const auto state = newest(*file);
    if (!state) return tl::make_unexpected("`" + path + "` is no LMDB file of this machine");
    // Written last. (Pages behind it may be missing: LMDB does not write what it has given up.)
    char last = 0;
    if (state->root != no_page &&
        !file->read(&last, 1, (std::uint64_t{state->root} + 1) * state->page_bytes - 1))
        return tl::make_unexpected("`" + path + "` is not all of an LMDB file");
    constexpr unsigned other_order = 0x02 | 0x04 | 0x08;  // MDB_REVERSEKEY, DUPSORT, INTEGERKEY
    if ((state->flags & other_order) != 0)
        return tl::make_unexpected("`" + path +
                                   "` is an LMDB file of another program than postmap");
    return std::make_unique<LmdbRowFile>(std::move(*file), stamp, path);
}

}  // namespace relaypermit
