#include "policy/domain.h"

#include <idn2.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "policy/address.h"
#include "policy/ascii.h"
#include "policy/network.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

constexpr std::size_t max_domain_bytes = 253;
constexpr std::size_t max_label_bytes = 63;
// libidn2 is given nothing longer: the UTF-8 of a domain whose A-labels fit in 253 bytes is
// shorter than this.
constexpr std::size_t max_unicode_bytes = 4 * max_domain_bytes;

// Letters, digits and hyphens, and the underscore that MTAs let through, in labels of legal
// length. libidn2 leaves every other ASCII character alone (and with IDN2_USE_STD3_ASCII_RULES
// silently deletes them, underscores too), so they are judged here: `a@b.example` and the
// fullwidth forms that map to such characters are no domains.
bool is_plain_domain(std::string_view name) {
    if (name.empty() || name.size() > max_domain_bytes) return false;
    std::size_t start = 0;
    while (true) {
        const std::size_t dot = std::min(name.find('.', start), name.size());
        const std::string_view label = name.substr(start, dot - start);
        if (label.empty() || label.size() > max_label_bytes) return false;
        if (label.front() == '-' || label.back() == '-') return false;
        for (const char c : label) {
            const bool allowed =
                (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
            if (!allowed) return false;
        }
        if (dot == name.size()) return true;
        start = dot + 1;
    }
}

struct Idn2Free {
    void operator()(std::uint8_t* text) const { idn2_free(text); }
};

std::optional<std::string> to_a_labels(const std::string& name, int extra_flags) {
    std::uint8_t* raw = nullptr;
    const int result = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(name.c_str()), &raw,
                                      IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | extra_flags);
    const std::unique_ptr<std::uint8_t, Idn2Free> owner(raw);
    if (result != IDN2_OK) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(raw));
}

bool has_a_label(std::string_view name) {
    return name.starts_with("xn--") || name.find(".xn--") != std::string_view::npos;
}

// The name that programs show for the A-labels.
std::optional<std::string> as_shown(const std::string& a_labels) {
    char* raw = nullptr;
    if (idn2_to_unicode_8z8z(a_labels.c_str(), &raw, 0) != IDN2_OK) return std::nullopt;
    std::string shown(raw);
    idn2_free(raw);
    return shown;
}

bool survives_being_shown(const std::string& a_labels) {
    const auto shown = as_shown(a_labels);
    return shown && to_a_labels(*shown, 0) == a_labels;
}

// Takes the first label and its dot off `name`.
std::string_view take_label(std::string_view& name) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string_view label = name.substr(0, dot);
    name.remove_prefix(std::min(dot + 1, name.size()));
    return label;
}

std::optional<std::string> normalize_literal(std::string_view name) {
    if (name.size() < 2 || name.back() != ']') return std::nullopt;
    if (name.find('%') != std::string_view::npos) return std::nullopt;
    const auto address = IpAddress::parse(name);
    if (!address) return std::nullopt;
    return ascii_lower(name);
}

}  // namespace

std::optional<std::string> normalize_domain(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > max_unicode_bytes) return std::nullopt;
    if (name.front() == '[') return normalize_literal(name);

    std::string lower = ascii_lower(name);
    const bool ascii = is_ascii(lower);
    if (ascii && !is_plain_domain(lower)) return std::nullopt;
    // Nothing to map. libidn2 would also refuse `r3--sn.example`, which exists.
    if (ascii && !has_a_label(lower)) return lower;
    if (!ascii && !text_fault(lower).empty()) return std::nullopt;

    auto a_labels = to_a_labels(lower, 0);
    // An A-label of a symbol (xn--ls8h) is registered here and there. IDNA2008 does not know it,
    // UTS 46 does: without the round trip libidn2 holds it to UTS 46 alone.
    if (!a_labels && ascii) a_labels = to_a_labels(lower, IDN2_NO_ALABEL_ROUNDTRIP);
    if (!a_labels || !is_plain_domain(*a_labels)) return std::nullopt;
    // Beside a label in Unicode libidn2 lets through A-labels that stand for no name at all.
    if (!ascii && has_a_label(lower) && !survives_being_shown(*a_labels)) return std::nullopt;
    return a_labels;
}

std::string domain_in_unicode(const std::string& name) {
    return has_a_label(name) ? as_shown(name).value_or(name) : name;
}

bool is_mapped_form(std::string_view name, const std::string& normalized) {
    if (is_ascii(name)) return true;
    const auto shown = as_shown(normalized);
    if (!shown) return false;
    const std::string lower = ascii_lower(name);
    std::string_view written = lower;
    std::string_view mapped = *shown;
    std::string_view a_labels = normalized;
    while (!written.empty() && !mapped.empty()) {
        const std::string_view label = take_label(written);
        const bool same_shown = label == take_label(mapped);
        // An A-label beside a label in Unicode stands for itself.
        const bool same_a_label = label == take_label(a_labels);
        if (!same_shown && !same_a_label) return false;
    }
    return written.empty() && mapped.empty();
}

bool DomainSet::add(std::string_view pattern) {
    const bool below = pattern.starts_with("*.");
    auto domain = normalize_domain(below ? pattern.substr(2) : pattern);
    if (!domain || (below && domain->front() == '[')) return false;
    patterns_.push_back(below ? "*." + *domain : *domain);
    (below ? below_ : exact_).insert(*std::move(domain));
    return true;
}

bool DomainSet::contains(std::string_view domain) const {
    if (exact_.contains(std::string(domain))) return true;
    if (below_.empty()) return false;
    for (std::size_t dot = domain.find('.'); dot != std::string_view::npos;
         dot = domain.find('.', dot + 1)) {
        if (below_.contains(std::string(domain.substr(dot + 1)))) return true;
    }
    return false;
}

std::string libidn2_version() {
    return ::idn2_check_version(nullptr);
}

}  // namespace relaypermit
