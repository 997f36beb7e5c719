#include "policy/from_field.h"

#include <algorithm>
#include <optional>

#include "policy/atext.h"
#include "policy/domain.h"
#include "policy/look_alikes.h"
#include "policy/shown_name.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

template <typename T>
using Result = tl::expected<T, FromFault>;

tl::unexpected<FromFault> fault(std::string why, Reason reason = Reason::none) {
    return tl::unexpected(FromFault{std::move(why), reason});
}

tl::unexpected<FromFault> fault_of_name(std::string why) {
    return tl::unexpected(FromFault{std::move(why), Reason::at_in_name});
}

// What the names of all mailboxes hold that is harmless by itself.
struct NameSigns {
    bool quoted_local{};  // an address has its local part in quotes
    bool lone_at{};       // an @ by itself, outside quotes
    bool hidden_quote{};  // a quote or a backslash, escaped or encoded
    bool any_at{};        // an @ in quotes, be it the address itself
    bool foreign_at{};    // an @ in quotes, which are not the address itself
    bool fold{};          // a line break in quotes, or a tab
};

// Reads one field from left to right, each character once.
class Reader {
  public:
    Reader(std::string_view text, Mta mta) : text_(text), mta_(mta) {}

    Result<std::vector<Address>> mailboxes() {
        std::vector<Address> addresses;
        while (true) {
            skip_spaces();
            const std::size_t start = at_;
            auto address = mailbox();
            if (!address) return tl::unexpected(std::move(address.error()));
            if (mta_ == Mta::sendmail &&
                length_on_sendmail(text_.substr(start, at_ - start)) > max_sendmail_mailbox) {
                return fault("a mailbox longer than Sendmail passes on as it is");
            }
            if (addresses.size() == max_from_addresses) {
                return fault("more than " + std::to_string(max_from_addresses) + " addresses",
                             Reason::several_addresses);
            }
            addresses.push_back(*std::move(address));
            if (at_end()) break;
            ++at_;  // the comma, at which mailbox() stopped
        }
        if (auto broken = fault_of_names(addresses.size())) return tl::unexpected(*broken);
        return addresses;
    }

