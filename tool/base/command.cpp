// The command line. The only file that knows CLI11.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <ostream>

#include "config/diagnostic.h"
#include "config/version.h"
#include "record/json_writer.h"
#include "tool/base/command.h"
#include "tool/base/help.h"
#include "tool/base/visible.h"

namespace relaypermit {
namespace {

constexpr const char* default_config = "/etc/relaypermit/policy.toml";

// Declares to CLI11 what the command line may hold, and keeps it for the help.
class CliOptions final : public Options {
  public:
    CliOptions(CLI::App& app, Help& help) : app_(app), help_(help) {}

    void flag(std::string_view names, bool& given, std::string_view help) override {
        app_.add_flag(std::string(names), given);
        add(names, {}, help);
    }
    void value(std::string_view names, std::string& value, std::string_view meta,
               std::string_view help) override {
        app_.add_option(std::string(names), value)
            ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
        add(names, meta, help);
    }
    void value(std::string_view names, std::optional<std::string>& value, std::string_view meta,
               std::string_view help) override {
        app_.add_option_function<std::string>(std::string(names),
                                              [&value](const std::string& given) { value = given; })
            ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
        add(names, meta, help);
    }
    void values(std::string_view names, std::vector<std::string>& values, std::string_view meta,
                std::string_view help) override {
        app_.add_option(std::string(names), values);
        add(names, std::string(meta) + " ...", help);
    }
    void repeated(std::string_view names, std::vector<std::string>& values, std::string_view meta,
                  std::string_view help) override {
        app_.add_option(std::string(names), values)
            ->expected(1)
            ->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        add(names, meta, help);
    }
    void argument(std::string& value, std::string_view meta, std::string_view help) override {
        app_.add_option(std::string(meta), value);
        help_.arguments.push_back({std::string(meta), {}, std::string(help)});
    }
    void arguments(std::vector<std::string>& values, std::string_view meta,
                   std::string_view help) override {
        app_.add_option(std::string(meta), values);
        help_.arguments.push_back({std::string(meta) + " ...", {}, std::string(help)});
    }
    void epilogue(std::string_view text) override { help_.epilogue = text; }
    void example(std::string_view line) override { help_.examples.emplace_back(line); }

  private:
    void add(std::string_view names, std::string_view meta, std::string_view help) {
        std::string shown(names);
        if (const std::size_t comma = shown.find(','); comma != std::string::npos)
            shown.insert(comma + 1, " ");
        help_.options.push_back({std::move(shown), std::string(meta), std::string(help)});
    }

