// The texts of help pages as their data files have them: plain words, with what a program shows on
// the screen in **stars**, what is typed or stands in a file in `backticks`, and {placeholders} for
// what the policy says. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace relaypermit {

// A stretch of a text that is set in one way.
struct TextRun {
    enum class Style : std::uint8_t { plain, screen, code };

    Style style{};
    bool placeholder{};  // `text` is the name of one, without its braces
    std::string text{};

    friend bool operator==(const TextRun&, const TextRun&) = default;
};

struct RichTextFault {
    std::size_t offset{};  // of the text
    std::string why{};
};

// What is not closed is a fault, and so is a brace that belongs to no placeholder.
[[nodiscard]] tl::expected<std::vector<TextRun>, RichTextFault> parse_rich_text(
    std::string_view text);
// The same for what stands in a file or is typed into a shell: only {placeholders} mean something,
// and other braces are braces.
[[nodiscard]] std::vector<TextRun> parse_code(std::string_view code);

}  // namespace relaypermit
