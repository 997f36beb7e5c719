// relaypermit suspend, relaypermit resume: stop a login at once, and let it send again.
#include <algorithm>
#include <filesystem>
#include <ostream>

#include "config/policy_file.h"
#include "config/test_case.h"
#include "inspect/commands.h"
#include "inspect/daemon_reload.h"
#include "inspect/diagnostic_view.h"
#include "inspect/json_writer.h"
#include "inspect/other_spellings.h"
#include "inspect/policy_loading.h"
#include "inspect/suspension_file.h"
#include "inspect/text.h"
#include "inspect/when.h"
#include "policy/utf8.h"

namespace relaypermit {
namespace {

// The restriction that suspends the login, wherever it sends from; null where none does.
const Restriction* suspension_of(const Policy& policy, const Login& login) {
    for (const Restriction* restriction : policy.restrictions_for(&login, std::nullopt))
        if (restriction->suspended && restriction->clients.empty()) return restriction;
    return nullptr;
}

std::string named(const Restriction& restriction) {
    return visible(restriction.id + " at " + to_string(restriction.place));
}

// The logins that an account may appear as. Where no default_realm makes them one, a mail server
// may hand over `mallory` as well as `mallory@example.com`.
std::vector<Login> forms_of(const Policy& policy, const Login& login) {
    if (!policy.source().default_realm.empty()) return {login};
    return {login, Login{login.user, {}}};
}

// The restriction that suspends the first form, where every other form is suspended, too.
const Restriction* suspension_of_all(const Policy& policy, const Login& login) {
    const Restriction* first = nullptr;
    for (const Login& form : forms_of(policy, login)) {
        const Restriction* found = suspension_of(policy, form);
        if (found == nullptr) return nullptr;
        if (first == nullptr) first = found;
    }
    return first;
}

// Why a login that a restriction suspends may go on sending; empty where it may not. A message of
// it is played, because what a restriction says is not yet what is done.
std::string why_it_goes_on(const Loaded& loaded, const Login& login, TimePoint now) {
    const Policy& policy = *loaded.policy;
    const std::vector<Login> forms = forms_of(policy, login);
    const bool stopped = std::all_of(forms.begin(), forms.end(), [&](const Login& form) {
        CaseFacts message;
        message.login = to_string(form);
        const Verdict verdict = evaluate(policy, case_facts(message, policy, now), Stage::mail);
        return verdict.refused() && verdict.cause == Cause::account_suspended;
    });
    if (stopped) return {};
    const auto at = [&](std::string_view setting) {
        const auto place = loaded.places.find(setting);
        return place == loaded.places.end() ? std::string()
                                            : " at " + visible(to_string(place->second));
    };
    const Action action = policy.cause(Cause::account_suspended).action;
    std::string why;
    if (action == Action::off || action == Action::monitor)
        why = "`action = \"" + std::string(to_string(action)) + "\"` of [cause.account-suspended]" +
              at("cause.account-suspended.action");
    if (policy.source().monitor_mode)
        why += (why.empty() ? "" : " and ") + std::string("`mode = \"monitor\"`") + at("mode");
    return (why.empty() ? "the policy" : why) + " would let its next message pass";
}

class SuspensionCommand : public Command {
  public:
    void declare(Options& options) override {
        options.argument(login_, "LOGIN", "as the mail server gives it, or without its realm");
    }

    [[nodiscard]] Exit run(const Context& context) override {
        if (login_.empty()) return complain(context, "name a LOGIN");
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded)
            return not_done(context, login_,
                            "the daemon would not take this policy; mend it first");
        const PolicySource& source = loaded->policy->source();
        auto login = read_login(source, login_, Mta::postfix);
        if (!login) return not_done(context, login_, login.error().why);
        if (login->realm.empty()) {
            const auto& realms =
                (source.realms ? *source.realms : source.hosted_domains).patterns();
            if (realms.size() != 1 || realms.front().starts_with('*'))
                return not_done(
                    context, *login,
                    "the policy has no `default_realm`; name it with its realm, as in " +
                        login->user + "@example.com");
            login->realm = realms.front();
        }
        return change(context, *loaded, *login);
    }

  protected:
    [[nodiscard]] virtual Exit change(const Context& context, const Loaded& loaded,
                                      const Login& login) = 0;
    // "suspended", "resumed".
    [[nodiscard]] virtual std::string_view aim() const = 0;

    // In an emergency nobody should have to infer it.
    Exit not_done(const Context& context, std::string_view login, std::string_view why) const {
        return complain(context,
                        visible(login) + " is NOT " + std::string(aim()) + ": " + std::string(why));
    }
    Exit not_done(const Context& context, const Login& login, std::string_view why) const {
        return not_done(context, to_string(login), why);
    }

