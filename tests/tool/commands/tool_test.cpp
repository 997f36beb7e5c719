#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

#include "tool/commands/commands.h"

namespace relaypermit {
namespace {

class Echo final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "echo"; }
    [[nodiscard]] std::string_view summary() const override { return "says what it was given"; }
    void declare(Options& options) override {
        options.flag("--loud", loud_, "louder");
        options.value("--since", since_, "WHEN", "from when on");
        options.value("--sender", sender_, "ADDRESS", "may be empty");
        options.values("--maillog", files_, "FILE", "syslog files");
        options.repeated("--header", headers_, "FIELD", "whole fields");
        options.argument(word_, "WORD", "a word");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        if (word_ == "throw") throw std::runtime_error("it broke");
        context.out << (loud_ ? "LOUD " : "") << since_ << "|" << sender_.value_or("none") << "|";
        for (const auto& file : files_) context.out << file << ",";
        context.out << "|";
        for (const auto& header : headers_) context.out << header << ",";
        context.out << "|" << word_ << "|" << (context.json ? "json" : "text") << "|"
                    << context.config;
        return Exit::finding;
    }

  private:
    bool loud_{};
    std::string since_{"7d"};
    std::optional<std::string> sender_{};
    std::vector<std::string> files_{};
    std::vector<std::string> headers_{};
    std::string word_{};
};

struct Ran {
    Exit exit{};
    std::string out{};
    std::string err{};
};

Ran run(const std::vector<std::string>& arguments) {
    Commands commands;
    commands.push_back(std::make_unique<Echo>());
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Ran ran;
    ran.exit = run_tool(commands, arguments, Context{.in = in, .out = out, .err = err});
    ran.out = out.str();
    ran.err = err.str();
    return ran;
}

TEST(Tool, HandsTheOptionsToTheCommandThatWasNamed) {
    const Ran ran =
        run({"echo", "--loud", "--since", "2h", "--sender", "", "--maillog", "a", "b", "--header",
             "From: a@b", "--header", "X: y", "--json", "-c", "p.toml", "--", "word"});
    EXPECT_EQ(ran.out, "LOUD 2h||a,b,|From: a@b,X: y,|word|json|p.toml");
    EXPECT_EQ(ran.exit, Exit::finding);
    EXPECT_EQ(ran.err, "");
}

TEST(Tool, LeavesDefaultsWhereNothingIsGiven) {
    EXPECT_EQ(run({"echo"}).out, "7d|none||||text|/etc/relaypermit/policy.toml");
}

TEST(Tool, PrintsHelpOnStandardOutput) {
    const Ran all = run({"--help"});
    EXPECT_EQ(all.exit, Exit::fine);
    EXPECT_NE(all.out.find("echo  says what it was given"), std::string::npos) << all.out;
    const Ran one = run({"echo", "--help"});
    EXPECT_EQ(one.exit, Exit::fine);
    EXPECT_NE(one.out.find("--since WHEN"), std::string::npos) << one.out;
}

TEST(Tool, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(run({}).exit, Exit::failed);
    EXPECT_EQ(run({"replay"}).err,
              "relaypermit: unknown command `replay`\ntry `relaypermit --help`\n");
    const Ran option = run({"echo", "--sinse", "2h"});
    EXPECT_EQ(option.exit, Exit::failed);
    EXPECT_EQ(option.err.substr(0, option.err.find('\n')),
              "relaypermit echo: unknown argument `--sinse` (did you mean `--since`?)");
    EXPECT_EQ(run({"echo", "--since"}).exit, Exit::failed);
}

TEST(Tool, AsksWhatWasMeant) {
    EXPECT_EQ(run({"ecko"}).err,
              "relaypermit: unknown command `ecko` (did you mean `echo`?)\n"
              "try `relaypermit --help`\n");
    const auto first_line = [](const std::vector<std::string>& arguments) {
        const std::string err = run(arguments).err;
        return err.substr(0, err.find('\n'));
    };
    EXPECT_EQ(first_line({"echo", "--configg=x"}),
              "relaypermit echo: unknown argument `--configg=x` (did you mean `--config`?)");
    EXPECT_EQ(first_line({"echo", "--zzz"}), "relaypermit echo: unknown argument `--zzz`");
}

// Where one of two is the mistake, the order is how it is found.
TEST(Tool, NamesUnknownArgumentsInTheOrderGiven) {
    const std::string err = run({"echo", "word", "x", "--loginn", "y"}).err;
    EXPECT_EQ(err.substr(0, err.find('\n')),
              "relaypermit echo: unknown arguments `x` `--loginn` `y`");
}

TEST(Tool, ReportsAnExceptionAsAFailure) {
    const Ran ran = run({"echo", "throw"});
    EXPECT_EQ(ran.exit, Exit::failed);
    EXPECT_EQ(ran.err, "relaypermit: it broke\n");
}

TEST(Tool, NamesEveryCommandOnceInItsTable) {
    std::vector<std::string_view> names;
    for (const auto& command : all_commands()) {
        EXPECT_EQ(std::count(names.begin(), names.end(), command->name()), 0);
        names.push_back(command->name());
        EXPECT_FALSE(command->summary().empty());
    }
    EXPECT_FALSE(names.empty());
}

}  // namespace
}  // namespace relaypermit
