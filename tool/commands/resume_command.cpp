// relaypermit resume: lets a suspended login send again.
#include <algorithm>
#include <ostream>
#include <system_error>

#include "config/suspended_account.h"
#include "config/suspensions.h"
#include "tool/base/policy_loading.h"
#include "tool/base/text.h"
#include "tool/commands/commands.h"
#include "tool/commands/suspension_command.h"
#include "tool/commands/suspension_file.h"

namespace relaypermit {
namespace {

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
            "Takes out what `relaypermit suspend` wrote and has every daemon that reads it "
            "reload. What somebody has edited since is left alone.\n"
            "Exit code 0 means that each of these daemons has confirmed it; 1 that the login stays "
            "suspended by another rule, or was not suspended; 2 that it could not be done, or a "
            "daemon has not confirmed it.");
    }

  protected:
    [[nodiscard]] std::string_view aim() const override { return "resumed"; }
    [[nodiscard]] std::string_view in_force() const override { return "without this suspension"; }
    [[nodiscard]] std::string objection(const AccountState& account) const override {
        if (account.rule.empty()) return {};
        return visible(account.rule + " at " + account.place) +
               " suspends it in the policy in force";
    }

    [[nodiscard]] Exit change(const Context& context, const Loaded& loaded,
                              const Account& account) override {
        const Login& login = account.login;
        const auto removed = take_out(context, loaded, login);
        if (!removed) return not_done(context, login, removed.error());
        if (removed->empty()) {
            const Restriction* other =
                loaded.policy ? suspension_of(*loaded.policy, login, context.now) : nullptr;
            const std::string name = visible(to_string(login));
            if (other != nullptr)
                context.err << name << " is suspended by " << named(*other)
                            << ": remove it there\n";
            else
                context.err << name << " is not suspended\n";
            return Exit::finding;
        }
        const Loaded after = load_policy(context.config, host_name());
        const Restriction* other =
            after.policy ? suspension_of(*after.policy, login, context.now) : nullptr;
        const auto silent = [](const Unreached& who) { return !who.elsewhere; };
        const Exit exit = confirm(context, login, "its next message is judged by its grants again",
                                  "; it is taken out of " + *removed);
        const auto& unreached = daemons().unreached;
        return other != nullptr && !daemons().of_folder.empty() &&
                       std::none_of(unreached.begin(), unreached.end(), silent) &&
                       exit == Exit::failed
                   ? Exit::finding
                   : exit;
    }

  private:
    // The name of the file that it stood in, "" where it stood in none. Nothing is changed where
    // there is an error, which is a clause.
    [[nodiscard]] static tl::expected<std::string, std::string> take_out(const Context& context,
                                                                         const Loaded& loaded,
                                                                         const Login& login) {
        // Nothing is made where there is nothing to take out.
        if (std::error_code none; !exists(suspensions_file(context.config).parent_path(), none))
            return std::string();
        const auto lock = SuspensionLock::take(context.config);
        if (!lock) return tl::make_unexpected(lock.error());
        const Before own(own_suspension_file(context.config, login));
        const Before all(suspensions_file(context.config));
        const auto edited = [](const Before& file) {
            return tl::make_unexpected(file.name() +
                                       " is not, or no longer, as `suspend` wrote it: take the "
                                       "suspension out by hand");
        };
        if (own.there() && (!own.text() || !is_suspension_of(login, *own.text())))
            return edited(own);
        const auto text = all.text();
        if (!text) return edited(all);
        const auto rest = without_suspension(*text, login);
        if (names_suspension(rest.value_or(*text), login)) return edited(all);
        std::string removed;
        if (rest) {
            if (auto done = all.put(*rest, context.config); !done)
                return tl::make_unexpected(done.error());
            removed = all.name();
        }
        if (own.there()) {
            if (auto done = own.put("", context.config); !done)
                return tl::make_unexpected(done.error());
            removed = own.name();
        }
        if (removed.empty() || !loaded.policy) return removed;
        const auto errors = load_policy(context.config, host_name()).errors;
        if (errors.empty()) return removed;
        print(context, errors);
        all.restore(context.config);
        own.restore(context.config);
        return tl::make_unexpected("without " + removed + " the policy would not be sound");
    }
};

}  // namespace

std::unique_ptr<Command> make_resume_command() {
    return std::make_unique<ResumeCommand>();
}

}  // namespace relaypermit
