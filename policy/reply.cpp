// From a verdict to the sentence on the wire: the text is chosen, its punctuation made safe for
// log summarisers, its placeholders filled in, cut to fit, and closed with the help address and
// the reference. Pure; any thread.
#include "policy/reply.h"
#include "policy/ascii.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "policy/address.h"
#include "policy/contact.h"

namespace relaypermit {

namespace {

constexpr std::array<std::string_view, 13> placeholders = {
    "login",   "sender", "from", "recipient", "client",          "port",      "server",
    "contact", "cause",  "rule", "instead",   "submission_port", "encryption"};

constexpr std::string_view cut_mark = "...";
constexpr std::size_t reference_bytes = 8;
// A value is cut to no less than this; a text that still does not fit is cut at its end.
constexpr std::size_t least_value_bytes = 12;

constexpr bool is_printable(char c) {
    return c >= ' ' && c <= '~';
}

// One ? for each character that is not printable ASCII: the bytes that continue a UTF-8 sequence
// add none.
std::string printable(std::string_view text) {
    std::string out;
    bool after_high_byte = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool continues = after_high_byte && (byte & 0xC0U) == 0x80U;
        if (!continues) out += is_printable(c) ? c : '?';
        after_high_byte = byte >= 0x80U;
    }
    return out;
}

constexpr bool is_summary_end(char c) {
    return c == ',' || c == ':' || c == ';';
}

// A word of a text without the characters at which log summarisers cut. Within an address of the
// web, and a colon within a word (2001:db8::1, 587:tcp), they are part of a value and stay.
std::string without_summary_ends(std::string_view word) {
    std::string out;
    const bool is_url = word.find("://") != std::string_view::npos;
    for (const char c : word) {
        const bool harmful = !is_url && (c == ',' || c == ';');
        if (!harmful)
            out += c;
        else if (out.empty() || out.back() != '-')
            out += '-';
    }
    return out;
}

// `, : ;` as punctuation become ` -`: "Hello, write to us: now" -> "Hello - write to us - now".
// Leaves neither spaces nor dashes at the ends.
std::string with_dashes(std::string_view text) {
    std::string out;
    bool dash = false;
    const auto flush_dash = [&] {
        if (dash && !out.empty()) out += " -";
        dash = false;
    };
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        bool dash_after = false;
        while (!word.empty() && is_summary_end(word.back())) {
            word.remove_suffix(1);
            dash_after = true;
        }
        if (word.find_first_not_of('-') == std::string_view::npos) {
            dash = dash || dash_after || !word.empty();
            continue;
        }
        flush_dash();
        if (!out.empty()) out += ' ';
        out += without_summary_ends(word);
        dash = dash_after;
    }
    return out;
}

// What a placeholder becomes where there is nothing to fill in: words that keep the default texts
// sentences.
std::string or_else(const std::string& value, std::string_view words) {
    return value.empty() ? std::string(words) : value;
}

struct Context {
    const PolicySource& source;
    const Facts& facts;
    const Verdict& verdict;
    Cause cause{};
};

std::string server_name(const Context& context) {
    return or_else(context.source.server_name, or_else(context.facts.mta_host, "this server"));
}

// The one to enter, of those that the policy takes submissions on.
std::uint16_t submission_port(const PolicySource& source) {
    constexpr std::uint16_t usual = 587;      // RFC 6409
    constexpr std::uint16_t of_servers = 25;  // which networks of clients often cannot reach
    const auto& ports = source.submission_ports;
    const auto first = std::find_if(ports.begin(), ports.end(),
                                    [](std::uint16_t port) { return port != of_servers; });
    if (first != ports.end()) return *first;
    return ports.empty() ? usual : of_servers;
}

