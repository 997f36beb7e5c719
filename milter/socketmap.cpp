#include "milter/socketmap.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <optional>
#include <utility>

#include "policy/ascii.h"

namespace relaypermit {

namespace {

constexpr std::string_view no_objection = "NOTFOUND ";
constexpr std::size_t max_request_bytes = 65536;

// Sendmail carries 248 bytes between the quotes of an answer; "550 5.7.1 " stands before them.
constexpr std::size_t max_answer_bytes = 258;
constexpr std::size_t least_answer_bytes = 120;

// What quoting will add where these values stand in the text, twice at the most.
std::size_t room_for_answer(std::string_view sender, std::string_view recipient) {
    std::size_t added = 0;
    for (const std::string_view value : {sender, recipient})
        added += 2 * static_cast<std::size_t>(std::count_if(value.begin(), value.end(), [](char c) {
                     return c == '"' || c == '\\' || c == '%';
                 }));
    return std::max(added < max_answer_bytes ? max_answer_bytes - added : 0, least_answer_bytes);
}

// Where the sender ends: the first `!<` outside quotes, for $f has `<` in quotes alone, and a
// recipient may have another (RCPT TO:<a!<b>@c>). Where the recipient has no brackets, the last `!`
// outside quotes.
std::size_t end_of_sender(std::string_view text) {
    std::size_t bare = std::string_view::npos;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            quoted = !quoted;
        else if (!quoted && text[at] == '!') {
            if (text.substr(at + 1).starts_with('<')) return at;
            bare = at;
        }
    }
    return bare;
}

struct Key {
    std::string queue_id{};
    std::string port{};
    std::string client{};
    std::string mechanism{};
    std::string sender{};
    std::string recipient{};
};

std::optional<Key> read_key(std::string_view text) {
    std::array<std::string, 4> first{};
    for (std::string& part : first) {
        const std::size_t end = text.find('!');
        if (end == std::string_view::npos) return std::nullopt;
        part = trimmed(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    const std::size_t end = end_of_sender(text);
    if (end == std::string_view::npos) return std::nullopt;
    return Key{std::move(first[0]),
               std::move(first[1]),
               std::move(first[2]),
               std::move(first[3]),
               std::string(trimmed(text.substr(0, end))),
               std::string(trimmed(text.substr(end + 1)))};
}

Facts facts_of(const Key& key, TimePoint now) {
    Facts facts;
    facts.mta = Mta::sendmail;
    facts.client = IpAddress::parse(key.client);
    facts.port = 25;
    std::from_chars(key.port.data(), key.port.data() + key.port.size(), facts.port);
    // f is the sender without brackets, and empty for the null sender.
    facts.sender_argument = key.sender.starts_with('<') ? key.sender : "<" + key.sender + ">";
    facts.sender_by_mta = key.sender;
    facts.recipients = {{key.recipient, {}}};
    facts.now = now;
    return facts;
}

// One string in double quotes, with \ before " and \; % doubled, because Sendmail takes the text
// for a format.
std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
        if (c == '%') out += c;
    }
    return out + "\"";
}

}  // namespace

Conversation::Turn Socketmap::take_turn(std::string& input, std::string& output) {
    std::size_t length = 0;
    const auto [stop, fault] = std::from_chars(input.data(), input.data() + input.size(), length);
    const auto digits = static_cast<std::size_t>(stop - input.data());
    // The length itself may be incomplete.
    if (digits == input.size()) return digits < 6 ? Turn::part_of_a_request : Turn::junk;
    if (fault != std::errc{} || *stop != ':' || length > max_request_bytes) return Turn::junk;
    const std::size_t end = digits + 1 + length;
    if (input.size() <= end) return Turn::part_of_a_request;
    if (input[end] != ',') return Turn::junk;

    const std::string_view request(input.data() + digits + 1, length);
    const std::size_t blank = request.find(' ');
    std::string text(no_objection);
    try {
        if (blank != std::string_view::npos) text = answer(request.substr(blank + 1));
    } catch (const std::exception&) {
        // No objection of ours is no permission: Sendmail goes on to refuse by itself.
    }
    output += std::to_string(text.size()) + ":" + text + ",";
    input.erase(0, end + 1);
    return Turn::request;
}

std::string Socketmap::answer(std::string_view key_text) {
    const auto key = read_key(key_text);
    if (!key || !key->mechanism.empty()) return std::string(no_objection);
    const Ruling ruling =
        decider_.decide_beside_milter(facts_of(*key, decider_.now()), key->queue_id,
                                      room_for_answer(key->sender, key->recipient));
    if (!ruling.reply) return std::string(no_objection);
    return "OK " + to_string(ruling.reply->code) + " " + in_quotes(ruling.reply->text);
}

}  // namespace relaypermit
