#include "policy/encoded_word.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "policy/ascii.h"
#include "policy/charset.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

std::optional<unsigned> hex_digit(char c) {
    if (is_ascii_digit(c)) return static_cast<unsigned>(c - '0');
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    return std::nullopt;
}

std::optional<std::string> decode_q(std::string_view payload) {
    std::string bytes;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        const char c = payload[i];
        if (c < ' ' || c > '~') return std::nullopt;
        if (c == '_') {
            bytes += ' ';
        } else if (c == '=') {
            if (payload.size() - i < 3) return std::nullopt;
            const auto high = hex_digit(payload[i + 1]);
            const auto low = hex_digit(payload[i + 2]);
            if (!high || !low) return std::nullopt;
            bytes += static_cast<char>(*high * 16 + *low);
            i += 2;
        } else {
            bytes += c;
        }
    }
    return bytes;
}

std::optional<std::string> decode_b(std::string_view payload) {
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t end = payload.find_last_not_of('=') + 1;  // npos + 1 is 0
    // Programs differ on what follows padding and on characters outside the alphabet.
    if (payload.size() - end > 2 || end % 4 == 1) return std::nullopt;
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned bit_count = 0;
    for (const char c : payload.substr(0, end)) {
        const std::size_t value = alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = ((bits << 6) | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes += static_cast<char>((bits >> bit_count) & 0xFF);
        }
    }
    return bytes;
}

// Whether a program that does not know the charset, and takes the bytes for UTF-8, sees a wide @ or
// bracket in them, which is a plain one to some (c-client). The small ones are left to honest names
// where every program knows the charset: their bytes stand in common words of these.
bool shows_wide_sign(std::string_view bytes, std::string_view charset) {
    static constexpr std::array<std::string_view, 3> wide = {"\uFF20", "\uFF1C", "\uFF1E"};
    static constexpr std::array<std::string_view, 3> small = {"\uFE6B", "\uFE64", "\uFE65"};
    static constexpr std::array<std::string_view, 3> unknown = {"gb18030", "big5-hkscs", "mac"};
    const auto holds = [bytes](std::string_view sign) {
        return bytes.find(sign) != std::string_view::npos;
    };
    std::string name(charset);
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return std::any_of(wide.begin(), wide.end(), holds) ||
           (std::any_of(unknown.begin(), unknown.end(),
                        [&name](std::string_view one) { return name.starts_with(one); }) &&
            std::any_of(small.begin(), small.end(), holds));
}

struct Word {
    Charset charset{};
    std::string_view charset_name{};
    std::string bytes{};
    std::size_t end{};  // behind `?=`
};

tl::expected<Word, std::string> read_word(std::string_view text, std::size_t start) {
    const auto malformed = tl::unexpected<std::string>("a malformed encoded word");
    const std::size_t charset_end = text.find('?', start + 2);
    if (charset_end == std::string_view::npos || text.size() - charset_end < 3 ||
        text[charset_end + 2] != '?') {
        return malformed;
    }
    const std::size_t payload = charset_end + 3;
    const std::size_t payload_end = text.find('?', payload);
    if (payload_end == std::string_view::npos || payload_end + 1 == text.size() ||
        text[payload_end + 1] != '=') {
        return malformed;
    }
    // Its last sign is the first of another one to PHP's iconv_mime_decode().
    if (text.substr(payload_end + 2).starts_with('?')) return malformed;
    const std::string_view encoded = text.substr(payload, payload_end - payload);
    const std::string_view name = text.substr(start + 2, charset_end - start - 2);
    Word word{.charset = charset_of(name), .charset_name = name, .end = payload_end + 2};
    if (word.charset == Charset::unknown)
        return tl::unexpected<std::string>("an encoded word in a charset that hides what it says");
    const char encoding = text[charset_end + 1];
    std::optional<std::string> bytes;
    if (encoding == 'q' || encoding == 'Q') bytes = decode_q(encoded);
    if (encoding == 'b' || encoding == 'B') bytes = decode_b(encoded);
    if (!bytes) return malformed;
    word.bytes = *std::move(bytes);
    return word;
}

}  // namespace

tl::expected<std::vector<std::string>, std::string> decode_encoded_words(std::string_view text) {
    std::vector<std::string> runs;
    // UTF-8 is judged once the run is complete: programs split characters between words.
    std::string utf8;
    std::string raw;  // the last bytes of the present run: a sign may stand in two words
    const auto flush_utf8 = [&] {
        const bool fine = text_fault(utf8).empty();
        if (fine && !utf8.empty()) runs.back() += utf8;
        utf8.clear();
        return fine;
    };
    const auto unreadable = tl::unexpected<std::string>(
        "an encoded word with control characters or bytes that its charset does not have");

    std::size_t run_end = 0;
    for (std::size_t at = text.find("=?"); at != std::string_view::npos;
         at = text.find("=?", run_end)) {
        auto word = read_word(text, at);
        if (!word) return tl::unexpected(std::move(word.error()));
        const bool joins = !runs.empty() && text.find_first_not_of(' ', run_end) == at;
        if (!joins) {
            if (!flush_utf8()) return unreadable;
            runs.emplace_back();
            raw.clear();
        }
        run_end = word->end;
        raw.erase(0, raw.size() - std::min<std::size_t>(raw.size(), 2));
        raw += word->bytes;
        if (word->charset == Charset::utf8) {
            utf8 += word->bytes;
            continue;
        }
        if (!flush_utf8()) return unreadable;
        if (shows_wide_sign(raw, word->charset_name)) return unreadable;
        const auto characters = read_bytes(word->bytes, word->charset);
        if (!characters) return unreadable;
        runs.back() += *characters;
    }
    if (!flush_utf8()) return unreadable;
    return runs;
}

}  // namespace relaypermit
