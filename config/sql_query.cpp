#include "config/sql_query.h"

#include <cstddef>

#include "config/diagnostic.h"
#include "policy/ascii.h"

namespace relaypermit {
namespace {

bool is_name_byte(char c) {
    return is_ascii_alphanumeric(c) || c == '_';
}
bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

class QueryReader {
  public:
    QueryReader(std::string_view text, SqlDialect dialect, QueryOf of)
        : text_(text), dialect_(dialect), of_(of) {
        read_.written = text;
    }

    tl::expected<SqlQuery, QueryFault> run() {
        while (at_ < text_.size())
            if (!step()) return tl::make_unexpected(std::move(fault_));
        while (!read_.text.empty() && is_blank(read_.text.back())) read_.text.pop_back();
        if (read_.text.empty()) return tl::make_unexpected(QueryFault{0, "the query is empty", {}});
        if (read_.parameters.empty())
            return tl::make_unexpected(QueryFault{
                0, "the query has no placeholder, and so one answer for everybody",
                expansion_help(text_, ":", "", of_)
                    .value_or(of_ == QueryOf::domain_table
                                  ? "as in `SELECT 1 FROM domains WHERE name = :domain`"
                                  : "as in `SELECT sender FROM senders WHERE login = :login`")});
        return std::move(read_);
    }

  private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    [[nodiscard]] bool begins(std::string_view what) const {
        return text_.substr(at_).starts_with(what);
    }
    bool fail(std::size_t offset, std::string why, std::string help = {}) {
        fault_ = {offset, std::move(why), std::move(help)};
        return false;
    }

    [[nodiscard]] std::string what_to_write() const {
        return of_ == QueryOf::domain_table ? "write :domain"
                                            : "write :login, :user, :domain or :sender";
    }

    bool step() {
        const char c = peek();
        const bool mysql = dialect_ == SqlDialect::mysql;
        const bool postgresql = dialect_ == SqlDialect::postgresql;
        if (begins("--") && (!mysql || at_ + 2 >= text_.size() || is_blank(peek(2))))
            return line_comment();
        if (mysql && c == '#') return line_comment();
        if (begins("/*")) return block_comment();
        if (c == ';') {
            ended_at_ = ended_at_ ? ended_at_ : at_ + 1;
            ++at_;
            return true;
        }
        if (is_blank(c)) {
            if (ended_at_ == 0) read_.text += c;
            ++at_;
            return true;
        }
        if (ended_at_ != 0)
            return fail(at_, "a second statement behind a semicolon", "a query is one statement");
        if (c == '\'') return quoted('\'', mysql || is_escape_string());
        if (c == '"') return quoted('"', mysql);
        if (c == '`' && !postgresql) return quoted('`', false);
        if (c == '[' && dialect_ == SqlDialect::sqlite) return quoted(']', false);
        if (c == '$' && postgresql) return dollar();
        if (c == ':') return colon();
        if (const bool own = dialect_ == SqlDialect::sqlite && (c == '@' || c == '$');
            own || (c == '?' && !postgresql))
            return fail(at_, "a parameter of SQL's own", what_to_write());
        if (is_name_byte(c)) {
            while (is_name_byte(peek()) || (peek() == '$' && !read_.text.empty())) take();
            return true;
        }
        take();
        return true;
    }

    void take() { read_.text += text_[at_++]; }

    // E'...' of PostgreSQL, in which a backslash escapes.
    [[nodiscard]] bool is_escape_string() const {
        if (dialect_ != SqlDialect::postgresql || at_ == 0) return false;
        const bool prefixed = text_[at_ - 1] == 'E' || text_[at_ - 1] == 'e';
        return prefixed && (at_ == 1 || !is_name_byte(text_[at_ - 2]));
    }

    bool refuse_placeholder(std::size_t begin, std::size_t end, std::string_view where) {
        for (std::size_t at = begin; at < end; ++at) {
            if (text_[at] != ':') continue;
            std::size_t behind = at + 1;
            while (behind < end && is_name_byte(text_[behind])) ++behind;
            const std::string_view name = text_.substr(at + 1, behind - at - 1);
            if (placeholder_named(name))
                return fail(at,
                            "the placeholder " + in_backticks(":" + std::string(name)) +
                                " stands " + std::string(where) + ", where it is only text",
                            where == "between quotes"
                                ? "take the quotes away, or join: '@' || :domain, in MySQL "
                                  "CONCAT('@', :domain)"
                                : "take it away");
        }
        return true;
    }

