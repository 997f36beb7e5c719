// The text of one policy file, and where in it something stands: places of bytes, and of bytes
// inside a decoded TOML string. Immutable after construction but for a cache of line starts, so
// one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/place.h"

namespace relaypermit {

// A place as the nodes of a document keep it: small, and resolved to a Place by the reader.
// Columns count characters (code points), as toml++ and editors do.
struct Position {
    std::uint32_t file{};  // index of the source text
    std::uint32_t line{};
    std::uint32_t column{};
};

struct TextFault {
    std::uint32_t line{};
    std::uint32_t column{};
    std::string why{};
    std::string help{};
};

class SourceText {
  public:
    SourceText(std::string_view name, std::string text);

    [[nodiscard]] std::string name() const { return name_.str(); }
    [[nodiscard]] const SharedText& shared_name() const { return name_; }
    // Without a byte order mark.
    [[nodiscard]] std::string_view text() const { return text_; }

    // The first byte that no policy file may hold: NUL, invalid UTF-8 (RFC 3629), another encoding.
    [[nodiscard]] std::optional<TextFault> unusable_byte() const;

    // Byte offset of a place; the end of the text where the place lies behind it.
    [[nodiscard]] std::size_t offset_of(std::uint32_t line, std::uint32_t column) const;
    [[nodiscard]] Place place_at(std::size_t offset) const;

    // The place of byte `decoded_offset` of the value of the TOML string that begins at `string`:
    // behind its quotes and with its escapes counted as they are written.
    [[nodiscard]] Place place_in_string(const Position& string, std::size_t decoded_offset) const;

  private:
    [[nodiscard]] const std::vector<std::size_t>& line_starts() const;

    SharedText name_;
    std::string text_;
    mutable std::vector<std::size_t> line_starts_{};
};

}  // namespace relaypermit