    CLI::App& app_;
    Help& help_;
};

// The first argument that is not an option: the subcommand.
std::string_view named(std::span<const std::string> arguments) {
    const auto found = std::find_if(arguments.begin(), arguments.end(),
                                    [](const std::string& a) { return !a.starts_with("-"); });
    return found == arguments.end() ? std::string_view{} : std::string_view{*found};
}

std::string overview(const Commands& commands, std::size_t reading) {
    std::string text =
        "usage: relaypermit COMMAND [OPTION ...]\n\n" +
        wrapped(
            "The relay policy of a Postfix or Sendmail server: what it says, what it refused, and "
            "why.",
            reading, 0) +
        "\n\n";
    std::size_t width = 0;
    for (const auto& command : commands) width = std::max(width, command->name().size());
    for (const auto& command : commands) {
        text += "  " + padded(command->name(), width + 2) +
                wrapped(command->summary(), reading, width + 4) + "\n";
    }
    text += "\n`relaypermit COMMAND --help` says more of one.\n";
    return text;
}

std::string version_json(const Libraries& libraries) {
    JsonWriter json(2);
    json.open_object().key("program").value("relaypermit").key("version").value(program_version());
    json.key("commit");
    if (program_commit().empty())
        json.null();
    else
        json.value(program_commit());
    json.key("libraries").open_object();
    for (const Library& library : libraries) json.key(library.name).value(library.version);
    return json.close_object().close_object().text() + "\n";
}

// "--since" of "-s, --since".
std::string_view long_name(std::string_view names) {
    const std::size_t last = names.rfind(' ');
    return last == std::string_view::npos ? names : names.substr(last + 1);
}

// What CLI11 left over, in the order in which it was given.
std::string unknown_arguments(std::vector<std::string> left, std::span<const std::string> arguments,
                              const Help& help) {
    std::string text;
    std::size_t number = 0;
    std::string first_option;
    for (const std::string& argument : arguments) {
        const auto found = std::find(left.begin(), left.end(), argument);
        if (found == left.end()) continue;
        left.erase(found);
        text += (number++ == 0 ? "`" : " `") + argument + "`";
        if (first_option.empty() && argument.starts_with("--")) first_option = argument;
    }
    text = (number == 1 ? "unknown argument " : "unknown arguments ") + text;
    std::vector<std::string_view> names;
    for (const Help::Row& option : help.options) names.push_back(long_name(option.names));
    const std::string near = did_you_mean(first_option.substr(0, first_option.find('=')), names);
    return near.empty() ? text : text + " (did you mean `" + near + "`?)";
}

Exit run_command(Command& command, std::span<const std::string> arguments, Context& context) {
    CLI::App app;
    app.set_help_flag("-h,--help");
    context.config = default_config;
    Help help;
    help.command = command.name();
    help.summary = command.summary();
    CliOptions options{app, help};
    command.declare(options);
    options.value("-c,--config", context.config, "FILE",
                  std::string("the policy; default ") + default_config);
    options.flag("--json", context.json, "print JSON instead of text for people");
    help.options.push_back({"-h, --help", {}, "this text"});
    // CLI11 takes the arguments last first.
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        app.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        context.out << to_text(help, context.terminal);
        return Exit::fine;
    } catch (const CLI::ParseError& error) {
        const bool left_over = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
        context.err << "relaypermit " << command.name() << ": "
                    << visible(left_over ? unknown_arguments(app.remaining(), arguments, help)
                                         : error.what())
                    << "\n"
                    << "try `relaypermit " << command.name() << " --help`\n";
        return command.when_it_cannot();
    }
    try {
        return command.run(context);
    } catch (const std::exception& error) {
        (void)complain(context, error.what());
        return command.when_it_cannot();
    }
}

}  // namespace

Exit complain(const Context& context, std::string_view text) {
    context.err << "relaypermit: " << text << "\n";
    return Exit::failed;
}

std::string cli11_version() {
    return CLI11_VERSION;
}

Exit run_tool(Commands& commands, std::span<const std::string> arguments, Context context) {
    const std::string_view name = named(arguments);
    if (name.empty() || arguments.front() != name) {
        const auto given = [&](std::string_view option, std::string_view letter) {
            return std::any_of(arguments.begin(), arguments.end(),
                               [&](const std::string& argument) {
                                   return argument == option || argument == letter;
                               });
        };
        const bool asked = given("--help", "-h");
        if (given("--version", "-V")) {
            const Libraries libraries = context.libraries ? context.libraries() : Libraries{};
            context.out << (given("--json", "--json") ? version_json(libraries)
                                                      : version_text("relaypermit", libraries));
            return Exit::fine;
        }
        const Terminal& terminal = asked ? context.terminal : context.error_terminal;
        (asked ? context.out : context.err) << overview(commands, reading_width(terminal));
        return asked ? Exit::fine : Exit::failed;
    }
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const auto& command) { return command->name() == name; });
    if (found == commands.end()) {
        std::vector<std::string_view> names;
        for (const auto& command : commands) names.push_back(command->name());
        const std::string near = did_you_mean(name, names);
        context.err << "relaypermit: unknown command `" << visible(name) << "`"
                    << (near.empty() ? "" : " (did you mean `" + near + "`?)") << "\n"
                    << "try `relaypermit --help`\n";
        return Exit::failed;
    }
    return run_command(**found, arguments.subspan(1), context);
}

}  // namespace relaypermit
