#include "config/document.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "config/foreign_date.h"
#include "config/toml_statements.h"
#include "config/unquoted.h"

namespace relaypermit {
namespace {

constexpr std::size_t max_faults = 20;
constexpr std::size_t max_bytes_to_read_again = std::size_t{256} * 1024;

void blank(std::string& text, std::size_t begin, std::size_t end) {
    std::replace_if(
        text.begin() + static_cast<std::ptrdiff_t>(begin),
        text.begin() + static_cast<std::ptrdiff_t>(end), [](char c) { return c != '\n'; }, ' ');
}

// Blanks what holds the mistake. A table without its header would add its keys to the table before
// it, so it goes with its header. Nothing is left to blank: false.
bool blank_statement(std::string& text, const std::vector<TomlStatement>& statements,
                     std::vector<TomlStatement>::const_iterator statement) {
    if (statement == statements.end()) return false;
    std::size_t end = statement->end;
    if (statement->header) {
        const auto next = std::find_if(statement + 1, statements.end(),
                                       [](const TomlStatement& other) { return other.header; });
        end = next == statements.end() ? text.size() : next->begin;
    }
    blank(text, statement->begin, end);
    return true;
}

// The earlier statement that sets what `again` sets again, or null.
const TomlStatement* first_of(const std::vector<TomlStatement>& statements,
                              const TomlStatement& again) {
    const TomlStatement* first = nullptr;
    for (const TomlStatement& other : statements) {
        if (other.begin == again.begin) return first;
        if (other.header && !again.header) first = nullptr;
        if (other.header == again.header && other.name == again.name && first == nullptr)
            first = &other;
    }
    return nullptr;
}

// A header with one bracket or more, whatever blanks are in it and whatever is behind it.
struct Header {
    std::string bare{};  // without blanks
    std::size_t size{};  // as it is written
};

Header header_of(std::string_view text) {
    std::size_t end = std::min(text.find(']'), text.size() - 1) + 1;
    if (end < text.size() && text[end] == ']') ++end;
    Header header{std::string(text.substr(0, end)), end};
    std::erase_if(header.bare, [](char c) { return c == ' ' || c == '\t'; });
    return header;
}

// The ways in which [[list]] is mistaken.
std::vector<std::string> mistaken_headers(const std::string& list) {
    const std::string plural = list + (list == "alias" ? "es" : "s");
    return {"[" + list + "]",   "[[" + list + "]",   "[" + list + "]]",
            "[" + plural + "]", "[[" + plural + "]", "[" + plural + "]]"};
}

bool sets_a_date(const TomlStatement& statement) {
    const std::string_view key = statement.name.substr(statement.name.rfind('.') + 1);
    return !statement.header && (key == "since" || key == "until" || key == "now");
}

struct Written {
    std::size_t begin{};
    std::string_view text{};
};

// What the statement sets, without the comment behind it.
Written value_of(std::string_view text, const TomlStatement& statement) {
    const std::size_t equals = text.find('=', statement.begin);
    const std::size_t begin =
        text.find_first_not_of(" \t", equals == text.npos ? equals : equals + 1);
    if (begin == text.npos) return {statement.begin, {}};
    const std::string_view line = text.substr(begin, text.find_first_of("#\r\n", begin) - begin);
    return {begin, line.substr(0, line.find_last_not_of(" \t") + 1)};
}

class DocumentReader {
  public:
    DocumentReader(Reader& reader, const SourceText& source, std::uint32_t file)
        : reader_(reader), source_(source), file_(file) {}

    [[nodiscard]] Node read() {
        const Node nothing{Node::Kind::table, true, {file_, 1, 1}, std::vector<Entry>{}};
        if (const auto fault = source_.unusable_byte()) {
            reader_.error({file_, fault->line, fault->column}, fault->why, fault->help);
            reader_.set_incomplete();
            return nothing;
        }
        if (const auto deep = find_deep_key(source_.text())) {
            reader_.error(position(source_, *deep),
                          "a key of more than " + std::to_string(max_key_parts) + " parts");
            reader_.set_incomplete();
            return nothing;
        }
        const bool again = source_.text().size() <= max_bytes_to_read_again;
        SourceText attempt = again ? with_lists_of_tables() : source_;
        for (std::size_t faults = 1;; ++faults) {
            auto document = parse_toml(attempt, file_);
            if (document) return *std::move(document);
            const bool last = !again || faults == max_faults;
            if (!report(document.error(), attempt, last)) return nothing;
        }
    }

  private:
    [[nodiscard]] Position position(const SourceText& text, std::size_t offset) const {
        const Place place = text.place_at(offset);
        return {file_, place.line, place.column};
    }

    // Behind a header that was made one of [[alias]].
    [[nodiscard]] Position in_source(Position at) const {
        for (const Mended& header : mended_)
            if (header.line == at.line && at.column > header.now)
                at.column = at.column - header.now + header.before;
        return at;
    }

    // [alias] for [[alias]] is said once, however often it stands there, and read as what was
    // meant: what stands below it has mistakes of its own. So are a bracket too few, and a plural.
    [[nodiscard]] SourceText with_lists_of_tables() {
        struct Change {
            std::size_t begin{};
            std::size_t size{};
            std::string meant{};
        };
        std::vector<Change> changes;
        const auto statements = statements_of(source_.text());
        for (const std::string list :
             {"alias", "restrict", "alias_table", "domain_table", "test"}) {
            const std::string meant = "[[" + list + "]]";
            for (const std::string& mistaken : mistaken_headers(list)) {
                std::vector<std::size_t> found;  // where they begin
                for (const TomlStatement& statement : statements) {
                    if (!statement.header) continue;
                    const Header header = header_of(statement.name);
                    if (header.bare != mistaken) continue;
                    found.push_back(statement.begin);
                    changes.push_back({statement.begin, header.size, meant});
                }
                if (!found.empty()) say_list(found, mistaken, list);
            }
        }
        std::sort(changes.begin(), changes.end(),
                  [](const Change& a, const Change& b) { return a.begin > b.begin; });
        std::string text(source_.text());
        for (const Change& change : changes) {
            text.replace(change.begin, change.size, change.meant);
            mended_.push_back({source_.place_at(change.begin).line,
                               static_cast<std::uint32_t>(change.size),
                               static_cast<std::uint32_t>(change.meant.size())});
        }
        return {source_.name(), std::move(text)};
    }

