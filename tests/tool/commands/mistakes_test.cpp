// What admins get wrong, and exactly what `check` says of each: tests/mistakes.md is made from
// tests/mistakes.txt. And what it says is true: whatever it tells them to write, it takes.
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/support/scratch_tool.h"
#include "tests/support/source_directory.h"

namespace relaypermit {
namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

struct Mistake {
    std::string title;
    std::string policy;
};

std::vector<Mistake> all_mistakes() {
    std::istringstream lines(read_file(testing::source_directory() / "tests" / "mistakes.txt"));
    constexpr std::string_view mark = "==== ";
    std::vector<Mistake> all;
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(mark))
            all.push_back({line.substr(mark.size()), {}});
        else
            all.back().policy += line + "\n";
    return all;
}

// What a terminal of 80 columns shows, with the file as `policy.toml`.
std::string said_of(const std::string& policy) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    (void)tool.run({"check"});
    std::string said = tool.err();
    const std::string path = tool.path("policy.toml");
    for (std::size_t at = said.find(path); at != std::string::npos; at = said.find(path, at))
        said.replace(at, path.size(), "policy.toml");
    return said;
}

std::string page() {
    std::ostringstream out;
    out << "# What `check` says of a wrong policy\n\n"
           "Each of the mistakes that admins make, as a whole file, and the words that they read. "
           "Made from\n[mistakes.txt](mistakes.txt) by `WRITE_TEXTS=1 unit_tests "
           "--gtest_filter=Mistakes.*`; a test compares.\n";
    for (const Mistake& mistake : all_mistakes())
        out << "\n## " << mistake.title << "\n\n```toml\n"
            << mistake.policy << "```\n```\n"
            << said_of(mistake.policy) << "```\n";
    return out.str();
}

TEST(Mistakes, AreSaidInTheWordsOfMistakesMd) {
    const auto file = testing::source_directory() / "tests" / "mistakes.md";
    const std::string now = page();
    if (std::getenv("WRITE_TEXTS") != nullptr) std::ofstream(file) << now;
    EXPECT_EQ(read_file(file), now);
    EXPECT_GE(all_mistakes().size(), 40U);
}

// One diagnostic as `--format short` has it.
struct Said {
    std::size_t line{};
    std::size_t column{};
    std::string text{};  // with its hint
    std::string hint{};
};

std::vector<Said> diagnostics_of(const std::string& policy) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    (void)tool.run({"check", "--format", "short"});
    static const RE2 form(R"(.*?:(\d+):(\d+): (?:error|warning): ((?:.*?)(?: \((.*)\))?))");
    std::istringstream lines(tool.out());
    std::vector<Said> all;
    for (std::string line; std::getline(lines, line);) {
        Said said;
        EXPECT_TRUE(RE2::FullMatch(line, form, &said.line, &said.column, &said.text, &said.hint))
            << line;
        all.push_back(said);
    }
    return all;
}

// What the hint says to write in place of what is there, each that it lets choose; none where it
// says something else.
std::vector<std::string> replacements_in(const std::string& hint) {
    static const RE2 forms(
        "(?:did you mean|write) (?:`([^`]+)`|(\\[.*\\])|(true|false|\\d[0-9TZ:-]*))"
        "((?:,? or .*)|\\?|, in line .*| without quotes| for .*)?");
    std::string quoted;
    std::string header;
    std::string value;
    std::string more;
    if (!RE2::FullMatch(hint, forms, &quoted, &header, &value, &more)) return {};
    std::vector<std::string> all{quoted + header + value};
    static const RE2 other("or (?:`([^`]+)`|(\\d{4}-[0-9TZ:-]*))");
    re2::StringPiece rest(more);
    while (RE2::FindAndConsume(&rest, other, &quoted, &value)) all.push_back(quoted + value);
    return all;
}

