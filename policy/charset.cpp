#include "policy/charset.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "policy/address.h"
#include "policy/ascii.h"

namespace relaypermit {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

// EBCDIC code pages share the prefixes `cp` and `ibm`, so PC code pages are listed one by one.
constexpr std::array pc_code_pages = {"437", "737", "775", "850", "852", "855",
                                      "857", "858", "860", "861", "862", "863",
                                      "864", "865", "866", "869", "874", "949"};

constexpr std::array ascii_supersets = {
    "us-ascii", "ascii", "ansi_x3.4-1968", "latin1", "latin-1", "koi8-r", "koi8-u", "koi8-ru",
    "tis-620", "macintosh", "windows-874", "euc-jp", "eucjp", "x-euc-jp", "euc-kr", "euckr",
    "euc-cn",
    // CP949 reads below this name; its trail bytes in ASCII are letters only.
    "ks_c_5601-1987", "ks_c_5601-1989", "ksc_5601", "ksc5601", "ks_c_5601", "uhc", "windows-949",
    // Some programs read GBK below this name and some do not, so that a trail byte 0x40 is an @.
    "gb2312", "gb18030", "big5-hkscs", "gb_2312-80"};

constexpr std::array shift_jis_names = {"shift_jis", "shift-jis",   "sjis", "x-sjis",
                                        "cp932",     "windows-31j", "ms932"};
constexpr std::array gbk_names = {"gbk", "cp936", "windows-936", "x-gbk"};
constexpr std::array big5_names = {"big5", "cp950", "windows-950"};
constexpr std::array iso_2022_jp_names = {"iso-2022-jp",   "iso-2022-jp-1",  "iso-2022-jp-2",
                                          "iso-2022-jp-3", "iso-2022-jp-ms", "csiso2022jp",
                                          "cp50220",       "cp50221"};

template <std::size_t N>
bool is_one_of(const std::array<const char*, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_control(unsigned byte) {
    return byte < 0x20 || byte == 0x7F;
}

bool in(unsigned byte, unsigned first, unsigned last) {
    return byte >= first && byte <= last;
}

// Leads and trails of which every pair is a character in all tables. Not 815F of Shift_JIS, which
// JIS X 0213 has as a backslash.
struct Block {
    unsigned first_lead{};
    unsigned last_lead{};
    unsigned first_trail{};
    unsigned last_trail{};
};

constexpr std::array<Block, 18> shift_jis_blocks = {{{0x81, 0x81, 0x40, 0x5E},
                                                     {0x81, 0x81, 0x60, 0x7E},
                                                     {0x81, 0x81, 0x80, 0xAC},
                                                     {0x82, 0x82, 0x4F, 0x58},
                                                     {0x82, 0x82, 0x60, 0x79},
                                                     {0x82, 0x82, 0x81, 0x9A},
                                                     {0x82, 0x82, 0x9F, 0xF1},
                                                     {0x83, 0x83, 0x40, 0x7E},
                                                     {0x83, 0x83, 0x80, 0x96},
                                                     {0x88, 0x88, 0x9F, 0xFC},
                                                     {0x89, 0x97, 0x40, 0x7E},
                                                     {0x89, 0x97, 0x80, 0xFC},
                                                     {0x98, 0x98, 0x40, 0x72},
                                                     {0x98, 0x98, 0x9F, 0xFC},
                                                     {0x99, 0x9F, 0x40, 0x7E},
                                                     {0x99, 0x9F, 0x80, 0xFC},
                                                     {0xE0, 0xE9, 0x40, 0x7E},
                                                     {0xE0, 0xE9, 0x80, 0xFC}}};
constexpr std::array<Block, 5> gbk_blocks = {{{0x81, 0xA0, 0x40, 0x7E},
                                              {0x81, 0xA0, 0x80, 0xFE},
                                              {0xAA, 0xFD, 0x40, 0x7E},
                                              {0xAA, 0xFD, 0x80, 0xA0},
                                              {0xB0, 0xF7, 0xA1, 0xF9}}};
constexpr std::array<Block, 7> big5_blocks = {{{0xA4, 0xC5, 0x40, 0x7E},
                                               {0xA4, 0xC5, 0xA1, 0xFE},
                                               {0xC6, 0xC6, 0x40, 0x7E},
                                               {0xC9, 0xF8, 0x40, 0x7E},
                                               {0xC9, 0xF8, 0xA1, 0xFE},
                                               {0xF9, 0xF9, 0x40, 0x7E},
                                               {0xF9, 0xF9, 0xA1, 0xD5}}};
// JIS C 6226-1978, which `ESC $ @` names, has nothing more in common with JIS X 0208.
constexpr std::array<Block, 10> jis_blocks = {{{0x21, 0x21, 0x21, 0x7E},
                                               {0x22, 0x22, 0x21, 0x2E},
                                               {0x23, 0x23, 0x30, 0x39},
                                               {0x23, 0x23, 0x41, 0x5A},
                                               {0x23, 0x23, 0x61, 0x7A},
                                               {0x24, 0x24, 0x21, 0x73},
                                               {0x25, 0x25, 0x21, 0x76},
                                               {0x30, 0x4E, 0x21, 0x7E},
                                               {0x4F, 0x4F, 0x21, 0x53},
                                               {0x50, 0x73, 0x21, 0x7E}}};

// Whether the two bytes with which `bytes` begins are such a pair.
template <std::size_t N>
bool in_all_tables(const std::array<Block, N>& blocks, std::string_view bytes) {
    const unsigned lead = static_cast<unsigned char>(bytes[0]);
    const unsigned trail = static_cast<unsigned char>(bytes[1]);
    return std::any_of(blocks.begin(), blocks.end(), [&](const Block& block) {
        return in(lead, block.first_lead, block.last_lead) &&
               in(trail, block.first_trail, block.last_trail);
    });
}

bool in_all_tables(Charset charset, std::string_view bytes) {
    if (charset == Charset::shift_jis) return in_all_tables(shift_jis_blocks, bytes);
    if (charset == Charset::gbk) return in_all_tables(gbk_blocks, bytes);
    return in_all_tables(big5_blocks, bytes);
}

// Of some table.
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

// One or two bytes a character.
std::optional<std::string> read_mixed(std::string_view bytes, Charset charset) {
    const bool careful = bytes.find('@') != std::string_view::npos;
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
        if (!is_lead(charset, byte) || i + 1 == bytes.size() ||
            !is_trail(charset, static_cast<unsigned char>(bytes[i + 1])) ||
            (careful && !in_all_tables(charset, bytes.substr(i)))) {
            return std::nullopt;
        }
        ++i;
    }
    return text;
}

// Escape sequences switch between one byte and two bytes a character; a word begins and ends in
// ASCII (RFC 2047 section 3) or in JIS X 0201 Latin, which has the ASCII characters that matter.
std::optional<std::string> read_iso_2022_jp(std::string_view bytes) {
    static constexpr std::array<std::string_view, 2> to_latin = {"\x1B(B", "\x1B(J"};
    static constexpr std::array<std::string_view, 2> to_double = {"\x1B$@", "\x1B$B"};
    enum class Set : std::uint8_t { latin, kana, two_bytes };
    static constexpr std::string_view to_kana = "\x1B(I";

    const auto takes = [&](const auto& sequences) {
        const auto found = std::find_if(sequences.begin(), sequences.end(),
                                        [&](std::string_view s) { return bytes.starts_with(s); });
        if (found == sequences.end()) return false;
        bytes.remove_prefix(found->size());
        return true;
    };
    const bool careful = bytes.find('@') != std::string_view::npos;
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
            if (careful && set == Set::two_bytes && !in_all_tables(jis_blocks, bytes))
                return std::nullopt;
            if (set == Set::latin)
                text += bytes.front();
            else
                text += replacement;
            bytes.remove_prefix(width);
        }
    }
    if (set != Set::latin) return std::nullopt;
    return text;
}

}  // namespace

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
            text.size() <= prefix.size() + 4 && is_ascii_digit(text[prefix.size()])) {
            return Charset::ascii_superset;
        }
    }
    for (const std::string_view prefix : {"windows-125", "cp125"})
        if (text.starts_with(prefix) && text.size() == prefix.size() + 1 &&
            is_ascii_digit(text.back()))
            return Charset::ascii_superset;
    for (const std::string_view prefix : {"cp", "ibm"})
        if (text.starts_with(prefix) && is_one_of(pc_code_pages, text.substr(prefix.size())))
            return Charset::ascii_superset;
    return Charset::unknown;
}

std::optional<std::string> read_bytes(std::string_view bytes, Charset charset) {
    return charset == Charset::iso_2022_jp ? read_iso_2022_jp(bytes) : read_mixed(bytes, charset);
}

}  // namespace relaypermit
