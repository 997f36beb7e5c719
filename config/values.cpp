#include "config/values.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "config/foreign_network.h"
#include "config/word_list.h"
#include "policy/contact.h"
#include "policy/domain.h"
#include "policy/network.h"
#include "policy/reply.h"

namespace relaypermit {
namespace {

bool is_printable_ascii(char byte) {
    return byte >= ' ' && byte <= '~';
}

// What a reply holds beside its text: "550 5.777.777 ", " - ref ABCD1234", " - " and the help
// address with # and the longest cause, and for each placeholder the least that it is cut to.
constexpr std::size_t code_bytes = 14;
constexpr std::size_t reference_bytes = 15;
constexpr std::size_t anchor_bytes = 29;
constexpr std::size_t value_bytes = 12;

std::string all_placeholders() {
    std::string all;
    for (const std::string_view name : placeholder_names())
        all += (all.empty() ? "{" : " {") + std::string(name) + "}";
    return all;
}

// What somebody meant who wrote an unusable domain.
std::string domain_help(std::string_view text) {
    std::string_view meant = text;
    std::string star;
    if (const std::size_t at = meant.rfind('@'); at != std::string_view::npos)
        meant.remove_prefix(at + 1);
    else if (const std::size_t scheme = meant.find("://"); scheme != std::string_view::npos)
        meant = meant.substr(scheme + 3, meant.find('/', scheme + 3) - scheme - 3);
    else if (meant.starts_with('*') || meant.starts_with('.'))
        star = "*.";
    meant.remove_prefix(std::min(meant.find_first_not_of("*."), meant.size()));
    DomainSet usable;
    if (meant != text && meant.find('.') != std::string_view::npos &&
        usable.add(star + std::string(meant)))
        return "did you mean `" + star + std::string(meant) + "`?";
    if (const auto parts = words_in(text);
        parts.size() > 1 && std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
            return part.find('.') != std::string::npos && DomainSet{}.add(part);
        }))
        return "it is several in one string: write " + in_backticks(quoted_list(parts));
    if (text == "*") return "name the domains, one by one: a server is for those alone";
    return "as in example.com or *.example.com";
}

}  // namespace

DomainSet take_domains(Reader& reader, const Node& list) {
    DomainSet domains;
    for (const Node& item : list.items_of(Node::Kind::string)) {
        if (domains.add(item.text())) continue;
        reader.error(item.position, in_backticks(item.text()) + " is not a usable domain",
                     domain_help(item.text()));
    }
    return domains;
}

std::optional<PlacedNetwork> take_network(Reader& reader, const Node& item) {
    auto network = Network::parse(item.text());
    if (network) return PlacedNetwork{*network, reader.place(item.position)};
    std::string why = std::move(network.error());
    std::string help;
    if (const auto foreign = foreign_network(item.text())) {
        why = foreign->why;
        help = foreign->help;
    } else if (const std::size_t semicolon = why.find("; "); semicolon != std::string::npos) {
        help = why.substr(semicolon + 2);
        why.resize(semicolon);
    } else if (why.find("prefix length") == std::string::npos) {
        help = "as in `192.0.2.0/24` or `2001:db8::/32`";
    }
    reader.error(item.position, "network " + in_backticks(item.text()) + ": " + why, help);
    return std::nullopt;
}

std::vector<PlacedNetwork> take_networks(Reader& reader, const Node& list) {
    std::vector<PlacedNetwork> networks;
    for (const Node& item : list.items_of(Node::Kind::string))
        if (const auto network = take_network(reader, item)) networks.push_back(*network);
    return networks;
}

std::vector<Network> without_places(const std::vector<PlacedNetwork>& networks) {
    std::vector<Network> bare;
    bare.reserve(networks.size());
    for (const PlacedNetwork& placed : networks) bare.push_back(placed.network);
    return bare;
}

bool is_word(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char byte) { return byte > ' ' && byte <= '~'; });
}