  private:
    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    // NUL at the end; the text has none.
    [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
    void skip_spaces() {
        while (is_field_space(peek())) ++at_;
    }

    // What the names of the whole field, which is fine in all else, make of it together.
    [[nodiscard]] std::optional<FromFault> fault_of_names(std::size_t addresses) const {
        const auto name = [](std::string why) {
            return FromFault{std::move(why), Reason::at_in_name};
        };
        const bool encoded = text_.find("=?") != std::string_view::npos;
        // `Jo @ Work <a@x>`.
        if (signs_.lone_at) return name("an unquoted @ in a display name");
        if (signs_.quoted_local && (signs_.hidden_quote || encoded))
            return FromFault{"a hidden quote beside a quoted local part", Reason::none};
        if (!signs_.foreign_at && signs_.any_at && signs_.fold)
            return name("a line break in quotes beside a quoted @");
        if (signs_.foreign_at && !(addresses == 1 && is_plainest()))
            return name("a quoted @ in a field that is not of the plainest form");
        // PHP's mailparse loses count of the quotes, and then of the end of an address.
        if (signs_.any_at && (encoded || text_.find('\\') != std::string_view::npos))
            return name("a quoted @ beside an encoded word or a backslash");
        return std::nullopt;
    }

    // Whether the field is one quoted name, one space and brackets, with nothing in it that some
    // reader takes for the end of the quotes, or for quotes: an encoded word may decode to one, a
    // fold ends a quoted string in Python's email.utils, comments and backslashes change what
    // counts, and brackets count in quotes too (npm's letterparser).
    [[nodiscard]] bool is_plainest() const {
        const std::size_t open = std::min(text_.find_first_not_of(' '), text_.size() - 1);
        const std::size_t close = text_.find('"', open + 1);
        if (text_[open] != '"' || close == std::string_view::npos) return false;
        const std::string_view name = text_.substr(open, close - open);
        const std::string_view rest = text_.substr(close + 1);
        const std::size_t bracket = std::min(rest.find_first_not_of(" \t"), rest.size());
        const std::string_view gap = rest.substr(0, bracket);
        // Lists fold a long field before the bracket (`unfold()` makes a tab of that). mimetic
        // reads the whole field as an address where a blank ends it.
        const bool plain_gap = gap == " " || gap == "\t" || gap == "\t " || gap == "\t\t";
        return plain_gap && rest.substr(bracket).starts_with('<') && rest.ends_with('>') &&
               rest.find_first_of("\"()\\\t", bracket) == std::string_view::npos &&
               name.find_first_of("\\\t") == std::string_view::npos &&
               text_.find("=?") == std::string_view::npos && !has_bracket(name) &&
               is_balanced(name);
    }

    std::string_view take_word() {
        const std::size_t start = at_;
        while (!at_end() && is_atext_or_dot(text_[at_])) ++at_;
        return text_.substr(start, at_ - start);
    }

    // Content of a quoted string without its quoting. Stands at the opening quote.
    Result<std::string> take_quoted() {
        std::string content;
        escaped_ = false;
        for (++at_; !at_end(); ++at_) {
            if (text_[at_] == '"') {
                ++at_;
                return content;
            }
            if (text_[at_] == '\\') {
                escaped_ = true;
                if (++at_ == text_.size()) break;
                // Half of a character: programs differ in what the backslash takes along.
                if (static_cast<unsigned char>(text_[at_]) >= 0x80)
                    return fault("a backslash before a character outside ASCII");
            }
            content += text_[at_];
        }
        return fault("an unbalanced quote");
    }

    // Content of a comment: words and dots. Stands at the opening parenthesis.
    Result<std::string_view> take_comment() {
        const std::size_t start = ++at_;
        while (!at_end() && (is_field_space(text_[at_]) || is_atext_or_dot(text_[at_]))) ++at_;
        if (peek() != ')') return fault("a comment with more than words in it");
        const std::string_view content = text_.substr(start, at_++ - start);
        if (auto broken = fault_of_comment(content)) return tl::unexpected(*std::move(broken));
        return content;
    }

    // Stands behind the @.
    Result<std::string> take_domain() {
        const std::size_t start = at_;
        if (peek() == '[')
            at_ = std::min(text_.find(']', at_), text_.size() - 1) + 1;
        else
            (void)take_word();
        const std::string_view name = text_.substr(start, at_ - start);
        auto domain = normalize_domain(name);
        // MTAs take a trailing dot; some programs read no address at all then.
        if (!domain || name.ends_with('.')) return fault("not a domain in an address");
        if (!is_kept_by(mta_, name)) return fault("an address that Sendmail mangles");
        if (!is_mapped_form(name, *domain))
            return fault("a domain that is not written as it is shown");
        return *std::move(domain);
    }

    // Stands at the @ behind `local`, which was in quotes or not.
    Result<Address> take_address(std::string local, bool quoted) {
        // `"a@b"@c` and `"a b"@c` are addresses, but not to every program, and some show b@c.
        if (!std::all_of(local.begin(), local.end(), is_atext_or_dot))
            return fault("a quoted local part with special characters");
        // letterparser takes the address for its end.
        if (quoted && escaped_) return fault("a backslash in a quoted local part");
        if (local.empty()) return fault("an address without a local part");
        if (local.size() > max_local_bytes) return fault("an over-long local part");
        if (local.find("=?") != std::string::npos) return fault("an encoded word in an address");
        if (!quoted && (local.front() == '.' || local.back() == '.' ||
                        local.find("..") != std::string::npos)) {
            return fault("misplaced dots in an address");
        }
        if (!is_kept_by(mta_, local)) return fault("an address that Sendmail mangles");
        if (has_invisible(local)) return fault("an invisible character in an address");
        if (has_at(local)) return fault("a misplaced @");
        signs_.quoted_local = signs_.quoted_local || quoted;
        ++at_;
        auto domain = take_domain();
        if (!domain) return tl::unexpected(std::move(domain.error()));
        return Address{std::move(local), *std::move(domain)};
    }

    // Stands at the opening bracket.
    Result<Address> take_bracketed() {
        ++at_;
        if (peek() == '>') return fault("an empty address", Reason::from_missing);
        if (peek() == '@') return fault("a source route");
        const bool quoted = peek() == '"';
        std::string local;
        if (quoted) {
            auto content = take_quoted();
            if (!content) return tl::unexpected(std::move(content.error()));
            local = *std::move(content);
        } else {
            local = take_word();
        }
        if (peek() == '>') return fault("an address without a domain", Reason::bare_word);
        if (peek() != '@') return unexpected_here();
        auto address = take_address(std::move(local), quoted);
        if (!address) return address;
        if (peek() != '>') return unexpected_here();
        ++at_;
        return address;
    }

    // Behind one address: whether another follows.
    [[nodiscard]] Reason reason_of_rest() const {
        const bool another = text_.find('@', at_) != std::string_view::npos;
        return another ? Reason::several_addresses : Reason::none;
    }

    // What stands here and may not, in words.
    [[nodiscard]] tl::unexpected<FromFault> unexpected_here() const {
        const char c = peek();
        const bool sign =
            c == '\0' || std::string_view(" \t@()<>,\"[]\\").find(c) != std::string_view::npos;
        return fault(unexpected_in_words(c), sign ? Reason::none : reason_of_rest());
    }

    // One comment behind the address, then the comma or the end. `shown` is the display name.
    Result<Address> finish(Address address, std::string shown,
                           const std::vector<std::string>& quoted = {}) {
        for (const std::string& content : quoted) {
            const bool foreign = has_at(content) && !shows(content, address);
            signs_.foreign_at = signs_.foreign_at || foreign;
        }
        skip_spaces();
        if (peek() == '(') {
            const auto comment = take_comment();
            if (!comment) return tl::unexpected(comment.error());
            // No run of encoded words goes on from the name into the comment.
            shown += '(';
            shown += *comment;
            skip_spaces();
        }
        if (peek() == '<')
            return fault("two addresses without a comma between them", Reason::several_addresses);
        if (!at_end() && peek() != ',') return fault("text behind an address", reason_of_rest());
        if (shown.find("=?") == std::string::npos) return address;
        const auto has_quote = judge_encoded_words(shown, address);
        if (!has_quote) return tl::unexpected(has_quote.error());
        signs_.hidden_quote = signs_.hidden_quote || *has_quote;
        return address;
    }

    // Stands at the @ behind the first word of the member: `a@x`, or the everyday `a@x <a@x>`.
    Result<Address> take_plain(std::string local, bool quoted) {
        auto address = take_address(std::move(local), quoted);
        if (!address) return address;
        const std::size_t end = at_;
        skip_spaces();
        if (peek() != '<') {
            if (!at_end() && end == at_ && peek() != ',' && peek() != '(') return unexpected_here();
            return finish(*std::move(address), {});
        }
        // Sendmail quotes it once more, and Mail::Message loses count.
        if (quoted) return fault("a quoted local part in a display name");
        auto bracketed = take_bracketed();
        if (!bracketed) return bracketed;
        if (!same_address(*address, *bracketed))
            return fault("two addresses without a comma between them", Reason::several_addresses);
        return finish(*std::move(bracketed), {});
    }

    // One member of the list, up to its comma or the end.
    Result<Address> mailbox() {
        std::string shown;  // the display name, without quoting
        std::vector<std::string> quoted_names;
        bool named = false;
        for (skip_spaces(); !at_end() && peek() != ','; skip_spaces()) {
            if (peek() == '<') {
                auto address = take_bracketed();
                if (!address) return address;
                return finish(*std::move(address), std::move(shown), quoted_names);
            }
            const bool quoted = peek() == '"';
            if (quoted) {
                auto content = take_quoted();
                if (!content) return tl::unexpected(std::move(content.error()));
                if (peek() == '@' && !named) return take_plain(*std::move(content), true);
                // VMime sees quotes at the beginning alone: `ceo "(" <a@x>` is a word and a
                // comment.
                const bool bracket =
                    has_bracket(*content) || content->find_first_of("()") != std::string::npos;
                if (named && has_at(*content))
                    signs_.foreign_at = true;  // the own address too
                else if (named && bracket)
                    return fault("a bracket in quotes behind another word");
                signs_.hidden_quote =
                    signs_.hidden_quote || content->find_first_of("\"\\") != std::string::npos;
                signs_.any_at = signs_.any_at || has_at(*content);
                signs_.fold = signs_.fold || content->find('\t') != std::string::npos;
                shown += *content;
                quoted_names.push_back(*std::move(content));
            } else if (peek() == '(' && named) {
                const auto comment = take_comment();
                if (!comment) return tl::unexpected(comment.error());
                shown.append("(").append(*comment).append(")");
            } else if (is_atext_or_dot(peek())) {
                if (!named && peek() == '.') return fault("a display name that begins with a dot");
                const std::string_view word = take_word();
                if (peek() == '@' && !named) return take_plain(std::string(word), false);
                if (has_at(word)) return fault_of_name("an unquoted @ in a display name");
                shown += word;
            } else if (peek() == '@' && named) {
                signs_.lone_at = true;
                ++at_;
            } else {
                return unexpected_here();
            }
            if (peek() == '@') return fault_of_name("an unquoted @ in a display name");
            if (is_field_space(peek())) shown += ' ';
            named = true;
        }
        if (signs_.lone_at) return fault("a misplaced @");
        if (!named) return fault("an empty list member");
        // `Acme, Inc. <john@example.com>`
        const bool comma = !at_end() && text_.find('@', at_) != std::string_view::npos;
        return fault("a name without an address",
                     comma ? Reason::comma_in_name : Reason::bare_word);
    }

    std::string_view text_;
    Mta mta_;
    std::size_t at_{};
    bool escaped_{};  // what take_quoted() has read last holds a backslash
    NameSigns signs_{};
};

Result<std::vector<Address>> read_mailboxes(std::string_view name, std::string_view value,
                                            Mta mta) {
    if (value.size() > max_from_bytes) return fault("longer than 16384 bytes");
    const std::size_t max = mta == Mta::sendmail ? max_sendmail_line_bytes : max_line_bytes;
    if (has_long_line(name, value, max))
        return fault("a line longer than " + std::to_string(max) + " bytes");
    const auto line = unfold(value);
    if (!line) return fault(line.error());
    if (line->find_first_not_of(" \t") == std::string::npos)
        return fault("an empty field", Reason::from_missing);
    if (has_folded_equals_sign(*line)) return fault("an = sign before a line break or tab");
    return Reader(*line, mta).mailboxes();
}

}  // namespace

tl::expected<std::vector<Address>, FromFault> parse_from(std::string_view value,
                                                         std::string_view name, Mta mta) {
    auto all = read_mailboxes(name, value, mta);
    if (!all) return all;
    std::vector<Address> once;
    for (Address& address : *all) {
        const bool seen = std::any_of(once.begin(), once.end(), [&address](const Address& other) {
            return same_address(other, address);
        });
        if (!seen) once.push_back(std::move(address));
    }
    return once;
}

tl::expected<Address, FromFault> parse_sender(std::string_view value, std::string_view name,
                                              Mta mta) {
    auto all = read_mailboxes(name, value, mta);
    if (!all) return tl::unexpected(std::move(all.error()));
    if (all->size() != 1) return fault("more than one address", Reason::several_addresses);
    return std::move(all->front());
}

}  // namespace relaypermit
