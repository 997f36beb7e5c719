#include "tool/inspect/sender_fold.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "policy/address.h"
#include "policy/ascii.h"

namespace relaypermit {
namespace {

constexpr std::string_view separators = "-+._=";

// "srs0=" of SRS0=hash=stamp=domain=local.
std::string_view srs_tag(std::string_view local) {
    const bool tagged =
        local.size() > 5 && (local.starts_with("srs0") || local.starts_with("srs1"));
    return tagged && std::string_view("=+-").find(local[4]) != std::string_view::npos
               ? local.substr(0, 5)
               : std::string_view{};
}

// alice of prvs=0123abcdef=alice and of btv1==tag==alice.
std::string_view behind_batv(std::string_view local) {
    for (const auto& [begin, end] :
         {std::pair<std::string_view, std::string_view>{"prvs=", "="}, {"btv1==", "=="}}) {
        if (!local.starts_with(begin)) continue;
        const std::size_t tag_end = local.find(end, begin.size());
        if (tag_end == std::string_view::npos) continue;
        const std::string_view tag = local.substr(begin.size(), tag_end - begin.size());
        const bool is_tag = tag.size() >= 6 && std::all_of(tag.begin(), tag.end(), [](char c) {
                                return std::isxdigit(static_cast<unsigned char>(c)) != 0;
                            });
        if (is_tag && local.size() > tag_end + end.size())
            return local.substr(tag_end + end.size());
    }
    return {};
}

// "dev-bounces-" of dev-bounces-u1=gmail.com and of dev-bounces-4711; "news-" of
// news-u1=gmail.com. Empty where nothing tells that the rest differs from message to message.
std::string_view verp_prefix(std::string_view local) {
    static constexpr std::array<std::string_view, 7> words = {
        "bounce", "bounces", "return", "returns", "verp", "errors", "msprvs1"};
    std::size_t begin = 0;
    while (begin < local.size()) {
        const std::size_t end = local.find_first_of(separators, begin);
        if (end == std::string_view::npos) break;
        const std::string_view rest = local.substr(end + 1);
        if (std::find(words.begin(), words.end(), local.substr(begin, end - begin)) !=
                words.end() &&
            std::any_of(rest.begin(), rest.end(),
                        [](char c) { return is_ascii_digit(c) || c == '='; }))
            return local.substr(0, end + 1);
        begin = end + 1;
    }
    // The recipient stands behind the last - or + before its =, and has a domain.
    const std::size_t equals = local.rfind('=');
    if (equals == std::string_view::npos || equals + 1 == local.size() ||
        local.find('.', equals) == std::string_view::npos)
        return {};
    const std::size_t cut = local.substr(0, equals).find_last_of("-+");
    return cut == std::string_view::npos || cut == 0 || cut + 1 == equals
               ? std::string_view{}
               : local.substr(0, cut + 1);
}

}  // namespace

FoldedSender folded_sender(std::string_view address, std::string_view delimiters) {
    const std::string whole = ascii_lower(address);
    const std::size_t at = whole.rfind('@');
    FoldedSender folded{whole, FoldedSender::Kind::plain, whole};
    // A quoted local part is nobody's tag.
    if (at == std::string::npos || at == 0 || whole.front() == '"') return folded;
    const std::string_view local = std::string_view(whole).substr(0, at);
    const std::string domain = whole.substr(at);
    if (const auto tag = srs_tag(local); !tag.empty()) {
        folded.pattern = "SRS" + std::string(tag.substr(3)) + "*" + domain;
        folded.kind = FoldedSender::Kind::srs;
        return folded;
    }
    const auto base_of = [&](std::string_view name) {
        return without_subaddress({std::string(name), domain.substr(1)}, delimiters).local + domain;
    };
    if (const auto user = behind_batv(local); !user.empty()) {
        folded.base = base_of(user);
        folded.pattern = "*=" + folded.base;
        folded.kind = FoldedSender::Kind::batv;
        return folded;
    }
    const std::string base = base_of(local);
    const std::string_view verp = verp_prefix(local);
    // list-bounces+tag, where + is what the policy cuts at, is a subaddress of list-bounces.
    if (!verp.empty() && (base == whole || base.size() < verp.size() - 1 + domain.size())) {
        folded.pattern = std::string(verp) + "*" + domain;
        folded.kind = FoldedSender::Kind::verp;
        folded.base = std::string(verp.substr(0, verp.size() - 1)) + domain;
        return folded;
    }
    if (base != whole) {
        folded.pattern = folded.base = base;
        folded.kind = FoldedSender::Kind::subaddress;
    }
    return folded;
}

std::string FoldedSender::in_words() const {
    switch (kind) {
        case Kind::plain:
            break;
        case Kind::subaddress:
            return pattern + " with any subaddress";
        case Kind::srs:
            return "every address that a forwarder rewrites (" + pattern + ")";
        case Kind::batv:
            return base + " behind any tag (" + pattern + ")";
        case Kind::verp:
            return "every bounce address " + pattern;
    }
    return {};
}

}  // namespace relaypermit
