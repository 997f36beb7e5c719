#include "tool/base/help.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tool/commands/commands.h"

namespace relaypermit {
namespace {

const Help help{.command = "echo",
                .summary = "says what it was given",
                .arguments = {{"WORD", {}, "what to say"}},
                .options = {{"-l, --loud", {}, "louder than one would think from what is given"},
                            {"--a-long-name-of-an-option", "VALUE", "rarely used"}},
                .examples = {"relaypermit echo --loud a-word-that-is-longer-than-the-line"},
                .epilogue = "Says it once, and then no more than that.\nExit code 0."};

TEST(Help, IsWrappedToTheTerminal) {
    EXPECT_EQ(to_text(help, Terminal{.width = 44}),
              "relaypermit echo: says what it was given\n"
              "\n"
              "usage: relaypermit echo [OPTION ...] [WORD]\n"
              "\n"
              "  WORD        what to say\n"
              "\n"
              "  -l, --loud  louder than one would think\n"
              "              from what is given\n"
              "  --a-long-name-of-an-option VALUE\n"
              "              rarely used\n"
              "\n"
              "Says it once, and then no more than that.\n"
              "Exit code 0.\n"
              "\n"
              "example:\n"
              "  relaypermit echo --loud a-word-that-is-longer-than-the-line\n");
}

TEST(Help, FillsNeitherAWideTerminalNorAPipe) {
    EXPECT_EQ(reading_width(Terminal{.width = 200}), 100U);
    EXPECT_EQ(reading_width(Terminal{.width = 60}), 60U);
    EXPECT_EQ(reading_width(Terminal{.width = unlimited_width}), 80U);
}

// The text that a command prints with --help.
std::string help_of(const std::string& command) {
    Commands commands = all_commands();
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    EXPECT_EQ(run_tool(commands, std::vector<std::string>{command, "--help"},
                       Context{.in = in, .out = out, .err = err}),
              Exit::fine);
    EXPECT_EQ(err.str(), "");
    return out.str();
}

TEST(Help, OfEachCommandHasAnExampleAndItsExitCodes) {
    for (const auto& command : all_commands()) {
        const std::string name(command->name());
        const std::string text = help_of(name);
        const std::size_t examples = text.find("\nexample");
        ASSERT_NE(examples, std::string::npos) << text;
        EXPECT_NE(text.find("\n  relaypermit " + name, examples), std::string::npos) << text;
        EXPECT_NE(text.find("Exit code"), std::string::npos) << text;
        std::istringstream lines(text.substr(0, examples));
        for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80U) << line;
    }
}

}  // namespace
}  // namespace relaypermit
