#include "policy/encoded_word.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "policy/address.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

enum class Charset : std::uint8_t {
    unknown,
    utf8,
    ascii_superset,  // a byte below 0x80 is that ASCII character wherever it stands
    shift_jis,
    gbk,  // and GB18030
    big5,
    iso_2022_jp,
};

// EBCDIC code pages share the prefixes `cp` and `ibm`, so PC code pages are listed one by one.
constexpr std::array pc_code_pages = {"437", "737", "775", "850", "852", "855",
                                      "857", "858", "860", "861", "862", "863",
                                      "864", "865", "866", "869", "874", "949"};

constexpr std::array ascii_supersets = {
    "us-ascii", "ascii", "ansi_x3.4-1968", "latin1", "latin-1", "koi8-r", "koi8-u", "koi8-ru",
    "tis-620", "macintosh", "windows-874", "euc-jp", "eucjp", "x-euc-jp", "euc-kr", "euc-cn",
    // CP949 reads below this name; its trail bytes in ASCII are letters only.
    "ks_c_5601-1987", "ksc5601", "ks_c_5601", "uhc", "windows-949",
    // Some programs read GBK below this name and some do not, so that a trail byte 0x40 is an @.
    "gb2312", "gb_2312-80"};

constexpr std::array shift_jis_names = {"shift_jis", "shift-jis",   "sjis", "x-sjis",
                                        "cp932",     "windows-31j", "ms932"};
constexpr std::array gbk_names = {"gbk", "gb18030", "cp936", "windows-936", "x-gbk"};
constexpr std::array big5_names = {"big5", "big5-hkscs", "cp950", "windows-950"};
constexpr std::array iso_2022_jp_names = {"iso-2022-jp",   "iso-2022-jp-1",  "iso-2022-jp-2",
                                          "iso-2022-jp-3", "iso-2022-jp-ms", "csiso2022jp",
                                          "cp50220",       "cp50221"};

template <std::size_t N>
bool is_one_of(const std::array<const char*, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

Charset charset_of(std::string_view name) {
    const std::string lower = ascii_lower(name.substr(0, name.find('*')));
    const std::string_view text = lower;
    if (text == "utf-8" || text == "utf8") return Charset::utf8;
    if (is_one_of(ascii_supersets, text)) return Charset::ascii_superset;
    if (is_one_of(shift_jis_names, text)) return Charset::shift_jis;
    if (is_one_of(gbk_names, text)) return Charset::gbk;
    if (is_one_of(big5_names, text)) return Charset::big5;
    if (is_one_of(iso_2022_jp_names, text)) return Charset::iso_2022_jp;
    for (const std::string_view prefix : {"iso-8859-", "iso8859-", "iso_8859-"}) {
        if (text.starts_with(prefix) && text.size() > prefix.size() &&
            text.size() <= prefix.size() + 4 && is_digit(text[prefix.size()])) {
            return Charset::ascii_superset;
        }
    }
    for (const std::string_view prefix : {"windows-125", "cp125"}) {
        if (text.starts_with(prefix) && text.size() == prefix.size() + 1 && is_digit(text.back())) {
            return Charset::ascii_superset;
        }
    }
    for (const std::string_view prefix : {"cp", "ibm"}) {
        if (text.starts_with(prefix) && is_one_of(pc_code_pages, text.substr(prefix.size()))) {
            return Charset::ascii_superset;
        }
    }
    return Charset::unknown;
}

std::optional<unsigned> hex_digit(char c) {
    if (is_digit(c)) return static_cast<unsigned>(c - '0');
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

bool is_control(unsigned byte) {
    return byte < 0x20 || byte == 0x7F;
}

bool in(unsigned byte, unsigned first, unsigned last) {
    return byte >= first && byte <= last;
}

bool is_lead(Charset charset, unsigned byte) {
    if (charset == Charset::shift_jis) return in(byte, 0x81, 0x9F) || in(byte, 0xE0, 0xFC);
    return in(byte, 0x81, 0xFE);
}

bool is_trail(Charset charset, unsigned byte) {
    if (in(byte, 0x40, 0x7E)) return true;
    switch (charset) {
        case Charset::shift_jis:
            return in(byte, 0x80, 0xFC);
        // GB18030 has characters of two such pairs, the second byte of each a digit.
        case Charset::gbk:
            return in(byte, 0x80, 0xFE) || in(byte, '0', '9');
        default:
            return in(byte, 0xA1, 0xFE);
    }
}

// The characters of one word's bytes in a charset of one or two bytes a character.
std::optional<std::string> read_bytes(std::string_view bytes, Charset charset) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const unsigned byte = static_cast<unsigned char>(bytes[i]);
        if (is_control(byte)) return std::nullopt;
        if (byte < 0x80) {
            text += bytes[i];
            continue;
        }
        text += replacement;
        if (charset == Charset::ascii_superset) continue;
        if (charset == Charset::shift_jis && in(byte, 0xA1, 0xDF)) continue;  // half-width kana
        ++i;
        if (!is_lead(charset, byte) || i == bytes.size() ||
            !is_trail(charset, static_cast<unsigned char>(bytes[i]))) {
            return std::nullopt;
        }
    }
    return text;
}