    // Has the daemon read the policy as it now is. `unchanged`: why that is not what was aimed at;
    // empty where it is.
    Exit reload(const Context& context, const Loaded& loaded, const Login& login,
                std::string_view effect, const std::string& unchanged) const {
        const auto pid = reload_daemon(loaded.settings.listen);
        const std::string name = visible(to_string(login));
        const std::string state = (unchanged.empty() ? "" : "not-") + std::string(aim());
        if (context.json) {
            JsonWriter json;
            json.open_object().key("login").value(to_string(login)).key("state").value(state);
            json.key("reloaded").value(pid.has_value()).key("process");
            pid ? json.value(*pid) : json.null();
            context.out << json.close_object().take() << "\n";
        } else if (pid && unchanged.empty()) {
            context.out << name << " is " << state << ": " << effect << "\n";
        }
        if (!unchanged.empty()) (void)not_done(context, login, unchanged);
        if (pid) return unchanged.empty() ? Exit::fine : Exit::failed;
        complain(context, (unchanged.empty() ? name + " is " + state + " in the policy, but the "
                                             : std::string("the ")) +
                              "daemon was not told: " + pid.error());
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
        options.example("relaypermit suspend mallory@example.com --note \"cracked, ticket 4711\"");
        options.epilogue(
            "Writes a [[restrict]] into a file of its own in policy.d and has the daemon reload: "
            "the next message is refused, of open sessions too.\n"
            "Exit code 0; 2 where it could not be written, the daemon not be told, or the policy "
            "would let the next message pass in spite of it (mode = \"monitor\").");
    }

  protected:
    [[nodiscard]] std::string_view aim() const override { return "suspended"; }
    [[nodiscard]] Exit change(const Context& context, const Loaded& loaded,
                              const Login& login) override {
        if (const Restriction* earlier = suspension_of_all(*loaded.policy, login)) {
            // The daemon may not have been told of it yet.
            return reload(context, loaded, login, "by " + named(*earlier) + " already",
                          why_it_goes_on(loaded, login, context.now));
        }
        const auto text = suspension_text(forms_of(*loaded.policy, login), note(context),
                                          date_and_time(context.now), loaded.groups);
        if (!text) return not_done(context, login, text.error());
        const std::filesystem::path file = suspension_file(context.config, login);
        const std::string file_name = visible(file.string());
        if (std::error_code none; exists(symlink_status(file, none)))
            return not_done(context, login,
                            file_name + " is there already and says something else: look into it");
        if (const auto written = write_new(file, *text, context.config); !written)
            return not_done(context, login, written.error());
        // As the daemon will read it.
        const Loaded after = load_policy(context.config, host_name());
        if (!after.policy || suspension_of_all(*after.policy, login) == nullptr) {
            for (const Diagnostic& error : after.errors)
                context.err << painted(error, context.error_terminal) << "\n";
            std::error_code ignored;
            std::filesystem::remove(file, ignored);
            return not_done(context, login, "with " + file_name + " the policy would not be sound");
        }
        context.err << other_spellings_text(*after.policy, login);
        return reload(context, after, login, "its next message is refused (" + file_name + ")",
                      why_it_goes_on(after, login, context.now));
    }

  private:
    // A note must not keep a login from being stopped.
    [[nodiscard]] std::string note(const Context& context) const {
        const std::string_view fault = text_fault(note_);
        if (fault.empty()) return note_;
        context.err << "relaypermit: the note holds " << fault << ": it is written as `"
                    << visible(note_) << "`\n";
        return visible(note_);
    }

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
        options.example("relaypermit resume mallory@example.com");
        options.epilogue(
            "Removes the file that `relaypermit suspend` wrote and has the daemon reload. A file "
            "that somebody has edited since is left alone.\n"
            "Exit code 0; 1 where the login stays suspended by another rule, or was not "
            "suspended; 2 where it could not be done.");
    }

  protected:
    [[nodiscard]] std::string_view aim() const override { return "resumed"; }
    [[nodiscard]] Exit change(const Context& context, const Loaded& loaded,
                              const Login& login) override {
        const std::string name = visible(to_string(login));
        const std::filesystem::path file = suspension_file(context.config, login);
        const std::string file_name = visible(file.string());
        std::error_code fault;
        const std::filesystem::file_status status = symlink_status(file, fault);
        if (!exists(status)) {
            const Restriction* other = suspension_of(*loaded.policy, login);
            if (other != nullptr)
                context.err << name << " is suspended by " << named(*other)
                            << ": remove it there\n";
            else
                context.err << name << " is not suspended\n";
            return Exit::finding;
        }
        const auto text = read_policy_file(file);
        if (!text) return not_done(context, login, file_name + ": " + text.error());
        if (!is_regular_file(status) || !is_suspension_of(login, *text))
            return not_done(context, login,
                            file_name +
                                " is not, or no longer, as `suspend` wrote it: take the "
                                "suspension out by hand");
        // A name with a dot in front is never read as policy.
        const std::filesystem::path aside = file.parent_path() / ("." + file.filename().string());
        std::filesystem::rename(file, aside, fault);
        if (fault) return not_done(context, login, file_name + ": " + fault.message());
        const Loaded after = load_policy(context.config, host_name());
        if (!after.policy) {
            for (const Diagnostic& error : after.errors)
                context.err << painted(error, context.error_terminal) << "\n";
            std::filesystem::rename(aside, file, fault);
            return not_done(context, login,
                            "without " + file_name + " the policy would not be sound");
        }
        std::filesystem::remove(aside, fault);
        const Restriction* other = suspension_of(*after.policy, login);
        const Exit exit =
            reload(context, after, login, "its next message is judged by its grants again",
                   other == nullptr
                       ? ""
                       : file_name + " is removed, but " + named(*other) + " suspends it, too");
        return exit == Exit::failed && other != nullptr ? Exit::finding : exit;
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
