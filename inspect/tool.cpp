// The command line. The only file that knows CLI11.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <ostream>

#include "inspect/command.h"
#include "inspect/text.h"

namespace relaypermit {
namespace {

constexpr const char* default_config = "/etc/relaypermit/policy.toml";
constexpr const char* version = RELAYPERMIT_VERSION;

class CliOptions final : public Options {
  public:
    explicit CliOptions(CLI::App& app) : app_(app) {}

    void flag(std::string_view names, bool& given, std::string_view help) override {
        app_.add_flag(std::string(names), given, std::string(help));
    }
    void value(std::string_view names, std::string& value, std::string_view meta,
               std::string_view help) override {
        app_.add_option(std::string(names), value, std::string(help))
            ->option_text(std::string(meta))
            ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    }
    void value(std::string_view names, std::optional<std::string>& value, std::string_view meta,
               std::string_view help) override {
        app_.add_option_function<std::string>(
                std::string(names), [&value](const std::string& given) { value = given; },
                std::string(help))
            ->option_text(std::string(meta))
            ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    }
    void values(std::string_view names, std::vector<std::string>& values, std::string_view meta,
                std::string_view help) override {
        app_.add_option(std::string(names), values, std::string(help))
            ->option_text(std::string(meta) + " ...");
    }
    void repeated(std::string_view names, std::vector<std::string>& values, std::string_view meta,
                  std::string_view help) override {
        app_.add_option(std::string(names), values, std::string(help))
            ->option_text(std::string(meta))
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    void argument(std::string& value, std::string_view meta, std::string_view help) override {
        app_.add_option(std::string(meta), value, std::string(help))->option_text(" ");
    }
    void arguments(std::vector<std::string>& values, std::string_view meta,
                   std::string_view help) override {
        app_.add_option(std::string(meta), values, std::string(help))->option_text(" ");
    }
    void epilogue(std::string_view text) override { app_.footer(std::string(text)); }

  private:
    CLI::App& app_;
};

// The first argument that is not an option: the subcommand.
std::string_view named(std::span<const std::string> arguments) {
    const auto found = std::find_if(arguments.begin(), arguments.end(),
                                    [](const std::string& a) { return !a.starts_with("-"); });
    return found == arguments.end() ? std::string_view{} : std::string_view{*found};
}

std::string overview(const Commands& commands) {
    std::string text =
        "usage: relaypermit COMMAND [OPTION ...]\n\n"
        "The relay policy of a Postfix or Sendmail server: what it says, what it refused, and "
        "why.\n\n";
    std::size_t width = 0;
    for (const auto& command : commands) {
        width = std::max(width, command->name().size());
    }
    for (const auto& command : commands) {
        text += "  " + padded(command->name(), width + 2) + std::string(command->summary()) + "\n";
    }
    text += "\n`relaypermit COMMAND --help` says more of one.\n";
    return text;
}

std::string sentence(const CLI::ParseError& error) {
    std::string text = error.what();
    const std::string extras = "The following argument was not expected: ";
    const std::string several = "The following arguments were not expected: ";
    if (text.starts_with(extras)) {
        text = "unknown argument `" + text.substr(extras.size()) + "`";
    } else if (text.starts_with(several)) {
        text = "unknown arguments `" + text.substr(several.size()) + "`";
    }
    return visible(text);
}

Exit run_command(Command& command, std::span<const std::string> arguments, Context& context) {
    CLI::App app{std::string(command.summary()), "relaypermit " + std::string(command.name())};
    app.get_formatter()->column_width(28);
    app.set_help_flag("-h,--help", "this text");
    context.config = default_config;
    CliOptions options{app};
    command.declare(options);
    options.value("-c,--config", context.config, "FILE",
                  std::string("the policy; default ") + default_config);
    options.flag("--json", context.json, "print JSON instead of text for people");
    // CLI11 takes the arguments last first.
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        app.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        context.out << app.help();
        return Exit::fine;
    } catch (const CLI::ParseError& error) {
        context.err << "relaypermit " << command.name() << ": " << sentence(error) << "\n"
                    << "try `relaypermit " << command.name() << " --help`\n";
        return Exit::failed;
    }
    try {
        return command.run(context);
    } catch (const std::exception& error) {
        return complain(context, error.what());
    }
}

}  // namespace

Exit complain(const Context& context, std::string_view text) {
    context.err << "relaypermit: " << text << "\n";
    return Exit::failed;
}

Exit run_tool(Commands& commands, std::span<const std::string> arguments, Context context) {
    const std::string_view name = named(arguments);
    if (name.empty() || arguments.front() != name) {
        const bool asked = std::any_of(arguments.begin(), arguments.end(),
                                       [](const auto& a) { return a == "--help" || a == "-h"; });
        if (!arguments.empty() && (arguments.front() == "--version" || arguments.front() == "-V")) {
            context.out << "relaypermit " << version << "\n";
            return Exit::fine;
        }
        (asked ? context.out : context.err) << overview(commands);
        return asked ? Exit::fine : Exit::failed;
    }
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const auto& command) { return command->name() == name; });
    if (found == commands.end()) {
        context.err << "relaypermit: unknown command `" << visible(name) << "`\n"
                    << "try `relaypermit --help`\n";
        return Exit::failed;
    }
    return run_command(**found, arguments.subspan(1), context);
}

}  // namespace relaypermit
