// One value of a record: how long it may be, and how it is written into a line of printable ASCII
// and read back. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaypermit {

// What a cut value ends with, and what stands in a list for the members that were left out.
inline constexpr std::string_view cut_mark = "...";

// The bytes that a value takes as a member of a list, without quotes: `\` `"` `,` count two, a byte
// outside printable ASCII four.
[[nodiscard]] std::size_t written_size(std::string_view value);

// The value, or where its written_size() is above `limit` as much of its beginning as fits into
// that, and the mark. Cutting twice is cutting once.
[[nodiscard]] std::string cut_value(std::string_view value, std::size_t limit);
// Whether cut_value() shortened it. (Also true of a whole value of exactly `limit` bytes that ends
// with three dots by itself.)
[[nodiscard]] bool is_cut(std::string_view value, std::size_t limit);

// Appends `\xNN`.
void append_hex_escape(std::string& line, char byte);
// Appends a value as a line has it: `-` where it is empty, else escaped (`\\`, `\"`, `\xNN`), in
// quotes where it holds a space or a `"` or is a literal `-`.
void append_value(std::string& line, std::string_view value);
// Appends a list: members separated by commas, a comma within a member written `\,`, an opening
// parenthesis at its beginning `\(`; `-` where the list is empty. `number`, where given, follows
// as a last member of its own, "(7)".
void append_list(std::string& line, const std::vector<std::string>& members,
                 std::optional<std::size_t> number = std::nullopt);

struct ValueList {
    std::vector<std::string> members{};
    std::optional<std::size_t> number{};
};
// The inverse of the two, for what stands between `key=` and the space behind it. nullopt where it
// is not what they would have written.
[[nodiscard]] std::optional<std::string> read_value(std::string_view written);
[[nodiscard]] std::optional<ValueList> read_list(std::string_view written);

}  // namespace relaypermit