// ISO-2022-JP (RFC 1468, and the sets that RFC 1554 and RFC 2237 add): escape sequences switch
// between one byte and two bytes a character; a word begins and ends in ASCII (RFC 2047 section
// 3) or in JIS X 0201 Latin, which has the ASCII characters that matter here.
std::optional<std::string> read_iso_2022_jp(std::string_view bytes) {
    static constexpr std::array<std::string_view, 2> to_latin = {"\x1B(B", "\x1B(J"};
    static constexpr std::array<std::string_view, 8> to_double = {
        "\x1B$@", "\x1B$B", "\x1B$A", "\x1B$(C", "\x1B$(D", "\x1B$(O", "\x1B$(P", "\x1B$(Q"};
    enum class Set : std::uint8_t { latin, kana, two_bytes };
    static constexpr std::string_view to_kana = "\x1B(I";

    const auto takes = [&](const auto& sequences) {
        const auto found = std::find_if(sequences.begin(), sequences.end(),
                                        [&](std::string_view s) { return bytes.starts_with(s); });
        if (found == sequences.end()) return false;
        bytes.remove_prefix(found->size());
        return true;
    };
    Set set = Set::latin;
    std::string text;
    while (!bytes.empty()) {
        if (takes(to_latin)) {
            set = Set::latin;
        } else if (takes(to_double)) {
            set = Set::two_bytes;
        } else if (bytes.starts_with(to_kana)) {
            bytes.remove_prefix(to_kana.size());
            set = Set::kana;
        } else {
            const std::size_t width = set == Set::two_bytes ? 2 : 1;
            if (bytes.size() < width) return std::nullopt;
            for (const char c : bytes.substr(0, width)) {
                const unsigned byte = static_cast<unsigned char>(c);
                if (is_control(byte) || byte >= 0x80) return std::nullopt;
                if (byte == ' ' && set != Set::latin) return std::nullopt;
            }
            if (set == Set::latin) {
                text += bytes.front();
            } else {
                text += replacement;
            }
            bytes.remove_prefix(width);
        }
    }
    if (set != Set::latin) return std::nullopt;
    return text;
}

struct Word {
    Charset charset{};
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
    const std::string_view encoded = text.substr(payload, payload_end - payload);
    Word word{.charset = charset_of(text.substr(start + 2, charset_end - start - 2)),
              .end = payload_end + 2};
    if (word.charset == Charset::unknown) {
        return tl::unexpected<std::string>("an encoded word in a charset that hides what it says");
    }
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
        }
        run_end = word->end;
        if (word->charset == Charset::utf8) {
            utf8 += word->bytes;
            continue;
        }
        if (!flush_utf8()) return unreadable;
        const auto characters = word->charset == Charset::iso_2022_jp
                                    ? read_iso_2022_jp(word->bytes)
                                    : read_bytes(word->bytes, word->charset);
        if (!characters) return unreadable;
        runs.back() += *characters;
    }
    if (!flush_utf8()) return unreadable;
    return runs;
}

}  // namespace relaypermit
