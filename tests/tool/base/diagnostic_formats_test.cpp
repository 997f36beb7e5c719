#include "tool/base/diagnostic_formats.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

Diagnostic about(const std::string& file, std::string text, std::string help = {}) {
    return {Severity::warning, Place{file, 3, 9}, std::move(text), std::move(help)};
}

// A line more would be a command more, of whoever wrote the policy.
TEST(DiagnosticFormats, AreOneLineWhateverTheFileIsCalled) {
    const Diagnostic one = about("a\n::error::b\r.toml", "x\n::set-output name=a::b", "y\r\nz");
    EXPECT_EQ(for_github(one, "policy.toml"),
              "::warning file=a\\x0a%3A%3Aerror%3A%3Ab\\x0d.toml,line=3,col=9::x\\x0a::set-output "
              "name=a::b (y\\x0d\\x0az)");
    EXPECT_EQ(in_short(one, "policy.toml"),
              "a\\x0a::error::b\\x0d.toml:3:9: warning: x\\x0a::set-output name=a::b "
              "(y\\x0d\\x0az)");
}

// What would move a terminal's cursor, or is no UTF-8.
TEST(DiagnosticFormats, ShowNamesOfFilesThatTerminalsAndParsersWouldStumbleOver) {
    const Diagnostic one = about("a\x1b[2J\xff.toml", "text");
    EXPECT_EQ(for_github(one, "policy.toml"),
              "::warning file=a\\x1b[2J\\xff.toml,line=3,col=9::text");
    EXPECT_EQ(in_short(one, "policy.toml"), "a\\x1b[2J\\xff.toml:3:9: warning: text");
    const std::string json = in_json({one}, {}, "policy.toml");
    EXPECT_EQ(json.find('\x1b'), std::string::npos) << json;
    EXPECT_EQ(json.find('\xff'), std::string::npos) << json;
}

TEST(DiagnosticFormats, NameThePolicyForWhatStandsInNoFile) {
    Diagnostic one{Severity::error, Place{}, "text", {}};
    EXPECT_EQ(for_github(one, "p,q.toml"), "::error file=p%2Cq.toml::text");
    EXPECT_EQ(in_short(one, "policy.toml"), "policy.toml:1:1: error: text");
    EXPECT_EQ(in_json({one}, {}, "policy.toml"), R"([
  {
    "file": "policy.toml",
    "line": null,
    "column": null,
    "end_column": null,
    "severity": "error",
    "message": "text",
    "hint": null
  }
])");
}

}  // namespace
}  // namespace relaypermit
