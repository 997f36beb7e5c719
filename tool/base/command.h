// A subcommand of relaypermit(1): what it is called, what it takes, and what it does. main()
// hands the table of commands.h to run_tool(), which reads the command line, answers --help and
// --version, and calls the one that was named.
//
// To add one: a .cpp file that derives from Command and ends in a make_x_command(), and a line
// each in commands.h and commands.cpp. One thread.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/version.h"
#include "policy/facts.h"
#include "tool/base/terminal.h"

namespace relaypermit {

// Exit codes of every subcommand; part of the tool's interface.
enum class Exit : std::uint8_t {
    fine = 0,
    finding = 1,  // refused, a test failed, something would change, warnings under --strict
    failed = 2,   // could not do it: wrong usage, unreadable policy or store
    unknown = 3,  // of ping alone, whose codes are those of monitoring plug-ins
};

// Where a command declares its options. A name is "-s,--since"; `meta` is what stands for the
// value in the help (FILE). The variables are filled in before run(), and keep their value where
// an option is not given.
class Options {
  public:
    virtual ~Options() = default;
    virtual void flag(std::string_view names, bool& given, std::string_view help) = 0;
    virtual void value(std::string_view names, std::string& value, std::string_view meta,
                       std::string_view help) = 0;
    // Where "not given" and "given as an empty string" differ.
    virtual void value(std::string_view names, std::optional<std::string>& value,
                       std::string_view meta, std::string_view help) = 0;
    // May be repeated, and takes several values at once.
    virtual void values(std::string_view names, std::vector<std::string>& values,
                        std::string_view meta, std::string_view help) = 0;
    // May be repeated, one value each time.
    virtual void repeated(std::string_view names, std::vector<std::string>& values,
                          std::string_view meta, std::string_view help) = 0;
    // Arguments without a name, after the subcommand.
    virtual void argument(std::string& value, std::string_view meta, std::string_view help) = 0;
    virtual void arguments(std::vector<std::string>& values, std::string_view meta,
                           std::string_view help) = 0;
    // Paragraphs below the options, a line each: what it does, exit codes.
    virtual void epilogue(std::string_view text) = 0;
    // A whole command line, below everything else.
    virtual void example(std::string_view line) = 0;

  protected:
    Options() = default;
    Options(const Options&) = default;
    Options& operator=(const Options&) = default;
};

// What a command may touch. The streams are those of the process, or strings in a test.
struct Context {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    Terminal terminal{};         // of `out`
    Terminal error_terminal{};   // of `err`
    bool json{};                 // --json, which every command has
    std::string config{};        // -c FILE, which every command has
    TimePoint now{};             // when the tool was started
    Libraries (*libraries)(){};  // what --version names beside the version
};

class Command {
  public:
    virtual ~Command() = default;
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;

    [[nodiscard]] virtual std::string_view name() const = 0;
    // One line of the list of commands, lower case, no period.
    [[nodiscard]] virtual std::string_view summary() const = 0;
    virtual void declare(Options& options) = 0;
    // After a wrong command line, or an exception.
    [[nodiscard]] virtual Exit when_it_cannot() const { return Exit::failed; }
    // Prints to context.out what was asked for and to context.err why it could not be had.
    [[nodiscard]] virtual Exit run(const Context& context) = 0;

  protected:
    Command() = default;
};

using Commands = std::vector<std::unique_ptr<Command>>;

// "relaypermit: TEXT" on err; returns Exit::failed.
Exit complain(const Context& context, std::string_view text);

// The version that became a part of the program, for --version.
[[nodiscard]] std::string cli11_version();

// The whole tool. `arguments` are without the program's name. An exception out of a command is
// reported and is Exit::failed, or what the command's when_it_cannot() says. A command's variables
// are filled in place: call once.
[[nodiscard]] Exit run_tool(Commands& commands, std::span<const std::string> arguments,
                            Context context);

}  // namespace relaypermit