std::string value_of(std::string_view name, const Context& context) {
    const auto& verdict = context.verdict;
    if (name == "login") {
        // A session without one is judged by where it comes from.
        return or_else(verdict.login, context.facts.client
                                          ? "the address " + to_string(*context.facts.client)
                                          : "this device");
    }
    if (name == "instead") return or_else(verdict.instead, "your own address");
    if (name == "contact") return with_dashes(contact_of(context.source));
    if (name == "submission_port") return std::to_string(submission_port(context.source));
    if (name == "encryption") {
        constexpr std::uint16_t implicit_tls = 465;  // RFC 8314
        return submission_port(context.source) == implicit_tls ? "SSL/TLS" : "STARTTLS";
    }
    if (name == "sender") return or_else(verdict.sender, "an unreadable address");
    if (name == "from") return or_else(verdict.from, "an unreadable address");
    if (name == "recipient") return or_else(verdict.recipient, "the recipient");
    if (name == "client")
        return context.facts.client ? to_string(*context.facts.client) : "this computer";
    if (name == "port") return std::to_string(context.facts.port);
    if (name == "server") return server_name(context);
    if (name == "cause") return std::string(to_string(context.cause));
    std::string rules;
    for (const auto& rule : verdict.rules) rules += (rules.empty() ? "" : " ") + rule;
    return or_else(rules, "none");
}

// A text in parts, so that a cut falls on what was filled in.
struct Part {
    std::string text{};
    bool filled_in{};
};

std::vector<Part> fill_in(std::string_view text, const Context& context) {
    std::vector<Part> parts;
    std::size_t done = 0;
    for (auto open = text.find('{'); open != std::string_view::npos;
         open = text.find('{', open + 1)) {
        const auto close = text.find('}', open);
        if (close == std::string_view::npos) break;
        const auto name = text.substr(open + 1, close - open - 1);
        if (!is_placeholder(name)) continue;
        parts.push_back({std::string(text.substr(done, open - done)), false});
        const std::string value = printable(value_of(name, context));
        // Within quotes a blank at the end is to be seen.
        const bool in_quotes = open > 0 && text[open - 1] == '\'';
        const std::string bare(trimmed(value));
        parts.push_back({in_quotes && !value.empty() ? value
                         : bare.empty()              ? "?"
                                                     : bare,
                         name != "contact"});
        done = close + 1;
    }
    parts.push_back({std::string(text.substr(done)), false});
    return parts;
}

std::size_t size_with_cap(const std::vector<Part>& parts, std::size_t cap) {
    std::size_t size = 0;
    for (const auto& part : parts)
        size += part.filled_in ? std::min(part.text.size(), cap) : part.text.size();
    return size;
}

// The beginning and the end stay: of an address that is who, and where.
std::string cut_in_the_middle(const std::string& value, std::size_t bytes) {
    if (value.size() <= bytes) return value;
    const auto kept = bytes - cut_mark.size();
    const auto tail = kept / 2;
    return value.substr(0, kept - tail) + std::string(cut_mark) + value.substr(value.size() - tail);
}

std::string join(const std::vector<Part>& parts, std::size_t cap) {
    std::string out;
    for (const auto& part : parts)
        out += part.filled_in ? cut_in_the_middle(part.text, cap) : part.text;
    return out;
}

// The longest values are cut first, all to one length.
std::string join_within(const std::vector<Part>& parts, std::size_t room) {
    auto cap = room;
    while (cap > least_value_bytes && size_with_cap(parts, cap) > room) --cap;
    auto out = join(parts, std::max(cap, least_value_bytes));
    if (out.size() > room) {
        out.resize(room - cut_mark.size());
        out += cut_mark;
    }
    return out;
}

// Whether fail2ban's stock postfix filter (mdre-normal of filter.d/postfix.conf in 1.0)
// takes a line with this text for an attack. It looks behind an optional `<...>: ` and one of
// Postfix's own "... rejected: ", and anchors at the start of the text.
bool looks_like_an_attack(std::string_view text) {
    auto head = ascii_lower(text.substr(0, max_reply_bytes));
    if (head.starts_with('<')) head.erase(0, std::min(head.find('>'), head.size() - 1) + 1);
    if (head.starts_with(": ")) head.erase(0, 2);
    for (const auto* prefix :
         {"helo command rejected: ", "sender address rejected: ", "recipient address rejected: "}) {
        if (head.starts_with(prefix)) head.erase(0, std::string_view(prefix).size());
    }
    constexpr std::array<std::string_view, 13> phrases = {"relay access denied",
                                                          "access denied",
                                                          "service unavailable",
                                                          "client host rejected",
                                                          "command rejected",
                                                          "data command rejected",
                                                          "host not found",
                                                          "domain not found",
                                                          "need fully-qualified hostname",
                                                          "match",
                                                          "user unknown",
                                                          "undeliverable address",
                                                          "malformed dns server reply"};
    return std::any_of(phrases.begin(), phrases.end(),
                       [&](std::string_view phrase) { return head.starts_with(phrase); });
}