    bool quoted(char close, bool backslash_escapes) {
        const std::size_t begin = at_;
        std::size_t at = at_ + 1;
        while (at < text_.size())
            if (backslash_escapes && text_[at] == '\\')
                at += 2;
            else if (text_[at] != close)
                ++at;
            else if (close != ']' && at + 1 < text_.size() && text_[at + 1] == close)
                at += 2;
            else
                break;
        if (at >= text_.size()) return fail(begin, "a quote that is not closed");
        if (!refuse_placeholder(begin, at, "between quotes")) return false;
        while (at_ <= at) take();
        return true;
    }

    bool line_comment() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        read_.text += ' ';
        return refuse_placeholder(begin, at_, "in a comment");
    }

    // PostgreSQL's hold others. What a comment of MySQL executes (/*! and /*M!) is refused, because
    // it is no comment.
    bool block_comment() {
        const std::size_t begin = at_;
        if (dialect_ == SqlDialect::mysql && (peek(2) == '!' || (peek(2) == 'M' && peek(3) == '!')))
            return fail(begin, "a comment that MySQL executes", "write it without /*! and */");
        int depth = 0;
        do {
            if (at_ >= text_.size()) return fail(begin, "a comment that is not closed");
            if (begins("/*") && (depth == 0 || dialect_ == SqlDialect::postgresql)) {
                ++depth;
                at_ += 2;
            } else if (begins("*/")) {
                --depth;
                at_ += 2;
            } else {
                ++at_;
            }
        } while (depth > 0);
        read_.text += ' ';
        return refuse_placeholder(begin, at_, "in a comment");
    }

    bool dollar() {
        if (is_ascii_digit(peek(1))) return fail(at_, "a parameter of SQL's own", what_to_write());
        std::size_t end = at_ + 1;
        while (end < text_.size() && is_name_byte(text_[end])) ++end;
        if (end >= text_.size() || text_[end] != '$') {
            take();
            return true;
        }
        const std::string_view tag = text_.substr(at_, end + 1 - at_);
        const std::size_t close = text_.find(tag, end + 1);
        if (close == std::string_view::npos) return fail(at_, "a quote that is not closed");
        if (!refuse_placeholder(end + 1, close, "between quotes")) return false;
        while (at_ < close + tag.size()) take();
        return true;
    }

    bool colon() {
        // A cast of PostgreSQL, an assignment of MySQL, a slice of an array.
        if (begins("::") || begins(":=")) {
            take();
            take();
            return true;
        }
        std::size_t end = at_ + 1;
        while (end < text_.size() && is_name_byte(text_[end])) ++end;
        const std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
        if (name.empty() || is_ascii_digit(name.front())) {
            if (dialect_ != SqlDialect::postgresql)
                return fail(at_, "a colon that belongs to no placeholder", what_to_write());
            take();
            return true;
        }
        const auto placeholder = placeholder_named(name);
        if (!placeholder)
            return fail(at_, "unknown placeholder " + in_backticks(":" + std::string(name)),
                        of_ == QueryOf::domain_table
                            ? ":domain is the one that a domain table has"
                            : ":login, :user, :domain and :sender are known");
        read_.parameters.push_back(*placeholder);
        // One number for each: a parameter that stands twice could be of two types.
        read_.text += dialect_ == SqlDialect::postgresql
                          ? "$" + std::to_string(read_.parameters.size())
                          : "?";
        at_ = end;
        return true;
    }

    const std::string_view text_;
    const SqlDialect dialect_;
    const QueryOf of_;
    SqlQuery read_{};
    std::size_t at_{};
    std::size_t ended_at_{};  // behind the semicolon; 0: there was none
    QueryFault fault_{};
};

}  // namespace

tl::expected<SqlQuery, QueryFault> parse_sql_query(std::string_view text, SqlDialect dialect,
                                                   QueryOf of) {
    return QueryReader(text, dialect, of).run();
}

}  // namespace relaypermit