// Where the mistake ends: as the caret has it, which `--format json` says.
std::vector<std::size_t> end_columns_of(const std::string& policy) {
    ScratchTool tool;
    tool.write("policy.toml", policy);
    (void)tool.run({"check", "--format", "json"});
    std::vector<std::size_t> all;
    static const RE2 form(R"("end_column": (\d+|null))");
    re2::StringPiece rest(tool.out());
    for (std::string number; RE2::FindAndConsume(&rest, form, &number);)
        all.push_back(number == "null" ? 0 : std::stoul(number));
    return all;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

// The policy with what the hint of one diagnostic says.
std::string mended(const std::string& policy, const Said& said, std::size_t end_column,
                   const std::string& replacement) {
    auto lines = lines_of(policy);
    std::string& line = lines.at(said.line - 1);
    // (Columns are characters; none of these lines has one of several bytes before its mistake.)
    std::size_t begin = said.column - 1;
    std::size_t end = std::max(end_column, said.column + 1) - 1;
    // What is doubtful about a setting stands at its key.
    std::string offender;
    (void)RE2::PartialMatch(said.text, "`([^`]*)`", &offender);
    if (const std::size_t value = line.find("\"" + offender + "\"");
        value != std::string::npos && line.find('=', begin) < value && line[begin] != '"' &&
        said.text.find("unknown key") == std::string::npos) {
        begin = value;
        end = value + offender.size() + 2;
    }
    const char first = line[begin];
    const bool inside = begin > 0 && first != '[' && first != '"' && first != '\'' &&
                        std::string_view("\"'").find(line[end]) != std::string_view::npos;
    if (inside) begin = line.find_last_of("\"'", begin - 1) + 1;  // all of the string
    std::string written = replacement;
    const bool has_quotes = replacement.starts_with('"') || replacement.starts_with('\'');
    if (has_quotes && inside) {
        --begin;  // a list with its quotes
        ++end;
    } else if ((first == '"' || first == '\'') && replacement[0] != '[' && replacement[0] != '"' &&
               !RE2::FullMatch(replacement, R"(true|false|\d+|\d{4}-.*)")) {
        written = "\"" + replacement + "\"";
    }
    if (replacement.find(" = ") != std::string::npos) {  // the key with its value
        begin = line.find_first_not_of(' ');
        end = line.size();
        written = replacement;
    }
    line.replace(begin, end - begin, written);
    if (inside && replacement.find('\\') != std::string::npos)
        std::replace(line.begin(), line.end(), '"', '\'');
    std::string text;
    for (const std::string& one : lines) text += one + "\n";
    return text;
}

// What one diagnostic complained of is not there any more, and nothing else in its place.
void expect_mended(const Mistake& mistake, const std::vector<Said>& said, std::size_t number,
                   const std::string& policy) {
    const Said& one = said[number];
    for (const Said& left : diagnostics_of(policy)) {
        const bool at_the_place =
            left.line == one.line && left.column + 2 >= one.column && left.column <= one.column + 2;
        EXPECT_FALSE(left.text == one.text && at_the_place)
            << mistake.title << ": still " << left.text << "\n"
            << policy;
        const bool is_new =
            at_the_place && std::none_of(said.begin(), said.end(), [&](const Said& other) {
                return other.text == left.text;
            });
        EXPECT_FALSE(is_new && left.text.find("is outside the hosted") == std::string::npos)
            << mistake.title << ": " << one.text << "\nled to " << left.text << "\n"
            << policy;
    }
}

TEST(Mistakes, AreGoneWithWhatTheHintSaysToWrite) {
    std::size_t tried = 0;
    for (const Mistake& mistake : all_mistakes()) {
        const auto said = diagnostics_of(mistake.policy);
        const auto ends = end_columns_of(mistake.policy);
        ASSERT_EQ(said.size(), ends.size()) << mistake.title;
        for (std::size_t i = 0; i < said.size(); ++i) {
            const auto replacements = replacements_in(said[i].hint);
            // Whoever is asked whether they meant something gets something to take.
            EXPECT_TRUE(!replacements.empty() || !said[i].hint.starts_with("did you mean"))
                << mistake.title << ": " << said[i].text;
            for (const std::string& replacement : replacements) {
                ++tried;
                expect_mended(mistake, said, i,
                              mended(mistake.policy, said[i], ends[i], replacement));
            }
        }
    }
    EXPECT_GE(tried, 60U);
}

}  // namespace
}  // namespace relaypermit