std::string_view text_of(const CausePolicy& cause, const Verdict& verdict) {
    if (!verdict.text.empty()) return verdict.text;
    if (cause.text_is_default && verdict.reason != Reason::none) return row_of(verdict.reason).text;
    return cause.text;
}

// The text, safe and filled in.
std::vector<Part> compose(std::string_view template_text, const Context& context) {
    auto text = with_dashes(printable(template_text));
    if (text.ends_with('.') && !text.ends_with("..")) text.pop_back();
    auto parts = fill_in(text, context);
    if (looks_like_an_attack(join(parts, max_reply_bytes)))
        parts.insert(parts.begin(), {"Refused - ", false});
    if (size_with_cap(parts, max_reply_bytes) == 0) parts = {{"Refused", false}};
    return parts;
}

// The code of the class that the outcome needs: smfi_setreply()'s text is dropped where a reject
// comes with a 4xx or a tempfail with a 5xx.
ReplyCode code_of(const CausePolicy& policy, Cause cause, Outcome outcome) {
    const auto read = ReplyCode::parse(to_string(policy.reply));
    auto code = read.value_or(default_reply(cause));
    const bool tempfail = outcome == Outcome::tempfail ||
                          (outcome == Outcome::monitor && policy.action == Action::tempfail);
    const bool reject = outcome == Outcome::reject ||
                        (outcome == Outcome::monitor && policy.action == Action::reject);
    const char wanted = tempfail ? '4' : reject ? '5' : code.code[0];
    if (code.code[0] != wanted) {
        code.code = tempfail ? "450" : "550";
        code.enhanced[0] = wanted;
    }
    return code;
}

// " - https://help.example.com/relay#login-required - ref 7F3K2Q9D", of a reply that may have
// `bytes` behind its code.
std::string closing(const PolicySource& source, Cause cause, std::string_view reference,
                    std::size_t bytes) {
    const auto end = " - ref " + std::string(reference.substr(0, reference_bytes));
    const auto help = printable(source.help_url);
    if (help.empty() || help.size() > max_help_url_bytes) return end;
    auto address = help + "#" + std::string(to_string(cause));
    std::replace(address.begin(), address.end(), ' ', '?');
    auto with_help = " - " + address + end;
    return with_help.size() * 3 > bytes * 2 ? end : with_help;
}

}  // namespace

std::span<const std::string_view> placeholder_names() {
    return placeholders;
}

bool is_placeholder(std::string_view name) {
    return std::find(placeholders.begin(), placeholders.end(), name) != placeholders.end();
}

std::string to_string(const Reply& reply) {
    return to_string(reply.code) + " " + reply.text;
}

std::string escape_percent(std::string_view text) {
    std::string out;
    for (const char c : text) out.append(c == '%' ? 2 : 1, c);
    return out;
}

Reply render_reply(const Policy& policy, const Facts& facts, const Verdict& verdict,
                   std::string_view reference, std::size_t max_bytes) {
    if (!verdict.cause) return {};
    const auto cause = *verdict.cause;
    const auto& cause_policy = policy.cause(cause);
    const Context context{policy.source(), facts, verdict, cause};
    auto code = code_of(cause_policy, cause, verdict.outcome);

    const auto bytes = max_bytes - to_string(code).size() - 1;
    const auto end = closing(policy.source(), cause, reference, bytes);
    const auto room = bytes - end.size();
    const auto parts = compose(text_of(cause_policy, verdict), context);
    return {std::move(code), join_within(parts, room) + end};
}

}  // namespace relaypermit