std::string_view authority_of(std::string_view url) {
    url.remove_prefix(std::min(url.find("://") + 3, url.size()));
    return url.substr(0, url.find_first_of("/?#"));
}

bool has_web_host(std::string_view url) {
    std::string_view host = authority_of(url);
    const std::size_t colon = host.rfind(':');
    if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
        std::uint16_t port = 0;
        const char* const end = host.data() + host.size();
        const auto [stop, fault] = std::from_chars(host.data() + colon + 1, end, port);
        if (fault != std::errc{} || stop != end || port == 0) return false;
        host = host.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']'))
        return IpAddress::parse(host.substr(1, host.size() - 2)).has_value();
    return IpAddress::parse(host).has_value() || normalize_domain(host).has_value();
}

std::vector<std::string> take_words(Reader& reader, const Node& list, std::string_view what) {
    std::vector<std::string> words;
    for (const Node& item : list.items_of(Node::Kind::string)) {
        if (is_word(item.text())) {
            words.push_back(item.text());
        } else {
            reader.error(item.position, in_backticks(item.text()) + " is not " + std::string(what),
                         "one word in ASCII");
        }
    }
    return words;
}

bool names_a_moment(Reader& reader, const Node& node) {
    const When& when = node.when();
    if (!when.has_time || when.has_offset) return true;
    reader.error(node.position,
                 in_backticks(when.text) + " is a local time, which differs by place",
                 "write " + when.text + "Z for UTC, or end it with an offset as in +01:00");
    return false;
}

bool check_reply_text(Reader& reader, const Node& node, std::string_view help_url) {
    const std::string& text = node.text();
    if (text.find_first_not_of(' ') == std::string::npos) {
        reader.error(node.position, "a text for the reply must say something",
                     "leave it out for the default");
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_printable_ascii(text[i])) continue;
        const bool ascii = static_cast<unsigned char>(text[i]) < 0x80;
        reader.error_inside(node, i,
                            ascii ? "a text for the reply is one line without control characters"
                                  : "a text for the reply must be ASCII",
                            ascii ? "write a space or a dash"
                                  : "mail programs and Sendmail garble everything else");
        return false;
    }
    bool sound = true;
    std::size_t fixed = 0;
    std::size_t values = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '}') {
            reader.error_inside(node, i, "`}` without `{`", "braces are for placeholders alone");
            sound = false;
        }
        if (text[i] != '{') {
            ++fixed;
            continue;
        }
        const std::size_t end = text.find_first_of("{}", i + 1);
        if (end == std::string::npos || text[end] == '{') {
            reader.error_inside(node, i, "`{` without `}`", "braces are for placeholders alone");
            return false;
        }
        const std::string_view name = std::string_view(text).substr(i + 1, end - i - 1);
        if (!is_placeholder(name)) {
            const std::string near =
                did_you_mean(name, {placeholder_names().begin(), placeholder_names().end()});
            reader.error_inside(
                node, i, "unknown placeholder " + in_backticks("{" + std::string(name) + "}"),
                near.empty() ? "a text may use " + all_placeholders()
                             : "did you mean `{" + near + "}`?");
            sound = false;
        }
        if (name == "contact")
            fixed += max_contact_bytes;  // never cut
        else
            ++values;
        i = end;
    }
    const std::size_t help_bytes = help_url.empty() ? 0 : help_url.size() + anchor_bytes;
    const std::size_t taken = code_bytes + reference_bytes + help_bytes + values * value_bytes;
    const std::size_t room = max_reply_bytes > taken ? max_reply_bytes - taken : 0;
    if (fixed > room) {
        reader.error(node.position,
                     "a text of " + std::to_string(fixed) + " bytes beside its placeholders does " +
                         "not fit into a reply: at most " + std::to_string(room),
                     "a longer story belongs behind help_url in [server]");
        sound = false;
    }
    return sound;
}

}  // namespace relaypermit