    void say_list(const std::vector<std::size_t>& found, const std::string& written,
                  const std::string& list) {
        std::string help = "write [[" + list + "]]";
        for (std::size_t i = 1; i < found.size(); ++i) {
            const bool last = i + 1 == found.size();
            if (i == 1)
                help += last ? ", in line " : ", in lines ";
            else
                help += last ? " and " : ", ";
            help += std::to_string(source_.place_at(found[i]).line);
            if (last) help += " too";
        }
        const bool lacks = written.starts_with("[[") != written.ends_with("]]");
        reader_.error(position(source_, found.front()),
                      written + (lacks                         ? " lacks a bracket"
                                 : written == "[" + list + "]" ? " is a list of tables"
                                                               : " is no table"),
                      help);
    }

    // Says what is wrong, and blanks it unless it is the last attempt. False: give up.
    [[nodiscard]] bool report(const SyntaxFault& fault, SourceText& attempt, bool last) {
        std::string text(attempt.text());
        const auto statements = statements_of(text);
        const std::size_t offset = attempt.offset_of(fault.position.line, fault.position.column);
        auto statement = std::upper_bound(
            statements.begin(), statements.end(), offset,
            [](std::size_t at, const TomlStatement& other) { return at < other.begin; });
        statement = statement == statements.begin() ? statements.end() : statement - 1;

        if (fault.redefinition && statement != statements.end()) {
            report_redefinition(fault, attempt, statements, *statement);
        } else if (statement != statements.end() &&
                   is_endless(fault, offset, text, statement, statements)) {
            reader_.set_incomplete();
            reader_.error(
                position(attempt, statement->begin),
                "not TOML: " + in_backticks(statement->name) + " has no end",
                last ? "nothing behind this place was read" : "a quote or bracket is not closed");
        } else if (statement != statements.end() && !last &&
                   report_value(text, attempt, *statement)) {
            reader_.set_incomplete();
        } else {
            reader_.set_incomplete();
            reader_.error(in_source(fault.position), "not TOML: " + fault.why,
                          last ? "nothing behind this place was read" : fault.help);
        }
        if (last || !blank_statement(text, statements, statement)) {
            reader_.set_incomplete();
            return false;
        }
        attempt = SourceText(source_.name(), std::move(text));
        return true;
    }

    // Says of a date of another kind, and of a value without its quotes, what to write.
    [[nodiscard]] bool report_value(std::string_view text, const SourceText& attempt,
                                    const TomlStatement& statement) {
        if (statement.header) return false;
        if (sets_a_date(statement)) {
            const Written written = value_of(text, statement);
            const auto date = foreign_date(written.text);
            if (date) {
                reader_.error(position(attempt, written.begin), date->why, date->help);
                return true;
            }
        }
        const std::size_t equals = text.find('=', statement.begin);
        if (equals >= statement.end) return false;
        const std::size_t begin =
            std::min(text.find_first_not_of(" \t", equals + 1), statement.end);
        const auto value =
            unquoted_value(statement.name, text.substr(begin, statement.end - begin));
        if (!value) return false;
        reader_.error(position(attempt, begin + value->offset), value->why, value->help);
        return true;
    }

    // Whether the mistake is that a value goes on into the next statement or to the end of the
    // file; then `statement` becomes the one that does.
    [[nodiscard]] static bool is_endless(const SyntaxFault& fault, std::size_t offset,
                                         const std::string& text,
                                         std::vector<TomlStatement>::const_iterator& statement,
                                         const std::vector<TomlStatement>& statements) {
        if (!fault.endless) return false;
        if (text.find_first_not_of(" \t\r\n", offset) == std::string::npos) return true;
        if (offset != statement->begin || statement == statements.begin()) return false;
        --statement;
        return true;
    }

    void report_redefinition(const SyntaxFault& fault, const SourceText& text,
                             const std::vector<TomlStatement>& statements,
                             const TomlStatement& again) {
        const Position at = position(text, again.begin);
        const std::string name(again.name);
        if (fault.other_kind && name.starts_with('[')) {
            const bool list = name.starts_with("[[");
            reader_.error(at, name + " is of another kind than what has its name before it",
                          "write " + (list ? name.substr(1, name.size() - 2) : "[" + name + "]"));
            return;
        }
        const TomlStatement* first = first_of(statements, again);
        reader_.error(at, (again.header ? name : in_backticks(name)) + " is set twice",
                      first == nullptr ? std::string()
                                       : "first at " + to_string(text.place_at(first->begin)));
    }

    Reader& reader_;
    const SourceText& source_;
    std::uint32_t file_;
    struct Mended {
        std::uint32_t line{};
        std::uint32_t before{};  // bytes of the header
        std::uint32_t now{};
    };
    std::vector<Mended> mended_{};
};

}  // namespace

Node read_document(Reader& reader, const SourceText& source, std::uint32_t file) {
    return DocumentReader(reader, source, file).read();
}

}  // namespace relaypermit
