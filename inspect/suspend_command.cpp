// relaypermit suspend, relaypermit resume: stop a login at once, and let it send again.
#include <ostream>

#include "inspect/commands.h"
#include "inspect/daemon_reload.h"
#include "inspect/diagnostic_view.h"
#include "inspect/json_writer.h"
#include "inspect/policy_loading.h"
#include "inspect/suspension_file.h"
#include "inspect/text.h"
#include "inspect/when.h"

namespace relaypermit {
namespace {

// The restriction that suspends the login, wherever it sends from; null where none does.
const Restriction* suspension_of(const Policy& policy, const Login& login) {
    for (const Restriction* restriction : policy.restrictions_for(&login, std::nullopt))
        if (restriction->suspended && restriction->clients.empty()) return restriction;
    return nullptr;
}

class SuspensionCommand : public Command {
  public:
    void declare(Options& options) override {
        options.argument(login_, "LOGIN", "as the mail server gives it, or without its realm");
    }

    [[nodiscard]] Exit run(const Context& context) override {
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return Exit::failed;
        if (login_.empty()) return complain(context, "name a LOGIN");
        const auto login =
            canonical_login(login_, Mta::postfix, loaded->policy->source().default_realm);
        if (!login) return complain(context, login.error().why);
        return change(context, *loaded, *login);
    }

  protected:
    [[nodiscard]] virtual Exit change(const Context& context, const Loaded& loaded,
                                      const Login& login) = 0;

    static Exit reload(const Context& context, const Loaded& loaded, const Login& login,
                       std::string_view done, std::string_view effect) {
        const auto pid = reload_daemon(loaded.settings.listen);
        const std::string name = visible(to_string(login));
        if (context.json) {
            JsonWriter json;
            json.open_object().key("login").value(to_string(login)).key("state").value(done);
            json.key("reloaded").value(pid.has_value()).key("process");
            pid ? json.value(*pid) : json.null();
            context.out << json.close_object().take() << "\n";
        } else if (pid) {
            context.out << name << " is " << done << ": " << effect << "\n";
        }
        if (pid) return Exit::fine;
        complain(context, name + " is " + std::string(done) +
                              " in the policy, but the daemon was " + "not told: " + pid.error());
        context.err << "run: systemctl reload relaypermitd\n";
        return Exit::failed;
    }

  private:
    std::string login_{};
};

class SuspendCommand final : public SuspensionCommand {
  public:
    [[nodiscard]] std::string_view name() const override { return "suspend"; }
    [[nodiscard]] std::string_view summary() const override { return "stops a login at once"; }
    void declare(Options& options) override {
        SuspensionCommand::declare(options);
        options.value("--note", note_, "TEXT", "for colleagues: why");
        options.epilogue(
            "Example: relaypermit suspend mallory@example.com --note \"cracked, ticket 4711\"\n"
            "Writes a [[restrict]] into a file of its own in policy.d and has the daemon reload: "
            "the next message is refused, of open sessions too.\n"
            "Exit code 0; 2 where it could not be written, or the daemon not be told.");
    }

  protected:
    [[nodiscard]] Exit change(const Context& context, const Loaded& loaded,
                              const Login& login) override {
        const std::string name = visible(to_string(login));
        if (const Restriction* earlier = suspension_of(*loaded.policy, login)) {
            // The daemon may not have been told of it yet.
            return reload(context, loaded, login, "suspended",
                          "by " + earlier->id + " at " + to_string(earlier->place) + " already");
        }
        const auto text = suspension_text(login, note_, date_and_time(context.now));
        if (!text) return complain(context, text.error());
        const std::filesystem::path file = suspension_file(context.config, login);
        if (const auto written = write_atomically(file, *text, context.config); !written)
            return complain(context, written.error());
        // As the daemon will read it.
        const Loaded after = load_policy(context.config, host_name());
        if (!after.policy || suspension_of(*after.policy, login) == nullptr) {
            for (const Diagnostic& error : after.errors)
                context.err << painted(error, context.terminal) << "\n";
            std::error_code ignored;
            std::filesystem::remove(file, ignored);
            return complain(context, name + " is not suspended: with " + file.string() +
                                         " the policy would not be sound");
        }
        return reload(context, loaded, login, "suspended",
                      "its next message is refused (" + file.string() + ")");
    }

  private:
    std::string note_{};
};

class ResumeCommand final : public SuspensionCommand {
  public:
    [[nodiscard]] std::string_view name() const override { return "resume"; }
    [[nodiscard]] std::string_view summary() const override {
        return "lets a suspended login send again";
    }
    void declare(Options& options) override {
        SuspensionCommand::declare(options);
        options.epilogue(
            "Example: relaypermit resume mallory@example.com\n"
            "Removes the file that `relaypermit suspend` wrote and has the daemon reload.\n"
            "Exit code 0; 1 where the login stays suspended by another rule, or was not "
            "suspended; 2 where it could not be done.");
    }

  protected:
    [[nodiscard]] Exit change(const Context& context, const Loaded& loaded,
                              const Login& login) override {
        const std::string name = visible(to_string(login));
        const std::filesystem::path file = suspension_file(context.config, login);
        std::error_code fault;
        const bool removed = std::filesystem::remove(file, fault);
        if (fault) return complain(context, file.string() + ": " + fault.message());
        if (!removed) {
            const Restriction* other = suspension_of(*loaded.policy, login);
            if (other != nullptr)
                context.err << name << " is suspended by " << other->id << " at "
                            << visible(to_string(other->place)) << ": remove it there\n";
            else
                context.err << name << " is not suspended\n";
            return Exit::finding;
        }
        const Exit exit = reload(context, loaded, login, "resumed",
                                 "its next message is judged by "
                                 "its grants again");
        const Loaded after = load_policy(context.config, host_name());
        const Restriction* other = after.policy ? suspension_of(*after.policy, login) : nullptr;
        if (exit != Exit::fine || other == nullptr) return exit;
        context.err << name << " stays suspended by " << other->id << " at "
                    << visible(to_string(other->place)) << "\n";
        return Exit::finding;
    }
};

}  // namespace

std::unique_ptr<Command> make_suspend_command() {
    return std::make_unique<SuspendCommand>();
}

std::unique_ptr<Command> make_resume_command() {
    return std::make_unique<ResumeCommand>();
}

}  // namespace relaypermit
